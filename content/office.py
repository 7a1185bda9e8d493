"""The office, its site and its columns, as the settings describe them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from content.gazette.plan import GazettePlan


@dataclass(frozen=True)
class Column:
    """A column (栏目) of the site. *id* is its path; *type* is the ColumnType of 国办发〔2017〕47号."""

    id: str
    name: str
    type: str
    description: str
    keywords: str
    organs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Site:
    """The canonical site: every item's address stands on it. *url* has a scheme and no trailing slash."""

    name: str
    url: str
    domain: str
    id_code: str
    icp: str
    police_record: str
    columns: tuple[Column, ...]

    def column(self, column_id: str) -> Column | None:
        return next((column for column in self.columns if column.id == column_id), None)

    def address_url(self, address: str) -> str:
        return f"{self.url}/{address}"


@dataclass(frozen=True)
class Office:
    """Who publishes. *organ_code* is the organisation code without its hyphen (9 characters), the front of 索引号.

    *imprint* holds the gazette's free lines (主管、主办、地址、邮编、电话、准印证号), *gazette* its name, sections and copies.
    """

    organ: str
    name: str
    organ_code: str
    address: str
    postcode: str
    phone: str
    imprint: Mapping[str, str] = field(default_factory=dict)
    rehearsal: bool = True
    gazette: GazettePlan = field(default_factory=GazettePlan)

    @property
    def gazette_name(self) -> str:
        """What the print gazette is called, on its cover and on the site."""
        return self.gazette.name or f"{self.organ}公报"

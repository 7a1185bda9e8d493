"""The item and its revision: what an editor hands in, frozen and known by its digest."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from functools import cache
from typing import Any, get_type_hints

from content.canonical import digest_of
from content.vocabulary import Disclosure, Effect, Kind, Level, Openness


@dataclass(frozen=True)
class Fields:
    """What stands beside the body; labels, types and help of each field stand in ``data/fields.toml`` (domain.md 6).

    References to other documents (``interprets``, ``amends``, ``repeals``, ``translation_of``, ``results_of``) are
    written as the editor knows them: a document number, an index number or an item id.
    """

    kind: Kind
    title: str = ""
    organ: str = ""
    joint_organs: tuple[str, ...] = ()
    source: str = ""
    addressee: str = ""
    document_number: str = ""
    normative: bool | None = None
    article20: int | None = None
    made_on: date | None = None
    in_force_on: date | None = None
    theme: str = ""
    genre: str = ""
    disclosure: Disclosure | None = None
    level: Level | None = None
    openness: tuple[Openness, ...] = ()
    columns: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    summary: str = ""
    editor: str = ""
    contact: str = ""
    interprets: tuple[str, ...] = ()
    amends: tuple[str, ...] = ()
    repeals: tuple[str, ...] = ()
    language: str = "zh-CN"
    translation_of: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    embargo: datetime | None = None
    guests: tuple[str, ...] = ()
    held_at: datetime | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    form_link: str = ""
    responds_to: str = ""
    principal: bool | None = None
    recording: str = ""
    results_of: tuple[str, ...] = ()
    received: int | None = None
    adopted: int | None = None

    @property
    def reprint(self) -> bool:
        """Whether this is a 转载: it names a source (条例 art. 10: the maker or the lead organ publishes)."""
        return bool(self.source)

    def word(self, name: str, otherwise: str = "") -> str:
        """The editor's own words for a channel, such as ``weibo.text`` or ``wechat.title``."""
        return self.words.get(name, "") or otherwise


@dataclass(frozen=True)
class Picture:
    """A picture of the body, stored by *digest*; the body refers to it as ``asset:<digest>``. Sizes are pixels, bytes."""

    name: str
    digest: str
    media_type: str
    width: int
    height: int
    size: int
    alt: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file offered beside the body; *name* is what readers see, *size* is bytes."""

    name: str
    digest: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Revision:
    """The frozen content of an item. *body* is the closed XHTML subset of ``content.body``."""

    fields: Fields
    body: str
    pictures: tuple[Picture, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    def content(self) -> dict[str, Any]:
        """What the digest covers, as JSON values; empty fields are left out, so a new field changes no old digest."""
        return {
            "fields": _filled(self.fields),
            "body": self.body,
            "pictures": [_filled(picture) for picture in self.pictures],
            "attachments": [_filled(attachment) for attachment in self.attachments],
        }

    @property
    def digest(self) -> str:
        return digest_of(self.content())

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "Revision":
        """The revision that gave this content; raises ValueError or KeyError when it is not one."""
        return cls(
            fields=fields_from(content["fields"]),
            body=content["body"],
            pictures=tuple(Picture(**entry) for entry in content["pictures"]),
            attachments=tuple(Attachment(**entry) for entry in content["attachments"]),
        )


@dataclass(frozen=True)
class Item:
    """What the system assigned, once: outside every revision's digest (design.md, What exactly is signed).

    *address* is the path on the site (``zcwj/202611/t20261123_1001.html``), *url* the canonical address with the
    site before it. *effect* changes only by ``mark``.
    """

    id: str
    index_number: str
    address: str
    url: str
    assigned_at: datetime
    effect: Effect = Effect.VALID


@cache
def _hints() -> Mapping[str, Any]:
    return get_type_hints(Fields)


def fields_from(values: Mapping[str, Any]) -> Fields:
    """Fields from JSON values; raises ValueError for a value and KeyError for a name that no field has."""
    hints = _hints()
    unknown = set(values) - set(hints)
    if unknown:
        raise KeyError(f"no such field: {', '.join(sorted(unknown))}")
    return Fields(**{name: _typed(hints[name], value) for name, value in values.items()})


def _filled(record: Any) -> dict[str, Any]:
    pairs = ((entry, getattr(record, entry.name)) for entry in fields(record))
    return {entry.name: _plain(value) for entry, value in pairs if value not in _EMPTY or _must_be_given(entry)}


def _must_be_given(entry: Any) -> bool:
    return entry.default is MISSING and entry.default_factory is MISSING


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Mapping):
        return {key: value[key] for key in sorted(value)}
    return str(value) if isinstance(value, str) else value


_EMPTY: tuple[Any, ...] = (None, "", (), {})
_PARSERS: dict[Any, Any] = {
    date | None: date.fromisoformat,
    datetime | None: datetime.fromisoformat,
    Disclosure | None: Disclosure,
    Level | None: Level,
    Kind: Kind,
    tuple[Openness, ...]: lambda names: tuple(Openness(name) for name in names),
    tuple[str, ...]: tuple,
    Mapping[str, str]: dict,
}


def _typed(hint: Any, value: Any) -> Any:
    parse = _PARSERS.get(hint)
    return parse(value) if parse is not None and value is not None else value

"""What a format gives before the fields are known: its own field values, and a way to its HTML."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from content.finding import Finding
from content.intake.pictures import Gallery


@dataclass(frozen=True)
class Content:
    """A format's HTML, still to be cleaned. *title* is the document's own, to be used where no field gives one."""

    html: str
    title: str = ""
    find_headings: bool = True
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A file that has been recognised. *render* puts its pictures into a gallery; it is given the title of the fields,
    which is taken out of the text where the text repeats it."""

    render: Callable[[Gallery, str], Content]
    values: Mapping[str, Any] = field(default_factory=dict)


def same_title(one: str, other: str) -> bool:
    """Whether two titles are equal but for white space."""
    return "".join(one.split()) == "".join(other.split())

"""The two skins of a gazette: the city's gazette, and a department's small bulletin of one sheet."""

from collections.abc import Mapping
from dataclasses import dataclass

from channels import options
from channels.imposition import BOOKLET, PAGES, WAYS
from content.outlet import Outlet

POINTS_A_MM = 72 / 25.4


@dataclass(frozen=True)
class Setting:
    """The type area's measures: points of text and of a line, and how many characters a line has."""

    size: float
    pitch: float
    characters: int

    def as_json(self) -> dict[str, float]:
        return {"size": self.size, "pitch": self.pitch, "characters": self.characters}


@dataclass(frozen=True)
class Skin:
    """A layout. *settings* are tried one after another until the text has no more than *most_pages*, where that is set."""

    name: str
    layout: str
    described: str
    settings: tuple[Setting, ...]
    way: str
    most_pages: int | None = None


GAZETTE = Skin(
    "gazette",
    "gazette/issue",
    "A4，版心156毫米×225毫米，每页22行，每行28字（GB/T 9704—2012的版心）",
    (Setting(15.75, 28.99, 28),),
    PAGES,
)
BULLETIN = Skin(
    "bulletin",
    "gazette/bulletin",
    "一张A4纸对折为4页（A5）的简报",
    (Setting(10.5, 17.5, 34), Setting(10, 16.5, 36), Setting(9.5, 15.5, 38), Setting(9, 14.5, 40)),
    BOOKLET,
    4,
)
SKINS: Mapping[str, Skin] = {skin.name: skin for skin in (GAZETTE, BULLETIN)}


def skin_of(outlet: Outlet) -> Skin:
    """The option ``skin``. Raises Refused."""
    named = {name: skin.described for name, skin in SKINS.items()}
    return SKINS[options.one_of(outlet, "skin", GAZETTE.name, named)]


def way_of(outlet: Outlet) -> str:
    """The option ``impose``: how the printer's PDF is laid out, by default as the skin's printers want it. Raises Refused."""
    return options.one_of(outlet, "impose", skin_of(outlet).way, WAYS)

"""Which text a reader of the foreign HTML could not see: the mark of hidden links and stuffed words."""

import re
from dataclasses import dataclass, replace

from lxml import etree

_HIDING = re.compile(
    r"display:none|content-visibility:hidden|opacity:0?\.?0*(?![.\d])|clip:rect\(0|transform:scale\(0\)"
    r"|(?:text-indent|left|top|margin-left|margin-top):-\d{3,}"
)
_NO_ROOM = re.compile(r"(?:^|;)(?:max-)?(?:width|height):0(?:px|pt|em|%)?(?:;|$)")
_VISIBILITY = re.compile(r"(?:^|;)visibility:(\w+)")
_FONT_SIZE = re.compile(r"(?:^|;)font-size:([\d.]+)(px|pt|em|rem|%|mm)?")
_COLOUR = re.compile(r"(?:^|;)color:([^;]+)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;]+)")
_SMALLEST = {"px": 1.0, "pt": 1.0, "em": 0.1, "rem": 0.1, "%": 10.0, "mm": 0.4, "": 1.0}
_WHITE = re.compile(
    r"white|#f[a-f]f[a-f]f[a-f]|#fff[0-9a-f]?|#f[a-f]f[a-f]f[a-f][0-9a-f]{2}|transparent"
    r"|rgba?\(25[0-5],25[0-5],25[0-5](?:,[\d.]+%?)?\)|rgba\([\d.,]+,0?\.?0*\)|hsla?\([\d.]+,[\d.]+%,100%.*\)"
)


@dataclass(frozen=True)
class Sight:
    """What is inherited of being seen: *dropped* hides all inside; the others a child may set anew."""

    dropped: bool = False
    invisible: bool = False
    tiny: bool = False
    white: bool = False
    dark_ground: bool = False

    @property
    def hidden(self) -> bool:
        return self.dropped or self.invisible or self.tiny or (self.white and not self.dark_ground)

    def inside(self, element: etree._Element) -> "Sight":
        """The sight of what stands in *element*, from its style and its old presentational attributes."""
        style = _normal(element.get("style") or "")
        if not style and not any(element.get(name) is not None for name in ("hidden", "color", "bgcolor")):
            return self
        return replace(
            self,
            dropped=self.dropped or element.get("hidden") is not None or _drops(style),
            invisible=self._invisible(style),
            tiny=self._tiny(style),
            white=self._white(style, element),
            dark_ground=self._dark_ground(style, element),
        )

    def _invisible(self, style: str) -> bool:
        found = _VISIBILITY.search(style)
        return found.group(1) in ("hidden", "collapse") if found else self.invisible

    def _tiny(self, style: str) -> bool:
        found = _FONT_SIZE.search(style)
        if not found or found.group(1).count(".") > 1 or found.group(1) == ".":
            return self.tiny
        return float(found.group(1)) <= _SMALLEST[found.group(2) or ""]

    def _white(self, style: str, element: etree._Element) -> bool:
        found = _COLOUR.search(style)
        colour = found.group(1) if found else _normal(element.get("color") or "")
        return bool(_WHITE.fullmatch(colour)) if colour else self.white

    def _dark_ground(self, style: str, element: etree._Element) -> bool:
        found = _BACKGROUND.search(style)
        ground = found.group(1) if found else _normal(element.get("bgcolor") or "")
        return not _WHITE.match(ground) and ground not in ("none", "inherit", "initial") if ground else self.dark_ground


SEEN = Sight()


def _drops(style: str) -> bool:
    return bool(_HIDING.search(style)) or (bool(_NO_ROOM.search(style)) and "overflow:hidden" in style)


def _normal(style: str) -> str:
    """Lower case, without comments, white space and ``!important``."""
    return re.sub(r"/\*.*?\*/|\s+|!important", "", style.lower())

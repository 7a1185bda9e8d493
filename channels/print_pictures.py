"""Pictures for a newspaper: JPEG with all their pixels, their size in print, and IPTC's description of them inside.

A JPEG keeps its pixels as they are; anything else becomes one that loses nothing to be seen. The description is written
twice, as newsrooms' systems read the one or the other: as IIM (IPTC-NAA Information Interchange Model 4.2) in the
"Photoshop" segment, and as XMP (IPTC Photo Metadata Standard). IIM's fields are short: a value that does not fit into its
field is left out there, never cut, and stands in XMP alone.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from lxml import etree

from channels.pictures import PictureProblem, opened
from content.clock import in_china

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 300
MILLIMETRES_AN_INCH = 25.4
MEDIA_TYPE = "image/jpeg"
_QUALITY = 95

# IIM 4.2: number and most bytes of the fields of record 2.
_IIM = {
    "name": (5, 64),
    "keyword": (25, 64),
    "instructions": (40, 256),
    "created": (55, 8),
    "byline": (80, 32),
    "country": (101, 64),
    "job": (103, 32),
    "headline": (105, 256),
    "credit": (110, 32),
    "source": (115, 32),
    "copyright": (116, 128),
    "contact": (118, 128),
    "caption": (120, 2000),
}
_UTF8 = b"\x1c\x01\x5a\x00\x03\x1b%G"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC = "http://purl.org/dc/elements/1.1/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\x00"
_IIM_HEAD = b"Photoshop 3.0\x00"
_APP0, _APP1, _APP13, _SOS = 0xE0, 0xE1, 0xED, 0xDA
_MOST_SEGMENT = 0xFFFF - 2


@dataclass(frozen=True)
class Described:
    """What IPTC's fields say of a picture."""

    headline: str
    caption: str
    name: str
    alt: str
    credit: str
    source: str
    contact: str
    job: str
    keywords: tuple[str, ...]
    instructions: str
    created: datetime


@dataclass(frozen=True)
class PrintPicture:
    """A JPEG, and its size in pixels."""

    data: bytes
    width: int
    height: int

    @property
    def millimetres(self) -> int:
        """The widest that it can be printed at ``DPI``."""
        return int(self.width / DPI * MILLIMETRES_AN_INCH)


def print_picture(data: bytes, described: Described) -> PrintPicture:
    """The same input gives the same bytes. Raises PictureProblem for what is no picture."""
    from PIL import Image

    picture = opened(data)
    with Image.open(BytesIO(data)) as first:
        as_it_is = first.format == "JPEG" and first.mode in ("RGB", "L", "CMYK") and first.size == picture.size
        upright = first.getexif().get(0x0112, 1) == 1
    jpeg = data if as_it_is and upright else _encoded(picture)
    return PrintPicture(_with_segments(jpeg, described), *picture.size)


def _encoded(picture: "Image") -> bytes:
    from PIL import Image

    shown = picture.convert("RGBA")
    flat = Image.new("RGB", shown.size, "#ffffff")
    flat.paste(shown, mask=shown.getchannel("A"))
    target = BytesIO()
    flat.save(target, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return target.getvalue()


def _with_segments(jpeg: bytes, described: Described) -> bytes:
    """The file with our segments in front of its own; earlier descriptions of the same kinds go."""
    ours = [_app(_APP1, _XMP_HEAD + _xmp(described)), _app(_APP13, _iim(described))]
    kept, rest = [], b""
    for marker, segment in _segments(jpeg):
        if marker == _SOS:
            rest = segment
        elif not _replaced(marker, segment):
            kept.append(segment)
    exif = [segment for segment in kept if segment[4:10] == b"Exif\x00\x00"]
    others = [segment for segment in kept if segment not in exif]
    return b"".join([b"\xff\xd8", _jfif(), *exif, *ours, *others, rest])


def _replaced(marker: int, segment: bytes) -> bool:
    return marker in (_APP0, _APP13) or (marker == _APP1 and segment[4:].startswith(_XMP_HEAD))


def _segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of every segment; the last is the picture itself, from its first scan on (ITU-T T.81, B.1)."""
    position = 2
    while position + 4 <= len(jpeg):
        if jpeg[position] != 0xFF:
            break
        marker = jpeg[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _SOS:
            yield marker, jpeg[position:]
            return
        size = 2 + struct.unpack(">H", jpeg[position + 2 : position + 4])[0]
        yield marker, jpeg[position : position + size]
        position += size
    raise PictureProblem("图片的结构已损坏，请换一张完好的 JPG 或 PNG 图片")


def _jfif() -> bytes:
    return _app(_APP0, b"JFIF\x00\x01\x02\x01" + struct.pack(">HH", DPI, DPI) + b"\x00\x00")


def _app(marker: int, data: bytes) -> bytes:
    if len(data) > _MOST_SEGMENT:
        raise PictureProblem("图片的说明太长，请缩短图片说明")
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def _iim(described: Described) -> bytes:
    values: list[tuple[str, str]] = [
        ("name", described.name),
        *(("keyword", word) for word in described.keywords),
        ("instructions", described.instructions),
        ("created", f"{in_china(described.created):%Y%m%d}"),
        ("byline", described.source),
        ("country", "中国"),
        ("job", described.job),
        ("headline", described.headline),
        ("credit", described.credit),
        ("source", described.source),
        ("copyright", described.source),
        ("contact", described.contact),
        ("caption", described.caption),
    ]
    block = _UTF8 + b"\x1c\x02\x00\x00\x02\x00\x04" + b"".join(_field(name, value) for name, value in values)
    padded = block + b"\x00" * (len(block) % 2)
    return _IIM_HEAD + b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(block)) + padded


def _field(name: str, value: str) -> bytes:
    number, most = _IIM[name]
    data = value.encode()
    if not data or len(data) > most:
        return b""
    return bytes([0x1C, 2, number]) + struct.pack(">H", len(data)) + data


def _xmp(described: Described) -> bytes:
    spaces = {"rdf": _RDF, "dc": _DC, "photoshop": _PHOTOSHOP, "Iptc4xmpCore": _IPTC}
    meta = etree.Element("{adobe:ns:meta/}xmpmeta", nsmap={"x": "adobe:ns:meta/"})
    rdf = etree.SubElement(meta, f"{{{_RDF}}}RDF", nsmap=spaces)
    about = etree.SubElement(rdf, f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""})
    _listed(about, f"{{{_DC}}}title", "Alt", [described.name])
    _listed(about, f"{{{_DC}}}description", "Alt", [described.caption])
    _listed(about, f"{{{_DC}}}rights", "Alt", [described.source])
    _listed(about, f"{{{_DC}}}creator", "Seq", [described.source])
    _listed(about, f"{{{_DC}}}subject", "Bag", list(described.keywords))
    _listed(about, f"{{{_IPTC}}}AltTextAccessibility", "Alt", [described.alt])
    plain = {
        "Headline": described.headline,
        "Credit": described.credit,
        "Source": described.source,
        "Country": "中国",
        "Instructions": described.instructions,
        "TransmissionReference": described.job,
        "DateCreated": in_china(described.created).isoformat(timespec="seconds"),
    }
    for name, value in plain.items():
        if value:
            etree.SubElement(about, f"{{{_PHOTOSHOP}}}{name}").text = value
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    packet: bytes = etree.tostring(meta, encoding="UTF-8")
    return head.encode() + packet + b'\n<?xpacket end="w"?>'


def _listed(about: etree._Element, tag: str, kind: str, values: list[str]) -> None:
    given = [value for value in values if value]
    if not given:
        return
    holder = etree.SubElement(etree.SubElement(about, tag), f"{{{_RDF}}}{kind}")
    for value in given:
        entry = etree.SubElement(holder, f"{{{_RDF}}}li")
        entry.text = value
        if kind == "Alt":
            entry.set("{http://www.w3.org/XML/1998/namespace}lang", "x-default")

"""The body as an HTML fragment: pictures with addresses, tables that scroll on a phone, links that say where they lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlsplit

from lxml import etree

from channels.base import CannotRender
from channels.pictures import PictureProblem, site_sizes
from content.assets import AssetAltered, AssetMissing, Assets
from content.body import ASSET, ATTRIBUTES, CLASSES, COLONS, ELEMENTS, paragraphs, text_of, tree
from content.finding import Finding, error
from content.item import Picture, Revision
from content.speakers import speaker_at, speakers_of

PICTURES = "pictures"
ATTACHMENTS = "attachments"
SPEAKER = "speaker"
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_AROUND = f"{COLONS} \u3000\n"
_SHOWN_NAME_DIGITS = 12
_OPENING_CHARACTERS = 90
_TELLING_CHARACTERS = 15


@dataclass(frozen=True)
class ShownPicture:
    """A picture in the site's sizes. *files* by name, widest first; *width* and *height* in pixels are the widest's."""

    files: Mapping[str, bytes]
    width: int
    height: int
    alt: str

    @property
    def name(self) -> str:
        return next(iter(self.files))


def item_folder(address: str) -> str:
    """The folder of an item's own pictures and attachments, beside its page."""
    stem, dot, suffix = address.rpartition(".")
    return stem if dot and "/" not in suffix else address


def shown_pictures(revision: Revision, assets: Assets) -> dict[str, ShownPicture]:
    """The revision's pictures by digest. Raises CannotRender for one that is missing, altered or unreadable."""
    return {picture.digest: _shown(picture, assets) for picture in revision.pictures}


def stored(assets: Assets, digest: str, place: str) -> bytes:
    """A file of the revision; raises CannotRender with the place where it is missing or altered."""
    try:
        return assets.get(digest)
    except (AssetMissing, AssetAltered) as problem:
        message = "存储的文件缺失或已被改动"
        raise CannotRender(error("asset-lost", place, message, "请重新上传该文件并重新送审。")) from problem


def html_fragment(
    revision: Revision, pictures: Mapping[str, ShownPicture], base: str, domain: str, *, framed: bool = False
) -> str:
    """The body as HTML; *base* is put before picture names, *domain* is the site's own. *framed* wraps tables. In a
    transcript who speaks is ``strong.speaker``.

    Raises CannotRender for what the closed subset of ``content.body`` does not hold.
    """
    refuse(body_findings(revision))
    root = tree(revision.body)
    for image in root.iter("img"):
        _place(image, pictures, base)
    for link in root.iter("a"):
        _mark(link, domain)
    _show_speakers(root, revision)
    if framed:
        for table in list(root.iter("table")):
            _frame(table)
    return "".join(etree.tostring(child, method="html", encoding="unicode") for child in root)


def opening(revision: Revision) -> str:
    """How the text begins, where the item has no summary; an ellipsis shows where it breaks off."""
    telling = (text for text in paragraphs(revision.body) if len(text) >= _TELLING_CHARACTERS)
    first = next(telling, "").replace("\t", " ")
    if len(first) <= _OPENING_CHARACTERS:
        return first
    return f"{first[:_OPENING_CHARACTERS].rstrip('，、；：（《“')}……"


def body_findings(revision: Revision) -> list[Finding]:
    """What of the body cannot be shown: foreign elements and attributes, unknown pictures, links of other schemes."""
    try:
        root = tree(revision.body)
    except ValueError as problem:
        return [error("body-form", "正文", f"正文不是完整的标记文本（{problem}）", "请重新导入稿件。")]
    if (root.text or "").strip() or any((child.tail or "").strip() for child in root):
        return [error("body-form", "正文", "正文中有不属于任何段落的文字", "请重新导入稿件。")]
    known = {picture.digest for picture in revision.pictures}
    said = [_problem(element, known) for element in root.iterdescendants()]
    return [error("body-subset", "正文", message, "请重新导入稿件，或删去该处内容。") for message in said if message]


def refuse(findings: Sequence[Finding]) -> None:
    """Raises CannotRender with the first finding that blocks."""
    for finding in findings:
        if finding.blocks:
            raise CannotRender(finding)


def _shown(picture: Picture, assets: Assets) -> ShownPicture:
    place = f"图片“{picture.name}”"
    try:
        sizes = site_sizes(stored(assets, picture.digest, place))
    except PictureProblem as problem:
        raise CannotRender(error("picture-unreadable", place, str(problem), "请换一张完好的图片。")) from problem
    stem = picture.digest[:_SHOWN_NAME_DIGITS]
    distinct = {data: f"{stem}-{size}" for size, data in reversed(sizes.items())}
    files = {name: data for data, name in reversed(distinct.items())}
    width, height = _measured(next(iter(files.values())))
    return ShownPicture(files, width, height, picture.alt)


def _measured(data: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(BytesIO(data)) as picture:
        return picture.size


def _place(image: etree._Element, pictures: Mapping[str, ShownPicture], base: str) -> None:
    shown = pictures[image.get("src", "").removeprefix(ASSET)]
    alt = image.get("alt", "") or shown.alt
    image.attrib.clear()
    image.set("src", f"{base}{PICTURES}/{shown.name}")
    if len(shown.files) > 1:
        widths = [f"{base}{PICTURES}/{name} {_width(data)}w" for name, data in shown.files.items()]
        image.set("srcset", ", ".join(widths))
        image.set("sizes", "(max-width: 44em) 100vw, 44em")
    image.set("width", str(shown.width))
    image.set("height", str(shown.height))
    image.set("alt", alt)


def _width(data: bytes) -> int:
    return _measured(data)[0]


def _mark(link: etree._Element, domain: str) -> None:
    """国办发〔2017〕47号: a reader is told before leaving for a site that is not the government's."""
    host = urlsplit(link.get("href", "")).hostname or ""
    if host and not own_host(host, domain):
        link.set("class", "external")
        link.set("rel", "noopener noreferrer nofollow")
        link.set("title", f"链接到非政府网站 {host}")


def own_host(host: str, domain: str) -> bool:
    """Whether a host is the site's own, one of its city, or another government's."""
    return host == domain or host.endswith((f".{domain.removeprefix('www.')}", ".gov.cn"))


def _show_speakers(root: etree._Element, revision: Revision) -> None:
    names = speakers_of(revision.fields, paragraphs(revision.body))
    for paragraph in root.iter("p") if names else ():
        lead = speaker_at(text_of(paragraph), names)
        if lead:
            _show_speaker(paragraph, lead)


def _show_speaker(paragraph: etree._Element, lead: str) -> None:
    """The name as an element of its own; where the editor made it bold already, that element is it."""
    text = paragraph.text or ""
    if text.startswith(lead):
        speaker = etree.Element("strong", {"class": SPEAKER})
        speaker.text, speaker.tail, paragraph.text = lead.strip(), text[len(lead) :], None
        paragraph.insert(0, speaker)
    elif (
        len(paragraph) and paragraph[0].tag == "strong" and text_of(paragraph[0]).strip(_AROUND) == lead.strip(_AROUND)
    ):
        paragraph[0].set("class", SPEAKER)


def _frame(table: etree._Element) -> None:
    caption = table.find("caption")
    label = "".join(caption.itertext()).strip() if caption is not None else ""
    frame = etree.Element("div", {"class": "table", "role": "region", "tabindex": "0"})
    frame.set("aria-label", f"表格：{label}，可左右滑动" if label else "表格，可左右滑动")
    parent = table.getparent()
    if parent is None:
        return
    frame.tail, table.tail = table.tail, None
    parent.replace(table, frame)
    frame.append(table)


def _problem(element: etree._Element, known: set[str]) -> str:
    return _foreign(element) or _unresolved(element, known) or _stray_link(element)


def _foreign(element: etree._Element) -> str:
    if not isinstance(element.tag, str) or element.tag not in ELEMENTS:
        return f"正文含有不支持的内容（{element.tag if isinstance(element.tag, str) else '注释或处理指令'}）"
    strange = set(element.attrib) - ATTRIBUTES.get(element.tag, frozenset())
    classes = set(element.get("class", "").split()) - CLASSES.get(element.tag, frozenset())
    wrong = strange or classes
    return f"正文的 {element.tag} 含有不支持的属性（{'、'.join(sorted(map(str, wrong)))}）" if wrong else ""


def _unresolved(element: etree._Element, known: set[str]) -> str:
    if element.tag != "img":
        return ""
    source = element.get("src", "")
    return (
        "" if source.removeprefix(ASSET) in known and source.startswith(ASSET) else f"正文引用的图片不存在（{source}）"
    )


def _stray_link(element: etree._Element) -> str:
    address = element.get("href", "")
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"正文中的链接无法识别（{address}）"
    inner = address.startswith("#") or not address
    return "" if inner or parts.scheme in _SCHEMES else f"正文中的链接不是完整的网址（{address}）"

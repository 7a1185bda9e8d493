"""What the platform makes of an article's HTML (contracts: WeChat 9)."""

import re
from typing import Any

LINK = re.compile(r"https?://mp\.weixin\.qq\.com/s[/?]")
# The address of a preview, which is no article yet.
_PREVIEW = re.compile(r"[?&]tempkey=")
_PICTURE = re.compile(r"https?://mmbiz\.qpic\.cn/")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REMOVED = ("script", "style", "iframe", "link", "object", "embed", "form", "input", "foreignobject")
_UNWRAPPED = ("article", "main", "header", "footer", "nav", "aside")
_BLOCKS = frozenset({"p", "section", "div", "table", "ul", "ol", "blockquote", "figure", "h1", "h2", "h3", "h4", "pre"})
# An entity inside a style blanks it (measured by third parties).
_SPOILT_STYLE = re.compile(r"""(\sstyle\s*=\s*)("[^"]*&(?:quot|apos|#\d+);[^"]*"|'[^']*&(?:quot|apos|#\d+);[^']*')""")


class Forbidden(ValueError):
    """The content holds what the platform refuses with 45166."""


def cleaned(content: str, *, strip_links: bool = False) -> str:
    """What is kept: no scripts, classes, ids or foreign pictures; ``src`` becomes ``data-src``. Raises Forbidden for foreign
    links, unless they are taken off, and for ``mpvoice``."""
    from lxml import etree, html

    given = _SPOILT_STYLE.sub(r'\1""', _CONTROL.sub("", content))
    root = html.fragment_fromstring(given, create_parent="section")
    if next(root.iter("mpvoice"), None) is not None:
        raise Forbidden
    for link in [link for link in root.iter("a") if link.get("href") and not _allowed(link.get("href"))]:
        if not strip_links:
            raise Forbidden
        link.drop_tag()
    for element in list(root.iter(etree.Comment, *_REMOVED)):
        element.drop_tree()
    for picture in [picture for picture in root.iter("img") if not _PICTURE.match(picture.get("src", ""))]:
        picture.drop_tree()
    for element in list(root.iterdescendants(*_UNWRAPPED)):
        element.drop_tag()
    _dissolve(root)
    for element in root.iter(etree.Element):
        _attributes(element)
    return str(html.tostring(root, encoding="unicode"))[len("<section>") : -len("</section>")]


def plain(content: str) -> str:
    """The words of an article."""
    from lxml import html

    return " ".join(html.fragment_fromstring(f"<div>{content}</div>").text_content().split())


def _allowed(address: str) -> bool:
    return bool(LINK.match(address)) and not _PREVIEW.search(address)


def _dissolve(root: Any) -> None:
    """``div`` does not stay: around blocks it goes, around text it becomes a paragraph, and its style is lost."""
    for element in list(root.iterdescendants("div")):
        if any(child.tag in _BLOCKS for child in element):
            element.drop_tag()
        else:
            element.tag = "p"
            element.attrib.pop("style", None)


def _attributes(element: Any) -> None:
    kept = {
        name: value
        for name, value in element.attrib.items()
        if name not in ("class", "id") and not name.startswith("on")
    }
    if "style" in kept:
        kept["style"] = _style(kept["style"])
    if element.tag == "img":
        kept["data-src"] = kept.pop("src", "")
    element.attrib.clear()
    element.attrib.update({name: value for name, value in sorted(kept.items()) if value or name != "style"})


def _style(style: str) -> str:
    """Declarations one after the other; positions and variables go."""
    declarations = [part.partition(":") for part in style.split(";") if ":" in part]
    return " ".join(
        f"{name.strip().lower()}: {value.strip()};"
        for name, _, value in declarations
        if name.strip().lower() != "position" and not name.strip().startswith("--") and "var(" not in value
    )

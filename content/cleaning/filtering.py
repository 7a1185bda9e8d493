"""Foreign HTML to a tree that the walk can trust to be small in depth and free of active content."""

import html as entities
import re

from lxml import etree

from content.cleaning.characters import readable
from content.cleaning.report import Report

DROPPED = frozenset(
    [
        "script",
        "style",
        "template",
        "title",
        "textarea",
        "select",
        "option",
        "button",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "noscript",
        "audio",
        "video",
        "canvas",
        "noframes",
        "noembed",
        "xmp",
        "plaintext",
        "datalist",
        "map",
    ]
)
KEPT = frozenset(
    [
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "div",
        "span",
        "font",
        "center",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
        "nav",
        "address",
        "pre",
        "code",
        "blockquote",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
        "strong",
        "b",
        "em",
        "i",
        "cite",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "sub",
        "sup",
        "small",
        "big",
        "br",
        "hr",
        "a",
        "img",
        "q",
        "label",
        "fieldset",
        "legend",
        "details",
        "summary",
    ]
)
_EVERYWHERE = frozenset({"style", "class", "id", "align", "hidden", "bgcolor", "color", "size", "width", "height"})
ATTRIBUTES = {
    "*": set(_EVERYWHERE),
    "a": {"href", "name"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
SCHEMES = {"http", "https", "mailto", "tel", "asset"}

# nh3 0.3.8 takes quadratic time over these entities; the noncharacters cannot be in the text (``readable``).
_STAND_INS = {"&amp;": "\ufdd0", "&nbsp;": "\ufdd1"}

_ACTIVE = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_BREAKING = re.compile(r"<(?:/?(?:p|div|li|tr|h[1-6]|table|ul|ol|blockquote)|br)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def parsed(html: str, report: Report) -> etree._Element:
    """The foreign HTML as libxml2 reads it. It stops at a depth of 256 elements and says so; then the text alone is kept."""
    tree, whole = _tree(readable(html))
    if whole:
        return tree
    report.note("depth")
    return _tree(_text_only(html))[0]


def filtered(tree: etree._Element) -> etree._Element:
    """The tree through nh3: only known elements and attributes, no active content, no foreign scheme.

    nh3 is given well-formed text: an HTML 5 parser repeats unclosed formatting in each paragraph, which makes a small
    hostile file explode.
    """
    import nh3

    markup = etree.tostring(tree, encoding="unicode", method="html")
    for entity, stand_in in _STAND_INS.items():
        markup = markup.replace(entity, stand_in)
    safe = nh3.clean(
        markup,
        tags=set(KEPT),
        clean_content_tags=set(DROPPED),
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=None,
    )
    for entity, stand_in in _STAND_INS.items():
        safe = safe.replace(stand_in, entity)
    return _tree(readable(safe))[0]


def _tree(markup: str) -> tuple[etree._Element, bool]:
    """The ``body`` element, and whether the parser read to the end."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True)
    document = etree.fromstring(f"<html><body>{markup}</body></html>".encode(), parser)
    whole = not any("Excessive depth" in str(entry.message) for entry in parser.error_log)
    return document, whole


def _text_only(html: str) -> str:
    lines = _TAG.sub("", _BREAKING.sub("\n", _ACTIVE.sub("", html))).split("\n")
    return "".join(f"<p>{entities.escape(entities.unescape(line))}</p>" for line in lines if line.strip())

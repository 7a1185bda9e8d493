"""The raised figures that point to notes: in running text they must not stick to the number before them."""

from lxml import etree

from content.body import inner_xhtml, text_of, tree


def points_to_note(element: etree._Element) -> bool:
    """Whether this is a raised figure or a link that leads to a place in the same body."""
    links = [element] if element.tag == "a" else list(element) if element.tag == "sup" else []
    return any(link.tag == "a" and link.get("href", "").startswith("#") for link in links)


def with_note_marks(body: str, mark: str) -> str:
    """The body with each pointer replaced by *mark*, in which ``{}`` is the pointer's text (``［{}］``; nothing: "")."""
    root = tree(body)
    for element in [found for found in root.iter("sup", "a") if points_to_note(found)]:
        parent = element.getparent()
        if parent is None or points_to_note(parent):
            continue
        shown = mark.format(text_of(element).strip("[]［］〔〕")) + (element.tail or "")
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + shown
        else:
            before.tail = (before.tail or "") + shown
        parent.remove(element)
    return inner_xhtml(root)

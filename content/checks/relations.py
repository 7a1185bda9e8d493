"""Relations: the documents that an item interprets, amends, repeals or translates, and mere excerpts."""

import re
from collections.abc import Iterator

from content import body
from content.checks.case import Case
from content.checks.labels import label
from content.checks.reading import shown
from content.finding import Finding, error, warning

_SENTENCE_END = re.compile(r"[。！？；!?;\n\t]+")
_MARKS = re.compile(
    r"^(?:[问答][：:]|[一二三四五六七八九十]+、|[（(][0-9一二三四五六七八九十]+[）)]|[0-9]+[.．、])|[\s\W_]+"
)
_SHORTEST = 8  # characters; shorter sentences are headings and names, alike in any two texts
_FEWEST = 3
_MOST_COPIED = 0.6


def check_relations(case: Case) -> Iterator[Finding]:
    """That references exist as items here, and that an interpretation is more than an excerpt (国办发〔2016〕80号)."""
    yield from _interprets(case)
    yield from _others(case)
    yield from _excerpt(case)


def _interprets(case: Case) -> Iterator[Finding]:
    for reference in case.fields.interprets:
        if not case.context.known(reference):
            message = f"要解读的文件“{shown(reference)}”不在系统中，解读与文件无法互相链接。"
            mend = "请先提交该文件（可与解读同时发布），或者核对文号、索引号。"
            yield error("reference-unknown", label("interprets"), message, mend)


def _others(case: Case) -> Iterator[Finding]:
    fields = case.fields
    named = [(name, one) for name in ("amends", "repeals", "results_of") for one in getattr(fields, name)]
    if fields.translation_of:
        named.append(("translation_of", fields.translation_of))
    for name, reference in named:
        if not case.context.known(reference):
            message = f"“{shown(reference)}”不在系统中，不能标注它的效力，也不能互相链接。"
            yield warning("relation-unknown", label(name), message, "请核对文号；确属未入库的旧文件，说明理由后放行。")


def _excerpt(case: Case) -> Iterator[Finding]:
    for reference in dict.fromkeys(case.fields.interprets):
        document = case.context.document_text(reference)
        if document is None:
            continue
        share = copied_share(_text(case.revision.body), document)
        if share > _MOST_COPIED:
            message = f"解读有{share:.0%}的句子与“{shown(reference)}”原文相同，只是文件的摘录。"
            mend = "请补充背景依据、主要举措、适用范围、新旧政策差异和名词解释，用通俗的语言说明。"
            yield warning("mere-excerpt", "正文", message, mend)


def copied_share(text: str, document: str) -> float:
    """The share (0 to 1) of a text's sentences that stand in the document word by word; numbering and punctuation are
    not compared. 0 for a text of fewer than three sentences."""
    own = _sentences(text)
    if len(own) < _FEWEST:
        return 0.0
    theirs = frozenset(_sentences(document))
    return sum(sentence in theirs for sentence in own) / len(own)


def _sentences(text: str) -> list[str]:
    bare = (_MARKS.sub("", part.strip()) for part in _SENTENCE_END.split(text))
    return [sentence for sentence in bare if len(sentence) >= _SHORTEST]


def _text(xhtml: str) -> str:
    try:
        return body.plain_text(xhtml)
    except ValueError:
        return ""

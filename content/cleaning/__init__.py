"""Cleaning: any HTML in, the closed XHTML subset of ``content.body`` out, and a list of what did not come through.

Three stages, each linear in the size of its input: libxml2 reads the foreign HTML and counts what will be dropped
(``census``), nh3 filters it, and a walk rebuilds the body from nothing but text, a few marks and known blocks
(``walk``). What is written out is made by us alone, so nothing foreign can stand in it.
"""

from dataclasses import dataclass

from content.cleaning.headings import with_headings
from content.cleaning.report import Report

__all__ = ["Cleaned", "clean", "with_headings"]


@dataclass(frozen=True)
class Cleaned:
    """A body and, in Chinese, what the cleaning took out. *hidden* are those of *removed* that are signs of an attack
    (text that a reader of the source could not see)."""

    body: str
    removed: tuple[str, ...]
    hidden: tuple[str, ...] = ()


def clean(html: str) -> Cleaned:
    """Any HTML as a body. Never raises for what the text holds; cleaning a cleaned body changes nothing.

    Pictures stay only as ``asset:<digest>``, links only as http, https, mailto, tel or to an anchor of the same body.
    """
    from content.cleaning.census import take_census
    from content.cleaning.filtering import filtered, parsed
    from content.cleaning.links import resolve
    from content.cleaning.walk import walk
    from content.cleaning.writing import xhtml

    report = Report()
    source = parsed(html, report)
    take_census(source, report)
    blocks = walk(filtered(source), report)
    resolve(blocks, report)
    return Cleaned(xhtml(blocks), report.sentences(), report.hidden_sentences())

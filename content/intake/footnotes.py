"""Footnotes in Markdown: ``[^1]`` in the text, ``[^1]: …`` on a line of its own."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

_DEFINITION = re.compile(r"\[\^([^\]\s]{1,40})\]:[ \t]*(.*)")
_REFERENCE = re.compile(r"\[\^([^\]\s]{1,40})\]")


def footnotes(markdown: "MarkdownIt") -> None:
    """A plug-in: notes are numbered in the order of their first call and stand at the end in ``section.footnotes``.

    A call without a note stays as it was typed; a note that nothing calls is kept, after the others.
    """
    markdown.block.ruler.before("reference", "footnote", _definition, {"alt": ["paragraph", "reference"]})
    markdown.inline.ruler.before("link", "footnote", _call)
    markdown.core.ruler.push("footnotes", _section)


def _definition(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    found = _DEFINITION.match(line)
    if not found or state.is_code_block(start):
        return False
    if silent:
        return True
    last = start + 1
    lines = [found.group(2)]
    while (
        last < end
        and not state.isEmpty(last)
        and not _DEFINITION.match(state.getLines(last, last + 1, 0, keepLastLF=False).strip())
    ):
        lines.append(state.getLines(last, last + 1, 0, keepLastLF=False).strip())
        last += 1
    _notes(state.env).setdefault(found.group(1), "\n".join(lines))
    state.line = last
    return True


def _call(state: "StateInline", silent: bool) -> bool:
    found = _REFERENCE.match(state.src, state.pos)
    if not found or found.group(1) not in _notes(state.env):
        return False
    if not silent:
        number = _number(state.env, found.group(1))
        calls = state.env.setdefault("footnote_calls", {})
        calls[number] = calls.get(number, 0) + 1
        anchor = f' id="fnref-{number}"' if calls[number] == 1 else ""
        token = state.push("html_inline", "", 0)
        token.content = f'<sup><a href="#fn-{number}"{anchor}>[{number}]</a></sup>'
    state.pos = found.end()
    return True


def _section(state: "StateCore") -> None:
    """Appends the notes; a note may call another, which then comes after it."""
    notes = _notes(state.env)
    if not notes or state.inlineMode:
        return
    order = _order(state.env)
    rendered: list[str] = []
    for label in (None, *notes):
        if label is not None:
            _number(state.env, label)
        while len(rendered) < len(order):
            rendered.append(state.md.renderInline(notes[order[len(rendered)]], state.env))
    entries = "".join(f'<li id="fn-{number}">{note}</li>' for number, note in enumerate(rendered, 1))
    token = state.tokens[0].__class__("html_block", "", 0) if state.tokens else None
    if token is not None:
        token.content = f'<section class="footnotes"><ol>{entries}</ol></section>\n'
        state.tokens.append(token)


def _notes(env: Any) -> dict[str, str]:
    notes: dict[str, str] = env.setdefault("footnotes", {})
    return notes


def _order(env: Any) -> list[str]:
    order: list[str] = env.setdefault("footnote_order", [])
    return order


def _number(env: Any, label: str) -> int:
    numbers: dict[str, int] = env.setdefault("footnote_numbers", {})
    if label not in numbers:
        _order(env).append(label)
        numbers[label] = len(numbers) + 1
    return numbers[label]

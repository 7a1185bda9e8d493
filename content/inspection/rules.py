"""The rules of the inspection, as ``data/inspection.toml`` has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from content.kinds import data


class Weight(StrEnum):
    """What a finding costs (国办秘函〔2019〕19号)."""

    VETO = "veto"
    DEDUCT = "deduct"
    NOTE = "note"


WEIGHT_LABELS: dict[Weight, str] = {Weight.VETO: "单项否决", Weight.DEDUCT: "扣分", Weight.NOTE: "提示"}


@dataclass(frozen=True)
class Code:
    """One kind of finding: its indicator by 19号, the rule (*source*) and what to do (*mend*). *integrity* says that the
    site shows what nobody signed."""

    code: str
    title: str
    indicator: str
    weight: Weight
    integrity: bool
    source: str
    mend: str


@dataclass(frozen=True)
class FreshnessClock:
    """How long columns may stay as they are: *days*, or calendar *months*. *strict* ones count towards the veto of 5."""

    name: str
    strict: bool
    words: tuple[str, ...]
    types: tuple[str, ...]
    source: str
    days: int = 0
    months: int = 0


@lru_cache(maxsize=1)
def codes() -> Mapping[str, Code]:
    """Every code in the order of the file, which is the order of reports within an indicator."""
    return {name: _code(name, entry) for name, entry in rules()["codes"].items()}


@lru_cache(maxsize=1)
def clocks() -> tuple[FreshnessClock, ...]:
    """The clocks of columns, first match wins."""
    return tuple(
        FreshnessClock(**{**entry, "words": tuple(entry["words"]), "types": tuple(entry["types"])})
        for entry in rules()["clocks"]
    )


def rules() -> Mapping[str, Any]:
    return data("inspection.toml")


def clock_of(name: str, column_type: str) -> FreshnessClock | None:
    """The clock of a column: by a word in its name, else by its ColumnType; None for one that nothing says must change."""
    named = (clock for clock in clocks() if any(word in name for word in clock.words))
    typed = (clock for clock in clocks() if column_type in clock.types)
    return next(named, None) or next(typed, None)


def _code(name: str, entry: Mapping[str, Any]) -> Code:
    return Code(code=name, **{**entry, "weight": Weight(entry["weight"])})

"""What editors call each field: the labels of ``data/fields.toml``, which the intake reads too."""

from functools import lru_cache

from content.kinds import data


def label(name: str) -> str:
    """The Chinese label of a field of ``content.item.Fields``; raises KeyError for another name."""
    return _labels()[name]


@lru_cache
def _labels() -> dict[str, str]:
    return {entry["name"]: entry["label"] for entry in data("fields.toml")["field"]}

"""What the frame says, in Chinese and in English: ``templates/website/words.toml``."""

import tomllib
from functools import lru_cache
from types import SimpleNamespace

from channels.website.layout import TEMPLATES


@lru_cache(maxsize=2)
def wording(english: bool) -> SimpleNamespace:
    """Every text by section and name (``say.frame.skip``); a name that is not there is an AttributeError."""
    language = "en" if english else "zh"
    sections = tomllib.loads((TEMPLATES / "words.toml").read_text(encoding="utf-8"))
    return SimpleNamespace(
        **{
            section: SimpleNamespace(**{name: texts[language] for name, texts in entries.items()})
            for section, entries in sections.items()
        }
    )


def is_english(language: object) -> bool:
    """Whether an item in this language (BCP 47) gets the English frame."""
    return str(language).partition("-")[0].lower() == "en"

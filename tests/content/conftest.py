"""Fixtures of the content tests."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from content.database import Database


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"tests_content_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Any:
    """A small office at work; see ``office_at_work.py``."""
    return _load("office_at_work").OfficeAtWork(database, tmp_path)

"""Fixtures of the run's tests: a signed office to copy, a nursery that forks children, the sandbox platforms."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"tests_flows_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


at_work = _load("at_work")


@pytest.fixture(scope="session", name="at_work")
def _at_work() -> Any:
    """The helpers of ``at_work.py``."""
    return at_work


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was accepted is asked for soon: the sandbox reviews an article in a fifth of a second here."""
    from flows import delivery

    monkeypatch.setattr(delivery, "FOLLOW_PAUSES", (0.2, *delivery.FOLLOW_PAUSES[1:]))


@pytest.fixture(scope="session")
def nursery() -> Iterator[Any]:
    made = at_work.Nursery()
    yield made
    made.close()


@pytest.fixture(scope="session")
def empty_office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workspace with people and no items; only to be copied."""
    return at_work.Office.make(tmp_path_factory.mktemp("empty") / "home")


@pytest.fixture(scope="session")
def signed_office(empty_office: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workspace with one signed policy document, 1001, and an open gazette issue; only to be copied."""
    from flows import issues

    office = empty_office.copy(tmp_path_factory.mktemp("signed") / "home")
    issues.open_issue(office.wired, at_work.today().year, 11, 131)
    assert office.approve() == "1001"
    return office


@pytest.fixture
def new_office(empty_office: Any, tmp_path: Path) -> Iterator[Any]:
    """An office with people, without items and without platforms."""
    office = empty_office.copy(tmp_path / "工作区 一", clock=at_work.Ahead())
    yield office
    office.close()


@pytest.fixture
def quiet_office(signed_office: Any, tmp_path: Path) -> Iterator[Any]:
    """An office with the signed item 1001; the sandbox platforms do not run."""
    office = signed_office.copy(tmp_path / "工作区 一", clock=at_work.Ahead())
    yield office
    office.close()


@pytest.fixture
def office(quiet_office: Any, nursery: Any) -> Iterator[Any]:
    """An office with the signed item 1001, and the sandbox platforms running as a process of their own."""
    quiet_office.nursery = nursery
    quiet_office.start_platforms()
    yield quiet_office
    if quiet_office.sandbox:
        quiet_office.stop_platforms()

"""What every test may ask for."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden; review the change with git diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compares bytes with the kept file ``tests/golden/<relative>``, or rewrites it under ``--update-golden``."""

    def compare(relative: str, data: bytes) -> None:
        kept = GOLDEN / relative
        if request.config.getoption("--update-golden"):
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)
        assert kept.exists(), f"no golden file {relative}: run pytest --update-golden and review it"
        assert data == kept.read_bytes(), f"{relative} changed: run pytest --update-golden and review the difference"

    return compare

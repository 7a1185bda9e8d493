"""What the tests of the channels share."""

from collections.abc import Iterator

import pytest

from tests.channels import revisions as made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[made.Rehearsal]:
    """The sandbox platforms, live for one file of tests."""
    with made.rehearsal(tmp_path_factory.mktemp("platforms")) as given:
        yield given

"""The samples that the demo and the tests publish; ``hijacked-annual-report.txt`` must be refused by the checks."""

from pathlib import Path

SAMPLES = Path(__file__).parent
"""The folder of the samples."""


def path(name: str) -> Path:
    """A sample by its file name; raises FileNotFoundError for one that is not there."""
    found = SAMPLES / name
    if not found.is_file():
        raise FileNotFoundError(f"there is no sample {name} in {SAMPLES.name}")
    return found

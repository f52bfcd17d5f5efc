"""The demo's data files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data"
PLATFORM = "taobao"


def rows(name: str) -> Iterator[dict[str, str]]:
    """The lines of a data file."""
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)

"""The worked table of docs/algorithms/promotions.md is what the engine does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promotions.engine.values import Kind, TierMode

from .make import BAG, CUP, SOAP, basket, earned, scheme, tier

PAGE = Path(__file__).resolve().parents[2] / "docs" / "algorithms" / "promotions.md"
NAMES = {"bag": BAG, "bags": BAG, "cup": CUP, "cups": CUP}


def worked() -> list[tuple[int, list[str]]]:
    """Units, and the cells of the three modes."""
    section = PAGE.read_text().split("## Worked: steps")[1].split("## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if re.match(r"\| \d", line)
    ]
    return [(int(row[0]), row[1:]) for row in rows]


def test_the_table_is_there() -> None:
    assert len(worked()) == 6


@pytest.mark.parametrize(("units", "cells"), worked())
def test_a_row_of_the_table(units: int, cells: list[str]) -> None:
    for mode, cell in zip((TierMode.HIGHEST, TierMode.EACH, TierMode.MULTIPLE), cells, strict=True):
        expected = {NAMES[name]: int(count) for count, name in re.findall(r"(\d+) (\w+)", cell)}
        steps = scheme(Kind.QUANTITY_REACHED, tier(3, (BAG, 1)), tier(5, (CUP, 2)), mode=mode)
        assert earned(basket((SOAP, units, units * 100)), steps) == expected, mode

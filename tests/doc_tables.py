"""Reads the worked tables of docs/: a table follows a comment ``<!-- check: NAME -->``."""

from __future__ import annotations

from itertools import takewhile

from oms.config import ROOT


def worked_table(page: str, name: str) -> list[dict[str, str]]:
    """The rows of the named table of ``docs/algorithms/PAGE.md``, by column. Raises ValueError if the page has none."""
    text = (ROOT / "docs" / "algorithms" / f"{page}.md").read_text()
    _before, found, after = text.partition(f"<!-- check: {name} -->")
    if not found:
        raise ValueError(f"{page}.md has no table {name}")
    rows = takewhile(lambda line: line.startswith("|"), after.strip().splitlines())
    head, _rule, *body = [[cell.strip() for cell in line[1:-1].split("|")] for line in rows]
    return [dict(zip(head, cells, strict=True)) for cells in body]

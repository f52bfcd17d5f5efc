"""P4: docs/resiliency.md has a row for every dependency and fault, no cell is empty, and every test it names is there."""

from __future__ import annotations

import ast
import itertools
import re

from oms.config import ROOT

DEPENDENCIES = ("PostgreSQL", "Redis", "platform")
FAULTS = ("refused", "slow", "reset", "black hole", "throttle", "answers with an error", "garbage", "expired token")
TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)::(?P<name>test_\w+)`(?: \[(?P<case>[\w ]+)\])?\Z")


def rows() -> list[dict[str, str]]:
    lines = [line for line in (ROOT / "docs" / "resiliency.md").read_text().splitlines() if line.startswith("|")]
    head, _rule, *body = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return [dict(zip(head, cells, strict=True)) for cells in body]


def test_every_dependency_has_every_fault_and_no_cell_is_empty() -> None:
    assert [(row["dependency"], row["fault"]) for row in rows()] == list(itertools.product(DEPENDENCIES, FAULTS))
    assert [row for row in rows() if not all(row.values())] == []


def test_the_tests_that_it_names_are_there() -> None:
    missing = []
    for row in rows():
        named = TEST.match(row["test"])
        if named is None:
            missing.append(row["test"])
            continue
        source = (ROOT / named["file"]).read_text()
        functions = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
        if named["name"] not in functions or (named["case"] and f'"{named["case"]}"' not in source):
            missing.append(row["test"])
    assert missing == []

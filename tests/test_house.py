"""The house rules that no tool of their own holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from oms import messages
from oms.config import ROOT

# The two modules of the core through which every state and every lease goes lock what they are given.
LOCKING = {"locks.py", "leases.py", "lifecycle.py"}
FILES = [
    path
    for folder in ("oms", "orders", "warehouse", "finance", "integrations", "promotions", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
]
LONGEST = 400


def test_no_file_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines for path in FILES if (lines := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def test_row_locks_are_spelt_in_locks_modules_alone() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in FILES
        if path.name not in LOCKING
        and "tests" not in path.relative_to(ROOT).parts
        and "sandbox" not in path.parts
        and ("select_for_update" in path.read_text() or "FOR UPDATE" in path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize("area", messages.AREAS)
def test_every_message_has_its_chinese(area: str) -> None:
    assert list(messages.problems(area)) == []


def test_no_area_changes_the_chinese_of_another() -> None:
    assert list(messages.contradictions()) == []


def test_floors_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

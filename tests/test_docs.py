"""The documentation cannot drift: what an operator may set, call or be told is described in docs/operations.md."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from oms.config import ROOT, Config
from orders.engine.reasons import Attention, ExceptionReason

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
DESCRIBED = set(re.findall(r"^\| `(\w+)`", OPERATIONS, re.M))
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_every_setting_is_described() -> None:
    names = {str(field.validation_alias or f"OMS_{name}".upper()) for name, field in Config.model_fields.items()}
    assert names - DESCRIBED == set()


def test_every_command_is_described() -> None:
    commands = {
        path.stem
        for folder in ("oms", "orders", "warehouse", "finance", "promotions", "integrations")
        for path in (ROOT / folder).rglob("management/commands/*.py")
        if path.stem != "__init__"
    }
    assert commands
    assert commands - DESCRIBED == set()


@pytest.mark.parametrize("reasons", [ExceptionReason, Attention])
def test_every_reason_is_described(reasons: type[StrEnum]) -> None:
    assert {reason.value for reason in reasons} - DESCRIBED == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    broken = [target for target in LINK.findall(path.read_text()) if not (path.parent / target).exists()]
    assert broken == []

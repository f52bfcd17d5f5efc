"""The documentation cannot drift: what an operator may set, call or be told is described in docs/operations.md."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest
from django.utils import translation

from oms.accounts.exports import exports
from oms.celery import app
from oms.config import ROOT, Config
from orders.engine.reasons import Attention, ExceptionReason
from orders.words.reasons import SHORT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
DESCRIBED = set(re.findall(r"^\| `(\w+)`", OPERATIONS, re.M))
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
GUIDE_OF_REASONS = ROOT / "docs" / "guides" / "zh" / "异常原因.md"
INDEX = ROOT / "docs" / "README.md"
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


@pytest.mark.parametrize("reasons", [ExceptionReason, Attention])
def test_every_reason_has_its_row_for_clerks(reasons: type[StrEnum]) -> None:
    """The row begins with the code and the words that the lists show for it."""
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", GUIDE_OF_REASONS.read_text(), re.M))
    with translation.override("zh-hans"):
        shown = {reason.value: str(SHORT[reason]) for reason in reasons}
    assert {code: rows.get(code, "no row") for code in shown} == shown


def test_of_every_periodic_task_it_is_said_what_stops_it() -> None:
    page = (ROOT / "docs" / "decisions" / "one-stops-no-other.md").read_text()
    tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {task for task in tasks if f"`{task}`" not in page} == set()


def test_of_every_list_it_is_said_how_it_is_taken_away_and_comes_in() -> None:
    page = (ROOT / "docs" / "lists.md").read_text()
    assert sorted(re.findall(r"^\| `(\w+)`", page, re.M)) == sorted(export.code for export in exports())


def test_every_page_is_in_the_index() -> None:
    linked = {(INDEX.parent / target).resolve() for target in LINK.findall(INDEX.read_text())}
    pages = {path.resolve() for path in (ROOT / "docs").rglob("*.md")} - {INDEX.resolve()}
    assert pages - linked == set()


def test_every_picture_is_shown_somewhere() -> None:
    shown = {(path.parent / target).resolve() for path in PAGES for target in LINK.findall(path.read_text())}
    pictures = {path.resolve() for path in (ROOT / "docs" / "images").glob("*.png")}
    assert pictures
    assert pictures - shown == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_headings(path: Path) -> None:
    """A link with an anchor names a heading of its page."""
    missing = []
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", path.read_text()):
        page = path.parent / target if target else path
        headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
        known = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        if anchor not in known:
            missing.append(f"{target}#{anchor}")
    assert missing == []

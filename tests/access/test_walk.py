"""P6: every page and every route of the API × every role × what is theirs, of a foreign shop, warehouse or category, of a colleague.

The doors come from the URL conf and the API's router; ``tests/access/table.py`` says how to ask at each. The world is built once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from unittest import mock

from django.db import connection, transaction
from django.db.models import Q
from django.test import TestCase
from django.utils import timezone

from oms.accounts.models import AuditEntry, Staff
from oms.accounts.roles import ROLES
from oms.accounts.routes import all_addresses
from oms.portal.audit import ACTIONS
from tests.access.asking import QuickClient, all_doors, ask, echoed
from tests.access.table import CATEGORY, OPEN, PAGES, PERSON, ROUTES, SHOP, VARY, WAREHOUSE
from tests.access.world import World, add_foreign, add_strange, make_world, snapshot, start_jobs

Trespass = tuple[str, str, str, int, list[str]]
"""Role, limit, door, status, and the foreign texts that were found."""

CODES = [role.code for role in ROLES]
DOORS = [door for door in all_doors() if door.name not in OPEN]
QUIET = {door.name for door in all_addresses() if getattr(door.callback, "quiet", False)}
DECIDED = [door for door in DOORS if door.key in PAGES or door.key in ROUTES]


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back; it counts as the test's own transaction, not as one of the application's."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


def changed_by_itself(text: str) -> str:
    """An answer without what differs from one asking to the next: tokens, and the moment."""
    text = re.sub(r'csrf[^"]*"[^>]*?(value|content)="[^"]*"|"X-CSRFToken": *"[^"]*"|csrftoken=\S+', "", text)
    text = re.sub(r'name="once" value="[^"]*"', "", text)
    return re.sub(r"sessionid=\S+|expires=[^;]*;|nonce-\S+|\d\d:\d\d:\d\d(\.\d+)?|>−?\d+:\d\d<", "", text)


class Day:
    """A clock that stops at midnight: what is asked before it and after it would differ by the day it names."""

    def __init__(self) -> None:
        self._clock = timezone.now
        self._last = dt.datetime.max.replace(tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return min(self._clock(), self._last)

    def hold(self) -> None:
        """From now on it is today for good."""
        today = timezone.localtime(self._clock())
        self._last = today.replace(hour=23, minute=59, second=59, microsecond=999_999)


class TheWalk(TestCase):
    world: World
    day: Day
    before: dict[tuple[str, str, str], str]
    after: dict[tuple[str, str, str], str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.day = Day()
        cls.enterClassContext(mock.patch("django.utils.timezone.now", cls.day.now))
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = make_world()
        cls.day.hold()
        cls.before = cls.figures()
        add_foreign(cls.world)
        cls.after = cls.figures()
        cls.before |= cls.figures("category")
        add_strange(cls.world)
        cls.after |= cls.figures("category")
        start_jobs(cls.world)

    @classmethod
    def figures(cls, limit: str = "both") -> dict[tuple[str, str, str], str]:
        """Every list, count and export, limited to the own shop and warehouse: for who has every role, and for who sees parcels alone.

        Limited to the own category besides, for the first.
        """
        found = {}
        for code in ("everything", "warehouse") if limit == "both" else ("everything",):
            staff = cls.world.people[code, limit]
            client = signed_in(staff)
            for door in DECIDED:
                if (
                    door.way.method == "GET"
                    and not (door.way.by or door.way.shown or door.key in VARY)
                    and door.opens_to(staff)
                ):
                    answer = ask(client, door, cls.world, cls.world.own, staff)
                    found[code, limit, door.key] = changed_by_itself(answer.text)
        return found

    def test_every_door_is_decided_about(self) -> None:
        """Add a row to tests/access/table.py for a new page or route: how its object is made, by what it is foreign."""
        known = {door.key for door in DOORS}
        assert sorted(known - PAGES.keys() - ROUTES.keys()) == [], self.__doc__
        assert sorted((PAGES.keys() | ROUTES.keys()) - known) == []
        assert [door.key for door in DOORS if door.kind == "undecided"] == []

    def test_every_page_has_its_help(self) -> None:
        """Give a new page its help in oms/portal/help: what it is for, what to do first, what its states and colours mean."""
        staff = self.world.people["everything", "both"]
        client = signed_in(staff)
        missing, pages = [], 0
        for door in DECIDED:
            if door.key in ROUTES or door.way.method != "GET":
                continue
            with undone():
                text = ask(client, door, self.world, self.world.own, staff).text
            if 'id="help"' in text:
                pages += 1
                if "data-page-help" not in text:
                    missing.append(door.key)
        assert missing == [], self._testMethodDoc
        assert pages > 40

    def test_each_role_does_with_what_is_its_own_what_its_functions_say(self) -> None:
        wrong = []
        for code in CODES:
            staff = self.world.people[code, "both"]
            client = signed_in(staff)
            for door in DECIDED:
                with undone():
                    status = ask(client, door, self.world, self.world.own, staff).status
                expected = (
                    status not in {401, 403, 404, 405} and status < 500 if door.opens_to(staff) else status == 403
                )
                if not expected:
                    wrong.append((code, door.key, status))
        nothing(wrong)

    def test_whoever_changes_something_is_in_the_audit_log(self) -> None:
        """Every deed of every door, done by somebody who may: what changed a row left an entry, and the entry has words."""
        staff = self.world.people["everything", "both"]
        client, was = signed_in(staff), everything()
        silent, wordless, kept = [], set(), set()
        for door in DECIDED:
            if door.way.method != "POST":
                continue
            with undone():
                before = AuditEntry.objects.count()
                ask(client, door, self.world, self.world.own, staff)
                entries = list(AuditEntry.objects.order_by("id")[before:])
                if not entries and door.name not in QUIET and everything() != was:
                    silent.append(door.key)
                wordless |= {entry.action for entry in entries} - ACTIONS.keys()
                kept |= {door.name for entry in entries if entry.staff_id == staff.pk}
        nothing(silent)
        nothing(sorted(wordless))
        assert {"orders:batch", "orders:split", "order-hold", "promotions:copy", "catalog:add_category"} <= kept
        assert len(kept) > 35

    def test_nobody_sees_or_changes_what_is_foreign(self) -> None:
        nothing([found for code in CODES for limit in (SHOP, WAREHOUSE) for found in self.trespasses(code, limit)])
        nothing(self.trespasses("everything", CATEGORY))

    def test_the_walk_finds_the_leaks_when_scopes_are_off(self) -> None:
        """The twin: without the condition nearly every door about orders and parcels tells of the foreign shop."""
        with mock.patch("oms.accounts.scopes.scope_q", return_value=Q()):
            trespasses = self.trespasses("customer_service", SHOP, each_undone=True)
            strange = self.trespasses("everything", CATEGORY, each_undone=True)
        found = {key for _code, _limit, key, *_more in trespasses}
        assert {
            "portal:search",
            "orders:workbench",
            "orders:order",
            "orders:split",
            "warehouse:shipments",
        } <= found
        leaks = {
            "catalog:products",
            "orders:stock",
            "orders:trade",
            "warehouse:stock",
            "finance:vouchers",
            "portal:export",
        }
        assert leaks <= {key for _code, _limit, key, *_more in strange}
        assert {"catalog:listings", "integrations:shop", "order-list GET list", "shipment-detail GET retrieve"} <= found

    def trespasses(self, code: str, limit: str, *, each_undone: bool = False) -> list[Trespass]:
        """What a person of the role, limited by shop, by warehouse or by category, finds or changes of the foreign scene."""
        foreign = self.world.odd if limit == CATEGORY else self.world.elsewhere
        words = {SHOP: foreign.of_shop, WAREHOUSE: foreign.of_warehouse, CATEGORY: foreign.of_category}[limit]
        staff = self.world.people[code, limit]
        client = signed_in(staff)
        was = everything()
        found: list[Trespass] = []
        for door in DECIDED:
            names_nothing = door.way.method == "POST" or door.way.company
            if not door.opens_to(staff) or (names_nothing and limit not in door.way.by):
                continue
            with undone() if each_undone else nullcontext():
                answer = ask(client, door, self.world, foreign, staff)
            said = words - door.way.shown - echoed(door, self.world, foreign, staff)
            leaked = sorted(word for word in said if word in answer.text)
            wanted = answer.status == 404 if door.way.named and limit in door.way.by else answer.status < 500
            if leaked or not wanted:
                found.append((code, limit, door.key, answer.status, leaked))
        if everything() != was:
            found.append((code, limit, "a foreign row was changed", 0, []))
        return found

    def test_a_job_of_somebody_else_is_not_there(self) -> None:
        colleague = Staff.objects.get(pk=self.world.things["colleague"])
        wrong = []
        for code in CODES:
            staff = self.world.people[code, "both"]
            client = signed_in(staff)
            for door in DECIDED:
                seen = door.name.startswith("portal:") and staff.has_perm("core.view_all_jobs")
                if PERSON in door.way.by and door.opens_to(staff) and not seen:
                    answer = ask(client, door, self.world, self.world.own, staff, colleague)
                    if answer.status not in {404, 409, 422}:
                        wrong.append((code, door.key, answer.status))
        nothing(wrong)

    def test_foreign_rows_change_no_list_no_count_and_no_export(self) -> None:
        """The same answers, letter by letter, with another shop's (another category's) orders in the database as before them."""
        after = self.after
        assert len(after) > 25
        nothing([(*key, *differs(self.before[key], after[key])) for key in after if after[key] != self.before[key]])


def signed_in(staff: Staff) -> QuickClient:
    client = QuickClient()
    client.force_login(staff)
    return client


def nothing(found: Sequence[object]) -> None:
    """Fail with everything that was found, a line each."""
    assert not found, "\n".join(map(str, ["", *found]))


def differs(before: str, after: str) -> list[str]:
    """The first lines of an answer that are not as they were."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return [f"{old.strip()[:90]} → {new.strip()[:90]}" for old, new in pairs if old != new][:2]


def everything() -> str:
    with connection.cursor() as cursor:
        return snapshot(cursor)

"""manage.py permissions: who may do what and enter where, as it stands in the database now."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms.accounts.matrix import Door, Function, RoleRow, doors, functions, role_rows


class Command(BaseCommand):
    help = (
        "Print the roles with their functions, and every page and API route with what it asks and which roles pass it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *_args: Any, **given: Any) -> None:
        roles, known, entries = role_rows(), functions(), list(doors())
        if given["json"]:
            report = {
                "roles": [role.code for role in roles],
                "functions": [
                    {"name": one.name, "label": one.label, "roles": [role.code for role in roles if _has(role, one)]}
                    for one in known
                ],
                "routes": [
                    {
                        "name": door.name,
                        "route": door.route,
                        "action": door.action,
                        "asks": _asks(door),
                        "roles": [role.code for role in roles if _passes(role, door)],
                    }
                    for door in entries
                ],
            }
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))
        else:
            codes = [role.code for role in roles]
            self._table(
                ("function", *codes), ((one.name, *(_mark(_has(role, one)) for role in roles)) for one in known)
            )
            self.stdout.write("")
            self._table(
                ("route", "action", "asks", *codes),
                (
                    (door.route, door.action, " ".join(_asks(door)), *(_mark(_passes(role, door)) for role in roles))
                    for door in entries
                ),
            )
        undecided = sorted({f"{door.name} {door.action}".strip() for door in entries if door.access is None})
        if undecided:
            raise CommandError(f"Nobody has decided who may call {', '.join(undecided)}.")

    def _table(self, head: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
        rows = [head, *lines]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _has(role: RoleRow, function: Function) -> bool:
    return function.name in role.functions


def _passes(role: RoleRow, door: Door) -> bool:
    return door.access is not None and role.may(door.access)


def _asks(door: Door) -> list[str]:
    """The permissions of a door, or in one word why it asks for none."""
    if door.access is None:
        return ["undecided"]
    return list(door.access.permissions) or [door.access.kind]


def _mark(yes: bool) -> str:
    return "x" if yes else "·"

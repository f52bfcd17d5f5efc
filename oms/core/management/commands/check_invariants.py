"""manage.py check_invariants: what must always be true, checked now."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from oms.core.invariants import Violation, check_all, registered


class Command(BaseCommand):
    help = (
        "Check everything that must always be true (stock, reservations, trades, orders, parcels, uploads, vouchers) and tell "
        "what is not, with the first rows that break it. Exit status 1 when something is not true."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def handle(self, *_args: Any, **options: Any) -> None:
        violations = {violation.code: violation for violation in check_all()}
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(violations), ensure_ascii=False, default=str))
        else:
            for invariant in registered():
                broken = violations.get(invariant.code)
                self.stdout.write(f"{'BROKEN' if broken else 'ok    '} {invariant.code}: {invariant.sentence}")
                if broken:
                    self.stdout.write(f"       {broken.count} rows, the first of them:")
                    for example in broken.examples:
                        self.stdout.write(f"       {', '.join(map(str, example))}")
        if violations:
            sys.exit(1)


def _as_json(violations: Mapping[str, Violation]) -> dict[str, Any]:
    return {
        "checked": [invariant.code for invariant in registered()],
        "invariants": "broken" if violations else "ok",
        "violations": [
            {"code": one.code, "sentence": one.sentence, "count": one.count, "examples": one.examples}
            for one in violations.values()
        ],
    }

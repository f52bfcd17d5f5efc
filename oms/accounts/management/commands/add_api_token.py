from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oms.accounts.models import Staff
from oms.accounts.tokens import make_token, revoke_tokens


class Command(BaseCommand):
    help = "Make a token by which a program signs in to /api/v1/ as a staff member; it is shown once. Or revoke one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="whose permissions and data scope the token has")
        parser.add_argument("name", help="what the token is for")
        parser.add_argument("--days", type=int, help="days until it expires (default: valid until it is revoked)")
        parser.add_argument("--revoke", action="store_true", help="revoke the tokens of that name instead")

    def handle(self, *_args: Any, username: str, name: str, days: int | None, revoke: bool, **_options: Any) -> None:
        staff = Staff.objects.filter(username=username).first()
        if staff is None:
            raise CommandError(f"there is no staff member {username}")
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--days must be from 1 to 3650")
        if revoke:
            self.stdout.write(f"{revoke_tokens(staff, name)} revoked")
        else:
            self.stdout.write(make_token(staff, name, days=days))

"""manage.py add_shop: enter a shop, or change the one with this code."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations.access import check_authorisation
from integrations.platforms.base import MANUAL, platforms
from integrations.shops import ShopEntry, add_shop, change_shop
from oms.catalog.models import Shop
from oms.core.errors import UnableTo


class Command(BaseCommand):
    help = (
        "Enter a shop with the keys of its platform, or change the shop that has this code; what is not named stays as it is. "
        "A value of --app-secret or --session that begins with @ is read from that file, so that it need not stand in the list of "
        "processes. Exit status 1 when the platform was asked (--check) and refuses, 2 when what was entered cannot be kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        known = [*(platform.code for platform in platforms()), MANUAL]
        parser.add_argument("--code", required=True, help="short name of the shop here, such as TB01")
        parser.add_argument(
            "--platform",
            choices=known,
            help=f"needed for a new shop; {MANUAL} for one whose orders are entered by hand",
        )
        parser.add_argument("--name", help="name that people see; the code by default")
        parser.add_argument("--gateway", help="address of the platform's gateway; the platform's own by default")
        parser.add_argument("--app-key")
        parser.add_argument("--app-secret", help="the secret, or @FILE")
        parser.add_argument("--session", help="the session key, or @FILE")
        parser.add_argument("--session-expires", help="when the session ends, such as 2027-01-31T12:00")
        parser.add_argument("--ship-within", type=int, help="hours promised for shipping (48)")
        parser.add_argument("--check", action="store_true", help="ask the platform whether it accepts the keys")

    def handle(self, *_args: Any, **options: Any) -> None:
        code = options["code"]
        shop = Shop.objects.filter(code=code).first()
        try:
            entry = self._entry(options, shop)
            saved = change_shop(shop.id, entry) if shop else add_shop(code, entry)
        except UnableTo as error:
            raise CommandError(str(error), returncode=2) from error
        if options["verbosity"] > 0:
            self.stdout.write(f"{saved.code}: {'changed' if shop else 'entered'}")
        if options["check"]:
            try:
                check_authorisation(saved)
            except UnableTo as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{saved.code}: the platform accepts the keys")

    def _entry(self, options: dict[str, Any], shop: Shop | None) -> ShopEntry:
        platform = next((p for p in platforms() if p.code == options["platform"]), None)
        new = shop is None
        return ShopEntry(
            name=options["name"] or (options["code"] if new else None),
            platform=options["platform"],
            gateway_url=options["gateway"] or (platform.gateway_url if new and platform else None),
            app_key=options["app_key"],
            app_secret=_secret(options["app_secret"]),
            session=_secret(options["session"]),
            session_expires_at=_moment(options["session_expires"]),
            ship_within_hours=options["ship_within"],
        )


def _secret(value: str | None) -> str | None:
    if value is None or not value.startswith("@"):
        return value
    try:
        return Path(value[1:]).read_text().strip()
    except OSError as error:
        raise CommandError(f"{value[1:]}: {error.strerror}", returncode=2) from error


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text} is no time; write it like 2027-01-31T12:00", returncode=2)
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

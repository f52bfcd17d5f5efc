"""manage.py download_trades: bring in the trades of shops, now."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from integrations.access import is_connected
from integrations.download import download_now, download_trade, download_window
from integrations.models import MissedTrade
from integrations.platforms.base import Window
from integrations.windows import Downloaded
from oms.catalog.models import Shop
from oms.core.errors import UnableTo


class Command(BaseCommand):
    help = (
        "Download trades: what changed since the last download, a span of time, or one trade. Exit status 1 when a shop could not "
        "be downloaded or a trade could not be fetched, 2 for a mistake in the arguments."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shop", help="code of the shop; all shops in use by default")
        parser.add_argument("--since", help="begin of a span of time, such as 2026-11-24 or 2026-11-24T08:00")
        parser.add_argument("--until", help="end of the span; now by default")
        parser.add_argument(
            "--placed", action="store_true", help="the span is of when trades were placed, not of when they changed"
        )
        parser.add_argument("--trade", metavar="NO", help="one trade by its number")

    def handle(self, *_args: Any, **options: Any) -> None:
        window = _window(options)
        if options["trade"] and not options["shop"]:
            raise CommandError("--trade needs --shop", returncode=2)
        failed = False
        total = Downloaded()
        for shop in _shops(options["shop"]):
            try:
                result = self._download(shop, window, options["trade"])
            except UnableTo as error:
                self.stderr.write(f"{shop.code}: {error}")
                failed = True
                continue
            total += result
            self.stdout.write(f"{shop.code}: {_summary(result)}")
            self._show_missed(shop)
        failed = failed or total.missed > 0
        if failed:
            sys.exit(1)

    def _download(self, shop: Shop, window: Window | None, trade_no: str | None) -> Downloaded:
        last = ""

        def progress(done: int, whole: int, message: str) -> None:
            nonlocal last
            line = f"{shop.code}: {100 * done // max(whole, 1)} % {message}"
            if line != last:
                self.stderr.write(line)
            last = line

        if trade_no:
            return download_trade(shop, trade_no)
        if window is not None:
            return download_window(shop, window, progress)
        return download_now(shop, progress)

    def _show_missed(self, shop: Shop) -> None:
        for missed in MissedTrade.objects.filter(shop=shop).order_by("created_at", "id")[:20]:
            self.stdout.write(f"  {missed.trade_no}: {missed.reason}")


def _shops(code: str | None) -> list[Shop]:
    if code is None:
        return [shop for shop in Shop.objects.filter(enabled=True).order_by("code") if is_connected(shop)]
    shop = Shop.objects.filter(code=code).first()
    if shop is None:
        raise CommandError(f"there is no shop with the code {code}", returncode=2)
    return [shop]


def _window(options: dict[str, Any]) -> Window | None:
    if options["since"] is None:
        if options["until"] or options["placed"]:
            raise CommandError("--until and --placed need --since", returncode=2)
        return None
    since = _moment(options["since"])
    until = _moment(options["until"]) if options["until"] else timezone.now()
    if until <= since:
        raise CommandError("--until must lie after --since", returncode=2)
    return Window(since, until, "placed" if options["placed"] else "changed")


def _moment(text: str) -> dt.datetime:
    try:
        moment = parse_datetime(text)
        day = parse_date(text) if moment is None else None
    except ValueError:
        moment = day = None
    if day is not None:
        moment = dt.datetime.combine(day, dt.time())
    if moment is None:
        raise CommandError(f"{text} is no time; write it like 2026-11-24T08:00", returncode=2)
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _summary(result: Downloaded) -> str:
    return (
        f"{result.listed} listed: {result.new} new, {result.changed} changed, {result.rejected} unreadable, "
        f"{result.missed} could not be fetched"
    )

"""How soon something is to be seen of each work page, and what its scripts and styles weigh, in a real browser on a full list."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread
from django.urls import reverse
from playwright.sync_api import Browser, sync_playwright

from oms.portal.navigation import PLACES
from orders.models import Order
from tests.bench.archive import make_archive
from tests.bench.weight import loaded_by, weigh
from tests.browser.conftest import ARGUMENTS, browser_program
from tests.factories.staff import make_staff

ORDERS = 20_000
RUNS = 7
FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? false"


def addresses() -> dict[str, str]:
    """Every place of the navigation, and an order, by name."""
    places = (place for _title, section in PLACES for place in section)
    found = {place.name: reverse(place.name) for place in places}
    return {**found, "orders:order": reverse("orders:order", args=[Order.objects.filter(state="cs_review")[0].no])}


def measure() -> Iterator[dict[str, Any]]:
    """A line for each page, and one for all of them. Raises AssertionError when a page does not open."""
    make_archive(ORDERS)
    client = Client()
    client.force_login(make_staff("chief", superuser=True))
    program = browser_program()
    if program is None:
        raise AssertionError("there is no Chromium on this machine")
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.start()
    server.is_ready.wait()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    everything: set[str] = set()
    paints: list[float] = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
            for name, address in addresses().items():
                files = loaded_by(client.get(address).content.decode())
                everything |= files
                cold, warm = _open(browser, f"http://127.0.0.1:{server.port}{address}", client)
                paints.append(cold)
                yield {
                    "page": name,
                    "first_paint_ms": round(cold),
                    "again_ms": round(warm),
                    "files": len(files),
                    "kib": round(weigh(files) / 1024, 1),
                }
            browser.close()
    finally:
        server.terminate()
        server.join()
        connections.close_all()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    yield {
        "page": "all of them",
        "orders": ORDERS,
        "slowest_first_paint_ms": round(max(paints)),
        "files": len(everything),
        "kib": round(weigh(everything) / 1024, 1),
    }


def _open(browser: Browser, url: str, client: Client) -> tuple[float, float]:
    """Milliseconds to the first contentful paint, the median of windows that know nothing yet and of the same ones again."""
    cold: list[float] = []
    warm: list[float] = []
    for _run in range(RUNS):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        # Of the whole site: with the page's own address the cookie would be for what lies below it.
        site = "/".join(url.split("/")[:3])
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        page = context.new_page()
        for times in (cold, warm):
            response = page.goto(url, wait_until="load")
            if response is None or response.status != 200:
                raise AssertionError(f"{url} answered {response and response.status}")
            times.append(page.wait_for_function(FIRST_PAINT).json_value())
        context.close()
    return statistics.median(cold), statistics.median(warm)

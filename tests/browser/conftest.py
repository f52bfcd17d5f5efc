"""A real browser on a real server.

    def test_something(open_page: OpenPage) -> None:
        page = open_page("/orders/", make_staff(role="customer_service"))

Every page is watched: a script that fails, a style or script that the content security policy refuses, or an answer with a status
from 400 up fails the test, unless the test says ``page_may_fail(422)``. Without a Chromium the tests are skipped with the reason.

OMS_SLOW_BROWSER=6 has every page computed six times slower and every answer come late by as many times 40 ms, as on a machine that has
other things to do: what passes only on a quick one is found at home.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from oms.accounts.models import Staff

PATIENCE_MS = 20_000
"""How long a page may take on a machine that has other things to do: what comes sooner is not waited for."""

expect.set_options(timeout=PATIENCE_MS)

SLOWER = int(os.environ.get("OMS_SLOW_BROWSER", "1"))
LATENCY_MS = 40

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class OpenPage(Protocol):
    """Opens an address (a path) in a window of its own, signed in as somebody or as nobody."""

    def __call__(
        self,
        path: str,
        staff: Staff | None = None,
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        language: str = "zh-hans",
    ) -> Page: ...


def browser_program() -> str | None:
    """Where the browser of this machine is."""
    return os.environ.get("OMS_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once."""
    program = browser_program()
    if program is None:
        pytest.skip(f"no Chromium on this machine: none of {', '.join(PROGRAMS)} is there, and OMS_CHROMIUM is not set")
    with sync_playwright() as playwright:
        # Playwright keeps a loop in this thread; Django would take every query for one made inside it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Watch:
    """What went wrong on the pages of a test."""

    def __init__(self) -> None:
        self.allowed: set[int] = set()
        self.problems: list[str] = []

    def page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("console", self._said)
        page.on("response", self._answered)

    def _said(self, message: Any) -> None:
        # The browser and htmx repeat every failed answer as a message; answers are looked at themselves. A request is given up where a
        # newer one makes it needless; one that fails by itself is told by htmx:sendError.
        repeated = ("Failed to load resource", "Response Status Error Code", "htmx:afterRequest", "htmx:sendAbort")
        if message.type == "error" and not message.text.startswith(repeated):
            self.problems.append(f"console: {message.text}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.problems.append(f"{response.status} {response.request.method} {response.url}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    kept = Watch()
    yield kept
    assert kept.problems == []


@pytest.fixture
def page_may_fail(watch: Watch) -> Callable[..., None]:
    """Says which answers from 400 up the test expects."""
    return lambda *statuses: watch.allowed.update(statuses)


@pytest.fixture
def open_page(chromium: Browser, live_server: Any, watch: Watch) -> Iterator[OpenPage]:
    contexts: list[BrowserContext] = []

    def open_page(
        path: str,
        staff: Staff | None = None,
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        language: str = "zh-hans",
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="en-US",  # browsers installed in English must get Chinese all the same
            timezone_id=settings.TIME_ZONE,
        )
        contexts.append(context)
        context.add_cookies([_cookie(live_server.url, settings.LANGUAGE_COOKIE_NAME, language)])
        if staff is not None:
            client = Client()
            client.force_login(staff)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([_cookie(live_server.url, settings.SESSION_COOKIE_NAME, session)])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        watch.page(page)
        if SLOWER > 1:
            slow_down(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def slow_down(page: Page) -> None:
    """As if the machine were busy: the page's own work and each answer take longer."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    session.send("Network.enable")
    late = {"offline": False, "latency": LATENCY_MS * SLOWER, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", late)


def _cookie(url: str, name: str, value: str) -> Any:
    return {"name": name, "value": value, "url": url}

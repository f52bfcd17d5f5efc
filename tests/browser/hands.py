"""The two ways of working a page: ``Mouse`` and ``Keyboard``. A path that is written once for ``Hands`` is walked by both.

The keyboard never clicks and never puts the focus anywhere by script: it presses the key of a control, or Tab until it is there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

TABS = 120
"""So many Tabs at most lead to a control: more would be no way for a person."""


def ready(page: Page) -> None:
    """The page has come, and its keys work."""
    expect(page.locator("html[data-ready=yes]:not([data-left])")).to_be_attached()


@contextmanager
def turned(page: Page) -> Iterator[None]:
    """What happens within leads to another page (or to the same one anew), which is waited for."""
    ready(page)
    page.evaluate("document.documentElement.dataset.left = 'yes'")
    yield
    ready(page)


class Hands(ABC):
    """How somebody works a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @abstractmethod
    def go(self, label: str) -> None:
        """To a page of the navigation."""

    @abstractmethod
    def press(self, control: Locator) -> None:
        """A button or a link."""

    @abstractmethod
    def write(self, field: Locator, text: str) -> None:
        """In place of what stands there."""

    @abstractmethod
    def choose(self, field: Locator, label: str) -> None:
        """One line of a drop-down."""

    @abstractmethod
    def tick(self, box: Locator) -> None:
        """Tick a box that was not."""

    @abstractmethod
    def tick_in_matrix(self, box: Locator) -> None:
        """Tick one of a table of ticks."""

    @abstractmethod
    def open(self, row: Locator) -> None:
        """The page of a row of the list."""

    def turn(self, control: Locator) -> None:
        """Press what leads to another page."""
        with turned(self.page):
            self.press(control)


class Mouse(Hands):
    def go(self, label: str) -> None:
        with turned(self.page):
            self.page.locator(f".side a:has(span:text-is('{label}'))").click()

    def press(self, control: Locator) -> None:
        control.click()

    def write(self, field: Locator, text: str) -> None:
        field.click(click_count=3)
        self.page.keyboard.type(text)

    def choose(self, field: Locator, label: str) -> None:
        field.select_option(label=label)

    def tick(self, box: Locator) -> None:
        box.locator("xpath=ancestor::label[1]").click()
        expect(box).to_be_checked()

    def tick_in_matrix(self, box: Locator) -> None:
        box.check()

    def open(self, row: Locator) -> None:
        with turned(self.page):
            row.dblclick()


class Keyboard(Hands):
    def go(self, label: str) -> None:
        with turned(self.page):
            self.page.keyboard.press("Control+k")
            self.page.keyboard.type(label)
            expect(self.page.locator("#palette .on")).to_contain_text(label)
            self.page.keyboard.press("Enter")

    def press(self, control: Locator) -> None:
        key = control.get_attribute("data-key")
        if key is None or self.page.locator("dialog[open]").count():
            self._reach(control)
            self.page.keyboard.press("Enter")
            return
        self._leave_field()
        self.page.keyboard.press(key)

    def write(self, field: Locator, text: str) -> None:
        self._reach(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, field: Locator, label: str) -> None:
        self._reach(field)
        labels = field.locator("option").all_inner_texts()
        self.page.keyboard.press("Home")
        for _ in range(labels.index(label)):
            self.page.keyboard.press("ArrowDown")
        expect(field.locator("option:checked")).to_have_text(label)

    def tick(self, box: Locator) -> None:
        self._reach(box)
        self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def tick_in_matrix(self, box: Locator) -> None:
        self._reach(self.page.locator("[data-matrix] input[tabindex='0']"))
        position = "node => [node.closest('tr').rowIndex, node.closest('td').cellIndex]"
        row, column = box.evaluate(position)
        here = self.page.locator("[data-matrix] input:focus")
        for key, at, wanted in (("ArrowRight", 1, column), ("ArrowDown", 0, row)):
            while here.evaluate(position)[at] < wanted:
                self.page.keyboard.press(key)
        expect(box).to_be_focused()
        self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def open(self, row: Locator) -> None:
        self._leave_field()
        expect(self.page.locator("tr.focus")).to_have_count(1)
        for _ in range(TABS):
            if "focus" in (row.get_attribute("class") or "").split():
                break
            self.page.keyboard.press("j")
        with turned(self.page):
            self.page.keyboard.press("Enter")

    def _leave_field(self) -> None:
        if self.page.locator("input:focus:not([type=checkbox], [type=radio]), select:focus, textarea:focus").count():
            self.page.keyboard.press("Escape")

    def _reach(self, control: Locator) -> None:
        expect(control).to_be_visible()
        if self.page.evaluate("document.activeElement === document.body"):
            # The first Tab of a page leads to the link past the navigation; where what held the focus is gone, to what came next.
            self.page.keyboard.press("Tab")
            if self.page.locator(".skip:focus").count():
                self.page.keyboard.press("Enter")
        for _ in range(TABS):
            if control.evaluate("node => node === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{TABS} Tabs do not lead to {control}")

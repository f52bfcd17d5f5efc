"""How the rows of the order list look, and what its selects offer.

In Python and not in the template language: a page has seven hundred cells and a hundred choices, and they took four fifths of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oms.portal.templatetags.oms import kilograms, moment, money, time_left, tone_of, units
from orders.filtering.base import Choice
from orders.models import Order
from orders.web.columns import Row
from orders.web.hints import Hint

register = template.Library()

_STAND_IN = "__no__"
"""Stands for the number of an order in the address that all rows share."""


@register.simple_tag
def order_rows(rows: Iterable[Row]) -> SafeString:
    """The rows of a page, each with what the list's script asks of it."""
    return SafeString("".join(map(_Writer().row, rows)))


@register.simple_tag
def options(choices: Iterable[Choice], chosen: str) -> SafeString:
    """What a select offers, one of which may be chosen."""
    return SafeString("".join([_option(choice, chosen) for choice in choices]))


def _option(choice: Choice, chosen: str) -> str:
    selected = " selected" if choice.code == chosen else ""
    return f'<option value="{escape(choice.code)}"{selected}>{escape(str(choice.label))}</option>'


class _Writer:
    """Writes the rows of one page; what they share is looked up once. A look begins within the opening tag of the cell."""

    def __init__(self) -> None:
        self._page, self._panel = (reverse(f"orders:{name}", args=[_STAND_IN]) for name in ("order", "panel"))
        self._select = escape(_("Select %(no)s"))
        self._zone = timezone.get_current_timezone()
        self._now = timezone.localtime(timezone=self._zone)
        self._states = {
            state.value: f'><span class="st {tone_of("order", state)}">{escape(str(state.label))}</span>'
            for state in Order.State
        }
        self._href = ""
        self._looks: Mapping[str, Callable[[Any], str]] = {
            "text": self._text,
            "small": self._small,
            "money": lambda amount: f'><span class="money">{money(amount)}</span>',
            "units": lambda count: f">{units(count)}",
            "kilograms": lambda grams: f">{kilograms(grams)}",
            "when": self._when,
            "deadline": self._deadline,
            "link": lambda text: f'><a href="{self._href}" tabindex="-1">{escape(str(text))}</a>',
            "state": lambda order: self._states[order.state],
            "hints": self._hints,
            "tags": self._hints,
        }

    def row(self, row: Row) -> str:
        """One row."""
        order, no, looks = row.order, escape(row.order.no), self._looks
        self._href = self._page.replace(_STAND_IN, no)
        cells = "".join([f'<td class="{css}"{looks[kind](value)}</td>' for kind, value, css in row.cells])
        return (
            f'<tr data-id="{order.pk}" data-version="{order.version}" data-units="{order.quantity}" '
            f'data-amount="{order.paid_amount}" data-href="{self._href}" '
            f'data-panel-url="{self._panel.replace(_STAND_IN, no)}" '
            f'aria-selected="false"><td class="pick pin"><input type="checkbox" tabindex="-1" '
            f'aria-label="{self._select % {"no": no}}"></td>{cells}<td class="fill"></td></tr>\n'
        )

    @staticmethod
    def _text(value: Any) -> str:
        text = escape(str(value))
        return f' title="{text}">{text}'

    @staticmethod
    def _small(value: Any) -> str:
        text = escape(str(value))
        return f' title="{text}"><span class="sub">{text}</span>'

    def _when(self, value: Any) -> str:
        text = "" if value is None else moment(value.astimezone(self._zone), self._now)
        return f'><span class="muted">{text}</span>'

    def _deadline(self, value: Any) -> str:
        kind, at = value
        if kind != "clock":
            return self._when(at)
        return ">" if at is None else f">{time_left(at.astimezone(self._zone), self._now)}"

    @staticmethod
    def _hints(hints: Iterable[Hint]) -> str:
        return ">" + "".join(map(_hint, hints))


def _hint(hint: Hint) -> str:
    title = f' title="{escape(str(hint.title))}"' if hint.title else ""
    return f'<span class="st {escape(hint.tone)}"{title}>{escape(str(hint.text))}</span>'

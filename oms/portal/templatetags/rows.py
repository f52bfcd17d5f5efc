"""How the rows of the order list look.

In Python and not in the template language: a page has seven hundred cells, and they took four fifths of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oms.portal.templatetags.oms import clock, kilograms, money, tone_of, units, when
from orders.models import Order
from orders.web.columns import Cell, Row
from orders.web.hints import Hint

register = template.Library()

_STAND_IN = "__no__"
"""Stands for the number of an order in the address that all rows share."""


@register.simple_tag
def order_rows(rows: Iterable[Row]) -> SafeString:
    """The rows of a page, each with what the list's script asks of it."""
    page, panel = (reverse(f"orders:{name}", args=[_STAND_IN]) for name in ("order", "panel"))
    select = escape(_("Select %(no)s"))
    return SafeString("".join([_row(row, page, panel, select) for row in rows]))


def _row(row: Row, page: str, panel: str, select: str) -> str:
    order, no = row.order, escape(row.order.no)
    href = page.replace(_STAND_IN, no)
    cells = "".join([f'<td class="{cell.css}"{_LOOKS[cell.kind](cell, href)}</td>' for cell in row.cells])
    return (
        f'<tr data-id="{order.pk}" data-version="{order.version}" data-units="{order.quantity}" '
        f'data-amount="{order.paid_amount}" data-href="{href}" data-panel-url="{panel.replace(_STAND_IN, no)}" '
        f'aria-selected="false"><td class="pick pin"><input type="checkbox" tabindex="-1" '
        f'aria-label="{select % {"no": no}}"></td>{cells}<td class="fill"></td></tr>\n'
    )


def _text(cell: Cell, _href: str) -> str:
    text = escape(cell.value)
    return f' title="{text}">{text}'


def _small(cell: Cell, _href: str) -> str:
    text = escape(cell.value)
    return f' title="{text}"><span class="sub">{text}</span>'


def _money(cell: Cell, _href: str) -> str:
    return f'><span class="money">{money(cell.value)}</span>'


def _units(cell: Cell, _href: str) -> str:
    return f">{units(cell.value)}"


def _kilograms(cell: Cell, _href: str) -> str:
    return f">{kilograms(cell.value)}"


def _when(cell: Cell, _href: str) -> str:
    return f'><span class="muted">{when(cell.value)}</span>'


def _deadline(cell: Cell, href: str) -> str:
    kind, moment = cell.value
    return f">{clock(moment)}" if kind == "clock" else _when(Cell(kind, moment, cell.css), href)


def _link(cell: Cell, href: str) -> str:
    return f'><a href="{href}" tabindex="-1">{escape(cell.value)}</a>'


def _state(cell: Cell, _href: str) -> str:
    state = Order.State(cell.value.state)
    return f'><span class="st {tone_of("order", state)}">{escape(state.label)}</span>'


def _hints(cell: Cell, _href: str) -> str:
    return ">" + "".join(map(_hint, cell.value))


def _hint(hint: Hint) -> str:
    title = f' title="{escape(hint.title)}"' if hint.title else ""
    return f'<span class="st {escape(hint.tone)}"{title}>{escape(hint.text)}</span>'


_LOOKS: Mapping[str, Callable[[Cell, str], str]] = {
    "text": _text,
    "small": _small,
    "money": _money,
    "units": _units,
    "kilograms": _kilograms,
    "when": _when,
    "deadline": _deadline,
    "link": _link,
    "state": _state,
    "hints": _hints,
    "tags": _hints,
}

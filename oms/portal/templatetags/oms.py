"""How figures, times and states look, the same on every page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Model
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oms.accounts.exports import export_of
from oms.core.money import money as to_money

register = template.Library()

TONES = {
    "order": {
        "exception": "stop",
        "cs_review": "look",
        "finance_review": "look",
        "approved": "work",
        "shipped": "done",
        "completed": "done",
    },
    "shipment": {
        "printed": "work",
        "picking": "work",
        "picked": "work",
        "sorted": "work",
        "verified": "work",
        "weighed": "work",
        "shipped": "done",
    },
    "purchaseorder": {"ordered": "work", "partly_arrived": "look", "arrived": "done"},
    "memoupload": {"accepted": "done", "failed": "stop", "handled": "done"},
    "waybillupload": {"sent": "work", "accepted": "done", "failed": "stop", "handled": "done"},
    "trade": {"due": "work", "settled": "done", "rejected": "stop"},
    "job": {"running": "work", "done": "done", "failed": "stop"},
    "reservation": {"active": "work", "consumed": "done"},
    "authorisation": {"valid": "done", "expired": "look", "refused": "stop"},
    "refund": {"requested": "stop", "agreed": "stop", "refunded": "look"},
    "binding": {"none": "stop", "hand": "work", "sku_code": "done", "item_code": "done"},
}
"""What a state means in colour, by kind of object; what is not named waits (grey)."""

_HOUR = dt.timedelta(hours=1)


def tone_of(kind: str, state: str) -> str:
    """The tone of a state: wait, work, done, look or stop."""
    return TONES[kind].get(state, "wait")


@register.filter
def money(value: Decimal | int | str | None) -> str:
    """1234.5 as 1,234.50, with a true minus sign."""
    if value is None or value == "":
        return ""
    amount = to_money(value)
    return f"−{-amount:,}" if amount < 0 else f"{abs(amount):,}"


@register.filter
def yuan(value: Decimal | int | str | None) -> str:
    """An amount with the sign of the currency."""
    text = money(value)
    return f"−¥{text[1:]}" if text.startswith("−") else f"¥{text}" if text else ""


@register.filter
def units(value: int | None) -> str:
    """1234 as 1,234."""
    return "" if value is None else f"{int(value):,}"


@register.filter
def kilograms(grams: int | None) -> str:
    """1246 as 1.246 kg."""
    return "" if not grams else f"{grams / 1000:.3f} kg"


@register.filter
def when(value: dt.datetime | str | None) -> SafeString | str:
    """A moment in the user's zone: the time today, day and time in this year; with the second on hover.

    Nothing comes as None, or as the empty text that templates make of an attribute of None.
    """
    if not isinstance(value, dt.datetime):
        return ""
    return moment(timezone.localtime(value), timezone.localtime())


def moment(local: dt.datetime, now: dt.datetime) -> SafeString:
    """How ``when`` looks, both in the user's zone."""
    iso = local.isoformat()
    day, time = iso[:10], iso[11:16]
    if local.date() == now.date():
        text = time
    elif local.year == now.year:
        text = f"{day[5:]} {time}"
    else:
        text = f"{day} {time}"
    return SafeString(f'<time datetime="{iso}" title="{day} {iso[11:19]}">{text}</time>')


@register.filter
def clock(ship_by: dt.datetime | None) -> SafeString | str:
    """What is left until the parcel must leave: red under two hours or past, amber under four."""
    return "" if ship_by is None else time_left(timezone.localtime(ship_by), timezone.now())


def time_left(local: dt.datetime, now: dt.datetime) -> SafeString:
    """How ``clock`` looks; the deadline in the user's zone."""
    left = local - now
    hours, minutes = divmod(int(abs(left).total_seconds()) // 60, 60)
    span = f"{hours}:{minutes:02}" if hours < 72 else _("%(days)s days") % {"days": hours // 24}
    tone = "stop" if left < 2 * _HOUR else "look" if left < 4 * _HOUR else "wait"
    if left < dt.timedelta(0):
        span = f"−{span}"
        title = _("Late since %(moment)s")
    else:
        title = _("To be shipped by %(moment)s")
    sentence = escape(title % {"moment": f"{local.isoformat(' ')[:19]}"})
    return SafeString(f'<span class="st {tone}" title="{sentence}">{escape(span)}</span>')


@register.simple_tag
def state(subject: Model, field: str = "state", kind: str = "") -> SafeString:
    """The state of an object as dot and word. ``kind`` names the table of tones, by default the model."""
    value = getattr(subject, field)
    tone = tone_of(kind or (subject._meta.model_name or "") if field == "state" else kind or field, value)
    label: Any = getattr(subject, f"get_{field}_display")()
    return format_html('<span class="st {}">{}</span>', tone, label)


@register.filter
def order_tone(code: str) -> str:
    """The tone of an order's state that is only a code."""
    return tone_of("order", code)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture from the sprite; always beside a word or below a label, never alone."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.filter
def percent(part: int, whole: int) -> int:
    """How much of the whole the part is, in whole per cent; nothing of nothing is none."""
    return round(100 * part / whole) if whole else 0


@register.filter
def minus(value: int, other: int) -> int:
    """The difference of two figures of a template."""
    return value - other


@register.simple_block_tag(takes_context=True)
def sort_link(context: template.RequestContext, content: str, field: str) -> SafeString:
    """A column's head that sorts by it, first ascending, then descending."""
    request = context["request"]
    current = context.get("sort") or ""
    query = request.GET.copy()
    query["sort"] = f"-{field}" if current == field else field
    query.pop("page", None)
    arrow = {field: "▴", f"-{field}": "▾"}.get(current, "")
    return format_html('<a href="?{}">{}{}</a>', query.urlencode(), content, arrow)


@register.filter
def from_floor(height: int) -> int:
    """The y of a shape of this height that stands on the floor of a drawing 72 units high."""
    return 72 - height


@register.inclusion_tag("parts/export.html", takes_context=True)
def export_button(context: template.RequestContext, code: str, part: str = "") -> dict[str, Any]:
    """The button by which a list is taken away, for who may; nothing for the others.

    ``part`` is for lists of which the address itself says the part.
    """
    request = context["request"]
    chosen = export_of(code)
    if chosen is None or not chosen.allows(request.user):
        return {}
    return {
        "export": chosen,
        "query": f"page={part}" if part else request.GET.urlencode(),
        "fixed": bool(part),
        "has_view": chosen.view is not None,
        "may_clear": bool(chosen.sealed) and request.user.has_perm(chosen.sealed),
        "csrf_token": context.get("csrf_token"),
    }

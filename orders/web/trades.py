"""Trades as the platform sent them: those that cannot be understood, and the page of one."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.web.paging import asked_page, load_page
from orders.models import Trade
from orders.queries import orders_of_trade, rejected_trades, trades, versions_of
from orders.trades.document import TradeDocument, from_json

VERSIONS_SHOWN = 50
_NOT_SHOWN = {"receiver_digest"}


@require_safe
@needs("orders.view_order")
def rejected(request: HttpRequest) -> HttpResponse:
    """Trades with missing or nonsensical fields, each with its reason."""
    page = load_page(rejected_trades(signed_in(request)), asked_page(request))
    return render(request, "orders/rejected.html", {"page": page})


def _document(trade: Trade) -> TradeDocument | None:
    """The newest version that could be read; a rejected trade that never was readable has none."""
    return from_json(trade.document) if "lines" in trade.document else None


@require_safe
@needs("orders.view_order")
def trade_view(request: HttpRequest, trade_id: int) -> HttpResponse:
    """One trade: what the platform says, the versions that came, the orders made of it. The receiver is not part of it."""
    staff = signed_in(request)
    trade = get_object_or_404(trades(staff), pk=trade_id)
    stored = {key: value for key, value in trade.document.items() if key not in _NOT_SHOWN}
    context = {
        "trade": trade,
        "document": _document(trade),
        "stored": json.dumps(stored, ensure_ascii=False, indent=2) if stored else "",
        "versions": versions_of(trade)[:VERSIONS_SHOWN],
        "orders": orders_of_trade(staff, trade),
    }
    return render(request, "orders/trade.html", context)

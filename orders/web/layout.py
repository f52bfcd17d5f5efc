"""The columns of the order list as each person wants them: a dialog, the sizes of heads that were dragged, and their style sheet.

The policy of the pages allows no styles in HTML: widths and places of pinned columns are a style sheet of the person's own.
"""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.journal import quiet
from oms.accounts.models import Staff
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.web.replies import refuse
from orders.column_layouts import (
    MOST_PINNED,
    NARROWEST,
    WIDEST,
    Layout,
    load_layout,
    reset_layout,
    save_layout,
    size_column,
)
from orders.queries import ALL_OPEN
from orders.web.columns import COLUMNS, USUAL, USUALLY_PINNED, Shown, columns_of

_PICK_PX = 34
_PAGE = "orders:workbench"
_USUAL = Layout(USUAL, USUALLY_PINNED, {}, chosen=False)


def layout_of(staff: Staff) -> Layout:
    """The layout that the staff member sees. One query."""
    return load_layout(staff, COLUMNS, _USUAL)


def shown_columns(layout: Layout, stage: str) -> Shown:
    """The columns of a stage; of the pinned ones those that the stage shows."""
    pinned = len(columns_of(layout.names[: layout.pinned], stage))
    return Shown(columns_of(layout.names, stage), pinned)


def style_sheet_url(layout: Layout, stage: str) -> str:
    """The address of the style sheet; another one for every layout, so that it can be kept."""
    digest = hashlib.sha256(_style_sheet(layout, stage).encode()).hexdigest()[:12]
    return f"{reverse('orders:columns_css')}?stage={stage}&v={digest}"


def _style_sheet(layout: Layout, stage: str) -> str:
    shown = shown_columns(layout, stage)
    widths = [layout.widths.get(column.name, column.width) for column in shown.columns]
    rules = [f"#orders table{{table-layout:fixed;width:{_PICK_PX + sum(widths) + 20}px;min-width:100%}}"]
    rules += [
        f"#orders .c-{column.name}{{width:{width}px}}" for column, width in zip(shown.columns, widths, strict=True)
    ]
    left = _PICK_PX
    for place in range(shown.pinned):
        rules.append(f"#orders .pin-{place + 2}{{left:{left}px}}")
        left += widths[place]
    return "\n".join(rules)


@require_safe
@needs("orders.view_order")
def columns_css(request: HttpRequest) -> HttpResponse:
    """The style sheet of the person's columns in a stage."""
    sheet = _style_sheet(layout_of(signed_in(request)), request.GET.get("stage", ALL_OPEN))
    response = HttpResponse(sheet, content_type="text/css")
    response["Cache-Control"] = "private, max-age=86400" if "v" in request.GET else "no-store"
    return response


@require_safe
@needs("orders.view_order")
def columns_dialog(request: HttpRequest) -> HttpResponse:
    """Every column: those that are shown in their order, then the others."""
    layout = layout_of(signed_in(request))
    others = [name for name in COLUMNS if name not in layout.names]
    columns = [
        (COLUMNS[name], name in layout.names, layout.widths.get(name, COLUMNS[name].width))
        for name in (*layout.names, *others)
    ]
    context = {
        "columns": columns,
        "pinned": layout.pinned,
        "pins": range(MOST_PINNED + 1),
        "chosen": layout.chosen,
        "narrowest": NARROWEST,
        "widest": WIDEST,
    }
    response = render(request, "orders/_columns_dialog.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs("orders.view_order")
@quiet
def columns_save(request: HttpRequest) -> HttpResponse:
    """Keep what the dialog says; the list comes anew with it."""
    shown = set(request.POST.getlist("shown"))
    names = [name for name in request.POST.getlist("column") if name in shown]
    widths = {name: _number(request.POST.get(f"width-{name}", "")) for name in names}
    usual = {name: width for name, width in widths.items() if name in COLUMNS and width != COLUMNS[name].width}
    try:
        save_layout(signed_in(request), names, _number(request.POST.get("pinned", "")), usual, COLUMNS)
    except UnableTo as error:
        return refuse(request, error, _PAGE)
    return HttpResponseClientRefresh()


@require_POST
@needs("orders.view_order")
@quiet
def columns_size(request: HttpRequest) -> HttpResponse:
    """Keep the width to which a head was dragged; the browser is told where the new style sheet is."""
    staff = signed_in(request)
    size_column(staff, request.POST.get("name", ""), _number(request.POST.get("width", "")), COLUMNS, _USUAL)
    url = style_sheet_url(layout_of(staff), request.POST.get("stage", ALL_OPEN))
    return trigger_client_event(HttpResponse(status=204), "oms:columns", {"href": url})


@require_POST
@needs("orders.view_order")
@quiet
def columns_reset(request: HttpRequest) -> HttpResponse:
    """Back to the usual columns."""
    reset_layout(signed_in(request))
    return HttpResponseClientRefresh()


def _number(text: str) -> int:
    """What was typed, 0 for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0

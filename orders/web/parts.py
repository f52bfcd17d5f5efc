"""Split and merge on the pages: the plan is shown before it is applied; what ties orders together is shown and undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.core.actions import ActionResult, Refusal
from oms.core.errors import UnableTo
from oms.core.web.replies import batch_reply, refuse
from orders import merging, splitting
from orders.audit import Versions
from orders.batches.deeds import DEEDS
from orders.engine.split import SplitKind
from orders.models import Order, OrderLine, OrderLink
from orders.queries import orders
from orders.splitting import SplitPreview, Wish
from orders.states import BEFORE_CS_AUDIT, OPEN
from orders.web.actions import Action
from orders.web.batch import asked_versions, row_results

PARTS = (2, 3, 4)
"""The parts that can be filled by hand; what no part takes stays in the first one."""

KINDS: tuple[tuple[str, Promise], ...] = (
    ("hand", gettext_lazy("By hand")),
    ("product", gettext_lazy("by product")),
    ("box", gettext_lazy("by full box")),
    ("weight", gettext_lazy("by weight")),
    ("shortage", gettext_lazy("what is in stock first")),
    ("warehouse", gettext_lazy("by warehouse")),
    ("presale", gettext_lazy("what is on pre-sale apart")),
)

UNDO: tuple[Action, ...] = (
    Action(
        "undo_split",
        gettext_lazy("Undo the split"),
        "",
        "orders.split_order",
        OPEN,
    ),
    Action(
        "unmerge",
        gettext_lazy("Unmerge"),
        "",
        "orders.split_order",
        OPEN,
    ),
    Action(
        "collapse_bundles",
        gettext_lazy("Put bundles together"),
        "",
        "orders.split_order",
        BEFORE_CS_AUDIT,
    ),
    Action(
        "expand_bundles",
        gettext_lazy("Expand bundles"),
        "",
        "orders.split_order",
        BEFORE_CS_AUDIT,
    ),
)
"""What takes a split, a merge or a bundle back; shown where there is something to take back."""

UNDO_BY_NAME = {action.name: action for action in UNDO}


@dataclass(frozen=True, slots=True)
class Tie:
    """An order that replaces another one, or is replaced by it; ``hidden`` when the person may not see it."""

    kind: str
    label: str
    no: str
    state: str
    state_label: str


def ties_of(order: Order, staff: Staff) -> dict[str, list[Tie]]:
    """The orders that this one was made of and that replace it, through splits and merges that stand. Two queries."""
    found = OrderLink.objects.filter(undone_at__isnull=True)
    parents = found.filter(child=order).select_related("parent").order_by("parent_id")
    children = found.filter(parent=order).select_related("child").order_by("child_id")
    visible = set(
        scoped(Order.objects.all(), staff)
        .filter(id__in=[*parents.values_list("parent_id", flat=True), *children.values_list("child_id", flat=True)])
        .values_list("id", flat=True)
    )
    return {
        "made_of": [_tie(link, link.parent) for link in parents if link.parent_id in visible],
        "replaced_by": [_tie(link, link.child) for link in children if link.child_id in visible],
    }


def _tie(link: OrderLink, other: Order) -> Tie:
    return Tie(link.kind, link.get_kind_display(), other.no, other.state, other.get_state_display())


def undo_actions(order: Order, staff: Staff, ties: Mapping[str, list[Tie]]) -> list[Action]:
    """What of splits, merges and bundles can be taken back at this order."""
    if not staff.has_perm("orders.split_order"):
        return []
    kinds = {tie.kind for tie in ties["made_of"]}
    wanted = {
        "undo_split": "split" in kinds,
        "unmerge": "merge" in kinds,
        "collapse_bundles": OrderLine.objects.filter(order=order, bundle_sku__isnull=False).exists(),
        "expand_bundles": "bundles" in order.left_alone,
    }
    return [action for action in UNDO if wanted[action.name] and order.state in action.states]


@require_POST
@needs("orders.view_order", "orders.split_order")
def undo(request: HttpRequest, name: str) -> HttpResponse:
    """Take a split, a merge or a bundle back."""
    action = UNDO_BY_NAME.get(name)
    if action is None:
        raise Http404
    return _run(request, str(action.label), lambda ids, actor, versions: DEEDS[name].run(ids, actor, {}, versions))


def _asked(request: HttpRequest) -> list[int]:
    data = request.GET if request.method in {"GET", "HEAD"} else request.POST
    texts = dict.fromkeys(data.getlist("ids"))
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def _mine(request: HttpRequest) -> list[Order]:
    """The orders that the request names and the person may see, in the order of their naming. Raises Http404 without any."""
    ids = _asked(request)
    found = {order.pk: order for order in orders(signed_in(request)).filter(id__in=ids)}
    mine = [found[order_id] for order_id in ids if order_id in found]
    if not mine:
        raise Http404
    return mine


def _run(request: HttpRequest, title: str, deed: Any) -> HttpResponse:
    mine = _mine(request)
    ids = [order.pk for order in mine]
    versions: Versions = asked_versions(request, ids)
    result: ActionResult = deed(ids, signed_in(request).pk, versions)
    rows = row_results(ids, {order.pk: order.no for order in mine}, result, "orders:order")
    return batch_reply(request, title, rows)


@require_safe
@needs("orders.view_order", "orders.split_order")
def split_dialog(request: HttpRequest) -> HttpResponse:
    """How the first of the orders is to be split."""
    order = _mine(request)[0]
    lines = list(OrderLine.objects.filter(order=order).select_related("sku").order_by("position"))
    context = {"order": order, "lines": lines, "kinds": KINDS, "parts": PARTS}
    return _open(render(request, "orders/_split.html", context))


def _open(response: HttpResponse) -> HttpResponse:
    return trigger_client_event(response, "oms:dialog", {"open": "#parts-dialog"}, after="swap")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def asked_wish(request: HttpRequest) -> Wish:
    """What the form asks for; figures that are none count as nothing. Raises UnableTo for a weight that is missing."""
    kind = request.POST.get("kind", "hand")
    if kind not in dict(KINDS):
        raise Http404
    parts = []
    for part in PARTS:
        prefix = f"part-{part}-"
        units = {
            _number(name.removeprefix(prefix)): _number(text)
            for name, text in request.POST.items()
            if name.startswith(prefix) and isinstance(text, str)
        }
        parts.append({line: number for line, number in units.items() if number})
    limit_g = _number(request.POST.get("limit_g", ""))
    if kind == SplitKind.WEIGHT and not limit_g:
        raise UnableTo(_("Say how many grams a part may weigh."), code="no_limit")
    skus = frozenset(_number(text) for text in request.POST.getlist("skus"))
    return Wish(SplitKind(kind), tuple(part for part in parts if part), skus, limit_g)


@require_POST
@needs("orders.view_order", "orders.split_order")
def split_preview(request: HttpRequest) -> HttpResponse:
    """The orders that the split would make; nothing is written."""
    order = _mine(request)[0]
    try:
        plan = splitting.preview_split(order.pk, asked_wish(request))
    except UnableTo as error:
        plan = SplitPreview(order.pk, order.version, refusal=Refusal(error.code, str(error)))
    return render(request, "orders/_split_plan.html", {"plan": plan})


@require_POST
@needs("orders.view_order", "orders.split_order")
def split(request: HttpRequest) -> HttpResponse:
    """Split the order as it was shown."""
    order = _mine(request)[0]
    try:
        wish = asked_wish(request)
    except UnableTo as error:
        return refuse(request, error, reverse("orders:order", args=[order.no]))
    return _run(
        request,
        _("Split"),
        lambda ids, actor, versions: splitting.split(ids[:1], wish, actor_id=actor, versions=versions),
    )


@require_safe
@needs("orders.view_order", "orders.split_order")
def merge_dialog(request: HttpRequest) -> HttpResponse:
    """Which orders may travel with the first one, and what speaks for and against it; the others named are chosen already."""
    mine = _mine(request)
    chosen = {order.pk for order in mine[1:]}
    candidates = merging.merge_check(mine[0].pk, signed_in(request))
    known = {candidate.order.pk for candidate in candidates}
    context = {
        "order": mine[0],
        "candidates": candidates,
        "others": [order for order in mine[1:] if order.pk not in known],
        "chosen": chosen,
    }
    return _open(render(request, "orders/_merge.html", context))


@require_POST
@needs("orders.view_order", "orders.split_order")
def merge_preview(request: HttpRequest) -> HttpResponse:
    """The order that the merge would make; nothing is written."""
    mine = _mine(request)
    plan = merging.preview_merge([order.pk for order in mine]) if len(mine) > 1 else None
    return render(request, "orders/_merge_plan.html", {"plan": plan})


@require_POST
@needs("orders.view_order", "orders.split_order")
def merge(request: HttpRequest) -> HttpResponse:
    """Merge the chosen orders into one."""
    return _run(request, _("Merge"), lambda ids, actor, versions: merging.merge(ids, actor_id=actor, versions=versions))

"""Views of the order list under a name: everybody's own, and shared ones, each in the order and with the pins of whoever looks.

A view is a stage and conditions, nothing more: what it lists is asked for anew, in the scope of the person who looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.core.errors import UnableTo
from orders.filtering.matching import STAGES, make_asker, orders_matching, read_conditions
from orders.models import SavedView, ViewPlace

MOST_VIEWS = 100
MOST_PINNED = 8
COUNTED = 1_000
"""Orders that are counted for a pinned view; what lies beyond is a plus."""
_COUNT_KEPT_S = 15
_LONGEST_NAME = 40
_APART = frozenset({"stage", "page", "view"})

Params = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A view as one staff member has it: their own or a shared one, pinned above the list, the one to begin with."""

    view: SavedView
    mine: bool
    pinned: bool = False
    first: bool = False

    @property
    def address(self) -> str:
        """The query string that shows the view."""
        return address_of(self.view)


def address_of(view: SavedView) -> str:
    """The query string that shows a view: its conditions stand in it, so that it can be passed on."""
    head = urlencode({"stage": view.stage, "view": view.pk})
    return f"{head}&{view.query}" if view.query else head


def params_of_view(view: SavedView) -> dict[str, list[str]]:
    """The conditions of a view as the parameters of an address."""
    return parse_qs(view.query)


def query_of(params: Params) -> str:
    """The conditions and the sort order of an address as a view keeps them."""
    return urlencode(
        [(key, text) for key, texts in params.items() if key not in _APART for text in texts if text.strip()]
    )


def views_of(staff: Staff) -> list[ViewLine]:
    """The views that the staff member has, as they ordered them; shared ones that they never placed come last. One query."""
    views = (
        SavedView.objects.filter(Q(owner=staff) | Q(shared=True))
        .select_related("owner")
        .annotate(place=FilteredRelation("places", condition=Q(places__staff=staff)))
        .annotate(at=F("place__position"), pinned=F("place__pinned"), first=F("place__first"))
    )
    placed = sorted(views, key=lambda v: (v.at is None, v.at or 0, v.owner_id != staff.pk, v.name, v.pk))
    return [ViewLine(view, view.owner_id == staff.pk, bool(view.pinned), bool(view.first)) for view in placed]


def first_view(staff: Staff) -> SavedView | None:
    """The view that the staff member begins with, as long as they may see it. One query."""
    seen = Q(view__owner=staff) | Q(view__shared=True)
    place = ViewPlace.objects.select_related("view").filter(seen, staff=staff, first=True).first()
    return place.view if place else None


def count_view(staff: Staff, view: SavedView) -> int | None:
    """How many orders the view lists for the staff member, up to ``COUNTED`` + 1; None when it cannot be understood (any more).

    Kept for a few seconds: however many clerks have it pinned and however often their lists change, it costs little.
    """
    key = f"view-count:{staff.pk}:{view.pk}:{view.changed_at.timestamp()}"
    kept = cache.get(key)
    if kept is not None:
        return int(kept)
    try:
        found = orders_matching(staff, view.stage, params_of_view(view))
    except UnableTo:
        return None
    count = found.order_by()[: COUNTED + 1].count()
    cache.set(key, count, _COUNT_KEPT_S)
    return count


def save_view(staff: Staff, name: str, stage: str, params: Params, *, shared: bool = False) -> SavedView:
    """Keep a stage and conditions under a name. Raises UnableTo for a name that is taken, conditions that are wrong, and sharing
    without the permission to."""
    if shared:
        _check_may_share(staff)
    if SavedView.objects.filter(owner=staff).count() >= MOST_VIEWS:
        raise UnableTo(_("There are %(count)s views of yours already. Delete some first.") % {"count": MOST_VIEWS})
    query = _check_query(staff, stage, params)
    view = SavedView(owner=staff, name=_check_name(name), shared=shared, stage=stage, query=query)
    _save(view)
    return view


def update_view(staff: Staff, view_id: int, stage: str, params: Params) -> SavedView:
    """Let a view mean other conditions. Raises UnableTo."""
    view = _changeable(staff, view_id)
    view.stage, view.query, view.changed_at = stage, _check_query(staff, stage, params), timezone.now()
    _save(view)
    return view


def rename_view(staff: Staff, view_id: int, name: str) -> None:
    """Give a view another name. Raises UnableTo."""
    view = _changeable(staff, view_id)
    view.name = _check_name(name)
    _save(view)


def share_view(staff: Staff, view_id: int, *, shared: bool) -> None:
    """Offer a view to everybody, or to its owner alone again. Raises UnableTo."""
    _check_may_share(staff)
    view = _changeable(staff, view_id)
    view.shared = shared
    _save(view)


def delete_view(staff: Staff, view_id: int) -> None:
    """Delete a view, for a shared one everybody's. Raises UnableTo."""
    _changeable(staff, view_id).delete()


def pin_view(staff: Staff, view_id: int, *, pinned: bool) -> None:
    """Show a view above the list, with its count, or not. Raises UnableTo when there are enough."""
    if pinned and sum(line.pinned for line in views_of(staff)) >= MOST_PINNED:
        raise UnableTo(_("At most %(count)s views can be pinned. Unpin one first.") % {"count": MOST_PINNED})
    _place(staff, view_id, pinned=pinned)


def begin_with(staff: Staff, view_id: int, *, first: bool) -> None:
    """Begin with this view when the workbench is opened, or with none. Raises UnableTo."""
    with transaction.atomic():
        _visible(staff, view_id)
        ViewPlace.objects.filter(staff=staff, first=True).update(first=False)
        _place(staff, view_id, first=first)


def move_view(staff: Staff, view_id: int, by: int) -> None:
    """Move a view up (−1) or down (+1) in the staff member's own order. Raises UnableTo."""
    _visible(staff, view_id)
    ids = [line.view.pk for line in views_of(staff)]
    place = ids.index(view_id)
    other = max(0, min(place + by, len(ids) - 1))
    ids.insert(other, ids.pop(place))
    _write_order(staff, ids)


def _write_order(staff: Staff, ids: Iterable[int]) -> None:
    rows = [ViewPlace(staff=staff, view_id=pk, position=position) for position, pk in enumerate(ids)]
    ViewPlace.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["staff", "view"], update_fields=["position"]
    )


def _place(staff: Staff, view_id: int, **values: bool) -> None:
    view = _visible(staff, view_id)
    ids = [line.view.pk for line in views_of(staff)]
    defaults = {"position": ids.index(view.pk)}
    place, _made = ViewPlace.objects.get_or_create(staff=staff, view=view, defaults=defaults)
    ViewPlace.objects.filter(pk=place.pk).update(**values)


def _visible(staff: Staff, view_id: int) -> SavedView:
    view = SavedView.objects.filter(Q(owner=staff) | Q(shared=True), pk=view_id).first()
    if view is None:
        raise UnableTo(_("This view is not there any more."), code="view_gone")
    return view


def _changeable(staff: Staff, view_id: int) -> SavedView:
    """A view of one's own, or a shared one for those who may share."""
    view = _visible(staff, view_id)
    if view.owner_id != staff.pk and not staff.has_perm("orders.share_view"):
        raise UnableTo(
            _("This view belongs to %(owner)s. Save one of your own.") % {"owner": view.owner}, code="view_foreign"
        )
    return view


def _check_may_share(staff: Staff) -> None:
    if not staff.has_perm("orders.share_view"):
        raise UnableTo(_("You may not share views. An administrator can permit it."), code="view_share")


def _check_name(name: str) -> str:
    plain = " ".join(name.replace("\x00", "").split())
    if not plain or len(plain) > _LONGEST_NAME:
        raise UnableTo(
            _("Give the view a name of at most %(count)s characters.") % {"count": _LONGEST_NAME}, code="view_name"
        )
    return plain


def _check_query(staff: Staff, stage: str, params: Params) -> str:
    """The conditions as they are kept; wrong ones are refused, so that a view means for its owner what its name says."""
    if stage not in STAGES:
        raise UnableTo(_("There is no stage “%(stage)s”.") % {"stage": stage[:40]}, code="filter_stage")
    for condition in read_conditions(params, make_asker(staff, stage)):
        if condition.problem:
            raise UnableTo(condition.sentence, code=condition.code)
    return query_of(params)


def _save(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        if "saved_view_name" not in str(error):
            raise
        raise UnableTo(
            _("There is a view called “%(name)s” already.") % {"name": view.name}, code="view_name_taken"
        ) from error


CHANGES: dict[str, Callable[[Staff, int, str], None]] = {
    "rename": rename_view,
    "share": lambda staff, pk, value: share_view(staff, pk, shared=value == "yes"),
    "pin": lambda staff, pk, value: pin_view(staff, pk, pinned=value == "yes"),
    "first": lambda staff, pk, value: begin_with(staff, pk, first=value == "yes"),
    "move": lambda staff, pk, value: move_view(staff, pk, -1 if value == "up" else 1),
    "delete": lambda staff, pk, _value: delete_view(staff, pk),
}
"""What can be done to a view, by name."""

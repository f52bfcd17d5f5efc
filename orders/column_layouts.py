"""Which columns of the order list a staff member wants, in which order and width; how many of them stay in sight."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.core.errors import UnableTo
from orders.models import ColumnLayout

NARROWEST, WIDEST = 40, 600
MOST_PINNED = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """Names in order; widths in pixels of those that were sized; ``chosen`` is False for the usual layout."""

    names: tuple[str, ...]
    pinned: int
    widths: Mapping[str, int]
    chosen: bool = True


def load_layout(staff: Staff, known: Collection[str], usual: Layout) -> Layout:
    """The layout of the staff member, or the usual one. Columns that there are no more are passed over. One query."""
    row = ColumnLayout.objects.filter(staff=staff).first()
    if row is None:
        return usual
    columns = [(name, width) for name, width in row.columns if name in known]
    names = tuple(name for name, _width in columns)
    if not names:
        return usual
    return Layout(names, min(row.pinned, len(names)), {name: width for name, width in columns if width})


def save_layout(
    staff: Staff, names: Sequence[str], pinned: int, widths: Mapping[str, int], known: Collection[str]
) -> None:
    """Keep a layout. Raises UnableTo without a column; what is unknown or said twice is passed over, widths are brought within bounds."""
    wanted = [name for name in dict.fromkeys(names) if name in known]
    if not wanted:
        raise UnableTo(_("Choose at least one column."), code="columns_none")
    columns = [[name, _bounded(widths.get(name, 0))] for name in wanted]
    ColumnLayout.objects.update_or_create(
        staff=staff, defaults={"columns": columns, "pinned": max(0, min(pinned, MOST_PINNED, len(wanted)))}
    )


def size_column(staff: Staff, name: str, width: int, known: Collection[str], usual: Layout) -> None:
    """Give one column of the layout another width."""
    layout = load_layout(staff, known, usual)
    if name in known and name in layout.names:
        save_layout(staff, layout.names, layout.pinned, {**layout.widths, name: width}, known)


def reset_layout(staff: Staff) -> None:
    """Back to the usual columns."""
    ColumnLayout.objects.filter(staff=staff).delete()


def _bounded(width: int) -> int:
    return max(NARROWEST, min(width, WIDEST)) if width > 0 else 0

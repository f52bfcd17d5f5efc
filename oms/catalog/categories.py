"""The tree of categories: read in its own order, made by files, moved by people.

A category's name is what rules, campaigns and files know it by: it is unique and never changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import Count, OuterRef
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import CATEGORY, sees_all
from oms.catalog.locks import lock_categories
from oms.catalog.models import Category
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history

SEPARATOR = "/"
"""Between the names of a path, as files write it: 女装/连衣裙."""

MOST_LEVELS = 8
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Branch:
    """A category in its place: ``depth`` 0 is a root; ``products`` are those of the category itself."""

    id: int
    name: str
    parent_id: int | None
    depth: int
    products: int = 0

    @property
    def indented(self) -> str:
        """The name behind as many wide spaces as it lies deep; browsers keep those."""
        return "\u3000" * self.depth + self.name


def check_whole(staff: Staff) -> None:
    """Raise UnableTo for somebody who sees some categories only: a change could bring in, or take from others, what they do not see."""
    if not sees_all(staff, CATEGORY):
        raise UnableTo(_("You see the goods of some categories only. Ask somebody who sees all of them to do this."))


def covering(path: str) -> ArraySubquery:
    """The names of the categories that cover goods, as a part of a query: ``path`` leads to the path of the goods' category."""
    return ArraySubquery(Category.objects.filter(id__any_of=OuterRef(path)).order_by().values("name"))


def within(names: Collection[str]) -> ArraySubquery:
    """The ids of categories by name, to be compared with a path: ``path__overlap`` holds for all that lies under them."""
    return ArraySubquery(Category.objects.filter(name__in=sorted(names)).order_by().values("id"))


def tree(*, counted: bool = False) -> list[Branch]:
    """All categories, each before what lies under it, those of one parent by name. One query."""
    rows = Category.objects.annotate(n=Count("products")) if counted else Category.objects.all()
    under: dict[int | None, list[Category]] = {}
    for category in rows.order_by("name"):
        under.setdefault(category.parent_id, []).append(category)
    found: list[Branch] = []
    waiting = [(category, 0) for category in reversed(under.get(None, ()))]
    while waiting:
        category, depth = waiting.pop()
        found.append(Branch(category.pk, category.name, category.parent_id, depth, getattr(category, "n", 0)))
        waiting += [(child, depth + 1) for child in reversed(under.get(category.pk, ()))]
    return found


def make_categories(paths: Iterable[Sequence[str]]) -> None:
    """Have the categories of the paths (names from the root down); what is known already stays where somebody put it.

    Inside a transaction that lets one at a time write categories. The number of queries is that of the levels at most.
    """
    # The longest first: of what a file says twice the fuller place counts, and what was said first stays, so that no circle comes about.
    wanted = sorted({tuple(path) for path in paths if path}, key=lambda path: (-len(path), path))
    known = dict(Category.objects.filter(name__in={name for path in wanted for name in path}).values_list("name", "id"))
    if not wanted:
        return
    new: dict[str, str | None] = {}
    for path in wanted:
        for place, name in enumerate(path):
            if name not in known:
                new.setdefault(name, path[place - 1] if place else None)
    fresh = bool(new)
    while new:
        ready = [(name, parent) for name, parent in new.items() if parent is None or parent in known]
        made = Category.objects.bulk_create(
            [Category(name=name, parent_id=None if parent is None else known[parent]) for name, parent in ready]
        )
        known |= {category.name: category.pk for category in made}
        new = {name: parent for name, parent in new.items() if name not in known}
    if fresh:
        _write_paths()


def add_category(name: str, parent_id: int | None, *, actor_id: int | None) -> Category:
    """Make a category under another (None: at the root). Raises UnableTo."""
    name = name.strip()
    if not name or SEPARATOR in name or "\0" in name or len(name) > LONGEST_NAME:
        raise UnableTo(_("Give a name of at most 64 characters without “/”."), code="bad_name")
    with transaction.atomic():
        known = lock_categories()
        if name in {category.name for category in known.values()}:
            raise UnableTo(_("There is a category “%(name)s” already.") % {"name": name}, code="name_taken")
        _check_place(known, None, parent_id)
        category = Category.objects.create(name=name, parent_id=parent_id)
        _write_paths()
        write_history(
            [HistoryRow(kind="category", subject_id=category.pk, action="create", actor_id=actor_id, changes={})]
        )
    return category


def move_category(category_id: int, parent_id: int | None, *, actor_id: int | None) -> Category:
    """Put a category, with all that lies under it, under another (None: at the root). Raises UnableTo and Category.DoesNotExist."""
    with transaction.atomic():
        known = lock_categories()
        category = known.get(category_id)
        if category is None:
            raise Category.DoesNotExist
        _check_place(known, category, parent_id)
        if category.parent_id != parent_id:
            changes = {"parent": [_name(known, category.parent_id), _name(known, parent_id)]}
            Category.objects.filter(pk=category.pk).update(parent_id=parent_id)
            _write_paths()
            row = HistoryRow(kind="category", subject_id=category.pk, action="move", actor_id=actor_id, changes=changes)
            write_history([row])
    return category


def _check_place(known: dict[int, Category], category: Category | None, parent_id: int | None) -> None:
    """Raise UnableTo unless a category may lie there."""
    if parent_id is None:
        return
    parent = known.get(parent_id)
    if parent is None:
        raise UnableTo(_("That category is not there any more. Load the page again."), code="unknown_category")
    if category is not None and category.pk in parent.path:
        raise UnableTo(_("“%(name)s” cannot lie under itself.") % {"name": category.name}, code="category_circle")
    below = [one for one in known.values() if category is not None and category.pk in one.path]
    deep = max((len(one.path) for one in below), default=1) - (len(category.path) - 1 if category else 0)
    if len(parent.path) + deep > MOST_LEVELS:
        raise UnableTo(
            _("A tree of categories has at most %(count)s levels.") % {"count": MOST_LEVELS}, code="too_deep"
        )


def _name(known: dict[int, Category], category_id: int | None) -> str:
    return known[category_id].name if category_id is not None else ""


def _write_paths() -> None:
    """Compute the paths anew from the parents; only those that differ are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE placed AS ("
            "SELECT id, ARRAY[id] AS path FROM catalog_category WHERE parent_id IS NULL "
            "UNION ALL SELECT c.id, p.path || c.id FROM catalog_category c JOIN placed p ON p.id = c.parent_id) "
            "UPDATE catalog_category c SET path = p.path FROM placed p WHERE p.id = c.id AND c.path <> p.path"
        )

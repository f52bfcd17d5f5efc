"""The help of every page, by the name of its address: a page that is not here fails the walk of ``tests/access``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.urls import resolve, reverse

from oms.accounts.gate import Access
from oms.portal.help import administration, everyone, operations, orders, rules, work
from oms.portal.help.base import Help

PAGES: dict[str, Help] = {
    name: page
    for area in (everyone, orders, rules, operations, work, administration)
    for names, page in area.PAGES.items()
    for name in names
}


@cache
def _access(name: str) -> Access:
    access: Access = resolve(reverse(name)).func.access  # type: ignore[attr-defined]
    return access


def may_enter(user: AbstractBaseUser | AnonymousUser, name: str) -> bool:
    """Whether the gate of an address without variable parts would let the person in."""
    return bool(user.has_perms(_access(name).permissions))  # type: ignore[union-attr]


def related(user: AbstractBaseUser | AnonymousUser, page: Help) -> Iterator[tuple[str, Help]]:
    """Address and help of the pages that belong to the same work and that the person may enter."""
    for name in page.see:
        if may_enter(user, name):
            yield reverse(name), PAGES[name]

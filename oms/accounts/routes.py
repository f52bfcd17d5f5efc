"""Every address of the product with what it asks of its caller, read from the resolver: what is added tomorrow is in it tomorrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver

from oms.accounts.gate import Access


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the resolver.

    ``name`` has the names of its areas before it, ``route`` is what stands in the browser, ``parameters`` are the names of its variable
    parts, each with the kind of value it takes (int, str, uuid …).
    """

    name: str
    route: str
    callback: Callable[..., HttpResponseBase]
    parameters: tuple[tuple[str, str], ...]

    @property
    def area(self) -> str:
        return self.name.rpartition(":")[0]

    @property
    def access(self) -> Any:
        """What the function, or the class behind it, asks of its caller; None when it says nothing."""
        behind = getattr(self.callback, "cls", None) or getattr(self.callback, "view_class", None)
        return getattr(self.callback, "access", None) or getattr(behind, "access", None)

    def doors(self) -> Iterator[tuple[str, Access | None]]:
        """The ways in with what each asks: one for a page (named ""), one an action for a route of the API; None is undecided."""
        access = self.access
        if isinstance(access, Access) or access is None:
            yield "", access
            return
        actions: dict[str, str] = getattr(self.callback, "actions", {})
        for method, action in sorted(actions.items()):
            # An action that the viewset does not name is denied to everybody: nobody has decided about it.
            needed = access.get(action)
            yield f"{method.upper()} {action}", None if needed is None else Access("permission", (needed,))


def walk(patterns: list[URLPattern | URLResolver], area: str = "", before: str = "") -> Iterator[Address]:
    """The addresses below these patterns, in the order in which they are tried."""
    for pattern in patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, ":".join(filter(None, (area, pattern.namespace or ""))), route)
        else:
            converters = getattr(pattern.pattern, "converters", {})
            parameters = tuple((name, _kind(converter)) for name, converter in converters.items())
            named = f"{area}:{pattern.name}" if area else str(pattern.name)
            yield Address(named, simplify_regex(route), pattern.callback, parameters)


def _kind(converter: object) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")


def all_addresses() -> list[Address]:
    """Every address of the product."""
    return list(walk(get_resolver().url_patterns))

"""Parts of a page that are the same for many people: written once, and kept in memory.

    {% load kept %}{% kept navigation=navigation %} … {% endkept %}

Half of a page's own time went into parts that are the same in every answer: navigation, help, buttons and dialogs. What stands inside
knows the values that are handed in, ``perms`` and the language, and nothing else: neither who asks nor the request, its address or
the token of its forms. It is kept under exactly these, so that nobody can be shown what was written for somebody else, and a function
that is given or taken away counts in the next answer. A name that is used inside without being handed in raises ``NotHandedIn``.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from oms.accounts.models import Staff

register = template.Library()

MOST = 2_000
"""Parts that are kept; when there are more, all are written anew."""

_kept: dict[Hashable, SafeString] = {}


class NotHandedIn(Exception):
    """A part of a page that is kept used something of the page that was not handed in."""


class _Inside(template.Context):
    """What the inside of a kept part knows."""

    outside: frozenset[str] = frozenset()

    def __getitem__(self, key: Any) -> Any:
        if key in self.outside and key not in self:
            raise NotHandedIn(f"{key} is used in a kept part of a page and not handed in")
        return super().__getitem__(key)

    def get(self, key: Any, otherwise: Any = None) -> Any:
        if key in self.outside and key not in self:
            raise NotHandedIn(f"{key} is used in a kept part of a page and not handed in")
        return super().get(key, otherwise)


class KeptNode(template.Node):
    """One kept part; it is itself a piece of its key."""

    def __init__(self, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.values = values
        self.nodelist = nodelist

    def render(self, context: template.Context) -> SafeString:
        given = {name: value.resolve(context) for name, value in self.values.items()}
        key = (self, get_language(), context.autoescape, _functions(context), *given.values())
        found = _kept.get(key)
        if found is None:
            if len(_kept) >= MOST:
                _kept.clear()
            found = _kept[key] = self.nodelist.render(_inside(context, given))
        return found


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """``{% kept name=value … %} … {% endkept %}``: the values must be hashable and must not change."""
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"kept takes name=value, and not {bits[0]}")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(values, nodelist)


def _functions(context: template.Context) -> Hashable:
    """What ``perms`` says: all of it for who may do everything."""
    user = context.get("user")
    if not isinstance(user, Staff):
        return None
    return user.is_superuser or user.functions


def _inside(context: template.Context, given: dict[str, Any]) -> _Inside:
    if "perms" in context:
        given = {**given, "perms": context["perms"]}
    inside = _Inside(given, autoescape=context.autoescape, use_l10n=context.use_l10n, use_tz=context.use_tz)
    inside.template = context.template
    inside.outside = frozenset(str(name) for part in context.dicts for name in part)
    return inside

"""What is checked of every kind of rule: its shops and its regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from oms.catalog.models import Shop
from oms.core.rule_kinds import Problem
from warehouse.engine.prefixes import is_prefix

HEAD = ("name", "priority", "enabled", "shops")
"""The fields that every rule has."""


def check_shops(content: Mapping[str, Any]) -> Iterable[Problem]:
    """Problems of the shops that a rule is for."""
    shops = set(content["shops"])
    in_use = set(Shop.objects.filter(id__in=shops, enabled=True).values_list("id", flat=True))
    if shops and not in_use:
        yield Problem("shops", "never_applies", _("None of the shops is in use, so the rule could never apply."))


def check_regions(content: Mapping[str, Any], field: str = "regions") -> Iterable[Problem]:
    """Problems of the regions that a rule is for."""
    for prefix in content[field]:
        if not is_prefix(prefix):
            yield Problem(field, "invalid", _("“%(value)s” is no region code.") % {"value": prefix})
        elif any(prefix != other and prefix.startswith(other) for other in content[field]):
            sentence = _("The region %(prefix)s lies in another one of the list.") % {"prefix": prefix}
            yield Problem(field, "shadowed", sentence, warning=True)

"""The tabs above a list: its stages, the current one, and how much waits in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Tab:
    """One stage as ``parts/tabs.html`` shows it; ``count`` is None where nothing is counted."""

    key: str
    label: str | Promise
    url: str
    current: bool
    count: int | None = None


def asked_stage(request: HttpRequest, stages: Mapping[str, str | Promise]) -> str:
    """The stage of the address; the first one when it names none that there is."""
    asked = request.GET.get("stage", "")
    return asked if asked in stages else next(iter(stages))


def make_tabs(
    request: HttpRequest, stages: Mapping[str, str | Promise], current: str, counts: Mapping[str, int] | None = None
) -> list[Tab]:
    """The tabs of the stages (key to label). What the list is filtered by goes along to another stage; its page does not."""
    tabs: list[Tab] = []
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("sort", None)
    for key, label in stages.items():
        query["stage"] = key
        tabs.append(Tab(key, label, f"?{query.urlencode()}", key == current, (counts or {}).get(key)))
    return tabs

"""Versions and drafts of a campaign's schemes, each read back as its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from oms.core.models import RuleVersion
from promotions.campaigns import KIND, drafts_of, facts_of_content
from promotions.engine.values import SchemeFacts
from promotions.models import Campaign, Scheme
from promotions.reading import load_names, read_out

SHOWN = 30


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version or a draft: what it says, who wrote it; ``stale`` for a draft whose scheme changed after it was begun."""

    version: RuleVersion
    name: str
    who: str
    sentence: str
    stale: bool = False


def versions_told(campaign: Campaign, schemes: Sequence[Scheme]) -> list[VersionRow]:
    """The latest versions of the campaign's schemes, newest first. A constant number of queries."""
    found = RuleVersion.objects.filter(
        kind=KIND, rule_id__in=[scheme.pk for scheme in schemes], version__isnull=False
    ).order_by("-at", "-id")
    return _told(campaign, list(found[:SHOWN]), {})


def drafts_told(campaign: Campaign) -> list[VersionRow]:
    """The drafts of the campaign's schemes, newest first. A constant number of queries."""
    found = list(drafts_of(campaign.pk)[:SHOWN])
    now = dict(Scheme.objects.filter(campaign=campaign).values_list("id", "version"))
    return _told(campaign, found, now)


def _told(campaign: Campaign, found: Sequence[RuleVersion], now: dict[int, int]) -> list[VersionRow]:
    authors = {row.author_id for row in found if row.author_id is not None}
    people = {person.pk: str(person) for person in get_user_model().objects.filter(pk__in=authors)} if authors else {}
    facts = {row.pk: _facts(row, campaign) for row in found}
    names = load_names(scheme for scheme in facts.values() if scheme is not None)
    return [
        VersionRow(
            row,
            row.content.get("name", ""),
            people.get(row.author_id or 0, ""),
            read_out(scheme, names) if (scheme := facts[row.pk]) is not None else "",
            bool(row.rule_id and now and now.get(row.rule_id) != row.base_version),
        )
        for row in found
    ]


def _facts(row: RuleVersion, campaign: Campaign) -> SchemeFacts | None:
    """None for a content of long ago that cannot be read any more."""
    try:
        return facts_of_content(row.content, row.rule_id, campaign)
    except ValidationError:
        return None

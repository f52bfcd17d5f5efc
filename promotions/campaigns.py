"""Campaigns planned, checked, started, stopped and copied.

Schemes are rules of the kind ``scheme`` (``oms.core.versions``): each change is a version with its author, and a decision points at the
version that made it. A campaign goes live only when every scheme of it can be decided for every order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core import rule_kinds, versions
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history
from oms.core.models import RuleVersion
from promotions.engine.check import check_scheme, conflicts
from promotions.engine.values import SchemeFacts
from promotions.load import facts_of, scheme_facts
from promotions.locks import lock_campaign
from promotions.models import Campaign, LimitCounter, Scheme, SchemeTier
from promotions.words import listed, say, threshold_text

KIND = "scheme"
FIELDS = (
    "campaign",
    "name",
    "priority",
    "enabled",
    "kind",
    "mode",
    "by_payment",
    "starts_at",
    "ends_at",
    "shops",
    "regions",
    "member_levels",
    "member_tags",
    "scope",
    "group",
    "alone",
    "skip_discounted",
    "skip_presale",
    "prefer_stock",
    "no_stock",
    "substitutes",
    "total_limit",
    "total_unit",
    "day_limit",
    "day_unit",
    "buyer_limit",
    "buyer_unit",
    "give_back_on_cancel",
    "give_back_on_refund",
)
TIERS = rule_kinds.Children("tiers", SchemeTier, "scheme", ("threshold", "choice", "pick", "gifts"))


class UnableToChangeCampaign(UnableTo):
    """The campaign cannot be saved, started or stopped like this."""

    code = "campaign_refused"


def facts_of_content(
    content: Mapping[str, Any], scheme_id: int | None, campaign: Campaign | None = None
) -> SchemeFacts:
    """A scheme's content as the engine would see it. Raises ValidationError, Campaign.DoesNotExist.

    With the ``campaign`` at hand it is not read again.
    """
    scheme = KIND_OF_SCHEME.instance(content, scheme_id)
    if not isinstance(scheme, Scheme):
        raise TypeError(scheme)
    if campaign is not None:
        scheme.campaign = campaign
    tiers = [tier for _children, rows in KIND_OF_SCHEME.child_instances(content, scheme_id or 0) for tier in rows]
    return scheme_facts(scheme, scheme.campaign, [tier for tier in tiers if isinstance(tier, SchemeTier)])


def _check(content: Mapping[str, Any], scheme_id: int | None) -> Iterable[rule_kinds.Problem]:
    facts = facts_of_content(content, scheme_id)
    for problem in check_scheme(facts):
        steps = listed(threshold_text(facts.kind, threshold) for threshold in problem.tiers)
        yield rule_kinds.Problem(problem.field, problem.code, say(problem.code) % {"tiers": steps})
    if scheme_id is not None:
        yield from _below_used(content, scheme_id)


def _below_used(content: Mapping[str, Any], scheme_id: int) -> Iterable[rule_kinds.Problem]:
    """Limits that are set below what was given already."""
    used = LimitCounter.objects.filter(scheme_id=scheme_id)
    for name, keys in (("total_limit", "total"), ("day_limit", "day:"), ("buyer_limit", "buyer:")):
        limit = content.get(name)
        most = used.filter(key__startswith=keys).aggregate(most=Max("used"))["most"]
        if limit is not None and most is not None and int(limit) < most:
            sentence = say("quota_below_used") % {"used": most}
            yield rule_kinds.Problem(name, "quota_below_used", sentence)


KIND_OF_SCHEME = rule_kinds.RuleKind(KIND, Scheme, FIELDS, (TIERS,), _check)


def save_campaign(
    campaign_id: int | None,
    *,
    name: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    priority: int = 100,
    note: str = "",
    actor_id: int | None,
    expected_version: int | None = None,
) -> Campaign:
    """Make a campaign, or change the frame of one. Raises UnableToChangeCampaign.

    With ``expected_version`` the campaign must still be as the author saw it.
    """
    if starts_at >= ends_at:
        raise UnableToChangeCampaign(say("window_reversed"), code="window_reversed")
    twin = Campaign.objects.filter(name=name).values_list("pk", flat=True).first()
    if twin is not None and twin != campaign_id:
        raise UnableToChangeCampaign(
            _("There is a campaign of this name already. Choose another name."), code="name_taken"
        )
    values = {"name": name, "starts_at": starts_at, "ends_at": ends_at, "priority": priority, "note": note}
    with transaction.atomic():
        if campaign_id is None:
            campaign = Campaign.objects.create(**values, created_by_id=actor_id)
        else:
            campaign = lock_campaign(campaign_id)
            if expected_version is not None and campaign.version != expected_version:
                raise UnableToChangeCampaign(
                    _("Somebody changed the campaign meanwhile. Look at it again, then repeat the change."),
                    code="changed_meanwhile",
                )
            Campaign.objects.filter(pk=campaign_id).update(**values, version=F("version") + 1)
            campaign.refresh_from_db()
        _note(campaign, "save", actor_id)
    return campaign


def save_scheme(
    content: Mapping[str, Any], *, scheme_id: int | None, actor_id: int | None, expected_version: int | None = None
) -> RuleVersion:
    """Make a scheme, or a new version of one. Raises versions.UnableToSaveRule with a sentence for each field.

    Limits that were widened or narrowed hold for what is given from now on.
    """
    with transaction.atomic():
        saved = versions.save_rule(
            KIND, content, author_id=actor_id, rule_id=scheme_id, expected_version=expected_version
        )
        if saved.rule_id is not None:
            _renew_limits(Scheme.objects.get(pk=saved.rule_id))
    return saved


def put_scheme_live(version_id: int, *, actor_id: int | None) -> RuleVersion:
    """Make a draft or an earlier version what the scheme says. Raises versions.UnableToSaveRule."""
    with transaction.atomic():
        saved = versions.put_live(version_id, author_id=actor_id)
        if saved.rule_id is not None:
            _renew_limits(Scheme.objects.get(pk=saved.rule_id))
    return saved


def drafts_of(campaign_id: int) -> QuerySet[RuleVersion]:
    """The drafts of the campaign's schemes, newest first; ``rule_id`` is None for a scheme that is a draft itself."""
    return versions.drafts_of(KIND).filter(content__campaign=campaign_id)


def _renew_limits(scheme: Scheme) -> None:
    limits = {"total": scheme.total_limit, "day:": scheme.day_limit, "buyer:": scheme.buyer_limit}
    for prefix, limit in limits.items():
        if limit is not None:
            scheme.counters.filter(key__startswith=prefix).update(allowed=limit)


def go_live(campaign_id: int, *, actor_id: int | None) -> Campaign:
    """Start a campaign: from its first moment on, orders earn its gifts. Raises UnableToChangeCampaign."""
    with transaction.atomic():
        campaign = lock_campaign(campaign_id)
        if campaign.state == Campaign.State.LIVE:
            return campaign
        if campaign.ends_at <= timezone.now():
            raise UnableToChangeCampaign(_("The campaign's time is over. Give it a later end first."), code="over")
        schemes = facts_of(campaign.schemes.filter(enabled=True))
        if not schemes:
            raise UnableToChangeCampaign(_("The campaign has no scheme in use. Add one first."), code="no_schemes")
        wrong = [scheme.name for scheme in schemes if check_scheme(scheme)]
        if wrong:
            raise UnableToChangeCampaign(
                _("These schemes are not complete: %(names)s. Open them to see why.") % {"names": listed(wrong)},
                code="incomplete",
            )
        _set_state(campaign, Campaign.State.LIVE, "go_live", actor_id)
    return campaign


def stop(campaign_id: int, *, actor_id: int | None) -> Campaign:
    """Stop a campaign at once: what was given stays given, nothing more is."""
    with transaction.atomic():
        campaign = lock_campaign(campaign_id)
        if campaign.state == Campaign.State.LIVE:
            _set_state(campaign, Campaign.State.STOPPED, "stop", actor_id)
    return campaign


def copy(campaign_id: int, *, actor_id: int | None) -> Campaign:
    """A draft with the same schemes, beginning when the original ends."""
    source = Campaign.objects.get(pk=campaign_id)
    with transaction.atomic():
        made = save_campaign(
            None,
            name=_free_name(source.name),
            starts_at=source.ends_at,
            ends_at=source.ends_at + (source.ends_at - source.starts_at),
            priority=source.priority,
            note=source.note,
            actor_id=actor_id,
        )
        for scheme in source.schemes.order_by("priority", "id"):
            content = KIND_OF_SCHEME.content_of(scheme)
            save_scheme(
                {**content, "campaign": made.pk, "starts_at": None, "ends_at": None}, scheme_id=None, actor_id=actor_id
            )
    return made


def _free_name(name: str) -> str:
    number = 2
    while Campaign.objects.filter(name=f"{name[:90]} {number}").exists():
        number += 1
    return f"{name[:90]} {number}"


def _set_state(campaign: Campaign, state: Campaign.State, action: str, actor_id: int | None) -> None:
    campaign.state = state
    campaign.version += 1
    campaign.save(update_fields=["state", "version"])
    _note(campaign, action, actor_id)


def _note(campaign: Campaign, action: str, actor_id: int | None) -> None:
    write_history(
        [HistoryRow(kind="campaign", subject_id=campaign.pk, action=action, to_state=campaign.state, actor_id=actor_id)]
    )


def find_conflicts(campaign: Campaign) -> list[tuple[SchemeFacts, SchemeFacts, str]]:
    """Pairs of one scheme of this campaign and another that is live (or of this campaign), and how they meet."""
    rivals = Scheme.objects.filter(
        enabled=True, campaign__ends_at__gt=campaign.starts_at, campaign__starts_at__lt=campaign.ends_at
    )
    live = rivals.filter(campaign__state=Campaign.State.LIVE) | rivals.filter(campaign=campaign)
    found = conflicts(facts_of(live.distinct()))
    return [(a, b, code) for a, b, code in found if campaign.pk in {a.campaign_id, b.campaign_id}]

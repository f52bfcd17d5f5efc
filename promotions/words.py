"""Campaigns in words: a scheme as one sentence, and a sentence for each code of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from django.utils.translation import pgettext

from promotions.engine.values import Choice, Kind, Limit, LimitUnit, NoStock, SchemeFacts, Tier, TierMode

PROBLEMS: dict[str, str] = {
    "window_reversed": N_("The end must be later than the start."),
    "scope_empty": N_(
        "Every product of the list is excluded again. Take the exclusions away, or choose other products."
    ),
    "no_tiers": N_("Add at least one step."),
    "threshold_not_positive": N_("A step begins above zero."),
    "tiers_overlap": N_("Two steps begin at the same figure. Change one of them."),
    "one_tier_only": N_("This kind has one step alone. Take the others away, or choose “units reached”."),
    "fewer_gifts_above": N_(
        "From %(tiers)s on the buyer would get fewer gifts than just below. Give at least as many there."
    ),
    "no_gifts": N_("The step from %(tiers)s on gives nothing. Choose its gifts."),
    "gift_quantity_not_positive": N_("A gift is at least one unit."),
    "gift_twice": N_("The step from %(tiers)s on names a gift twice. Put the units together in one line."),
    "pick_not_positive": N_("The buyer must get at least one unit of the combination."),
    "gift_is_condition": N_(
        "A gift of the step from %(tiers)s on is among the products that earn it. Use “buy A get A” for that."
    ),
    "no_substitutes": N_("Name the substitutes, or choose what else happens when a gift is out of stock."),
    "limit_not_positive": N_("A limit is at least one. Leave it empty for no limit."),
    "day_above_total": N_("The limit of a day is above the limit in all."),
    "buyer_above_total": N_("The limit of a buyer is above the limit in all."),
    "quota_below_used": N_("%(used)s are given already. The limit cannot be below that."),
    "unknown_goods": N_("These merchant codes do not exist: %(codes)s."),
}
"""What is wrong with a scheme and what to do."""

PASSED: dict[str, str] = {
    "stands_alone": N_("it stands alone, and another scheme has given already"),
    "goods_excluded": N_("the goods are discounted, on pre-sale, or counted by another scheme of its group"),
    "below_threshold": N_("its first step is not reached"),
    "quota_used_up": N_("its quota is used up"),
    "day_quota_used_up": N_("its quota of the day is used up"),
    "buyer_limit_reached": N_("the buyer has had as much as one may have"),
    "gift_out_of_stock": N_("its gifts are out of stock"),
}
"""Why a scheme gave an order nothing."""

OUTSIDE: dict[str, str] = {
    "other_shop": N_("it is for other shops"),
    "other_region": N_("it is for other regions"),
    "other_level": N_("it is for other member levels"),
    "other_tags": N_("it is for members with other tags"),
    "other_goods": N_("it is for other goods"),
    "not_paid": N_("it goes by the payment, and the order is not paid"),
    "too_early": N_("its time has not begun"),
    "too_late": N_("its time is over"),
}
"""Why a scheme did not look at an order."""

CONFLICTS: dict[str, str] = {
    "stands_alone": N_("One of them stands alone: an order that earns the first gets nothing from the other."),
    "same_group": N_("They share the group “%(group)s”: goods that count for the first do not count for the other."),
    "gives_twice": N_("Both give for the same goods. Put them into one group if an order should get only one."),
}
"""How two schemes take goods or orders from each other."""


def say(code: str) -> str:
    """The sentence of a problem, with its places still open."""
    return _(PROBLEMS[code])


def threshold_text(kind: Kind, threshold: int) -> str:
    """300 yuan, or 3 units."""
    if kind is Kind.AMOUNT_REACHED:
        yuan = f"{threshold / 100:.2f}".removesuffix(".00")
        return _("%(amount)s yuan") % {"amount": yuan}
    return _("%(count)s units") % {"count": threshold}


def listed(names: Iterable[str]) -> str:
    """Several names in one phrase."""
    return pgettext("between names", ", ").join(names)


def in_short(names: Sequence[str], shown: int = 3) -> str:
    """The first few of many names, and how many there are."""
    if len(names) <= shown + 1:
        return listed(names)
    return _("%(names)s and others, %(count)s in all") % {"names": listed(names[:shown]), "count": len(names)}


def _gifts(tier: Tier, names: Mapping[int, str]) -> str:
    gifts = listed(
        f"{names.get(gift.sku_id, gift.sku_id)} × {gift.quantity}"
        if gift.quantity != 1
        else str(names.get(gift.sku_id, gift.sku_id))
        for gift in tier.gifts
    )
    if tier.choice is Choice.ONE_OF:
        return _("one of %(gifts)s") % {"gifts": gifts}
    if tier.choice is Choice.ANY_OF:
        return _("any %(count)s of %(gifts)s") % {"count": tier.pick, "gifts": gifts}
    return gifts


def _steps(scheme: SchemeFacts, names: Mapping[int, str]) -> Iterable[str]:
    for tier in reversed(scheme.tiers):
        values = {"from": threshold_text(scheme.kind, tier.threshold), "gifts": _gifts(tier, names)}
        first_unit = scheme.kind is Kind.BUY_AND_GET and tier.threshold == 1
        if scheme.kind is Kind.BUY_A_GET_A:
            sentence = _("for %(from)s of a product, %(count)s of the same")
            if scheme.mode is TierMode.MULTIPLE:
                sentence = _("for every %(from)s of a product, %(count)s of the same")
            yield sentence % {**values, "count": tier.pick}
        elif scheme.mode is TierMode.MULTIPLE:
            yield (_("for every unit: %(gifts)s") if first_unit else _("for every %(from)s: %(gifts)s")) % values
        else:
            yield (_("%(gifts)s with the order") if first_unit else _("from %(from)s on: %(gifts)s")) % values


def short_of(scheme: SchemeFacts, names: Mapping[int, str]) -> str:
    """What the scheme gives for how much, without its conditions; ``names`` are the gifts' names by SKU."""
    return _("; ").join(_steps(scheme, names))


_LIMITS = {
    ("total", LimitUnit.UNITS): N_("at most %(count)s gifts in all"),
    ("total", LimitUnit.ORDERS): N_("for at most %(count)s orders in all"),
    ("per_day", LimitUnit.UNITS): N_("at most %(count)s gifts a day"),
    ("per_day", LimitUnit.ORDERS): N_("for at most %(count)s orders a day"),
    ("per_buyer", LimitUnit.UNITS): N_("at most %(count)s gifts for a buyer"),
    ("per_buyer", LimitUnit.ORDERS): N_("for at most %(count)s orders of a buyer"),
}


def _limit(name: str, limit: Limit | None) -> str:
    return "" if limit is None else _(_LIMITS[name, limit.unit]) % {"count": f"{limit.limit:,}"}


def _window(scheme: SchemeFacts) -> str:
    if scheme.starts_at is None or scheme.ends_at is None:
        return ""
    sentence = (
        _("paid from %(start)s until %(end)s") if scheme.by_payment else _("ordered from %(start)s until %(end)s")
    )
    return sentence % {
        "start": date_format(localtime(scheme.starts_at), "Y-m-d H:i"),
        "end": date_format(localtime(scheme.ends_at), "Y-m-d H:i"),
    }


_NO_STOCK = {
    NoStock.DROP: "",
    NoStock.SUBSTITUTE: N_("a gift out of stock is substituted"),
    NoStock.WAIT: N_("an order waits for gifts out of stock"),
}

_GIVE = {
    Kind.BUY_AND_GET: N_("Whoever buys %(goods)s gets %(steps)s"),
    Kind.QUANTITY_REACHED: N_("Whoever buys enough of %(goods)s gets %(steps)s"),
    Kind.AMOUNT_REACHED: N_("Whoever spends enough on %(goods)s gets %(steps)s"),
    Kind.BUY_A_GET_A: N_("Whoever buys %(goods)s gets %(steps)s"),
}


@dataclass(frozen=True, slots=True)
class InWords:
    """What a scheme names by ids, in words: goods, shops and regions as phrases, the gifts' names by SKU."""

    goods: str
    shops: str = ""
    regions: str = ""
    names: Mapping[int, str] = field(default_factory=dict)


def sentence_of(scheme: SchemeFacts, words: InWords) -> str:
    """The scheme as one sentence."""
    several = len(scheme.tiers) > 1
    levels, tags = listed(sorted(scheme.member_levels)), listed(sorted(scheme.member_tags))
    parts = [
        _(_GIVE[scheme.kind]) % {"goods": words.goods, "steps": short_of(scheme, words.names)},
        _("each reached step once") if scheme.mode is TierMode.EACH and several else "",
        _("the highest step alone") if scheme.mode is TierMode.HIGHEST and several else "",
        _("in %(shops)s") % {"shops": words.shops} if words.shops else "",
        _("to %(regions)s") % {"regions": words.regions} if words.regions else "",
        _("for members of the level %(levels)s") % {"levels": levels} if levels else "",
        _("for members with the tag %(tags)s") % {"tags": tags} if tags else "",
        _window(scheme),
        _limit("total", scheme.total),
        _limit("per_day", scheme.per_day),
        _limit("per_buyer", scheme.per_buyer),
        _("without discounted goods") if scheme.skip_discounted else "",
        _("without pre-sale goods") if scheme.skip_presale else "",
        _("not together with other schemes") if scheme.alone else "",
        _("goods count once in the group “%(group)s”") % {"group": scheme.group} if scheme.group else "",
        _(_NO_STOCK[scheme.no_stock]) if _NO_STOCK[scheme.no_stock] else "",
    ]
    return _("%(sentence)s.") % {"sentence": pgettext("between clauses", ", ").join(filter(None, parts))}


def conflict_text(code: str, group: str) -> str:
    """How two schemes take from each other."""
    return _(CONFLICTS[code]) % {"group": group}


def passed_text(code: str) -> str:
    """Why a scheme gave nothing, or did not look at the order at all."""
    return _(PASSED.get(code) or OUTSIDE[code])

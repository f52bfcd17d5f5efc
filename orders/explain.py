"""What was decided about an order, as sentences: every code the engine knows has its words here, and what to do.

A test walks all codes; one without words fails it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from orders.engine.reasons import Attention, ExceptionReason
from orders.models import Order, OrderDecision
from orders.words import gifts as gift_words
from orders.words import lines as line_words
from orders.words import rules as rule_words

REASONS: dict[str, tuple[str, str]] = {
    ExceptionReason.UNMATCHED_LISTING: (
        N_("The listing is not matched to a SKU."),
        N_("Bind it under Listings; the order then goes on by itself."),
    ),
    ExceptionReason.SKU_DISABLED: (
        N_("A SKU is not in use."),
        N_("Put the SKU in use again, or bind the listing to another one."),
    ),
    ExceptionReason.UNKNOWN_REGION: (
        N_("The receiver's region is not known."),
        N_("Ask the buyer for the right address and have it changed on the platform."),
    ),
    ExceptionReason.NO_WAREHOUSE: (
        N_("No rule names a warehouse for this shop and region."),
        N_("Add a warehouse rule that covers the region; the order then goes on by itself."),
    ),
    ExceptionReason.NO_CARRIER: (
        N_("No rule names a carrier for this shop, region and payment."),
        N_("Add a carrier rule that covers it; the order then goes on by itself."),
    ),
    ExceptionReason.OUT_OF_STOCK: (
        N_("There is not enough stock."),
        N_("The order goes on by itself when goods arrive."),
    ),
    ExceptionReason.REFUND_REQUESTED: (
        N_("The buyer asks for the money back."),
        N_("Decide the refund on the platform; the order then goes on, or is cancelled, by itself."),
    ),
    ExceptionReason.NOTHING_TO_SHIP: (
        N_("Every line was refunded; nothing is left to ship."),
        N_("Cancel the order when the platform has closed the trade."),
    ),
    ExceptionReason.UNDER_CHECK: (
        N_("Figures of the order or of its stock contradict each other."),
        N_("The order goes on by itself when they agree again; the administrator sees them under Checks."),
    ),
    Attention.CHANGED_AFTER_AUDIT: (
        N_("The buyer changed goods or address after the audit."),
        N_("Audit the order anew."),
    ),
    Attention.CHANGED_AFTER_EDIT: (
        N_("The platform changed goods or address after somebody had edited them here."),
        N_("Compare the order with its trade; edit it again, or take the content of the trade."),
    ),
    Attention.CHANGED_AFTER_SHIPMENT: (
        N_("The address was changed after the parcel had left."),
        N_("Ask the carrier to redirect the parcel."),
    ),
    Attention.MEMO_AFTER_AUDIT: (
        N_("Message or memo changed after the audit."),
        N_("Read it; hold the order if the parcel must not leave like this."),
    ),
    Attention.REFUND_AFTER_SHIPMENT: (
        N_("The buyer asks for the money back after the parcel has left."),
        N_("Have the parcel returned, or settle it with the buyer."),
    ),
    Attention.SHIPPED_ELSEWHERE: (
        N_("The platform says that the trade was shipped by somebody else."),
        N_("Cancel the order here, unless the parcel is to leave a second time."),
    ),
    Attention.CLOSED_BY_PLATFORM: (
        N_("The platform closed the trade."),
        N_("Nothing is to be done; the order was cancelled."),
    ),
    Attention.TRADE_UNREADABLE: (
        N_("The newest version of the trade cannot be understood."),
        N_("Look at it under Unreadable trades."),
    ),
    **gift_words.REASONS,
    **line_words.REASONS,
    **rule_words.REASONS,
}
"""Reason → what is wrong, and what to do."""

STAGES = {
    "screen": N_("Check"),
    "match": N_("Match listings"),
    **gift_words.STAGES,
    **line_words.STAGES,
    **rule_words.STAGES,
    "warehouse": N_("Warehouse"),
    "carrier": N_("Carrier"),
    "cs_audit": N_("Customer service audit"),
    "finance_audit": N_("Finance audit"),
    "reserve": N_("Stock"),
}

DECISIONS = {
    "matched": N_("All listings are matched."),
    "already_matched": N_("The lines have had their SKUs already."),
    "chosen": N_("%(name)s, by the rule “%(rule)s” (version %(version)s)."),
    "approved_by_policy": N_("Passed by the policy “%(rule)s” (version %(version)s)."),
    "approved_by_person": N_("Passed by a person."),
    "held": N_("Waits for a person, because it is held."),
    "unaudited": N_("Waits for a person, since a person took the audit back."),
    "no_policy_met": N_("Waits for a person: no policy lets it pass."),
    "no_policy": N_("Waits for a person: there is no policy for this shop."),
    "reserved": N_("%(units)s units are reserved."),
    **gift_words.DECISIONS,
    **line_words.DECISIONS,
    **rule_words.DECISIONS,
}

PASSED_OVER = {
    "other_shop": N_("it is for other shops"),
    "other_region": N_("it is for other regions"),
    "other_payment": N_("it is for another kind of payment"),
    "other_warehouse": N_("it is for another warehouse"),
    "target_disabled": N_("what it names is not in use"),
    "no_cash_on_delivery": N_("the carrier does not collect cash on delivery"),
    **gift_words.PASSED_OVER,
    **rule_words.PASSED_OVER,
}

HOW = {
    "sku_code": N_("by the SKU's merchant code"),
    "item_code": N_("by the item's merchant code"),
    "hand": N_("by hand"),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision in words. ``outcome`` is the code of `orders.engine.decisions.Outcome`."""

    stage: str
    outcome: str
    sentence: str
    advice: str = ""
    passed_over: tuple[str, ...] = ()


def state_label(state: str) -> str:
    """The state of an order in words."""
    return str(Order.State(state).label)


def label_of(code: str) -> str:
    """What an exception's or attention's code means; the code itself when it is not known (any more)."""
    return _(REASONS[code][0]) if code in REASONS else code


def advice_of(code: str) -> str:
    """What to do about it."""
    return _(REASONS[code][1]) if code in REASONS else ""


def explain(decisions: Iterable[Mapping[str, Any]]) -> list[Explained]:
    """The stored decisions of one run as sentences in the current language, stage by stage."""
    return [_explain(decision) for decision in decisions]


def _explain(decision: Mapping[str, Any]) -> Explained:
    code, stage, facts = line_words.code_of(decision), decision["stage"], decision.get("facts", {})
    if code in REASONS:
        sentence = " ".join(filter(None, [label_of(code), _facts(code, facts)]))
    else:
        values = {"rule": decision.get("name", ""), "version": decision.get("version", ""), **facts}
        values |= line_words.values_of(code, facts) | gift_words.values_of(code, facts)
        sentence = _(DECISIONS[code]) % values if code in DECISIONS else code
    if code == "matched":
        ways = sorted({_(HOW[how]) for how in facts.get("how", {}).values() if how in HOW})
        sentence = " ".join([sentence, *(f"({way})" for way in ways)])
    sentence = " ".join([sentence, *rule_words.extra_sentences(code, facts), *gift_words.extra_sentences(code, facts)])
    return Explained(
        stage=_(STAGES[stage]) if stage in STAGES else stage,
        outcome=decision["outcome"],
        sentence=sentence,
        advice=advice_of(code),
        passed_over=tuple(_passed_over(item) for item in decision.get("passed_over", ())),
    )


def _facts(code: str, facts: Mapping[str, Any]) -> str:
    if code == ExceptionReason.UNMATCHED_LISTING:
        return _("Not matched: %(titles)s.") % {"titles": _("; ").join(facts.get("titles", ()))}
    if code == ExceptionReason.SKU_DISABLED:
        return _("Not in use: %(skus)s.") % {"skus": ", ".join(facts.get("skus", ()))}
    if code.startswith("bundle_"):
        return line_words.bundle_facts(facts)
    if code == ExceptionReason.OUT_OF_STOCK:
        short = [
            _("%(sku)s: %(wanted)s wanted, %(free)s free") % {"sku": sku, "wanted": wanted, "free": free}
            for sku, (wanted, free) in facts.get("short", {}).items()
        ]
        return _("; ").join(short)
    if code == ExceptionReason.REFUND_REQUESTED:
        return _("Lines: %(lines)s.") % {"lines": ", ".join(map(str, facts.get("lines", ())))}
    return ""


def _passed_over(item: Mapping[str, Any]) -> str:
    why = _(", ").join(_(PASSED_OVER[code]) if code in PASSED_OVER else code for code in item["codes"])
    if not item["version"]:
        return f"{item['name']}: {why}"
    return _("“%(rule)s” (version %(version)s) was passed over: %(why)s.") % {
        "rule": item["name"],
        "version": item["version"],
        "why": why,
    }


def why(order_id: int) -> list[Explained]:
    """The newest run's decisions about an order, in words; empty when nothing was decided yet."""
    newest = OrderDecision.objects.filter(order_id=order_id).order_by("-at", "-id").first()
    return explain(newest.decisions) if newest is not None else []

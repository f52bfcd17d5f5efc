"""Words for bundles, pre-sale, split and merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from orders.engine.reasons import Attention, ExceptionReason

REASONS: dict[str, tuple[str, str]] = {
    ExceptionReason.BUNDLE_WITHOUT_COMPONENTS: (
        N_("A bundle has no components."),
        N_("Write its bill of materials; the order then goes on by itself."),
    ),
    ExceptionReason.BUNDLE_WITHOUT_WEIGHTS: (
        N_("What was paid for a bundle cannot be shared: all components have the weight zero."),
        N_("Fill in prices or costs of the components, or have the bundle share equally."),
    ),
    ExceptionReason.BUNDLE_NESTED: (
        N_("A bundle holds a bundle."),
        N_("Name the inner bundle's components in the outer one's bill instead."),
    ),
    Attention.PART_SHIPPED: (
        N_("A part of the trade has already left; the change could reach the other parts only."),
        N_("See in the trade's other orders what the change means for the parcel that left."),
    ),
}

STAGES = {
    "bundles": N_("Bundles"),
    "deposit": N_("Deposit"),
    "presale": N_("Pre-sale"),
    "split": N_("Split"),
    "merge": N_("Merge"),
}

DECISIONS = {
    "expanded": N_("Expanded into components: %(bundles)s."),
    "left_alone": N_("Left as it is, since a person undid this before."),
    "deposit_paid": N_("The deposit of %(paid)s yuan is paid; it waits for the final payment of %(missing)s yuan."),
    "presale_date": N_("Waits until %(until)s by the pre-sale “%(rule)s” (version %(version)s)."),
    "presale_stock": N_("Waits for stock by the pre-sale “%(rule)s” (version %(version)s)."),
    "split": N_("Split into %(parts)s orders (%(kind)s)."),
    "split_by_rule": N_("Split into %(parts)s orders (%(kind)s) by the rule “%(rule)s” (version %(version)s)."),
    "too_many_parts": N_(
        "Not split: the rule “%(rule)s” (version %(version)s) would make %(parts)s orders. See whether its limit is right."
    ),
    "merged": N_("Trades %(trades)s travel together by the rule “%(rule)s” (version %(version)s)."),
    "merged_by_person": N_("Trades %(trades)s were put together by a person."),
}

KINDS = {
    "hand": N_("by hand"),
    "product": N_("by product"),
    "box": N_("by full box"),
    "weight": N_("by weight"),
    "shortage": N_("what is in stock first"),
    "warehouse": N_("by warehouse"),
    "presale": N_("pre-sale apart"),
}

AGAINST = {
    "other_receiver": N_("the receiver is another one, or nobody can tell"),
    "other_payment": N_("it is paid in another way"),
    "other_invoice": N_("the invoice is wished for another title"),
    "another_shop": N_("it is of another shop"),
    "outside_window": N_("it was paid too much earlier or later"),
    "too_many_trades": N_("there would be too many trades in one parcel"),
    "too_heavy": N_("the parcel would be too heavy"),
    "not_ready": N_("it is an exception"),
    "presale": N_("it waits as pre-sale"),
    "held": N_("it is held"),
    "no_merge_key": N_("buyer or receiver is not known beyond doubt (a masked address is only known to the platform)"),
    "changed_after_audit": N_("it was changed after the audit"),
    "left_alone": N_("a person took it apart before"),
    "wrong_state": N_("it is already on its way through the warehouse"),
}
"""What speaks against a merge."""

FOR = {
    "same_receiver": N_("same receiver and address"),
    "same_buyer": N_("same buyer"),
    "same_phone": N_("same phone"),
    "same_address": N_("same address"),
    "same_shop": N_("same shop"),
}
"""What speaks for a merge."""


def code_of(decision: Mapping[str, Any]) -> str:
    """The code under which the sentence is found: a split by a rule names it."""
    code = str(decision["code"])
    return "split_by_rule" if code == "split" and "rule" in decision else code


def values_of(code: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they read in a sentence."""
    values: dict[str, Any] = {}
    if "bundles" in facts:
        values["bundles"] = ", ".join(f"{name} × {units}" for name, units in facts["bundles"].items())
    if "kind" in facts:
        name = KINDS.get(facts["kind"])
        values["kind"] = facts["kind"] if name is None else _(name)
    if "trades" in facts:
        values["trades"] = ", ".join(facts["trades"])
    if code == "presale_date":
        values["until"] = str(facts["until"])[:16].replace("T", " ")
    return values


def bundle_facts(facts: Mapping[str, Any]) -> str:
    """Which bundle and which of its components cause an exception."""
    if not facts.get("bundle"):
        return ""
    if not facts.get("skus"):
        return _("Bundle: %(bundle)s.") % {"bundle": facts["bundle"]}
    return _("Bundle: %(bundle)s; components: %(skus)s.") % {
        "bundle": facts["bundle"],
        "skus": ", ".join(facts["skus"]),
    }

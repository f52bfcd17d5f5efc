"""Words for routing, freight, assignment and approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from orders.engine.approval.kinds import CLASSES
from orders.engine.reasons import ExceptionReason

REASONS: dict[str, tuple[str, str]] = {
    ExceptionReason.NO_FREIGHT_ROW: (
        N_("The carrier's freight table has no row for the region."),
        N_("Add the region to the table; the order then goes on by itself."),
    ),
    ExceptionReason.ZERO_WEIGHT: (
        N_("The freight depends on the weight, and the goods have none."),
        N_("Enter the weight of the goods, then process the order again."),
    ),
    ExceptionReason.RESTRICTED_GOODS: (
        N_("No carrier that delivers there may take these goods."),
        N_("Say which carrier carries such goods, or add a rule that names one."),
    ),
    ExceptionReason.TOO_HEAVY: (
        N_("The parcel is too heavy for every carrier that delivers there."),
        N_("Split the order by weight, or add a rule for heavy parcels."),
    ),
    ExceptionReason.ADDRESS_CONFLICT: (
        N_("The address contradicts itself: city or district lie elsewhere."),
        N_(
            "Ask the buyer and have the address changed on the platform, or audit the order if the parcel will arrive as it is."
        ),
    ),
    ExceptionReason.ADDRESS_INCOMPLETE: (
        N_("The address is known too roughly: a part of that region is not delivered."),
        N_("Ask the buyer for city and district and have them changed on the platform."),
    ),
    ExceptionReason.WISH_NOT_MET: (
        N_("The carrier or warehouse that was asked for cannot take this parcel."),
        N_("Settle another one with the buyer and change the memo, or what is asked for on the order."),
    ),
    ExceptionReason.BLACKLISTED: (
        N_("The buyer or the receiver is on the blacklist."),
        N_("Cancel the order, or audit it if the parcel may leave all the same."),
    ),
}

STAGES = {"assign": N_("Department and salesperson")}

DECISIONS = {
    "cheapest": N_("%(name)s, the cheapest by the rule “%(rule)s” (version %(version)s)."),
    "cheapest_split": N_("Divided over %(name)s, which is the cheapest by the rule “%(rule)s” (version %(version)s)."),
    "asked_by_person": N_("%(name)s, as a person asked for on the order."),
    "wished_in_memo": N_("%(name)s, as the seller's memo asks (“%(rule)s”)."),
    "wished_in_message": N_("%(name)s, as the buyer's message asks (“%(rule)s”)."),
    "assigned": N_("Assigned by the rule “%(rule)s” (version %(version)s)."),
    "not_assigned": N_("No rule assigns it to anybody."),
    "kept_by_person": N_("A person said who it belongs to; rules leave that alone."),
}

PASSED_OVER = {
    "other_weight": N_("it is for another weight"),
    "other_goods": N_("it is for other goods"),
    "not_covered": N_("the region is not covered"),
    "excluded": N_("the region is excluded"),
    "region_too_coarse": N_("the address is known too roughly"),
    "too_heavy": N_("the parcel is too heavy"),
    "restricted_goods": N_("it may not take these goods"),
    "not_wished": N_("buyer or seller do not want it"),
    "wish_not_met": N_("the carrier of the memo cannot drive the parcel"),
    "no_freight_table": N_("it has no freight table"),
    "no_freight_row": N_("its freight table has no row for the region"),
    "zero_weight": N_("the goods have no weight"),
    "nobody_in_use": N_("nothing to choose from is in use"),
    "not_in_stock": N_("the warehouse does not have everything"),
    "not_kept_there": N_("the goods are not kept there"),
    "no_carrier": N_("no carrier drives from there"),
    "address_incomplete": N_("the address is known too roughly"),
    **{code: words for condition in CLASSES for code, words in condition.CODES.items()},
}


def extra_sentences(code: str, facts: Mapping[str, Any]) -> list[str]:
    """What a decision's figures say beyond its sentence: freight, total, alternatives, margin."""
    found: list[str] = []
    freight = facts.get("freight")
    if isinstance(freight, Mapping):
        found.append(
            _("Freight ¥%(amount)s for %(chargeable_g)s g (table “%(table_name)s”, version %(table_version)s).")
            % freight
        )
    if "total" in facts:
        found.append(_("Freight and packing cost ¥%(total)s.") % facts)
    if facts.get("alternatives"):
        others = [
            _("%(name)s ¥%(total)s") % other if other.get("total") is not None else _without_price(other)
            for other in facts["alternatives"]
        ]
        found.append(_("Instead of: %(others)s.") % {"others": _("; ").join(others)})
    if facts.get("stock") == "nowhere":
        found.append(_("No warehouse has everything in stock."))
    if facts.get("search") == "greedy":
        found.append(_("There were too many ways to compare all of them; the best of the likely ones was taken."))
    if isinstance(facts.get("margin"), Mapping):
        found.append(_("Expected margin ¥%(margin)s.") % facts["margin"])
    if code == ExceptionReason.ADDRESS_CONFLICT:
        found.append(_("Elsewhere: %(named)s.") % facts)
    if code == ExceptionReason.BLACKLISTED:
        found.append(_("Reason: %(reason)s.") % facts)
    return found


def _without_price(other: Mapping[str, Any]) -> str:
    why = str(other.get("why", ""))
    words = _(PASSED_OVER[why]) if why in PASSED_OVER else _("no carrier drives from there")
    return _("%(name)s (%(why)s)") % {"name": other.get("name", ""), "why": words}

"""The closed list of reasons why an order cannot go on by itself. Sentences for them are in ``orders/explain.py``."""

from __future__ import annotations

from enum import StrEnum


class ExceptionReason(StrEnum):
    """Why an order is an exception."""

    UNMATCHED_LISTING = "unmatched_listing"
    SKU_DISABLED = "sku_disabled"
    UNKNOWN_REGION = "unknown_region"
    NO_WAREHOUSE = "no_warehouse"
    NO_CARRIER = "no_carrier"
    OUT_OF_STOCK = "out_of_stock"
    GIFT_OUT_OF_STOCK = "gift_out_of_stock"
    BUNDLE_WITHOUT_COMPONENTS = "bundle_without_components"
    BUNDLE_WITHOUT_WEIGHTS = "bundle_without_weights"
    BUNDLE_NESTED = "bundle_nested"
    REFUND_REQUESTED = "refund_requested"
    NOTHING_TO_SHIP = "nothing_to_ship"
    NO_FREIGHT_ROW = "no_freight_row"
    ZERO_WEIGHT = "zero_weight"
    RESTRICTED_GOODS = "restricted_goods"
    TOO_HEAVY = "too_heavy"
    ADDRESS_CONFLICT = "address_conflict"
    ADDRESS_INCOMPLETE = "address_incomplete"
    WISH_NOT_MET = "wish_not_met"
    BLACKLISTED = "blacklisted"
    UNDER_CHECK = "under_check"


class Attention(StrEnum):
    """Something that a person must see although the order goes on, or has gone."""

    CHANGED_AFTER_AUDIT = "changed_after_audit"
    CHANGED_AFTER_SHIPMENT = "changed_after_shipment"
    CHANGED_AFTER_EDIT = "changed_after_edit"
    MEMO_AFTER_AUDIT = "memo_after_audit"
    REFUND_AFTER_SHIPMENT = "refund_after_shipment"
    SHIPPED_ELSEWHERE = "shipped_elsewhere"
    CLOSED_BY_PLATFORM = "closed_by_platform"
    PART_SHIPPED = "part_shipped"
    TRADE_UNREADABLE = "trade_unreadable"

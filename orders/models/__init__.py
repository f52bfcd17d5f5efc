from orders.models.assignment import AssignmentRule, BusinessType, Department
from orders.models.batch import OrderBatch, OrderBatchPart
from orders.models.blacklist import BlacklistEntry
from orders.models.decision import OrderDecision
from orders.models.edit import OrderEdit
from orders.models.import_mapping import OrderImportMapping
from orders.models.line_rules import MergeRule, PresaleRule, SplitRule
from orders.models.link import OrderLink
from orders.models.lists import ColumnLayout, PastedValues, SavedView, ViewPlace
from orders.models.memo import MemoUpload
from orders.models.order import Order, OrderLine
from orders.models.rules import ApprovalPolicy, RoutingRule
from orders.models.tag import OrderTag
from orders.models.trade import RawTrade, Trade
from orders.models.upload import WaybillUpload
from orders.models.wish_word import WishWord

__all__ = [
    "ApprovalPolicy",
    "AssignmentRule",
    "BlacklistEntry",
    "BusinessType",
    "ColumnLayout",
    "Department",
    "MemoUpload",
    "MergeRule",
    "Order",
    "OrderBatch",
    "OrderBatchPart",
    "OrderDecision",
    "OrderEdit",
    "OrderImportMapping",
    "OrderLine",
    "OrderLink",
    "OrderTag",
    "PastedValues",
    "PresaleRule",
    "RawTrade",
    "RoutingRule",
    "SavedView",
    "SplitRule",
    "Trade",
    "ViewPlace",
    "WaybillUpload",
    "WishWord",
]

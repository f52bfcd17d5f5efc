from orders.models.decision import OrderDecision
from orders.models.line_rules import MergeRule, PresaleRule, SplitRule
from orders.models.link import OrderLink
from orders.models.order import Order, OrderLine
from orders.models.rules import ApprovalPolicy, RoutingRule
from orders.models.trade import RawTrade, Trade
from orders.models.upload import WaybillUpload

__all__ = [
    "ApprovalPolicy",
    "MergeRule",
    "Order",
    "OrderDecision",
    "OrderLine",
    "OrderLink",
    "PresaleRule",
    "RawTrade",
    "RoutingRule",
    "SplitRule",
    "Trade",
    "WaybillUpload",
]

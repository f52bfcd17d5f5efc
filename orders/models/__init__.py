from orders.models.decision import OrderDecision
from orders.models.order import Order, OrderLine
from orders.models.rules import ApprovalPolicy, RoutingRule
from orders.models.trade import RawTrade, Trade
from orders.models.upload import WaybillUpload

__all__ = [
    "ApprovalPolicy",
    "Order",
    "OrderDecision",
    "OrderLine",
    "RawTrade",
    "RoutingRule",
    "Trade",
    "WaybillUpload",
]

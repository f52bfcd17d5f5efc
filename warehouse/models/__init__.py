from warehouse.models.carrier import Carrier, WaybillRange
from warehouse.models.coverage import Coverage, CoverageRow, StockingWarehouse
from warehouse.models.freight import FreightRate, FreightTable
from warehouse.models.purchase import Arrival, ArrivalLine, PurchaseOrder, PurchaseOrderLine
from warehouse.models.reservation import Reservation
from warehouse.models.shipment import Shipment, ShipmentLine, VoidWaybill
from warehouse.models.stock import StockBalance, StockMove
from warehouse.models.warehouse import Warehouse

__all__ = [
    "Arrival",
    "ArrivalLine",
    "Carrier",
    "Coverage",
    "CoverageRow",
    "FreightRate",
    "FreightTable",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Reservation",
    "Shipment",
    "ShipmentLine",
    "StockBalance",
    "StockMove",
    "StockingWarehouse",
    "VoidWaybill",
    "Warehouse",
    "WaybillRange",
]

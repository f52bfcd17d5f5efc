from warehouse.models.carrier import Carrier, WaybillRange
from warehouse.models.reservation import Reservation
from warehouse.models.shipment import Shipment, ShipmentLine
from warehouse.models.stock import StockBalance, StockMove
from warehouse.models.warehouse import Warehouse

__all__ = [
    "Carrier",
    "Reservation",
    "Shipment",
    "ShipmentLine",
    "StockBalance",
    "StockMove",
    "Warehouse",
    "WaybillRange",
]

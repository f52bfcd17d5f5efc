"""Warehouses and carriers as their pages change them, and where SKUs are stocked: checked, written down, told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from oms.core.errors import UnableTo
from oms.core.events import publish
from oms.core.history import HistoryRow, write_history
from oms.core.locks import lock_rule
from warehouse.events import PlacesChanged
from warehouse.models import Carrier, StockingWarehouse, Warehouse

P = TypeVar("P", Carrier, Warehouse)

CARRIER_FIELDS = ("name", "cash_on_delivery", "carries", "max_weight_g", "priority", "enabled")
WAREHOUSE_FIELDS = ("name", "region_id", "priority", "enabled")


def change_carrier(carrier_id: int, changes: Mapping[str, Any], *, actor_id: int | None) -> Carrier:
    """Change fields of a carrier (``CARRIER_FIELDS``); orders that waited for it go on by themselves. Raises UnableTo."""
    return _change(Carrier, "carrier", carrier_id, changes, CARRIER_FIELDS, actor_id)


def change_warehouse(warehouse_id: int, changes: Mapping[str, Any], *, actor_id: int | None) -> Warehouse:
    """Change fields of a warehouse (``WAREHOUSE_FIELDS``); orders that waited for it go on by themselves. Raises UnableTo."""
    return _change(Warehouse, "warehouse", warehouse_id, changes, WAREHOUSE_FIELDS, actor_id)


def _change(
    model: type[P], kind: str, place_id: int, changes: Mapping[str, Any], fields: tuple[str, ...], actor_id: int | None
) -> P:
    unknown = changes.keys() - set(fields)
    if unknown:
        raise KeyError(f"a {kind} has no {sorted(unknown)} to change")
    with transaction.atomic():
        place = lock_rule(model, place_id)
        if not isinstance(place, model):
            raise UnableTo(_("It does not exist any more."), code="not_found")
        before = {name: getattr(place, name) for name in changes}
        for name, value in changes.items():
            setattr(place, name, value)
        try:
            place.full_clean()
        except ValidationError as error:
            raise UnableTo(" ".join(error.messages), code="invalid") from error
        place.save(update_fields=list(changes))
        noted = {name: [before[name], getattr(place, name)] for name in changes if before[name] != getattr(place, name)}
        if noted:
            write_history(
                [HistoryRow(kind=kind, subject_id=place_id, action="change", actor_id=actor_id, changes=noted)]
            )
            publish(_news(kind, place_id))
    return place


def _news(kind: str, place_id: int) -> PlacesChanged:
    return PlacesChanged(carrier_ids=(place_id,)) if kind == "carrier" else PlacesChanged(warehouse_ids=(place_id,))


def stock_at(sku_id: int, warehouse_ids: Iterable[int], *, actor_id: int | None) -> None:
    """Keep a SKU at these warehouses alone; nothing: it may ship from wherever there is stock."""
    wanted = sorted(set(warehouse_ids))
    with transaction.atomic():
        kept = StockingWarehouse.objects.filter(sku_id=sku_id)
        before = sorted(kept.values_list("warehouse_id", flat=True))
        if before == wanted:
            return
        kept.exclude(warehouse_id__in=wanted).delete()
        StockingWarehouse.objects.bulk_create(
            [StockingWarehouse(sku_id=sku_id, warehouse_id=one) for one in wanted], ignore_conflicts=True
        )
        changes = {"stocking_warehouses": [before, wanted]}
        write_history(
            [HistoryRow(kind="sku", subject_id=sku_id, action="stock_at", actor_id=actor_id, changes=changes)]
        )
        publish(PlacesChanged(warehouse_ids=tuple(wanted)))

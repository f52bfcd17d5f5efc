"""What a parcel costs: freight tables per carrier, with zones by region.

    chargeable weight   the true weight, or the volume weight if that is more: cm³ × 1000 / divisor, begun grams up
    added steps         what is over the first weight, in steps of the added weight, by the table's rounding
    freight             first price + steps × added price + distance × price per km + fixed part + surcharge, half up to a fen

The zone with the longest prefix of the region decides. A carrier's table of one warehouse takes the place of its general one there.
What no zone covers, and a weight that is needed and not known, cannot be told: never a silent zero. See docs/algorithms/freight.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from oms.core.values import quick
from warehouse.engine.prefixes import longest_first

CENT = Decimal("0.01")


class Rounding(StrEnum):
    """How a begun step of added weight counts."""

    UP = "up"
    HALF = "half"
    EXACT = "exact"


class Unknown(StrEnum):
    """Why a freight cannot be told."""

    NO_TABLE = "no_freight_table"
    NO_ROW = "no_freight_row"
    ZERO_WEIGHT = "zero_weight"


@dataclass(frozen=True, slots=True)
class Zone:
    """One row of a table. Weights in grams, prices in yuan; ``added_weight_g`` is 0 where added weight costs nothing."""

    prefix: str
    first_weight_g: int
    first_price: Decimal
    added_weight_g: int
    added_price: Decimal
    distance_km: int = 0
    price_per_km: Decimal = Decimal(0)
    fixed: Decimal = Decimal(0)
    surcharge: Decimal = Decimal(0)

    @property
    def needs_weight(self) -> bool:
        """Whether the price depends on the weight."""
        return self.added_weight_g > 0 and self.added_price > 0


@dataclass(frozen=True, slots=True)
class Table:
    """The prices of a carrier, everywhere or from one warehouse. ``volume_divisor`` is cm³ per kg, None without volume weight."""

    id: int
    version: int
    name: str
    carrier_id: int
    warehouse_id: int | None
    zones: Mapping[str, Zone]
    volume_divisor: int | None = None
    rounding: Rounding = Rounding.UP

    def zone_of(self, region: str) -> Zone | None:
        """The zone with the longest prefix of the region."""
        zones = self.zones
        for prefix in longest_first(region):
            if prefix in zones:
                return zones[prefix]
        return None


@quick
@dataclass(frozen=True, slots=True)
class Freight:
    """What a parcel costs in yuan, and how that came about. ``steps`` of added weight may be a fraction."""

    amount: Decimal
    table_id: int
    table_version: int
    table_name: str
    prefix: str
    chargeable_g: int
    steps: Decimal

    def to_json(self) -> dict[str, Any]:
        """The stored form of a decision."""
        return {
            "amount": str(self.amount),
            "table": self.table_id,
            "table_version": self.table_version,
            "table_name": self.table_name,
            "prefix": self.prefix,
            "chargeable_g": self.chargeable_g,
            "steps": format(self.steps.normalize(), "f"),
        }


def chargeable_weight(weight_g: int, volume_cm3: int, volume_divisor: int | None) -> int:
    """The weight in grams that the carrier counts."""
    if not volume_divisor:
        return weight_g
    return max(weight_g, -(-volume_cm3 * 1000 // volume_divisor))


def added_steps(over_g: int, step_g: int, rounding: Rounding) -> Decimal:
    """How many steps of added weight ``over_g`` grams are."""
    if over_g <= 0 or step_g <= 0:
        return Decimal(0)
    if rounding is Rounding.UP:
        return Decimal(-(-over_g // step_g))
    if rounding is Rounding.HALF:
        return Decimal((2 * over_g + step_g) // (2 * step_g))
    return Decimal(over_g) / step_g


def price(table: Table, zone: Zone, weight_g: int, volume_cm3: int) -> Freight | Unknown:
    """What a parcel into the zone costs; volume is left aside where it is not known (0)."""
    chargeable = chargeable_weight(weight_g, volume_cm3, table.volume_divisor)
    if chargeable <= 0 and zone.needs_weight:
        return Unknown.ZERO_WEIGHT
    steps = added_steps(chargeable - zone.first_weight_g, zone.added_weight_g, table.rounding)
    return Freight(amount_of(zone, steps), table.id, table.version, table.name, zone.prefix, chargeable, steps)


def amount_of(zone: Zone, steps: Decimal) -> Decimal:
    """The price in yuan of a parcel into the zone with so many steps of added weight."""
    amount = (
        zone.first_price + steps * zone.added_price + zone.distance_km * zone.price_per_km + zone.fixed + zone.surcharge
    )
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


class Tariff:
    """All tables of a moment; answers each distinct question once.

    Many parcels differ in region and weight and yet fall into the same zone and step, so that zones and prices are kept apart.
    """

    def __init__(self, tables: Iterable[Table] = ()) -> None:
        self._tables = {(table.carrier_id, table.warehouse_id): table for table in tables}
        self._zones: dict[tuple[int, str], Zone | None] = {}
        self._amounts: dict[tuple[int, str, Decimal], Decimal] = {}

    def table_of(self, carrier_id: int, warehouse_id: int) -> Table | None:
        """The table by which the carrier charges parcels of the warehouse."""
        own = self._tables.get((carrier_id, warehouse_id))
        return own if own is not None else self._tables.get((carrier_id, None))

    def estimate(
        self, carrier_id: int, warehouse_id: int, region: str, weight_g: int, volume_cm3: int
    ) -> Freight | Unknown:
        """What the parcel costs, or why that cannot be told."""
        table = self.table_of(carrier_id, warehouse_id)
        if table is None:
            return Unknown.NO_TABLE
        place = (id(table), region)
        if place in self._zones:
            zone = self._zones[place]
        else:
            zone = self._zones[place] = table.zone_of(region)
        if zone is None:
            return Unknown.NO_ROW
        divisor = table.volume_divisor
        chargeable = chargeable_weight(weight_g, volume_cm3, divisor) if divisor else weight_g
        if chargeable <= 0 and zone.needs_weight:
            return Unknown.ZERO_WEIGHT
        steps = added_steps(chargeable - zone.first_weight_g, zone.added_weight_g, table.rounding)
        priced = (id(table), zone.prefix, steps)
        amount = self._amounts.get(priced)
        if amount is None:
            amount = self._amounts[priced] = amount_of(zone, steps)
        return Freight(amount, table.id, table.version, table.name, zone.prefix, chargeable, steps)

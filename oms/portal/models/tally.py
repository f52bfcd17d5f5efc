from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """How many trades, orders or parcels of a shop and a warehouse fell into the quarter of an hour that begins at ``since``.

    It is counted once, when nothing can be added to it any more, so that the figures of a busy day need not be counted at every look.
    """

    SCOPE_FIELDS = {"shop": "shop_id", "warehouse": "warehouse_id"}
    SCOPE_NULLABLE = frozenset({"warehouse"})

    measure = models.CharField(max_length=12)
    since = models.DateTimeField()
    shop = models.ForeignKey("catalog.Shop", on_delete=models.CASCADE, db_index=False)
    warehouse = models.ForeignKey("warehouse.Warehouse", null=True, on_delete=models.CASCADE, db_index=False)
    count = models.IntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["since", "measure", "shop", "warehouse"], name="tally_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.since}: {self.count}"


class TallyMark(models.Model):
    """Up to where the day was tallied: one row."""

    name = models.CharField(max_length=12, primary_key=True)
    until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.until}"

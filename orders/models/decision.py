from __future__ import annotations

from django.db import models
from django.utils import timezone


class OrderDecision(models.Model):
    """The decisions of one run of the pipeline about one order, in the order of the stages. Partitioned by month.

    ``decisions`` is a list of objects as ``orders.engine.decisions.Decision.to_json`` makes them.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    pk = models.CompositePrimaryKey("at", "id")
    id = models.BigIntegerField(editable=False)
    at = models.DateTimeField(default=timezone.now)
    order_id = models.BigIntegerField()
    run = models.UUIDField()
    decisions = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        managed = False
        db_table = "orders_orderdecision"

    def __str__(self) -> str:
        return f"{self.order_id} {self.run}"

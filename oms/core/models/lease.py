from __future__ import annotations

from django.db import models


class Leased(models.Model):
    """Due work that one process at a time does outside a transaction; see ``oms.core.leases``."""

    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)
    attempt = models.IntegerField(default=0)

    class Meta:
        abstract = True

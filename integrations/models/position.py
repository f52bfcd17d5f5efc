from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oms.core.models.lease import Leased


class DownloadPosition(Leased):
    """How far the trades of a shop have been downloaded, and when it is looked at again.

    ``position`` moves only in the transaction that stores the last trades of a window. The second look lists a stretch again that
    was read long after its trades changed: what a platform shows late would else be missed, since the overlap is short.
    """

    SCOPE_FIELDS = {"shop": "shop_id"}

    shop = models.OneToOneField("catalog.Shop", on_delete=models.CASCADE, related_name="download_position")
    position = models.DateTimeField(_("downloaded up to"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("next download"), default=timezone.now)
    last_run_at = models.DateTimeField(_("last download"), null=True, blank=True)
    failures = models.IntegerField(default=0)
    last_error = models.TextField(default="", blank=True)
    second_since = models.DateTimeField(null=True, blank=True)
    second_until = models.DateTimeField(null=True, blank=True)
    second_due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["next_due_at", "id"], name="download_due")]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.position}"

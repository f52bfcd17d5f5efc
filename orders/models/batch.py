from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class OrderBatch(models.Model):
    """A person's action on many orders, done by a job part after part.

    Which orders was settled when the batch was made; what came in since is not touched. ``params`` is what the action is to do
    (JSON, ``orders.batches.deeds``). A batch that takes another one back names it in ``undoes``.
    """

    job = models.OneToOneField("core.Job", on_delete=models.CASCADE, related_name="order_batch")
    action = models.CharField(max_length=32)
    params = models.JSONField(default=dict, blank=True)
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.CASCADE, related_name="undone_by")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"


class OrderBatchPart(models.Model):
    """The orders of one transaction of a batch, with the versions that the person saw.

    ``finished`` is written in the transaction of the deed: a part is done wholly or not at all, and once. ``refused`` maps order ids to
    code and sentence, ``changes`` to each changed column's old and new value, by which the batch can be taken back.
    """

    batch = models.ForeignKey(OrderBatch, on_delete=models.CASCADE, related_name="parts", db_index=False)
    seq = models.IntegerField()
    order_ids = ArrayField(models.BigIntegerField())
    versions = ArrayField(models.IntegerField())
    finished = models.BooleanField(default=False)
    refused = models.JSONField(default=dict, blank=True)
    changes = models.JSONField(default=dict, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["batch", "seq"], name="batch_part_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}.{self.seq}"

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """A category of products in a tree. Rules, campaigns and files name one by its name, which is therefore unique and stays.

    ``path`` holds the ids from the root down to the category itself: what lies under one holds its id (``oms.catalog.categories``).
    """

    SCOPE_FIELDS = {"category": "path"}

    name = models.CharField(_("name"), max_length=64, unique=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = ArrayField(models.BigIntegerField(), default=list, editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = _("category")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="category_has_name"),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="category_not_in_itself"),
        ]
        indexes = [GinIndex(fields=["path"], name="category_path")]

    def __str__(self) -> str:
        return self.name

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class SavedView(models.Model):
    """A stage and conditions of the order list under a name (``query`` as in an address, with the sort order).

    A shared one is offered to everybody who sees orders; what it lists is limited to the scope of whoever looks.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=40)
    shared = models.BooleanField(_("shared"), default=False)
    stage = models.CharField(max_length=16)
    query = models.TextField(default="", blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        permissions = [("share_view", N_("Share views of the order list"))]
        verbose_name = _("saved view")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name")]
        indexes = [models.Index(fields=["name"], name="saved_view_shared", condition=Q(shared=True))]

    def __str__(self) -> str:
        return self.name


class ViewPlace(models.Model):
    """How a staff member wants a view, their own or a shared one: its place, pinned above the list, the one to begin with."""

    SCOPE_FIELDS: dict[str, str] = {}

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="places")
    position = models.IntegerField(default=0)
    pinned = models.BooleanField(default=False)
    first = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["staff", "view"], name="view_place_once"),
            models.UniqueConstraint(fields=["staff"], name="view_place_one_first", condition=Q(first=True)),
        ]

    def __str__(self) -> str:
        return f"{self.view_id} of {self.staff_id}"


class ColumnLayout(models.Model):
    """The columns of the order list as a staff member wants them: ``columns`` are [name, width in pixels or 0], ``pinned`` of which stay
    in sight."""

    SCOPE_FIELDS: dict[str, str] = {}

    staff = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    columns = models.JSONField(default=list)
    pinned = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"columns of {self.staff_id}"


class PastedValues(models.Model):
    """Values of a condition that are too long for an address, under a key made of themselves.

    They are kept as long as a saved view names the key, and otherwise for 90 days.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    key = models.CharField(max_length=32, primary_key=True)
    text = models.TextField()
    used_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key

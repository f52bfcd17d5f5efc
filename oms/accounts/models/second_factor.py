from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from oms.core.fields import EncryptedTextField


class SecondFactor(models.Model):
    """The secret that somebody's phone makes codes from (RFC 6238); it counts once a code of it was entered.

    ``last_step`` is the step of the last code that was taken: no code is taken twice. ``failures`` are wrong codes in a row.
    """

    staff = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    secret = EncryptedTextField(purpose="staff.second_factor")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.staff_id)


class RecoveryCode(models.Model):
    """A code that takes the phone's place once. Only its digest is kept."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["staff", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.staff_id)

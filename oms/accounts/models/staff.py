from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_
from django.utils.translation import pgettext_lazy


class Granted(models.Func):
    """The functions (``app.codename``) that a staff member has by their roles or by themselves, as an array."""

    template = (
        "ARRAY(SELECT kind.app_label || '.' || one.codename FROM auth_permission one "
        "JOIN django_content_type kind ON kind.id = one.content_type_id WHERE one.id IN ("
        "SELECT permission_id FROM accounts_staff_user_permissions WHERE staff_id = %(expressions)s UNION ALL "
        "SELECT given.permission_id FROM auth_group_permissions given "
        "JOIN accounts_staff_groups role ON role.group_id = given.group_id WHERE role.staff_id = %(expressions)s))"
    )
    output_field = ArrayField(models.TextField())


class Staff(AbstractUser):
    """A person who signs in. Sees no shop and no warehouse until somebody grants them, and all goods until somebody limits them."""

    display_name = models.CharField(pgettext_lazy("of a person", "name"), max_length=64, blank=True, default="")
    all_shops = models.BooleanField(_("all shops"), default=False)
    all_warehouses = models.BooleanField(_("all warehouses"), default=False)
    all_categories = models.BooleanField(_("all categories"), default=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("manage_staff", N_("Manage staff, roles and data scopes")),
            ("needs_second_factor", N_("Must sign in with a second factor")),
        ]
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return self.display_name or self.username

    @cached_property
    def functions(self) -> frozenset[str]:
        """What the person may do by their roles or by themselves; read once in the life of this object, which is a request's."""
        granted = Staff.objects.filter(pk=self.pk).values_list(Granted("pk"), flat=True).first()
        return frozenset(granted or ())

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether the person may do it: one look into the set, where Django would ask every way to sign in. A page asks fifty times."""
        if obj is not None:
            return super().has_perm(perm, obj)
        return self.is_active and (self.is_superuser or perm in self.functions)

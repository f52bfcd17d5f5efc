"""The form of a member of the staff. What was typed stays, except the password: it is never put into a page again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from oms.accounts.matrix import role_rows
from oms.accounts.models import Staff
from oms.accounts.staff import Membership, membership_of
from oms.catalog.categories import tree
from oms.catalog.models import Shop
from oms.core.web.filters import ListFilters, search_box
from warehouse.models import Warehouse


class _Numbers(forms.TypedMultipleChoiceField):
    """Ticked objects, as their ids."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, required=False, widget=forms.CheckboxSelectMultiple, **kwargs)


class StaffForm(forms.Form):
    """Everything that is entered of somebody who is known."""

    display_name = forms.CharField(label=_("Full name"), max_length=64, required=False)
    password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )
    is_active = forms.BooleanField(label=_("May sign in"), required=False, initial=True)
    roles = forms.MultipleChoiceField(label=_("Roles"), required=False, widget=forms.CheckboxSelectMultiple)
    all_shops = forms.BooleanField(label=_("All shops, also those that are added later"), required=False)
    shops = _Numbers(label=_("Shops"))
    all_warehouses = forms.BooleanField(label=_("All warehouses, also those that are added later"), required=False)
    warehouses = _Numbers(label=_("Warehouses"))
    all_categories = forms.BooleanField(
        label=_("All categories, also those that are added later"), required=False, initial=True
    )
    categories = _Numbers(
        label=_("Categories of goods"),
        help_text=_(
            "A category holds all that lies under it. Orders are seen when one of their goods is; goods without a category are seen by all."
        ),
    )

    def __init__(self, *args: Any, staff: Staff | None = None, **kwargs: Any) -> None:
        if staff is not None:
            stored = membership_of(staff)
            kwargs["initial"] = {name: getattr(stored, name) for name in Membership.__slots__}
        super().__init__(*args, **kwargs)
        self._choose("roles", _role_choices())
        self._choose("shops", [(shop.pk, f"{shop.name} · {shop.code}") for shop in Shop.objects.order_by("code")])
        self._choose("warehouses", [(one.pk, f"{one.name} · {one.code}") for one in Warehouse.objects.order_by("code")])
        self._choose("categories", [(one.id, one.indented) for one in tree()])
        self.fields["password"].help_text = (
            _("For safety it is not shown again: enter it once more.")
            if self.data.get("password")
            else _("Leave empty to keep the password that they have.")
            if staff is not None
            else _("At least 10 characters. Tell it to them in person.")
        )

    def _choose(self, name: str, choices: Sequence[tuple[Any, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def membership(self) -> Membership:
        """What was entered; single shops, warehouses and categories are kept beside "all", for the day it is taken away."""
        entered = self.cleaned_data
        return Membership(
            display_name=entered["display_name"].strip(),
            roles=tuple(sorted(entered["roles"])),
            all_shops=entered["all_shops"],
            shops=tuple(sorted(entered["shops"])),
            all_warehouses=entered["all_warehouses"],
            warehouses=tuple(sorted(entered["warehouses"])),
            all_categories=entered["all_categories"],
            categories=tuple(sorted(entered["categories"])),
            is_active=entered["is_active"],
        )


class NewStaffForm(StaffForm):
    """The same with the name by which they sign in."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("By which they sign in; it cannot be changed later."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ["username", "display_name", "password"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        password = self.fields["password"]
        password.label, password.required = _("Password"), True
        del self.fields["is_active"]
        self.fields["display_name"].help_text = _("As pages show it.")

    def membership(self) -> Membership:
        """What was entered; a new member may sign in."""
        self.cleaned_data["is_active"] = True
        return super().membership()


def _role_choices() -> list[tuple[str, str]]:
    return [(role.code, role.label) for role in role_rows()]


class StaffFilters(ListFilters):
    """Staff by name and role. Without the switch only who may sign in is shown, with it only the others."""

    q = django_filters.CharFilter(
        label=_("Full name"), method="by_text", max_length=100, widget=search_box(_("Name, user name"))
    )
    role = django_filters.ChoiceFilter(
        label=_("Role"), method="by_role", empty_label=_("All roles"), choices=_role_choices
    )
    off = django_filters.BooleanFilter(label=_("Switched off"), method="by_use", widget=forms.CheckboxInput)

    def by_text(self, found: QuerySet[Staff], _name: str, text: str) -> QuerySet[Staff]:
        return found.filter(Q(username__icontains=text) | Q(display_name__icontains=text))

    def by_role(self, found: QuerySet[Staff], _name: str, code: str) -> QuerySet[Staff]:
        return found.filter(groups__name=code)

    def by_use(self, found: QuerySet[Staff], _name: str, off: bool) -> QuerySet[Staff]:
        return found.filter(is_active=not off)

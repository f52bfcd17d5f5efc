"""The audit log in words: actions, subjects and details as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.accounts.exports import exports
from oms.accounts.looks import ALL_REASONS
from oms.accounts.matrix import functions, role_rows
from oms.accounts.models import AuditEntry, Staff
from oms.accounts.scopes import scoped
from oms.accounts.staff import CHANGED
from oms.catalog.models import Category, Shop
from oms.portal.deeds import DEEDS
from orders.batches.deeds import DEEDS as BATCHES
from orders.models import Order
from promotions.models import Campaign
from warehouse.models import PurchaseOrder, Warehouse

ACTIONS: dict[str, Promise] = {
    "sign_in": gettext_lazy("Signed in"),
    "sign_out": gettext_lazy("Signed out"),
    "sign_in_failed": gettext_lazy("Failed to sign in"),
    "end_session": gettext_lazy("Ended sessions"),
    "set_up_second_factor": gettext_lazy("Turned the second factor on"),
    "turn_off_second_factor": gettext_lazy("Turned the second factor off"),
    "reset_second_factor": gettext_lazy("Took a second factor away"),
    "renew_recovery_codes": gettext_lazy("Made new recovery codes"),
    "recovery_code_used": gettext_lazy("Used a recovery code"),
    "second_factor_failed": gettext_lazy("Entered a wrong code"),
    "add_staff": gettext_lazy("Added somebody"),
    "change_staff": gettext_lazy("Changed somebody"),
    "change_role": gettext_lazy("Changed what a role may do"),
    "write_announcement": gettext_lazy("Wrote an announcement"),
    "change_announcement": gettext_lazy("Changed an announcement"),
    "end_announcement": gettext_lazy("Ended an announcement"),
    "view_receiver": gettext_lazy("Saw a receiver in clear"),
    "export": gettext_lazy("Exported a list"),
    "close_purchase": gettext_lazy("Closed a purchase order short"),
    "cancel_purchase": gettext_lazy("Cancelled a purchase order"),
    "receive_more": gettext_lazy("Received more than was ordered"),
    "change_password": gettext_lazy("Changed their own password"),
    "add_token": gettext_lazy("Made an API token"),
    "revoke_tokens": gettext_lazy("Revoked API tokens"),
    **DEEDS,
}
KINDS: dict[str, Promise] = {
    "staff": gettext_lazy("Staff"),
    "role": gettext_lazy("Role"),
    "order": gettext_lazy("Order"),
    "announcement": gettext_lazy("Announcement"),
    "purchase": gettext_lazy("Purchase order"),
    "export": gettext_lazy("List"),
}
DETAILS: dict[str, Promise] = {
    "display_name": gettext_lazy("Full name"),
    "username": gettext_lazy("User name"),
    "password": gettext_lazy("New password"),
    "is_active": gettext_lazy("May sign in"),
    "role": gettext_lazy("Role"),
    "roles": gettext_lazy("Roles"),
    "all_shops": gettext_lazy("All shops"),
    "shops": gettext_lazy("Shops"),
    "all_warehouses": gettext_lazy("All warehouses"),
    "warehouses": gettext_lazy("Warehouses"),
    "all_categories": gettext_lazy("All categories"),
    "categories": gettext_lazy("Categories"),
    "given": gettext_lazy("Granted"),
    "taken": gettext_lazy("Taken away"),
    "title": gettext_lazy("Title"),
    "locked_out": gettext_lazy("Locked out"),
    "sessions": gettext_lazy("Sessions"),
    "list": gettext_lazy("List"),
    "format": gettext_lazy("File"),
    "rows": gettext_lazy("Rows"),
    "filters": gettext_lazy("Narrowed by"),
    "chosen": gettext_lazy("Chosen rows"),
    "clear": gettext_lazy("Receivers in clear"),
    "why": gettext_lazy("Reason"),
    "job": gettext_lazy("Job"),
    "number": gettext_lazy("Number"),
    "units": gettext_lazy("Units"),
    "job_id": gettext_lazy("Job"),
    "no": gettext_lazy("Number"),
    "code": gettext_lazy("Code"),
    "name": gettext_lazy("Action"),
    "action": gettext_lazy("Action"),
    "matching": gettext_lazy("All that match the list"),
    "slug": gettext_lazy("Kind of rule"),
    "rule_id": gettext_lazy("Rule"),
    "version_id": gettext_lazy("Version"),
    "campaign_id": gettext_lazy("Campaign"),
    "scheme_id": gettext_lazy("Scheme"),
    "category_id": gettext_lazy("Category"),
    "listing_id": gettext_lazy("Listing"),
    "entry_id": gettext_lazy("Entry"),
    "view_id": gettext_lazy("Saved view"),
    "token": gettext_lazy("Token"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as the page shows it; ``url`` is empty where the reader may not go."""

    entry: AuditEntry
    action: str | Promise
    kind: str | Promise
    subject: str
    url: str
    details: tuple[tuple[str | Promise, str], ...]


def told(entries: Sequence[AuditEntry], reader: Staff) -> list[Told]:
    """The entries in words, in a number of queries that does not depend on how many they are."""
    names = _Names(entries, reader)
    return [
        Told(
            entry,
            ACTIONS.get(entry.action, entry.action),
            KINDS.get(entry.kind, entry.kind),
            *names.subject(entry),
            tuple(
                (DETAILS.get(key, key), names.value(entry.action, key, value)) for key, value in entry.details.items()
            ),
        )
        for entry in entries
    ]


class _Names:
    """The names of what a page of entries speaks of."""

    def __init__(self, entries: Sequence[AuditEntry], reader: Staff) -> None:
        self.staff = _by_id(Staff, entries, "staff")
        self.groups = _by_id(Group, entries, "role")
        ids = _ids(entries, "order")
        self.orders = dict(Order.objects.filter(pk__in=ids).values_list("pk", "no")) if ids else {}
        sees = ids and reader.has_perm("orders.view_order")
        self.open = set(scoped(Order.objects.filter(pk__in=ids), reader).values_list("pk", flat=True)) if sees else ()
        bought = _ids(entries, "purchase")
        self.purchases = dict(PurchaseOrder.objects.filter(pk__in=bought).values_list("pk", "no")) if bought else {}
        self.buys = bought and reader.has_perm("warehouse.view_purchase")
        self.numbers = _open_numbers(entries, reader)
        self.manages = reader.has_perm("accounts.manage_staff")
        self.writes = reader.has_perm("portal.manage_announcement")
        self.words: dict[str, Mapping[Any, str]] = {
            "roles": {role.code: role.label for role in role_rows()},
            "shops": dict(Shop.objects.values_list("pk", "name")),
            "warehouses": dict(Warehouse.objects.values_list("pk", "name")),
            "categories": dict(Category.objects.values_list("pk", "name")),
            "functions": {one.name: one.label for one in functions()},
        }
        self.words |= {"role": self.words["roles"], "why": {code: str(label) for code, label in ALL_REASONS.items()}}
        self.words |= {"list": {export.code: str(export.title) for export in exports()}}
        self.words |= {"given": self.words["functions"], "taken": self.words["functions"]}
        self.words |= {
            "category_id": self.words["categories"],
            "name": {name: str(one.label) for name, one in BATCHES.items()},
        }
        self.words["campaign_id"] = dict(
            Campaign.objects.filter(pk__in=_named(entries, "campaign_id")).values_list("pk", "name")
        )

    def subject(self, entry: AuditEntry) -> tuple[str, str]:
        """The name of what an entry is about, and where it is shown."""
        pk = entry.subject_id
        if pk is None:
            no = str(entry.details.get("no", ""))
            return no, reverse("orders:order", args=[no]) if no in self.numbers else ""
        if entry.kind == "staff" and pk in self.staff:
            return str(self.staff[pk]), reverse("staff:member", args=[pk]) if self.manages else ""
        if entry.kind == "role" and pk in self.groups:
            name = self.groups[pk].name
            return self.words["roles"].get(name, name), reverse("staff:roles") if self.manages else ""
        if entry.kind == "announcement":
            return str(entry.details.get("title", pk)), self._announcement(pk)
        if entry.kind == "order" and pk in self.orders:
            no = self.orders[pk]
            return no, reverse("orders:order", args=[no]) if pk in self.open else ""
        if entry.kind == "purchase" and pk in self.purchases:
            no = self.purchases[pk]
            return no, reverse("warehouse:purchase", args=[no]) if self.buys else ""
        return str(pk), ""

    def _announcement(self, pk: int) -> str:
        return reverse("portal:change_announcement", args=[pk]) if self.writes else ""

    def value(self, action: str, key: str, value: Any) -> str:
        """A detail in words; what was changed, as what it was and what it is."""
        if action == CHANGED and isinstance(value, list):
            return " → ".join(self._word(key, one) for one in value)
        return self._word(key, value)

    def _word(self, key: str, value: Any) -> str:
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(self._word(key, one) for one in value) or _("none")
        return self.words.get(key, {}).get(value, str(value)) or "—"


def _named(entries: Iterable[AuditEntry], key: str) -> set[Any]:
    """What the doors of the entries named under this key."""
    return {entry.details[key] for entry in entries if key in entry.details}


def _open_numbers(entries: Sequence[AuditEntry], reader: Staff) -> set[str]:
    """The numbers of the orders that the entries name and the reader may see. One query, none without such."""
    named = {
        str(entry.details["no"]) for entry in entries if "no" in entry.details and entry.action.startswith("order")
    }
    if not named or not reader.has_perm("orders.view_order"):
        return set()
    return set(scoped(Order.objects.filter(no__in=named), reader).values_list("no", flat=True))


def _ids(entries: Iterable[AuditEntry], kind: str) -> set[int]:
    return {entry.subject_id for entry in entries if entry.kind == kind and entry.subject_id is not None}


def _by_id(model: type[Model], entries: Iterable[AuditEntry], kind: str) -> dict[int, Any]:
    ids = _ids(entries, kind)
    return dict(model._default_manager.in_bulk(ids)) if ids else {}

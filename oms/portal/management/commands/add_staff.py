"""manage.py add_staff: the first people of an installation, and everybody after them, without a page."""

from __future__ import annotations

import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms.accounts.roles import ROLES
from oms.accounts.staff import add_staff
from oms.catalog.models import Category, Shop
from oms.core.errors import UnableTo
from warehouse.models import Warehouse


class Command(BaseCommand):
    help = "Add a member of the staff with roles, shops and warehouses. Without --password-stdin a password is made and shown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the name that pages show")
        parser.add_argument("--role", action="append", default=[], choices=[role.code for role in ROLES])
        parser.add_argument("--shop", action="append", default=[], metavar="CODE")
        parser.add_argument("--warehouse", action="append", default=[], metavar="CODE")
        parser.add_argument(
            "--category", action="append", default=[], metavar="NAME", help="goods of these categories alone"
        )
        parser.add_argument("--all-shops", action="store_true")
        parser.add_argument("--all-warehouses", action="store_true")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *_args: Any, **given: Any) -> None:
        password = sys.stdin.readline().rstrip("\n") if given["password_stdin"] else secrets.token_urlsafe(12)
        try:
            staff = add_staff(
                given["username"],
                password,
                display_name=given["name"],
                roles=given["role"],
                shop_ids=_ids(Shop, given["shop"]),
                warehouse_ids=_ids(Warehouse, given["warehouse"]),
                category_ids=_ids(Category, given["category"]) if given["category"] else None,
                all_shops=given["all_shops"],
                all_warehouses=given["all_warehouses"],
            )
        except UnableTo as error:
            raise CommandError(str(error)) from error
        shown = "" if given["password_stdin"] else f", password {password}"
        self.stdout.write(f"{staff.username}: {', '.join(given['role']) or 'no role'}{shown}")


def _ids(model: type[Shop] | type[Warehouse] | type[Category], codes: list[str]) -> list[int]:
    """The ids of the shops, warehouses or categories with these codes (categories: names). Raises CommandError."""
    by = "name" if model is Category else "code"
    ids = dict(model._default_manager.filter(**{f"{by}__in": codes}).values_list(by, "pk"))
    unknown = sorted(set(codes) - ids.keys())
    if unknown:
        raise CommandError(f"There is no {model._meta.model_name} with the {by} {unknown[0]}.")
    return sorted(ids.values())

"""Reads for screens and API, limited to what the caller may see."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, Q, QuerySet, TextField, Value

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Barcode, Listing, Product, Receiver, Shop, Sku
from oms.catalog.models.receiver import NAME_PURPOSE, PHONE_PURPOSE
from oms.core.crypto import blind_index

FOUND = 500
"""Receivers of one name or phone that are looked at, the newest first."""


def listing_list(staff: Staff, *, matched: bool) -> QuerySet[Listing]:
    """The listings that are bound to a SKU, or those that wait for a person; newest first."""
    found = Listing.objects.select_related("shop", "sku__product").filter(sku__isnull=not matched)
    return scoped(found, staff).order_by("-seen_at", "-id")


def unmatched_count(staff: Staff) -> int:
    """How many listings wait for a person."""
    return scoped(Listing.objects.filter(sku__isnull=True), staff).count()


def shops_to_authorise(staff: Staff, soon: dt.datetime) -> int:
    """Of how many shops in use the platform takes no calls any more, or will not from a moment before ``soon`` on."""
    broken = Q(authorisation__in=[Shop.Authorisation.EXPIRED, Shop.Authorisation.REFUSED])
    return scoped(Shop.objects.filter(broken | Q(session_expires_at__lt=soon), enabled=True), staff).count()


def search_listings(found: QuerySet[Listing], text: str) -> QuerySet[Listing]:
    """The listings whose title holds the text, or whose item id or merchant code it is."""
    if not text:
        return found
    return found.filter(
        Q(title__icontains=text)
        | Q(item_id=text)
        | Q(platform_sku_id=text)
        | Q(sku_code__iexact=text)
        | Q(item_code__iexact=text)
        | Q(sku__code__iexact=text)
    )


def all_skus(staff: Staff) -> QuerySet[Sku]:
    """The SKUs that the staff member may see, with what a list names of them, by merchant code."""
    return scoped(Sku.objects.select_related("product").prefetch_related("barcodes"), staff).order_by("code")


def sku_of(staff: Staff, code: str) -> Sku | None:
    """The SKU with this merchant code, if the staff member may see it."""
    if "\0" in code:
        return None
    return scoped(Sku.objects.select_related("product").filter(code=code), staff).first()


def search_skus(found: QuerySet[Sku], text: str) -> QuerySet[Sku]:
    """The SKUs whose code begins with the text, whose name or specification holds it, or whose barcode it is; case does not matter."""
    if not text:
        return found
    parts = [part.order_by().values("id") for part in _parts(Sku.objects.all(), text)]
    return found.filter(id__in=parts[0].union(*parts[1:], all=True))


def _parts(skus: QuerySet[Sku], text: str) -> list[QuerySet[Sku]]:
    """The SKUs in parts, each found by an index of its own: joined by OR they would read all the goods."""
    wanted = _Grams(Value(text, TextField()))
    products = Product.objects.alias(grams=_Grams("name")).filter(grams__contains=wanted, name__icontains=text)
    return [
        skus.filter(id__in=Barcode.objects.filter(code=text).order_by().values("sku_id")),
        skus.filter(code__istartswith=text),
        skus.alias(grams=_Grams("spec")).filter(grams__contains=wanted, spec__icontains=text),
        skus.filter(product__in=products.order_by().values("id")),
    ]


def guess_skus(staff: Staff, text: str, most: int) -> list[Sku]:
    """A few of the SKUs in use that ``search_skus`` finds, by merchant code: all of them where they are few, and otherwise those that
    each index has first, so that a word of two thousand products costs what one of five does."""
    skus = scoped(Sku.objects.filter(enabled=True), staff)
    parts = [part.order_by().values("id")[:most] for part in _parts(skus, text)]
    found = scoped(Sku.objects.select_related("product"), staff)
    return list(found.filter(id__in=parts[0].union(*parts[1:], all=True)).order_by("code")[:most])


class _Grams(Func):
    """Every character of a text, and every two neighbouring ones, in small letters (a function of the database).

    What holds a text has all of its grams; whether it has them in that order is to be looked at again.
    """

    function = "catalog_grams"
    output_field = ArrayField(TextField())


def sku_list(staff: Staff, text: str = "", *, enabled: bool = True) -> QuerySet[Sku]:
    """SKUs in use (or not in use) whose code begins with the text, whose name or specification holds it, or whose barcode it is."""
    found = Sku.objects.select_related("product").filter(enabled=enabled).order_by("code")
    return search_skus(scoped(found, staff), text)


def receiver_ids(text: str) -> list[int]:
    """The newest receivers whose whole name or phone this is, found without opening any."""
    name, phone = blind_index(text, NAME_PURPOSE), blind_index(text, PHONE_PURPOSE)
    if name is None or phone is None:
        return []
    found = Receiver.objects.filter(Q(name_index=name) | Q(phone_index=phone), erased_at__isnull=True)
    return list(found.order_by("-id").values_list("id", flat=True)[:FOUND])


def find_skus(staff: Staff, text: str) -> list[Sku]:
    """The SKU whose merchant code or barcode this is, in use or not."""
    skus = scoped(Sku.objects.select_related("product"), staff)
    ids = Sku.objects.filter(code=text).order_by().values("id")
    by_barcode = Barcode.objects.filter(code=text).order_by().values("sku_id")
    return sorted(skus.filter(id__in=ids.union(by_barcode, all=True)), key=lambda sku: (sku.code != text, sku.code))

"""Schemes read out: what they name by ids is looked up, for any number of schemes in four queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from oms.catalog.models import Product, Region, Shop, Sku
from promotions.engine.values import SchemeFacts
from promotions.load import gift_skus
from promotions.words import InWords, in_short, listed, sentence_of, short_of


@dataclass(frozen=True, slots=True)
class Names:
    """The names of what schemes point at. Regions by the digits that stand in schemes (33, 3301, 330106)."""

    skus: Mapping[int, str]
    products: Mapping[int, str]
    shops: Mapping[int, str]
    regions: Mapping[str, str]


def sku_names(sku_ids: Iterable[int]) -> dict[int, str]:
    """SKUs as people call them: product and specification. One query."""
    rows = Sku.objects.filter(id__in=sorted(set(sku_ids))).values_list("id", "product__name", "spec")
    return {sku_id: f"{name} {spec}".strip() for sku_id, name, spec in rows}


def region_code(digits: str) -> str:
    """33 as 330000."""
    return digits.ljust(6, "0")


def load_names(schemes: Iterable[SchemeFacts]) -> Names:
    """Look up what the schemes name. Four queries."""
    every = list(schemes)
    skus = {sku for scheme in every for sku in (*scheme.scope.skus, *scheme.scope.without_skus)} | gift_skus(every)
    products = {product for scheme in every for product in scheme.scope.products}
    shops = {shop for scheme in every for shop in scheme.shops}
    regions = {region for scheme in every for region in scheme.regions}
    codes = dict(
        Region.objects.filter(code__in={region_code(region) for region in regions}).values_list("code", "name")
    )
    return Names(
        sku_names(skus),
        dict(Product.objects.filter(id__in=products).values_list("id", "name")),
        dict(Shop.objects.filter(id__in=shops).values_list("id", "name")),
        {region: codes.get(region_code(region), region) for region in regions},
    )


def _goods(scheme: SchemeFacts, names: Names) -> str:
    scope = scheme.scope
    parts = [
        in_short([names.skus.get(sku, str(sku)) for sku in sorted(scope.skus)]),
        in_short([names.products.get(product, str(product)) for product in sorted(scope.products)]),
        _("the category %(names)s") % {"names": in_short(sorted(scope.categories))} if scope.categories else "",
        _("the brand %(names)s") % {"names": in_short(sorted(scope.brands))} if scope.brands else "",
    ]
    inside = listed(filter(None, parts)) or _("any goods")
    if not scope.without_skus:
        return inside
    without = in_short([names.skus.get(sku, str(sku)) for sku in sorted(scope.without_skus)])
    return _("%(goods)s (but not %(without)s)") % {"goods": inside, "without": without}


def read_out(scheme: SchemeFacts, names: Names) -> str:
    """The scheme as one sentence."""
    words = InWords(
        _goods(scheme, names),
        in_short([names.shops.get(shop, str(shop)) for shop in sorted(scheme.shops)]),
        in_short([names.regions.get(region, region) for region in scheme.regions], 6),
        names.skus,
    )
    return sentence_of(scheme, words)


def read_short(scheme: SchemeFacts, names: Names) -> str:
    """What the scheme gives for how much."""
    return short_of(scheme, names.skus)


def sentences(schemes: Sequence[SchemeFacts]) -> dict[int, str]:
    """The sentence of each scheme by its id. Four queries."""
    names = load_names(schemes)
    return {scheme.id: read_out(scheme, names) for scheme in schemes}

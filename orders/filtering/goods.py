"""Fields about what is in an order: SKUs, products, categories, and the campaigns that gave something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from oms.accounts.scopes import scoped
from oms.catalog.models import Category, Product, Sku
from orders.filtering.base import HAS_OR_NOT, MOST_VALUES, Asker, Choice, Op, Values, any_of, no_such, split_values
from orders.filtering.lists import OFFERED, Chosen, References
from orders.models import OrderLine
from promotions.models import Scheme

_SPELT_OUT = 2000
"""SKUs that a condition names one by one; a category of more is asked for by a subquery."""


def with_line(*conditions: Q, **values: Any) -> Q:
    """The order has a line that meets the conditions."""
    return Q(Exists(OrderLine.objects.filter(*conditions, order=OuterRef("pk"), **values)))


class Level(StrEnum):
    """What of the item master is chosen."""

    SKU = "sku"
    PRODUCT = "product"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Goods(Chosen):
    """What the lines hold, by code; categories by name, with all that lies under them.

    A component counts as its bundle too; for ``ONLY`` gifts do not count.
    """

    level: Level
    operators: ClassVar[Mapping[Op, Promise]] = {**HAS_OR_NOT, Op.ONLY: pgettext_lazy("filter", "contains nothing but")}

    def read(self, text: str, asker: Asker) -> Values:
        codes = split_values(text)
        found: dict[str, Choice]
        if self.level == Level.CATEGORY:
            rows = scoped(Category.objects.filter(name__in=codes), asker.staff).values_list("name", "id")
            found = {name: Choice(name, name, pk) for name, pk in rows}
        else:
            found = {choice.code: choice for choice in self._named(Q(code__in=codes), asker)}
        for code in codes:
            if code not in found:
                raise no_such(code)
        return tuple(found[code] for code in codes)

    def _named(self, condition: Q, asker: Asker) -> list[Choice]:
        """SKUs or products by code and name, those that the person may see."""
        if self.level == Level.PRODUCT:
            products = scoped(Product.objects.filter(condition), asker.staff)
            rows = products.values_list("id", "code", "name")[:MOST_VALUES]
            return [Choice(code, f"{name} ({code})", pk) for pk, code, name in rows]
        found = scoped(Sku.objects.filter(condition), asker.staff)
        skus = found.values_list("id", "code", "product__name", "spec")[:MOST_VALUES]
        return [Choice(code, " ".join(filter(None, (code, name, spec))), pk) for pk, code, name, spec in skus]

    def condition(self, values: Values, asker: Asker) -> Q:
        return with_line(self._of_line(values))

    def _of_line(self, values: Values) -> Q:
        keys: Any = [choice.key for choice in values]
        if self.level != Level.SKU:
            of = "product__in" if self.level == Level.PRODUCT else "product__category__path__overlap"
            skus = Sku.objects.filter(**{of: keys}).order_by().values_list("id", flat=True)
            # Ids that are spelt out let the planner see how few lines they mean.
            ids = list(skus[: _SPELT_OUT + 1])
            keys = ids if len(ids) <= _SPELT_OUT else skus
        return Q(sku__in=keys) | Q(bundle_sku__in=keys)

    def q(self, op: Op, values: Values, asker: Asker) -> Q:
        if op != Op.ONLY:
            return super(Goods, self).q(op, values, asker)
        of_line = self._of_line(values)
        return with_line(of_line, is_gift=False) & ~with_line(~of_line, is_gift=False)

    def choices(self, asker: Asker, text: str = "") -> list[Choice]:
        if self.level == Level.CATEGORY:
            found = scoped(Category.objects.filter(name__icontains=text), asker.staff).order_by("name")
            return [Choice(name, name, pk) for name, pk in found.values_list("name", "id")[:OFFERED]]
        lookups = ("code", "name") if self.level == Level.PRODUCT else ("code", "product__name", "spec")
        words = text.split()
        wanted = Q()
        for word in words:
            wanted &= any_of(Q(**{f"{lookup}__icontains": word}) for lookup in lookups)
        return self._named(wanted, asker)[:OFFERED]


@dataclass(frozen=True, slots=True)
class GiftsOf(References):
    """The order holds a gift of a scheme; ``column`` is that of the scheme which is chosen by."""

    operators: ClassVar[Mapping[Op, Promise]] = HAS_OR_NOT

    def condition(self, values: Values, asker: Asker) -> Q:
        keys = [choice.key for choice in values]
        schemes: QuerySet[Any, Any] = Scheme.objects.filter(**{f"{self.column}__in": keys}).values("id")
        return with_line(gift_scheme_id__in=schemes)

"""Which goods are in the parcel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import BadCondition, Condition, choice_of, ids_of
from orders.engine.texts import N_, Ids, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


ONLY, ANY, NONE = "only", "any", "none"


@dataclass(frozen=True, slots=True)
class Products(Condition):
    """Of the SKUs: ``only`` these ship, ``any`` of them ships, or ``none`` of them ships."""

    KIND: ClassVar[str] = "products"
    LABEL: ClassVar[str] = N_("Products")
    FIELDS: ClassVar[tuple[str, ...]] = ("mode", "skus")
    CODES: ClassVar[Mapping[str, str]] = {
        "other_products": N_("there are other products in it"),
        "product_missing": N_("none of the asked products is in it"),
        "product_barred": N_("a product is in it that must not be"),
    }

    mode: str
    skus: frozenset[int]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        skus = ids_of(data, "skus")
        if not skus:
            raise BadCondition(Sentence(N_("Name a product."), {}))
        return cls(choice_of(data, "mode", (ONLY, ANY, NONE)), skus)

    def failure(self, applicant: Applicant) -> str | None:
        found = applicant.skus & self.skus
        if self.mode == ONLY:
            return None if len(found) == len(applicant.skus) else "other_products"
        if self.mode == ANY:
            return None if found else "product_missing"
        return "product_barred" if found else None

    def clash(self, other: Condition) -> Sentence | None:
        if not isinstance(other, Products) or other.mode != NONE or self.mode == NONE:
            return None
        if self.skus <= other.skus:
            both = Ids("sku", tuple(sorted(self.skus)))
            return Sentence(N_("The same product must be in the order and must not be: %(skus)s."), {"skus": both})
        return None

    def sentence(self) -> Sentence:
        skus = {"skus": Ids("sku", tuple(sorted(self.skus)))}
        if self.mode == ONLY:
            return Sentence(N_("nothing but %(skus)s is in it"), skus)
        if self.mode == ANY:
            return Sentence(N_("%(skus)s is in it"), skus)
        return Sentence(N_("%(skus)s is not in it"), skus)

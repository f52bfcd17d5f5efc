"""The categories of the goods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import BadCondition, Condition, choice_of, words_of
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


ONLY, ANY, NONE = "only", "any", "none"


@dataclass(frozen=True, slots=True)
class Category(Condition):
    """Of the categories, each with all that lies under it: ``only`` these ship, ``any`` of them ships, or ``none`` of them ships."""

    KIND: ClassVar[str] = "category"
    LABEL: ClassVar[str] = N_("Categories")
    RANK: ClassVar[int] = 2
    FIELDS: ClassVar[tuple[str, ...]] = ("mode", "categories")
    CODES: ClassVar[Mapping[str, str]] = {
        "other_categories": N_("there are goods of other categories in it"),
        "category_missing": N_("nothing of the asked categories is in it"),
        "category_barred": N_("goods of a category are in it that must not be"),
    }

    mode: str
    categories: frozenset[str]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        categories = frozenset(words_of(data, "categories"))
        if not categories:
            raise BadCondition(Sentence(N_("Name a category."), {}))
        return cls(choice_of(data, "mode", (ONLY, ANY, NONE)), categories)

    def failure(self, applicant: Applicant) -> str | None:
        found = [goods for goods in applicant.categories if not self.categories.isdisjoint(goods)]
        if self.mode == ONLY:
            return None if len(found) == len(applicant.categories) else "other_categories"
        if self.mode == ANY:
            return None if found else "category_missing"
        return "category_barred" if found else None

    def clash(self, other: Condition) -> Sentence | None:
        if not isinstance(other, Category) or other.mode != NONE or self.mode == NONE:
            return None
        if self.categories <= other.categories:
            names = "、".join(sorted(self.categories))
            return Sentence(
                N_("The same category must be in the order and must not be: %(categories)s."), {"categories": names}
            )
        return None

    def sentence(self) -> Sentence:
        names = {"categories": "、".join(sorted(self.categories))}
        if self.mode == ONLY:
            return Sentence(N_("all goods are of the categories %(categories)s"), names)
        if self.mode == ANY:
            return Sentence(N_("goods of the categories %(categories)s are in it"), names)
        return Sentence(N_("no goods of the categories %(categories)s are in it"), names)

"""What people type or paste into a scheme, resolved: merchant codes, product codes, categories, brands, regions by name.

Every function takes the text and returns what it found with what it did not, so that each unknown name can be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Q

from oms.catalog.models import Category, Product, Region, Sku
from oms.catalog.regions import region_index, stem

T = TypeVar("T", int, str)

_CODES = re.compile(r"[\s,，;；、]+")
_NAMES = re.compile(r"[\n\r\t,，;；、]+")
_WITHIN = re.compile(r"[\s/>]+")
_DIGITS = {1: 2, 2: 4, 3: 6}
"""Digits of a region's code that name a whole province, city or district."""


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What was named, in the order it was typed, each once; and the texts that name nothing."""

    values: tuple[T, ...] = ()
    unknown: tuple[str, ...] = ()


def codes_in(text: str) -> list[str]:
    """The codes of a text, each once: blanks, commas and line ends lie between them."""
    return list(dict.fromkeys(filter(None, _CODES.split(text.replace("\0", "")))))


def names_in(text: str) -> list[str]:
    """The names of a text, each once: commas and line ends lie between them, blanks may stand within."""
    return list(dict.fromkeys(name for part in _NAMES.split(text.replace("\0", "")) if (name := part.strip())))


def _found(texts: Iterable[str], known: dict[str, T]) -> Found[T]:
    rows = [(text, known.get(text)) for text in texts]
    values = dict.fromkeys(value for _text, value in rows if value is not None)
    return Found(tuple(values), tuple(text for text, value in rows if value is None))


def find_skus(codes: Sequence[str]) -> Found[int]:
    """SKUs by merchant code. One query."""
    return _found(codes, dict(Sku.objects.filter(code__in=codes).values_list("code", "id")))


def find_products(codes: Sequence[str]) -> Found[int]:
    """Products by code. One query."""
    return _found(codes, dict(Product.objects.filter(code__in=codes).values_list("code", "id")))


def find_categories(names: Sequence[str]) -> Found[str]:
    """Categories by name. One query."""
    return _found(
        names, {name: name for name in Category.objects.filter(name__in=names).values_list("name", flat=True)}
    )


def find_brands(names: Sequence[str]) -> Found[str]:
    """Brands that some product has. One query."""
    rows = Product.objects.filter(brand__in=names).order_by().values_list("brand", flat=True).distinct()
    return _found(names, {name: name for name in rows})


def find_regions(names: Sequence[str]) -> Found[str]:
    """Regions as the digits schemes keep (33, 3301, 330106).

    A name alone must be the only one of its kind ("浙江", "杭州"); "浙江 杭州 西湖区" says where it lies. At most one query, besides
    the index of the regions that a process reads once.
    """
    alone = _alone([name for name in names if len(_parts(name)) == 1])
    known = {name: digits for name in names if (digits := alone.get(name) or _placed(_parts(name)))}
    return _found(names, known)


def _parts(name: str) -> list[str]:
    return [part for part in _WITHIN.split(name) if part]


def _placed(parts: Sequence[str]) -> str | None:
    if not 2 <= len(parts) <= 3:
        return None
    code = region_index().resolve(*parts, *[""] * (3 - len(parts)))
    if code is None:
        return None
    digits = code.removesuffix("00").removesuffix("00")
    # Less exact than what was typed means that the last name is not known there.
    return digits if len(digits) >= 2 * len(parts) else None


def _alone(names: Sequence[str]) -> dict[str, str]:
    if not names:
        return {}
    asked = Q()
    for name in names:
        asked |= Q(name__startswith=stem(name))
    rows = list(Region.objects.filter(asked).order_by("level", "code").values_list("code", "name", "level"))
    found: dict[str, str] = {}
    for name in names:
        same = [(level, code) for code, full, level in rows if full == name or stem(full) == stem(name)]
        highest = [code[: _DIGITS[level]] for level, code in same if level == min(same)[0]]
        if len(set(highest)) == 1:
            found[name] = highest[0]
    return found


def region_paths(digits: Sequence[str]) -> list[str]:
    """Regions as they may be typed again: 3301 as 浙江省 杭州市. One query."""
    chains = {one: [one[:size].ljust(6, "0") for size in (2, 4, 6) if size <= len(one)] for one in digits}
    codes = {code for chain in chains.values() for code in chain}
    names = dict(Region.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    return [" ".join(names.get(code, code) for code in chains[one]) for one in digits]

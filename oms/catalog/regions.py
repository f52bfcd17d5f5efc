"""Region names as platforms write them, resolved to GB/T 2260 codes.

Platforms differ ("广西" and "广西壮族自治区"), leave the city empty for counties under the province, and repeat the
municipality's name as its city. Names are compared by their stem: without the suffixes of their kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from oms.catalog.models import Region

_SUFFIXES = (
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "地区",
    "新区",
    "省",
    "市",
    "区",
    "县",
    "盟",
    "旗",
)


_OLD_NAMES = frozenset({"城区", "郊区", "市区", "矿区", "新区"})
"""Names that many cities used for districts which are called otherwise today."""


def _plain(name: str) -> str:
    return "".join(name.split())


@lru_cache(maxsize=16384)
def stem(name: str) -> str:
    """The name without blanks and without the suffix of its kind; at least two characters are kept."""
    plain = _plain(name)
    for suffix in _SUFFIXES:
        if plain.endswith(suffix) and len(plain) - len(suffix) >= 2:
            return plain[: -len(suffix)]
    return plain


class RegionIndex:
    """Resolves province, city and district names; built once and kept, since regions change once a year.

    A full name goes before its stem, because 伊宁市 and 伊宁县 have the same one; a stem that several places of a city or
    province share fixes none of them.
    """

    def __init__(self, rows: Iterable[tuple[str, str, str | None, int]]) -> None:
        self._provinces: dict[str, str] = {}
        self._cities: dict[tuple[str, str], str] = {}
        self._within: dict[tuple[str, str], list[str]] = {}
        self._homes: dict[str, set[str]] = {}
        self._names: dict[str, str] = {}
        self._children: dict[str, list[str]] = {}
        for code, name, parent, level in rows:
            key = stem(name)
            self._names[code] = name
            self._children.setdefault(parent or "", []).append(code)
            if level == 1:
                self._provinces[key] = code
            elif level == 2:
                self._cities[code[:2], key] = code
                self._homes.setdefault(key, set()).add(code[:2])
            else:
                for place in (code[:2], code[:4]):
                    for text in {key, _plain(name)}:
                        self._within.setdefault((place, text), []).append(code)

    def resolve(self, province: str, city: str, district: str) -> str | None:
        """The code of the smallest region that the names fix without doubt; None when not even the province is known.

        A district that belongs to another city than the one named is not guessed at: the city's code is returned. Only a
        municipality's counties, which stand beside its city and not in it, are looked for in the whole of it.
        """
        province_code = self._provinces.get(stem(province)) if province else None
        if province_code is None:
            return None
        two = province_code[:2]
        city_code = self._cities.get((two, stem(city))) if city else None
        if city_code is None:
            return self._district(two, district) or self._district(two, city) or province_code
        found = self._district(city_code[:4], district)
        if found is None and stem(city) == stem(province):
            found = self._district(two, district)
        return found or city_code

    def conflict(self, province: str, city: str, district: str) -> str:
        """The name that contradicts the rest of the address: a city of another province, a district of another city; else "".

        A name that is not known anywhere (a development zone, a new district) contradicts nothing.
        """
        province_code = self._provinces.get(stem(province)) if province else None
        if province_code is None or not city:
            return ""
        two, key = province_code[:2], stem(city)
        city_code = self._cities.get((two, key))
        if city_code is None:
            is_county = (two, _plain(city)) in self._within or (two, key) in self._within
            return "" if is_county or key == stem(province) or key not in self._homes else city
        if not district or key == stem(province) or _plain(district) in _OLD_NAMES:
            return ""
        at_home = (city_code[:4], _plain(district)) in self._within or (city_code[:4], stem(district)) in self._within
        return "" if at_home or (two, _plain(district)) not in self._within else district

    def read(self, text: str) -> tuple[str, str, str, str]:
        """Province, city and district that an address without blanks begins with, by their full names, and what follows.

        A city whose name is in one province alone may stand without it. Four empty texts when no province can be told.
        """
        plain = _plain(text)
        province, rest = self._begins(plain, self._children.get("", ()))
        city = ""
        if not province:
            cities = [code for codes in self._homes_of().values() if len(codes) == 1 for code in codes]
            city, rest = self._begins(plain, cities)
            province = f"{city[:2]}0000" if city else ""
        if not province:
            return "", "", "", ""
        if not city:
            city, rest = self._begins(rest, self._children.get(province, ()))
        district, rest = self._begins(rest, self._children.get(city or province, ()))
        if not district and not city:
            below = [code for code in self._names if code[:2] == province[:2] and not code.endswith("00")]
            district, rest = self._begins(rest, below)
        if not city and district and f"{district[:4]}00" in self._names:
            city = f"{district[:4]}00"
        if city == district:
            district = ""
        names = self._names
        return names[province], names.get(city, ""), names.get(district, ""), rest

    def _homes_of(self) -> dict[str, set[str]]:
        """Codes of cities by their stem."""
        found: dict[str, set[str]] = {}
        for (_province, key), code in self._cities.items():
            found.setdefault(key, set()).add(code)
        return found

    def _begins(self, text: str, codes: Iterable[str]) -> tuple[str, str]:
        """The place of these with the longest name that the text begins with, and the text after it."""
        best, length = "", 0
        for code in codes:
            for name in (_plain(self._names[code]), stem(self._names[code])):
                if len(name) > length and text.startswith(name):
                    best, length = code, len(name)
        return best, text[length:]

    def _district(self, place: str, name: str) -> str | None:
        """The one district of that name within the first digits of a code."""
        for text in (_plain(name), stem(name)) if name else ():
            candidates = self._within.get((place, text), [])
            if len(candidates) == 1:
                return candidates[0]
        return None


@lru_cache(maxsize=1)
def region_index() -> RegionIndex:
    """The index of the regions in the database, read once per process; ``region_index.cache_clear()`` after loading."""
    return RegionIndex(Region.objects.order_by("code").values_list("code", "name", "parent_id", "level"))

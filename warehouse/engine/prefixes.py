"""Region codes and their prefixes: "" is the whole country, "33" a province, "3301" a city, "330106" a district (GB/T 2260)."""

from __future__ import annotations

import re

PREFIX = re.compile(r"^(?:\d{2}){0,3}$")


def is_prefix(text: str) -> bool:
    """Whether the text is the prefix of a whole country, province, city or district."""
    return PREFIX.match(text) is not None


def core(region: str) -> str:
    """The code without what it leaves open: a province's 330000 is 33, a city's 330100 is 3301."""
    if region.endswith("0000"):
        return region[:2]
    return region[:4] if region.endswith("00") else region


def longest_first(region: str) -> tuple[str, ...]:
    """The prefixes of a region from its own down to the whole country."""
    return (region, region[:4], region[:2], "")

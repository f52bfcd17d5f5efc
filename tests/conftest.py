"""Fixtures of all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from oms.catalog.regions import region_index


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()
    # Read once per process from a table that the tests fill and empty.
    region_index.cache_clear()

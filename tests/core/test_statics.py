"""What production serves: every script, style and picture under a name of its content, imports included, and compressed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from oms.core.web.statics import Statics
from tests.bench.weight import loaded_by

HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what is collected of our own files and htmx; the packages from npm have none of our imports and weigh megabytes."""
    folder = tmp_path_factory.mktemp("static")
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": f"{Statics.__module__}.{Statics.__name__}"}}
    with override_settings(STATIC_ROOT=folder, STORAGES=storages, STATICFILES_DIRS=[settings.ROOT / "static"]):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


def test_modules_import_each_other_by_names_that_can_be_kept_for_good(collected: Path) -> None:
    names: dict[str, str] = json.loads((collected / "staticfiles.json").read_text())["paths"]
    scripts = [name for name in names if name.startswith("js/")]
    imported: set[str] = set()
    for name in scripts:
        text = (collected / names[name]).read_text()
        imported.update(re.findall(r"""\bfrom\s*["']\.?/?([^"']+)["']""", text))
    assert len(imported) > 5
    for module in imported:
        assert HASHED.search(module), module
        assert (collected / "js" / module).is_file()
        assert (collected / "js" / f"{module}.gz").is_file()


def test_the_modules_of_every_page_are_asked_for_at_once() -> None:
    shell = Path("templates/shell.html").read_text()
    preloaded = set(re.findall(r"""rel="modulepreload" href="{% static '([^']+)' %}""", shell))
    page = '<script src="/static/js/shell.js"'
    assert preloaded | {"js/shell.js"} == loaded_by(page)

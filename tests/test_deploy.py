"""The production shape, as far as it can be checked without containers: the file is parsed, and each service's command is run by hand."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from oms.config import ROOT, Config
from tests.settings import DATABASES

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SECRETS = re.compile(r"\$\{(\w*(?:PASSWORD|SECRET|KEYS?)\w*)([^}]*)\}")
KEY = base64.b64encode(bytes(range(32))).decode()


def production(**changes: str) -> dict[str, str]:
    """The environment of a production process, with nothing of the tests' own settings (the browser's sets Django's)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMS_", "DJANGO_"))}
    return kept | {
        "OMS_MODE": "production",
        "OMS_ENV_FILE": "",
        "OMS_SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        "OMS_FIELD_KEYS": f"k1:{KEY}",
        "OMS_BLIND_INDEX_KEY": KEY,
        "OMS_ALLOWED_HOSTS": "oms.example.com",
        "OMS_PROXIES": "1",
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": "redis://:secret@127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "oms.settings",
        **changes,
    }


def run(*command: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    # The interpreter's folder first, as the image's PATH has it.
    values = environment or production()
    values["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{values['PATH']}"
    return subprocess.run(command, cwd=ROOT, env=values, capture_output=True, text=True, timeout=60, check=False)


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {"db", "redis", "migrate", "web", "worker", "caller", "beat", "sandbox"}
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    found = SECRETS.findall(text)
    assert found
    assert [name for name, rest in found if not rest.startswith(":?")] == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_watches_its_health_and_has_little_power(name: str) -> None:
    service = SERVICES[name]
    assert "healthcheck" in service or name == "migrate"
    assert service["image"].rsplit(":", 1)[-1] not in {"latest", ""}
    assert not service.get("privileged")
    if name in OURS:
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True


@pytest.mark.parametrize("name", [name for name in OURS if name != "sandbox"])
def test_every_variable_is_a_setting(name: str) -> None:
    known = {f"OMS_{field}".upper() for field in Config.model_fields} | {"DATABASE_URL", "REDIS_URL"}
    assert set(SERVICES[name]["environment"]) <= known


def test_the_image_is_pinned_and_not_run_by_root() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert all(re.search(r":\d+\.\d+\.\d+-", base) for base in bases)
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.M)[-1] == "oms"
    assert "--require-hashes" in DOCKERFILE


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    names = {name for source in sources for name in source.split()}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert names <= allowed
    assert [name for name in sorted(allowed) if not (ROOT / name).exists()] == []


def test_checks_for_production_are_clean() -> None:
    done = run(sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_a_missing_setting_stops_the_start_with_a_sentence() -> None:
    environment = production()
    del environment["OMS_BLIND_INDEX_KEY"]
    done = run(sys.executable, "manage.py", "check", environment=environment)
    assert done.returncode != 0
    assert "OMS_BLIND_INDEX_KEY" in done.stderr


# How a service's command is run so that it reads its settings and its code, and ends.
ENDING = {
    "migrate": ["--plan"],
    "web": ["--check-config"],
    "worker": ["--help"],
    "caller": ["--help"],
    "beat": ["--help"],
    "sandbox": ["--help"],
}


@pytest.mark.parametrize("name", OURS)
def test_each_command_can_be_started(name: str) -> None:
    assert DATABASES["default"]["ENGINE"]
    done = run(*SERVICES[name]["command"], *ENDING[name])
    assert done.returncode == 0, done.stderr


def test_lock_files_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json"):
        assert "://" not in (ROOT / name).read_text()


def test_the_worker_knows_every_task_of_the_beat() -> None:
    code = (
        "import django; django.setup(); from oms.celery import app; app.loader.import_default_modules();"
        "missing = {e['task'] for e in app.conf.beat_schedule.values()} - set(app.tasks); print(sorted(missing))"
    )
    done = run(sys.executable, "-c", code)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr

"""Settings of the tests: our own, on a PostgreSQL server started for them (or on DATABASE_URL)."""

import os

os.environ["OMS_ENV_FILE"] = ""
os.environ["OMS_MODE"] = "test"
os.environ["OMS_HTTPS"] = "false"
os.environ["OMS_GATEWAY_ALLOW_PRIVATE"] = "true"
os.environ["REDIS_URL"] = ""

if not os.environ.get("DATABASE_URL"):
    from oms.config import LOCAL
    from oms.embedded.postgres import FAST, SAFE, Postgres

    os.environ["DATABASE_URL"] = Postgres(LOCAL / "test" / "postgres", SAFE | FAST, keep=False).url

from oms.settings import *  # noqa: F403 - the environment must be set first

CELERY_TASK_ALWAYS_EAGER = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

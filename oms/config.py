"""The settings that an operator gives, read from the environment and checked once at start-up.

Nothing is assumed in production: a value that is missing or malformed stops the start with a sentence for each. The mode
``development`` (what ``make`` uses on a machine of one's own) fills in what production must be given.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]
LOCAL = ROOT / ".local"
KEY_BYTES = 32

FieldKeys = tuple[tuple[str, bytes], ...]
Names = Annotated[tuple[str, ...], NoDecode]


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes in base64, is {len(key)}")
    return key


class Config(BaseSettings):
    """Typed environment variables; docs/operations.md describes each."""

    model_config = SettingsConfigDict(
        env_prefix="OMS_",
        env_file=os.environ.get("OMS_ENV_FILE", LOCAL / "env") or None,
        extra="ignore",
        populate_by_name=True,
    )

    mode: Literal["production", "development", "test"] = "production"
    secret_key: SecretStr = SecretStr("")
    database_url: str = Field("", validation_alias="DATABASE_URL")
    redis_url: str = Field("", validation_alias="REDIS_URL")
    field_keys: Annotated[FieldKeys, NoDecode] = ()
    blind_index_key: Annotated[bytes, NoDecode] = b""
    allowed_hosts: Names = ()
    trusted_origins: Names = ()
    https: bool = True
    proxies: int = Field(0, ge=0, le=5)
    gateway_allow_private: bool = False
    process: Literal["web", "worker"] = "worker"
    statement_timeout_s: int = Field(120, ge=1, le=3600)
    web_statement_timeout_s: int = Field(20, ge=1, le=3600)
    keep_calls_days: int = Field(7, ge=1)
    keep_messages_days: int = Field(30, ge=1)
    keep_jobs_days: int = Field(90, ge=1)
    keep_sign_ins_days: int = Field(180, ge=1)
    keep_raw_trades_days: int = Field(730, ge=0)
    receivers_a_day: int = Field(100, ge=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    data_dir: Path = LOCAL / "data"

    @property
    def database_limits(self) -> dict[str, int]:
        """Seconds after which PostgreSQL ends a statement, a wait for a lock, and a transaction that does nothing.

        A person waits for a page; nobody waits for a worker, but whoever needs its locks.
        """
        web = self.process == "web"
        return {
            "statement_timeout": self.web_statement_timeout_s if web else self.statement_timeout_s,
            "lock_timeout": 10 if web else 30,
            "idle_in_transaction_session_timeout": 30 if web else 120,
        }

    @field_validator("allowed_hosts", "trusted_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("field_keys", mode="before")
    @classmethod
    def _read_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        keys = []
        for part in filter(None, (part.strip() for part in value.split(","))):
            name, colon, key = part.partition(":")
            if not colon or not name or len(name) > 32:
                raise ValueError("must be a list such as k2:BASE64,k1:BASE64, the newest key first")
            keys.append((name, _key(key)))
        return tuple(keys)

    @field_validator("blind_index_key", mode="before")
    @classmethod
    def _read_key(cls, value: object) -> object:
        return _key(value) if isinstance(value, str) and value else value or b""

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, value: str) -> str:
        try:
            dsn = parse_dsn(value)
        except ProgrammingError as error:
            raise ValueError(f"is not a PostgreSQL address: {error}".strip()) from error
        if value and "dbname" not in dsn:
            raise ValueError("must name a database: postgresql://user:password@host:5432/name")
        return value

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"redis", "rediss"}:
            raise ValueError("must be an address such as redis://:password@host:6379/0")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Config:
        if self.mode == "production":
            self._require()
        else:
            self._fill_in()
        return self

    def _require(self) -> None:
        secret = self.secret_key.get_secret_value()
        missing = [
            name
            for name, given in (
                ("DATABASE_URL", self.database_url),
                ("REDIS_URL", self.redis_url),
                ("OMS_SECRET_KEY", secret),
                ("OMS_FIELD_KEYS", self.field_keys),
                ("OMS_BLIND_INDEX_KEY", self.blind_index_key),
                ("OMS_ALLOWED_HOSTS", self.allowed_hosts),
            )
            if not given
        ]
        if missing:
            raise ValueError(
                f"these must be set: {', '.join(missing)} (docs/operations.md). "
                "On a machine of one's own, OMS_MODE=development fills them in."
            )
        if len(secret) < 50:
            raise ValueError("OMS_SECRET_KEY must have at least 50 characters")

    def _fill_in(self) -> None:
        def derived(name: str) -> bytes:
            return hashlib.sha256(f"not secret, {self.mode} only: {name}".encode()).digest()

        if not self.secret_key.get_secret_value():
            self.secret_key = SecretStr(derived("secret").hex())
        self.field_keys = self.field_keys or (("dev", derived("field")),)
        self.blind_index_key = self.blind_index_key or derived("index")
        self.allowed_hosts = self.allowed_hosts or ("localhost", "127.0.0.1", "[::1]", "testserver")
        self.database_url = self.database_url or f"postgresql://postgres@/postgres?host={LOCAL / 'postgres'}"


def load_config() -> Config:
    """The configuration. Raises ImproperlyConfigured with a sentence for every value that is wrong."""
    try:
        return Config()  # type: ignore[call-arg]  # the environment gives them
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else ""
            label = name if name.isupper() or not name else f"OMS_{name.upper()}"
            lines.append(f"{label}: {problem['msg']}".removeprefix(": ").replace("Value error, ", ""))
        raise ImproperlyConfigured("The settings are not complete.\n" + "\n".join(lines)) from None

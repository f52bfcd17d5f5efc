"""Model fields whose values are encrypted at rest."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2 import Binary

from oms.core import crypto


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text that is stored sealed (``oms.core.crypto``) for ``purpose``; empty text is stored as NULL.

    It cannot be searched: put a ``blind_index`` column beside it.
    """

    def __init__(self, *args: Any, purpose: str = "", **kwargs: Any) -> None:
        self.purpose = purpose
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["purpose"] = self.purpose
        return name, path, args, kwargs

    def from_db_value(self, value: Any, _expression: Any, _connection: BaseDatabaseWrapper) -> str:
        return "" if value is None else crypto.open_sealed(value, self.purpose)

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "":
            return None
        return crypto.seal(str(value), self.purpose)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        sealed = value if prepared else self.get_prep_value(value)
        return None if sealed is None else Binary(sealed)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def get_default(self) -> str:
        return ""

"""Calls and forms that may be repeated: with a key an action happens once, and every repetition gets the first answer.

The key is inserted in the transaction that does the work and keeps the answer. A twin that comes meanwhile waits at the unique index
until the first has committed, and then reads its answer; when the first fails, nothing of it is left and the twin does the work.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.db import connection, transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from oms.accounts.models import IdempotentCall
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo

HEADER = "Idempotency-Key"
LONGEST = 128
_FORM = "form·"
"""Before the keys of forms: a program's key is ASCII, and so never one of them."""

F = TypeVar("F", bound=Callable[..., Response])


class KeyReused(UnableTo):
    """The key was used for another call."""

    code = "idempotency_key_reused"


def idempotent(method: F) -> F:
    """Decorator of a viewset's action: honour the Idempotency-Key header."""

    @functools.wraps(method)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return method(view, request, *args, **kwargs)
        if not key.isascii() or not key.isprintable() or not 1 <= len(key) <= LONGEST:
            raise ValidationError(
                {HEADER: [_("Must be 1 to %(count)s visible ASCII characters.") % {"count": LONGEST}]}
            )
        digest = hashlib.sha256(b"\0".join([request.path.encode(), _body(request)])).digest()
        with transaction.atomic():
            if not _claim(signed_in(request).pk, key, digest):
                return _first_answer(signed_in(request).pk, key, digest)
            response = method(view, request, *args, **kwargs)
            _keep(signed_in(request).pk, key, response.status_code, response.data)
            return response

    return cast("F", _documented(once))


def once_for_form(staff_id: int, key: str, act: Callable[[], str]) -> str:
    """What ``act`` came to (the number of what it made): of a form that was sent twice, the first time's, and nothing is done again.

    ``key`` is made with the form; without one, or with one that no form of ours has, the deed is done each time. ``act`` runs in a
    transaction and may raise: then nothing is kept, and the form may be sent again.
    """
    with transaction.atomic():
        if not key or len(key) > LONGEST - len(_FORM) or not key.isascii() or not key.isprintable():
            return act()
        if not _claim(staff_id, _FORM + key, b""):
            return str(IdempotentCall.objects.get(staff_id=staff_id, key=_FORM + key).answer)
        made = act()
        _keep(staff_id, _FORM + key, 200, made)
        return made


def _documented(method: Callable[..., Response]) -> Callable[..., Response]:
    parameter = OpenApiParameter(
        HEADER,
        str,
        OpenApiParameter.HEADER,
        description="Repeating a call with the same key returns the first answer and does nothing again.",
    )
    documented: Callable[..., Response] = extend_schema(parameters=[parameter])(method)
    return documented


def _body(request: Request) -> bytes:
    return json.dumps(request.data, sort_keys=True).encode()


def _keep(staff_id: int, key: str, status: int, answer: Any) -> None:
    IdempotentCall.objects.filter(staff_id=staff_id, key=key).update(status=status, answer=_jsonable(answer))


def _claim(staff_id: int, key: str, digest: bytes) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_idempotentcall (staff_id, key, digest, created_at) VALUES (%s, %s, %s, now()) "
            "ON CONFLICT (staff_id, key) DO NOTHING RETURNING id",
            [staff_id, key, digest],
        )
        return cursor.fetchone() is not None


def _first_answer(staff_id: int, key: str, digest: bytes) -> Response:
    stored = IdempotentCall.objects.get(staff_id=staff_id, key=key)
    if bytes(stored.digest) != digest:
        raise KeyReused(_("This Idempotency-Key was used for another call. Take a new one for each new call."))
    return Response(stored.answer, status=stored.status, headers={"Idempotent-Replayed": "true"})


def _jsonable(data: Any) -> Any:
    return json.loads(json.dumps(data, cls=JSONEncoder))

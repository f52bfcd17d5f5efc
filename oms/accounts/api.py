"""What all viewsets of /api/v1/ share: data scopes, pages, filters, errors with sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from rest_framework import exceptions
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import exception_handler
from rest_framework.viewsets import ReadOnlyModelViewSet

from oms.accounts.idempotency import KeyReused
from oms.accounts.journal import note_deed, watched
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50
LARGEST_PAGE = 500


class IdCursor(CursorPagination):
    """Pages from the newest to the oldest by id: each costs what it shows, whatever the archive holds."""

    ordering = "-id"
    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE

    def get_page_size(self, request: Request) -> int:
        text = str(request.query_params.get("page_size", PAGE_SIZE))
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= LARGEST_PAGE):
            sentence = _("Must be a number from 1 to %(limit)s.") % {"limit": LARGEST_PAGE}
            raise exceptions.ValidationError({"page_size": [sentence]})
        return int(text)

    def decode_cursor(self, request: Request) -> Cursor | None:
        wrong = exceptions.ValidationError(
            {"cursor": [_("Not a cursor that was given out. Follow “next” and “previous”.")]}
        )
        try:
            cursor = super().decode_cursor(request)
        except exceptions.NotFound:
            raise wrong from None
        position = None if cursor is None or cursor.position is None else str(cursor.position)
        if position is not None and not (position.isascii() and position.isdigit() and len(position) < 19):
            raise wrong
        return cursor


class ScopedViewSet(ReadOnlyModelViewSet[M]):
    """Lists and single records within the caller's data scope; what lies outside is not found.

    ``access`` names the permission of every action. A query parameter that no filter knows is refused, because a
    misspelt filter would otherwise return everything.
    """

    access: ClassVar[Mapping[str, str]] = {}
    detail_serializer_class: type[BaseSerializer[Any]] | None = None
    filterset_class: type[filters.FilterSet] | None = None
    pagination_class = IdCursor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As ever; what was done is kept in the audit log."""
        with watched(request) as watch:
            response = super().dispatch(request, *args, **kwargs)
        user = getattr(self.request, "user", None)
        if isinstance(user, Staff):
            note_deed(request, watch, response.status_code, staff=user)
        return response

    def get_queryset(self) -> QuerySet[M]:
        found = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return found.none()
        return scoped(found, signed_in(self.request))

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        if self.action != "list" and self.detail_serializer_class is not None:
            return self.detail_serializer_class
        return super().get_serializer_class()

    def filter_queryset(self, queryset: Any) -> Any:
        if self.action == "list":
            known = set(self.filterset_class.base_filters if self.filterset_class else ()) | {"cursor", "page_size"}
            unknown = {name: [_("There is no such filter.")] for name in self.request.query_params if name not in known}
            if unknown:
                raise exceptions.ValidationError(unknown)
            return super().filter_queryset(queryset)
        return queryset


def answer_error(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Every expected error as ``{"code", "message", "details"}`` with a sentence; unexpected ones are not caught."""
    if isinstance(error, UnableTo):
        status = 422 if isinstance(error, KeyReused) else 409
        return Response({"code": error.code, "message": str(error), "details": {}}, status=status)
    response = exception_handler(error, dict(context))
    if response is None:
        return None
    code, message = _sentence(error)
    details: Any = response.data if isinstance(error, exceptions.ValidationError) else {}
    if "Retry-After" in response:
        details = {"wait_seconds": int(response["Retry-After"])}
    response.data = {
        "code": code,
        "message": message,
        "details": details if isinstance(details, dict) else {"": details},
    }
    return response


def _sentence(error: Exception) -> tuple[str, str]:
    if isinstance(error, Http404 | exceptions.NotFound):
        return "not_found", _("There is no such record, or it lies outside what you may see.")
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied) and not isinstance(
        error, exceptions.APIException
    ):
        return "permission_denied", _("You may not do this. Ask the administrator for the permission.")
    if isinstance(error, exceptions.ValidationError):
        return "invalid", _("Some values are not right; see the details.")
    if isinstance(error, exceptions.APIException):
        return str(error.default_code), str(error.detail)
    return "permission_denied", _("You may not do this. Ask the administrator for the permission.")


class _MomentField(IsoDateTimeField):  # type: ignore[misc]  # the package has no types
    def to_python(self, value: Any) -> Any:
        moment = super().to_python(value)
        try:
            # PostgreSQL knows no offsets of sixteen hours and more; Python does.
            return moment.astimezone(dt.UTC) if moment else moment
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]  # the package has no types
    """A filter by a moment of ISO 8601, with any offset."""

    field_class = _MomentField


def choices_of(choices: Sequence[tuple[str, Any]]) -> filters.MultipleChoiceFilter:
    """A filter by one or several of the choices: ``?state=approved&state=shipped``."""
    return filters.MultipleChoiceFilter(choices=choices)

"""The OpenAPI description of /api/v1/: every operation with the errors it may answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class ErrorSerializer(serializers.Serializer[Any]):
    """Why a call was not done: a stable code, a sentence, and for wrong values a list of sentences a field."""

    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.DictField()


class Schema(AutoSchema):
    """Adds the errors that any operation may answer."""

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> Any:
        found = super()._get_response_bodies(*args, **kwargs)
        texts = {"401": "Not signed in", "403": "Not permitted", "429": "Too many calls"}
        if self.method == "POST":
            texts |= {
                "400": "Wrong values",
                "409": "Refused, with the reason",
                "422": "The key was used for another call",
            }
        elif self._is_list_view():
            texts["400"] = "Wrong filter, cursor or page size"
        if "{" in self.path:
            texts["404"] = "Not there, or outside what the caller may see"
        for status, text in texts.items():
            response = OpenApiResponse(ErrorSerializer, description=text)
            found[status] = self._get_response_for_code(response, status)  # type: ignore[no-untyped-call]
        return found


class _TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "oms.accounts.api_auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}

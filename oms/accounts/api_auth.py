"""Who calls /api/v1/ and whether they may: read while the REST framework starts, and therefore without its views."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from oms.accounts.gate import owes_factor
from oms.accounts.models import ApiToken, Staff
from oms.accounts.throttle import bad_token
from oms.accounts.tokens import find_token


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer TOKEN``."""

    def authenticate(self, request: Request) -> tuple[Staff, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        token = find_token(parts[1].decode("latin-1")) if len(parts) == 2 else None
        if token is None:
            if bad_token(request._request):
                raise Throttled(60)
            raise AuthenticationFailed(_("The token is not valid. Ask the administrator for a new one."))
        return token.staff, token

    def authenticate_header(self, _request: Request) -> str:
        return "Bearer"


class Allowed(BasePermission):
    """What the viewset's ``access`` says of the action; an action that it does not name is denied."""

    def has_permission(self, request: Request, view: Any) -> bool:
        access: dict[str, str] = getattr(view, "access", {})
        if not request.user.is_authenticated or not access:
            return False
        if request.auth is None and owes_factor(request._request):  # a session; programs are not asked
            return False
        if view.action in (None, "metadata"):  # a method that the address does not know: answered with 405
            return True
        needed = access.get(view.action)
        return needed is not None and request.user.has_perm(needed)

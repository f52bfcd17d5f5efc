"""Signing in and out, and the language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from oms.accounts.gate import open_to_all
from oms.accounts.web.forms import SignInForm
from oms.accounts.web.second_factor import enter
from oms.core.web.replies import back_to


class SignIn(LoginView):
    """The sign-in form. django-axes counts failures and answers in its place when a name is locked out."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """The password is right; a second factor is asked for where the person has one."""
        staff = form.get_user()
        return enter(self.request, staff, staff.backend, self.get_success_url())


sign_in = open_to_all(SignIn.as_view())


@open_to_all
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session; somebody who is not signed in (any more) is only sent to the form."""
    logout(request)
    return redirect("accounts:sign_in")


@open_to_all
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen language in a cookie and returns to the page."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest()
    response = back_to(request, "portal:home")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
        httponly=True,
    )
    return response

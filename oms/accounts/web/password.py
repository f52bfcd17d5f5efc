"""One's own password: changed against the old one; every other session ends."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from oms.accounts.gate import signed_in_only
from oms.accounts.staff import set_own_password
from oms.accounts.who import signed_in

LONGEST = 256


def _box(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": autocomplete})


class PasswordForm(forms.Form):
    """The old password, and the new one twice."""

    old = forms.CharField(
        label=lazy("Password until now"), strip=False, max_length=LONGEST, widget=_box("current-password")
    )
    new = forms.CharField(label=lazy("New password"), strip=False, max_length=LONGEST, widget=_box("new-password"))
    again = forms.CharField(
        label=lazy("New password once more"), strip=False, max_length=LONGEST, widget=_box("new-password")
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self._request, self._staff = request, signed_in(request)

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        validate_password(new, self._staff)
        return new

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if "new" in self.cleaned_data and again != self.cleaned_data["new"]:
            raise ValidationError(_("The two do not agree."))
        return again

    def clean(self) -> None:
        # Last, so that a slip in the new one costs no attempt: whoever sits at a desk left open has five, like at the sign-in.
        if not self.errors and (
            authenticate(self._request, username=self._staff.username, password=self.cleaned_data["old"]) is None
        ):
            self.add_error("old", _("That is not your password."))


@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_only
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; the other sessions end, this one goes on."""
    form = PasswordForm(request)
    if request.method == "POST" and form.is_valid():
        staff = set_own_password(signed_in(request), form.cleaned_data["new"], by=request)
        update_session_auth_hash(request, staff)
        messages.success(request, _("Your password is changed; wherever else you were signed in, you are no more."))
        return redirect("accounts:password")
    return render(request, "accounts/password.html", {"form": form}, status=422 if form.errors else 200)

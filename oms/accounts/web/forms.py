from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Name and password. The sentence does not say which of the two is wrong."""

    error_messages = {
        "invalid_login": _("Name and password do not fit together. Mind capitals; after five failures the name waits."),
        "inactive": _("This account is switched off. Ask the administrator."),
    }

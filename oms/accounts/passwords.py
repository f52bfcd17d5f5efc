"""What a password must be, in sentences that exist in both languages."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """Django's rule; its own sentence has no Chinese since it was reworded."""

    def get_error_message(self) -> str:
        return _("The password is too short: at least %(count)s characters.") % {"count": self.min_length}

"""Expected failures: each says in the interface's language what is wrong and what to do."""

from __future__ import annotations

from django.utils.functional import Promise


class UnableTo(Exception):
    """Something the user or another system asked for cannot be done, for a reason they can act on.

    ``code`` is stable and documented; ``message`` is a translated sentence.
    """

    code = "unable"

    def __init__(self, message: str | Promise, *, code: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return str(self.message)


class StalePlan(Exception):
    """What a plan counted on is not there any more; the batch must be rolled back and planned anew."""

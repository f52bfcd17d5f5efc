"""The language of a page: what the person chose, else Chinese.

The browser's Accept-Language is not followed, on purpose: the clerks' work, their colleagues and the documents are Chinese, but many
browsers were installed in English and ask for it. Whoever wants English says so once, on the sign-in page or in the user menu.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def chosen(request: HttpRequest) -> str:
    """The language of the cookie when it is one of ours, else the language of the product."""
    wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def chosen_language(get_response: GetResponse) -> GetResponse:
    """Middleware: answers in the chosen language."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        language = chosen(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return answer

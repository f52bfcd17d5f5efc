"""The address of the OpenAPI description."""

from __future__ import annotations

from drf_spectacular.views import SpectacularAPIView

from oms.accounts.gate import Access


class SchemaView(SpectacularAPIView):
    """The description of /api/v1/, for whoever is signed in: it names no data."""

    access = Access("signed_in")

"""Static files as production serves them."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]


class Statics(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Each under a name that its content makes, so that a browser keeps it for good; what our scripts import goes by such names too.

    Otherwise a page's new script would import the old module that the browser still keeps. Of foreign scripts only what they load is
    known, not what they import: some name modules that are not delivered with them.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", _IMPORTS))

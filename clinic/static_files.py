"""Static files in production: compressed once, under names that change with their content."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """A script of ours that imports another finds it under its present name: never an old part beside a new one."""

    support_js_module_import_aggregation = True
    # Ours only: libraries name files in their comments that they do not bring along.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        HashedFilesMixin._js_module_import_aggregation_patterns[1],  # type: ignore[attr-defined]
    )

"""Whether rewritten code needs hushflake where it runs."""

from pathlib import Path

from hushflake.codemods.modules import file_of, import_roots
from hushflake.lint_plugin.reading import read
from hushflake.lint_plugin.settings import Settings


def needs_hushflake(settings: Settings) -> bool:
    """Say whether importing the accessor imports hushflake."""
    if settings.accessor.partition(".")[0] == "hushflake":
        return True
    file = file_of(settings.root, settings.accessor, import_roots(settings.root, settings.accessor))
    try:
        return bool(file) and b"hushflake" in read(str(Path(settings.root, file)))
    except OSError:
        return False

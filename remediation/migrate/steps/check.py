"""Check what is left."""

from collections import Counter

from hushflake.lint_plugin.registry import selection
from hushflake.lint_plugin.run import check_files
from hushflake.lint_plugin.settings import load
from hushflake.lint_plugin.walk import walk

from ...wording import counted
from ..step import Context, Done, Look

ORDER = 60
NAME = "check"
TITLE = "Check what is left"


def look(_context: Context) -> Look:
    return Look(["runs the rules that this repository selects; changes nothing"])


def act(context: Context) -> Done:
    settings = load([str(context.top)])
    codes = selection(settings.select, settings.extend_select, settings.ignore)
    files = [file.path for file in walk([str(context.top)]).files]
    counts = Counter(
        finding.code
        for _path, result in check_files(settings, codes, files)
        for finding in result.findings
    )
    lines = [f"{code}: {count}" for code, count in sorted(counts.items())]
    return Done([*lines, f"left: {counted(sum(counts.values()), 'finding')} (`hushflake check`)"])

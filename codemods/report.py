"""What a run tells: a text for people, a document for programs, a diff for git."""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from hushflake.lint_plugin.analysis import FORMS
from hushflake.lint_plugin.analysis.access import REASONS as ANALYSIS_REASONS

from .rewrite import Outcome
from .run import Result

# Reason code -> why a place is left; those of the analysis, and those of settings and order.
REASONS = {
    **ANALYSIS_REASONS,
    "platform-key": "the key belongs to the platform, or is on the keep list",
    "form-disabled": "the accessor has no function for this form",
    "accessor": "stands in the accessor module itself",
    "bootstrap": "runs before the accessor can be imported",
    "after-store": "follows a change of the environment that the import must stay below",
    "computed-key": "the key is computed, and keys are being renamed",
    "rebinding": "the name may be used from elsewhere",
    "comment": "a comment inside it would be lost",
    "libcst": "LibCST cannot read it",
}
PROBLEMS = ("unreadable", "unwritable", "refused")


def summary(result: Result) -> dict[str, Any]:
    """Return the figures of a run."""
    edits = [edit for outcome in result.outcomes for edit in outcome.edits]
    statuses = Counter(outcome.status for outcome in result.outcomes)
    return {
        "scanned": result.scanned,
        "changed": statuses["changed"],
        "rewritten": sum(edit.action == "rewritten" for edit in edits),
        "left": sum(edit.action == "left" for edit in edits),
        "forms": dict(Counter(e.form for e in edits if e.action == "rewritten").most_common()),
        "reasons": dict(Counter(e.reason for e in edits if e.action == "left").most_common()),
        "unparsed": statuses["unparsed"],
        "excluded": statuses["excluded"],
        "problems": sum(statuses[status] for status in PROBLEMS),
        "written": result.written,
        "seconds": round(result.seconds, 3),
        "phases": {name: round(seconds, 3) for name, seconds in result.phases.items()},
    }


def document(result: Result) -> dict[str, Any]:
    """Return the fields of the JSON document."""
    return {
        "files": [_file(o) for o in result.outcomes if o.edits or o.status != "unchanged"],
        "edits": [edit._asdict() for outcome in result.outcomes for edit in outcome.edits],
        "summary": summary(result),
    }


def _file(outcome: Outcome) -> dict[str, Any]:
    described: dict[str, Any] = {"path": outcome.path, "status": outcome.status}
    if outcome.failure is not None:
        described["failure"] = outcome.failure._asdict()
    if outcome.message:
        described["message"] = outcome.message
    return described


def diff(outcomes: Iterable[Outcome]) -> Iterator[bytes]:
    """Yield a unified diff that `git apply` takes, in the bytes of the files."""
    for outcome in outcomes:
        if outcome.old is None or outcome.new is None:
            continue
        name = outcome.path.lstrip("/").encode("utf-8", "surrogateescape")
        yield b"diff --git %s %s\n" % (_quoted(b"a/" + name), _quoted(b"b/" + name))
        lines = difflib.diff_bytes(
            difflib.unified_diff,
            _lines(outcome.old),
            _lines(outcome.new),
            _quoted(b"a/" + name),
            _quoted(b"b/" + name),
        )
        for line in lines:
            yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[bytes]:
    """Split as git does: at line feeds alone."""
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + [
        line for line in data.split(b"\n")[-1:] if line
    ]


def _quoted(name: bytes) -> bytes:
    """Spell a path as git does: in quotes, if it holds what would end or bend a line."""
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in name):
        return name
    special = {0x22: b'\\"', 0x5C: b"\\\\", 0x0A: b"\\n", 0x09: b"\\t", 0x0D: b"\\r"}
    spelt = (
        special.get(byte) or (b"%c" % byte if 0x20 <= byte < 0x7F else b"\\%03o" % byte)
        for byte in name
    )
    return b'"' + b"".join(spelt) + b'"'


def describe(reason: str) -> str:
    """Return a reason code in words."""
    return REASONS.get(reason, reason)


def form_of(form: str) -> str:
    """Return a form in words."""
    return FORMS.get(form, form)

"""What a run tells: figures for people, a document for programs."""

from collections import Counter
from typing import Any

from hushflake.lint_plugin.analysis import FORMS
from hushflake.lint_plugin.analysis.forms import REASONS as ANALYSIS_REASONS
from hushflake.lint_plugin.silent import REASONS as SILENT_REASONS
from hushflake.lint_plugin.sites import REASONS as SITE_REASONS

from .rewrite import Edit, Outcome
from .run import Result

# Reason code -> why a place is left; those of the analysis, and those of settings and order.
REASONS = {
    **ANALYSIS_REASONS,
    **SILENT_REASONS,
    "test-override": "sets the environment for a test; see the transform test_overrides",
    "override-accessor": "the accessor does not answer by hushflake.config, which is overridden",
    "override-process": "starts processes or uses the whole environment, or imports what does",
    "override-library": "a library may read the key from the environment",
    "override-elsewhere": "the key is read or named where no accessor reads it",
    "override-not-read": "no accessor reads the key",
    "override-kept": "another test must go on setting the key in the environment",
    "override-values": "its keys are not written out, or it is given more than keys and values",
    "override-whole": "takes away keys that it does not name",
    "override-leaks": "nothing near takes it back",
    "override-restores": "also puts back other changes of the environment",
    "override-shape": "is written in a form that has no equal",
    "patched-elsewhere": "another file puts something else in the place of the name",
    "platform-key": "the key belongs to the platform, or is on the keep list",
    "credential-key": "a credential is in the place of the key",
    "feeds-store": "is put into a secret store, which the accessor would read it from",
    "form-disabled": "the accessor has no function for this form",
    "accessor": "is in the accessor module itself",
    "bootstrap": "runs before the accessor can be imported",
    "accessor-names": "imports more than the accessor's three functions",
    "before-accessor": "is in a module that the accessor itself imports",
    "after-store": "follows a change of the environment that the import must stay below",
    "before-path": "may run before a change of sys.path that the import must stay below",
    "before-patch": "may run before a monkey patch that the import must stay below",
    "computed-key": "the key is computed, and keys are being renamed",
    "rebinding": "the name may be used from elsewhere",
    "comment": "a comment inside it would be lost",
    "libcst": "LibCST cannot read it",
    "dotenv-values": "reads a .env file into a dictionary of its own",
    "dotenv-file": "reads or writes a .env file itself",
    "dotenv-stream": "loads from a stream, not from a .env file",
    "dotenv-arguments": "its arguments may do more than name the .env file of the project",
    "dotenv-needed": "loads what no configured source provides",
    "dotenv-unknown": "the file that it loads is not known before it runs",
    "value-used": "its result is used",
    # Of classes of pydantic-settings.
    "settings-v1": "is of pydantic 1, which ConfigSettings does not derive from",
    "settings-sources": "chooses its sources itself, in settings_customise_sources",
    "settings-file": "reads a .env file, and no source that could stand in for it is configured",
    "settings-accessor": "the accessor module has no ConfigSettings: import it there from "
    "hushflake.config.pydantic",
    "settings-shape": "names its .env file where it cannot be taken out",
    # Of hard-coded secrets.
    **{code: reason for code, reason in SITE_REASONS.items() if code not in ANALYSIS_REASONS},
    "value-unfit": "holds what no store keeps: a null character, or half of a surrogate pair",
    "disputed-default": "other reads of the key have another default; make them equal",
    "name-taken": "the name of its key is taken: choose one with --key",
    "test-word": "is one plain word, which is a password in tests alone",
}
_FORMS = {
    **FORMS,
    "silent": "the environment without its name",
    "accessor": "a call of the accessor",
    "accessor-import": "from hushflake.config import …",
    "load_dotenv": "load_dotenv(…)",
    "find_dotenv": "find_dotenv(…)",
    "settings-class": "a class of pydantic-settings",
    "secret": "a hard-coded secret",
    "secret-in-test": "a secret in a test",
    "setenv": "monkeypatch.setenv(…)",
    "delenv": "monkeypatch.delenv(…)",
    "setitem": "monkeypatch.setitem(os.environ, …)",
    "delitem": "monkeypatch.delitem(os.environ, …)",
    "patch.dict": "patch.dict(os.environ, …)",
    "replaced": "another os.environ",
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
        "passed_over": dict(sorted(result.left.items())),
        "problems": sum(statuses[status] for status in PROBLEMS),
        "written": result.written,
        "seconds": round(result.seconds, 3),
        "phases": {name: round(seconds, 3) for name, seconds in result.phases.items()},
    }


def document(result: Result) -> dict[str, Any]:
    """Return the fields of the JSON document."""
    return {
        "files": [_file(o) for o in result.outcomes if o.edits or o.status != "unchanged"],
        "edits": [_edit(edit) for outcome in result.outcomes for edit in outcome.edits],
        "summary": summary(result),
    }


def _edit(edit: Edit) -> dict[str, Any]:
    """Return an edit; its cell only if it is in a notebook."""
    return {name: value for name, value in edit._asdict().items() if name != "cell" or value}


def _file(outcome: Outcome) -> dict[str, Any]:
    described: dict[str, Any] = {"path": outcome.path, "status": outcome.status}
    if outcome.failure is not None:
        described["failure"] = outcome.failure._asdict()
    if outcome.message:
        described["message"] = outcome.message
    return described


def describe(reason: str) -> str:
    """Return a reason code in words."""
    return REASONS.get(reason, reason)


def form_of(form: str) -> str:
    """Return a form in words."""
    return _FORMS.get(form, form)

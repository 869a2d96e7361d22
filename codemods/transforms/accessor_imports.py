"""Import from the accessor module what is imported from `hushflake.config`.

For a repository that was rewritten before it had an accessor module of its own.
https://docs.python.org/3/reference/simple_stmts.html#the-import-statement
"""

import ast

from hushflake.lint_plugin.analysis.prefilter import has_word
from hushflake.lint_plugin.settings import Policy, Settings

from ..patch import Patch, Record, Same
from ..search_path import path_changes
from ..transform import Job, Transform

_LIBRARY = Settings().accessor
_FORM = "accessor-import"


class AccessorImports(Transform):
    """`from hushflake.config import get_config_value` names the accessor module instead."""

    summary = "imports of the three functions from hushflake.config name the accessor module"
    opt_in = True
    order = 30

    def may_apply(self, data: bytes, policy: Policy) -> bool:
        return policy.settings.accessor != _LIBRARY and has_word(data, (b"hushflake",))

    def patch(self, job: Job) -> Patch:
        """Rename the module of the imports that can be; record why others are left."""
        patch = Patch()
        for node in ast.walk(job.source.tree):
            if not isinstance(node, ast.ImportFrom) or node.module != _LIBRARY or node.level:
                continue
            start, end = job.source.range(node)
            at = job.source.utf8.find(_LIBRARY.encode(), start, end)
            reason = _reason(job, node, start) or ("comment" if at < 0 else "")
            if not reason:
                name = job.policy.settings.accessor
                patch.splice(at, at + len(_LIBRARY), name.encode())
                patch.expected[id(node)] = _Expected(node, name)
            patch.records.append(
                Record(start, _FORM, None, "left" if reason else "rewritten", reason)
            )
        return patch


class _Expected:
    def __init__(self, node: ast.ImportFrom, module: str) -> None:
        self.names = [ast.dump(alias) for alias in node.names]
        self.module = module

    def __call__(self, new: ast.AST, _same: Same) -> bool:
        return (
            isinstance(new, ast.ImportFrom)
            and (new.module, new.level) == (self.module, 0)
            and [ast.dump(alias) for alias in new.names] == self.names
        )


def _reason(job: Job, node: ast.ImportFrom, start: int) -> str:
    """Return why an import keeps its module, "" if it need not."""
    settings, defaults = job.policy.settings, Settings()
    if job.policy.is_accessor(job.relative):
        return "accessor"
    if job.policy.is_bootstrap(job.relative):
        return "bootstrap"
    if job.runs_before_accessor:
        return "before-accessor"
    functions = ("get_function", "require_function", "has_function")
    held = {getattr(settings, name) for name in functions} & {
        getattr(defaults, name) for name in functions
    }
    if not {alias.name for alias in node.names} <= held:
        return "accessor-names"
    at_once, called = path_changes(job)
    return "before-path" if any(place > start for place in (*at_once, *called)) else ""

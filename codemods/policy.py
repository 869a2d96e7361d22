"""What settings and the place of a file say about an access: which function, and why it stays."""

import ast

from hushflake.lint_plugin.analysis import Access
from hushflake.lint_plugin.bindings import sum_of
from hushflake.lint_plugin.credentials.display import holds_credential
from hushflake.lint_plugin.settings import Policy

from .importing import imports_from
from .transform import Job


def imported_at(job: Job) -> int:
    """Return the index of the first statement that imports the accessor, or one beyond all."""
    body = job.source.tree.body
    for index, node in enumerate(body):
        if isinstance(node, ast.ImportFrom) and imports_from(job, node):
            return index
    return len(body)


def function_of(form: str, policy: Policy) -> str:
    """Return the accessor's function for a form of read; "" if it is switched off."""
    settings = policy.settings
    return {
        "getenv": settings.get_function,
        "environ.get": settings.get_function,
        "subscript": settings.require_function,
        "membership": settings.has_function,
    }[form]


def reason_of_file(job: Job) -> str:
    """Return why nothing of a file is rewritten; "" where that is not so."""
    if job.policy.is_accessor(job.relative):
        return "accessor"
    if job.policy.is_bootstrap(job.relative):
        return "bootstrap"
    return "before-accessor" if job.runs_before_accessor else ""


def reason_of_policy(access: Access, job: Job) -> str:
    """Return why settings keep an access as it is; "" if they do not."""
    reason = reason_of_file(job)
    if reason or not access.is_read:
        return reason
    if access.key is not None and job.policy.keeps(access.key):
        return "platform-key"
    if not function_of(access.form, job.policy):
        return "form-disabled"
    # Also one that is written in two halves.
    spelt = None if access.key_node is None else sum_of(access.key_node)
    if spelt is not None and holds_credential(spelt):
        return "credential-key"
    if access.key is None and job.keys.changes_any:
        return "computed-key"
    return ""

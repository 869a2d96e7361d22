"""Make a read of a secret required instead of giving it a literal default.

A default password is one that everybody knows. https://cwe.mitre.org/data/definitions/798.html
"""

import ast

from hushflake.lint_plugin.analysis import Access, accesses, prefilter
from hushflake.lint_plugin.analysis.prefilter import has_word
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.settings import Policy

from ..accessor_reads import accessor_reads
from ..order import Order
from ..patch import Patch
from ..policy import imported_at, reason_of_policy
from ..reading import Read, record, rewrite_reads
from ..transform import Job, Transform

_WITH_DEFAULT = ("getenv", "environ.get")


class SecretDefaults(Transform):
    """The literal default of a secret-looking key goes; the read becomes a required one."""

    summary = "a literal default for a secret-looking key goes; the read becomes required"
    opt_in = True
    order = 20

    def may_apply(self, data: bytes, policy: Policy) -> bool:
        function = policy.settings.get_function.encode()
        return prefilter(data) or (bool(function) and has_word(data, (function,)))

    def patch(self, job: Job) -> Patch:
        """Rewrite the reads, and record those that settings keep."""
        patch = Patch()
        settings = job.policy.settings
        names = Names(settings.secret_names, settings.public_names)
        found = list(accesses(job.index))
        order = Order(job, [access for access in found if access.form != "import"])
        wanted: list[Read] = []
        candidates = [access for access in found if access.form in _WITH_DEFAULT]
        for access in sorted(
            [*candidates, *accessor_reads(job)], key=lambda a: (a.span.start, -a.span.end)
        ):
            if not _has_secret_default(access, names):
                continue
            reason = access.reason or _reason(access, job)
            if not reason and not order.settle([access], imported_at(job)):
                reason = order.reason_above(access, imported_at(job)) or "after-store"
            if reason:
                patch.records.append(record(access, "left", reason))
            else:
                wanted.append(Read(access, settings.require_function, drop_default=True))
        rewrite_reads(job, patch, wanted, order)
        return patch


def _reason(access: Access, job: Job) -> str:
    if access.form != "accessor" and (reason := reason_of_policy(access, job)):
        return reason
    return "" if job.policy.settings.require_function else "form-disabled"


def _has_secret_default(access: Access, names: Names) -> bool:
    """Say whether the key looks secret and the default is a literal that is not empty."""
    default = access.default
    return (
        access.key is not None
        and names.kind(access.key) is not None
        and isinstance(default, ast.Constant)
        and isinstance(default.value, str | bytes)
        and bool(default.value)
    )

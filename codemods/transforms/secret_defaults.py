"""Make a read of a secret required instead of giving it a literal default.

A default password is one that everybody knows. https://cwe.mitre.org/data/definitions/798.html
"""

import ast
from collections.abc import Iterator

from hushflake.lint_plugin.analysis import Access, accesses, prefilter
from hushflake.lint_plugin.analysis.prefilter import has_word
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.settings import Policy

from ..order import Order
from ..patch import Patch
from ..reading import Read, record, rewrite_reads
from ..transform import Job, Transform
from .environment_reads import imported_at, reason_of_policy

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
            [*candidates, *_accessor_reads(job)], key=lambda a: (a.span.start, -a.span.end)
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


def _accessor_reads(job: Job) -> Iterator[Access]:
    """Yield calls of the accessor's `get` function, as an earlier run has left them."""
    settings = job.policy.settings
    wanted = f"{settings.accessor}.{settings.get_function}"
    if not settings.get_function:
        return
    for use in job.index.uses(settings.accessor.partition(".")[0]):
        place = job.index.place(use.node)
        call = place.parent.node if place and place.parent else None
        if use.origin != wanted or not isinstance(call, ast.Call) or call.func is not use.node:
            continue
        given = dict(zip(("key", "default"), call.args, strict=False))
        given.update({word.arg: word.value for word in call.keywords if word.arg})
        yield Access(
            job.index, "accessor", "", call, use.node, use.place,
            binding=use.binding, key=given.get("key"), default=given.get("default"),
        )  # fmt: skip

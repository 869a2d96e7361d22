"""Read the environment through the accessor instead of `os.getenv` and `os.environ`.

https://docs.python.org/3/library/os.html#os.environ
"""

from hushflake.lint_plugin.analysis import Access, accesses, prefilter
from hushflake.lint_plugin.settings import Policy
from hushflake.lint_plugin.silent import may_be_silent
from hushflake.lint_plugin.store_writers import feeds_store, may_write

from ..order import Order
from ..patch import Patch
from ..policy import function_of, imported_at, reason_of_file, reason_of_policy
from ..reading import Read, module_names, record, rewrite_reads
from ..silence import silent_records
from ..transform import Job, Transform


class EnvironmentReads(Transform):
    """`os.getenv`, `os.environ` reads and membership tests become calls of the accessor."""

    summary = "os.getenv, os.environ reads and `in os.environ` become calls of the accessor"

    def __init__(self, only: int | None = None) -> None:
        """Make the transform; `only` is the offset of the one access to rewrite, None for all."""
        self._only = only

    def may_apply(self, data: bytes, _policy: Policy) -> bool:
        return prefilter(data) or may_be_silent(data)

    def patch(self, job: Job) -> Patch:
        """Rewrite what can be, and record why the rest is left."""
        patch = Patch()
        everything = accesses(job.index)
        found = [access for access in everything if access.form != "import"]
        reasons = {id(access): access.reason or reason_of_policy(access, job) for access in found}
        if may_write(job.source.utf8):
            for access in found:
                if access.is_read and not reasons[id(access)] and feeds_store(job.index, access):
                    reasons[id(access)] = "feeds-store"
        for access in found:
            if access.is_read and not reasons[id(access)] and goes_through(access, job.replaced):
                reasons[id(access)] = "patched-elsewhere"
        if job.policy.is_test(job.relative):
            writes = (access for access in found if reasons[id(access)] == "write")
            reasons.update({id(access): "test-override" for access in writes})
        if self._only is not None:
            others = (access for access in found if access.span.start != self._only)
            reasons.update({id(access): reasons[id(access)] or "not-asked" for access in others})
        order = Order(job, found)
        reads = [access for access in found if access.is_read and not reasons[id(access)]]
        settled = {id(read) for read in order.settle(reads, imported_at(job))}
        rebindings = []
        for access in found:
            reason = reasons[id(access)]
            if not reason and access.is_read and id(access) not in settled:
                reason = order.reason_above(access, imported_at(job)) or "after-store"
            if reason:
                patch.records.append(record(access, "left", reason))
            elif access.form == "rebinding":
                rebindings.append(access)
        wanted = [
            Read(read, function_of(read.form, job.policy)) for read in reads if id(read) in settled
        ]
        gone = rewrite_reads(job, patch, wanted, order, rebindings)
        done = {record.offset for record in patch.records if record.action == "rewritten"}
        used = {id(access.binding) for access in found if access.span.start not in done}
        patch.records += [
            record(access, "left", reason_of_policy(access, job) or access.reason)
            for access in everything
            if access.form == "import" and id(access.node) not in gone
            # Of an import that is used, the uses are reported.
            if id(access.binding) not in used
        ]
        patch.records += silent_records(job, reason_of_file(job))
        return patch


def goes_through(access: Access, names: frozenset[str]) -> bool:
    """Say whether an access goes through one of some names of its module, and not at import."""
    return not names.isdisjoint(module_names([access])) if names else False

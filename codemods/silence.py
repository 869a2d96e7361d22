"""What the report says of places that reach the environment without naming it: they are left."""

from hushflake.lint_plugin.silent import silent

from .patch import Record
from .transform import Job

FORM = "silent"


def silent_records(job: Job, reason: str) -> list[Record]:
    """Return a record of each such place. Called last: it records names in the index.

    Args:
        job: The source.
        reason: Why nothing of the file is rewritten; "" where that is not so.
    """
    return [
        Record(
            job.source.range(found.node)[0],
            FORM,
            found.keys[0].name if len(found.keys) == 1 else None,
            "left",
            reason or found.reason,
        )
        for found in silent(job.index)
    ]

"""The calls of the accessor's `get` function in one source, as accesses like any other."""

import ast
from collections.abc import Iterator

from hushflake.lint_plugin.analysis import Access

from .transform import Job


def accessor_reads(job: Job) -> Iterator[Access]:
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

"""What a task is made of. Not a kind: the values of `task.py`."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from ..names import Identifier, QualifiedName
from ..resource import Resource, Spec
from .annotations import Range, Ref, SqlText

_COMPUTED = {"yaml": False, "readable": False}
Size = Literal["XSMALL", "SMALL", "MEDIUM", "LARGE", "XLARGE", "XXLARGE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Spec):
    """`schedule` is `5 MINUTES` or `USING CRON …`. Without a warehouse the task is serverless.
    `state` is what it shall be; a root of a graph is resumed after its children."""

    definition: Annotated[str, SqlText("statement")]
    warehouse: Annotated[QualifiedName, Ref("warehouse")] | None = None
    serverless_size: Size | None = field(default=None, metadata={"readable": False})
    target_completion_interval: str = field(default="", metadata={"readable": False})
    schedule: str = ""
    config: str = ""
    overlap_policy: Literal["NO_OVERLAP", "ALLOW_CHILD_OVERLAP", "ALLOW_ALL_OVERLAP"] = "NO_OVERLAP"
    timeout_ms: Annotated[int, Range(0, 604_800_000)] | None = field(
        default=None, metadata={"readable": False}
    )
    suspend_after_failures: Annotated[int, Range(0, 1_000_000)] | None = field(
        default=None, metadata={"readable": False}
    )
    auto_retry_attempts: Annotated[int, Range(0, 30)] | None = field(
        default=None, metadata={"readable": False}
    )
    after: tuple[Annotated[QualifiedName, Ref("task")], ...] = ()
    finalize: Annotated[QualifiedName, Ref("task")] | None = None
    when: Annotated[str, SqlText("expression")] = ""
    state: Literal["started", "suspended"] = "started"
    # Of an embedding task: what all its vectors depend on beside their rows.
    embedding_version: str = field(default="", metadata=_COMPUTED)
    embedding_of: Literal["rows", "chunks"] = field(default="rows", metadata=_COMPUTED)
    embedding_table: QualifiedName | None = field(default=None, metadata=_COMPUTED)
    embedding_key: Identifier | None = field(default=None, metadata=_COMPUTED)


def task_of(resource: Resource) -> Task:
    """The task that a resource of that kind holds."""
    assert isinstance(resource.spec, Task)
    return resource.spec

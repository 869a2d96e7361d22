"""Answers of another shape than is documented are faults of Notion's, not of ours."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from ..errors import AnswerError

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


def answered(
    work: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], T]:
    """Let a method that reads answers raise `AnswerError` where their shape is another one."""

    @wraps(work)
    def read(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(self, *args, **kwargs)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise AnswerError(
                f"Notion's answer has another shape than is documented ({type(error).__name__}): "
                "nothing was decided on it; the next cycle asks again"
            ) from None

    return read

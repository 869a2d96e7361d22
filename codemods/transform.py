"""What a transform is. The folder `transforms` is their registry: one file, one transform."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cache
from typing import ClassVar

from hushflake.lint_plugin.analysis import Index, Source
from hushflake.lint_plugin.settings import Policy

from .errors import UnknownTransformError
from .feeding import Feeding
from .key_uses import KeyUses
from .keys import KeyNames
from .patch import Patch


class Job:
    """One source on its way through one transform.

    Attributes:
        source: The source; its index answers what names stand for.
        policy: What the repository says about keys and files.
        keys: How keys are spelt from now on.
        relative: The file as seen from the root of the repository, with `/`.
        runs_before_accessor: Whether the accessor imports this file itself.
        feeding: What provides the values of the application.
        key_uses: Who reads the keys that tests set.
        gone_lines: Lines (from 0) that already go.
        taken: Names that other files take from this one.
        lost: Names that the module no longer has.
        reserved: Functions of the accessor that may be imported under a private name alone.
        changes: Offsets at which the environment may change besides what the source shows.
        gained: Names that whoever stars the module now gets, too.
        through: Names of the module that rewritten reads went through.
        replaced: Those of them that another file puts something else in the place of.
    """

    def __init__(self, source: Source, policy: Policy, keys: KeyNames, relative: str) -> None:
        self.source = source
        self.index = Index(source)
        self.policy = policy
        self.keys = keys
        self.relative = relative
        self.runs_before_accessor = False
        self.feeding = Feeding()
        self.key_uses = KeyUses()
        self.gone_lines: set[int] = set()
        self.taken: frozenset[str] = frozenset()
        self.lost: set[str] = set()
        self.reserved: frozenset[str] = frozenset()
        self.gained: set[str] = set()
        self.changes: Sequence[int] = ()
        self.through: set[str] = set()
        self.replaced: frozenset[str] = frozenset()


class Transform(ABC):
    """A rewrite of Python source. Stateless; its file is named as on the command line.

    Attributes:
        summary: One line for `hushflake codemod --list`.
        opt_in: Runs only when it is asked for with `--only` or `--with`.
        order: Transforms run in this order.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    opt_in: ClassVar[bool] = False
    order: ClassVar[int] = 50

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.rpartition(".")[2]

    @abstractmethod
    def may_apply(self, data: bytes, policy: Policy, /) -> bool:
        """Say, from the bytes of a file alone and at once, whether it is worth parsing."""

    @abstractmethod
    def patch(self, job: Job) -> Patch:
        """Return the changes to one source, and the places that are left and why."""


@cache
def all_transforms() -> Sequence[Transform]:
    """Return every transform, in the order in which they run."""
    from . import transforms

    found: list[Transform] = []
    for module in pkgutil.iter_modules(transforms.__path__):
        loaded = importlib.import_module(f"{transforms.__name__}.{module.name}")
        found += [
            value()
            for value in vars(loaded).values()
            if isinstance(value, type)
            and issubclass(value, Transform)
            and value.__module__ == loaded.__name__
        ]
    return sorted(found, key=lambda transform: (transform.order, transform.name))


def chosen(
    only: Iterable[str] = (), skip: Iterable[str] = (), extra: Iterable[str] = ()
) -> list[Transform]:
    """Return the transforms of a run.

    Args:
        only: Names of those to run; the default ones when empty.
        skip: Names of those not to run.
        extra: Names of opt-in ones to run besides.

    Raises:
        UnknownTransformError: A name that no transform has.
    """
    only, skip, extra = set(only), set(skip), set(extra)
    known = {transform.name for transform in all_transforms()}
    for name in sorted((only | skip | extra) - known):
        raise UnknownTransformError(
            f"no transform is named {name!r}; there are {', '.join(sorted(known))}"
        )
    return [
        transform
        for transform in all_transforms()
        if transform.name not in skip
        and (transform.name in only or transform.name in extra or not (only or transform.opt_in))
    ]

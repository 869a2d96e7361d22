"""What a transform is. The folder `transforms` is their registry: one file, one transform."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from hushflake.lint_plugin.analysis import Index, Source
from hushflake.lint_plugin.settings import Policy

from .feeding import Feeding
from .key_uses import KeyUses
from .keys import KeyNames
from .patch import Patch

if TYPE_CHECKING:
    from collections.abc import Sequence


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

"""What a rule is. A rule is one file in `rules/`; the folder is the registry."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from .documents.document import Document
from .module import Module


class Report(NamedTuple):
    """A place that a rule reports: offsets in the source, and what the message says of it."""

    start: int
    end: int
    facts: dict[str, str]
    # The name at fault, for baselines: a key, a variable, a format. Never a value.
    target: str = ""
    fixable: bool = False
    # True for what weighs less than its rule says: a note.
    is_note: bool = False


class Example(NamedTuple):
    """A source for tests and documentation, with what must be different around it."""

    source: str
    path: str = "example.py"
    settings: Mapping[str, Any] = {}
    # What the settings are, in words: the documentation shows it as a comment above the source.
    note: str = ""
    # What documentation shows of it, masked; empty for the source.
    shown: str = ""


class Rule:
    """Base of the rules.

    The docstring of a rule's module is its documentation: its first line the title, then why it
    matters and what to write instead. `VALID` and `INVALID` are tests and documentation in one:
    each of `INVALID` gives exactly one finding of this rule, each of `VALID` none.
    """

    code: ClassVar[str]
    # May name the facts of a report in braces, and `{get}`, `{require}`, `{has}`, `{accessor}`.
    message: ClassVar[str]
    # The message in a configuration file, where it must be another; may name `{instead}`.
    document_message: ClassVar[str] = ""
    # False for a rule that runs only where it is selected.
    default: ClassVar[bool] = True
    # True for a rule whose reports are literals that no display may show.
    secret: ClassVar[bool] = False
    # Of two secret rules that report one literal the lower rank speaks.
    rank: ClassVar[int] = 0
    # True for a rule that cannot tell a made-up credential in a test from a real one.
    lenient_in_tests: ClassVar[bool] = False
    VALID: ClassVar[tuple[str | Example, ...]] = ()
    INVALID: ClassVar[tuple[str | Example, ...]] = ()

    def applies(self, module: Module) -> bool:
        """Say from a search of the text, without parsing, whether `check` can find anything."""
        raise NotImplementedError

    def check(self, module: Module) -> Iterator[Report]:
        """Yield what is wrong. Called only where `applies`."""
        raise NotImplementedError

    def check_document(self, document: Document) -> Iterator[Report]:
        """Yield what is wrong in a configuration file. Only secret rules are asked."""
        return iter(())

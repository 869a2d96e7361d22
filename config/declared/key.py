"""A configuration key as it is declared. The linter, the tools and the run time share this model.

`[tool.hushflake.keys]` is read into it, so are the fields of service classes, and the module that
`hushflake config codegen` writes is made of it.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

Plain = str | int | float | bool
Default = Plain | tuple[Plain, ...]
MODES = ("production", "development", "test")
# What a start asks for. A test gives the keys that it needs, and no others.
_STARTED = frozenset({"production", "development"})


class Alias(NamedTuple):
    """An earlier name of a key, and the last day on which it is answered; None for no end."""

    name: str
    until: "date | None" = None

    def has_ended(self, today: "date") -> bool:
        """Whether that day is past."""
        return self.until is not None and today > self.until

    def told(self, key: str) -> str:
        """What is to be said of a use of it. `key`: the name that it has now."""
        told = f"{self.name!r} is a deprecated name of {key!r}"
        if self.until is not None:
            told += f" (until {self.until.isoformat()})"
        return f"{told}: read {key!r}"


class DeclaredKey(NamedTuple):
    """What is declared of one key, or of all that a pattern matches.

    Attributes:
        name: The key, or a pattern with `*`.
        type: A type as `types` spells it, such as `int` or `list[str]`.
        secret: Whether its value is a secret; None leaves that to its name.
        default: What the program takes where there is no value. Never that of a secret.
        required: Whether there must be a value, or the modes in which there must be one; None
            means where there is no default.
        owner: Who answers for it, as in `CODEOWNERS` or in words.
        description: What it is for.
        group: The service group; "" leaves that to its words.
        choices: The values that are allowed; none for any.
        schemes: Of a URL, the schemes that are allowed; none for any.
        deprecated: Why it must not be read any more, and what to do; "" for a key in use.
        deprecated_aliases: Its earlier names.
    """

    name: str
    type: str = "str"
    secret: bool | None = None
    default: Default | None = None
    required: bool | tuple[str, ...] | None = None
    owner: str = ""
    description: str = ""
    group: str = ""
    choices: tuple[str | int | float, ...] = ()
    schemes: tuple[str, ...] = ()
    deprecated: str = ""
    deprecated_aliases: tuple[Alias, ...] = ()

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for many keys."""
        return "*" in self.name

    @property
    def is_required(self) -> bool:
        """Whether there must be a value, if only in some mode."""
        if self.required is not None:
            return bool(self.required)
        return self.default is None and not self.is_pattern and not self.deprecated

    @property
    def is_always_required(self) -> bool:
        """Whether a program can count on a value wherever it is started."""
        if isinstance(self.required, tuple):
            return set(self.required) >= _STARTED
        return self.is_required

    def is_asked_in(self, mode: str) -> bool:
        """Whether a program that starts in this mode must have a value.

        In test mode only for a key that names this mode: a test sets what it needs.
        """
        if isinstance(self.required, tuple):
            return mode in self.required
        return self.is_required and mode in _STARTED

"""What `configure(...)` was told, after the `HUSHFLAKE_*` variables had their say."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .errors import ConfigError, PolicyError
from .runners import runner

if TYPE_CHECKING:
    from .declared.key import DeclaredKey

MODES = ("production", "development", "test", "build")
# Modes in which nothing but this machine's own environment is asked.
OFFLINE = frozenset({"test", "build"})
MODE = "HUSHFLAKE_MODE"
ORDERS = ("first", "fallback", "deny")
AUDITS = ("functions", "sites", "off")
SMALLEST_FILE = 4096  # bytes of an audit file
# Always readable from the process environment: they say where everything else is.
BOOTSTRAP = (
    "HUSHFLAKE_*",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_BACKEND_URL",
    "PULUMI_ORGANIZATION",
    "PULUMI_PROJECT",
    "PULUMI_ENVIRONMENT",
)
# Variables that are lists, with commas.
STORES = "HUSHFLAKE_STORES"
SOURCES = "HUSHFLAKE_SOURCES"
_SECONDS = (
    "refresh_seconds",
    "miss_seconds",
    "max_stale_seconds",
    "last_known_seconds",
    "flush_seconds",
)
_LISTS = {"stores": STORES, "sources": SOURCES}
_VARIABLES = {
    "mode": MODE,
    "esc": "HUSHFLAKE_ESC",
    "environment": "HUSHFLAKE_ENVIRONMENT",
    "audit_dir": "HUSHFLAKE_AUDIT_DIR",
    "keyring": "HUSHFLAKE_KEYRING",
    "last_known": "HUSHFLAKE_LAST_KNOWN",
}
_CHOICES = {
    "mode": MODES,
    "environment": ORDERS,
    "audit": AUDITS,
    "last_known": ("age", "keyring", "off"),
}


@dataclass(frozen=True)
class Settings:
    """One configuration. Seconds everywhere; see `configure` for the meaning of each."""

    mode: str = "production"
    esc: str | None = None
    environment: str = "first"
    environment_keys: tuple[str, ...] = ()
    audit_dir: str | None = None
    audit: str = "functions"
    audit_key: str = "HUSHFLAKE_AUDIT_KEY"
    audit_max_bytes: int = 64 * 2**20
    otel: bool = False
    service: str = ""
    dotenv: str | None = None
    keyring: str | None = None
    keyring_keys: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    source_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    overrides: Mapping[str, str] = field(default_factory=dict, repr=False)
    declared: tuple[str, ...] | None = None
    keys: "tuple[DeclaredKey, ...]" = ()
    esc_url: str | None = None
    connect_timeout: float = 1.0
    read_timeout: float = 3.0
    total_timeout: float = 10.0
    refresh_seconds: float = 900.0
    miss_seconds: float = 60.0
    max_stale_seconds: float = 4 * 3600.0
    last_known: str | None = None
    last_known_seconds: float = 24 * 3600.0
    flush_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value not in allowed and (name, value) != ("last_known", None):
                raise ConfigError(f"{name}: {value!r} is none of {', '.join(allowed)}")
        if self.esc is not None:
            from .esc.environment import Environment

            Environment.parse(self.esc)
        for store in self.stores:
            from .sources.schemes import split

            split(store)
        if self.last_known == "off":
            object.__setattr__(self, "last_known", None)
        for name in _SECONDS:
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name}: must be more than 0 seconds")
        if not self.audit_max_bytes >= SMALLEST_FILE:
            raise ConfigError(f"audit_max_bytes: must be at least {SMALLEST_FILE}")
        if self.refresh_seconds > 7200:
            raise ConfigError("refresh_seconds: an ESC session lives 7200 seconds; choose less")
        if self.dotenv is not None and self.mode != "development":
            # The accessor module is the same everywhere; the file must not be.
            if self.mode == "production" and os.path.exists(self.dotenv):  # noqa: PTH110
                raise PolicyError(
                    f"{self.dotenv}: a .env file is not loaded in production mode; remove it, or "
                    "set HUSHFLAKE_MODE=development"
                )
            object.__setattr__(self, "dotenv", None)

    @property
    def offline(self) -> bool:
        """Whether remote sources are never asked."""
        return self.mode in OFFLINE

    @property
    def live(self) -> bool:
        """Whether the process environment is looked at on every read."""
        return self.mode != "production"

    @cached_property
    def aliased(self) -> "Mapping[str, DeclaredKey]":
        """Each name, also the earlier ones, of the declared keys that have earlier names."""
        return {
            name: key
            for key in self.keys
            if key.deprecated_aliases
            for name in (key.name, *(alias.name for alias in key.deprecated_aliases))
        }

    def names(self, key: str) -> tuple[str, ...]:
        """The names under which the value of a key may be set, in the order of their say."""
        found = self.aliased.get(key)
        if found is None:
            return (key,)
        return (found.name, *(alias.name for alias in found.deprecated_aliases))

    def may_come_from_environment(self, key: str) -> bool:
        """Whether the policy lets the process environment answer for this key."""
        if self.environment != "deny":
            return True
        return any(fnmatchcase(key, pattern) for pattern in (*self.environment_keys, *BOOTSTRAP))

    def is_bootstrap(self, key: str) -> bool:
        """Whether the key says where everything else is, and so is read before anything else."""
        return any(fnmatchcase(key, pattern) for pattern in BOOTSTRAP)


def settled(arguments: Mapping[str, Any], *, mode: str | None = None) -> Settings:
    """The settings of these arguments, with the variables of the environment above them.

    `mode` is above those: what somebody says on a command line.
    """
    values = {name: value for name, value in arguments.items() if value is not None}
    if not os.environ.get(MODE) and runner() is not None:
        # As our pytest plugin does: programs that a test starts are in test mode as well.
        os.environ[MODE] = "test"
    for name, variable in _VARIABLES.items():
        if os.environ.get(variable):
            values[name] = os.environ[variable]
    if mode:
        values["mode"] = mode
    for name, variable in _LISTS.items():
        if os.environ.get(variable):
            values[name] = os.environ[variable].split(",")
    values["source_options"] = source_options(values.get("source_options", {}))
    for name in ("environment_keys", "keyring_keys", "stores", "sources", "declared"):
        if name in values:
            values[name] = _strings(name, values[name])
    for name in ("audit_dir", "dotenv"):
        if name in values:
            values[name] = os.fspath(values[name])
    return Settings(**values)


def _strings(name: str, value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{name}: must be a list of strings")
    return tuple(value)


def source_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """These options, or those of the variable of the environment.

    Raises:
        ConfigError: They are not of the right shape.
    """
    from .sources import options

    text = os.environ.get(options.VARIABLE)
    if not given and not text:
        return {}
    if not isinstance(given, Mapping):
        raise ConfigError("source_options: must be a dictionary")
    return options.parsed(text) if text else options.checked(given)

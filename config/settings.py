"""What `configure(...)` was told, after the `HUSHFLAKE_*` variables had their say."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .errors import ConfigError, PolicyError

MODES = ("production", "development", "test")
ORDERS = ("first", "fallback", "deny")
AUDITS = ("functions", "sites", "off")
# Always readable from the process environment: they say where everything else is.
BOOTSTRAP = (
    "HUSHFLAKE_*",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_BACKEND_URL",
    "PULUMI_ORGANIZATION",
    "PULUMI_PROJECT",
    "PULUMI_ENVIRONMENT",
)
STORES = "HUSHFLAKE_STORES"
_VARIABLES = {
    "mode": "HUSHFLAKE_MODE",
    "esc": "HUSHFLAKE_ESC",
    "environment": "HUSHFLAKE_ENVIRONMENT",
    "audit_dir": "HUSHFLAKE_AUDIT_DIR",
    "keyring": "HUSHFLAKE_KEYRING",
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
    otel: bool = False
    service: str = ""
    dotenv: str | None = None
    keyring: str | None = None
    keyring_keys: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict, repr=False)
    declared: tuple[str, ...] | None = None
    esc_url: str | None = None
    connect_timeout: float = 1.0
    read_timeout: float = 3.0
    total_timeout: float = 10.0
    refresh_seconds: float = 900.0
    miss_seconds: float = 60.0
    max_stale_seconds: float = 4 * 3600.0
    flush_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name, allowed in (("mode", MODES), ("environment", ORDERS), ("audit", AUDITS)):
            value = getattr(self, name)
            if value not in allowed:
                raise ConfigError(f"{name}: {value!r} is none of {', '.join(allowed)}")
        if self.esc is not None:
            from .esc.environment import Environment

            Environment.parse(self.esc)
        for store in self.stores:
            from .sources.stores import split

            split(store)
        for name in ("refresh_seconds", "miss_seconds", "max_stale_seconds", "flush_seconds"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name}: must be more than 0 seconds")
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
    def live(self) -> bool:
        """Whether the process environment is looked at on every read."""
        return self.mode != "production"

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
    for name, variable in _VARIABLES.items():
        if os.environ.get(variable):
            values[name] = os.environ[variable]
    if mode:
        values["mode"] = mode
    if os.environ.get(STORES):
        values["stores"] = os.environ[STORES].split(",")
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

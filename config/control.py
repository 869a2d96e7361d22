"""Configure, load, refresh, look inside: what an accessor module and an operator call."""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from .insight.describe import describe
from .reading import access, process
from .reading.counters import code_attributes
from .reading.runtime import Runtime
from .settings import settled
from .sources.base import Hidden, HiddenOptions

if TYPE_CHECKING:
    from .declared.typed import ConfigKeys

__all__ = [
    "audit_snapshot",
    "configure",
    "describe",
    "flush_audit",
    "preload",
    "refresh",
    "unconfigure",
]


def configure(
    *,
    mode: Literal["production", "development", "test", "build"] | str | None = None,
    esc: str | None = None,
    environment: Literal["first", "fallback", "deny"] | str | None = None,
    environment_keys: Iterable[str] | None = None,
    audit_dir: str | os.PathLike[str] | None = None,
    audit: Literal["functions", "sites", "off"] | str | None = None,
    audit_key: str | None = None,
    audit_max_bytes: int | None = None,
    otel: bool | None = None,
    service: str | None = None,
    dotenv: str | os.PathLike[str] | None = None,
    keyring: str | None = None,
    keyring_keys: Iterable[str] | None = None,
    stores: Iterable[str] | None = None,
    sources: Iterable[str] | None = None,
    source_options: Mapping[str, Mapping[str, Any]] | None = None,
    overrides: Mapping[str, str] | None = None,
    declared: Iterable[str] | None = None,
    keys: "type[ConfigKeys] | None" = None,
    esc_url: str | None = None,
    connect_timeout: float | None = None,
    read_timeout: float | None = None,
    total_timeout: float | None = None,
    refresh_seconds: float | None = None,
    miss_seconds: float | None = None,
    max_stale_seconds: float | None = None,
    last_known: Literal["age", "keyring"] | str | None = None,
    last_known_seconds: float | None = None,
    flush_seconds: float | None = None,
) -> None:
    """Say where values come from. Nothing is loaded before the first read, or `preload()`.

    `HUSHFLAKE_MODE`, `HUSHFLAKE_ESC`, `HUSHFLAKE_ENVIRONMENT`, `HUSHFLAKE_AUDIT_DIR`,
    `HUSHFLAKE_KEYRING`, `HUSHFLAKE_STORES` and `HUSHFLAKE_SOURCES` (with commas) and
    `HUSHFLAKE_SOURCE_OPTIONS` (JSON) win over the arguments of the same meaning.
    Calling it again replaces the configuration.

    Args:
        mode: `production` (the default): values are a snapshot, .env files are forbidden.
            `development`: the process environment is read live, a .env file may be used, and ESC
            out of reach is a warning. `test`: live as well, and no network at all. `build`, while
            an image is built: no network either, and a required key without a value is an error
            that says so.
        esc: The Pulumi ESC environment, `organisation/project/env`, perhaps with `@version`.
        environment: Where the process environment stands: `first` (the default) before every
            other source, `fallback` after them, `deny` for `environment_keys` alone: reading
            another key that it holds is a PolicyError.
        environment_keys: Names or patterns (`AWS_*`) that may come from the process environment.
        audit_dir: Folder for the audit trail; one file a process, or several of a size.
        audit: `functions` counts for each calling function, `sites` for each line, `off`.
        audit_key: The name under which the sources hold the trail's HMAC key.
        audit_max_bytes: The size from which an audit file is followed by another (64 MiB).
        otel: Send the trail to the application's OpenTelemetry logger provider as well.
        service: The service's name in audit records; else `OTEL_SERVICE_NAME`, else the program.
        dotenv: A .env file for development mode; ignored in test mode.
        keyring: Service name in the keyring of the operating system.
        keyring_keys: The keys to ask the keyring for; it cannot be listed.
        stores: Stores of secrets, each `SCHEME:NAME`, as `vault:secret/shop/prod`; asked in this
            order, after ESC. Their addresses and credentials come from the process environment.
        sources: Sources that installed packages register, each `NAME` or `NAME:ARGUMENT`.
        source_options: `NAME` or `NAME:ARGUMENT` of a source -> its options. Two are carried out
            for every source: `timeout`, and `refresh_seconds` in place of the setting.
        overrides: Values above every source.
        declared: Strict mode: names or patterns; reading any other key is an error.
        keys: The class that `hushflake config codegen` writes. Earlier names of its keys are
            answered, and `check_config()` checks them.
        esc_url: Address of ESC where `PULUMI_BACKEND_URL` names none; else Pulumi's own.
        connect_timeout: Seconds to connect (1).
        read_timeout: Seconds between two pieces of an answer (3).
        total_timeout: Seconds for a call with all its repeats (10).
        refresh_seconds: Life of the snapshot (900), shortened at random by up to a fifth.
        miss_seconds: Life of what was missing or failed, before it is looked for again (60).
        max_stale_seconds: How long values are served when their source is out of reach (14400).
        last_known: Keep the last known good values of remote sources encrypted, for a start while
            one is out of reach: for the identity of `AGE_IDENTITY` (`age`), or for one that the
            keyring keeps (`keyring`). Off by default.
        last_known_seconds: How old such values may be (86400).
        flush_seconds: Time between two writes of the audit trail (30).

    Raises:
        ConfigError: An argument or variable cannot be used.
        PolicyError: A .env file in production mode.
    """
    arguments = locals()
    if overrides is not None:
        # A traceback may show this frame's variables.
        arguments["overrides"] = overrides = Hidden(overrides)
    if source_options is not None:
        arguments["source_options"] = source_options = HiddenOptions(source_options)
    if keys is not None:
        from .declared.typed import declared_in

        arguments["keys"] = tuple(declared_in(keys))
    process.start(settled(arguments))


def unconfigure() -> None:
    """Be the live process environment again. Ends the thread and the audit trail."""
    process.stop()


def preload() -> None:
    """Load all sources now instead of at the first read.

    Raises:
        ConfigSourceError: A source cannot be read.
        PolicyError: The mode forbids what was found.
    """
    active = process.current()
    if active is not None:
        active.loaded_table()
        # A start is to survive an outage where that was chosen.
        _raise_failures(active, copied=False)


def refresh() -> None:
    """Ask all sources again now. Concurrent calls share one answer.

    Raises:
        ConfigSourceError: A source cannot be read; values from before stay in use.
    """
    active = process.current()
    if active is not None:
        active.refresh()
        _raise_failures(active)


def _raise_failures(active: Runtime, *, copied: bool = True) -> None:
    for error in active.failures(copied=copied):
        raise error


def audit_snapshot() -> list[dict[str, Any]]:
    """Exact counts of the reads of this process so far, the most read first.

    Returns:
        Dictionaries of `key`, `source`, `outcome`, `count`, `code.function.name`,
        `code.file.path` and `code.line.number` (the line of the first read there).
    """
    counted = [
        {"key": bucket.key, "source": bucket.source, "outcome": bucket.outcome, "count": count}
        | code_attributes(site)
        for bucket, _, site, count in access.base().counters.totals()
    ]
    return sorted(counted, key=lambda record: (-record["count"], record["key"]))


def flush_audit() -> None:
    """Write what the audit trail holds now. It is also written at intervals, at exit and at fork.

    Raises:
        OSError: It cannot be written; nothing counted is lost by that.
    """
    active = process.current()
    if active is not None:
        active.flush()

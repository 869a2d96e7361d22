"""A pydantic settings class reads a `.env` file: `env_file` is set.

The file is worse than the class (HSF108): a file of secrets beside the source is copied and
committed. Remove `env_file`; the class then reads the environment, which `hushflake config run`
fills.
"""

import ast
from collections.abc import Iterator

from ..module import Module
from ..node_names import name_of
from ..rule import Report, Rule

_BASES = {"pydantic.BaseSettings", "pydantic_settings.BaseSettings"}


class SettingsEnvFile(Rule):
    code = "HSF203"
    message = "settings class {name} reads the file {file}; remove env_file"
    VALID = (
        "from pydantic_settings import BaseSettings\nclass App(BaseSettings):\n    url: str",
        (
            "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
            "class App(BaseSettings):\n    model_config = SettingsConfigDict(env_file=None)"
        ),
        "class App(Base):\n    class Config:\n        env_file = '.env'",
    )
    INVALID = (
        (
            "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
            "class App(BaseSettings):\n    model_config = SettingsConfigDict(env_file='.env')"
        ),
        (
            "from pydantic_settings import BaseSettings\n"
            "class App(BaseSettings):\n    model_config = {'env_file': ('.env', '.env.prod')}"
        ),
        (
            "import pydantic\n"
            "class App(pydantic.BaseSettings):\n    class Config:\n        env_file = '.env'"
        ),
        "from pydantic_settings import BaseSettings\nclass App(BaseSettings, env_file='.env'): ...",
        (
            "from pydantic_settings import BaseSettings\n"
            "class Base(BaseSettings): ...\n"
            "class App(Base):\n    model_config = dict(env_file='.env')"
        ),
        (
            "from pydantic_settings import BaseSettings\n"
            "class App(BaseSettings):\n    url: str\n\napp = App(_env_file='.env')"
        ),
    )

    def applies(self, module: Module) -> bool:
        return b"BaseSettings" in module.utf8 and b"env_file" in module.utf8

    def check(self, module: Module) -> Iterator[Report]:
        classes: set[str] = set()
        # Source order: a class stands before those that derive from it.
        nodes = sorted(
            (node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef | ast.Call)),
            key=lambda node: (node.lineno, node.col_offset),
        )
        for node in nodes:
            if isinstance(node, ast.Call):
                if name_of(node.func) in classes:
                    yield from _given(module, node.keywords, "_env_file", name_of(node.func))
            elif any(self._is_settings(base, module, classes) for base in node.bases):
                classes.add(node.name)
                yield from _given(module, node.keywords, "env_file", node.name)
                yield from _in_body(module, node)

    def _is_settings(self, base: ast.expr, module: Module, classes: set[str]) -> bool:
        return name_of(base) in classes or module.index.resolve(base) in _BASES


def _in_body(module: Module, node: ast.ClassDef) -> Iterator[Report]:
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Call(keywords=words))
                | ast.AnnAssign(target=ast.Name(id="model_config"), value=ast.Call(keywords=words))
            ):
                yield from _given(module, words, "env_file", node.name)
            case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Dict() as table):
                for key, value in zip(table.keys, table.values, strict=True):
                    if name_of(key) == "env_file":
                        yield from _report(module, value, node.name)
            case ast.ClassDef(name="Config", body=body):
                for inner in body:
                    if isinstance(inner, ast.Assign) and name_of(inner.targets[0]) == "env_file":
                        yield from _report(module, inner.value, node.name)


def _given(module: Module, keywords: list[ast.keyword], wanted: str, name: str) -> Iterator[Report]:
    for keyword in keywords:
        if keyword.arg == wanted:
            yield from _report(module, keyword.value, name)


def _report(module: Module, value: ast.expr, name: str) -> Iterator[Report]:
    if isinstance(value, ast.Constant) and value.value is None:
        return
    start, end = module.source.range(value)
    yield Report(start, end, {"name": name, "file": module.value_at(start, end)}, name)

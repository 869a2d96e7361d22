"""A pydantic settings class reads a `.env` file: `env_file` is set.

The file is worse than the class (HSF108): a file of secrets beside the source is copied and
committed. Remove `env_file`; the class then reads the environment, which `hushflake config run`
fills. Where .env files feed the repository (see HSF201) it is a note.
"""

import ast
from collections.abc import Iterator

from ..module import Module
from ..node_names import name_of
from ..rule import Report, Rule
from ..silent.settings_classes import BASES, classes


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
        names: set[str] = set()
        for found in classes(module.index, BASES):
            names.add(found.node.name)
            if "env_file" in found.given:
                yield from _report(module, found.given["env_file"], found.node.name)
        if b"_env_file" not in module.utf8:
            return
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and name_of(node.func) in names:
                for word in node.keywords:
                    if word.arg == "_env_file":
                        yield from _report(module, word.value, name_of(node.func))


def _report(module: Module, value: ast.expr, name: str) -> Iterator[Report]:
    if isinstance(value, ast.Constant) and value.value is None:
        return
    start, end = module.source.range(value)
    facts = {"name": name, "file": module.value_at(start, end)}
    yield Report(start, end, facts, name, is_note=module.policy.settings.fed_by_files)

"""Classes of pydantic-settings before and after: the same fields, the same values."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.codemods.feeding import Feeding
from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Outcome, Rewriter
from hushflake.codemods.transforms import all_transforms
from hushflake.lint_plugin.settings import Policy, Settings
from hushflake.remediation.inventory.collect import collect

IMPORTS = """\
from typing import Annotated

from pydantic import AliasChoices, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
"""
# Prints what every class made of its variables.
SHOW = """

for made in [value for value in list(globals().values()) if isinstance(value, type)]:
    if issubclass(made, BaseModel) and made.__module__ == "__main__" and made.model_fields:
        values = made().model_dump()
        print(made.__name__, {k: getattr(v, "get_secret_value", lambda v=v: v)()
                              for k, v in values.items()})
"""
CLASSES = {
    "plain": """
class App(BaseSettings):
    url: str
    port: int = 80
    tags: list[str] = []
    token: SecretStr = SecretStr("none")
""",
    "prefix and aliases": """
class App(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_", extra="ignore")
    url: str
    port: int = Field(1, alias="PORT")
    level: Annotated[str, Field(validation_alias=AliasChoices("NOTHING", "LEVEL"))] = "x"
""",
    "nested": """
class Db(BaseModel):
    host: str = "none"
    port: int = 1

class App(BaseSettings):
    model_config = SettingsConfigDict(env_nested_delimiter="__")
    db: Db = Db()
""",
    "inherited": """
class Base(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_")
    url: str

class App(Base):
    port: int = 1
""",
    "case": """
class App(BaseSettings):
    model_config = SettingsConfigDict(case_sensitive=True)
    Mixed: str = "none"
    MIXED: str = "none"
""",
    "a mixin": """
class Mixin:
    def where(self) -> str:
        return self.url

class App(Mixin, BaseSettings):
    url: str
""",
}
ENVIRONMENT = {
    "URL": "http://a", "APP_URL": "http://b", "PORT": "7", "APP_PORT": "8", "LEVEL": "debug",
    "TAGS": '["a", "b"]', "TOKEN": "t0", "DB": '{"host": "json"}', "DB__HOST": "nested",
    "DB__PORT": "9", "Mixed": "m", "MIXED": "M",
}  # fmt: skip


CONFIGURED, SETTINGS = Feeding(("esc:a/b/c",)), Settings()


def rewrite(
    text: str, feeding: Feeding = CONFIGURED, settings: Settings = SETTINGS, path: str = "module.py"
) -> Outcome:
    chosen = [known for known in all_transforms() if known.name == "settings_classes"]
    rewriter = Rewriter(chosen, Policy(settings), KeyNames(), feeding=feeding)
    return rewriter.rewrite(text.encode(), path)


def printed(text: str, folder: Path) -> str:
    (folder / "module.py").write_text(text + SHOW)
    done = subprocess.run(
        [sys.executable, "module.py"],
        cwd=folder,
        env={**ENVIRONMENT, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_the_fields_and_values_are_the_same_before_and_after(tmp_path: Path) -> None:
    before = IMPORTS + "".join(
        re.sub(r"\b(App|Base)\b", rf"\g<1>{at}", text) for at, text in enumerate(CLASSES.values())
    )
    outcome = rewrite(before)
    assert outcome.status == "changed", outcome.message
    after = (outcome.new or b"").decode()
    assert "(BaseSettings)" not in after
    assert after.count("ConfigSettings)") == len(CLASSES)
    told = printed(before, tmp_path)
    assert len(told.splitlines()) >= len(CLASSES)
    assert "'host': 'nested', 'port': 9" in told
    assert printed(after, tmp_path) == told


FILE = f"""{IMPORTS}
class App(BaseSettings):
    model_config = SettingsConfigDict(env_file={{}}, env_prefix="A_")
    url: str
"""


@pytest.mark.parametrize(
    ("file", "feeding", "fed", "reason", "kept"),
    [
        ('".env"', Feeding(("esc:a/b/c",)), False, "", False),
        ('".env"', Feeding(), False, "settings-file", True),
        ('".env"', Feeding(forced=True), False, "", False),
        ('".env"', Feeding(), True, "", True),
        ('"../.env"', Feeding(), True, "settings-file", True),
        ("None", Feeding(), False, "", True),
    ],
)
def test_a_file_goes_only_where_a_source_stands_in_for_it(
    file: str, feeding: Feeding, fed: bool, reason: str, kept: bool
) -> None:
    outcome = rewrite(FILE.format(file), feeding, Settings(fed_by_files=fed))
    assert [edit.reason for edit in outcome.edits] == [reason]
    text = (outcome.new or FILE.format(file).encode()).decode()
    assert ("env_file" in text) == kept
    assert ("class App(ConfigSettings)" in text) == (not reason)


@pytest.mark.parametrize(
    ("line", "reason", "where"),
    [
        ("", "settings-accessor", ""),
        ("from hushflake.config.pydantic import ConfigSettings", "", "from app.conf import"),
        ("class ConfigSettings: ...", "", "from app.conf import ConfigSettings"),
    ],
)
def test_the_accessor_of_the_project_gives_the_class_where_it_has_it(
    tmp_path: Path, line: str, reason: str, where: str
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "conf.py").write_text(f"{line}\n")
    settings = Settings(root=str(tmp_path), accessor="app.conf")
    outcome = rewrite(IMPORTS + CLASSES["plain"], settings=settings)
    assert [edit.reason for edit in outcome.edits] == [reason]
    assert where in (outcome.new or b"").decode()


def test_the_default_report_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "app.py").write_text(IMPORTS + CLASSES["inherited"])
    (tmp_path / "derived.py").write_text(
        "from app import App\n\nclass More(App):\n    more: int = 1\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["codemod"]) == 0
    command = "hushflake codemod --only settings_classes --write"
    assert command in capsys.readouterr().out
    reads = {key.name: key.reads[0].rewrite for key in collect([tmp_path]).read_keys}
    assert reads == dict.fromkeys(("APP_URL", "APP_PORT", "APP_MORE"), "opt-in")
    assert main(command.split()[1:]) == 0
    capsys.readouterr()
    reads = {key.name: key.reads[0].rewrite for key in collect([tmp_path]).read_keys}
    assert reads == dict.fromkeys(("APP_URL", "APP_PORT", "APP_MORE"), "done")
    assert main(["codemod"]) == 0
    assert command not in capsys.readouterr().out

"""What reaches the environment without naming it: in check, in the codemod, in the inventory."""

from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Rewriter
from hushflake.codemods.transforms import chosen
from hushflake.lint_plugin.analysis import Index, ParseFailure, parse, prefilter
from hushflake.lint_plugin.rules.hsf108_silent_access import SilentAccess
from hushflake.lint_plugin.settings import Policy, Settings
from hushflake.lint_plugin.silent import FORMS, REASONS, may_be_silent, silent
from hushflake.remediation.inventory.collect import collect

PYDANTIC = "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
CLICK = "import click, typer\n"
# Source -> the keys that are found in it, with `!` for a required one and the default.
KEYS: dict[str, list[str]] = {
    "import os\nos.path.expandvars('${A}/$B_C/$$')": ["A", "B_C"],
    "x = __import__('os').environ['A']": ["A!"],
    "x = __import__('os').environ.get('A', 'd')": ["A='d'"],
    "import os\nx = getattr(os, 'getenv')('A', 'd')": ["A='d'"],
    "import os\nx = getattr(os, 'environ')['A']": ["A!"],
    "import subprocess\nsubprocess.os.environ['A'] = 'x'": [],
    f"{CLICK}click.option('--a', envvar=['A', 'B'], default=1)": ["A=1", "B=1"],
    f"{CLICK}click.option('--a', envvar='A', required=True)": ["A!"],
    f"{CLICK}x = typer.Option(..., envvar='A')": ["A"],
    f"{CLICK}x = typer.Option('d', '--a', envvar='A')": ["A='d'"],
    f"{CLICK}x = typer.Option('--a', envvar='A')": ["A"],
    f"{CLICK}x = typer.Option(envvar=name)": [],
    f"{CLICK}click.command(context_settings={{'auto_envvar_prefix': 'APP'}})": ["APP_*"],
    f"{PYDANTIC}class A(BaseSettings):\n  a: str\n  b: int = 3\n  _c: int = 1\n": ["A!", "B=3"],
    f"{PYDANTIC}class A(BaseSettings):\n  model_config = SettingsConfigDict(env_prefix='x_')\n"
    "  a: str\n": ["X_A!"],
    f"{PYDANTIC}class A(BaseSettings):\n  model_config = {{'case_sensitive': True}}\n  a: str\n": [
        "a!"
    ],
    f"{PYDANTIC}class A(BaseSettings, env_prefix='X_'): ...\nclass B(A):\n  b: str": ["X_B!"],
    f"{PYDANTIC}class A(BaseSettings):\n  model_config = made_elsewhere()\n  a: str\n": [],
    f"{PYDANTIC}class A(BaseSettings):\n  a: str = Field(alias='B')\n  c: ClassVar[int] = 1": [
        "B!"
    ],
    f"{PYDANTIC}class A(BaseSettings):\n"
    "  a: Annotated[str, Field(validation_alias=AliasChoices('B', AliasPath('x', 0), 'C'))]\n": [
        "B",
        "X",
        "C",
    ],
    "from app.base import OurBaseSettings\nclass A(OurBaseSettings):\n  a: str": [],
}


def found_in(source: str) -> list[str]:
    parsed = parse(source.encode(), "a.py")
    assert not isinstance(parsed, ParseFailure)
    [found] = silent(Index(parsed))
    text = parsed.utf8.decode()
    told = []
    for key in found.keys:
        default = "" if key.default is None else "=" + text[slice(*parsed.range(key.default))]
        told.append(f"{key.name}{'!' if key.required else ''}{default}")
    return told


@pytest.mark.parametrize("source", KEYS)
def test_the_keys_that_are_written_out(source: str) -> None:
    assert found_in(source) == KEYS[source]


# No access: names that only look like one.
@pytest.mark.parametrize(
    "source",
    [
        "def f(os):\n    return getattr(os, 'environ')",
        "class A:\n    def f(self):\n        return self.os.environ",
        "import os\nhas = hasattr(os, 'environ')",
        "import sys\nsys.modules['os.path'].environ",
        "def exec(text): ...\nexec('os.environ')",
        "exec(code, environ)",
        "from mine import expandvars\nexpandvars('$A')",
        "option('--a', envvar='not a name')",
        "def option(envvar='NAME'): ...",
        "envvar = 'NAME'",
        "class BaseSettings: ...\nclass A(BaseSettings):\n    a: str",
        f"{PYDANTIC}class A(BaseSettings):\n    model_config = SettingsConfigDict()",
        "import posix\nposix.getloadavg()  # environ",
    ],
)
def test_what_is_no_access(source: str) -> None:
    parsed = parse(source.encode(), "a.py")
    assert not isinstance(parsed, ParseFailure)
    assert silent(Index(parsed)) == []


def test_every_reason_has_an_example_and_the_codemod_lists_each(tmp_path: Path) -> None:
    rewriter = Rewriter(chosen(), Policy(Settings(root=str(tmp_path))), KeyNames())
    seen = set()
    for example in SilentAccess.INVALID:
        assert isinstance(example, str)
        data = example.encode() + b"\n"
        assert prefilter(data) or may_be_silent(data)
        edits = rewriter.rewrite(data, str(tmp_path / "a.py")).edits
        [reason] = [edit.reason for edit in edits if edit.form == "silent"]
        seen.add(reason)
    assert seen == set(REASONS)


def test_a_file_without_such_words_is_not_parsed(tmp_path: Path) -> None:
    words = [word.decode() for row in FORMS.values() for word in row]
    assert not may_be_silent(b"import os\nos.path.join('a')\n")
    assert all(may_be_silent(word.encode()) for word in words)
    (tmp_path / "a.py").write_text("this is no Python\n")
    assert collect([tmp_path]).skipped == []


def test_platform_keys_are_left_to_the_platform(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "import os, click\nos.path.expandvars('$HOME/x')\nclick.option('--ci', envvar='CI')\n"
    )
    assert main(["check", "--select", "HSF108", str(tmp_path)]) == 0


def test_no_credential_in_the_place_of_a_key_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "ghp_" + "A1b2C3d4E5f6" * 3
    (tmp_path / "a.py").write_text(
        f"import os, click\nclick.option('--a', envvar='{token}', default='{token}')\n"
        f"os.path.expandvars('${token}')\ngetattr(os, 'environ')['{token}']\n"
    )
    for command in ("check", "codemod", "inventory"):
        for form in ("text", "json"):
            main([command, "--format", form, str(tmp_path)])
            printed = capsys.readouterr()
            assert token not in printed.out + printed.err


def test_the_inventory_has_the_fields_of_classes_that_read_through_the_library(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.py").write_text(
        "from hushflake.config import Service, setting\n"
        "from hushflake.config.pydantic import ConfigSettings\n"
        "class A(Service):\n    prefix = 'X_'\n    host: str\n    n: int = 3\n"
        "    t: str = setting('OTHER', default=None)\n"
        "class B(ConfigSettings):\n    model_config = {'env_prefix': 'Y_'}\n    url: str\n"
    )
    found = {
        key.name: (read.form, read.via, read.required)
        for key in collect([tmp_path]).keys
        for read in key.reads
    }
    assert found == {
        "X_HOST": ("service-class", "config", True),
        "X_N": ("service-class", "config", False),
        "OTHER": ("service-class", "config", False),
        "Y_URL": ("settings-class", "config", True),
    }

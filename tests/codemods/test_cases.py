"""Before and after, one folder a transform; identical files mean "leaves it alone".

The result must parse, and a second run must change nothing.
"""

import ast
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hushflake.codemods.feeding import Feeding
from hushflake.codemods.key_uses import KeyUses, key_uses
from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Outcome, Rewriter
from hushflake.codemods.transforms import all_transforms
from hushflake.lint_plugin.settings import Policy, Settings

CASES = Path(__file__).parent / "cases"
# Transforms that do something only where the accessor is a module of the project.
ACCESSORS = {"accessor_imports": "app.config"}
# What the tests of the cases for `test_overrides` are about.
APPLICATION = """
import os
from hushflake.config import get_config_value, require_config_value
def read(): return require_config_value("SHOP_URL"), get_config_value("SHOP_LEVEL")
def more(): return get_config_value("SHOP_COLOR"), get_config_value("AWS_REGION")
def size(): return get_config_value("SHOP_SIZE")
def direct(): return os.environ["SHOP_DIRECT"]
"""
BEFORE = sorted(CASES.rglob("*.before.*"))
MODULES = [path for path in BEFORE if path.suffix == ".py"]


def rewrite(
    transform: str, data: bytes, settings: Settings | None = None, path: str = "module.py"
) -> Outcome:
    chosen = [known for known in all_transforms() if known.name == transform]
    if settings is None:
        settings = Settings(accessor=ACCESSORS.get(transform, Settings().accessor))
    # The cases are about how loaders go; whether they may is `test_feeding`.
    rewriter = Rewriter(chosen, Policy(settings), KeyNames(), feeding=Feeding(forced=True))
    if transform == "test_overrides":
        policy = Policy(settings._replace(root=str(Path.cwd())))
        rewriter = rewriter._replace(policy=policy, key_uses=uses(data))
        return rewriter.rewrite(data, str(Path.cwd() / "tests" / "test_module.py"))
    return rewriter.rewrite(data, path)


def uses(data: bytes) -> KeyUses:
    """What a repository says of its keys of which `data` is the only test."""
    with TemporaryDirectory() as folder:
        Path(folder, "tests").mkdir()
        Path(folder, "tests", "test_module.py").write_bytes(data)
        Path(folder, "app.py").write_text(APPLICATION, encoding="utf-8")
        return key_uses(Settings(root=folder))


@pytest.mark.parametrize("before", BEFORE, ids=lambda p: f"{p.parent.name}-{p.name.split('.')[0]}")
def test_case(before: Path) -> None:
    data = before.read_bytes()
    wanted = before.with_name(before.name.replace(".before.", ".after.")).read_bytes()
    path = f"module{before.suffix}"
    outcome = rewrite(before.parent.name, data, path=path)
    assert outcome.status in ("changed", "unchanged"), outcome.message
    result = outcome.new or data
    assert result.decode() == wanted.decode()
    ast.parse(result) if before.suffix == ".py" else json.loads(result)
    again = rewrite(before.parent.name, result, path=path)
    assert again.status == "unchanged"
    assert not [edit for edit in again.edits if edit.action == "rewritten"]


def test_every_transform_has_cases() -> None:
    assert {path.parent.name for path in BEFORE} == {t.name for t in all_transforms()}


@pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["crlf", "cr"])
@pytest.mark.parametrize("before", MODULES, ids=lambda p: f"{p.parent.name}-{p.name.split('.')[0]}")
def test_case_with_other_line_ends(before: Path, end: bytes) -> None:
    data = before.read_bytes()
    wanted = before.with_name(before.name.replace(".before.", ".after.")).read_bytes()
    data, wanted = (text.replace(b"\r\n", b"\n").replace(b"\n", end) for text in (data, wanted))
    result = rewrite(before.parent.name, data).new or data
    assert result.decode() == wanted.decode()


def test_each_line_keeps_its_own_end() -> None:
    data = b'import os\nA = os.getenv(\r\n    "A",\r    "d",\n)\n'
    assert rewrite("environment_reads", data).new == (
        b"from hushflake.config import get_config_value\n"
        b'A = get_config_value(\r\n    "A",\r    "d",\n)\n'
    )


def test_a_merged_import_keeps_its_line_ends() -> None:
    data = (
        b"import os\r\n"
        b"from hushflake.config import (\r\n    has_config_value,\r\n    configure,\r\n)\r\n"
        b"A = os.getenv('A') or has_config_value('B')\r\n"
    )
    assert rewrite("environment_reads", data).new == (
        b"from hushflake.config import (\r\n    has_config_value,\r\n    configure,\r\n"
        b"    get_config_value,\r\n)\r\n"
        b"A = get_config_value('A') or has_config_value('B')\r\n"
    )

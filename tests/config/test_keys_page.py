"""What docs/keys.md shows works as it is shown."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hushflake.config as hc
from hushflake.cli.main import main
from hushflake.config.declared.types import KINDS, spelled

PAGE = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(PAGE)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for _, title, text in BLOCKS:
        if title:
            (tmp_path / title).parent.mkdir(exist_ok=True)
            (tmp_path / title).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_worked_example(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, _, text in BLOCKS:
        if language == "console":
            for line in text.splitlines():
                assert main(line.removeprefix("$ hushflake ").split()) == 0, line
    assert main(["config", "codegen", "--check"]) == 0
    environment = {key: value for key, value in os.environ.items() if "HUSHFLAKE" not in key}
    environment |= {"PYTHONPATH": str(shop), "PORT": "eighty"}
    for name in ("DATABASE_URL", "PG_URL", "SENTRY_DSN", "LOG_LEVEL"):
        environment.pop(name, None)
    start = [sys.executable, "-m", "shop.start"]
    done = subprocess.run(start, cwd=shop, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    (shown,) = [text for _, _, text in BLOCKS if text.startswith("hushflake.config.errors.")]
    told = done.stderr[done.stderr.index("hushflake.config.errors.") :]
    # The keys come in the order of the table.
    assert sorted(told.splitlines()) == sorted(shown.splitlines())
    environment |= {"DATABASE_URL": "postgresql://h/d", "PORT": "80"}
    environment |= {"SENTRY_DSN": "https://a@b/1"}
    assert subprocess.run(start, cwd=shop, env=environment).returncode == 0
    program = "from shop.app import address; print(address())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=shop, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "0.0.0.0:80\n"


def test_the_service_classes() -> None:
    (text,) = [text for _, _, text in BLOCKS if "class Application(Service)" in text]
    space: dict[str, object] = {"__name__": "shown"}
    sys.modules["shown"] = type(sys)("shown")
    sys.modules["shown"].__dict__.update(space)
    try:
        exec(compile(text, "docs/keys.md", "exec"), sys.modules["shown"].__dict__)
        application = sys.modules["shown"].Application
        with hc.config_overrides({"STRIPE_KEY": "x", "BILLING_TIMEOUT": "1m"}):
            loaded = application.load()
        assert (loaded.billing.timeout.seconds, loaded.workers) == (60, 2)
        with pytest.raises(hc.ServiceError, match="missing: BILLING_API_KEY"):
            application.load()
    finally:
        del sys.modules["shown"]


@pytest.mark.parametrize("text", [text for language, _, text in BLOCKS if language == "python"])
def test_the_examples_are_python(text: str) -> None:
    compile(text, "docs/keys.md", "exec")


def test_every_type_and_field_is_described() -> None:
    formats = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    (types,) = re.findall(r"^\| `type` \| (.*) \|$", formats, re.MULTILINE)
    for kind in KINDS:
        assert f"`{kind}`" in types
        spelled(kind)
    for name in ("check_config", "config_problems", "ConfigCheckError", "InvalidConfigError"):
        assert name in PAGE
    for name in ("Url", "Base64", "Json", "setting", "Service"):
        assert name in PAGE

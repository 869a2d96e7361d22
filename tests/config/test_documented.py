"""The page about configuration names what there is."""

import inspect
import re
import subprocess
from pathlib import Path

import click
import pytest

import hushflake.config as hc
from hushflake.cli.commands.config import config
from hushflake.config.project import section as project
from hushflake.config.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = "\n".join(
    (DOCS / name).read_text(encoding="utf-8") for name in ("config.md", "esc.md", "servers.md")
)
RETIRED = re.compile(r"\besc (open|env|run|login|logout|get|set|init|edit|ls|rm|version)\b")
# https://www.pulumi.com/docs/iac/cli/commands/pulumi_env/ (CLI v3.272).
SUBCOMMANDS = {
    "change-request", "clone", "diff", "edit", "get", "init", "list", "ls", "new", "open",
    "open-request", "provider", "referrer", "rm", "rotate", "run", "schedule", "set", "settings",
    "tag", "version", "webhook",
}  # fmt: skip
FORMATS = (DOCS / "formats.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(config.commands))
def test_every_command_is_on_the_page(command: str) -> None:
    assert f"hushflake config {command}" in PAGE
    found = config.commands[command]
    for name in found.commands if isinstance(found, click.Group) else ():
        assert name in {"show"} or f"{command} {name}" in PAGE


@pytest.mark.parametrize("key", [*project._STRINGS, *project._NUMBERS, *project._LISTS])
def test_every_key_of_the_section_is_in_the_formats(key: str) -> None:
    assert f"`{key}`" in FORMATS


def test_every_argument_of_configure_is_explained() -> None:
    names = set(inspect.signature(hc.configure).parameters)
    explained = set(re.findall(r"^    (\w+): ", inspect.getdoc(hc.configure) or "", re.MULTILINE))
    assert explained - set(hc.__all__) == names  # `Raises:` is spelled alike
    assert names == set(Settings.__dataclass_fields__)


def test_every_public_name_exists_and_what_users_need_is_on_the_page() -> None:
    for name in hc.__all__:
        assert getattr(hc, name) is not None
    assert set(hc.__all__) <= set(dir(hc))
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        hc.nope  # noqa: B018
    for name in ("configure", "preload", "refresh", "config_overrides", "redact_logging"):
        assert name in PAGE


def test_the_examples_are_python() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) >= 7
    for example in examples:
        compile(example, "docs/config.md", "exec")


def test_the_manifests_are_yaml() -> None:
    import yaml

    for example in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        assert yaml.safe_load(example)


def test_the_retired_command_is_named_nowhere() -> None:
    """The standalone `esc` is retired: every use is `pulumi env`, with its subcommands alone."""
    root = DOCS.parent
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    found, used = [], set()
    for name in listed.stdout.decode().split("\0"):
        path = root / name
        if not path.is_file() or path.suffix in {".png", ".svg"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{name}: {match[0]}" for match in RETIRED.finditer(text)]
        used |= {match[1] for match in re.finditer(r"pulumi env ([a-z-]+)", text)}
    assert found == []
    assert used <= SUBCOMMANDS
    assert "run" in used


def test_the_section_is_toml() -> None:
    import tomllib

    for example in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL):
        tomllib.loads(example)

"""`[tool.hushflake]`: found upward, typed, and clear about mistakes."""

import os
from pathlib import Path

import pytest

from hushflake.lint_plugin.errors import SettingsError
from hushflake.lint_plugin.settings import Policy, Settings, load


def project(root: Path, body: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").write_text(body, encoding="utf-8")
    return root


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load([str(tmp_path)])
    assert settings._replace(root="") == Settings()


def test_every_key_is_read(tmp_path: Path) -> None:
    project(
        tmp_path,
        """
[tool.hushflake]
accessor = "backend.core.auto_esc_config"
get-function = "get_config_value"
require-function = ""
has-function = "has"
keep = ["DEPLOY_*"]
exclude = ["vendor/"]
bootstrap = ["conftest.py"]
secret-names = ["magic"]
select = ["HSF1"]
key-style = "snake"
[tool.hushflake.per-file-ignores]
"scripts/*" = ["HSF101"]
""",
    )
    settings = load([str(tmp_path)])
    assert settings.accessor == "backend.core.auto_esc_config"
    assert settings.require_function == ""
    assert settings.keep == ("DEPLOY_*",)
    assert settings.per_file_ignores == {"scripts/*": ("HSF101",)}
    assert settings.root == str(tmp_path)


def test_the_nearest_file_with_the_table_wins(tmp_path: Path) -> None:
    project(tmp_path, '[tool.hushflake]\nkeep = ["OUTER"]\n')
    inner = project(tmp_path / "inner", "[project]\nname = 'inner'\n")
    assert load([str(inner)]).keep == ("OUTER",)
    project(inner, '[tool.hushflake]\nkeep = ["INNER"]\n')
    assert load([str(inner / "a.py"), str(inner / "b" / "c.py")]).keep == ("INNER",)
    assert load([str(inner / "a.py"), str(tmp_path / "b.py")]).keep == ("OUTER",)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "acessor = 'x'",
            ":2:1: unknown key 'acessor' in [tool.hushflake]; did you mean 'accessor'?",
        ),
        ("secret_names = ['x']", "did you mean 'secret-names'?"),
        ("\n  keep = 'x'", ":3:3: keep must be a list of strings"),
        ("accessor = 1", ":2:1: accessor must be a string"),
        ("per-file-ignores = ['x']", ":2:1: per-file-ignores must be a table of lists of strings"),
        ("key-style = 'camel'", ":2:1: key-style is 'camel', but must be one of keep, snake, path"),
        ("keep = ]", ":2:8: is not valid TOML"),
    ],
)
def test_mistakes_name_their_place_and_what_would_be_right(
    tmp_path: Path, body: str, message: str
) -> None:
    project(tmp_path, f"[tool.hushflake]\n{body}\n")
    with pytest.raises(SettingsError) as caught:
        load([str(tmp_path)])
    assert str(caught.value).startswith(str(tmp_path / "pyproject.toml"))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        ("PATH", True),
        ("LC_ALL", True),
        ("PYTHONPATH", True),
        ("MY_PATH", False),
        ("DEPLOY_X", True),
    ],
)
def test_kept_keys(key: str, kept: bool) -> None:
    assert Policy(Settings(keep=("DEPLOY_*",))).keeps(key) is kept


def test_platform_keys_can_be_replaced() -> None:
    scope = Policy(Settings(platform_keys=("ONLY",)))
    assert scope.keeps("ONLY")
    assert not scope.keeps("PATH")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("core/auto.py", True),
        ("src/core/auto.py", True),
        ("core/auto/__init__.py", True),
        ("core/auto_two.py", False),
        ("score/auto.py", False),
    ],
)
def test_the_accessor_module_is_known_by_its_path(path: str, answer: bool) -> None:
    assert Policy(Settings(accessor="core.auto")).is_accessor(path) is answer


@pytest.mark.parametrize(
    ("pattern", "path", "answer"),
    [
        ("conftest.py", "a/b/conftest.py", True),
        ("conftest.py", "a/my_conftest.py", False),
        ("vendor/", "vendor/a.py", True),
        ("vendor/", "a/vendor/b.py", True),
        ("vendor/", "vendor", False),
        ("docs/*.py", "docs/a.py", True),
        ("docs/*.py", "docs/a/b.py", False),
        ("docs/**/x.py", "docs/x.py", True),
        ("docs/**/x.py", "docs/a/b/x.py", True),
        ("/setup.py", "setup.py", True),
        ("/setup.py", "a/setup.py", False),
        ("a?.py", "ab.py", True),
        ("a+b.py", "a+b.py", True),
    ],
)
def test_exclude_patterns(pattern: str, path: str, answer: bool) -> None:
    assert Policy(Settings(exclude=(pattern,))).is_excluded(path) is answer


def test_relative_paths_use_slashes(tmp_path: Path) -> None:
    settings = Settings(root=str(tmp_path))
    assert settings.relative(str(tmp_path / "a" / "b.py")) == "a/b.py"
    assert settings.relative(os.path.join(str(tmp_path.parent), "x.py")) == "../x.py"  # noqa: PTH118

"""`hushflake init`: the first step, with and without a terminal."""

import tomllib
from pathlib import Path

import pytest
import yaml
from terminals import on_a_terminal

from hushflake.cli.main import main


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app.py").write_text('import os\nHOST = os.getenv("HOST")\n', encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "app"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def next_commands(out: str) -> list[str]:
    return [line.strip() for line in out[out.index("Next:") :].splitlines()[1:] if line.strip()]


@pytest.mark.parametrize("words", [["init"], ["init", "knowledge"]])
def test_without_a_terminal_it_is_told_what_to_do(
    repository: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    before = sorted(repository.iterdir())
    assert main(words) == 2
    assert "hushflake init knowledge DIR" in capsys.readouterr().err
    assert sorted(repository.iterdir()) == before


def test_a_repository_is_looked_at_and_left_as_it_is(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "secrets"]) == 0
    out = capsys.readouterr().out
    assert "1  direct reads of the environment" in out
    assert "1  keys of configuration, 0 of them secrets" in out
    assert "pyproject.toml is left as it is; --yes writes it." in out
    assert len(next_commands(out)) == 3
    assert "hushflake" not in (repository / "pyproject.toml").read_text(encoding="utf-8")
    assert not (repository / ".pre-commit-config.yaml").exists()


def test_what_is_written_is_what_the_tools_read(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "secrets", "--yes"]) == 0
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["name"] == "app"
    assert settings["tool"]["hushflake"] == {"accessor": "hushflake.config"}
    hooks = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert hooks["repos"][0]["hooks"][0]["entry"] == "hushflake check"
    capsys.readouterr()
    assert main(["check"]) == 1  # the finding; the settings are read without a complaint
    assert "HSF101" in capsys.readouterr().out
    # A second time there is nothing to write.
    assert main(["init", "secrets", "--yes"]) == 0
    assert "Wrote" not in capsys.readouterr().out


def test_a_file_that_leads_out_or_is_broken_is_left_as_it_is(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "precious"
    outside.write_text("", encoding="utf-8")
    (repository / ".pre-commit-config.yaml").symlink_to(outside)
    assert main(["init", "secrets", "--yes"]) == 0
    assert "leads out of the repository" in capsys.readouterr().out
    assert outside.read_text(encoding="utf-8") == ""


def test_asked_on_a_terminal(repository: Path) -> None:
    out = on_a_terminal("init", folder=repository, typed=b"secrets\ny\nn\n")
    assert "Wrote pyproject.toml" in out
    assert (
        (repository / "pyproject.toml")
        .read_text(encoding="utf-8")
        .endswith('# baseline = ".hushflake-baseline.json"\n')
    )
    assert not (repository / ".pre-commit-config.yaml").exists()
    out = on_a_terminal("init", folder=repository, typed=b"knowledge\nmy-kb\n")
    assert (repository / "my-kb" / "hushflake.yaml").is_file()
    assert "hushflake search" in out


def test_a_minimal_project_is_valid_and_nothing_of_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["schema", "init", "--minimal", "kb", "--name", "7: our kb"]) == 0
    commands = next_commands(capsys.readouterr().out)
    assert [line.split()[-2:] for line in commands[:2]] == [
        ["hushflake", "apply"],
        ["hushflake", "load"],
    ]
    files = {p.relative_to("kb").as_posix(): p for p in Path("kb").rglob("*") if p.is_file()}
    assert set(files) == {
        "hushflake.yaml",
        "entities/articles.yaml",
        "objects/schemas.yaml",
        "stacks/local.yaml",
        "data/articles.csv",
    }
    text = "".join(path.read_text(encoding="utf-8") for path in files.values())
    assert not {word for word in ("Harborlight", "hubspot", "gong", "minimal") if word in text}
    assert len(files["data/articles.csv"].read_text(encoding="utf-8").splitlines()) == 6
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 15 for path in files.values())
    assert main(["schema", "validate", "--project", "kb"]) == 0
    assert capsys.readouterr().out.endswith("1 entity, 1 object, stacks: local. No mistakes.\n")
    assert main(["schema", "render", "--project", "kb"]) == 0
    assert "CREATE TABLE IF NOT EXISTS KB_7_OUR_KB.KB.ARTICLES" in capsys.readouterr().out
    assert main(["init", "knowledge", "kb"]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_the_minimal_project_is_applied_loaded_and_searched_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "knowledge", "kb"]) == 0
    monkeypatch.chdir(tmp_path / "kb")
    (tmp_path / "kb" / "stacks" / "local.yaml").unlink()  # a stack local needs no file
    try:
        assert main(["apply"]) == 0
        assert main(["load"]) == 0
        capsys.readouterr()
        assert main(["search", "how do I send something back?"]) == 0
        first = capsys.readouterr().out.splitlines()[0]
        assert "Return a purchase" in first
        assert main(["plan", "--exit-code"]) == 0
    finally:
        main(["stack", "stop"])

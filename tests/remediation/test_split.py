"""`codemod --split`: a branch per owner or package, made without touching what the user has."""

import json
import os
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.remediation.split.codeowners import parse
from hushflake.remediation.split.names import printable, slug, slugs
from hushflake.remediation.split.packages import package_of

from .conftest import GitRepository

READ = "import os\n\nA = os.getenv('HOME_OF_A')\n"
FILES = {
    "pyproject.toml": "[project]\nname = 'shop'\nversion = '1'\ndependencies = ['requests']\n",
    "README.md": "shop\n",
    "shop/__init__.py": "",
    "shop/api/__init__.py": READ,
    "shop/api/views.py": READ,
    "shop/billing.py": READ,
    "shop/quiet.py": "A = 1\n",
    "tools/run.py": READ,
    "main.py": READ,
    "CODEOWNERS": "* @all\nshop/ @org/shop\n/shop/api/ @org/api @ann # reviewers\ntools/\n",
}


@pytest.fixture
def shop(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    for name, text in FILES.items():
        repository.write(name, text)
    repository.commit("Start")
    monkeypatch.chdir(repository.folder)
    return repository


def state(repository: GitRepository) -> tuple[object, ...]:
    """What the user has: files with their times, the index byte for byte, HEAD, main, stashes."""
    files = {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(repository.folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
    folder = repository.folder / ".git"
    return (
        files,
        (folder / "index").read_bytes(),
        (folder / "HEAD").read_bytes(),
        repository.git("rev-parse", "main"),
        repository.git("stash", "list"),
    )


def branches(repository: GitRepository) -> set[str]:
    return set(repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split())


def changed(repository: GitRepository, branch: str, base: str = "main") -> set[str]:
    return set(repository.git("diff", "--name-only", base, branch).split())


def test_a_dry_run_shows_the_table(shop: GitRepository, capsys: pytest.CaptureFixture[str]) -> None:
    before = state(shop)
    assert main(["codemod", "--split", "codeowners"]) == 0
    out = capsys.readouterr().out
    for words in ("@org/api @ann", "hushflake/org-api-ann", "hushflake/shared", "unowned"):
        assert words in out
    assert "Nothing was made" in out
    assert (state(shop), branches(shop)) == (before, {"main"})


def test_a_branch_per_owner(shop: GitRepository, capsys: pytest.CaptureFixture[str]) -> None:
    (shop.folder / "README.md").write_text("changed, and staged\n")
    shop.git("add", "README.md")
    (shop.folder / "shop/quiet.py").write_text("A = 2  # changed\n")
    (shop.folder / "shop/new.py").write_text(READ)
    before = state(shop)
    arguments = ["codemod", "--split", "codeowners", "--branch-prefix", "env-", "--write"]
    assert main([*arguments, "--format", "json"]) == 0
    split = json.loads(capsys.readouterr().out)["split"]
    assert state(shop) == before
    assert split["untracked"] == ["shop/new.py"]
    expected = {
        "env-shared": {"pyproject.toml"},
        "env-all": {"main.py"},
        "env-org-api-ann": {"shop/api/__init__.py", "shop/api/views.py"},
        "env-org-shop": {"shop/billing.py"},
        "env-unowned": {"tools/run.py"},
    }
    assert {one["branch"]: set(one["files"]) for one in split["branches"]} == expected
    assert branches(shop) == {"main", *expected}
    assert changed(shop, "env-shared") == {"pyproject.toml"}
    for name, files in expected.items():
        base = "main" if name == "env-shared" else "env-shared"
        assert changed(shop, name, base) == files
        assert shop.git("rev-list", "--count", f"{base}..{name}").strip() == "1"
    assert "hushflake>=" in shop.git("show", "env-all:pyproject.toml")
    assert "get_config_value('HOME_OF_A')" in shop.git("show", "env-org-shop:shop/billing.py")
    assert shop.git("show", "env-all:shop/quiet.py") == "A = 1\n"
    facts = shop.git("log", "-1", "--format=%an <%ae>%n%cn%n%s", "env-org-api-ann").splitlines()
    assert facts[:2] == ["Test <test@example.com>", "Test"]
    assert facts[2] == "Read configuration through the accessor: @org/api @ann"
    # All of them together are what `codemod --write` makes.
    shop.git("stash", "--quiet")
    shop.git("switch", "--quiet", "--create", "together", "env-shared")
    for name in expected.keys() - {"env-shared"}:
        shop.git("merge", "--quiet", "--no-edit", name)
    assert main(["codemod", "--check", "shop/api", "shop/billing.py", "tools", "main.py"]) == 0


def test_a_branch_per_package(shop: GitRepository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codemod", "--split", "package", "--write", "shop", "main.py"]) == 0
    assert "Made 3 branches" in capsys.readouterr().out
    assert branches(shop) == {"main", "hushflake/shared", "hushflake/shop", "hushflake/root"}


def test_a_new_accessor_module_goes_to_the_shared_branch(shop: GitRepository) -> None:
    shop.write("shop/config.py", "from hushflake.config import get_config_value\n")
    text = FILES["pyproject.toml"] + "[tool.hushflake]\naccessor = 'shop.config'\n"
    shop.write("pyproject.toml", text)
    shop.commit("Configure", "pyproject.toml")
    assert main(["codemod", "--split", "package", "--write"]) == 0
    assert changed(shop, "hushflake/shared") == {"pyproject.toml", "shop/config.py"}
    assert "shop/config.py" in shop.git("ls-tree", "-r", "--name-only", "hushflake/tools")


def test_line_ends_modes_and_encodings_are_kept(shop: GitRepository) -> None:
    shop.write(".gitattributes", "*.py text eol=crlf\nraw.py -text\n")
    shop.write("crlf.py", READ.replace("\n", "\r\n"))
    shop.write("raw.py", READ.replace("\n", "\r\n"))
    (shop.folder / "crlf.py").chmod(0o755)
    shop.commit("Line ends", ".gitattributes", "crlf.py", "raw.py")
    assert main(["codemod", "--split", "package", "--write", "crlf.py", "raw.py"]) == 0
    entry = shop.git("ls-tree", "hushflake/root", "crlf.py")
    assert entry.startswith("100755 ")
    committed = {
        name: shop.git("cat-file", "-p", f"hushflake/root:{name}") for name in ("crlf.py",)
    }
    assert "get_config_value" in committed["crlf.py"]
    sizes = {
        name: int(shop.git("cat-file", "-s", f"hushflake/root:{name}"))
        for name in ("crlf.py", "raw.py")
    }
    assert sizes["raw.py"] == sizes["crlf.py"] + committed["crlf.py"].count("\n")


@pytest.mark.parametrize("existing", ["hushflake/all", "hushflake", "hushflake/all/more"])
def test_a_branch_that_exists_is_refused(
    shop: GitRepository, existing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.git("branch", existing)
    for arguments in ([], ["--write"]):
        assert main(["codemod", "--split", "codeowners", *arguments]) == 2
        assert f"the branch {existing!r} exists" in capsys.readouterr().err.replace("\n  ", " ")
    assert branches(shop) == {"main", existing}


def test_files_with_changes_are_refused(
    shop: GitRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop.folder / "main.py").write_text(READ + "B = 1\n")
    assert main(["codemod", "--split", "package", "--write"]) == 2
    assert "main.py" in capsys.readouterr().err
    assert branches(shop) == {"main"}


@pytest.mark.parametrize("prefix", ["-x", "a..b/", "a b/", "x.lock/", "a\x07/", "../", "/", "@{"])
def test_a_prefix_that_gives_no_name_is_refused(
    shop: GitRepository, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["codemod", "--split", "package", "--write", f"--branch-prefix={prefix}"]
    assert main(arguments) == 2
    assert "--branch-prefix" in capsys.readouterr().err
    assert branches(shop) == {"main"}


def test_no_hook_runs_and_no_program_of_the_repository(shop: GitRepository, tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    script = f"#!/bin/sh\necho ran >> {planted}\n"
    hooks = shop.folder / ".git" / "hooks"
    users = tmp_path / "users-hooks"
    for folder in (hooks, users):
        folder.mkdir(exist_ok=True)
        for name in ("pre-commit", "post-commit", "reference-transaction", "commit-msg"):
            (folder / name).write_text(script)
            (folder / name).chmod(0o755)
    (tmp_path / "program").write_text(script)
    (tmp_path / "program").chmod(0o755)
    shop.git("config", "core.fsmonitor", str(tmp_path / "program"))
    shop.git("config", "gpg.program", str(tmp_path / "program"))
    shop.git("config", "commit.gpgSign", "true")
    shop.git("config", "--global", "core.hooksPath", str(users))
    assert main(["codemod", "--split", "package", "--write"]) == 0
    assert not planted.exists()
    assert "hushflake/shop" in branches(shop)


def test_a_filter_of_the_repository_is_not_run_and_not_left_out(
    shop: GitRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(".gitattributes", "main.py filter=crypt\n")
    shop.commit("Filter", ".gitattributes")
    shop.git("config", "filter.crypt.clean", f"touch {tmp_path / 'planted'}; cat")
    assert main(["codemod", "--split", "package", "--write"]) == 2
    assert "filter" in capsys.readouterr().err
    assert not (tmp_path / "planted").exists()
    assert branches(shop) == {"main"}


def test_git_must_know_who_the_user_is(
    shop: GitRepository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.git("config", "--global", "user.useConfigOnly", "true")
    shop.git("config", "--global", "--unset", "user.email")
    assert main(["codemod", "--split", "package", "--write"]) == 2
    assert "user.email" in capsys.readouterr().err
    assert branches(shop) == {"main"}
    monkeypatch.setenv("GIT_INDEX_FILE", str(shop.folder / "elsewhere"))
    shop.git("config", "--global", "user.email", "a@example.com")
    assert main(["codemod", "--split", "package", "--write"]) == 0
    assert not (shop.folder / "elsewhere").exists()


def test_what_is_missing_is_said(
    shop: GitRepository, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    os.unlink("CODEOWNERS")  # noqa: PTH108
    assert main(["codemod", "--split", "codeowners"]) == 2
    assert "--split package" in capsys.readouterr().err
    # A link out of the repository is none.
    (tmp_path / "outside").write_text("* @outside\n")
    os.symlink(tmp_path / "outside", "CODEOWNERS")  # noqa: PTH211
    assert main(["codemod", "--split", "codeowners"]) == 2
    assert "outside" not in capsys.readouterr().out
    assert main(["codemod", "--split", "package", "--diff"]) == 2


def test_hostile_owners_become_plain_names(
    shop: GitRepository, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = ["main.py \x1b[31m@evil\x1b[0m", "tools/ --force", "/shop/billing.py ../../etc/x"]
    lines += ["/shop/api/__init__.py \u202eevil", "/shop/api/views.py " + "x" * 5_000, "[", "^["]
    shop.write("CODEOWNERS", "\n".join(lines) + "\n")
    shop.commit("Owners", "CODEOWNERS")
    assert main(["codemod", "--split", "codeowners", "--write"]) == 0
    said = capfd.readouterr()
    assert "\x1b[31m" not in said.out
    assert "\u202e" not in said.out
    names = branches(shop) - {"main"}
    assert len(names) == 6
    assert all(name.isascii() and ".." not in name and len(name) < 90 for name in names)
    for name in names:
        assert shop.git("log", "-1", "--format=%B", name).strip().isprintable()


OWNERS = r"""
# Everything
*       @default
*.js    @js    # inline comment
/build/logs/ @logs
docs/*  docs@example.com
apps/   @octocat
/scripts/ @doctocat @octocat
**/logs @anylogs
/apps/github @github
/apps/free
with\ space/ @space
\#hash @hash
!kept.py
[Database][2] @dba
db/
db/special @special
^[Optional]
opt/ @opt
none/
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("a.py", "@default"),
        ("deep/in/x.js", "@js"),
        ("build/logs/a", "@anylogs"),
        ("build/logs.txt", "@default"),
        ("x/build/logs.py", "@default"),
        ("docs/a.md", "docs@example.com"),
        ("docs/build/a.md", "@default"),
        ("apps/a/b.py", "@octocat"),
        ("x/apps/a.py", "@octocat"),
        ("scripts/a.py", "@doctocat @octocat"),
        ("x/scripts/a.py", "@default"),
        ("apps/github/a.py", "@github"),
        ("apps/free/a.py", ""),
        ("with space/a.py", "@space"),
        ("#hash", "@hash"),
        ("kept.py", ""),
        ("db/a.py", "@dba"),
        ("db/special/a.py", "@special"),
        ("opt/a.py", "@opt"),
        ("none/a.py", ""),
    ],
)
def test_the_last_pattern_that_fits_wins(path: str, owners: str) -> None:
    assert " ".join(parse(OWNERS).owners(path)) == owners


def test_patterns_made_to_take_long_do_not() -> None:
    lines = [
        "*a" * 500 + "b @x",
        "**/" * 500 + "b @x",
        "?" * 5_000 + " @x",
        "[" * 5_000,
        "\\" * 999,
    ]
    assert parse("\n".join(lines)).owners("a" * 3_000) == ()


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("@org/team", "org-team"),
        ("ann@example.com", "ann-example.com"),
        ("--force", "force"),
        ("..", "owner"),
        ("a..b", "a.b"),
        ("x.lock", "x"),
        ("\x1b[31m", "31m"),
        ("", "owner"),
        ("@{-1}", "1"),
        ("ä/ö", "owner"),
    ],
)
def test_a_slug(label: str, name: str) -> None:
    assert slug(label) == name


def test_slugs_differ() -> None:
    assert slugs(["@a/b", "@a-b", "@A-B", "shared"], taken=["shared"]) == {
        "@a/b": "a-b", "@a-b": "a-b-2", "@A-B": "A-B-3", "shared": "shared-2",
    }  # fmt: skip
    assert printable("a\nb\x1b") == "a?b?"


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("shop/api/views.py", "shop"),
        ("src/shop/a.py", "src/shop"),
        ("services/pay/src/pay/a.py", "services/pay"),
        ("tools/run.py", "tools"),
        ("main.py", "root"),
    ],
)
def test_the_package_of_a_file(path: str, package: str) -> None:
    tracked = {
        *("pyproject.toml", "shop/__init__.py", "shop/api/__init__.py", "src/shop/__init__.py"),
        *("services/pay/pyproject.toml", "services/pay/src/pay/__init__.py"),
    }
    assert package_of(path, tracked) == package

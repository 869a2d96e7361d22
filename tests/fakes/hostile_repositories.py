"""Hostile repositories, made by code: nothing live is committed.

`REPOSITORIES` are functions that turn a plain repository into a hostile one; `fill` makes a folder
with one or several of them.

"""

import itertools
import os
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from canaries import Canaries

Fill = Callable[[Path, Canaries], None]
REPOSITORIES: dict[str, Fill] = {}
SOURCE = "import os\n\nHOST = os.getenv('DB_HOST', 'localhost')\n"


def repository(fill: Fill) -> Fill:
    REPOSITORIES[fill.__name__] = fill
    return fill


def git(folder: Path, *arguments: str) -> str:
    """Run git as whoever made the repository did, with none of its traps set off."""
    own = {name: os.environ[name] for name in ("PATH",)}
    environment = {**own, "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    user = ("-c", "user.name=Mallory", "-c", "user.email=mallory@example.com")
    quiet = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
    allowed = ("-c", "protocol.file.allow=always")
    return subprocess.run(
        ["git", *user, *quiet, *allowed, *arguments],
        cwd=folder, env=environment, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def write(folder: Path, name: str, content: str | bytes = SOURCE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def plain(folder: Path) -> None:
    """A repository with a commit, a .env file and a change that git has not seen."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    write(folder, "app.py")
    write(folder, "pyproject.toml", "[project]\nname = 'shop'\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "One")
    write(folder, ".env", "DB_HOST=db.example.com\n")
    write(folder, "app.py", SOURCE + "\n")


# -- programs in the configuration of git ------------------------------------------------


@repository
def configured_programs(folder: Path, canaries: Canaries) -> None:
    """Every program that .git/config can name."""
    touch = canaries.command
    for name in (
        *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass"),
        *("core.gitProxy", "core.alternateRefsCommand", "sequence.editor", "diff.external"),
        *("gpg.program", "gpg.ssh.program", "gpg.x509.program", "gpg.ssh.defaultKeyCommand"),
        *("credential.helper", "interactive.diffFilter", "uploadpack.packObjectsHook"),
        *("pager.ls-files", "pager.status", "pager.log", "pager.diff", "pager.config"),
        *("remote.origin.uploadpack", "remote.origin.receivepack", "trailer.x.command"),
    ):
        git(folder, "config", name, f"{touch('config-' + name)}; false")
    for name in ("ls-files", "status", "log", "diff", "config", "rev-parse", "check-ignore"):
        git(folder, "config", f"alias.{name}", f"!{touch('alias-' + name)}")
    git(folder, "config", "credential.helper", f"!{touch('credential')}")
    for name, value in (
        ("log.showSignature", "true"), ("commit.gpgSign", "true"), ("tag.gpgSign", "true"),
        ("core.untrackedCache", "true"), ("status.submoduleSummary", "true"),
        ("submodule.recurse", "true"), ("gc.auto", "1"), ("color.ui", "always"),
    ):  # fmt: skip
        git(folder, "config", name, value)


@repository
def hooks(folder: Path, canaries: Canaries) -> None:
    """Hooks of every name, in .git/hooks and where `core.hooksPath` leads."""
    for place in (folder / ".git" / "hooks", folder / "tools"):
        place.mkdir(exist_ok=True)
        for name in (
            *("post-index-change", "fsmonitor-watchman", "post-checkout", "pre-commit"),
            *("prepare-commit-msg", "commit-msg", "post-commit", "reference-transaction"),
            *("pre-auto-gc", "post-rewrite", "applypatch-msg", "post-merge"),
        ):
            hook = place / name
            hook.write_text(f"#!/bin/sh\n{canaries.command('hook-' + name)}\n")
            hook.chmod(0o755)
    git(folder, "config", "core.hooksPath", "tools")


@repository
def attributes(folder: Path, canaries: Canaries) -> None:
    """Filters, converters and drivers that attributes choose."""
    write(folder, ".gitattributes", "* filter=x diff=x merge=x\n*.py filter=y=z\n")
    write(folder, ".git/info/attributes", "* filter=x diff=x merge=x\n")
    for name in (
        *("filter.x.clean", "filter.x.smudge", "filter.x.process"),
        *("diff.x.command", "diff.x.textconv", "merge.x.driver"),
    ):
        git(folder, "config", name, f"{canaries.command('driver-' + name)}; cat")
    git(folder, "config", "filter.x.required", "true")
    os.utime(folder / "app.py", (1, 1))


@repository
def a_name_with_an_equals_sign(folder: Path, canaries: Canaries) -> None:
    """A filter that `git -c name=value` cannot switch off, for its name holds `=`."""
    write(folder, ".git/info/attributes", "* filter=a=b\n")
    with (folder / ".git" / "config").open("a") as stream:
        stream.write(f'[filter "a=b"]\n\tclean = "{canaries.command("equals")}; cat"\n')
    os.utime(folder / "app.py", (1, 1))


@repository
def included_configuration(folder: Path, canaries: Canaries) -> None:
    """Programs in a file that .git/config includes, and in that of the worktree."""
    write(folder, "harmless.txt", f'[core]\n\tfsmonitor = "{canaries.command("include")}; false"\n')
    git(folder, "config", "include.path", "../harmless.txt")
    git(folder, "config", "extensions.worktreeConfig", "true")
    line = f'[core]\n\tfsmonitor = "{canaries.command("worktree")}; false"\n'
    write(folder, ".git/config.worktree", line)
    write(folder, ".git/info/attributes", "* filter=w\n")
    with (folder / ".git" / "config.worktree").open("a") as stream:
        stream.write(f'[filter "w"]\n\tclean = "{canaries.command("worktree-filter")}; cat"\n')
    os.utime(folder / "app.py", (1, 1))


@repository
def embedded_bare_repository(folder: Path, canaries: Canaries) -> None:
    """A committed folder that git takes for a bare repository: it comes with a plain clone."""
    write(folder, "pkg/HEAD", "ref: refs/heads/main\n")
    write(folder, "pkg/objects/.keep", "")
    write(folder, "pkg/refs/.keep", "")
    write(folder, "pkg/hooks/post-index-change", f"#!/bin/sh\n{canaries.command('bare-hook')}\n")
    (folder / "pkg" / "hooks" / "post-index-change").chmod(0o755)
    line = f'\tbare = false\n\tworktree = ".."\n\tfsmonitor = "{canaries.command("bare")}; false"\n'
    write(folder, "pkg/config", f"[core]\n\trepositoryformatversion = 0\n{line}")
    write(folder, "pkg/inner.py")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "Two")


@repository
def submodules(folder: Path, canaries: Canaries) -> None:
    """A submodule whose own configuration names programs, and one with a hostile update."""
    inner = folder / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    write(inner, "lib.py")
    git(inner, "add", "--all")
    git(inner, "commit", "--quiet", "--message", "Inner")
    git(folder, "add", "inner")
    touch = canaries.command
    section = f"\tpath = inner\n\turl = ext::{touch('ext')}\n\tupdate = !{touch('u')}\n"
    write(folder, ".gitmodules", f'[submodule "inner"]\n{section}')
    git(folder, "config", "submodule.inner.update", f"!{touch('update')}")
    git(folder, "config", "submodule.inner.url", f"ext::{touch('url')}")
    git(folder, "config", "protocol.ext.allow", "always")
    git(inner, "config", "core.fsmonitor", f"{touch('submodule')}; false")
    git(inner, "config", "filter.x.clean", f"{touch('submodule-filter')}; cat")
    write(inner, ".git/info/attributes", "* filter=x\n")
    os.utime(inner / "lib.py", (1, 1))


@repository
def a_partial_clone(folder: Path, canaries: Canaries) -> None:
    """Missing objects that git would fetch: with a program, or over the network."""
    blob = git(folder, "rev-parse", "HEAD:app.py").strip()
    for name, value in (
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", canaries.url("/repository.git")),
        ("remote.origin.partialclonefilter", "blob:none"),
        ("remote.origin.uploadpack", canaries.command("uploadpack")),
        ("protocol.ext.allow", "always"),
        ("protocol.allow", "always"),
        ("http.proxy", canaries.url()),
    ):
        git(folder, "config", name, value)
    (folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    os.utime(folder / "app.py", (1, 1))


# -- where git looks, and what it reads --------------------------------------------------


@repository
def a_work_tree_elsewhere(folder: Path, canaries: Canaries) -> None:
    """`core.worktree` leads to the home folder, whose files are not the repository's."""
    git(folder, "config", "core.worktree", str(canaries.home))


@repository
def an_index_that_leads_out(folder: Path, canaries: Canaries) -> None:
    """The index lists a file below a folder that is a link by now."""
    write(folder, "link/docker-compose.yml", "services: {}\n")
    git(folder, "add", "--all")
    (folder / "link" / "docker-compose.yml").unlink()
    (folder / "link").rmdir()
    (folder / "link").symlink_to(canaries.home)
    key = canaries.secrets[-1]
    write(canaries.home, "docker-compose.yml", f"services: {{a: {{environment: ['{key}=1']}}}}\n")


@repository
def pipes_in_git(folder: Path, canaries: Canaries) -> None:
    """A pipe in the place of a file that git reads."""
    (folder / ".git" / "info" / "exclude").unlink()
    os.mkfifo(folder / ".git" / "info" / "exclude")


@repository
def a_pipe_for_an_ignore_file(folder: Path, canaries: Canaries) -> None:
    """A pipe in the place of a .gitignore, which git waits at."""
    (folder / "sub").mkdir()
    os.mkfifo(folder / "sub" / ".gitignore")
    write(folder, "sub/more.py")


@repository
def devices_in_git(folder: Path, canaries: Canaries) -> None:
    """Links to a device that never ends in the place of what git reads whole."""
    (folder / ".git" / "commondir").symlink_to("/dev/zero")
    (folder / ".git" / "info" / "attributes").symlink_to("/dev/zero")


@repository
def no_repository_in_git(folder: Path, canaries: Canaries) -> None:
    """A `.git` that leads nowhere, to itself, or out."""
    write(folder, "own/.git", "gitdir: .git\n")
    write(folder, "own/app.py")
    write(folder, "a/.git", f"gitdir: {canaries.home}\n")
    write(folder, "a/app.py")
    write(folder, "b/.git", "x" * 100_000)
    write(folder, "b/app.py")


# -- files that are none, and source that is none ----------------------------------------


@repository
def files_that_are_none(folder: Path, canaries: Canaries) -> None:
    """Pipes, devices, sockets, loops and huge files in the place of source and settings."""
    os.mkfifo(folder / "pipe.py")
    os.mkfifo(folder / "docker-compose.yml")
    os.mkfifo(folder / "pipe.env")
    (folder / "zero.py").symlink_to("/dev/zero")
    (folder / "zero.env").symlink_to("/dev/zero")
    (folder / "tty.py").symlink_to("/dev/tty")
    (folder / "key.py").symlink_to(canaries.key_file)
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "here").symlink_to(".")
    (folder / "gone.py").symlink_to("gone/away.py")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(folder)
        try:
            listener.bind("socket.py")
        finally:
            os.chdir(here)
    with (folder / "huge.py").open("wb") as stream:
        stream.truncate(8 << 40)
    with (folder / "huge.env").open("wb") as stream:
        stream.truncate(8 << 40)
    (folder / "src").mkdir()
    write(folder, "src/pyvenv.cfg", "")
    write(folder, "src/hidden.py")
    (folder / "v").mkdir()
    os.mkfifo(folder / "v" / "pyvenv.cfg")
    write(folder, "v/hidden.py")
    write(folder, "secret.py")
    (folder / "secret.py").chmod(0)


@repository
def source_that_is_none(folder: Path, canaries: Canaries) -> None:
    """Encodings that are no text, and what parsers stumble over."""
    for codec in (
        *("rot13", "base64", "hex", "zip", "bz2", "quopri", "uu", "idna", "punycode", "undefined"),
        *("utf-16", "utf-7", "unicode_escape", "nonsense", "os", "antigravity", "mbcs", "charmap"),
    ):
        write(folder, f"coding/{codec}.py", f"# coding: {codec}\n{SOURCE}")
    deep = 20_000
    for name, text in {
        "parentheses": "(" * deep + ")" * deep,
        "lists": "x = " + "[" * deep,
        "minus": "x = " + "-" * deep + "1",
        "calls": "x = os.environ" + "()" * deep,
        "attributes": "import os\nx = os" + ".environ" * deep,
        "plus": "import os\nx = os.getenv('A')" + " + 'a'" * deep,
        "strings": "x = " + "'a' " * deep,
        "nested": "".join(f"{' ' * n}if os.getenv('A'):\n" for n in range(99)) + " " * 99 + "pass",
        "digits": "import os\nos.getenv('A')\nx = " + "9" * 100_000,
        "long": "import os\nx = os.getenv('" + "A" * 1_000_000 + "')",
        "f": "import os\nx = f'" + '{os.getenv("A")}' * 2_000 + "'",
        "lambda": "x = " + "lambda: " * deep + "0",
        "subscripts": "import os\nx = os.environ" + "['A']" * deep,
        "comparisons": "x = 1" + " < 1" * deep,
        "decorators": "@x\n" * deep + "def f(): pass",
        "elif": "import os\nif 1: pass\n" + "elif os.getenv('A'): pass\n" * 3_000,
    }.items():
        write(folder, f"deep/{name}.py", text + "\n")
    write(folder, "bytes/nul.py", b"import os\0\nos.getenv('A')\n")
    write(folder, "bytes/noise.py", bytes(range(256)) * 64)
    write(folder, "bytes/bom.py", b"\xff\xfe" + SOURCE.encode("utf-16-le"))
    write(folder, "bytes/surrogate.py", "import os\nos.getenv('\\udc80')\n")
    write(folder, "bytes/empty.py", "")
    write(folder, "bytes/returns.py", SOURCE.replace("\n", "\r"))


@repository
def odd_names(folder: Path, canaries: Canaries) -> None:
    """Names and keys with escape sequences, line ends, bidirectional overrides, and no text."""
    source = "import os\npassword = 'hunter2-of-ours'\nos.getenv('A\\x1b[2J')\n"
    for name in (
        *("\x1b[2J\x1b[31m.py", "line\nbreak.py", "\u202egnp.py", "\u2066x\u2069.py"),
        *("\x9b31m.py", "bell\x07.py", "::error file=x::y.py", "-rf.py", "a b'c\"d$(x)`y`.py"),
        *("\U000e0041.py", "\u2028.py", "a,b:c%d.py"),
    ):
        write(folder, name, source)
        write(folder, f"{name}.env", "A\u202e=1\n\x1b]0;title\x07=2\n")
    write(folder, os.fsdecode(b"\xff\xfe.py"), source)
    write(folder, "keys.py", "import os\n" + "".join(
        f"os.getenv('{key}')\n"
        for key in ("\\x1b[31m", "a\\nb", "\\u202e", "\\x9b", "\\ud800", "\\x00", "=", "")
    ))  # fmt: skip
    write(folder, "raw.py", "import os\nos.getenv('\x1b[2J\u202e')  # \x1b]0;x\x07 \u2066\n")
    write(folder, "Dockerfile", "ENV \x1b[2J=1 \u202eA=2\nARG B\x07\n")
    git(folder, "checkout", "--quiet", "-b", "\u202ebranch")


# -- settings ----------------------------------------------------------------------------


@repository
def settings_that_lead_out(folder: Path, canaries: Canaries) -> None:
    """Files that settings name outside of the repository: links count."""
    (folder / "out").symlink_to(canaries.home)
    write(folder, "pyproject.toml", "[tool.hushflake]\nbaseline = 'out/.ssh/id_rsa'\n")


@repository
def a_mapping_that_leads_out(folder: Path, canaries: Canaries) -> None:
    """A key mapping outside of the repository."""
    text = f"[tool.hushflake]\nkey-mapping = '{canaries.key_file}'\n"
    write(folder, "pyproject.toml", text)


@repository
def an_accessor_that_is_code(folder: Path, canaries: Canaries) -> None:
    """An accessor and functions that are no names: they would become part of source."""
    write(
        folder,
        "pyproject.toml",
        f"[tool.hushflake]\naccessor = '../../x; {canaries.python('accessor')} #'\n",
    )


@repository
def a_cache_that_leads_out(folder: Path, canaries: Canaries) -> None:
    """A `.hushflake` that is a link: results would be written, and old ones removed, there."""
    for number in range(20):
        write(folder, f"m{number}.py")
        (canaries.home / "cache").mkdir(exist_ok=True)
        write(canaries.home, f"cache/check-{number}.json", "{}")
    (folder / ".hushflake").symlink_to(canaries.home)


@repository
def settings_that_are_none(folder: Path, canaries: Canaries) -> None:
    """A pipe in the place of pyproject.toml."""
    (folder / "pyproject.toml").unlink()
    os.mkfifo(folder / "pyproject.toml")


@repository
def a_device_for_settings(folder: Path, canaries: Canaries) -> None:
    """A link to a device in the place of pyproject.toml and of a baseline."""
    (folder / "pyproject.toml").unlink()
    (folder / "pyproject.toml").symlink_to("/dev/zero")
    (folder / ".gitignore").symlink_to("/dev/zero")


@repository
def a_pipe_for_a_baseline(folder: Path, canaries: Canaries) -> None:
    """A pipe in the place of the baseline."""
    write(folder, "pyproject.toml", "[tool.hushflake]\nbaseline = 'known.json'\n")
    os.mkfifo(folder / "known.json")


@repository
def patterns_without_end(folder: Path, canaries: Canaries) -> None:
    """Patterns that a plain translation matches in exponential time."""
    stars = "*a" * 30 + "*b"
    folders = "**/a/" * 20 + "b"
    write(
        folder,
        "pyproject.toml",
        f"[tool.hushflake]\nkeep = ['{stars}']\nexclude = ['{folders}', '{stars}']\n"
        f"keep-venv = ['{stars}']\nper-file-ignores = {{'{folders}' = ['HSF1']}}\n"
        f"service-groups = {{X = ['{stars}']}}\n",
    )
    write(folder, "keys.py", f"import os\nos.getenv('{'a' * 5000}c')\n")
    write(folder, f"{'a/' * 60}{'a' * 200}.py")


@repository
def a_key_without_end(folder: Path, canaries: Canaries) -> None:
    """One dotted key of a million parts, which a parser of TOML compares with each other."""
    for name in ("pyproject.toml", "Pipfile", "services/a/pyproject.toml"):
        write(folder, name, f"[tool.pytest]\nenv_files = 1\n{'a.' * 400_000}a = 1\n")


@repository
def references_without_end(folder: Path, canaries: Canaries) -> None:
    """References that nothing closes, in each kind of file that has them, and that double."""
    many = "${" * 200_000
    write(folder, ".env", f"A={many}\nB=x{' ' * 400_000}y\n")
    names = [f"N{number}" for number in range(60)]
    doubled = (f"{new}=${{{old}}}${{{old}}}\n" for old, new in itertools.pairwise(names))
    write(folder, ".env.local", f"N0=some text\n{''.join(doubled)}")
    steps = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo "
    write(folder, ".github/workflows/a.yml", steps + "${{" * 100_000 + "\n")
    write(folder, "compose.yml", f"services:\n  a:\n    env_file: '{many}'\n")
    write(folder, ".vscode/settings.json", f'{{"python.envFile": "{many}"}}')
    write(folder, "Dockerfile", f"FROM python\nRUN pip install{' --a' * 60} {'a' * 200_000}\n")


# -- modules that the working folder would give ------------------------------------------


@repository
def modules_in_the_way(folder: Path, canaries: Canaries) -> None:
    """Modules of the names that we and Python's workers import, and files that Python runs."""
    line = canaries.python("imported") + "\n"
    for name in (
        *("multiprocessing/__init__", "json", "ast", "subprocess", "click", "libcst", "hushflake"),
        *("sitecustomize", "usercustomize", "conftest", "setup", "tomllib", "codecs", "rich"),
        *("concurrent/futures/__init__", "pickle", "encodings/evil", "flake8", "config", "yaml"),
    ):
        write(folder, f"{name}.py", line + SOURCE)
    write(folder, "evil.pth", f"import os; {line}")
    write(folder, "cookie.py", f"# coding: evil\n{line}")
    for number in range(220):
        write(folder, f"many/m{number}.py", line + SOURCE)


@repository
def many_repositories(folder: Path, canaries: Canaries) -> None:
    """Many repositories inside, each with a pipe that git waits at."""
    for number in range(60):
        inner = folder / f"r{number}"
        (inner / ".git" / "objects").mkdir(parents=True)
        (inner / ".git" / "refs").mkdir()
        write(inner, ".git/HEAD", "ref: refs/heads/main\n")
        os.mkfifo(inner / ".gitignore")
        write(inner, "app.py")


def fill(folder: Path, canaries: Canaries, names: Sequence[str]) -> None:
    """Fill a folder with hostile repositories, in the order of `names`."""
    folder.mkdir()
    plain(folder)
    for name in names:
        REPOSITORIES[name](folder, canaries)

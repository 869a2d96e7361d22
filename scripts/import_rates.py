"""How much of real SQL scripts `schema import` reads: rates per folder of DIR.

    python scripts/import_rates.py DIR [--left]

DIR holds one folder per repository, with `.sql` files anywhere inside. CREATE, ALTER and GRANT
statements count. A file validates when its definitions compile, with the `external:` and
`variables:` that the import reports.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.errors import SchemaError
from hushflake.schema.importer import Imported, import_sql
from hushflake.schema.project import find_project

STACK = "database: IMPORTED\nedition: enterprise\naccount_admin: true\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("directory", metavar="DIR", type=Path)
    parser.add_argument("--left", action="store_true", help="List what is not read, and why.")
    arguments = parser.parse_args()
    if not arguments.directory.is_dir():
        print(f"skipped: {arguments.directory} is not a folder of scripts")
        return 0
    total: Counter[str] = Counter()
    print("| repository | statements | read | of them kept as `statement` | rate | files valid |")
    print("|---|---|---|---|---|---|")
    for repository in sorted(path for path in arguments.directory.iterdir() if path.is_dir()):
        counts = _of_folder(repository, told=arguments.left)
        total += counts
        print(_row(repository.name, counts))
    print(_row("all", total))
    return 0


def _of_folder(repository: Path, *, told: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for path in sorted(repository.rglob("*.sql")):
        found = import_sql(path.read_text(encoding="utf-8", errors="replace"))
        counts += _of_file(found)
        for item in found.left if told else ():
            place = f"{path.relative_to(repository.parent)}:{item.line}"
            print(f"{place}: {item.reason}: {item.text}", file=sys.stderr)
    return counts


def _of_file(found: Imported) -> Counter[str]:
    counted = ("CREATE", "ALTER", "GRANT")
    left = sum(item.text.split(None, 1)[0].upper() in counted for item in found.left)
    return Counter(
        statements=found.statements + left,
        read=found.statements,
        kept=found.kept,
        files=int(found.count > 0),
        valid=int(found.count > 0 and _is_valid(found)),
    )


def _is_valid(found: Imported) -> bool:
    variables = "".join(f"  {name}: V_{name.upper()}\n" for name in found.variables)
    owners = "".join(f"  {name}: {role}\n" for name, role in found.owners.items())
    external = "".join(f"  - {name}\n" for name in found.external)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in {
            "hushflake.yaml": "project: imported\n" + (external and f"external:\n{external}"),
            "stacks/imported.yaml": STACK
            + (variables and f"variables:\n{variables}")
            + (owners and f"owners:\n{owners}"),
            "objects/imported.yaml": found.yaml,
        }.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        project = find_project(root, root)
        try:
            compile_stack(project, load_stack(project, "imported"))
        except SchemaError:
            return False
    return True


def _row(name: str, counts: Counter[str]) -> str:
    rate = f"{100 * counts['read'] / counts['statements']:.1f} %" if counts["statements"] else "-"
    files = f"{counts['valid']} of {counts['files']}"
    cells = (name, counts["statements"], counts["read"], counts["kept"], rate, files)
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    raise SystemExit(main())

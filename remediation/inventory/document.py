"""The inventory as the fields of its JSON document, `hushflake.inventory/1`."""

from collections import Counter
from typing import Any

from .gate import Checked
from .model import EnvFileReader, Inventory, Key, Read
from .outside import EnvUse

FORMAT = "hushflake.inventory/1"


def fields(inventory: Inventory) -> dict[str, Any]:
    """Return the fields beside `format`."""
    through, reads = inventory.progress()
    return {
        "root": inventory.root,
        "summary": {
            "files": inventory.files,
            "keys": len(inventory.read_keys),
            "secrets": sum(key.secret for key in inventory.read_keys),
            "reads": reads,
            "reads_through_accessor": through,
            "passed_over": dict(sorted(inventory.passed_over.items())),
        },
        "keys": [_key(key) for key in inventory.keys],
        "dynamic": [_read(read) for read in inventory.dynamic],
        "env_files": [_use(use) for use in inventory.env_files],
        "env_file_readers": [_reader(one) for one in inventory.env_file_readers],
        "skipped": [
            {"path": one.path, "line": one.line, "column": one.column, "reason": one.reason}
            for one in inventory.skipped
        ],
    }


def check_fields(inventory: Inventory, checked: Checked) -> dict[str, Any]:
    """Return the fields of `hushflake.inventory-check/1` beside `format`."""
    counts = Counter(problem.code for problem in checked.problems)
    return {
        "root": inventory.root,
        "declared": {
            "by": checked.declared.origin,
            "files": list(checked.declared.files),
            "keys": len(checked.declared.keys.declarations),
        },
        "problems": [problem._asdict() for problem in checked.problems],
        "notes": list(checked.notes),
        "summary": {
            "files": inventory.files,
            "keys": len(inventory.read_keys),
            "problems": len(checked.problems),
            "codes": dict(sorted(counts.items())),
        },
    }


def _key(key: Key) -> dict[str, Any]:
    return {
        "key": key.name,
        "secret": key.secret,
        "type": key.type,
        "group": key.group,
        "required": key.required,
        "kept": key.kept,
        "defaults": [default.text for default in key.defaults],
        "defaults_differ": key.conflicting,
        "reads": [_read(read) for read in key.reads],
        "named": [vars(named) for named in key.named],
    }


def _use(use: EnvUse) -> dict[str, Any]:
    return {
        "path": use.path,
        "line": use.line,
        "kind": use.kind,
        "file": use.file,
        "keys": None if use.keys is None else sorted(use.keys),
        "does": use.does,
        "remedy": use.remedy,
    }


def _reader(one: EnvFileReader) -> dict[str, Any]:
    return {
        "path": one.path,
        "line": one.line,
        "column": one.column,
        "reader": one.reader,
        "files": [each.path for each in one.files],
        "keys": None if one.keys is None else sorted(one.keys),
        "into_environment": one.into_environment,
        "rewritten": one.rewritten,
        "in_test": one.in_test,
    }


def _read(read: Read) -> dict[str, Any]:
    return {
        "path": read.path,
        "line": read.line,
        "column": read.column,
        "form": read.form,
        "via": read.via,
        "default": read.default.text if read.default else None,
        "required": read.required,
        "type": read.type,
        "reason": read.reason,
        "in_test": read.in_test,
        "pattern": read.pattern,
        "reader": read.reader,
        "sources": list(read.sources),
        "wrapper": read.wrapper,
        "rewrite": read.rewrite,
        "followed": read.followed,
    }

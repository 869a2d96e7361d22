"""The commands: where each stands and its one-line help.

`hushflake --help` prints this table and imports no command, so that it answers at once.
A test holds the lines against the commands themselves.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """A command: module below `hushflake.cli.commands`, attribute in it, one-line help."""

    module: str
    attribute: str
    help: str


# Order is the order of `hushflake --help`; a heading starts a group.
COMMANDS: dict[str, dict[str, Entry]] = {
    "Secret hygiene": {
        "codemod": Entry(
            "codemod", "codemod", "Rewrite environment reads to calls of one accessor."
        ),
        "check": Entry(
            "check",
            "check",
            "Check Python and configuration files for environment reads and hard-coded secrets.",
        ),
        "hook": Entry("hook", "hook", "Keep secrets away from assistants and out of commits."),
        "lsp": Entry(
            "lsp",
            "lsp",
            "Serve an editor: diagnostics and quick fixes over the Language Server Protocol.",
        ),
        "rule": Entry("rule", "rule", "Explain a rule, or list all of them."),
        "inventory": Entry(
            "inventory",
            "inventory",
            "List every configuration key that code reads, and where else it is named.",
        ),
        "config": Entry(
            "config",
            "config",
            "Set up and inspect run-time configuration: sources, secrets, services, audit trail.",
        ),
        "dotenv": Entry(
            "dotenv",
            "dotenv",
            "Retire .env files into a store, restore them, keep their backups.",
        ),
        "migrate": Entry(
            "migrate",
            "migrate",
            "Migrate the repository at PATH, one confirmed step at a time.",
        ),
        "clean": Entry(
            "clean", "clean", "Remove byte code and the caches of pytest, mypy and ruff below PATH."
        ),
    },
    "Knowledge schema": {
        "schema": Entry(
            "schema",
            "schema",
            "Compile definitions to SQL, graphs and documentation, without a database.",
        ),
        "doctor": Entry(
            "doctor", "doctor", "Check whether an account is ready for the plan of a stack."
        ),
        "conformance": Entry(
            "conformance", "conformance", "Ask an account what only an account can answer."
        ),
        "plan": Entry("plan", "plan", "Show what apply would do to a stack."),
        "apply": Entry("apply", "apply", "Make a stack match its definition."),
        "drift": Entry(
            "drift", "drift", "Show what was changed by hand since the last deployment."
        ),
        "destroy": Entry(
            "destroy",
            "destroy",
            "Drop everything that deployments of this project created on a stack, with its data.",
        ),
        "adopt": Entry("adopt", "adopt", "Write definitions of what a stack's database holds."),
        "capture": Entry("capture", "capture", "Save a snapshot of a stack's objects to FILE."),
        "history": Entry("history", "history", "List the deployments of a stack, newest first."),
        "rollback": Entry(
            "rollback", "rollback", "Return a stack to the definition of DEPLOYMENT."
        ),
        "stack": Entry(
            "stack",
            "stack",
            "Start, stop and inspect the local stack: a Snowflake on this machine.",
        ),
        "sql": Entry(
            "sql",
            "sql",
            "Run SQL on a stack: STATEMENT, a file, standard input, or a prompt on a terminal.",
        ),
    },
    "Knowledge base": {
        "load": Entry("load", "load", "Load CSV, JSON lines, Parquet or YAML files into entities."),
        "sync": Entry(
            "sync", "sync", "Keep Notion and Snowflake in sync, both ways, without losing an edit."
        ),
        "embed": Entry(
            "embed",
            "embed",
            "Embed the rows whose text, model or template changed, and show the coverage.",
        ),
        "search": Entry(
            "search",
            "search",
            "Find the rows that answer QUESTION best, in one, several or all entities.",
        ),
        "evaluate": Entry(
            "evaluate",
            "evaluate",
            "Ask the labelled questions of the project, and run its verified queries.",
        ),
        "related": Entry("related", "related", "Show what the row KEY of ENTITY is connected to."),
        "ask": Entry(
            "ask",
            "ask",
            "Answer QUESTION with figures: Cortex Analyst writes the SQL, which is shown and run.",
        ),
        "mcp": Entry(
            "mcp",
            "mcp",
            "Serve the knowledge base to assistants over the Model Context Protocol.",
        ),
        "status": Entry(
            "status", "status", "Check a stack against its targets (coverage, lag, latency, drift)."
        ),
        "cost": Entry("cost", "cost", "Estimate the monthly cost of a stack."),
    },
    "General": {
        "init": Entry(
            "init",
            "init",
            "Set up a repository for secret hygiene, or start a knowledge project.",
        ),
        "completion": Entry("completion", "completion", "Print a completion script for SHELL."),
    },
}

# The extras that a command needs, or one of its subcommands besides. `--help` needs none.
_DATABASE = ("snowflake",)
EXTRAS: dict[str, tuple[str, ...]] = {
    "codemod": ("codemod",),
    "inventory": ("remediation",),
    "lsp": ("lsp",),
    "dotenv": ("remediation",),
    "migrate": ("remediation",),
    "schema": ("schema",),
    "cost": ("schema",),
    "stack": ("local",),
    "sync": ("notion",),
    "mcp": ("mcp",),
    "doctor": _DATABASE,
    "conformance": _DATABASE,
    **dict.fromkeys(
        ("plan", "apply", "drift", "destroy", "adopt", "capture", "history"), _DATABASE
    ),
    **dict.fromkeys(("rollback", "load", "embed", "search", "related", "ask"), _DATABASE),
    **dict.fromkeys(("status", "sql", "evaluate"), _DATABASE),
}
# They connect to the stack that --stack names; a local one is a server from one more extra.
_CONNECTING = frozenset({"snowflake", "notion", "mcp"})


def extras_of(words: Sequence[str], options: Mapping[str, Any]) -> list[str]:
    """Return the extras that a call needs: `words` are its command and subcommands."""
    from .extras import of_options

    extras = [*EXTRAS.get(" ".join(words[:1]), ()), *EXTRAS.get(" ".join(words[:2]), ())]
    if options.get("stack") == "local" and not _CONNECTING.isdisjoint(extras):
        extras.append("local")
    return list(dict.fromkeys([*extras, *of_options(options)]))

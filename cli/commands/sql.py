"""`hushflake sql`: a statement, a script or a prompt on a stack."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hushflake.terminal.stream import is_terminal
from hushflake.terminal.text import styled
from hushflake.terminal.write import say

from ..deploy_options import stack_options, tell_place
from ..errors import FAILURE, MISTAKE, OK
from ..knowledge_options import format_option

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hushflake.deploy.cancelling import Runner
    from hushflake.deploy.errors import StatementError
    from hushflake.deploy.session import Session
    from hushflake.schema.project import Project, Stack

    from ..sql_output import Output

_TAG = "hushflake sql"


@click.command()
@click.argument("statement", required=False)
@stack_options
@click.option(
    "-f",
    "--file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Run the statements of this file; - is standard input.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Fetch at most this many rows of each result.",
)
@format_option("table", "json", "csv")
def sql(
    statement: str | None,
    stack: str,
    project: str | None,
    verbose: bool,
    file: Path | None,
    limit: int,
    form: str,
) -> int:
    """Run SQL on a stack: STATEMENT, a file, standard input, or a prompt on a terminal.

    It uses the credentials and the role of the stack; nothing is asked before a statement runs.
    Several statements are separated by semicolons; the first that fails ends the run with exit code
    2. Ctrl-C cancels the running statement. Commands that start with \\ work at the prompt only.
    """
    from hushflake.deploy.cancelling import Runner
    from hushflake.deploy.session import connect
    from hushflake.deploy.stacks import stack_of
    from hushflake.schema.project import find_project

    from ..deploy_options import trace
    from ..sql_output import OUTPUTS

    if statement is not None and file is not None:
        raise click.UsageError("give a STATEMENT or --file, not both")
    found = find_project(Path.cwd(), project)
    if found.is_shipped and not found.was_named:
        say("Using the shipped project, foundation.", err=True)
    settings = stack_of(found, stack)
    is_prompt = statement is None and file is None and is_terminal(sys.stdin)
    text = None if is_prompt else _text(statement, file)
    tell_place(found, stack)
    with connect(found, stack, trace=trace if verbose else None, tag=_TAG) as session:
        _enter(session, settings)
        runner = Runner(session)
        if text is None:
            _prompt(runner, OUTPUTS[form], limit, found, stack)
            return OK
        return _script(runner, OUTPUTS[form](), limit, text)


def _text(statement: str | None, file: Path | None) -> str:
    """What to run, when it is not typed at a prompt."""
    if statement is not None:
        return statement
    is_piped = file is None or str(file) == "-"
    data = sys.stdin.buffer.read() if file is None or is_piped else file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = "standard input" if is_piped else str(file)
        raise click.UsageError(f"{where} is not UTF-8: byte {error.start}") from None


def _enter(session: "Session", stack: "Stack") -> None:
    """Work in the stack's database, if it is there, and say which role works in an account."""
    from contextlib import suppress

    from hushflake.deploy.errors import StatementError
    from hushflake.schema.names import Identifier

    if stack.database:
        with suppress(StatementError):
            session.execute(f"USE DATABASE {Identifier.parse(stack.database).sql}", idempotent=True)
    if not stack.is_local:
        row = session.query("SELECT CURRENT_ROLE() AS R, CURRENT_WAREHOUSE() AS W")[0]
        say(f"Role {row['R']}, warehouse {row['W'] or 'none'}.", err=True)


def _script(runner: "Runner", output: "Output", limit: int, text: str) -> int:
    from hushflake.deploy.errors import StatementError
    from hushflake.schema.sql.statements import statements_of

    statements = statements_of(text).all
    if not statements:
        raise click.UsageError("there is no statement to run")
    code = OK
    for number, statement in enumerate(statements, 1):
        try:
            output.show(statement, runner.run(statement, limit))
        except StatementError as error:
            code = _report(error, f"statement {number} of {len(statements)}: ", statements)
            break
    output.end()
    return code


def _report(error: "StatementError", where: str, statements: "Sequence[str]") -> int:
    from hushflake.deploy.cancelling import is_mistake

    say(f"hushflake: {where if len(statements) > 1 else ''}{error}", err=True)
    return MISTAKE if is_mistake(error) else FAILURE


def _prompt(
    runner: "Runner",
    made: "Callable[[], Output]",
    limit: int,
    project: "Project",
    stack: str,
) -> None:
    from hushflake.deploy.cancelling import CancelledError
    from hushflake.deploy.errors import DeployError, StatementError

    from ..sql_history import history_of
    from ..sql_prompt import talk

    def run(statement: str) -> None:
        output = made()
        try:
            output.show(statement, runner.run(statement, limit))
            output.end()
        except CancelledError:
            say(styled("Cancelled.", fg="yellow"))
        except DeployError as error:
            say(styled(str(error), fg="red"))
            if isinstance(error, StatementError) and error.unknown:
                say("The session was lost; the next statement opens a new one.")

    say(f"Stack {stack} of {project.name}. \\? shows help.")
    talk(stack, run, history_of(project.root))

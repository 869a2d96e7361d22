"""`hushflake lsp`: the language server."""

import click

from ..errors import OK


@click.command()
@click.option(
    "--stdio",
    is_flag=True,
    expose_value=False,
    help="Speak over standard input and output, as it always does.",
)
def lsp() -> int:
    """Serve an editor: diagnostics and quick fixes over the Language Server Protocol.

    Speaks over standard input and output. The documentation has configurations of editors.
    """
    from hushflake.remediation.editor.server import serve

    serve()
    return OK

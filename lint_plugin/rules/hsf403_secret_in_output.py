"""A secret stands in the output of a notebook.

What a cell has printed is kept in the file, and everybody who can read the repository reads it: a
credential in the format of a provider, or a value that a literal of the code has. Clear the outputs
(`jupyter nbconvert --clear-output --inplace FILE`), revoke the credential, and print that it is
set, not its value. Streams, results, tables and tracebacks are searched. The place is that of the
cell; a pragma stands on its first or its last line.
"""

from collections.abc import Iterator

from ..module import Module
from ..rule import Example, Report, Rule

_TOKEN = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"


# Spelt by hand: a check of a commit imports this file, and need not import `json` for it.
_NOTEBOOK = """{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [%s],
"source": "%s"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"""


def _quoted(text: str) -> str:
    for char, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\x1b", "\\u001b")):
        text = text.replace(char, escape)
    return text


def _notebook(source: str, shown: str, output: str) -> Example:
    document = _NOTEBOOK % (output, _quoted(source))
    return Example(document, "example.ipynb", shown=f"{source}\n# {shown}")


def _printed(source: str, text: str, shown: str) -> Example:
    return _notebook(source, shown, f'{{"output_type": "stream", "text": ["{_quoted(text)}"]}}')


def _result(source: str, kind: str, value: str, shown: str) -> Example:
    output = f'{{"output_type": "execute_result", "data": {{"{kind}": ["{_quoted(value)}"]}}}}'
    return _notebook(source, shown, output)


class SecretInOutput(Rule):
    code = "HSF403"
    message = "{name} stands in an output of this cell; clear the output and revoke it"
    VALID = (
        _printed("print('ghp_')", "ghp_\n", "ghp_"),
        _printed("print(len(token))", "40\n", "40"),
        _result("plot()", "image/png", f"+{_TOKEN}+", "a picture"),
    )
    INVALID = (
        _printed("print(token)", f"using {_TOKEN}\n", "using ***"),
        _result("frame", "text/html", f"<td>{_TOKEN}</td>", "a table with ***"),
        _notebook(
            "connect()",
            "ValueError: ***",
            f'{{"output_type": "error", "traceback": ["\\u001b[1m{_TOKEN}\\u001b[0m"]}}',
        ),
        _printed("password = 'sOme-pa55!word'\nprint(password)", "sOme-pa55!word\n", "***"),
        _printed("password = 'caf\\xe9\"pa55!w0rd'\nprint(password)", 'café"pa55!w0rd\n', "***"),
    )

    def applies(self, module: Module) -> bool:
        return module.has_outputs

    def check(self, module: Module) -> Iterator[Report]:
        from ..notebooks.leaks import leaks

        told: set[tuple[int, str]] = set()
        for leak in leaks(module):
            at, name = leak.output.start, leak.name
            if (at, name) not in told:
                told.add((at, name))
                yield Report(at, leak.output.end, {"name": name}, name)

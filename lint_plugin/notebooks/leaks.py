"""The secrets in the outputs of a notebook, by format and by what its own code holds."""

from collections.abc import Iterator
from typing import NamedTuple

from ..credentials.formats import in_formats
from ..credentials.samples import is_sample
from ..module import Module
from ..spans import secret_spans
from .layout import NotebookModule
from .outputs import Output, is_telling, values_in


class Leak(NamedTuple):
    """A secret in an output: what it is called, and its first and last offset in the file."""

    output: Output
    name: str
    start: int
    end: int


def leaks(module: Module) -> Iterator[Leak]:
    """Yield the secrets in the outputs of a module, if it is that of a notebook."""
    if not isinstance(module, NotebookModule) or not module.has_outputs:
        return
    spans = secret_spans(module)
    values = {module.utf8[start:end] for start, end in spans}
    telling = [value for value in values if is_telling(value)]
    for output in module.layout.outputs:
        taken: list[tuple[int, int]] = []
        for provider, match in in_formats(output.text.decode("latin-1")):
            if not is_sample(match[0]):
                taken.append(match.span())
                start, end = (output.at + at for at in match.span())
                yield Leak(output, f"a credential ({provider.name})", start, end)
        for first, last in values_in(output, telling):
            if not any(start < last and first < end for start, end in taken):
                yield Leak(output, "a secret of this notebook", output.at + first, output.at + last)

"""An open notebook as the file that it would be, so that its cells are checked as one module."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """A cell of code: the document that an editor holds of it."""

    uri: str
    text: str


def as_file(cells: Iterable[Cell]) -> bytes:
    """Return the bytes of a notebook file with these cells of code, without outputs.

    https://nbformat.readthedocs.io/en/latest/format_description.html
    """
    spelled: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": cell.text,
        }
        for cell in cells
    ]
    document = {"cells": spelled, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document).encode()

"""The grammars of tree-sitter: loaded when the first file of a format is read.

Only grammars that read every hostile text of ours in a time that grows with its length. Those of
YAML, shell and Dockerfiles do not: docs/decisions says what they do.
"""

import warnings
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from .model import MissingReaderError

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

# What the parser is handed at a time. Bytes.
_CHUNK = 4096
# Of 1,956 real files none was read more than 1.4 times; of a hostile one (blanks after an error in
# HCL) each blank is read again for each.
_MOST_READINGS = 4


@cache
def parser(language: str) -> "Parser":
    """Return the parser of a language, made once."""
    try:
        from tree_sitter import Language, Parser

        module = import_module(f"tree_sitter_{language}")
    except ImportError:
        raise MissingReaderError from None
    with warnings.catch_warnings():
        # Older grammars give their address as a number.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Parser(Language(module.language()))


def root(language: str, shadow: bytes) -> "Node":
    """Return the root of the tree of a text; it has one, however broken the text is.

    Raises:
        MissingReaderError: The grammar is not installed.
    """
    left = len(shadow) * _MOST_READINGS + _CHUNK

    def chunk(offset: int, _: object) -> bytes:
        nonlocal left
        left -= _CHUNK
        # The end of the text, for a parser that reads the same part again and again.
        return shadow[offset : offset + _CHUNK] if left >= 0 else b""

    return parser(language).parse(chunk).root_node

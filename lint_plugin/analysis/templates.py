"""t-strings (PEP 750): nodes that `ast` has from Python 3.14 on.

Asked by name, so that what is written here runs and is tested on every version.
https://docs.python.org/3.14/library/ast.html#ast.TemplateStr
"""

import ast


def is_string_of_parts(node: ast.AST) -> bool:
    """Say whether a node is an f-string or a t-string: its `values` are pieces and fields."""
    return isinstance(node, ast.JoinedStr) or type(node).__name__ == "TemplateStr"


def is_field(node: ast.AST) -> bool:
    """Say whether a node is a field of an f-string or a t-string."""
    return isinstance(node, ast.FormattedValue) or keeps_source(node)


def keeps_source(node: ast.AST) -> bool:
    """Say whether a node is a field of a t-string, which keeps the source of its expression.

    `t"{os.getenv('A')}"` has it as `Interpolation.expression`, for whoever takes the template.
    """
    return type(node).__name__ == "Interpolation"

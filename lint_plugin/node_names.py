"""What a node of a tree is called."""

import ast


def name_of(node: ast.AST | None) -> str:
    """Return the last part of what a target, key or function is called; "" if it has no name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            return name
        case ast.Subscript(slice=index):
            return name_of(index)
        case ast.Constant(value=str(name)):
            return name
        case ast.Starred(value=inner):
            return name_of(inner)
    return ""

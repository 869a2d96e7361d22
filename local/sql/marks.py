"""Marks on the nodes of a translation, in their `meta`: what is ours, and not a user's text."""

from sqlglot import exp

# The node itself is one that a translation made; what is below it is looked at.
MADE = "made"
# What is below its `this` was looked at when it was made, or has nothing of a user's in it.
SEALED = "sealed"


def made(tree: exp.Expr) -> exp.Expr:
    """Mark every node of a tree that has nothing of a user's in it yet."""
    for node in tree.walk():
        node.meta[MADE] = True
    return tree

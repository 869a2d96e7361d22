"""Each transform as a LibCST codemod command, for `python -m libcst.tool codemod`.

    python -m libcst.tool codemod hushflake.codemods.commands.EnvironmentReads PATH

A command is named as the transform's class, found on demand: the folder stays the registry. It
gives the very bytes of `hushflake codemod --only TRANSFORM`, because it runs the same code; the
speed is that of `libcst.tool`, which parses every file whole.
"""

from typing import TYPE_CHECKING

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from hushflake.lint_plugin.settings import load

from .leaking import clashing
from .prepare import rewriter
from .takers import replaced_of, taken_of, takers_of_one
from .transform import Transform
from .transforms import all_transforms

if TYPE_CHECKING:
    from collections.abc import Sequence


class TransformCommand(CodemodCommand):
    """Runs one transform over a whole module. Subclasses say which."""

    transform: Transform

    def __init__(self, context: CodemodContext) -> None:
        super().__init__(context)
        settings = load([self.context.filename or "."])
        self.rewriter = rewriter(settings, only=[self.transform.name])

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Return the rewritten module.

        Raises:
            SkipFile: Settings exclude the file, or it cannot be rewritten safely.
        """
        path = self.context.filename or "<module>"
        outcome = self.rewriter.rewrite(tree.bytes, path)
        names = outcome.lost | outcome.gained | outcome.through
        if names:
            policy = self.rewriter.policy
            asked, takes = takers_of_one(names, path, policy.settings.root)
            none = frozenset[str]()
            outcome = self.rewriter._replace(
                taken=taken_of({path: outcome.lost}, takes, asked).get(path, none),
                reserved=clashing({path: outcome.gained}, takes, asked, policy).get(path, none),
                replaced=replaced_of({path: outcome.through}, takes, asked).get(path, none),
            ).rewrite(tree.bytes, path)
        for edit in outcome.edits:
            if edit.action == "left":
                self.warn(f"{edit.line}:{edit.column}: {edit.form} left: {edit.reason}")
        if outcome.status in ("excluded", "unparsed", "refused"):
            raise SkipFile(outcome.message or outcome.status)
        if outcome.new is None:
            return tree
        return cst.parse_module(outcome.new, config=tree.config_for_parsing)


def __getattr__(name: str) -> type[TransformCommand]:
    known: Sequence[Transform] = all_transforms()
    for transform in known:
        if type(transform).__name__ == name:
            body = {
                "transform": transform,
                "DESCRIPTION": transform.summary,
                "__module__": __name__,
            }
            return type(name, (TransformCommand,), body)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

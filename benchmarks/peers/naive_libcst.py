"""The obvious LibCST codemod: matches names, adds an import; for `libcst.tool codemod`."""

import libcst as cst
import libcst.matchers as m
from libcst.codemod import CodemodContext, VisitorBasedCodemodCommand
from libcst.codemod.visitors import AddImportsVisitor

_READS = m.Call(
    func=m.Attribute(m.Name("os"), m.Name("getenv"))
    | m.Attribute(m.Attribute(m.Name("os"), m.Name("environ")), m.Name("get"))
)


class NaiveReads(VisitorBasedCodemodCommand):
    """`os.getenv(…)` and `os.environ.get(…)` become `get_config_value(…)`."""

    DESCRIPTION = "naive rewrite of environment reads"

    def __init__(self, context: CodemodContext) -> None:
        super().__init__(context)

    @m.leave(_READS)
    def _rewrite(self, _: cst.Call, updated: cst.Call) -> cst.Call:
        AddImportsVisitor.add_needed_import(self.context, "hushflake.config", "get_config_value")
        return updated.with_changes(func=cst.Name("get_config_value"))

"""The reads of one Python file: of the environment, of our accessor, of other libraries."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from hushflake.lint_plugin.analysis import Access, Place, prefilter
from hushflake.lint_plugin.analysis.forms import READS
from hushflake.lint_plugin.config_reads import relative_uses
from hushflake.lint_plugin.key_text import constant_key
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.settings import Settings
from hushflake.lint_plugin.silent import may_be_silent

from ..keys.classes import is_usable, may_declare, service_fields
from .defaults import Defaults
from .following.known import Known
from .following.project import Project
from .following.text import holes, pattern
from .following.texts import Texts
from .following.things import Origin, Required, Thing
from .following.wrapping import Seed
from .making import Found, How, Maker, What
from .model import DeclaredField, EnvFileReader
from .readers import may_read
from .service_classes import service_keys
from .through import Through
from .typed_reads import FORM as TYPED
from .typed_reads import TypedKey, attributes_of, typed_reads
from .types import is_caught, type_of

OURS = "hushflake.config"
# What a class or an option reads is asked of the reader of its library.
_OF_LIBRARIES = frozenset({"settings-class", "cli-option"})


@dataclass
class FileReads:
    """What one file reads.

    Attributes:
        found: The reads, in source order.
        files: The places that read .env files.
        exports: Name in the body of the module -> what it stands for, for those who import it.
        escaped: Places of reads whose callers are not all known.
        is_cut: Whether there was more to follow than is followed in one file.
        classes: Name of a class that was looked for and is used -> first place.
        declared: The keys that its service classes declare.
        own: Of `found` those that stand in the file itself, whatever others are; None where some
            wait for their callers.
    """

    found: list[Found] = field(default_factory=list)
    files: list[EnvFileReader] = field(default_factory=list)
    exports: Mapping[str, list[Thing]] = field(default_factory=dict)
    escaped: set[str] = field(default_factory=set)
    is_cut: bool = False
    classes: dict[str, str] = field(default_factory=dict)
    declared: list[DeclaredField] = field(default_factory=list)
    own: list[Found] | None = None


class Reader:
    """Reads files of one run. `defaults` are comparable across all of them."""

    def __init__(
        self,
        settings: Settings,
        is_secret: Callable[[str], bool],
        classes: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """
        Args:
            settings: Of the repository.
            is_secret: Whether a name is that of a secret.
            classes: Dotted origin of a class whose uses are looked for -> its name.
        """
        self._is_secret = is_secret
        self._classes = classes
        self._defaults = Defaults()
        self._functions = _accessor_functions(settings)
        self._attributes = attributes_of(settings)
        words = {*self._functions, *classes.values(), "hushflake"}
        words |= set(settings.generated_module[-1:])
        self._words = [name.encode() for name in words]

    def can_read(self, data: bytes) -> bool:
        """Say from the bytes of a file whether it can hold a read at all."""
        return (
            prefilter(data)
            or may_be_silent(data)
            or any(word in data for word in self._words)
            or may_read(data)
        )

    def read(
        self, module: Module, project: Project, known: Known, before: FileReads | None = None
    ) -> FileReads:
        """Return what a file reads.

        Args:
            module: It.
            project: The files of the run.
            known: What is known of the other files.
            before: What the file gave when less was known of them.
        """
        maker = Maker(module, self._defaults, self._is_secret)
        file = _File(module, maker, Texts(module.index, module.relative, project))
        own = before.own if before is not None else None
        if own is None:
            own = [*file.environment(), *file.accessor(self._functions)]
            own += [*file.silent(), *file.services(), *file.typed(self._attributes)]
        through = Through(module, maker, project, known)
        found = [*own, *through.follow(file.seeds)]
        return FileReads(
            found=sorted(_merged(found), key=lambda one: (one.read.line, one.read.column)),
            files=list(through.files()),
            exports=through.exports,
            escaped=through.escaped,
            is_cut=through.is_cut,
            classes=before.classes if before else dict(file.classes(self._classes)),
            declared=before.declared if before else list(file.declared()),
            own=None if file.seeds else own,
        )


def _merged(found: list[Found]) -> Iterator[Found]:
    """Yield each read once: a function may read a key in two ways, with a default and without."""
    groups: dict[tuple[str, int, int, str], list[Found]] = {}
    for one in found:
        key = one.key if one.key is not None else f"*{one.read.pattern}"
        groups.setdefault((key, one.read.line, one.read.column, one.read.reader), []).append(one)
    for group in groups.values():
        first = max(group, key=lambda one: (one.read.default is not None, bool(one.read.type)))
        if len(group) > 1:
            kind = first.read.type or next((one.read.type for one in group if one.read.type), "")
            needed = any(one.read.required for one in group) and first.read.default is None
            first = replace(first, read=replace(first.read, type=kind, required=needed))
        yield first


def _accessor_functions(settings: Settings) -> dict[str, str]:
    """Return the name of each accessor function -> get, require or has; ours always count."""
    ours = {"get_config_value": "get", "require_config_value": "require", "has_config_value": "has"}
    theirs = {
        settings.get_function: "get",
        settings.require_function: "require",
        settings.has_function: "has",
    }
    return {name: kind for name, kind in {**ours, **theirs}.items() if name}


class _File:
    """The reads that stand in a file itself. `seeds`: those whose key a caller gives."""

    def __init__(self, module: Module, maker: Maker, texts: Texts) -> None:
        self.module = module
        self.maker = maker
        self.texts = texts
        self.seeds: list[Seed] = []

    def environment(self) -> Iterator[Found]:
        """The reads of the process environment."""
        for access in self.module.accesses:
            if access.form in READS and access.key_node is not None:
                how = How("os.environ", access.form, reason=self._reason(access))
                place = self.module.index.place(access.node)
                needed = access.form == "subscript" and not is_caught(place)
                what = What(access.default, required=needed)
                yield from self._found(place, access.node, access.key_node, how, what)

    def accessor(self, functions: dict[str, str]) -> Iterator[Found]:
        """The calls of the accessor's functions, under whatever name they were imported."""
        module = self.module
        if not any(name.encode() in module.utf8 for name in functions):
            return
        names = {*module.policy.settings.accessors, OURS}
        origins = {
            f"{name}.{function}": kind for name in names for function, kind in functions.items()
        }
        for top in {name.partition(".")[0] for name in names}:
            for use in module.index.uses(top):
                kind = origins.get(use.origin)
                if kind is not None:
                    yield from self._call(module.index.place(use.node), use.node, kind)
        for place, kind in relative_uses(module, functions):
            yield from self._call(place, place.node, kind)

    def silent(self) -> Iterator[Found]:
        """The keys that are written out where the environment is reached without its name."""
        for found in self.module.silent:
            if found.reason not in _OF_LIBRARIES:
                how = How("os.environ", found.reason, reason=found.reason)
                for key in found.keys:
                    kind = key.type or type_of(None, key.default)
                    what = What(key.default, key.required, kind, key.secret)
                    yield self.maker.read(key.name, key.node, how, what)

    def services(self) -> Iterator[Found]:
        """The fields of classes that read through `hushflake.config`."""
        for form, key, service in service_keys(self.module):
            kind = key.type or type_of(None, key.default)
            what = What(key.default, key.required, kind, key.secret)
            how = How(OURS, form, "config", sources=(OURS,))
            found = self.maker.read(key.name, key.node, how, what)
            yield replace(found, read=replace(found.read, service=service))

    def declared(self) -> Iterator[DeclaredField]:
        """The keys that the service classes of a file declare."""
        module = self.module
        if may_declare(module.utf8) and not module.is_test:
            for one in filter(is_usable, service_fields(module)):
                span = module.source.span(one.node)
                place = (module.relative, span.line, span.column)
                yield DeclaredField(one.declared, *place, one.name)

    def typed(self, attributes: Mapping[str, TypedKey]) -> Iterator[Found]:
        """The attributes of the generated module."""
        how = How(OURS, TYPED, "config", sources=(OURS,))
        for read in typed_reads(self.module, attributes):
            what = What(None, read.key.required, read.key.type)
            yield self.maker.read(read.key.name, read.node, how, what)

    def classes(self, origins: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """The uses of some classes outside of tests: name -> place, the last one first."""
        module = self.module
        if module.is_test or not any(name.encode() in module.utf8 for name in origins.values()):
            return
        found: dict[str, str] = {}
        for top in {origin.partition(".")[0] for origin in origins}:
            for use in module.index.uses(top):
                # The class itself, or something of it: `AIConfig.load`.
                name = origins.get(use.origin) or origins.get(use.origin.rpartition(".")[0])
                if name is not None:
                    found.setdefault(name, self.maker.place(use.node))
        yield from found.items()

    def _call(self, place: Place | None, node: ast.AST, kind: str) -> Iterator[Found]:
        above = place.parent if place else None
        call = above.node if above else None
        if not isinstance(call, ast.Call) or call.func is not node:
            return
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        key = call.args[0] if call.args else named.get("key")
        if key is None or isinstance(key, ast.Starred):
            return
        default = call.args[1] if len(call.args) > 1 else named.get("default")
        how = How(OURS, kind, "config", sources=(OURS,))
        yield from self._found(above, call, key, how, What(default, required=kind == "require"))

    def _found(
        self, place: Place | None, node: ast.AST, key_node: ast.expr, how: How, what: What
    ) -> Iterator[Found]:
        what = replace(what, type=what.type or type_of(place, what.default))
        key = constant_key(self.module.index, key_node)
        if key is not None:
            yield self.maker.read(key, node, how, what)
            return
        for text in self.texts.of(key_node):
            given = bool(holes(text))
            written = all(isinstance(part, str) for part in text)
            name = "".join(map(str, text)) if written else pattern(text) or "*"
            yield self.maker.read(name, node, how, what)
            if given and place is not None:
                origin = Origin(how.reader, how.via, how.form, how.reason, how.sources)
                needed: Required = "always" if what.required else "never"
                steps = (self.maker.place(node),)
                self.seeds.append(
                    Seed(place, text, origin, what.default, needed, what.type, steps=steps)
                )

    def _reason(self, access: Access) -> str:
        policy = self.module.policy
        function = {"subscript": "require_function", "membership": "has_function"}
        if policy.is_accessor(self.module.relative):
            return "accessor"
        if policy.is_bootstrap(self.module.relative):
            return "bootstrap"
        if not getattr(policy.settings, function.get(access.form, "get_function")):
            return "form-off"
        return access.reason

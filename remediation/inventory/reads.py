"""The reads of one Python file: of the environment, of our accessor, of decouple."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hushflake.lint_plugin.analysis import Access, Place, prefilter
from hushflake.lint_plugin.analysis.forms import READS
from hushflake.lint_plugin.config_reads import relative_uses
from hushflake.lint_plugin.credentials.display import carries_password, holds_credential
from hushflake.lint_plugin.key_text import constant_key, key_pattern
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.settings import Settings
from hushflake.lint_plugin.silent import SilentKey, may_be_silent
from hushflake.lint_plugin.spans import secret_spans

from .defaults import Defaults
from .model import CREDENTIAL_KEY, Read, Via
from .service_classes import service_keys
from .types import type_of

OURS = "hushflake.config"


@dataclass(frozen=True)
class Found:
    """A read with its key, None for a key that is worked out when the program runs."""

    key: str | None
    read: Read


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
        self.classes: dict[str, str] = {}  # name of a class that is used -> first place
        self._defaults = Defaults()
        self._functions = _accessor_functions(settings)
        words = {*self._functions, *classes.values(), "decouple", "hushflake"}
        self._words = [name.encode() for name in words]

    def can_read(self, data: bytes) -> bool:
        """Say from the bytes of a file whether it can hold a read at all."""
        return prefilter(data) or may_be_silent(data) or any(word in data for word in self._words)

    def read(self, module: Module) -> Iterator[Found]:
        """Yield the reads of a file in source order."""
        file = _File(module, self._defaults, self._is_secret)
        found = [
            *file.environment(),
            *file.accessor(self._functions),
            *file.decouple(),
            *file.silent(),
            *file.services(),
        ]
        for name, place in file.classes(self._classes):
            self.classes.setdefault(name, place)
        yield from sorted(found, key=lambda one: (one.read.line, one.read.column))


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
    def __init__(
        self, module: Module, defaults: Defaults, is_secret: Callable[[str], bool]
    ) -> None:
        self.module = module
        self.defaults = defaults
        self.is_secret = is_secret
        self._spans: list[tuple[int, int]] | None = None

    def environment(self) -> Iterator[Found]:
        """The reads of the process environment."""
        for access in self.module.accesses:
            if access.form in READS and access.key_node is not None:
                yield self._found(
                    self.module.index.place(access.node),
                    access.node,
                    access.key_node,
                    access.default,
                    form=access.form,
                    via="environment",
                    required=access.form == "subscript",
                    reason=self._reason(access),
                )

    def accessor(self, functions: dict[str, str]) -> Iterator[Found]:
        """The calls of the accessor's functions, under whatever name they were imported."""
        module = self.module
        if not any(name.encode() in module.utf8 for name in functions):
            return
        names = {module.policy.settings.accessor, OURS}
        origins = {
            f"{name}.{function}": kind for name in names for function, kind in functions.items()
        }
        for top in {name.partition(".")[0] for name in names}:
            for use in module.index.uses(top):
                kind = origins.get(use.origin)
                if kind is not None:
                    yield from self._call(module.index.place(use.node), use.node, kind, "config")
        for place, kind in relative_uses(module, functions):
            yield from self._call(place, place.node, kind, "config")

    def decouple(self) -> Iterator[Found]:
        """The calls of `decouple.config`."""
        if b"decouple" not in self.module.utf8:
            return
        for use in self.module.index.uses("decouple"):
            if use.origin == "decouple.config":
                place = self.module.index.place(use.node)
                yield from self._call(place, use.node, "decouple", "decouple")

    def silent(self) -> Iterator[Found]:
        """The keys that are written out where the environment is reached without its name."""
        for found in self.module.silent:
            for key in found.keys:
                yield self._silent(key, found.reason, "environment", found.reason)

    def services(self) -> Iterator[Found]:
        """The fields of classes that read through `hushflake.config`."""
        for form, key in service_keys(self.module):
            yield self._silent(key, form, "config", "")

    def _silent(self, key: SilentKey, form: str, via: Via, reason: str) -> Found:
        name, pattern = (None, key.name) if "*" in key.name else (key.name, "")
        if holds_credential(key.name):
            name, pattern, reason = None, "", CREDENTIAL_KEY
        return self._made(
            name,
            key.node,
            key.default,
            form=form,
            via=via,
            required=key.required,
            reason=reason,
            kind=key.type or type_of(None, key.default),
            pattern=pattern,
        )

    def classes(self, origins: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """The uses of some classes outside of tests: name -> place."""
        module = self.module
        if module.is_test or not any(name.encode() in module.utf8 for name in origins.values()):
            return
        for top in {origin.partition(".")[0] for origin in origins}:
            for use in module.index.uses(top):
                # The class itself, or something of it: `AIConfig.load`.
                name = origins.get(use.origin) or origins.get(use.origin.rpartition(".")[0])
                if name is not None:
                    span = module.source.span(use.node)
                    yield name, f"{module.relative}:{span.line}:{span.column}"

    def _call(self, place: Place | None, node: ast.AST, kind: str, via: Via) -> Iterator[Found]:
        above = place.parent if place else None
        call = above.node if above else None
        if not isinstance(call, ast.Call) or call.func is not node:
            return
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        key = call.args[0] if call.args else named.get("key") or named.get("option")
        if key is None or isinstance(key, ast.Starred):
            return
        default = call.args[1] if len(call.args) > 1 else named.get("default")
        yield self._found(
            above,
            call,
            key,
            default,
            form={"get": "get", "require": "require", "has": "has"}.get(kind, kind),
            via=via,
            required=kind == "require" or (kind == "decouple" and default is None),
            cast=named.get("cast"),
        )

    def _found(
        self,
        place: Place | None,
        node: ast.AST,
        key_node: ast.expr,
        default: ast.expr | None,
        *,
        form: str,
        via: Via,
        required: bool,
        reason: str = "",
        cast: ast.expr | None = None,
    ) -> Found:
        key = constant_key(self.module.index, key_node)
        pattern = key_pattern(key_node) if key is None else ""
        if holds_credential(key or pattern):
            # It names nothing, and is shown to nobody.
            key, reason, pattern = None, CREDENTIAL_KEY, ""
        kind = getattr(cast, "id", "") or type_of(place, default)
        return self._made(
            key,
            node,
            default,
            form=form,
            via=via,
            required=required,
            reason=reason,
            kind=kind,
            pattern=pattern,
        )

    def _made(
        self,
        key: str | None,
        node: ast.AST,
        default: ast.expr | None,
        *,
        form: str,
        via: Via,
        required: bool,
        reason: str,
        kind: str,
        pattern: str,
    ) -> Found:
        span = self.module.source.span(node)
        # Without a name to judge by, a default is shown to nobody.
        hidden = key is None or self.is_secret(key) or self._is_flagged(default)
        return Found(
            key,
            Read(
                path=self.module.relative,
                line=span.line,
                column=span.column,
                form=form,
                via=via,
                default=self.defaults.of(default, hidden=hidden),
                required=required,
                type=kind,
                reason=reason,
                in_test=self.module.is_test,
                pattern=pattern,
            ),
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

    def _is_flagged(self, default: ast.expr | None) -> bool:
        """Say whether a secret rule flags something in a default, whatever its key is called."""
        if default is None or (isinstance(default, ast.Constant) and not default.value):
            return False
        start, end = self.module.source.range(default)
        if carries_password(self.module.source.text(start, end)):
            return True
        if self._spans is None:
            self._spans = secret_spans(self.module)
        return any(first < end and start < last for first, last in self._spans)

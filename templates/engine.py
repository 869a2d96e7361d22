"""The template engine: sandboxed, strict, and unable to print text that is not SQL.

A template puts out values of the types it was told are safe (rendered names, numbers); plain text
must pass a filter such as `literal`, or rendering fails. So a template cannot forget to quote.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateNotFound
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.exceptions import TemplateSyntaxError
from jinja2.loaders import BaseLoader, FileSystemLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER: Final = Path(__file__).parent
# Between two statements of one operation. No identifier or literal can hold it.
SEPARATOR: Final = "\x1e"


class TemplateError(Exception):
    """A template that is missing, does not parse, or put out what it must not."""

    exit_code = 2

    def __init__(self, message: str, path: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        place = (
            f"{self.path}:{self.line}:1: " if self.line else f"{self.path}: " if self.path else ""
        )
        return f"{place}{self.message}"


class Templates:
    """The SQL templates, those of a project in front of ours.

    Args:
        overrides: A project's `templates` folder; `sql/<kind>/<action>.sql.j2` in it wins.
        filters: Filters by name: plain functions that only spell.
        safe_types: Types whose values may be put out as they are.
        more: Folders of kinds from other packages, behind ours.
    """

    def __init__(
        self,
        overrides: Path | None = None,
        filters: Mapping[str, Callable[..., Any]] | None = None,
        safe_types: tuple[type, ...] = (),
        more: Iterable[Path] = (),
    ) -> None:
        folders = [FOLDER / "sql", *more]
        if overrides is not None and (overrides / "sql").is_dir():
            folders.insert(0, overrides / "sql")
        loader: BaseLoader = FileSystemLoader(folders)
        self._environment = _Environment(
            loader=loader,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            autoescape=False,  # SQL, not HTML: `finalize` refuses unspelled text
            finalize=_refuse_plain_text(safe_types),
            cache_size=400,
        )
        self._templates: dict[str, Template] = {}
        self._environment.filters.update(filters or {})
        self._environment.globals = {"next_statement": _Separator()}

    def statements(self, kind: str, action: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
        """The statements of one operation, without a semicolon at the end.

        Raises:
            TemplateError: no such template, or it fails on this payload.
        """
        name = f"{kind}/{action}.sql.j2"
        try:
            template = self._templates.get(name)
            if template is None:
                template = self._templates[name] = self._environment.get_template(name)
            text = template.render(payload)
        except TemplateNotFound as error:
            raise TemplateError(f"no template {error.name}: {kind} cannot {action}") from None
        except TemplateSyntaxError as error:
            raise TemplateError(
                error.message or "syntax", error.filename or name, error.lineno
            ) from None
        except JinjaError as error:
            raise TemplateError(str(error), name) from None
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            # What a template can do wrong with a payload; `finalize` lets no value into the text.
            raise TemplateError(f"{type(error).__name__}: {error}", name) from None
        return tuple(part for piece in text.split(SEPARATOR) if (part := piece.strip()))


class _Environment(ImmutableSandboxedEnvironment):
    """`column.name` on a payload is its key; the sandbox looks for attributes only after that."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class _Separator:
    def __str__(self) -> str:
        return SEPARATOR


def _refuse_plain_text(safe_types: tuple[type, ...]) -> Callable[[Any], Any]:
    safe = {*safe_types, int, float, _Separator}

    def finalize(value: Any) -> Any:
        if type(value) in safe:
            return value
        if isinstance(value, StrictUndefined):
            return value  # fails by itself, and says what is missing
        raise JinjaError(
            f"{type(value).__name__} value put out without a filter; use for instance | literal"
        )

    return finalize

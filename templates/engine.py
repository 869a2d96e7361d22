"""The template engine: sandboxed, strict, and unable to print text that is not SQL.

A template puts out values of the types it was told are safe (rendered names, numbers); plain text
must pass a filter such as `literal`, or rendering fails. So a template cannot forget to quote.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateNotFound, TemplatesNotFound, nodes
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.exceptions import TemplateSyntaxError
from jinja2.loaders import BaseLoader, ChoiceLoader, FileSystemLoader, split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .budget import Budget
from .language import MAX_BYTES, ForbiddenError, check, count_loops, count_texts

FOLDER: Final = Path(__file__).parent
# Reads a file of a project: path, and at most so many bytes.
Read = Callable[[Path, int], str]
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
        overrides: A project's `templates` folder; `sql/<kind>/<action>.sql.j2` in it wins. What
            it holds is foreign: see `language.py` and `budget.py`.
        read: How a file of it is read.
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
        read: Read | None = None,
    ) -> None:
        ours = FileSystemLoader([FOLDER / "sql", *more])
        loader: BaseLoader = ours
        self._budget: Budget | None = None
        if overrides is not None and read is not None and os.path.lexists(overrides / "sql"):
            loader = ChoiceLoader([_ProjectLoader(overrides / "sql", read), ours])
            self._budget = Budget()
        self._environment = _Environment(
            self._budget,
            overrides,
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
        if self._budget is not None:
            self._environment.filters.update(self._budget.filters(self._environment.filters))
        self._environment.globals = {"next_statement": _Separator()}

    @property
    def is_overridden(self) -> bool:
        """Whether a project has templates of its own."""
        return self._budget is not None

    def path_of(self, kind: str, action: str) -> str:
        """The file that spells an operation, for messages."""
        name = f"{kind}/{action}.sql.j2"
        template = self._templates.get(name)
        return (template.filename if template is not None else None) or name

    def statements(self, kind: str, action: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
        """The statements of one operation, without a semicolon at the end.

        Raises:
            TemplateError: no such template, or it fails on this payload.
        """
        name = f"{kind}/{action}.sql.j2"
        try:
            text = self._render(name, payload)
        except TemplateNotFound as error:
            missing = name if isinstance(error, TemplatesNotFound) else error.name
            raise TemplateError(f"no template {missing}: {kind} cannot {action}") from None
        except TemplateSyntaxError as error:
            raise TemplateError(
                error.message or "syntax", error.filename or name, error.lineno
            ) from None
        except ForbiddenError as error:
            raise TemplateError(error.message, error.path or name, error.line) from None
        except JinjaError as error:
            raise TemplateError(str(error), self.path_of(kind, action)) from None
        except (RecursionError, MemoryError, SyntaxError):
            raise TemplateError(
                "it is nested too deeply, or includes itself", self.path_of(kind, action)
            ) from None
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # What a template can do wrong with a payload; `finalize` lets no value into the text.
            message = f"{type(error).__name__}: {error}"
            raise TemplateError(message, self.path_of(kind, action)) from None
        return tuple(part for piece in text.split(SEPARATOR) if (part := piece.strip()))

    def _render(self, name: str, payload: Mapping[str, Any]) -> str:
        budget = self._budget
        if budget is None:
            return self._template(name).render(payload)
        budget.start()
        try:
            return budget.output(self._template(name).generate(payload))
        finally:
            budget.end()

    def _template(self, name: str) -> Template:
        template = self._templates.get(name)
        if template is None:
            # What is spelled alike for every kind lies in a folder of its own.
            alike = f"_every/{name.rpartition('/')[2]}"
            template = self._environment.select_template([name, alike])
            self._templates[name] = template
        return template


class _ProjectLoader(BaseLoader):
    """Templates in the folder of a project, each read by the function for foreign files."""

    def __init__(self, folder: Path, read: Read) -> None:
        self.folder = folder
        self._read = read

    def get_source(
        self, _environment: Any, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        path = self.folder.joinpath(*split_template_path(template))
        if not os.path.lexists(path):
            raise TemplateNotFound(template)
        return self._read(path, MAX_BYTES), str(path), None


class _Environment(ImmutableSandboxedEnvironment):
    """`column.name` on a payload is its key; the sandbox looks for attributes only after that.

    With a budget every template is counted, since a foreign one may include ours; those of the
    project are also held to their language.
    """

    def __init__(self, budget: Budget | None, foreign: Path | None, **options: Any) -> None:
        super().__init__(**options)
        self._budget = budget
        self._foreign = foreign or FOLDER

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        if self._budget is None:
            return template
        if not self._is_foreign(filename):
            return count_loops(template)
        try:
            check(template)
        except ForbiddenError as error:
            error.path = filename or ""
            raise
        return count_loops(count_texts(template))

    def _is_foreign(self, filename: str | None) -> bool:
        return filename is None or Path(filename).is_relative_to(self._foreign)

    def _load_template(self, name: str, globals: Any) -> Template:  # noqa: A002 (Jinja's name)
        if self._budget is not None:
            self._budget.spend()
        return super()._load_template(name, globals)

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

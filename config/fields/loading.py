"""Reads a service class. No value leaves this module but in the service that is made of it.

An error is returned, not raised: with a traceback go the variables of each frame on its way.
"""

from types import FrameType, TracebackType
from typing import Any

from ..declared import aliases
from ..errors import ConfigError, bare
from ..reading import known, process
from ..reading.cells import ABSENT
from .convert import Converter, InvalidError, converter
from .parts import Described, Field, Part, ServiceError, parts

_CONVERTERS = "__hushflake_converters__"


def loaded(service: type[Described], frame: FrameType) -> tuple[Described | None, Exception | None]:
    """Return the service, or why there is none.

    Raises:
        TypeError: A field cannot have its type; nothing was read.
        Exception: What a class raises while it is made, other than ValueError.
    """
    _check_types(service)
    for field in service.fields():
        known.names.add(field.key)
        known.names.update(alias.name for alias in field.declared.deprecated_aliases)
    reading = _Reading(frame)
    try:
        made = reading.made(service)
    except ConfigError as error:
        return None, bare(error)
    except Exception as error:
        from traceback import clear_frames

        clear_frames(error.__traceback__)
        raise
    if reading.missing or reading.invalid:
        missing, invalid = tuple(reading.missing), tuple(reading.invalid)
        return None, ServiceError(service.__name__, missing, invalid)
    return made, None


def _check_types(service: type[Described]) -> None:
    service.fields()  # refuses a class that holds itself
    for part in parts(service):
        if part.section is not None:
            _check_types(part.section)
    _converters(service)


def _converters(service: type[Described]) -> dict[str, Converter]:
    known: dict[str, Converter] | None = service.__dict__.get(_CONVERTERS)
    if known is None:
        fields = [part.field for part in parts(service) if part.field is not None]
        known = {field.name: converter(field.type) for field in fields}
        setattr(service, _CONVERTERS, known)
    return known


class _Reading:
    """One load."""

    def __init__(self, frame: FrameType) -> None:
        # Counted as reads by whoever called `load`.
        self.frame = frame
        self.mode = process.mode()
        self.missing: list[str] = []
        self.invalid: list[tuple[str, str]] = []

    def made(self, service: type[Described]) -> Described | None:
        """The service, of the values that are there; None where something is missing or wrong."""
        before = len(self.missing) + len(self.invalid)
        converters = _converters(service)
        values: dict[str, Any] = {}
        for part in parts(service):
            found = self._value(part, converters)
            if found is not ABSENT:
                values[part.name] = found
        if len(self.missing) + len(self.invalid) > before:
            return None
        try:
            return service(**values)
        except ValueError as error:
            # A check of the class's own: in its words the value may stand.
            place = _place(error.__traceback__)
            self.invalid.append((service.__name__, f"is refused by a check of its own ({place})"))
        return None

    def _value(self, part: Part, converters: dict[str, Converter]) -> Any:
        if part.field is not None:
            return self._field(part.field, converters[part.name])
        assert part.section is not None  # noqa: S101 - a part is a field or a section
        if part.optional and not self._holds_any(part.section):
            return None if part.or_none else ABSENT
        return self.made(part.section)

    def _field(self, field: Field, convert: Converter) -> Any:
        text, alias = aliases.lookup(field.declared, self.frame)
        if alias is not None and not alias.has_ended(aliases.today()):
            aliases.note(alias, field.key)
        elif alias is not None:
            self.invalid.append((field.key, aliases.told(alias, field.key)))
            return ABSENT
        if text is ABSENT:
            if self._is_needed(field):
                self.missing.append(field.key)
        else:
            try:
                return convert(text)
            except InvalidError as error:
                self.invalid.append((field.key, str(error)))
        return ABSENT

    def _is_needed(self, field: Field) -> bool:
        asked = field.declared.required
        return self.mode in asked if isinstance(asked, tuple) else bool(asked)

    def _holds_any(self, section: type[Described]) -> bool:
        return any(
            aliases.lookup(field.declared, self.frame)[0] is not ABSENT
            for field in section.fields()
        )


def _place(trace: TracebackType | None) -> str:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""

"""Containers, roles, warehouses, streams and the other objects that are made of options."""

from collections.abc import Iterator
from typing import Final

from ..kinds.container_base import ContainerKind
from ..kinds.properties import Property
from ..kinds.warehouse import PROPERTIES as WAREHOUSE_PROPERTIES
from .head import COMMENT, Definition, Head, Reader, fields_of
from .scanner import Inside, Scanner, pieces


def _container(head: Head) -> Iterator[Definition]:
    found = head.start()
    if "TRANSIENT" in head.flags:
        found["transient"] = True
    if head.scanner.accept("WITH", "MANAGED", "ACCESS"):
        found["managed_access"] = True
    found |= head.scanner.options(fields_of(*ContainerKind.properties))
    head.scanner.end()
    yield found


def _of_properties(*properties: Property) -> Reader:
    known = fields_of(*properties)

    def read(head: Head) -> Iterator[Definition]:
        head.scanner.accept("WITH")
        found = head.start() | head.scanner.options(known)
        head.scanner.end()
        yield found

    return read


def _stream(head: Head) -> Iterator[Definition]:
    scanner = head.scanner
    scanner.accept("COPY", "GRANTS")
    scanner.expect("ON")
    kind = next((k for k in ("dynamic_table", "table", "view", "stage")
                 if scanner.accept(*k.upper().split("_"))), None)  # fmt: skip
    if kind is None:
        raise scanner.unexpected()
    found = head.start() | {"on": {kind: head.where.short(scanner.name())}}
    flags = {name.upper(): name for name in ("append_only", "show_initial_rows")}
    found |= scanner.options({**flags, **COMMENT})
    scanner.end()
    yield found


def _sequence(head: Head) -> Iterator[Definition]:
    scanner, found = head.scanner, head.start()
    scanner.accept("WITH")
    while scanner.token.text:
        if scanner.accept("COMMENT"):
            scanner.accept("=")
            found["comment"] = scanner.string()
        elif scanner.accept("ORDER") or scanner.looks_at("NOORDER"):
            found["ordered"] = not scanner.accept("NOORDER")
        elif scanner.token.text.upper() in ("START", "INCREMENT"):
            field = scanner.word().lower()
            _ = scanner.accept("WITH") or scanner.accept("BY") or scanner.accept("=")
            scanner.accept("=")
            found[field] = scanner.value()
        else:
            raise scanner.unexpected()
    yield found


def _tag(head: Head) -> Iterator[Definition]:
    scanner, found = head.scanner, head.start()
    if scanner.accept("ALLOWED_VALUES"):
        found["allowed_values"] = [scanner.string()]
        while scanner.accept(","):
            found["allowed_values"].append(scanner.string())
    found |= scanner.options(COMMENT)
    scanner.end()
    yield found


def _stage(head: Head) -> Iterator[Definition]:
    known = {
        n.upper(): n
        for n in ("url", "storage_integration", "encryption", "directory", "file_format")
    }
    found = head.start() | head.scanner.options({**known, **COMMENT})
    head.scanner.end()
    if "url" in found and "storage_integration" not in found:
        raise ValueError("a stage outside of Snowflake without an integration is not read")
    inner = {"encryption": "TYPE", "directory": "ENABLE", "file_format": "FORMAT_NAME"}
    for field, word in inner.items():
        if field in found:
            found[field] = Scanner(found[field]).options({word: field})[field]
    yield found


def _file_format(head: Head) -> Iterator[Definition]:
    scanner, found = head.scanner, head.start()
    settings: Definition = {}
    while scanner.token.text:
        word = scanner.word()
        scanner.expect("=")
        value = scanner.value()
        if isinstance(value, Inside):
            value = [Scanner(part).value() for part in pieces(value)]
        scanner.accept(",")
        if word in ("TYPE", "COMMENT"):
            found[word.lower()] = value
        else:
            settings[word.lower()] = value
    yield {**found, "settings": settings} if settings else found


def _resource_monitor(head: Head) -> Iterator[Definition]:
    scanner = head.scanner
    scanner.accept("WITH")
    known = {"CREDIT_QUOTA": "credit_quota", "FREQUENCY": "frequency", "START_TIMESTAMP": ""}
    found = head.start() | scanner.options(known)
    found.pop("", None)
    fields = {"SUSPEND": "suspend_at", "SUSPEND_IMMEDIATE": "suspend_immediately_at"}
    scanner.accept("TRIGGERS")
    while scanner.accept("ON"):
        percent = scanner.value()
        scanner.expect("PERCENT", "DO")
        action = scanner.word()
        if action == "NOTIFY":
            found.setdefault("notify_at", []).append(percent)
        else:
            found[fields[action]] = percent
    scanner.end()
    yield found


READERS: Final[dict[str, Reader]] = {
    "database": _container,
    "schema": _container,
    "role": _of_properties(Property("comment", "COMMENT")),
    "database_role": _of_properties(Property("comment", "COMMENT")),
    "warehouse": _of_properties(
        *WAREHOUSE_PROPERTIES, Property("initially_suspended", "INITIALLY_SUSPENDED")
    ),
    "stream": _stream,
    "sequence": _sequence,
    "tag": _tag,
    "stage": _stage,
    "file_format": _file_format,
    "resource_monitor": _resource_monitor,
}

"""Tasks, alerts, policies, functions and procedures: what holds SQL or code of its own."""

from collections.abc import Iterator
from typing import Final

from ..kinds.task import PROPERTIES as TASK_PROPERTIES
from ..sql.gate import without_last_comment
from .head import COMMENT, Definition, Head, Reader, fields_of
from .scanner import Scanner, pieces


def _task(head: Head) -> Iterator[Definition]:
    scanner = head.scanner
    found = head.start() | scanner.options({**fields_of(*TASK_PROPERTIES), "FINALIZE": "finalize"})
    if scanner.accept("AFTER"):
        found["after"] = [part.strip() for part in scanner.until("WHEN", "AS").split(",")]
    if scanner.accept("WHEN"):
        found["when"] = scanner.until("AS")
    scanner.expect("AS")
    yield {**found, "definition": scanner.rest()}


def _alert(head: Head) -> Iterator[Definition]:
    scanner = head.scanner
    found = head.start() | scanner.options(
        {"WAREHOUSE": "warehouse", "SCHEDULE": "schedule", **COMMENT}
    )
    scanner.expect("IF")
    inner = Scanner(scanner.inside())
    inner.expect("EXISTS")
    found["condition"] = inner.inside()
    scanner.expect("THEN")
    yield {**found, "action": scanner.rest()}


def _policy(head: Head) -> Iterator[Definition]:
    scanner, found = head.scanner, head.start()
    scanner.expect("AS")
    found["arguments"] = arguments_of(scanner)
    scanner.expect("RETURNS")
    returns = scanner.until("-")
    if head.kind == "masking_policy":
        found["returns"] = returns
    scanner.expect("-")
    scanner.expect(">")
    found["body"] = _before_comment(scanner, found)
    yield found


def _before_comment(scanner: Scanner, found: Definition) -> str:
    """Text up to a COMMENT = '…' that ends the statement, which becomes a field."""
    text = scanner.until("COMMENT")
    if scanner.accept("COMMENT", "="):
        found["comment"] = scanner.string()
    scanner.end()
    return text


def _routine(head: Head) -> Iterator[Definition]:
    scanner, found = head.scanner, head.start()
    found["arguments"] = arguments_of(scanner)
    scanner.accept("COPY", "GRANTS")
    scanner.expect("RETURNS")
    if scanner.accept("TABLE"):
        found["returns"] = f"TABLE ({scanner.inside()})"
    else:
        found["returns"] = scanner.until("LANGUAGE", "RUNTIME_VERSION", "HANDLER", "COMMENT",
                                         "PACKAGES", "EXECUTE", "AS", "SERVICE", "STRICT", "NOT",
                                         "CALLED", "IMPORTS", "IMMUTABLE", "VOLATILE", "MEMOIZABLE",
                                         "EXTERNAL_ACCESS_INTEGRATIONS", "SECRETS")  # fmt: skip
    if "SECURE" in head.flags:
        found["secure"] = True
    known = {"RUNTIME_VERSION": "runtime", "HANDLER": "handler", "PACKAGES": "packages",
             "EXTERNAL_ACCESS_INTEGRATIONS": "external_access_integrations",
             "SECRETS": "secrets", **COMMENT}  # fmt: skip
    while not scanner.accept("AS"):
        if scanner.accept("LANGUAGE"):
            found["language"] = scanner.word()
        elif scanner.accept("EXECUTE", "AS"):
            found["execute_as"] = scanner.word()
        else:
            read = scanner.options(known)
            if not read:
                raise scanner.unexpected()
            found |= read
    for field in ("packages", "external_access_integrations"):
        if field in found:
            found[field] = [Scanner(part).value() for part in pieces(found[field])]
    if "secrets" in found:
        found["secrets"] = dict(_secret(part) for part in pieces(found["secrets"]))
    found["body"] = scanner.string().strip("\n")
    if "$$" in found["body"]:
        raise ValueError("its body holds $$")
    scanner.end()
    yield found


def _secret(text: str) -> tuple[str, str]:
    scanner = Scanner(text)
    name = scanner.string()
    scanner.expect("=")
    return name, str(scanner.name())


def arguments_of(scanner: Scanner) -> list[Definition]:
    """`(NAME TYPE [DEFAULT …], …)`."""
    found: list[Definition] = []
    for piece in pieces(scanner.inside()):
        inner = Scanner(piece)
        argument: Definition = {
            "name": str(inner.name()),
            "type": without_last_comment(inner.until("DEFAULT")),
        }
        if inner.accept("DEFAULT"):
            argument["default"] = inner.rest()
        found.append(argument)
    return found


READERS: Final[dict[str, Reader]] = {
    "task": _task,
    "alert": _alert,
    "masking_policy": _policy,
    "row_access_policy": _policy,
    "function": _routine,
    "procedure": _routine,
}

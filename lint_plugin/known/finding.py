"""What is told of a known value in a file: its key, its source and its place."""

from collections.abc import Mapping

from ..credentials.display import shown
from ..finding import ERROR, Finding
from ..registry import KNOWN_VALUE
from .values import Known

_MESSAGE = (
    "the value of {names} ({source}) is in this file; rotate it, and read it with {get} from "
    "{accessor}"
)


def of_places(
    known: Known, data: bytes, path: str, words: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Return a finding for each place of a known value.

    Args:
        known: The values.
        data: The bytes of the file; in a notebook places are those of the file.
        path: The file.
        words: How the accessor and its functions are called.
    """
    findings = []
    for place in known.find(data):
        secret = known.secrets[place.value]
        facts = {"names": shown(secret.names), "source": secret.source}
        findings.append(
            Finding(
                path,
                *_position(data, place.start),
                KNOWN_VALUE,
                _MESSAGE.format_map({**words, **facts}),
                False,
                ERROR,
                *_position(data, place.end),
                target=facts["names"],
                fingerprint=secret.fingerprint,
            )
        )
    return tuple(findings)


def _position(data: bytes, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, from 1."""
    start = data.rfind(b"\n", 0, offset) + 1
    column = len(data[start:offset].decode("utf-8", "replace")) + 1
    return data.count(b"\n", 0, start) + 1, column

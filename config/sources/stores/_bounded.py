"""A bound on the size of an answer, for clients that speak HTTP with requests.

A body without end would fill the memory long before any time is over.
"""

from typing import Any

from ...errors import ConfigSourceError

MAX_BODY = 16 * 2**20  # bytes; no store keeps that much in one secret
_PIECE = 1 << 16


def bound(session: Any, store: str) -> Any:
    """Let a session of requests read no more than `MAX_BODY` of an answer; returns it.

    The calls of the session then raise a ConfigSourceError.
    """

    def read(response: Any, *_: Any, **__: Any) -> None:
        pieces, size = [], 0
        for piece in response.iter_content(_PIECE):
            size += len(piece)
            if size > MAX_BODY:
                response.close()
                raise ConfigSourceError(f"{store}: its answer is larger than {MAX_BODY >> 20} MiB")
            pieces.append(piece)
        # What `response.content` does; from here on nobody reads the connection.
        response._content = b"".join(pieces)
        response._content_consumed = True

    session.hooks["response"].insert(0, read)
    return session

"""Bounds what a connection costs before its client has shown the token.

A guest is a connection on which no request with a valid token or session came yet. Guests are few,
the one that waits longest goes when another comes, and each has a short time for its request. Later
requests have time too, but not without end (slow headers, a body that stops).
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Half of what macOS gives a process by default: the rest serves who has signed in.
_MOST_GUESTS = 64
_GUEST_SECONDS = 10.0
_HEADER_SECONDS = 10.0
_BODY_SECONDS = 60.0
_IDLE_SECONDS = 3600
_HEADER_BYTES = 16_384


@dataclass
class Connections:
    """The open connections of a server.

    Attributes:
        most_guests: How many may be open without a token.
        guest_seconds: A guest's time for one request with its body, from the moment it connects.
        header_bytes: The most that a request line and its headers may have.
        idle_seconds: How long a connection of a signed-in client may wait for its next request.
    """

    most_guests: int = _MOST_GUESTS
    guest_seconds: float = _GUEST_SECONDS
    header_bytes: int = _HEADER_BYTES
    idle_seconds: int = _IDLE_SECONDS
    _guests: dict[Any, "_Bounded"] = field(default_factory=dict)

    def came(self, connection: "_Bounded") -> None:
        """Take a new guest, and drop another when there are too many."""
        self._guests[connection.client] = connection
        if len(self._guests) > self.most_guests:
            held = list(self._guests.values())
            waiting = next((guest for guest in held if not guest.is_served), held[0])
            self.went(waiting)
            waiting.transport.abort()

    def went(self, connection: "_Bounded") -> None:
        """Forget a connection that ended."""
        if self._guests.get(connection.client) is connection:
            del self._guests[connection.client]

    def admit(self, client: Any) -> None:
        """Note that a request with a valid token or session came from an address."""
        connection = self._guests.pop(tuple(client) if client else None, None)
        if connection is not None:
            connection.is_guest = False
            connection.watch()

    def __len__(self) -> int:
        return len(self._guests)


class _Bounded(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with time limits on what a client sends."""

    known: Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.is_guest = True
        self._timer: asyncio.TimerHandle | None = None
        self._since = self.loop.time()
        self.known.came(self)
        self.watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        self.known.went(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.watch()

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        super().on_response_complete()
        self.watch()

    @property
    def is_served(self) -> bool:
        """Whether a whole request is here, and its answer is not."""
        return self.conn.their_state in (h11.DONE, h11.MUST_CLOSE) and self.conn.our_state in (
            h11.SEND_RESPONSE,
            h11.SEND_BODY,
        )

    def watch(self) -> None:
        """Set the time within which the client has to send more."""
        self._stop()
        seconds = self._left()
        if seconds is not None and not self.transport.is_closing():
            self._timer = self.loop.call_later(max(0.0, seconds), self._too_slow)

    def _left(self) -> float | None:
        if self.is_served:
            return None
        if self.is_guest:
            return self._since + self.known.guest_seconds - self.loop.time()
        if self.conn.their_state is h11.SEND_BODY:
            return _BODY_SECONDS
        # Idle between requests is uvicorn's own limit.
        return _HEADER_SECONDS if self.conn.trailing_data[0] else None

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        if self.flow.read_paused and not self.is_guest:
            # We do not read on, so the client cannot send more.
            self.watch()
        else:
            self.transport.abort()


def bounded_protocol(connections: Connections) -> type[asyncio.Protocol]:
    """Return the protocol class of a server, which uvicorn makes an object of per connection."""
    return type("BoundedProtocol", (_Bounded,), {"known": connections})

"""What Pulumi ESC can answer instead of values. The texts are ours: a body may hold a secret."""

from ..errors import ConfigSourceError

_ADVICE = {
    400: "it refuses the request",
    401: "it does not accept the access token; set PULUMI_ACCESS_TOKEN to a valid one",
    403: "the access token lacks the permission for this environment",
    404: "no such environment, or the access token may not see it",
    409: "somebody else changed it in between; read it again and repeat",
    413: "the request is too large",
    429: "too many requests; it asks to wait",
}


class EscError(ConfigSourceError):
    """A call that failed.

    `status` is the HTTP status, or None when no answer came. `positions` are the (line, column)
    of what ESC objects to in a definition.
    """

    def __init__(
        self,
        subject: str,
        reason: str = "",
        *,
        status: int | None = None,
        positions: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.subject = subject
        self.reason = reason
        self.status = status
        self.positions = positions
        super().__init__(subject, reason, status)

    def __str__(self) -> str:
        reason = self.reason
        if self.status is not None:
            said = _ADVICE.get(self.status, "it fails" if self.status >= 500 else "unexpected")
            reason = f"{said} (HTTP {self.status})"
        if self.positions:
            places = ", ".join(f"line {line} column {column}" for line, column in self.positions)
            reason += f"; its objections are at {places}"
        return f"Pulumi ESC, {self.subject}: {reason}"


class StaleDefinitionError(EscError):
    """The definition was changed by somebody else between our reading and our writing it."""


class ShapeError(EscError):
    """Properties that are not of the shape that ESC documents. Nothing of them is named."""

    def __init__(self, reason: str) -> None:
        super().__init__("its answer", reason)


class RoundTripError(EscError):
    """What was written does not come back byte for byte. The text says whether it stays saved."""

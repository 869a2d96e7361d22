"""What Pulumi ESC can answer instead of values. The texts are ours: a body may hold a secret."""

import re

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


# Of a refusal by an approval ruleset: "create an open request instead, opens must be approved for
# the environment" (pulumi/esc issue 668), and the same of updates.
_GATED = re.compile(rb"\b(open|update)s? must be approved")


def needed_approval(body: bytes, subject: str) -> str:
    """What a refusal asks for, if an approval ruleset of the environment refused; else "".

    https://www.pulumi.com/docs/esc/operations/approvals/
    """
    found = _GATED.search(body.lower())
    if found is None:
        return ""
    if found[1] == b"open":
        return (
            "opening it needs an approved request: create one with `pulumi env open-request "
            f"{subject}`, let a reviewer approve it, and apply it"
        )
    return (
        "a change of it needs an approval: propose it with `pulumi env set --draft "
        f"{subject} PATH VALUE`, and let a reviewer approve and apply the draft"
    )


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
        out_of_reach: bool = False,
    ) -> None:
        self.subject = subject
        self.reason = reason
        self.status = status
        self.positions = positions
        transient = status is not None and (status == 429 or status >= 500)
        super().__init__(subject, reason, status, out_of_reach=out_of_reach or transient)

    def __str__(self) -> str:
        reason = self.reason
        if self.status is not None:
            known = "it fails" if self.status >= 500 else "unexpected"
            reason = f"{reason or _ADVICE.get(self.status, known)} (HTTP {self.status})"
        if self.positions:
            places = ", ".join(f"line {line} column {column}" for line, column in self.positions)
            reason += f"; its objections are at {places}"
        return f"Pulumi ESC, {self.subject}: {reason}"


class UnusableWayError(EscError):
    """A proxy or certificate that stays unusable until somebody changes it: no repeat helps."""


class StaleDefinitionError(EscError):
    """The definition was changed by somebody else between our reading and our writing it."""


class ShapeError(EscError):
    """Properties that are not of the shape that ESC documents. Nothing of them is named."""

    def __init__(self, reason: str) -> None:
        super().__init__("its answer", reason)


class RoundTripError(EscError):
    """What was written does not come back byte for byte. The text says whether it stays saved."""

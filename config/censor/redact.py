"""Censors known secrets in text and in byte streams: logs, tracebacks, a child's output.

Secrets become known when a source that marks them is loaded, and when a `Secret` is revealed.
Besides the secret itself its usual disguises are found: base64 (also in the middle of longer
text), URL-encoded, JSON- and Python-escaped, and the lines of a secret with several lines.
"""

from collections.abc import Iterable, Iterator

MASK = "[secret]"
# Shorter ones would censor half of every text (`pulumi env run` ignores those below 3 characters);
# what is taken for a secret by its name alone has to be longer: `DEBUG_TOKEN=true`.
SHORTEST = 4
SHORTEST_GUESS = 8
SHORTEST_LINE = 12
FEW = 60  # forms; about four secrets

# Dynamic credentials change for as long as the process runs: the oldest are forgotten.
LIMIT = 5000
# Forms are found by how they begin; none is shorter than this.
PREFIX = SHORTEST

_secrets: dict[str, None] = {}
_generation = 0


def register(value: str, *, sure: bool = True) -> None:
    """Let this value be censored from now on."""
    global _generation  # noqa: PLW0603 - a counter for whoever compiled the set
    if len(value) >= (SHORTEST if sure else SHORTEST_GUESS) and value not in _secrets:
        _secrets[value] = None
        _generation += 1
        while len(_secrets) > LIMIT:
            _secrets.pop(next(iter(_secrets)), None)


def forget_all() -> None:
    """Know no secrets any more (for tests)."""
    global _generation  # noqa: PLW0603 - see `register`
    _secrets.clear()
    _generation += 1


class Redactor:
    """Replaces secrets in text. Without `secrets`, those registered, now and later."""

    def __init__(self, secrets: Iterable[str] | None = None) -> None:
        self._fixed = None if secrets is None else [s for s in secrets if len(s) >= SHORTEST]
        self._compiled = -1
        self._forms: list[str] = []
        self._index: dict[str, list[str]] = {}

    def forms(self) -> list[str]:
        """Every spelling that is looked for, longest first."""
        if self._fixed is not None and self._compiled < 0:
            self._compile(self._fixed)
        elif self._fixed is None and self._compiled != _generation:
            self._compile(list(_secrets))
            self._compiled = _generation
        return self._forms

    def _compile(self, secrets: Iterable[str]) -> None:
        found = {form for secret in secrets for form in disguises(secret)}
        self._forms = sorted(found, key=lambda form: (-len(form), form))
        self._index = {}
        for form in self._forms:
            self._index.setdefault(form[:PREFIX], []).append(form)
        self._compiled = 0

    def __call__(self, text: str) -> str:
        """The text with every known secret replaced."""
        forms = self.forms()
        if len(forms) <= FEW:
            # A loop of `in` beats a regular expression of many alternatives by a factor of three.
            for form in forms:
                if form in text:
                    text = text.replace(form, MASK)
            return text
        return self._scanned(text)

    def _scanned(self, text: str) -> str:
        """One pass over the text, whatever the number of secrets."""
        index, out, place, shown = self._index, [], 0, 0
        while place <= len(text) - PREFIX:
            for form in index.get(text[place : place + PREFIX], ()):
                if text.startswith(form, place):
                    out += [text[shown:place], MASK]
                    place = shown = place + len(form)
                    break
            else:
                place += 1
        return "".join([*out, text[shown:]]) if out else text


def disguises(secret: str) -> Iterator[str]:
    """The spellings under which a secret turns up in output."""
    yield secret
    yield from _base64(secret.encode("utf-8", "surrogatepass"))
    yield from escapes(secret)


def escapes(secret: str) -> Iterator[str]:
    """Those of its spellings that are no base64."""
    import json
    from urllib.parse import quote, quote_plus

    data = secret.encode("utf-8", "surrogatepass")
    escaped = {quote(data), quote(data, safe=""), quote_plus(data)}
    escaped |= {form.replace("%", "%25") for form in escaped if "%" in form}
    for ascii_only in (True, False):
        inner = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        escaped |= {inner, json.dumps(inner, ensure_ascii=ascii_only)[1:-1]}
    escaped |= {repr(secret)[1:-1], repr(data)[2:-1], data.hex()}
    yield from escaped
    yield from (form.lower() for form in escaped if "%" in form)
    if "\n" in secret or "\r" in secret:
        for line in secret.splitlines():
            stripped = line.strip()
            if len(stripped) >= SHORTEST_LINE and not stripped.startswith("-----"):
                yield stripped


def _base64(data: bytes) -> Iterator[str]:
    """Base64 of the secret at each of the three places where it may begin in longer text."""
    import base64

    whole = base64.b64encode(data).decode("ascii")
    if len(whole) >= 2 * SHORTEST:
        for form in (whole, whole.rstrip("=")):
            yield form
            yield form.replace("+", "-").replace("/", "_")
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + data).decode("ascii").rstrip("=")
        # The first characters mix with what stands before, the last with what follows.
        begin = (0, 2, 3)[shift]
        end = len(encoded) - (1 if (shift + len(data)) % 3 else 0)
        inner = encoded[begin:end]
        if len(inner) >= 2 * SHORTEST or (shift == 0 and len(inner) >= SHORTEST):
            yield inner
            yield inner.replace("+", "-").replace("/", "_")


class StreamRedactor:
    """Censors a stream of bytes piece by piece, secrets across two pieces included.

    Of what was fed, only an end that may be the beginning of a secret is held back.
    """

    def __init__(self, redactor: Redactor) -> None:
        forms = [form.encode("utf-8", "surrogatepass") for form in redactor.forms()]
        self._forms = sorted(forms, key=len, reverse=True)
        self._index: dict[bytes, list[bytes]] = {}
        for form in self._forms:
            self._index.setdefault(form[:PREFIX], []).append(form)
        self._rest = b""

    def feed(self, piece: bytes) -> bytes:
        """What can be shown now."""
        data = self._rest + piece
        out = bytearray()
        place = 0
        while place < len(data):
            found = self._starting(data, place)
            if found:
                out += MASK.encode()
                place += found
            elif found is None:
                break
            else:
                out.append(data[place])
                place += 1
        self._rest = data[place:]
        return bytes(out)

    def finish(self) -> bytes:
        """The rest, after the last piece."""
        rest, self._rest = self._rest, b""
        for form in self._forms:
            rest = rest.replace(form, MASK.encode())
        return rest

    def _starting(self, data: bytes, place: int) -> int | None:
        """Length of the secret that starts here, 0 for none, None when more has to be seen."""
        begin = data[place : place + PREFIX]
        if len(begin) < PREFIX:
            return None if any(form.startswith(begin) for form in self._forms) else 0
        for form in self._index.get(begin, ()):
            if data.startswith(form, place):
                return len(form)
            if len(form) > len(data) - place and form.startswith(data[place:]):
                return None
        return 0

"""A private key block: `-----BEGIN … PRIVATE KEY-----` and what follows it (RFC 7468).

Replace the key pair; keep the new private key in a store, and read it through the accessor.
"""

import re
from collections.abc import Iterator

from ..documents.document import Document
from ..module import Module
from ..rule import Report, Rule

_BEGIN = "-----BEGIN "
# The header alone is what a program compares with: some of the key must follow, after a newline
# in any spelling, the headers of RFC 1421, quotes and joiners of lines.
_BLOCK = re.compile(
    r"""-----BEGIN\ (?P<kind>(?:[A-Z0-9]+\ ){0,3})PRIVATE\ KEY(?:\ BLOCK)?-----
    (?:\\r|\\n|[\s"'+,(){}rb\\\#]|(?:Proc-Type|DEK-Info|Version|Comment):[^\n\\]{1,80})*
    (?![A-Za-z]\w{0,60}(?:\ ?[:(.]|\ =))(?P<body>[A-Za-z0-9+/]{12,})""",
    re.VERBOSE,
)
_FURTHEST_END = 20_000
# A whole key on the smallest curve in use, P-256, has 160 characters and more (RFC 5915).
_LEAST_WHOLE = 150
_NO_BODY = re.compile(r"\\[rn]|[^A-Za-z0-9+/]")


class PrivateKey(Rule):
    code = "HSF303"
    message = "a {kind}private key is in the source; replace the key pair and use {get}"
    document_message = "a {kind}private key is in the file; replace the key pair and use {instead}"
    secret = True
    rank = 1
    lenient_in_tests = True
    VALID = (
        "is_key = '-----BEGIN PRIVATE" + " KEY-----' in text",
        "PEM_HEADER = '-----BEGIN PRIVATE" + " KEY-----'\nAUTHENTICATOR_HEADER: str = 'x'",
        "pem = '-----BEGIN PUBLIC KEY-----\\nMIIBIjANBgkqhkiG9w0B\\n'",
        "pem = '-----BEGIN RSA PRIVATE" + " KEY-----\\n...\\n-----END RSA PRIVATE KEY-----'",
        "pem = f'-----BEGIN PRIVATE" + " KEY-----\\n{body}\\n'",
        "EXAMPLES = '''\n-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEpAIBAAKCAQEAx1\n'''",
        "EXAMPLES = '''-----BEGIN PRIVATE" + f" KEY-----\n{'MHcCAQEE' * 9}...\n-----END '''",
    )
    INVALID = (
        "pem = '''-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEpAIBAAKCAQEAx1\n-----END RSA'''",
        "pem = '-----BEGIN PRIVATE" + " KEY-----\\nMIIEvQIBADANBgkqhkiG\\n'",
        "pem = (\n    '-----BEGIN EC PRIVATE" + " KEY-----\\n'\n    'MHcCAQEEIIGnVbTq'\n)",
        "# -----BEGIN OPENSSH PRIVATE" + " KEY-----\n# b3BlbnNzaC1rZXktdjEAAAAA\npass",
        "EXAMPLES = '''-----BEGIN PRIVATE" + f" KEY-----\n{'MHcCAQEE' * 20}\n-----END '''",
    )

    def applies(self, module: Module) -> bool:
        return self._may_hold_one(module.text)

    def check(self, module: Module) -> Iterator[Report]:
        return self._reports(module)

    def check_document(self, document: Document) -> Iterator[Report]:
        if self._may_hold_one(document.text):
            yield from self._reports(document)
        for entry in document.decoded:
            match = _BLOCK.search(entry.value)
            if match:
                yield _report(entry.start, entry.end, match["kind"])

    def _may_hold_one(self, text: str) -> bool:
        return _BEGIN in text and _BLOCK.search(text) is not None

    def _reports(self, module: Module | Document) -> Iterator[Report]:
        for match in _BLOCK.finditer(module.text):
            closing = module.text.find("-----END ", match.end(), match.end() + _FURTHEST_END)
            is_whole = closing >= 0 and _is_whole(module.text[match.start("body") : closing])
            # The beginning of a key is an illustration in documentation; a whole one is somebody's.
            if module.is_documentation(match.start()) and not is_whole:
                continue
            # Words in the place of a key: no line of base64 is of small letters alone.
            if match["body"].isalpha() and match["body"].islower():
                continue
            end = closing if closing >= 0 else match.end()
            yield _report(match.start(), end, match["kind"])


def _report(start: int, end: int, kind: str) -> Report:
    kind = kind.strip()
    facts = {"kind": f"{kind} " if kind else ""}
    return Report(start, end, facts, f"{kind} private key".strip())


def _is_whole(body: str) -> bool:
    """Say whether what follows the beginning of a block is a key, not the hint of one."""
    return "..." not in body and len(_NO_BODY.sub("", body)) >= _LEAST_WHOLE

"""A private key block: `-----BEGIN … PRIVATE KEY-----` and what follows it (RFC 7468).

Replace the key pair; keep the new private key in a store, and read it through the accessor.
"""

import re
from collections.abc import Iterator

from ..module import Module
from ..rule import Report, Rule

_BEGIN = "-----BEGIN "
# The header alone is what a program compares with: some of the key must follow, after a newline
# in any spelling, the headers of RFC 1421, quotes and joiners of lines.
_BLOCK = re.compile(
    r"""-----BEGIN\ (?P<kind>(?:[A-Z0-9]+\ ){0,3})PRIVATE\ KEY(?:\ BLOCK)?-----
    (?:\\r|\\n|[\s"'+,(){}rb\\\#]|(?:Proc-Type|DEK-Info|Version|Comment):[^\n\\]{1,80})*
    (?![A-Za-z]\w{0,60}(?:\ ?[:(.]|\ =))[A-Za-z0-9+/]{12,}""",
    re.VERBOSE,
)
_FURTHEST_END = 20_000


class PrivateKey(Rule):
    code = "HSF303"
    message = "a {kind}private key is in the source; replace the key pair and use {get}"
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
    )
    INVALID = (
        "pem = '''-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEpAIBAAKCAQEAx1\n-----END RSA'''",
        "pem = '-----BEGIN PRIVATE" + " KEY-----\\nMIIEvQIBADANBgkqhkiG\\n'",
        "pem = (\n    '-----BEGIN EC PRIVATE" + " KEY-----\\n'\n    'MHcCAQEEIIGnVbTq'\n)",
        "# -----BEGIN OPENSSH PRIVATE" + " KEY-----\n# b3BlbnNzaC1rZXktdjEAAAAA\npass",
    )

    def applies(self, module: Module) -> bool:
        return _BEGIN in module.text and _BLOCK.search(module.text) is not None

    def check(self, module: Module) -> Iterator[Report]:
        for match in _BLOCK.finditer(module.text):
            # What documentation shows is nobody's; what is commented out was somebody's.
            if module.is_documentation(match.start()):
                continue
            closing = module.text.find("-----END ", match.end(), match.end() + _FURTHEST_END)
            end = closing if closing >= 0 else match.end()
            kind = match["kind"].strip()
            yield Report(
                match.start(),
                end,
                {"kind": f"{kind} " if kind else ""},
                f"{kind} private key".strip(),
            )

"""Random text stands beside a secret word.

A literal that no person typed, on a line that speaks of passwords, tokens or keys, though no
name binds it: an argument without a name, a header put together, a list of keys.
"""

import re
from collections.abc import Iterator

from ..bindings import literals, text_of
from ..credentials.names import split
from ..credentials.values import is_high_entropy
from ..credentials.words import CHOSEN, GENERATED, PUBLIC_BEGINNINGS
from ..documents.document import Document
from ..documents.secret_entry import is_no_plain_text
from ..module import Module
from ..rule import Report, Rule

# Random text that is no secret, told by what else the line says.
_PUBLIC = re.compile(
    r"salt|sha\d|sha-|md5|hash|digest|checksum|fingerprint|signature|commit|revision|etag|public|pub_?key|key_?id"
    r"|client(?:_?id)?[\"']?\s*[:=]|uuid|cursor|next_?page|pagina|nonce|integrity|thumbprint|https?://|alphabet|charset|ascii|vocab|dummy|placeholder",
    re.IGNORECASE,
)

# A digest of MD5 and the SHA family in hexadecimal; and a literal that is a word to hash.
_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96,128}", re.I)
_WORD = re.compile(
    r"""["'][a-z]*(?:password|passwd|passphrase|pass)["']\)?,|,\s*["'](?:password|pass)["']"""
)
_REACH = 600
_SECRET_WORDS = frozenset({*CHOSEN, *GENERATED, "tokens", "passwords"})


class RandomLiteral(Rule):
    code = "HSF306"
    message = "random text next to a secret word: if it is a credential, use {get} from {accessor}"
    document_message = "random text next to a secret word: if it is a credential, use {instead}"
    secret = True
    rank = 5
    lenient_in_tests = True
    VALID = (
        "token_sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'",
        "identity = 'k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi'",
        "authenticate('this-is-a-long-name-of-a-thing')",
        "vectors = [('password', '5f4dcc3b5aa765d61d8327deb882cf99')]",
        "product = {'productCredits': '7d3f91b0a4c85e62d19f07b3c6a8e405'}",
        "token = dummy or call('9f86d081884c7d659a2feaa0c55ad0154f1b2b0b'[:size])",
        "ALPHABET_FOR_TOKENS = choose('abcdefghijklmnopqrstuvwxyz0123456789')",
    )
    INVALID = (
        "authenticate_with_token('k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi')",
        "headers = ['Authorization: Bearer', 'k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi']",
        "client.open_for(user, '9f86d081884c7d659a2feaa0c55ad015')  # the password",
    )

    def applies(self, module: Module) -> bool:
        return bool(module.random_lines)

    def check(self, module: Module) -> Iterator[Report]:
        for literal in literals(module.tree, module.random_lines):
            start, end = module.source.range(literal)
            value = text_of(literal).rpartition(" ")[2]
            line = module.lower[max(0, start - _REACH) : start].rpartition("\n")[2]
            after = module.lower[end : end + _REACH].partition("\n")[0]
            is_digest = _DIGEST.fullmatch(value) and _WORD.search(line)
            if is_high_entropy(value) and not is_digest and not _PUBLIC.search(line + after):
                yield Report(start, end, {}, "literal")

    def check_document(self, document: Document) -> Iterator[Report]:
        for entry in document.entries:
            is_random = "\n" not in entry.value and is_high_entropy(entry.value.rpartition(" ")[2])
            if not is_random or is_no_plain_text(entry):
                continue
            names = ".".join((*entry.path[-1:], entry.key))
            words = set(split(names))
            is_public = _PUBLIC.search(names) or not PUBLIC_BEGINNINGS.isdisjoint(words)
            if not is_public and not words.isdisjoint(_SECRET_WORDS):
                yield Report(entry.start, entry.end, {}, entry.name)

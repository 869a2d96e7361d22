"""A credential in the published format of a provider: a cloud key, an API token, a webhook.

The format alone tells, wherever it stands: in a literal of any name, in a comment, in text.
Revoke it with the provider; it is known to everyone who can read the repository. The formats
are listed below, each with the page of the provider that publishes it.
"""

import re
from collections.abc import Iterator

from ..credentials.embedded import is_illustration
from ..credentials.formats import in_formats
from ..credentials.providers import Provider
from ..credentials.samples import is_sample
from ..documents.document import Document
from ..module import Module
from ..rule import Report, Rule


class ProviderKey(Rule):
    code = "HSF302"
    message = "a credential ({name}) is in the source; revoke it and use {get}"
    document_message = "a credential ({name}) is in the file; revoke it and use {instead}"
    secret = True
    rank = 1
    VALID = (
        "key = 'AKIA" + "IOSFODNN7EXAMPLE'",
        "token = 'ghp_" + "x" * 36 + "'",
        "prefix = 'ghp_'",
        "# The token looks like this:\n#   ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3\npass",
        "task = 'TASK" + "0a1b2c3d" * 4 + "'",
        "name = 'sk-learn-contrib-package-with-a-long-name-that-is-no-key-at-all'",
    )
    INVALID = (
        "key = 'AKIA" + "Q3EGRIZ7TKWPNVDA'",
        "anything = 'ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3'",
        "# export TOKEN=glpat-" + "k3Jd9fLq2M-_k3Jd9fLq\npass",
        "url = 'https://hooks.slack" + ".com/services/T0AB1CD2E/B0AB1CD2E/k3Jd9fLq2Mk3Jd9fLq2M'",
        "client = Client('xoxb-" + "123987456012-k3Jd9fLq2Mk3Jd9fLq2M')",
        "headers = {'x': 'Bearer sk_live_" + "k3Jd9fLq2Mk3Jd9fLq2Mk3Jd'}",
        "conn = 'AccountName=a;AccountKey=" + "k3Jd9fLq2M" * 8 + "k3Jd9f=='",
    )

    def applies(self, module: Module) -> bool:
        return next(self._matches(module), None) is not None

    def check(self, module: Module) -> Iterator[Report]:
        return self._reports(module)

    def check_document(self, document: Document) -> Iterator[Report]:
        yield from self._reports(document)
        for entry in document.decoded:
            for provider, match in in_formats(entry.value):
                if not is_sample(match[0]):
                    yield Report(entry.start, entry.end, {"name": provider.name}, provider.name)
                    break

    def _reports(self, module: Module | Document) -> Iterator[Report]:
        for provider, match in self._matches(module):
            if module.is_prose(match.start()) and is_illustration(match):
                continue
            yield Report(match.start(), match.end(), {"name": provider.name}, provider.name)

    def _matches(self, module: Module | Document) -> Iterator[tuple[Provider, re.Match[str]]]:
        for provider, match in in_formats(module.text):
            if not is_sample(match[0]):
                yield provider, match

"""A rewriter that a certain file kills, as running out of memory would.

It stands here, on the tests' own import path, because worker processes import it by name.
"""

import os

from hushflake.codemods.rewrite import Outcome, Rewriter


class Exploding(Rewriter):
    """Ends its process at a file that holds `BAD`."""

    def rewrite(self, data: bytes, path: str) -> Outcome:
        if b"BAD" in data:
            os._exit(9)
        return super().rewrite(data, path)

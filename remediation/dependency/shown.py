"""Lines of foreign files as they may be shown: no credential, nothing that steers a terminal."""

import re

from hushflake.lint_plugin.credentials.display import MASK
from hushflake.lint_plugin.credentials.providers import PROVIDERS
from hushflake.terminal.escape import visible

# The user part of an address: https://USER:PASSWORD@HOST, https://TOKEN@HOST.
_IN_ADDRESS = re.compile(r"(?<=://)[^\s/@'\"]+(?=@)")


def without_credentials(line: str) -> str:
    """Return a line with user parts of addresses and keys of known formats as `***`."""
    line = _IN_ADDRESS.sub(MASK, line)
    for provider in PROVIDERS:
        if any(mark in line for mark in provider.marks):
            line = provider.compiled().sub(MASK, line)
    return visible(line, keep="\t")

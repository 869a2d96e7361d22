"""What documentation puts in the place of a credential."""

import re

_SAMPLE = re.compile(
    r"example|placeholder|your|x{6}|0{8}|\*{4}|\.{3}|1234567890|abcdefghij", re.IGNORECASE
)


def is_sample(text: str) -> bool:
    """Say whether what has the format of a credential only shows what one looks like."""
    return _SAMPLE.search(text) is not None

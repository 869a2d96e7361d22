"""`hushflake hook run git`: what the pre-commit hook runs."""


def run(*, known: bool = False) -> int:
    """Check what is about to be committed; return the exit code of `hushflake check`."""
    from .check_line import parse
    from .check_line import run as check

    values = parse(["--staged", *(("--known", "--yes") if known else ())])
    assert values is not None  # noqa: S101 (an option that there is)
    return check(values)

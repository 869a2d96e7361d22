"""Numbers in sentences."""


def counted(number: int, noun: str, several: str = "") -> str:
    """Return `1 file`, `2 files`, `1,204 files`; `several` is a plural that is no noun with `s`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {several or f'{noun}s'}"


def size_text(size: int) -> str:
    """Return a number of bytes as a person reads it."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"

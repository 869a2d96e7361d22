"""Whether two SQL texts say the same."""

from functools import lru_cache

from .tokens import tokens


@lru_cache(maxsize=65536)
def normal_sql(text: str) -> str:
    """One spelling for SQL that differs in white space, comments, case outside of quotes, or a
    `;` at the end. For comparing only."""
    parts = [t if group == "string" or '"' in t else t.upper() for group, t in tokens(text)]
    while parts and parts[-1] == ";":
        parts.pop()
    return " ".join(parts)


def same_sql(left: str, right: str) -> bool:
    return left == right or normal_sql(left) == normal_sql(right)

"""Which statements may be sent twice when the answer to the first was lost.

Only forms that leave the same account after two times as after one. What is not here is sent
once; when its answer is lost, the next plan looks at the account.
"""

import re

_FORMS = re.compile(
    r"""\s*(?:
        CREATE\s+(?:[A-Z]+\s+){1,3}IF\s+NOT\s+EXISTS\b
      | CREATE\s+OR\s+ALTER\b
      | DROP\s+(?:[A-Z]+\s+){1,3}IF\s+EXISTS\b
      | GRANT\b
      | REVOKE\b
      | COMMENT\s+(?:IF\s+EXISTS\s+)?ON\b
      | SHOW\b | DESCRIBE\b | DESC\b | USE\b
      | ALTER\s+(?:WAREHOUSE|TASK|ROLE|DATABASE|SCHEMA|VIEW|STREAM|(?:RESOURCE|DYNAMIC)\s+\w+)\s+
        (?:IF\s+EXISTS\s+)?\S+\s+(?:SET|UNSET|SUSPEND|RESUME|MODIFY)\b
      | ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?\S+\s+(?:SET|UNSET)\b
      | ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?\S+\s+(?:ALTER|MODIFY)\s+(?:COLUMN\s+)?\S+\s+
        (?:SET\s+DATA\s+TYPE|SET\s+NOT\s+NULL|DROP\s+NOT\s+NULL|COMMENT)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_idempotent(sql: str) -> bool:
    """Whether two runs of the statement are as good as one."""
    return _FORMS.match(sql) is not None

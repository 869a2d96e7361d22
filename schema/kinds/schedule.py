"""Schedules of tasks and alerts, in one spelling however they are written and shown. Not a kind.

https://docs.snowflake.com/en/sql-reference/sql/create-task writes `5 MINUTES`, its older editions
and CREATE ALERT `5 MINUTE`; SHOW answers with either.
"""

import re

_EVERY = re.compile(r"\s*([0-9]{1,9})\s*(SECOND|MINUTE|HOUR|S|M|H)S?\s*", re.IGNORECASE)
_CRON = re.compile(r"\s*USING\s+CRON\s+(.*?)\s*", re.IGNORECASE | re.DOTALL)
_UNITS = {"S": "SECOND", "M": "MINUTE", "H": "HOUR"}


def normal_schedule(text: str, *, plural: bool = True) -> str:
    """Return `5 MINUTES` (or `5 MINUTE`), or `USING CRON …` with single blanks; else the text."""
    every = _EVERY.fullmatch(text)
    if every is not None:
        unit = every[2].upper()
        return f"{int(every[1])} {_UNITS.get(unit, unit)}{'S' * plural}"
    cron = _CRON.fullmatch(text)
    if cron is not None:
        return f"USING CRON {' '.join(cron[1].split())}"
    return text

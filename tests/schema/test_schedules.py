"""One schedule is one text, however it is written or shown."""

import pytest

from hushflake.schema.kinds.schedule import normal_schedule


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 MINUTES", "5 MINUTES"),
        ("5 MINUTE", "5 MINUTES"),
        ("5 minutes", "5 MINUTES"),
        ("5m", "5 MINUTES"),
        ("30 SECONDS", "30 SECONDS"),
        ("1 HOUR", "1 HOURS"),
        ("using  cron 0 3 * * *   UTC", "USING CRON 0 3 * * * UTC"),
        ("", ""),
        ("now and then", "now and then"),
    ],
)
def test_one_spelling(text: str, expected: str) -> None:
    assert normal_schedule(text) == expected


def test_alerts_are_told_in_the_singular() -> None:
    assert normal_schedule("60 MINUTES", plural=False) == "60 MINUTE"

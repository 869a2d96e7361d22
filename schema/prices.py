"""Prices: a dated data file with its sources, and what a budget buys at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from .stack import Stack

_PRICES: Final = Path(__file__).parent / "prices.yaml"
_DAYS_A_MONTH: Final = 365.25 / 12
# How many months the quota of a resource monitor is for.
_MONTHS: Final = {
    "DAILY": 1 / _DAYS_A_MONTH,
    "WEEKLY": 7 / _DAYS_A_MONTH,
    "MONTHLY": 1.0,
    "YEARLY": 12.0,
}


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices with their date and sources; `prices.yaml` says what each is."""

    as_of: str
    sources: Mapping[str, str]
    credit_usd: Mapping[str, float]
    ai_credit_usd: float
    warehouse_credits_per_hour: Mapping[str, float]
    generation_factor: Mapping[str, float]
    serverless_task_factor: float
    minimum_seconds: int
    suspend_poll_seconds: int
    embedding_credits_per_million_tokens: Mapping[str, float]
    search_credits_per_gb_month: float
    analyst_credits_per_1000_messages: float
    pipe_credits_per_gb: float
    storage_usd_per_tb_month: float


@cache
def prices() -> Prices:
    """Return the prices that come with the package."""
    return Prices(**yaml.safe_load(_PRICES.read_text(encoding="utf-8")))


def monitor_quota(stack: Stack, frequency: str = "MONTHLY") -> int | None:
    """Return the credits that the stack's monthly budget buys.

    Args:
        stack: Its budget and edition.
        frequency: How often the quota begins anew: DAILY, WEEKLY, MONTHLY or YEARLY.

    Returns:
        Whole credits, at least 1; None without a budget, or when the quota never begins anew.
    """
    if stack.budget_usd is None or frequency not in _MONTHS:
        return None
    bought = stack.budget_usd * _MONTHS[frequency] / prices().credit_usd[stack.edition]
    return max(1, int(bought))

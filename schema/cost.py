"""What a stack costs a month: from its sizes, schedules and expected use. Pure; no account.

An estimate is an upper figure: every query that comes alone is billed until its warehouse
suspends, at least a minute, and nothing is taken to overlap with anything else.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from .errors import Position, SchemaError
from .kinds.base import Key, Resource
from .kinds.task_spec import Task
from .kinds.warehouse import Warehouse
from .model import Entity
from .prices import Prices, monitor_quota, prices
from .stack import Stack
from .values import Plain

_VECTOR_BYTES: Final = 4
_GIGABYTE: Final = 1e9


@dataclass(frozen=True, slots=True)
class Use:
    """What a stack is expected to be used for: `expected_use` of the stack file.

    Attributes:
        days: Working days a month: changes, searches and analysts come on these.
        rows: Rows in all entities together.
        tokens_a_row: Tokens of a row's embedding text.
        changed_rows: Rows changed on a day.
        change_batches: In how many runs of the sync these changes arrive; the runs that find
            nothing ask for stream metadata only and wake no warehouse.
        entities_a_batch: How many entities a batch touches: so many tasks it starts.
        sync_minutes: Minutes between two runs of the sync.
        sync_warehouse: Where the sync writes; None: no sync.
        searches: Searches a day.
        search_warehouse: Where they run; None: a Cortex Search service answers them.
        analyst_hours: Hours a day in which people ask questions.
        analyst_queries: Queries in such an hour.
        analyst_warehouse: Where they run.
        analyst_messages: Questions to Cortex Analyst a day.
        query_seconds: How long a query or a sync run keeps a warehouse busy.
        task_seconds: How long a run of an embedding task works.
    """

    days: float = 21.7
    rows: int = 10_000
    tokens_a_row: int = 150
    changed_rows: int = 100
    change_batches: int = 25
    entities_a_batch: int = 2
    sync_minutes: float = 5
    sync_warehouse: str | None = None
    searches: int = 200
    search_warehouse: str | None = None
    analyst_hours: float = 2
    analyst_queries: int = 20
    analyst_warehouse: str | None = None
    analyst_messages: int = 0
    query_seconds: float = 5
    task_seconds: float = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One item of an estimate.

    Attributes:
        item: What costs.
        detail: How it was counted.
        credits: Credits a month; 0 for what is billed in dollars.
        usd: US dollars a month.
        currency: `credits`, `AI credits` or `USD`.
    """

    item: str
    detail: str
    usd: float
    credits: float = 0.0
    currency: str = "credits"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a stack costs a month.

    Attributes:
        budget_usd: The stack's budget, if it has one.
        quota: Credits a month after which the resource monitor stops the warehouses, from the
            budget; None without one.
    """

    stack: str
    lines: tuple[Line, ...]
    budget_usd: float | None = None
    quota: int | None = None
    as_of: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def usd(self) -> float:
        return sum(line.usd for line in self.lines)

    @property
    def over_budget(self) -> bool:
        return self.budget_usd is not None and self.usd > self.budget_usd


def use_of(stack: Stack) -> Use:
    """Read `expected_use` of a stack; what is not said is as in `Use`.

    Raises:
        SchemaError: A key that is none, or a value of another type.
    """
    known = {item.name: item for item in fields(Use)}
    given: dict[str, Any] = {}
    at = Position(f"stacks/{stack.name}.yaml", 1, 1)
    for name, value in stack.expected_use.items():
        if name not in known:
            raise SchemaError(f"expected_use has no {name!r}", f"use {', '.join(known)}", at)
        given[name] = _checked(name, value, getattr(Use(), name), at)
    return Use(**given)


def _checked(name: str, value: Plain, default: Any, at: Position) -> Any:
    if default is None or isinstance(default, str):
        return None if value is None else str(value)
    try:
        number = float(str(value))
    except ValueError:
        raise SchemaError(f"expected_use: {name} is {value!r}", "write a number", at) from None
    if number < 0:
        raise SchemaError(f"expected_use: {name} is negative", "write 0 or more", at)
    return type(default)(number)


def estimate(
    stack: Stack,
    resources: Mapping[Key, Resource],
    entities: Iterable[Entity],
    *,
    as_it_is: bool = False,
) -> Estimate:
    """Return what a stack costs a month.

    Args:
        stack: Its edition, budget and expected use.
        resources: Its objects, as declared or as they are in the account.
        entities: The entities whose rows are embedded.
        as_it_is: `resources` are what an account has: a warehouse that is not among them costs
            nothing. Else it is taken to be somebody else's, and counted.
    """
    counter = _Counter(stack, use_of(stack), resources, tuple(entities), as_it_is)
    lines = tuple(line for line in counter.lines() if line.usd > 0)
    return Estimate(
        stack=stack.name,
        lines=lines,
        budget_usd=stack.budget_usd,
        quota=monitor_quota(stack),
        as_of=prices().as_of,
        notes=tuple(counter.notes),
    )


class _Counter:
    def __init__(
        self,
        stack: Stack,
        use: Use,
        resources: Mapping[Key, Resource],
        entities: tuple[Entity, ...],
        as_it_is: bool,
    ) -> None:
        self._use = use
        self._as_it_is = as_it_is
        self._prices = prices()
        self._credit_usd = self._prices.credit_usd[stack.edition]
        self._resources = resources
        self._entities = tuple(e for e in entities if e.embedding is not None)
        self.notes: list[str] = []
        if not stack.expected_use and not as_it_is:
            self.notes.append(
                f"stacks/{stack.name}.yaml has no expected_use: counted for {use.rows:,} rows, "
                f"{use.changed_rows} changed and {use.searches} searches a day; the sync and "
                "people's own queries are NOT counted"
            )

    def lines(self) -> Iterator[Line]:
        yield from self._sync()
        yield from self._searches()
        yield from self._analysts()
        yield from self._tasks()
        yield from self._tokens()
        yield from self._storage()

    def _sync(self) -> Iterator[Line]:
        use = self._use
        if use.sync_warehouse is None:
            return
        possible = 24 * 60 / use.sync_minutes if use.sync_minutes else 0
        runs = min(use.change_batches, use.changed_rows, possible)
        yield self._warehouse(
            "sync", use.sync_warehouse, runs, f"{runs:g} of {possible:g} runs a day find changes"
        )

    def _searches(self) -> Iterator[Line]:
        use = self._use
        if use.search_warehouse is not None:
            what = f"{use.searches} searches a day"
            yield self._warehouse("search", use.search_warehouse, use.searches, what)
            return
        services = [k for k in self._resources if k.kind == "cortex_search_service"]
        if not services:
            if use.searches:
                self.notes.append(
                    f"{use.searches} searches a day are NOT counted: name search_warehouse, "
                    "or declare a Cortex Search service"
                )
            return
        gigabytes = use.rows * self._bytes_a_row() / _GIGABYTE
        spent = gigabytes * self._prices.search_credits_per_gb_month
        yield self._ai("search serving", f"{gigabytes:.3f} GB in {len(services)} services", spent)
        yield self._search_embedding(services)
        yield from self._refreshes(services)

    def _search_embedding(self, services: list[Key]) -> Line:
        """A service embeds its text anew, with its own model, for any change of a row.

        Source: Snowflake documentation, "Cortex Search", "Understanding costs".
        """
        models = {
            str(getattr(self._resources[key].spec, "embedding_model", "")) for key in services
        } - {""}
        tokens = self._use.changed_rows * self._use.days * self._use.tokens_a_row
        spent = tokens / 1e6 * self._rate(models)
        what = f"{tokens:,.0f} tokens ({', '.join(sorted(models))})"
        return self._ai("search embedding", what, spent)

    def _refreshes(self, services: list[Key]) -> Iterator[Line]:
        for key in services:
            spec = self._resources[key].spec
            warehouse = getattr(spec, "warehouse", None)
            lag_minutes = _minutes(str(getattr(spec, "target_lag", "1 hour")))
            runs = min(self._use.change_batches, 24 * 60 / lag_minutes)
            what = f"{runs:g} refreshes a day"
            yield self._warehouse(
                f"refresh of {key.name.rpartition('.')[2]}", str(warehouse), runs, what
            )

    def _analysts(self) -> Iterator[Line]:
        use = self._use
        queries = use.analyst_hours * use.analyst_queries
        if use.analyst_warehouse is not None:
            what = f"{use.analyst_hours:g} hours a day, {use.analyst_queries} queries an hour"
            line = self._warehouse(
                "analysts", use.analyst_warehouse, queries, what, use.analyst_hours
            )
            yield line
        messages = use.analyst_messages * use.days
        spent = messages / 1000 * self._prices.analyst_credits_per_1000_messages
        yield self._ai("Cortex Analyst", f"{messages:g} messages", spent)

    def _tasks(self) -> Iterator[Line]:
        """Embedding tasks: a batch of changes starts one run, and its write-back another."""
        use = self._use
        batches = min(use.change_batches, use.changed_rows)
        serverless_runs = 0.0
        on_warehouses: dict[str, float] = {}
        share = min(1.0, use.entities_a_batch / max(1, len(self._entities)))
        for key, resource in self._resources.items():
            if key.kind != "task" or not isinstance(resource.spec, Task) or not resource.entity:
                continue
            runs = 2 * batches * share
            if resource.spec.warehouse is None:
                serverless_runs += runs
            else:
                name = str(resource.spec.warehouse)
                on_warehouses[name] = on_warehouses.get(name, 0.0) + runs
        for name, runs in sorted(on_warehouses.items()):
            what = f"{runs:g} runs a day"
            yield self._warehouse("embedding tasks", name, runs, what, seconds=use.task_seconds)
        hours = serverless_runs * use.task_seconds / 3600 * use.days
        spent = hours * self._prices.serverless_task_factor
        if serverless_runs:
            what = f"{serverless_runs:g} serverless runs a day of {use.task_seconds:g} s"
            yield Line("embedding tasks", what, spent * self._credit_usd, spent)

    def _tokens(self) -> Iterator[Line]:
        use = self._use
        if not self._entities:
            return
        models = {e.embedding.model for e in self._entities if e.embedding is not None}
        tokens = use.changed_rows * use.days * use.tokens_a_row
        spent = tokens / 1e6 * self._rate(models)
        yield self._ai("embedding", f"{tokens:,.0f} tokens ({', '.join(sorted(models))})", spent)

    def _rate(self, models: Iterable[str]) -> float:
        """AI credits a million tokens, of the dearest model; an unknown one is the dearest."""
        rates = self._prices.embedding_credits_per_million_tokens
        most = max(rates.values())
        return max((rates.get(model, most) for model in models), default=0.0)

    def _storage(self) -> Iterator[Line]:
        if self._as_it_is and not any(key.kind == "table" for key in self._resources):
            return
        terabytes = self._use.rows * self._bytes_a_row() / 1e12
        usd = terabytes * self._prices.storage_usd_per_tb_month
        yield Line("storage", f"{terabytes * 1000:.3f} GB", usd, currency="USD")

    def _bytes_a_row(self) -> float:
        dimensions = [e.embedding.dimension for e in self._entities if e.embedding is not None]
        return max(dimensions, default=0) * _VECTOR_BYTES + self._use.tokens_a_row * 4 * 2

    def _warehouse(
        self,
        item: str,
        name: str,
        runs: float,
        what: str,
        most_hours: float = 24.0,
        seconds: float | None = None,
    ) -> Line:
        """`runs` a day that each find the warehouse asleep, or keep it awake for `most_hours`."""
        prices = self._prices
        if self._as_it_is and Key("warehouse", name) not in self._resources:
            return Line(item, what, 0.0)
        spec = self._spec(name)
        busy = self._use.query_seconds if seconds is None else seconds
        idle = spec.auto_suspend + prices.suspend_poll_seconds / 2
        billed = max(prices.minimum_seconds, busy + idle) if spec.auto_suspend else 24 * 3600
        hours = (
            min(runs * billed / 3600, most_hours if spec.auto_suspend else 24.0) * self._use.days
        )
        rate = prices.warehouse_credits_per_hour[spec.size]
        rate *= prices.generation_factor[spec.generation or "2"]
        spent = hours * rate
        detail = f"{what} on {name} ({spec.size}), {billed:.0f} s billed each"
        return Line(item, detail, spent * self._credit_usd, spent)

    def _spec(self, name: str) -> Warehouse:
        resource = self._resources.get(Key("warehouse", name))
        if resource is None or not isinstance(resource.spec, Warehouse):
            self.notes.append(f"{name} is not declared: counted as XSMALL")
            return Warehouse(auto_suspend=60)
        return resource.spec

    def _ai(self, item: str, detail: str, spent: float) -> Line:
        return Line(item, detail, spent * self._prices.ai_credit_usd, spent, "AI credits")


def _minutes(lag: str) -> float:
    """`1 hour` -> 60. Source: Snowflake documentation, CREATE CORTEX SEARCH SERVICE, TARGET_LAG."""
    number, _, unit = lag.strip().lower().partition(" ")
    factors = {"second": 1 / 60, "minute": 1.0, "hour": 60.0, "day": 1440.0}
    return max(1.0, float(number) * factors.get(unit.strip().rstrip("s"), 60.0))


__all__ = ["Estimate", "Line", "Prices", "Use", "estimate", "monitor_quota", "prices", "use_of"]

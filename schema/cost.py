"""What a stack costs a month: from its sizes, schedules and expected use. Pure; no account.

An estimate is an upper figure: every query that comes alone is billed until its warehouse
suspends, at least a minute, and nothing is taken to overlap with anything else.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from .chunks import chunks_of
from .expected_use import Use, tokens_of, use_of
from .kinds.base import Key, Resource
from .kinds.task_spec import Task
from .kinds.warehouse import Warehouse
from .model import Entity
from .prices import monitor_quota, prices
from .stack import Stack

_VECTOR_BYTES: Final = 4
_GIGABYTE: Final = 1e9


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
        self._prefix = stack.account_prefix
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
        yield from self._pipes()
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
        gigabytes = self._bytes() / _GIGABYTE
        spent = gigabytes * self._prices.search_credits_per_gb_month
        yield self._ai("search serving", f"{gigabytes:.3f} GB in {len(services)} services", spent)
        yield self._search_embedding(services)
        yield from self._refreshes(services)

    def _search_embedding(self, services: list[Key]) -> Line:
        """A service embeds its text anew, with its own model, for any change of a row: the row's
        and that of all its chunks.

        Source: Snowflake documentation, "Cortex Search", "Understanding costs".
        """
        models = {
            str(getattr(self._resources[key].spec, "embedding_model", "")) for key in services
        } - {""}
        a_row = self._use.tokens_a_row + self._chunk_tokens(self._use.chunks_a_row)
        tokens = self._use.changed_rows * self._use.days * a_row
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
        a_row = use.tokens_a_row + self._chunk_tokens(use.changed_chunks)
        tokens = use.changed_rows * use.days * a_row
        spent = tokens / 1e6 * self._rate(models)
        yield self._ai("embedding", f"{tokens:,.0f} tokens ({', '.join(sorted(models))})", spent)

    def _rate(self, models: Iterable[str]) -> float:
        """AI credits a million tokens, of the dearest model; an unknown one is the dearest."""
        rates = self._prices.embedding_credits_per_million_tokens
        most = max(rates.values())
        return max((rates.get(model, most) for model in models), default=0.0)

    def _pipes(self) -> Iterator[Line]:
        """What pipes load, by its size and not by files or time.

        Source: Snowflake documentation, "Snowpipe costs".
        """
        pipes = sum(key.kind == "pipe" for key in self._resources)
        if not pipes:
            return
        if not self._use.pipe_gigabytes:
            self.notes.append(f"what {pipes} pipes load is NOT counted: name pipe_gigabytes")
            return
        gigabytes = self._use.pipe_gigabytes * self._use.days
        spent = gigabytes * self._prices.pipe_credits_per_gb
        what = f"{gigabytes:,.1f} GB in {pipes} pipes"
        yield Line("pipes", what, spent * self._credit_usd, spent)

    def _storage(self) -> Iterator[Line]:
        if self._as_it_is and not any(key.kind == "table" for key in self._resources):
            return
        terabytes = self._bytes() / 1e12
        usd = terabytes * self._prices.storage_usd_per_tb_month
        yield Line("storage", f"{terabytes * 1000:.3f} GB", usd, currency="USD")

    def _bytes(self) -> float:
        """What rows and chunks take: each its vector, its text, and the words of that."""
        dimensions = [e.embedding.dimension for e in self._entities if e.embedding is not None]
        vector = max(dimensions, default=0) * _VECTOR_BYTES
        texts = self._use.tokens_a_row + self._chunk_tokens(self._use.chunks_a_row)
        vectors = self._use.rows * (1 + self._chunked_share() * self._use.chunks_a_row)
        return vectors * vector + self._use.rows * texts * 4 * 2

    def _chunked_share(self) -> float:
        """The share of rows that are cut into chunks."""
        chunked = [e for e in self._entities if chunks_of(e) is not None]
        if not chunked:
            return 0.0
        if self._use.chunked_rows is not None:
            return min(1.0, self._use.chunked_rows / max(1, self._use.rows))
        return len(chunked) / len(self._entities)

    def _chunk_tokens(self, chunks: float) -> float:
        """Tokens of so many chunks of each row that is cut, for an average row of all."""
        children = [child for child in map(chunks_of, self._entities) if child is not None]
        if not children:
            return 0.0
        tokens = sum(tokens_of(child, self._use) for child in children) / len(children)
        return chunks * tokens * self._chunked_share()

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
        if Key("warehouse", self._prefix + name) in self._resources:
            name = self._prefix + name
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

"""A project in this process: declare, plan, apply; many projects share one local server."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hushflake.deploy.deployment import Deployer, Report
from hushflake.deploy.planning import Planned, Planner
from hushflake.deploy.session import Row, Session
from hushflake.schema.compile import load_stack
from hushflake.schema.project import Project

STACK = "connection: local\ndatabase: {name}\nedition: enterprise\naccount_admin: true\n"


@dataclass
class Desk:
    """A project with a database of its own name, `DB` in its definitions."""

    name: str
    folder: Path
    session: Session

    def declare(self, objects: str) -> None:
        """Write the only definition file; `DB` is the database."""
        for part in ("objects", "stacks"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "hushflake.yaml").write_text(f"project: {self.name.lower()}\n")
        (self.folder / "stacks" / "local.yaml").write_text(STACK.format(name=self.name))
        (self.folder / "objects" / "all.yaml").write_text(objects.replace("DB.", f"{self.name}."))

    @property
    def planner(self) -> Planner:
        project = Project(self.name.lower(), self.folder, self.folder / ".hushflake")
        return Planner(project, load_stack(project, "local"))

    def plan(self) -> Planned:
        return self.planner.plan(self.session)

    def pending(self) -> list[str]:
        """What is to be done: ids with the database called DB, causes where they are drift."""
        return [
            op.id.replace(f"{self.name}.", "DB.") + (" [drift]" if op.cause == "drift" else "")
            for op in self.plan().plan.operations
        ]

    def sql(self) -> list[str]:
        """The statements that are pending, the database called DB."""
        planned = self.plan()
        return [
            " ".join(sql.replace(f"{self.name}.", "DB.").split())
            for op in planned.plan.operations
            for sql in planned.sql[op.id]
        ]

    def apply(self) -> Report:
        planner = self.planner
        deployer = Deployer(planner, self.session, jobs=2)
        return deployer.carry_out(planner.plan(self.session), planner.plan, lambda _: None)

    def deploy(self, objects: str) -> Report:
        """Declare and apply; everything must be done, and nothing be left to do."""
        self.declare(objects)
        report = self.apply()
        failed = {k: o.message for k, o in report.run.outcomes.items() if o.status != "done"}
        assert not failed, failed
        pending = self.pending()
        assert pending == [], self.sql()
        return report

    def query(self, sql: str) -> list[Row]:
        return self.session.query(sql.replace("DB.", f"{self.name}."))

    def execute(self, *statements: str) -> None:
        for sql in statements:
            self.session.execute(sql.replace("DB.", f"{self.name}."))

    def values(self, sql: str) -> list[object]:
        """The first column."""
        return [next(iter(row.values())) for row in self.query(sql)]


def lines(*parts: str) -> str:
    return "\n".join(parts) + "\n"


def ids(report: Report, status: str = "done") -> Sequence[str]:
    return report.run.ids(status)

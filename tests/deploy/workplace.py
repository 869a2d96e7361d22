"""A schema project in a folder of its own, and the local stack behind the real connector."""

import contextlib
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hushflake.cli.main import main
from hushflake.deploy.session import Row, Session, connect
from hushflake.local.server.process import lifecycle
from hushflake.schema.project import Project, find_project

SMALL = {
    "hushflake.yaml": "project: small\n",
    "stacks/local.yaml": """
        connection: local
        database: SMALL
        edition: enterprise
        account_admin: true
        settings: {lease_seconds: 2}
    """,
    "objects/all.yaml": """
        - {kind: database, name: SMALL}
        - {kind: schema, name: S}
        - {kind: warehouse, name: SMALL_WH, size: xsmall}
        - kind: table
          name: S.PEOPLE
          columns:
            - {name: ID, type: string(64), nullable: false}
            - {name: NAME, type: string(64)}
          primary_key: [ID]
          change_tracking: true
        - kind: view
          name: S.NAMES
          query: SELECT NAME FROM SMALL.S.PEOPLE
    """,
}


@dataclass
class Result:
    """What a command said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Workplace:
    """A project, and commands run in it, in this process or in one of their own."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def project(self) -> Project:
        return find_project(self.folder)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def hushflake(self, *words: str, code: int | None = 0) -> Result:
        self.capsys.readouterr()
        with contextlib.chdir(self.folder):
            found = main([*words])
        captured = self.capsys.readouterr()
        result = Result(found, captured.out, captured.err)
        assert code is None or found == code, f"exit {found}\n{result.out}\n{result.err}"
        return result

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "hushflake.cli.main", *words],
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> Result:
        """Run a command in a process of its own."""
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, f"exit {process.returncode}\n{out}\n{err}"
        return Result(process.returncode, out, err)

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        with connect(self.project, "local") as session:
            yield session

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self.session() as session:
            return session.query(sql, parameters)

    def execute(self, *statements: str) -> None:
        with self.session() as session:
            for sql in statements:
                session.execute(sql)

    def operations(self, *words: str) -> list[str]:
        """Ids of the operations that are pending."""
        document = self.hushflake("plan", "--format", "json", *words).json()
        return [op["id"] for op in document["operations"]]

    def stop(self) -> None:
        lifecycle.stop(self.project.local_data, "local")

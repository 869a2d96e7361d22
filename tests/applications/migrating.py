"""Migrate an application, and compare it with what it was: its tests, its answers, its bytes."""

import difflib
import json
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .looking import Snapshot, linted, same_in_all_runs, snapshot, warnings
from .page import OF_READS
from .place import Place, git
from .result import Result
from .running import Unusable, answer, outcomes
from .services import SERVICES, Service, store

SHOWN = 8


class Trial:
    """One migration of the application at a place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.application = place.application
        self.tree = place.tree
        self.result = Result(self.application.name)
        self.environ: dict[str, str] = {}
        self.services: list[Service] = []
        self.warned: dict[str, set[str]] = {}

    def run(self) -> Result:
        """Migrate, compare, and take everything back."""
        try:
            with ExitStack() as stack:
                self.environ = self.place.environ(**stack.enter_context(store(self.place)))
                for name in self.application.services:
                    self.services.append(stack.enter_context(SERVICES[name](self.place)))
                self._run()
        except Unusable as error:
            self._wrong(str(error))
        return self.result

    def _run(self) -> None:
        tests, answers = self._tests("before"), self._answers("before")
        self._clean()
        was, head = snapshot(self.tree), git(self.tree, "rev-parse", "HEAD")
        inventory = self._json("inventory")
        self.result.keys = inventory["summary"]["keys"]
        self.result.secret = inventory["summary"]["secrets"]
        planned = self._json("codemod")
        secrets = self._findings()
        files = sorted({one["path"] for one in planned["edits"] if one["action"] == "rewritten"})
        lint = linted(self.tree, files)
        migrated = self._migrate()
        self._measure(planned, was)
        self._look(secrets)
        self.result.lint = dict(sorted((linted(self.tree, files) - lint).items()))
        self._again()
        self._compare(tests, answers)
        self._clean()
        self._undo(migrated, was, head)

    # --- before and after

    def _tests(self, when: str) -> dict[str, str]:
        shutil.rmtree(self.place.home, ignore_errors=True)
        self.place.home.mkdir()
        for service in self.services:
            service.reset()
        for command in self.application.prepare:
            # What matters is what the tests do then.
            with (self.place.folder / f"prepare-{when}.log").open("wb") as log:
                subprocess.run(command, cwd=self.tree, env=self.environ, stdout=log, stderr=log)
        found: dict[str, str] = {}
        for number, suite in enumerate(self.application.suites):
            log = self.place.folder / f"tests-{when}-{number}.log"
            found |= outcomes(self.place, suite, self.environ, log)
        counts = dict(sorted(Counter(found.values()).items()))
        setattr(self.result, when, counts)
        return found

    def _answers(self, when: str) -> list[str]:
        log = self.place.folder / f"start-{when}.log"
        log.unlink(missing_ok=True)
        found = [answer(self.place, one, self.environ, log) for one in self.application.starts]
        self.warned[when] = warnings(log.read_text(errors="replace")) if found else set()
        return found

    def _compare(self, tests: dict[str, str], answers: list[str]) -> None:
        try:
            now = self._tests("after")
        except Unusable as error:
            self._wrong(f"after the migration: {error}")
            now = {}
        differing = [
            f"test {name}: {now.get(name, 'not there')}, before {tests.get(name, 'not there')}"
            for name in sorted(tests.keys() | now.keys())
            if tests.get(name) != now.get(name)
        ]
        self.result.problems += differing[:SHOWN]
        if len(differing) > SHOWN:
            self._wrong(f"{len(differing) - SHOWN} other tests differ")
        if self.application.suites and "passed" not in tests.values():
            self._wrong("none of its own tests passes, before the migration")
        try:
            after = self._answers("after")
        except Unusable as error:
            self._wrong(f"after the migration: {error}")
            return
        self.result.starts = len(after)
        for warning in sorted(self.warned["after"] - self.warned["before"]):
            self._wrong(f"the application warns, and did not before: {warning}")
        for start, was, became in zip(self.application.starts, answers, after, strict=True):
            if not start.path and same_in_all_runs(was) != same_in_all_runs(became):
                lines = difflib.unified_diff(was.splitlines(), became.splitlines(), lineterm="")
                self._wrong("\n".join([f"{shlex.join(start.command)}: prints otherwise", *lines]))

    # --- the migration

    def _migrate(self) -> dict[str, Any]:
        arguments = ["migrate", "--yes", "--format", "json", *self.application.migrate]
        code, out, err = self._hushflake(*arguments)
        if code:
            shown = f"hushflake {shlex.join(arguments)}"
            raise Unusable(f"{shown}: exit code {code}: {err.strip() or out[-500:]}")
        document: dict[str, Any] = json.loads(out)
        self.result.remains = [
            ": ".join(filter(None, one.values())) for one in document.get("next_steps", [])
        ]
        return document

    def _measure(self, planned: Any, was: Snapshot) -> None:
        diff = git(self.tree, "diff", "main", "HEAD")
        (self.place.folder / "migration.diff").write_text(diff, encoding="utf-8")
        numbers = git(self.tree, "diff", "--numstat", "main", "HEAD").splitlines()
        for line in numbers:
            added, removed, _ = line.split("\t")
            if added != "-":
                self.result.added += int(added)
                self.result.removed += int(removed)
        self.result.files = len(numbers)
        self.result.rewritten = planned["summary"]["rewritten"]
        self.result.python_files = planned["summary"]["changed"]
        for path in sorted(path for path in was if path.rpartition("/")[2] == ".env"):
            file = self.tree / path
            if not file.exists():
                self.result.retired.append(path)
            elif file.read_bytes() == was[path][1]:
                self.result.kept.append(path)
            else:
                self.result.partly.append(path)

    def _look(self, secrets: set[tuple[str, str]]) -> None:
        """What `check` says of reads has a reason, and what it says of secrets was there before."""
        after = self._json("codemod")
        self.result.left = after["summary"]["reasons"]
        left = [one for one in after["edits"] if one["action"] == "left"]
        told = {(one["path"], one["line"]) for one in left}
        # The reason is given for the class as a whole, and its file stands further down.
        classes = {one["path"] for one in left if one["reason"] == "settings-class"}
        found = self._check()
        self.result.check = dict(Counter(one["code"] for one in found))
        for one in found:
            if one["code"] == "HSF203" and one["path"] in classes:
                continue
            if one["code"].startswith(OF_READS) and (one["path"], one["line"]) not in told:
                self._wrong(
                    f"check: {one['path']}:{one['line']} {one['code']}: no reason was given"
                )
        for code, path in sorted(self._findings() - secrets):
            self._wrong(f"check: {path}: {code}, and not before the migration")

    def _again(self) -> None:
        """The same commands once more find nothing to do."""
        code, out, _ = self._hushflake("codemod", "--check")
        if code:
            self._wrong(f"a second codemod would change files: {out.strip()[-300:]}")
        at = git(self.tree, "rev-parse", "HEAD")
        arguments = ["migrate", "--yes", "--branch", "again", *self.application.migrate]
        code, _out, err = self._hushflake(*arguments)
        if code:
            self._wrong(f"a second migration: exit code {code}: {err.strip()}")
        if git(self.tree, "rev-parse", "HEAD") != at:
            shown = git(self.tree, "diff", "--stat", at.strip(), "HEAD")
            self._wrong(f"a second migration made commits: {shown.strip()}")
        git(self.tree, "switch", "--quiet", "hushflake/migrate")

    def _undo(self, migrated: dict[str, Any], was: Snapshot, head: str) -> None:
        for command in migrated["undo"]:
            program, *arguments = shlex.split(command)
            if program == "git":
                git(self.tree, *arguments)
                continue
            code, _, err = self._hushflake(*arguments)
            if code:
                self._wrong(f"{command}: exit code {code}: {err.strip()}")
        now = snapshot(self.tree)
        for path in sorted(was.keys() | now.keys()):
            if was.get(path) != now.get(path):
                self._wrong(f"after undoing everything {path} is not as it was")
        if git(self.tree, "rev-parse", "HEAD") != head:
            self._wrong("after undoing everything HEAD is another commit")

    # --- helpers

    def _wrong(self, what: str) -> None:
        self.result.problems.append(what)

    def _clean(self) -> None:
        """Remove what runs of the application left behind."""
        kept = [f"--exclude=/{path}" for path in self.application.dotenv]
        git(self.tree, "clean", "-fdqx", *kept)
        git(self.tree, "checkout", "--quiet", "--", ".")

    def _hushflake(self, *arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("hushflake")), *arguments], cwd=self.tree,
            env={**self.environ, "XDG_STATE_HOME": str(self.place.kept)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        if "Traceback" in done.stderr:
            self._wrong(f"hushflake {shlex.join(arguments)}: {done.stderr[-500:]}")
        return done.returncode, done.stdout, done.stderr

    def _json(self, command: str) -> Any:
        code, out, err = self._hushflake(command, "--format", "json")
        if not out.startswith("{"):
            raise Unusable(f"hushflake {command}: exit code {code}: {err}")
        return json.loads(out)

    def _check(self) -> list[dict[str, Any]]:
        return [one for one in self._json("check")["findings"] if one["severity"] == "error"]

    def _findings(self) -> set[tuple[str, str]]:
        """Return what `check` says of other things than reads: code and path."""
        return {
            (one["code"], one["path"])
            for one in self._check()
            if not one["code"].startswith(OF_READS)
        }

"""A migration underway: its state, its branch, and how a step is carried out and committed.

The state lies in git's own folder of the work tree. A step is noted as done after its commit;
interrupted, it is carried out again and finds what is left to do.
"""

import dataclasses
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hushflake.lint_plugin.reading import LARGEST_DATA, read

from ..errors import GitStateError, RemediationError
from ..files import failure, require_inside, write_atomically
from ..git import Repository
from .step import Context, Done, Options, Step
from .steps import all_steps, try_after, try_before

FORMAT = "hushflake.migrate-state/1"


@dataclass(frozen=True)
class Record:
    """A step that is behind us. `outcome`: done, skipped or idle; `commit`: "" for none."""

    step: str
    outcome: str
    commit: str = ""


@dataclass
class State:
    """What is known of a migration across runs."""

    branch: str
    start_branch: str
    start_commit: str
    target: str = ""
    finished: bool = False
    # The files that import the accessor from now on, as found before the rewrite.
    changed: list[str] = field(default_factory=list)
    # Tracked files with changes of the user's when it began: never committed.
    excluded: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


class Migration:
    """Make it with `Migration.open`."""

    def __init__(self, context: Context, state: State, *, resumed: bool) -> None:
        self.context = context
        self.state = state
        self.resumed = resumed
        context.changed[:] = state.changed
        self.context.skipped.update(self.context.options.skip)
        self.context.skipped.update(one.step for one in state.records if one.outcome == "skipped")

    @classmethod
    def open(cls, folder: Path, options: Options) -> "Migration":
        """Go on with a migration that was interrupted, or prepare a new one. Changes nothing.

        Raises:
            GitStateError: The repository must be put into another state first.
            RemediationError: An unknown step is named, or other options than at the beginning.
        """
        known = {step.NAME for step in all_steps()}
        unknown = sorted(options.skip - known)
        if unknown:
            raise RemediationError(
                f"--skip {unknown[0]}: is not a step; the steps are "
                f"{', '.join(step.NAME for step in all_steps())}"
            )
        repository = Repository.of(folder.absolute())
        context = Context(repository, options, repository.git_folder / "hushflake")
        require_inside(context.folder, repository.git_folder)
        state = _load(context.folder / "migrate.json")
        if state is not None and not state.finished:
            _check_resumable(repository, state, options)
            return cls(context, state, resumed=True)
        _check_fresh(repository, options)
        state = State(
            branch=options.branch,
            start_branch=repository.branch,
            start_commit=repository.head,
            target=options.target,
            excluded=repository.dirty(),
        )
        return cls(context, state, resumed=False)

    def begin(self) -> None:
        """Go to the branch; make it where it is not there yet."""
        repository, state = self.context.repository, self.state
        repository.require_written_here()
        try:
            self.context.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise failure(self.context.folder, "made", error) from None
        if not self.resumed:
            # What an earlier migration found says nothing about this one.
            (self.context.folder / try_before.BEFORE).unlink(missing_ok=True)
        self._save()
        if repository.branch != state.branch:
            repository.go_to_new(state.branch)

    def remaining(self) -> Iterator[Step]:
        """Yield the steps that are not behind us."""
        behind = {record.step for record in self.state.records}
        return (step for step in all_steps() if step.NAME not in behind)

    def uncommitted(self) -> list[str]:
        """Return tracked files with changes that the next commit will take in."""
        excluded = set(self.state.excluded)
        return [path for path in self.context.repository.dirty() if path not in excluded]

    def perform(self, step: Step) -> tuple[Done, str]:
        """Carry out a step and commit what it changed. Return what it did and the commit."""
        done = step.act(self.context)
        commit = ""
        # A run that was killed between a change and its commit has left the change alone.
        message = done.message or (getattr(step, "COMMIT", "") if self.uncommitted() else "")
        if message:
            excluded = set(self.state.excluded)
            paths = {*self.uncommitted(), *(path for path in done.paths if path not in excluded)}
            self.context.repository.stage(sorted(paths))
            commit = self.context.repository.commit(message, hooks=self.context.options.hooks)
        self.note(step, "done", commit)
        return done, commit

    def note(self, step: Step, outcome: str, commit: str = "") -> None:
        """Note that a step is behind us."""
        self.state.records.append(Record(step.NAME, outcome, commit))
        self.state.changed = list(self.context.changed)
        if outcome == "skipped":
            self.context.skipped.add(step.NAME)
        self._save()

    def finish(self) -> None:
        """Note that all steps are behind us."""
        self.state.finished = True
        self._save()

    @property
    def tried(self) -> bool:
        """Whether the rewritten code was tried, and did what it did before."""
        return any(
            one.step == try_after.NAME and one.outcome == "done" for one in self.state.records
        )

    def undo(self) -> list[str]:
        """Return the commands that take everything back, in order."""
        state = self.state
        # The state lies in the repository, and these lines are made to be pasted into a shell.
        commit, branch = shlex.quote(state.start_commit), shlex.quote(state.branch)
        back = shlex.quote(state.start_branch) if state.start_branch else f"--detach {commit}"
        commands = [f"git switch {back}", f"git branch -D {branch}"]
        if any(record.step == "dotenv" and record.outcome == "done" for record in state.records):
            commands.append("hushflake dotenv restore --write")
        return commands

    def _save(self) -> None:
        document = {"format": FORMAT, **dataclasses.asdict(self.state)}
        data = json.dumps(document, indent=2).encode()
        write_atomically(self.context.folder / "migrate.json", data, mode=0o600)


def _load(path: Path) -> State | None:
    try:
        document = json.loads(read(str(path), LARGEST_DATA, follow=False))
        if document.pop("format") != FORMAT:
            raise ValueError
        records = [Record(**record) for record in document.pop("records")]
        return _checked(State(**document, records=records))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failure(path, "read", error) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise RemediationError(
            f"{path}: is not the state of a migration; remove it to start over"
        ) from None


def _checked(state: State) -> State:
    """Return a state whose fields are what they are declared to be: it lies in the repository.

    Raises:
        TypeError: They are not, or a path leads out of the repository.
    """
    paths = [*state.changed, *state.excluded]
    texts = [state.branch, state.start_branch, state.start_commit, state.target, *paths]
    texts += [text for record in state.records for text in dataclasses.astuple(record)]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    if any(Path(path).is_absolute() or ".." in Path(path).parts for path in paths):
        raise TypeError
    return state


def _check_fresh(repository: Repository, options: Options) -> None:
    top = repository.top
    if not repository.head:
        raise GitStateError(f"{top}: has no commit yet; commit what is there first")
    underway = repository.operation_underway()
    if underway:
        raise GitStateError(f"{top}: a {underway} is underway; finish or abort it first")
    dirty = repository.dirty()
    if dirty and not options.allow_dirty:
        raise repository.changes_in_the_way(dirty)
    if repository.staged():
        raise GitStateError(
            f"{top}: changes are staged, and would get into our commits; commit them, or unstage "
            "them with `git restore --staged .`"
        )
    if repository.succeeds("check-ref-format", "--branch", options.branch) is False:
        raise GitStateError(f"--branch {options.branch}: is not a branch name")
    if _has_branch(repository, options.branch):
        raise GitStateError(
            f"the branch {options.branch} is there already; name another with --branch, or "
            f"remove it with `git branch -D {options.branch}`"
        )
    if not repository.line("var", "GIT_AUTHOR_IDENT"):
        raise GitStateError("git does not know who you are: set user.name and user.email")


def _check_resumable(repository: Repository, state: State, options: Options) -> None:
    if options.target != state.target:
        raise RemediationError(
            f"a migration with --to {state.target or '(nothing)'} is underway: continue with the "
            "same --to, or undo it first"
        )
    if repository.branch == state.branch:
        return
    is_begun = _has_branch(repository, state.branch)
    if is_begun or repository.head != state.start_commit:
        raise GitStateError(
            f"a migration is underway on the branch {state.branch}: `git switch {state.branch}` "
            f"to resume, or remove {repository.git_folder / 'hushflake' / 'migrate.json'} to "
            "start over"
        )


def _has_branch(repository: Repository, branch: str) -> bool:
    return repository.succeeds("show-ref", "--verify", "--quiet", f"refs/heads/{branch}")

"""Hostile schema projects: nothing is run, read outside, waited for, or printed raw."""

import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from canaries import Canaries
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from hushflake.deploy.render import render, templates_for
from hushflake.schema.compile import compile_stack, validate_stacks
from hushflake.schema.errors import SchemaError
from hushflake.schema.planner import make_plan
from hushflake.schema.project import find_project
from hushflake.schema.settings import load_stack_partly
from hushflake.schema.state import State
from hushflake.templates import TemplateError

SCHEMA = "- {kind: schema, name: S}\n"
VIEW = SCHEMA + "- {kind: view, name: S.V, query: "
Make = Callable[[Path, Canaries], None]


def project(folder: Path, files: dict[str, str | bytes]) -> Path:
    files = {"hushflake.yaml": "project: hostile\n", **files}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def objects(text: str | bytes) -> Make:
    return lambda folder, _: project(folder, {"objects/a.yaml": text}) and None


def stack(text: str) -> Make:
    files = {"objects/a.yaml": SCHEMA, "stacks/local.yaml": text}
    return lambda folder, _: project(folder, dict(files)) and None


def template(text: str) -> Make:
    files = {"objects/a.yaml": SCHEMA, "templates/sql/schema/create.sql.j2": text}
    return lambda folder, _: project(folder, dict(files)) and None


def linked(name: str, target: str) -> Make:
    """A link in the place of a file or folder; `KEY` is a private key of the user."""

    def make(folder: Path, canaries: Canaries) -> None:
        project(folder, {"objects/a.yaml": SCHEMA})
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(canaries.key_file if target == "KEY" else target)

    return make


def piped(name: str) -> Make:
    def make(folder: Path, _: Canaries) -> None:
        project(folder, {"objects/a.yaml": SCHEMA})
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return make


REFUSED: dict[str, Make] = {
    "a second statement in a default": objects(
        SCHEMA + "- kind: table\n  name: S.T\n"
        "  columns: [{name: a, type: integer, default: '1); DROP DATABASE D; --'}]\n"
    ),
    "a second statement in a query": objects(VIEW + "SELECT 1; DROP DATABASE D}\n"),
    "a second statement in a name": objects(
        SCHEMA + "- {kind: table, name: 'S.T(A); DROP DATABASE D; X()', columns: []}\n"
    ),
    "a second statement by a variable": lambda folder, _: (
        project(
            folder,
            {
                "objects/a.yaml": VIEW + '"SELECT ${x}"}\n',
                "stacks/local.yaml": 'variables: {x: "1; DROP DATABASE D"}\n',
            },
        )
        and None
    ),
    "a second statement by a template": template("CREATE SCHEMA {{ name }}; DROP DATABASE D"),
    "a file of the user by a template": template("/* x */ put file:///etc/passwd @~"),
    "a file for the user by a template": template("GET @~/profile file:///tmp"),
    "a command of a client by a template": template("!system id"),
    "escapes in a template": template("CREATE SCHEMA {{ name }} COMMENT = '\x1b]0;x\x07'"),
    "an override in a template": template("CREATE SCHEMA {{ name }} -- \u202e"),
    "NUL in a template": template("\0"),
    "an open bracket in a template": template("CREATE SCHEMA {{ name }} (("),
    "an open comment": objects(VIEW + "SELECT 1 /* " + "/* " * 50_000 + "}\n"),
    "brackets in a query": objects(VIEW + "'SELECT " + "(" * 20_000 + "'}\n"),
    "brackets in YAML": objects("[" * 100_000),
    "levels in YAML": objects("".join(" " * depth + "a:\n" for depth in range(1500))),
    "dashes in YAML": objects("- " * 5000),
    "a recursive alias": objects("&a [*a, *a]"),
    "a bomb": objects("a: &a [x, x]\n" + "".join(f"{c}: &{c} [*a, *a]\n" for c in "bcdef") * 9),
    "a huge number": objects(SCHEMA + f"- {{kind: sequence, name: S.Q, start: {'9' * 5000}}}\n"),
    "a huge length": objects(
        SCHEMA + f"- {{kind: table, name: S.T, columns: [{{name: a, type: text({'9' * 5000})}}]}}\n"
    ),
    "no text": objects(b"\xff\xfe\x00"),
    "a surrogate": objects('- {kind: role, name: "\\ud800"}\n'),
    "escapes in a mistake": objects('- {kind: "\\e]0;x\\a\\u202e", "\\e[31m": 1, name: R}\n'),
    "escapes in a query": objects(VIEW + "\"SELECT '\\u202e\\e[31m'\"}\n"),
    "a tag": objects("!!python/object/apply:os.system [id]\n"),
    "lists as names": objects("- {kind: [a], name: [b]}\n- {entity: {a: b}}\n- {[a]: b}\n"),
    "a link to a key as a definition": linked("objects/b.yaml", "KEY"),
    "a link to a key as an entity": linked("entities/b.yaml", "KEY"),
    "a link to a device": linked("objects/b.yaml", "/dev/zero"),
    "a link to the system as a folder": linked("entities", "/"),
    "a link to a key as a stack": linked("stacks/local.yaml", "KEY"),
    "a link to a key as a template": linked("templates/sql/schema/create.sql.j2", "KEY"),
    "a link to other templates": lambda folder, canaries: (
        template("CREATE SCHEMA {{ name }}")(canaries.folder / "other", canaries),
        linked("templates", str(canaries.folder / "other" / "templates"))(folder, canaries),
    )[-1],
    "a pipe as a definition": piped("objects/b.yaml"),
    "a pipe as a stack": piped("stacks/local.yaml"),
    "a pipe as a template": piped("templates/sql/schema/create.sql.j2"),
    "an include of a key": lambda folder, canaries: (
        linked("templates/sql/schema/key.j2", "KEY")(folder, canaries),
        template("{% include 'schema/key.j2' %}")(folder, canaries),
    )[-1],
    "an include of the system": template("{% include '/etc/passwd' %}"),
    "an include from above": template("{% include '../../../../../etc/passwd' %}"),
    "a product in a template": template("{{ ('a' * 3000000000) | literal }}"),
    "a width in a template": template("{{ ('%999999999d' % 1) | literal }}"),
    "the environment in a template": template(
        "{{ cycler.__init__.__globals__.os.environ | literal }}"
    ),
    "loops in a template": template(
        "{% for a in name %}" * 9 + "{% for a in name %}x{% endfor %}" + "{% endfor %}" * 9
    ),
    "a stack of lists": stack("- a\n"),
    "a stack of odd keys": stack("[a]: b\noverrides: {[a]: b}\nbudget_usd: .nan\n"),
    "a stack with a host": stack("connection: {host: 127.0.0.1, account: x}\ndatabase: D\n"),
}
ACCEPTED: dict[str, Make] = {
    "escapes in a comment": objects('- {kind: role, name: R, comment: "\\e]0;x\\a \\u202e"}\n'),
    "a quoted name": objects("- {kind: role, name: '\"; DROP DATABASE D; --\"'}\n"),
    "a comment": objects('- {kind: role, name: R, comment: "\'; DROP DATABASE D; --"}\n'),
}
# Of the template's mistakes only rendering knows.
RENDERED = frozenset(name for name in REFUSED if "template" in name or "include" in name)


def refused(words: tuple[str, ...], name: str, canaries: Canaries, folder: Path) -> None:
    folder.mkdir()
    REFUSED[name](folder, canaries)
    may_pass = name in RENDERED and words[1] != "render"
    ran = canaries.run(*words, folder=folder, codes=(0,) if may_pass else (2,))
    assert may_pass or ran.stderr.strip()
    assert "root:" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_project_is_refused(name: str, canaries: Canaries, tmp_path: Path) -> None:
    # It reads, compiles and renders; each other command does a part of that.
    refused(("schema", "render"), name, canaries, tmp_path / "project")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["validate", "docs"])
@pytest.mark.parametrize("name", REFUSED)
def test_every_command_refuses_it(
    name: str, command: str, canaries: Canaries, tmp_path: Path
) -> None:
    refused(("schema", command), name, canaries, tmp_path / "project")


@pytest.mark.parametrize("name", ACCEPTED)
def test_odd_text_stays_text(name: str, canaries: Canaries, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    ACCEPTED[name](folder, canaries)
    for words in (("schema", "validate"), ("schema", "docs"), ("schema", "graph")):
        canaries.run(*words, folder=folder, codes=(0,))
    # A pipe gets the SQL as it is; its tokens are what the definition says.
    canaries.start("schema", "render", folder=folder)
    assert not canaries.touched()


@pytest.mark.parametrize("name", ["a second statement in a query", "a link to a device"])
def test_plan_refuses_too(name: str, canaries: Canaries, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    REFUSED[name](folder, canaries)
    canaries.run("plan", folder=folder, codes=(2,))


@pytest.mark.parametrize("name", ["data/a.csv", "data/b.csv"])
def test_data_files_lie_in_the_project(name: str, canaries: Canaries, tmp_path: Path) -> None:
    from hushflake.knowledge.errors import KnowledgeMistakeError
    from hushflake.knowledge.load import seed_files

    make = linked(name, "KEY") if name.endswith("a.csv") else piped(name)
    make(tmp_path, canaries)

    class Base:
        project = find_project(tmp_path, tmp_path)

    with pytest.raises(KnowledgeMistakeError, match="regular file inside the project"):
        seed_files(Base())  # type: ignore[arg-type]


SQL = {
    "brackets": "CREATE VIEW V AS SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
    "cases": "CREATE VIEW V AS SELECT " + "CASE WHEN 1 THEN " * 2000 + "1" + " END" * 2000,
    "a huge length": f"CREATE TABLE T (A NUMBER({'9' * 5000}))",
    "a huge number": f"CREATE SEQUENCE S START = {'9' * 5000}",
    "open comments": "/* " * 100_000,
    "open quotes": "'" * 100_001,
    "dollars": "$$" * 50_001,
    "points": "a." * 100_000,
    "zeros": "\0" * 1000,
    "steering": "CREATE TABLE \u202e\x1b[31m (A INT); CREATE VIEW V\x1b AS SELECT '\x1b[2J'",
    "a long list": "GRANT " * 50_000,
    "nothing": ";" * 100_000,
    "open blocks": "CREATE TASK T AS BEGIN X; " * 5000,
}


@pytest.mark.parametrize("name", SQL)
def test_import_reads_anything(name: str, canaries: Canaries, tmp_path: Path) -> None:
    (tmp_path / "ddl.sql").write_text(SQL[name], encoding="utf-8")
    canaries.start("schema", "import", "ddl.sql", folder=tmp_path)
    ran = canaries.run(
        "schema", "import", "ddl.sql", "--out", "made.yaml", folder=tmp_path, codes=(0,)
    )
    assert re.search("definitions? from ddl.sql", ran.stderr)


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_import_refuses_what_is_no_text(
    content: bytes | None, canaries: Canaries, tmp_path: Path
) -> None:
    path = tmp_path / "ddl.sql"
    if content is None:
        os.mkfifo(path)
    else:
        path.write_bytes(content)
    canaries.run("schema", "import", "ddl.sql", folder=tmp_path, codes=(2,))


# -- fuzz: no input ends as a defect -----------------------------------------------------

SCALARS = st.one_of(
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.sampled_from(
        [
            *("S", "S.T", "S.E", "E.a", "WH", "text", "string(64)", "number(99)", "${database}"),
            *("${x", "$${", "'", '"', "$$", "1; DROP TABLE x", "SELECT 1", "BEGIN x; END", "{a}"),
            *("{{", "5 MINUTES", "USING CRON * * * * * UTC", "triggered", "table", "9" * 5000),
        ]
    ),
)
INNER = ["a", "name", "table", "type", "on", "all"]
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["a", "name", "table", "type", "on", "all"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        *("name", "schema", "key", "fields", "embedding", "search", "semantic", "notion", "title"),
        *("columns", "query", "definition", "when", "schedule", "warehouse", "on", "to", "comment"),
        *("privileges", "settings", "arguments", "returns", "body", "tools", "tables", "enabled"),
        *("depends_on", "protect", "cluster_by", "tags", "row_access", "primary_key", "x"),
    ]
)
KINDS = st.sampled_from(
    [
        *("table", "view", "task", "grant", "role", "stream", "file_format", "semantic_view"),
        *("function", "masking_policy", "mcp_server", "alert", "nope"),
    ]
)
DEFINITIONS = st.lists(
    st.builds(
        lambda head, rest: {**rest, **head},
        st.one_of(
            st.builds(lambda kind: {"kind": kind}, KINDS),
            st.builds(lambda name: {"entity": name, "schema": "S"}, SCALARS),
        ),
        st.dictionaries(KEYS, VALUES, max_size=6),
    ),
    max_size=3,
)
QUIET = settings(
    max_examples=120,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def checked(folder: Path) -> None:
    """Validate and render as the commands do: only our own errors may come of it."""
    found = find_project(folder, folder, tolerant=True)
    try:
        validate_stacks(found)
        stack, mistakes = load_stack_partly(found, "local")
        if mistakes:
            return
        templates_for.cache_clear()
        for operation in make_plan(compile_stack(found, stack), State()).operations:
            render(operation, found.templates)
    except (SchemaError, TemplateError):
        return


@QUIET
@given(definitions=DEFINITIONS, entity=st.dictionaries(KEYS, VALUES, max_size=8))
def test_any_definition_is_read_or_refused(
    definitions: object, entity: dict[str, object], tmp_path: Path
) -> None:
    text = yaml.safe_dump(definitions, allow_unicode=True)
    whole = yaml.safe_dump({"entity": "E", "schema": "S", **entity}, allow_unicode=True)
    files = {"objects/a.yaml": SCHEMA, "objects/b.yaml": text, "entities/e.yaml": whole}
    checked(project(tmp_path, {name: value.encode() for name, value in files.items()}))


@QUIET
@given(
    values=st.dictionaries(
        st.sampled_from(
            [
                *("connection", "database", "edition", "account_admin", "variables", "overrides"),
                *("expected_use", "budget_usd", "production", "settings", "cortex_search", "x"),
            ]
        ),
        VALUES,
        max_size=6,
    )
)
def test_any_stack_is_read_or_refused(values: dict[str, object], tmp_path: Path) -> None:
    text = yaml.safe_dump(values, allow_unicode=True)
    files: dict[str, str | bytes] = {"objects/a.yaml": SCHEMA, "stacks/local.yaml": text.encode()}
    checked(project(tmp_path, files))


@QUIET
@given(
    text=st.lists(
        st.one_of(
            st.text(max_size=6),
            st.sampled_from(
                [
                    *("{{ name }}", "{% if name %}", "{% endif %}", "{% for a in name %}", "{{"),
                    *("{% endfor %}", "{% set a = name ~ name %}", "{% include 'x' %}", "%}", "}}"),
                    *("{{ name | literal }}", "{{ next_statement }}", "{{ a.b }}", "{# #}", "{%"),
                    *("CREATE SCHEMA ", ";", "'", "$$", "{{ 9 ** 9 }}", "{% raw %}", "{% with %}"),
                ]
            ),
        ),
        max_size=12,
    ).map("".join)
)
def test_any_template_renders_or_is_refused(text: str, tmp_path: Path) -> None:
    place = "templates/sql/schema/create.sql.j2"
    checked(project(tmp_path, {"objects/a.yaml": SCHEMA, place: text.encode("utf-8", "ignore")}))


@seed(20)
@QUIET
@given(number=st.integers(0, 2**32))
def test_any_bytes_of_a_file_are_read_or_refused(number: int, tmp_path: Path) -> None:
    """Definitions that are right, with some of their bytes changed."""
    chance = random.Random(number)
    good = (
        b"- {kind: schema, name: S}\n- kind: table\n  name: S.T\n  columns:\n"
        b"    - {name: a, type: string(64), default: \"'x'\"}\n  cluster_by: [a]\n"
        b"- {kind: view, name: S.V, query: SELECT a FROM S.T WHERE a = '${database}'}\n"
        b"- {kind: task, name: S.K, schedule: 5 MINUTES, definition: 'BEGIN SELECT 1; END'}\n"
    )
    data = bytearray(good)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data))
        data[at : at + chance.randint(0, 3)] = chance.choice(
            [b"'", b'"', b"\n", b"\t", b"[", b"}", b": ", b"&a ", b"*a", b"!", b"\x00", b"\xc2\x85"]
        )
    checked(project(tmp_path, {"objects/a.yaml": bytes(data)}))

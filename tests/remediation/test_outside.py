"""Who reads .env files outside Python: each kind of file, which keys, and when it keeps them."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from hushflake.remediation.inventory.mentions import UnreadableError
from hushflake.remediation.inventory.outside import EnvUse, Tree, all_readers, readers_of
from tests.fakes.bounded import cpu_within


def uses(tmp_path: Path, path: str, files: Mapping[str, str]) -> list[EnvUse]:
    """Return what the readers of one file of a tree find."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    tree = Tree(str(tmp_path), files)
    return [use for one in readers_of(path) for use in one.uses(path, files[path], tree)]


def keys_held(found: list[EnvUse], file: str, keys: str, *, tracked: bool = False) -> set[str]:
    """Return which of some keys the uses keep in a file."""
    holds = {"always", "tracked"} if tracked else {"always"}
    return {
        key
        for key in keys.split()
        for use in found
        if use.holds in holds and use.reads(file) and use.takes(key)
    }


# Kind of file -> path, text, .env file, keys that it holds; the keys are taken from `A B C`.
ALL = "A B C"
CASES = {
    # https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
    "compose: in place of a variable": (
        "compose.yml",
        'services:\n  db:\n    image: "x:${A:-1}"\n    command: ["$B", "$$C", "${X-${C}}"]\n',
        ".env",
        "A B C",
    ),
    "compose: keys of YAML are not interpolated": (
        "compose.yml",
        'services:\n  web:\n    image: x\n    labels:\n      "$A": y\n      z: "${B:?missing}"\n',
        ".env",
        "B",
    ),
    "compose: names without a value": (
        "compose.yml",
        "services:\n  web:\n    build: {args: [B]}\n    environment:\n      A:\n      C: x\n",
        ".env",
        "A B",
    ),
    "compose: secrets of the environment": (
        "compose.yml",
        "services: {w: {image: x}}\nsecrets: {t: {environment: A}}\nconfigs: {u: {environment: B}}",
        ".env",
        "A B",
    ),
    "compose: from the working folder above": (
        "deploy/compose.yml",
        "services:\n  web:\n    image: $A\n",
        ".env",
        "A",
    ),
    "compose: not from a folder beside": (
        "deploy/compose.yml",
        "services:\n  web:\n    image: $A\n",
        "web/.env",
        "",
    ),
    "compose: any file with services": (
        "local.yml",
        "services:\n  web:\n    image: $A\n",
        ".env",
        "A",
    ),
    "compose: the services of a pipeline are none": (
        "ci.yml",
        "services:\n  - postgres:${A}\n",
        ".env",
        "",
    ),
    "compose: env_file, short": (
        "compose.yml",
        "services:\n  web:\n    image: x\n    env_file: ./api.env\n",
        "api.env",
        "A B C",
    ),
    "compose: env_file, long": (
        "compose.yml",
        "services:\n  web:\n    image: x\n    env_file:\n      - {path: a/.env, required: false}\n",
        "a/.env",
        "A B C",
    ),
    "compose: env_file with a variable": (
        "compose.yml",
        "services:\n  web:\n    image: x\n    env_file: .env.${STAGE:-dev}\n",
        ".env.production",
        "A B C",
    ),
    "compose: include": (
        "compose.yml",
        "include:\n  - path: [db/x.yml]\n    env_file: db/.env\nservices:\n  web: {image: x}\n",
        "db/.env",
        "A B C",
    ),
    "dockerfile": ("Dockerfile", "FROM x\nCOPY a .env* /srv/\n", ".env", "A B C"),
    "dockerfile: of another stage": ("Dockerfile", "FROM x\nCOPY --from=y .env /\n", ".env", ""),
    "systemd": (
        "deploy/app.service",
        "[Service]\nEnvironmentFile=-/srv/app/.env\n",
        ".env",
        "",
    ),
    "shell: sourced": ("run.sh", "set -a\n. ./.env\n", ".env", "A B C"),
    "shell: in a folder that it works out": (
        "bin/run.sh",
        '#!/bin/sh\nsource "$(dirname "$0")/../.env"\n',
        ".env",
        "A B C",
    ),
    "shell: exported": (
        "scripts/run.sh",
        "export $(grep -v '^#' .env | xargs)\n",
        ".env",
        "A B C",
    ),
    "shell: in double quotes": ("run.sh", 'eval "$(cat .env)"\n', ".env", "A B C"),
    "shell: fed": ("run.sh", "while read -r l; do export $l; done < .env\n", ".env", "A B C"),
    "shell: searched for one": ("run.sh", "X=$(grep ^BBB= .env | cut -d= -f2)\n", ".env", ""),
    "shell: by a variable": ("run.sh", "FILE=.env\nsource $FILE\n", ".env", "A B C"),
    "shell: docker run": ("run.sh", "docker run --rm --env-file=.env x\n", ".env", "A B C"),
    "shell: reads a variable": (
        "run.sh",
        "psql $A ${B:-x}\nC=1\necho $C\n",
        ".env",
        "A B",
    ),
    "shell: gives a default to what it reads": ("run.sh", "A=${A:-1}\nB=2; echo $B\n", ".env", "A"),
    "shell: names alone": (
        "run.sh",
        "[ -f .env ] || cp .env.example .env\nrm -f .env\n# . .env\ntar --exclude=.env -cf x .\n",
        ".env",
        "",
    ),
    "shell: without a suffix": ("bin/start", "#!/usr/bin/env bash\n. .env\n", ".env", "A B C"),
    "shell: no script": ("LICENSE", ". .env\n", ".env", ""),
    "direnv": (".envrc", "dotenv_if_exists .env.local\n", ".env.local", "A B C"),
    "direnv: without a name": (".envrc", "dotenv\n", ".env", "A B C"),
    "makefile: included": (
        "Makefile",
        "include .env\nexport\nrun:\n\tpython app.py $(A) $${B}\n",
        ".env",
        "A B",
    ),
    "makefile: exported to a program": (
        "Makefile",
        "-include .env\nexport\nrun:\n\tterraform apply\n",
        ".env",
        "A B C",
    ),
    "makefile: recipe": ("Makefile", "run:\n\t@docker run --env-file .env x\n", ".env", "A B C"),
    "just": (
        "justfile",
        "set dotenv-load\nrun:\n    python app.py $A {{env('B')}}\n",
        ".env",
        "A B",
    ),
    "just: a file": (
        "justfile",
        'set dotenv-filename := ".env.dev"\nrun:\n    ./other-program\n    cargo run\n',
        ".env.dev",
        "A B C",
    ),
    "just: turned off": ("justfile", "set dotenv-load := false\nrun:\n    cargo\n", ".env", ""),
    "procfile": ("Procfile", "web: gunicorn app:app -b :$A\nworker: celery -A app\n", ".env", "A"),
    "procfile: another program": ("Procfile", "js: deno run x\n", ".env", "A B C"),
    "flask": ("requirements.txt", "Flask>=3\nflask-login\n", ".env", ""),
    "javascript": (
        "web/src/a.ts",
        'x = process.env.A ?? process.env["B"]\n// process.env.C\n',
        "web/.env",
        "A B",
    ),
    "javascript: taken apart": ("a.js", "const { A, B: b = 1 } = process.env;\n", ".env", "A B"),
    "javascript: vite": ("a.tsx", "import.meta.env.A\nimport.meta.env?.B\n", ".env", "A B"),
    "javascript: a file by path": (
        "web/a.js",
        'require("dotenv").config({ path: "../infra/.env" })\n',
        "infra/.env",
        "A B C",
    ),
    "editor: of node": (
        ".vscode/launch.json",
        '{\n// run\n"configurations": [{"type": "node", "envFile": "${workspaceFolder}/.env",}],}',
        ".env",
        "A B C",
    ),
    "editor: of Python": (
        ".vscode/launch.json",
        '{"configurations": [{"type": "debugpy", "envFile": "${workspaceFolder}/.env"}]}',
        ".env",
        "",
    ),
    "editor: container": (
        ".devcontainer/devcontainer.json",
        '{"runArgs": ["--env-file", ".env"]}',
        ".env",
        "A B C",
    ),
    "idea": (
        ".idea/runConfigurations/a.xml",
        '<configuration type="NodeJS"><ENTRY PARSER="env" PATH=".env" /></configuration>',
        ".env",
        "A B C",
    ),
    "idea: of Python": (
        ".run/a.run.xml",
        '<configuration type="PythonConfigurationType"><option value="$PROJECT_DIR$/.env" />',
        ".env",
        "",
    ),
    "tox": ("tox.ini", "[testenv]\nset_env =\n    file|.env\n", ".env", "A B C"),
    "pytest-dotenv": ("pytest.ini", "[pytest]\nenv_files =\n    .env\n", ".env", ""),
    "poethepoet": ("pyproject.toml", '[tool.poe]\nenvfile = ".env"\n', ".env", "A B C"),
    "task": ("Taskfile.yml", "version: '3'\ndotenv: ['.env.{{.X}}']\n", ".env.dev", "A B C"),
    "mise": ("mise.toml", '[env]\n_.file = ".env"\n', ".env", "A B C"),
    "kustomize": (
        "k8s/kustomization.yaml",
        "secretGenerator:\n  - name: x\n    envs: [../.env]\n",
        ".env",
        "A B C",
    ),
    "serverless": ("serverless.yml", "service: x\nuseDotenv: true\n", ".env", "A B C"),
    "go": ("pay/main.go", 'os.Getenv("A")\nos.LookupEnv("B")\n', ".env", "A B"),
    "go: beside": ("pay/main.go", 'os.Getenv("A")\n', "web/.env", ""),
    "notebook": ("a.ipynb", '{"source": ["os.environ[\\"A\\"]"]}', ".env", "A"),
    "notebook: a script": ("bin/x", "#!/usr/bin/env python3\nos.getenv('A')\n", ".env", "A"),
    "ruby": ("a.rb", 'ENV["A"] + ENV.fetch("B", 1)', ".env", "A B"),
    "prisma": ("prisma/schema.prisma", 'url = env("A")', ".env", "A"),
    "pipeline: without the file": (
        ".github/workflows/a.yml",
        "jobs:\n  x:\n    steps:\n      - run: docker run --env-file .env x\n",
        ".env",
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_reader_keeps(tmp_path: Path, name: str) -> None:
    path, text, file, expected = CASES[name]
    found = uses(tmp_path, path, {path: text, file: ""})
    assert keys_held(found, file, ALL) == set(expected.split())
    assert all(0 < use.line <= text.count("\n") + 1 and use.does and use.remedy for use in found)


def test_every_reader_has_a_case() -> None:
    shown = {reader.KIND for path, *_rest in CASES.values() for reader in readers_of(path)}
    assert shown >= {reader.KIND for reader in all_readers()} - {"npm package"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deploy/app.service", "[Service]\nEnvironmentFile=/srv/app/.env\n"),
        ("init/install.sh", "D=/opt/x\nF=.env\nsource <(sed -n 's/x/&/p' ${D}/${F})\n"),
        (".github/workflows/a.yml", "jobs: {x: {steps: [{run: '. ./.env'}]}}\n"),
        (".gitlab-ci.yml", "test:\n  script:\n    - export $(cat .env | xargs)\n"),
    ],
)
def test_what_runs_elsewhere_keeps_what_git_brings_there(
    tmp_path: Path, path: str, text: str
) -> None:
    found = uses(tmp_path, path, {path: text, ".env": ""})
    assert keys_held(found, ".env", ALL, tracked=True) == {"A", "B", "C"}
    assert keys_held(found, ".env", ALL) == set()


def test_a_pipeline_that_writes_its_own_file(tmp_path: Path) -> None:
    text = (
        "on: push\njobs:\n  x:\n    steps:\n      - run: |\n          set -e\n"
        '          echo "A=${{ secrets.A }}" >> .env\n'
        "      - run: docker run --env-file .env x\n"
    )
    (one,) = uses(tmp_path, ".github/workflows/a.yml", {".github/workflows/a.yml": text})
    assert (one.file, one.line, one.does, one.holds) == (
        ".env",
        7,
        "writes one of its own",
        "never",
    )


@pytest.mark.parametrize(
    ("key", "held"),
    [("FLASK_APP", True), ("FLASK_DEBUG", True), ("FLASKY", False), ("SECRET_KEY", False)],
)
def test_flask_reads_its_own_keys(tmp_path: Path, key: str, held: bool) -> None:
    found = uses(
        tmp_path, "requirements.txt", {"requirements.txt": "flask==3\npython-dotenv\n", ".env": ""}
    )
    assert bool(keys_held(found, ".env", key)) is held


def test_compose_is_set_up_by_its_own_keys(tmp_path: Path) -> None:
    found = uses(tmp_path, "compose.yml", {"compose.yml": "services:\n  a: {image: x}\n"})
    held = keys_held(found, ".env", "COMPOSE_PROJECT_NAME COMPOSE_FILE DOCKER_HOST NAME")
    assert held == {"COMPOSE_PROJECT_NAME", "COMPOSE_FILE", "DOCKER_HOST"}


@pytest.mark.parametrize(
    ("script", "held"),
    [
        ("up:\n\thushflake config run -- docker compose up\n", False),
        ("up:\n\tpulumi env run acme/shop/dev -- docker compose up -d\n", False),
        ("up:\n\tdocker compose up\n", True),
        ("up:\n\thushflake config run -- docker compose up\nps:\n\tdocker compose ps\n", True),
    ],
)
def test_compose_under_a_store_takes_nothing_from_the_file(
    tmp_path: Path, script: str, held: bool
) -> None:
    files = {"compose.yml": "services:\n  a: {image: $A}\n", "Makefile": script}
    assert bool(keys_held(uses(tmp_path, "compose.yml", files), ".env", "A")) is held


# -- npm ------------------------------------------------------------------------------------


def package(**tables: object) -> str:
    return json.dumps(tables, indent=1)


NPM = {
    "vite": (
        {"web/package.json": package(devDependencies={"vite": "5"})},
        "web/.env.production",
        "VITE_A",
    ),
    "vite: another prefix, another folder": (
        {
            "web/package.json": package(devDependencies={"vite": "5"}),
            "web/vite.config.ts": "export default {envPrefix: ['APP_', 'PUB_'], envDir: '..'}",
        },
        ".env",
        "APP_A PUB_A",
    ),
    "vite: with everything": (
        {
            "web/package.json": package(devDependencies={"vite": "5"}),
            "web/vite.config.ts": "const e = loadEnv(mode, process.cwd(), '')",
        },
        "web/.env",
        "VITE_A NEXT_PUBLIC_A REACT_APP_A APP_A PUB_A SECRET",
    ),
    "next": ({"package.json": package(dependencies={"next": "14"})}, ".env.local", "NEXT_PUBLIC_A"),
    "create-react-app": (
        {"package.json": package(dependencies={"react-scripts": "5"})},
        ".env",
        "REACT_APP_A",
    ),
    "dotenv, and the whole environment": (
        {
            "api/package.json": package(dependencies={"dotenv": "16"}),
            "api/a.js": "start({ ...process.env })",
        },
        "api/.env",
        "VITE_A NEXT_PUBLIC_A REACT_APP_A APP_A PUB_A SECRET",
    ),
    "by a name that is given": (
        {
            "web/package.json": package(dependencies={"dotenv": "16"}),
            "web/a.ts": "const get = (name) => process.env[name]\nget('SECRET')",
            "web/b.ts": 'require("dotenv").config({ path: "../../.env" })',
        },
        "web/.env",
        "SECRET",
    ),
    "by a name that is put together": (
        {
            "web/package.json": package(dependencies={"dotenv": "16"}),
            "web/a.ts": "x = process.env[`${stage}_URL`]",
        },
        "web/.env",
        "VITE_A NEXT_PUBLIC_A REACT_APP_A APP_A PUB_A SECRET",
    ),
    "of a package in a folder of its own": (
        {
            "package.json": package(dependencies={"dotenv": "16"}),
            "inner/package.json": package(),
            "inner/a.js": "start({ ...process.env })",
        },
        ".env",
        "",
    ),
    "a script": (
        {"package.json": package(scripts={"start": "node --env-file=.env a.js"})},
        ".env",
        "VITE_A NEXT_PUBLIC_A REACT_APP_A APP_A PUB_A SECRET",
    ),
    "dotenv-cli": (
        {"package.json": package(scripts={"start": "dotenv -e .env.test -- jest"})},
        ".env.test",
        "VITE_A NEXT_PUBLIC_A REACT_APP_A APP_A PUB_A SECRET",
    ),
    "no loader": ({"package.json": package(dependencies={"react": "18"})}, ".env", ""),
}


@pytest.mark.parametrize("name", NPM)
def test_what_npm_packages_keep(tmp_path: Path, name: str) -> None:
    files, file, expected = NPM[name]
    (path,) = [one for one in files if one.endswith("package.json") and "inner" not in one]
    keys = "VITE_A NEXT_PUBLIC_A REACT_APP_A APP_A PUB_A SECRET"
    assert keys_held(uses(tmp_path, path, files), file, keys) == set(expected.split())


# -- hostile --------------------------------------------------------------------------------


HOSTILE = {
    "open quotes": "'\"" * 20_000,
    "open substitutions": '"' + "$(a" * 10_000,
    "open braces": "x " + "${a" * 10_000,
    "blanks": "{}:" + " " * 60_000 + "process.env",
    "comments": "/*" * 30_000,
    "calls": "$(shell " * 7_000 + "\nx = env(",
    "prefixes": "envPrefix:[" * 5_000 + "loadEnv(" * 5_000,
    "paths": "path: " * 10_000 + "env",
    "brackets": "[" * 30_000,
    "aliases": "services:\n  a: {image: x}\n" + "a: &a [*a]\n" * 300,
    "files": ". .env; " * 5_000,
    "names": "services:\n  a:\n    command: x " + " ".join(f"$A{n}" for n in range(8_000)),
}
NAMES = (
    *("a.sh", "Makefile", "justfile", "a.ts", "a.go", "compose.yml", "mise.toml", "Dockerfile"),
    *("package.json", ".vscode/launch.json", ".idea/a.xml", "pyproject.toml", "tox.ini"),
)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_takes_no_time(tmp_path: Path, name: str) -> None:
    """What took the square of its length would take minutes."""
    with cpu_within(10):
        for text in HOSTILE.values():
            with contextlib.suppress(UnreadableError, RecursionError):
                uses(tmp_path, name, {name: text})

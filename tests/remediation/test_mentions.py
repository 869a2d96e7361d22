"""Where else a key is named: each kind of file, with the lines a reader would point at."""

import pytest

from hushflake.remediation.inventory.mentions import (
    Mention,
    UnreadableError,
    all_readers,
    readers_of,
)

COMPOSE = """\
services:
  web:
    image: app:${TAG:-latest}
    env_file: .env
    environment:
      LEVEL: info
      TOKEN:
      PRICE: $$5
    build:
      args: [VERSION=1, COMMIT]
  worker:
    env_file:
      - path: ./worker.env
        required: false
      - other.env
    environment:
      - LEVEL=debug
      - SHARED
    command: run $QUEUE
"""
DOCKERFILE = """\
FROM python:3.11
# ENV NOT_THIS=1
ARG VERSION
ARG BUILD=1
ENV LEVEL=info \\
    # a comment between
    TITLE="a b=c" OTHER='x'
env OLD style value
RUN --mount=type=secret,id=t,env=PIP_TOKEN pip install .
COPY --chown=app .env.production app/ /srv/
COPY ["config/.env", "/srv/"]
"""
KUBERNETES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  LEVEL: info
  app.properties: |
    x=y
---
apiVersion: v1
kind: Secret
stringData:
  TOKEN: abc
---
apiVersion: batch/v1
kind: CronJob
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: job
              env:
                - name: PLAIN
                  value: "1"
                - name: PASSWORD
                  valueFrom: {secretKeyRef: {name: db, key: password}}
                - name: NODE
                  valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
"""
WORKFLOW = """\
on: push
env:
  LEVEL: info
jobs:
  test:
    env: {REGION: "${{ vars.REGION_NAME }}"}
    steps:
      - run: test
        env:
          TOKEN: ${{ secrets.API_TOKEN }}
      - uses: x/y@v1
        with:
          key: ${{ secrets.DEPLOY_KEY || env.FALLBACK }}
"""
UNIT = """\
[Service]
Environment="LEVEL=info debug=no" REGION=eu
Environment=LAST=1
# Environment=NOT=1
PassEnvironment=HOST_A \\
    HOST_B
EnvironmentFile=-/etc/app.env
LoadCredential=token:/run/token
"""


def read(path: str, text: str) -> dict[str, list[tuple[object, ...]]]:
    return {
        reader.KIND: [(one.key, one.line, one.how) for one in reader.mentions(text)]
        for reader in readers_of(path)
        if reader.KIND not in ("Kubernetes", "Pulumi ESC") or "apiVersion" in text
    }


def test_compose() -> None:
    assert read("deploy/docker-compose.prod.yml", COMPOSE)["docker-compose"] == [
        ("LEVEL", 6, "set"),
        ("TOKEN", 7, "taken"),
        ("PRICE", 8, "set"),
        ("VERSION", 10, "set"),
        ("COMMIT", 10, "taken"),
        ("LEVEL", 17, "set"),
        ("SHARED", 18, "taken"),
        ("TAG", 3, "taken"),
        ("QUEUE", 19, "taken"),
    ]


def test_dockerfile() -> None:
    assert read("Dockerfile.worker", DOCKERFILE)["Dockerfile"] == [
        ("VERSION", 3, "taken"),
        ("BUILD", 4, "set"),
        ("LEVEL", 5, "set"),
        ("TITLE", 5, "set"),
        ("OTHER", 5, "set"),
        ("OLD", 8, "set"),
        ("PIP_TOKEN", 9, "secret"),
    ]


def test_kubernetes() -> None:
    assert read("k8s/all.yaml", KUBERNETES)["Kubernetes"] == [
        ("LEVEL", 5, "set"),
        ("TOKEN", 12, "secret"),
        ("PLAIN", 24, "set"),
        ("PASSWORD", 26, "secret"),
        ("NODE", 28, "taken"),
    ]


def test_workflow() -> None:
    assert read(".github/workflows/ci.yml", WORKFLOW)["GitHub workflow"] == [
        ("LEVEL", 3, "set"),
        ("REGION", 6, "set"),
        ("REGION_NAME", 6, "taken"),
        ("TOKEN", 10, "secret"),
        ("API_TOKEN", 10, "secret"),
        ("DEPLOY_KEY", 13, "secret"),
        ("FALLBACK", 13, "taken"),
    ]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("steps.set-env.outputs.x", []),
        ("needs.env.result", []),
        ("matrix.env.name", []),
        ("hashFiles('env.lock')", []),
        ("env.A == vars.B", ["A", "B"]),
        ("secrets['C'] || env[\"D\"]", ["C", "D"]),
        ("!secrets.E && (env.F)", ["E", "F"]),
    ],
)
def test_which_names_of_an_expression_are_keys(expression: str, names: list[str]) -> None:
    text = f"jobs:\n  a:\n    steps:\n      - run: echo ${{{{ {expression} }}}}\n"
    found = read(".github/workflows/ci.yml", text).get("GitHub workflow", [])
    assert [name for name, *_ in found] == names


def test_systemd() -> None:
    assert read("deploy/app.service", UNIT)["systemd unit"] == [
        ("LEVEL", 2, "set"),
        ("REGION", 2, "set"),
        ("LAST", 3, "set"),
        ("HOST_A", 5, "taken"),
        ("HOST_B", 5, "taken"),
        ("token", 8, "secret"),
    ]


def test_env_files() -> None:
    assert read(".env.production", "A=1\nexport B='x ${C}'\r\nbroken line\n")[".env file"] == [
        ("A", 1, "set"),
        ("B", 2, "set"),
        ("C", 2, "taken"),
    ]


def test_pulumi_esc() -> None:
    (reader,) = (one for one in all_readers() if one.KIND == "Pulumi ESC")
    text = (
        "imports: [base]\nvalues:\n  data: {password: x}\n  environmentVariables:\n"
        "    URL: ${data.url}\n    TOKEN: {fn::secret: {ciphertext: x}}\n"
    )
    assert list(reader.mentions(text)) == [Mention("URL", 5, "set"), Mention("TOKEN", 6, "secret")]
    assert not list(reader.mentions("on: push\nenv: {environmentVariables: 1}\n"))


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("compose.yaml", {"docker-compose", "Kubernetes", "Pulumi ESC"}),
        ("Dockerfile", {"Dockerfile"}),
        ("api.Dockerfile", {"Dockerfile"}),
        (".env", {".env file"}),
        (".env.example", {".env file"}),
        ("prod.env", {".env file"}),
        ("settings.py", set()),
        ("src/environment.py", set()),
        ("x/.github/workflows/a.yml", {"GitHub workflow", "Kubernetes", "Pulumi ESC"}),
    ],
)
def test_which_reader_reads_what(path: str, kinds: set[str]) -> None:
    assert {reader.KIND for reader in readers_of(path)} == kinds


@pytest.mark.parametrize(
    "text",
    ["{{ if x }}\na: [", "a: b: c", "a: *missing", "[" * 5000, "\0"],
)
def test_what_is_not_yaml_is_said(text: str) -> None:
    (reader,) = (one for one in all_readers() if one.KIND == "docker-compose")
    with pytest.raises(UnreadableError):
        list(reader.mentions(text))


def test_aliases_are_not_multiplied() -> None:
    levels = ["a0: &a0 {environment: {DEEP: 1}}"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    (reader,) = (one for one in all_readers() if one.KIND == "docker-compose")
    assert list(reader.mentions("\n".join(levels))) == [Mention("DEEP", 1, "set")]

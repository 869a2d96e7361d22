"""The files for platforms are valid by the platforms' own descriptions, and their programs run."""

import json
import re
import shlex
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from fake_esc import FakeEsc

from .conftest import SECRET, Make, Start, greeting

pytestmark = pytest.mark.slow

IDENTITY = "eyJ" + "identity-of-the-shop"


def judged(programs: Path, *command: str | Path) -> None:
    name, *rest = map(str, command)
    done = subprocess.run([str(programs / name), *rest], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def instructions(path: Path) -> list[tuple[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def test_docker(recipe: Make, programs: Path, start: Start, esc: FakeEsc, port: int) -> None:
    made = recipe("Docker", "Compose", "Flask", "gunicorn")
    judged(programs, "hadolint", made.folder / "Dockerfile")
    steps = instructions(made.folder / "Dockerfile")
    copied = [name for what, rest in steps if what == "COPY" for name in rest.split()[:-1]]
    kept = {line[1:] for line in (made.folder / ".dockerignore").read_text().splitlines()[1:]}
    assert set(copied) == kept
    assert all((made.folder / name).exists() for name in copied)

    (build,) = [rest for what, rest in steps if what == "RUN" and rest.startswith("python")]
    name, *arguments = shlex.split(build)
    (mode,) = [rest.partition("=")[2] for what, rest in steps if what == "ARG"]
    built = subprocess.run(
        [str(programs / name), *arguments],
        cwd=made.folder, env={"HUSHFLAKE_MODE": mode}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    assert esc.calls("POST", "/open") == 0

    (entry,) = [rest for what, rest in steps if what == "ENTRYPOINT"]
    command = " ".join(json.loads(entry)).replace("0.0.0.0:8000", f"127.0.0.1:{port}")
    compose = yaml.safe_load((made.folder / "compose.yaml").read_text())
    (variable,) = compose["services"]["web"]["environment"]
    token = made.folder / "mounted-token"
    token.write_text(esc.token + "\n")
    program = start(command, **{variable: str(token), "PULUMI_ACCESS_TOKEN": ""})
    program.until(lambda: greeting(port) == "Hello")
    assert program.stop() == 0
    assert SECRET not in program.output


def test_compose(recipe: Make, programs: Path) -> None:
    path = recipe("Compose").folder / "compose.yaml"
    judged(programs, "check-jsonschema", "--builtin-schema", "vendor.compose-spec", path)
    compose = yaml.safe_load(path.read_text())
    (service,) = compose["services"].values()
    # The Compose specification mounts a secret as a file of its name.
    (mounted,) = service["secrets"]
    assert mounted in compose["secrets"]
    assert list(service["environment"].values()) == [f"/run/secrets/{mounted}"]


def test_kubernetes(recipe: Make, programs: Path, start: Start, esc: FakeEsc, port: int) -> None:
    made = recipe("Kubernetes", "Flask", "gunicorn")
    path = made.folder / "deployment.yaml"
    judged(programs, "kubernetes-validate", "--strict", path)
    _, deployment = yaml.safe_load_all(path.read_text())
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (variable,) = container["env"]
    (mount,) = container["volumeMounts"]
    (volume,) = pod["volumes"]
    (projected,) = volume["projected"]["sources"]
    token = projected["serviceAccountToken"]
    assert volume["name"] == mount["name"]
    assert variable["value"] == f"file:{mount['mountPath']}/{token['path']}"

    esc.trusted = {token["audience"].rpartition(":")[2]: {IDENTITY}}
    (made.folder / "token").write_text(IDENTITY)
    program = start(
        f"gunicorn --bind 127.0.0.1:{port}",
        **{variable["name"]: f"file:{made.folder / 'token'}", "PULUMI_ACCESS_TOKEN": ""},
    )
    program.until(lambda: greeting(port) == "Hello")
    assert program.stop() == 0
    assert esc.calls("POST", "/api/oauth/token") >= 1


class Identities(BaseHTTPRequestHandler):
    """GitHub's endpoint for identity tokens of a job."""

    def do_GET(self) -> None:
        right = self.headers["Authorization"].casefold() == "bearer of-the-job"
        body = json.dumps({"value": IDENTITY}).encode()
        self.send_response(200 if right and "audience=" in self.path else 401)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def test_github_actions(recipe: Make, programs: Path, start: Start, esc: FakeEsc) -> None:
    made = recipe("Docker", "GitHub Actions")
    (path,) = made.folder.glob(".github/workflows/*.yml")
    judged(programs, "check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"]["id-token"] == "write"
    (job,) = workflow["jobs"].values()
    (command,) = [step["run"] for step in job["steps"] if "python" in step.get("run", "")]

    esc.trusted = {"acme": {IDENTITY}}
    with HTTPServer(("127.0.0.1", 0), Identities) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        program = start(
            command,
            **job["env"],
            PULUMI_ACCESS_TOKEN="",
            ACTIONS_ID_TOKEN_REQUEST_URL=f"http://127.0.0.1:{server.server_port}/?v=1",
            ACTIONS_ID_TOKEN_REQUEST_TOKEN="of-the-job",
        )
        code = program.process.wait(timeout=60)
        server.shutdown()
    assert code == 0, program.output
    assert re.search(r"^5 characters", program.output, re.MULTILINE)

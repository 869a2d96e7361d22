"""A small schema project that is not the shipped one, and a raw MCP client over pipes."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FILES = {
    "hushflake.yaml": "project: clinic\n",
    "stacks/local.yaml": "database: CLINIC\n",
    "objects/schemas.yaml": "- {kind: schema, name: CARE}\n",
    "entities/doctors.yaml": """\
entity: DOCTORS
schema: CARE
description: Physicians of the hospital
key: [doctor_id]
title: name
fields:
  doctor_id: {type: string(64), required: true}
  name: {type: string(256), description: Family name first}
  specialty: {type: string(64), description: "cardiology, neurology or surgery"}
  on_duty: {type: boolean}
  hired_on: {type: date}
  floor: {type: integer}
embedding: {text: "{name}, {specialty}"}
""",
    "data/doctors.yaml": """\
- {doctor_id: D-1, name: Weber Anna, specialty: cardiology, on_duty: true, floor: 2}
- {doctor_id: D-2, name: Okafor Sam, specialty: surgery, on_duty: false, floor: 3}
""",
}


def make_clinic(folder: Path, **changed: str) -> Path:
    """Write the project; `changed` gives other contents: file name without folder -> text."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(path.stem, text), encoding="utf-8")
    return folder


def minimal_environment(home: Path) -> dict[str, str]:
    """What an application that was started from a desktop passes on."""
    return {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8"}


class RawClient:
    """Speaks JSON-RPC over the pipes of a server process, a message a line."""

    def __init__(
        self, command: Sequence[str], cwd: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=None if environment is None else dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, method: str, number: int = 1, **params: Any) -> dict[str, Any]:
        self.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline()))

    def initialize(self) -> dict[str, Any]:
        answer = self.ask(
            "initialize",
            protocolVersion="2025-06-18",
            capabilities={},
            clientInfo={"name": "test", "version": "1"},
        )
        self.send(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        return dict(answer["result"])

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        answer = self.ask("tools/call", 2, name=tool, arguments=arguments)
        return dict(answer["result"])

    def close(self) -> str:
        """Hang up; return what the server wrote on standard error."""
        with self.process:
            _, said = self.process.communicate(timeout=60)
        return said

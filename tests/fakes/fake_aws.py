"""A pytest plugin: Secrets Manager and Parameter Store of AWS, served by moto on the loopback."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    import boto3
    import requests

    requests.post(f"{moto}/moto-api/reset", timeout=10)
    for name, value in {
        "AWS_ENDPOINT_URL": moto,
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    client: Callable[[str], Any] = boto3.client
    return client

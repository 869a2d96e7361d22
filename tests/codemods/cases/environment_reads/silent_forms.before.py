import os
import subprocess
import sys

import click
from pydantic_settings import BaseSettings


class App(BaseSettings):
    url: str


@click.command()
@click.option("--port", envvar="PORT", default=os.getenv("OTHER_PORT", "80"))
def main(port):
    print(__import__("os").environ["A"], getattr(os, "environ")["B"])
    print(vars(os)["environ"]["C"], sys.modules["os"].environ["D"])
    print(subprocess.os.environ["E"], os.path.expandvars("$F"))
    exec("import os; print(os.environ['G'])")

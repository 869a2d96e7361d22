import subprocess
import sys


def test_child(monkeypatch):
    monkeypatch.setenv("SHOP_URL", "x")
    subprocess.run([sys.executable, "-m", "app"], check=True)

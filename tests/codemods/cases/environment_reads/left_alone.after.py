import os
import subprocess

os.environ["A"] = "a"
os.environ["A"] += "b"
del os.environ["A"]
os.environ.pop("A", None)
os.environ.setdefault("A", "b")
os.environ.update(A="b")
os.environ |= {"A": "b"}
os.environ.clear()
env = os.environ.copy()
for key in os.environ:
    print(key)
for key, value in os.environ.items():
    print(key, value)
subprocess.run(["x"], env={**os.environ, "A": "b"})
subprocess.run(["x"], env=os.environ)
dict(os.environ)
os.environb[b"A"]
os.getenvb(b"A")
os.putenv("A", "b")
os.unsetenv("A")
map(os.getenv, ["A"])
map(os.environ.get, ["A"])
os.environ.get(b"A")
os.environ["A", "B"]
os.getenv(*["A"])
1 in [2] in os.environ
os.environ["PATH"], os.getenv("HOME"), "CI" in os.environ, os.getenv("LC_ALL")

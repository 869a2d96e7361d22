"""hushflake in the declarations of projects: added once, with everything else as it was."""

import json
import os
from pathlib import Path

import pytest

from hushflake.remediation.dependency import requirement as requirements
from hushflake.remediation.dependency.find import declarations
from hushflake.remediation.dependency.kinds import all_kinds
from hushflake.remediation.dependency.requirement import Requirement, default
from hushflake.remediation.errors import RemediationError

RANGE = Requirement.parse("hushflake>=0.1,<0.2")
COMMIT = Requirement.parse("hushflake[esc] @ git+https://git.example.com/h.git@1a2b3c4")
WHEEL = Requirement.parse("hushflake @ file:///wheels/hushflake-0.1.0-py3-none-any.whl")
PROJECT = '[project]\nname = "shop"\n'
CASES = {
    "pep621": (
        "pyproject.toml",
        f'{PROJECT}dependencies = [\n    "flask>=3",  # web\n    "rich"\n]\n\n[tool.x]\na = 1\n',
        (
            f'{PROJECT}dependencies = [\n    "flask>=3",  # web\n    "rich",\n'
            '    "hushflake>=0.1,<0.2",\n]\n\n[tool.x]\na = 1\n'
        ),
    ),
    "pep621 with a last comma and a comment": (
        "pyproject.toml",
        f"{PROJECT}dependencies = [\n\t'flask', # web\n\t# more\n]\n",
        f"{PROJECT}dependencies = [\n\t'flask', # web\n\t# more\n\t'hushflake>=0.1,<0.2',\n]\n",
    ),
    "pep621 on one line": (
        "pyproject.toml",
        f'{PROJECT}dependencies = ["flask"] # all\n',
        f'{PROJECT}dependencies = ["flask", "hushflake>=0.1,<0.2"] # all\n',
    ),
    "pep621 empty": (
        "pyproject.toml",
        f"{PROJECT}dependencies = []\n",
        f'{PROJECT}dependencies = ["hushflake>=0.1,<0.2"]\n',
    ),
    "pep621 without a list": (
        "pyproject.toml",
        f"{PROJECT}\n[tool.x]\na = 1\n",
        f'{PROJECT}dependencies = ["hushflake>=0.1,<0.2"]\n\n[tool.x]\na = 1\n',
    ),
    "pep621 with a bracket in a text": (
        "pyproject.toml",
        f'{PROJECT}description = """\n[not a table]\n"""\ndependencies = ["a[b]"]\n[tool.x]\n',
        (
            f'{PROJECT}description = """\n[not a table]\n"""\n'
            'dependencies = ["a[b]", "hushflake>=0.1,<0.2"]\n[tool.x]\n'
        ),
    ),
    "windows": (
        "pyproject.toml",
        '[project]\r\nname = "shop"\r\ndependencies = [\r\n  "flask",\r\n]\r\n',
        (
            '[project]\r\nname = "shop"\r\ndependencies = [\r\n  "flask",\r\n'
            '  "hushflake>=0.1,<0.2",\r\n]\r\n'
        ),
    ),
    "poetry": (
        "pyproject.toml",
        (
            '[tool.poetry.dependencies]\npython = "^3.11"\nflask = {version = "3", optional = true}\n'  # noqa: E501
            "\n[tool.poetry.group.dev.dependencies]\npytest = '*'\n"
        ),
        (
            '[tool.poetry.dependencies]\npython = "^3.11"\nflask = {version = "3", optional = true}\n'  # noqa: E501
            "hushflake = \">=0.1,<0.2\"\n\n[tool.poetry.group.dev.dependencies]\npytest = '*'\n"
        ),
    ),
    "pipfile": (
        "Pipfile",
        '[packages]\nflask = "*"\n\n[requires]\npython_version = "3.12"\n',
        (
            '[packages]\nflask = "*"\nhushflake = ">=0.1,<0.2"\n\n[requires]\n'
            'python_version = "3.12"\n'
        ),
    ),
    "requirements": (
        "requirements.txt",
        "# web\nflask==3.0  # yes\n-r more.txt\nzope\n",
        "# web\nflask==3.0  # yes\n-r more.txt\nzope\nhushflake>=0.1,<0.2\n",
    ),
    "requirements in order, without an end": (
        "requirements.txt",
        "Flask==3.0\ngunicorn\nrich",
        "Flask==3.0\ngunicorn\nhushflake>=0.1,<0.2\nrich\n",
    ),
    "requirements, empty": ("requirements.txt", "", "hushflake>=0.1,<0.2\n"),
    "setup.cfg": (
        "setup.cfg",
        "[options]\npackages = find:\ninstall_requires =\n    flask\n    rich>=1\n\n[other]\na = 1\n",  # noqa: E501
        (
            "[options]\npackages = find:\ninstall_requires =\n    flask\n    rich>=1\n"
            "    hushflake>=0.1,<0.2\n\n[other]\na = 1\n"
        ),
    ),
    "setup.py": (
        "setup.py",
        "# ü\nfrom setuptools import setup\nsetup(name='ü', install_requires=['flask', 'rich'])\n",
        (
            "# ü\nfrom setuptools import setup\n"
            "setup(name='ü', install_requires=['flask', 'rich', 'hushflake>=0.1,<0.2'])\n"
        ),
    ),
    "dockerfile": (
        "Dockerfile",
        (
            "FROM python:3.12\nRUN pip install --upgrade pip\n"
            "RUN pip install --no-cache-dir flask==3.0 gunicorn && rm -rf /tmp/x\nCOPY . /app\n"
        ),
        (
            "FROM python:3.12\nRUN pip install --upgrade pip\n"
            "RUN pip install --no-cache-dir flask==3.0 gunicorn 'hushflake>=0.1,<0.2' && rm -rf /tmp/x"  # noqa: E501
            "\nCOPY . /app\n"
        ),
    ),
    "dockerfile over lines": (
        "Dockerfile",
        (
            'FROM x\nRUN apt-get update && \\\n    pip install -i https://a/simple \\\n      "flask>2" \\\n'  # noqa: E501
            "      rich\n"
        ),
        (
            'FROM x\nRUN apt-get update && \\\n    pip install -i https://a/simple \\\n      "flask>2" \\\n'  # noqa: E501
            "      rich 'hushflake>=0.1,<0.2'\n"
        ),
    ),
}


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


@pytest.mark.parametrize("case", CASES)
def test_it_is_added_and_nothing_else_changes(tmp_path: Path, case: str) -> None:
    name, before, after = CASES[case]
    write(tmp_path, name, before)
    (found,) = declarations(tmp_path, ["shop/app.py"])
    assert not found.declares
    shown = found.diff(RANGE)
    assert all(line[:1] in "+-" for line in shown)
    assert any("hushflake" in line for line in shown)
    found.add(RANGE)
    assert (tmp_path / name).read_bytes().decode() == after
    (found,) = declarations(tmp_path, ["shop/app.py"])
    assert found.declares


@pytest.mark.parametrize("given", [COMMIT, WHEEL], ids=["commit", "wheel"])
@pytest.mark.parametrize("case", CASES)
def test_direct_references(tmp_path: Path, case: str, given: Requirement) -> None:
    name, before, _after = CASES[case]
    write(tmp_path, name, before)
    (found,) = declarations(tmp_path, [])
    found.add(given)
    (found,) = declarations(tmp_path, [])
    assert found.declares
    if case == "poetry" and given is COMMIT:
        assert (
            'hushflake = {git = "https://git.example.com/h.git", rev = "1a2b3c4", '
            'extras = ["esc"]}\n' in found.text
        )
    elif case == "pipfile":
        value = 'git = "https://git.example.com/h.git", ref = "1a2b3c4"'
        assert (value if given is COMMIT else f'{{file = "{given.url}"}}\n') in found.text
    else:
        assert given.url in found.text


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("pyproject.toml", "project = {dependencies = ['a']}\n", 'add "hushflake>=0.1,<0.2" to'),
        ("pyproject.toml", f"{PROJECT}dependencies.x = 1\n", ""),
        ("requirements.txt", "# autogenerated by pip-compile\na==1\n", "it is compiled: add"),
        ("requirements.txt", "a==1 --hash=sha256:00\n", "it is compiled: add"),
        ("requirements.txt", "a==1 \\", "add the line hushflake"),
        ("setup.cfg", "[options]\ninstall_requires = flask\n", "to install_requires in [options]"),
        ("setup.py", "setup(install_requires=[*BASE, 'a'])\n", "to install_requires"),
        ("setup.py", "setup(install_requires=read('r.txt'))\n", "to install_requires"),
        ("environment.yml", "dependencies:\n  - python\n  - pip:\n    - flask\n", "below `- pip:`"),
        ("Dockerfile", 'FROM x\nRUN ["pip", "install", "flask"]\n', "to what `pip install` is"),
    ],
)
def test_what_is_not_plain_is_left_with_the_words_to_add(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    write(tmp_path, name, text)
    for found in declarations(tmp_path, []):
        assert words
        assert words in found.by_hand(RANGE)
    if not words:
        assert declarations(tmp_path, []) == []


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        # What the application lists counts; what could, only where nothing does.
        ({"pyproject.toml": PROJECT, "requirements.txt": "a\n"}, ["requirements.txt"]),
        ({"pyproject.toml": "[tool.black]\n", "requirements.txt": "a\n"}, ["requirements.txt"]),
        (
            {"pyproject.toml": f'{PROJECT}dynamic = ["dependencies"]\n', "requirements.txt": "a\n"},
            ["requirements.txt"],
        ),
        ({"requirements/base.txt": "a\n", "requirements/prod.txt": "-r base.txt\n"},
         ["requirements/base.txt"]),
        ({"requirements.txt": "-r requirements/base.txt\n", "requirements/base.txt": "a\n"},
         ["requirements.txt"]),
        ({"requirements-dev.txt": "pytest\n"}, []),
        # Images that install a declaration need no change of their own.
        ({"requirements.txt": "a\n", "Dockerfile": "RUN pip install -r requirements.txt\n"},
         ["requirements.txt"]),
        ({"requirements.txt": "a\n", "Dockerfile": "RUN pip install flask\n"},
         ["Dockerfile", "requirements.txt"]),
        ({"pyproject.toml": PROJECT, "Dockerfile": "RUN pip install .\n"}, ["pyproject.toml"]),
        ({"pyproject.toml": PROJECT, "Dockerfile": "RUN poetry install\nRUN pip install a\n"},
         ["pyproject.toml"]),
        # The nearest folder upward that declares anything.
        ({"services/a/requirements.txt": "a\n", "requirements.txt": "b\n"},
         ["services/a/requirements.txt"]),
        ({"services/b/requirements.txt": "a\n", "requirements.txt": "b\n"}, ["requirements.txt"]),
    ],
)  # fmt: skip
def test_where_it_belongs(tmp_path: Path, files: dict[str, str], wanted: list[str]) -> None:
    for name, text in files.items():
        write(tmp_path, name, text)
    found = declarations(tmp_path, ["services/a/app/main.py"])
    assert [one.path for one in found] == wanted


@pytest.mark.parametrize(
    ("name", "text", "declares"),
    [
        ("requirements.txt", "hushflake\n", True),
        ("requirements.txt", "-e git+https://x/hushflake.git#egg=hushflake\n", True),
        ("requirements.txt", "./wheels/hushflake-0.1.0-py3-none-any.whl\n", True),
        ("requirements.txt", "# hushflake\nflask\n", False),
        ("requirements.txt", "hushflake-plugin\nflask-hushflake\n", False),
        ("pyproject.toml", '[project]\nname = "hushflake"\ndependencies = ["a"]\n', False),
        ("pyproject.toml", f'{PROJECT}dependencies = ["hushflake[esc]>=0.1"]\n', True),
        ("Dockerfile", "RUN pip install flask 'hushflake>=0.1'\n", True),
    ],
)
def test_what_is_declared_already(tmp_path: Path, name: str, text: str, declares: bool) -> None:
    write(tmp_path, name, text)
    (found,) = declarations(tmp_path, [])
    assert found.declares is declares


def test_nothing_outside_is_read_or_written(tmp_path: Path) -> None:
    write(tmp_path, "outside/base.txt", "a\n")
    write(tmp_path, "outside/requirements.txt", "a\n")
    top = tmp_path / "top"
    top.mkdir()
    (top / "requirements").symlink_to(tmp_path / "outside")
    (top / "requirements.txt").symlink_to(tmp_path / "outside/requirements.txt")
    os.mkfifo(top / "Pipfile")
    write(top, "setup.cfg", "x" * (2 << 20))
    write(top, "pyproject.toml", "a = " + "[" * 100_000)
    assert declarations(top, ["a/b.py"]) == []


def test_a_diff_shows_no_credential(tmp_path: Path) -> None:
    word = "s3cr" + "et-word"
    text = f"RUN pip install -i https://user:{word}@host/simple flask\nENV A={word}\n"
    write(tmp_path, "Dockerfile", text)
    (found,) = declarations(tmp_path, [])
    shown = "\n".join(found.diff(RANGE))
    assert "https://***@host/simple" in shown
    assert word not in shown


@pytest.mark.parametrize(
    "text",
    ["flask", "hushflake; os_name=='x'", "hushflake @ not a url", "hushflake>=1\nevil", "", "-e ."],
)
def test_what_is_no_requirement(text: str) -> None:
    with pytest.raises(RemediationError, match="is not a requirement for hushflake"):
        Requirement.parse(text)


def test_the_default_is_what_installed_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Installed:
        version = "0.1.0"
        origin: str | None = None

        def read_text(self, _name: str) -> str | None:
            return self.origin

    installed = Installed()
    monkeypatch.setattr(requirements, "distribution", lambda _name: installed)
    assert str(default()) == "hushflake>=0.1,<0.2"
    installed.version = "2.7.1"
    assert str(default()) == "hushflake>=2.7,<3"
    # A folder of this machine means nothing elsewhere; a commit does.
    installed.origin = json.dumps({"url": "file:///src/h", "dir_info": {"editable": True}})
    assert str(default()) == "hushflake>=2.7,<3"
    installed.origin = json.dumps(
        {"url": "https://h/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}}
    )
    assert str(default()) == "hushflake @ git+https://h/x.git@abc123"


def test_every_kind_is_tried() -> None:
    tried = {name for name, _before, _after in CASES.values()} | {"environment.yml"}
    for kind in all_kinds():
        assert any(
            (kind.KIND if kind.KIND != "conda" else "environment.yml") in name for name in tried
        )

"""Real applications: migrated, they do what they did. `make application` runs one by hand."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from . import page
from .__main__ import RESULTS, apart, prepare
from .application import Application, Start, Suite, all_applications
from .migrating import Trial
from .place import GIT, Missing, Place

APPLICATIONS = all_applications()
RELEASES = [name for name, one in APPLICATIONS.items() if one.is_release]
CHECKOUTS = [name for name, one in APPLICATIONS.items() if not one.is_release]


@pytest.mark.slow
@pytest.mark.git
@pytest.mark.parametrize("name", [*RELEASES, *CHECKOUTS])
def test_an_application(name: str) -> None:
    try:
        prepare(name)
    except Missing as missing:
        pytest.skip(str(missing))
    done = apart(name)
    assert done.returncode == 0, done.stdout + done.stderr
    # What came out is a result, not an empty run.
    result = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    assert result["problems"] == []
    assert result["starts"] or result["before"].get("passed")


def test_ten_repositories_and_three_releases_are_declared() -> None:
    assert len(CHECKOUTS) >= 10
    assert len(RELEASES) >= 3


@pytest.mark.parametrize("name", APPLICATIONS)
def test_what_is_declared_says_enough(name: str) -> None:
    one = APPLICATIONS[name]
    assert re.fullmatch(r"[0-9a-f]{64}" if one.is_release else r"[0-9a-f]{40}", one.commit)
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in one.beside.values())
    # Something must be compared, or the migration is not tried.
    assert one.suites or one.starts
    assert all(start.answers for start in one.starts)
    given = dict(zip(one.migrate[::2], one.migrate[1::2], strict=True))
    assert given.keys() <= {"--to", "--accessor"}
    # A value that is moved is looked for in what the application answers.
    if "--to" in given and one.dotenv:
        assert any(
            value and value in answer
            for text in one.dotenv.values()
            for value in re.findall(r"^\w+=(.*)$", text, re.M)
            for start in one.starts
            for answer in start.answers
        ) or name in {"httpbin"}  # shows a part of its page when the key is there


def test_the_page_has_every_application() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    table = text.partition(page.START)[2].partition(page.END)[0]
    for name, one in APPLICATIONS.items():
        assert f"- **{name}**: " in table
        assert (one.source.partition("==")[2] or one.commit[:8]) in table


def test_a_missing_checkout_is_told(tmp_path: Path) -> None:
    place = Place(APPLICATIONS[CHECKOUTS[0]], tmp_path)
    with pytest.raises(Missing, match="has the commit"):
        place.lay(tmp_path)
    with pytest.raises(Missing, match="set APPS to the folder of the checkouts"):
        place.lay(None)


SHOP = {
    "shop/__init__.py": 'import os\n\nNAME = os.getenv("SHOP_NAME", "none")\n',
    "tests/test_shop.py": (
        "from pathlib import Path\n\nfrom shop import NAME\n\n\n"
        "def test_name():\n    assert NAME == 'none'\n\n\n"
        "def test_source():\n    assert 'getenv' in Path('shop/__init__.py').read_text()\n"
    ),
}
SHOW = "import shop; print('seen', shop.NAME); print(open(shop.__file__).read())"


def shop(folder: Path, name: str, suite: str, show: str) -> Place:
    """Lay out a small application, in the environment that runs this test."""
    checkout = folder / "checkouts" / "shop"
    for path, text in SHOP.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text)
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "Begin"]):
        subprocess.run(["git", *command], cwd=checkout, env=GIT, check=True)
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=checkout, text=True).strip()
    application = Application(
        name=name,
        kind="shop",
        source="acme/shop",
        commit=head,
        suites=[Suite(["python", "-m", "pytest", "tests/test_shop.py", "-k", suite])],
        starts=[Start(["python", "-c", show], ["seen none"])],
    )
    place = Place(application, folder / "work")
    place.lay(folder / "checkouts")
    place.venv.symlink_to(sys.prefix)
    return place


@pytest.mark.git
@pytest.mark.slow
def test_an_application_that_does_what_it_did(tmp_path: Path) -> None:
    show = SHOW.partition("; print(open")[0]
    result = Trial(shop(tmp_path, "same", "test_name", show)).run()
    assert result.problems == []
    assert (result.rewritten, result.starts, result.after) == (1, 1, {"passed": 1})


@pytest.mark.git
@pytest.mark.slow
def test_an_application_that_does_something_else_is_seen(tmp_path: Path) -> None:
    result = Trial(shop(tmp_path, "other", "test", SHOW)).run()
    assert result.problems[0] == "test tests/test_shop.py::test_source: failed, before passed"
    assert "prints otherwise" in result.problems[1]
    assert len(result.problems) == 2

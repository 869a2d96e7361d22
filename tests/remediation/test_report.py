"""The HTML report: complete, self-contained, usable in a browser, and without a secret."""

import json
import re
import shutil
import struct
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hushflake.cli.main import main
from hushflake.remediation.report import build, render

from .test_inventory import CANARY, leaky, tree

ARTIFACTS = Path(__file__).parents[2] / "build" / "artifacts"
SOURCES = {
    "app__settings": (
        "import os\nos.getenv('PORT', '8000')\nos.getenv('API_TOKEN')\nos.environ['DB_PASSWORD']\n"
        "os.environ['WRITTEN'] = '1'\nenv = os.environ.copy()\n"
    ),
    "app__web__views": (
        "import os\nint(os.getenv('PORT', 9000))\nos.getenv('OPENAI_MODEL', 'gpt')\n"
    ),
    "app__done": "from hushflake.config import get_config_value\nget_config_value('ZETA')\n",
    "broken": "print os.getenv('X')\n",
}


class Text(HTMLParser):
    """The text of a page and the attributes that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.loads: list[str] = []
        self.silent = 0
        # A line may be broken here, but it is one word.
        self.goes_on = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        self.goes_on = tag == "wbr"
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "srcset"}]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if self.goes_on and self.parts:
            self.parts[-1] += data
        elif not self.silent:
            self.parts.append(data)
        self.goes_on = False

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.parts))


def read(page: str) -> Text:
    parser = Text()
    parser.feed(page)
    return parser


def test_it_tells_everything(tmp_path: Path) -> None:
    tree(tmp_path, **SOURCES)
    (tmp_path / "compose.yml").write_text(
        "services:\n  a:\n    env_file: .env\n    environment: [PORT=1, UNREAD=2]\n"
    )
    text = read(render(build([tmp_path]))).text
    assert "1 of 6 reads go through the accessor" in text
    assert "rewrites 5." in text
    assert "2 uses of the environment need a manual change" in text
    assert "Changes the environment 1" in text
    assert "app/settings.py:5:1" in text
    assert "HSF101" in text
    assert "differ '8000', 9000" in text
    assert re.search(r"compose.yml:3 Docker Compose gives it to the container.*?: \.env ", text)
    assert "1 key is named, but read by no Python file UNREAD compose.yml:4" in text
    assert "broken.py:1:" in text


def test_findings_name_their_places_and_made_up_credentials_alarm_nobody(tmp_path: Path) -> None:
    real, made_up = "Zq81kPx" + "4Lm2vT9w", "not-the-real-one-" + "4711"
    tree(
        tmp_path,
        app__settings=f"PASSWORD = {real!r}\n",
        tests__test_app=f"PASSWORD = {made_up!r}\n",
    )
    text = read(render(build([tmp_path]))).text
    assert "1 hard-coded credential 1 finding " in text
    assert (
        "Errors In tests Where HSF301 A literal is bound to a name that looks like a secret's 1 1"
        in text
    )
    assert re.search(r"2 files \S*app/settings.py:1:12 \S*tests/test_app.py:1:12", text)
    assert "Notes" not in text
    (tmp_path / "tests" / "test_app.py").unlink()
    assert "In tests" not in read(render(build([tmp_path]))).text


def test_errors_in_tests_are_counted_apart_and_excluded_files_not_at_all(tmp_path: Path) -> None:
    write = "import os\nos.environ['A'] = '1'\nos.getenv('B')\n"
    tree(tmp_path, app="import os\nos.getenv('A')\n", tests__test_a=write, legacy__old=write)
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\nexclude = ['legacy/']\n")
    page = render(build([tmp_path]))
    text = read(page).text
    assert " 1 finding " in text
    assert "legacy" not in page
    assert re.search(r"HSF101 `?.*? 1 1 2 files", text)


def test_a_path_is_broken_behind_its_parts_alone(tmp_path: Path) -> None:
    tree(tmp_path, some_package__deep__a_module="import os\nos.getenv('A')\n")
    page = render(build([tmp_path]))
    assert "some_<wbr>package/<wbr>deep/<wbr>a_<wbr>module.py:2" in page
    assert "some_package/deep/a_module.py:2" in read(page).text
    # That breaks a word wherever the line ends.
    assert "anywhere" not in page


def test_a_progress_bar_fills_with_what_is_done_alone(tmp_path: Path) -> None:
    tree(tmp_path, app="import os\nos.getenv('A')\n")
    page = render(build([tmp_path]))
    bar = page.partition('through the accessor"><i')[2].partition("</div>")[0]
    assert bar == ' class="done" style="width: 0%"></i>'
    assert '<p class="soft" id="shown" role="status">1 key</p>' in page


def test_before_and_after(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(tmp_path, app="import os\nos.getenv('A')\nos.getenv('B')\n")
    before = tmp_path / "before.json"
    assert main(["inventory", str(tmp_path), "--format", "json", "-o", str(before)]) == 0
    tree(
        tmp_path,
        app=(
            "from hushflake.config import get_config_value as g\ng('A')\n"
            "import os\nos.getenv('B')\n"
        ),
    )
    command = ["inventory", str(tmp_path), "--format", "html", "--before", str(before)]
    assert main(command) == 0
    text = read(capsys.readouterr().out).text
    assert "before 0 %" in text
    assert "now 50 %" in text
    before.write_text("{}")
    assert main(command) == 2
    assert "is not an inventory" in capsys.readouterr().err


def test_nothing_is_loaded_and_everything_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    tree(tmp_path, app=f"import os\nos.getenv('A{evil}', '{evil}')\n")
    (tmp_path / f"{evil.replace('/', '')}.py").write_text("import os\nos.getenv('B')\n")
    page = render(build([tmp_path]))
    assert page.count("<script>") == 1
    assert read(page).loads == []
    assert "://" not in page
    assert "default-src 'none'" in page


def test_no_secret_is_in_it(tmp_path: Path) -> None:
    assert CANARY not in render(build([leaky(tmp_path)]))


def test_an_empty_code_base(tmp_path: Path) -> None:
    assert "reads no configuration key" in render(build([tree(tmp_path)]))


# -- in a browser ---------------------------------------------------------------------------


def chromium(page: Path, *flags: str) -> str:
    program = next(
        name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)
    )
    command = [
        program,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        # Whatever it would ask for is not found.
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={page.parent / 'profile'}",
        *flags,
        page.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout


# Uses the page as a reader would, and writes down what is to be seen.
PROBE = """<script>
const visible = () => [...document.querySelectorAll("#table tbody tr")]
  .filter(row => row.getClientRects().length).map(row => row.cells[0].textContent.trim());
const type = (id, value) => {
  document.getElementById(id).value = value;
  document.getElementById(id).dispatchEvent(new Event("input"));
};
const click = column => document.querySelectorAll("#table th button")[column].click();
const seen = {};
seen.all = visible();
type("search", "views 9000"); seen.searched = visible();
seen.shown = document.getElementById("shown").textContent;
type("search", ""); type("kind", "secret"); seen.secrets = visible();
type("kind", "differ"); seen.differ = visible();
type("kind", ""); type("group", "AI"); seen.ai = visible(); type("group", "");
click(0); seen.backwards = visible();
click(4); click(4); seen.byReads = visible()[0];
seen.background = getComputedStyle(document.body).backgroundColor;
seen.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
seen.row = document.querySelector("#table tbody tr").getBoundingClientRect().width;
seen.width = document.documentElement.clientWidth;
const out = document.createElement("pre");
out.id = "probe";
out.textContent = JSON.stringify(seen);
document.body.append(out);
</script>"""


def probe(page: Path, *flags: str) -> dict[str, Any]:
    probed = page.with_name("probe.html")
    probed.write_text(page.read_text().replace("</body>", PROBE + "</body>"))
    dom = chromium(probed, "--dump-dom", *flags)
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom, re.DOTALL)
    assert found is not None, dom[-2000:]
    document: dict[str, Any] = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">"))
    return document


def screenshot(page: Path, name: str, *flags: str) -> tuple[int, int]:
    """Keep a picture in `build/artifacts` and return its width and height."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    target = ARTIFACTS / f"{name}.png"
    target.unlink(missing_ok=True)
    chromium(page, f"--screenshot={target}", *flags)
    data = target.read_bytes()
    assert data.startswith(b"\x89PNG")
    # An empty page of this size compresses to a few kilobytes.
    assert len(data) > 20_000
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.fixture
def page(tmp_path: Path) -> Path:
    tree(tmp_path, **SOURCES)
    page = tmp_path / "report.html"
    page.write_text(render(build([tmp_path])))
    return page


DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"
PHONE = "--window-size=390,1600"
DESKTOP = "--window-size=1280,1400"


@pytest.mark.browser
@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_reader_can_search_and_sort(page: Path, window: str) -> None:
    seen = probe(page, window, LIGHT)
    keys = ["API_TOKEN", "DB_PASSWORD", "OPENAI_MODEL", "PORT", "ZETA"]
    assert seen["all"] == keys
    assert seen["searched"] == ["PORT"]
    assert seen["shown"] == "1 of 5 keys"
    assert seen["secrets"] == ["API_TOKEN", "DB_PASSWORD"]
    assert seen["differ"] == ["PORT"]
    assert seen["ai"] == ["OPENAI_MODEL"]
    assert seen["backwards"] == keys[::-1]
    assert seen["byReads"] == "PORT"
    assert seen["background"] == "rgb(246, 247, 249)"
    assert not seen["wide"]


@pytest.mark.browser
def test_it_is_dark_in_the_dark_and_fits_a_phone(page: Path) -> None:
    seen = probe(page, PHONE, DARK)
    assert seen["background"] == "rgb(17, 22, 29)"
    assert seen["width"] <= 500
    # A key takes the width that there is, one below the other.
    assert seen["row"] > 0.8 * seen["width"]
    assert not seen["wide"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("report-desktop", (DESKTOP, LIGHT)),
        ("report-phone", (PHONE, LIGHT)),
        ("report-dark", (DESKTOP, DARK)),
    ],
)
def test_pictures_are_kept(page: Path, name: str, flags: tuple[str, ...]) -> None:
    width, height = screenshot(page, name, *flags)
    assert width == (390 if PHONE in flags else 1280)
    assert height > 1000

"""`hushflake inventory`: what it finds in real files, and that it shows no secret."""

import hashlib
import json
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_esc import FakeEsc

from hushflake.cli.main import main
from hushflake.config.esc.client import EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.values import leaves
from hushflake.remediation.errors import RemediationError
from hushflake.remediation.inventory import esc, services
from hushflake.remediation.inventory.collect import collect
from hushflake.remediation.inventory.groups import Groups
from hushflake.remediation.inventory.model import Inventory, Key

CANARY = "canary" + "7f3k9"


def tree(folder: Path, **files: str) -> Path:
    (folder / "pyproject.toml").write_text(files.pop("settings", ""))
    for name, content in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def keys_of(folder: Path) -> dict[str, Key]:
    return {key.name: key for key in collect([folder]).keys}


def key_of(folder: Path, source: str, **files: str) -> Key:
    (key,) = collect([tree(folder, app=f"import os\n{source}\n", **files)]).read_keys
    return key


@pytest.mark.parametrize("name", ["PARTNER_ID", "COLOUR", "CHECKSUM"])
@pytest.mark.parametrize("digits", [64, 40, 32])
def test_no_part_of_a_random_default_is_shown(tmp_path: Path, name: str, digits: int) -> None:
    default = hashlib.sha256(b"a").hexdigest()[:digits]
    tree(tmp_path, app=f"import os\nx = os.getenv('{name}', '{default}')\n")
    (key,) = collect([tmp_path]).read_keys
    assert key.shown_default == "<set>"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("int(os.getenv('A', '1'))", "int"),
        ("int(os.getenv('A') or 5)", "int"),
        ("float(os.environ['A'].strip())", "float"),
        ("os.getenv('A', '').lower() == 'true'", "bool"),
        ("os.getenv('A') in ('1', 'yes', 'ON')", "bool"),
        ("os.environ.get('A') == 'production'", "str"),
        ("os.getenv('A', 'x,y').split(',')", "list"),
        ("os.getenv('A', '').strip().lower().split()", "list"),
        ("x = 1 if os.getenv('A') else 2", "flag"),
        ("x = not os.getenv('A')", "flag"),
        ("bool(os.getenv('A'))", "flag"),
        ("import json; json.loads(os.environ['A'])", "json"),
        ("import pathlib; pathlib.Path(os.getenv('A', '.'))", "path"),
        ("os.getenv('A', 30)", "int"),
        ("os.getenv('A', False)", "bool"),
        ("print(os.getenv('A'))", "str"),
        ("x = int(os.getenv('A')); y = os.getenv('A', 'b').split()", "int | list"),
    ],
)
def test_the_type_is_what_the_code_makes_of_it(tmp_path: Path, source: str, kind: str) -> None:
    assert key_of(tmp_path, source).type == kind


def test_every_way_of_reading(tmp_path: Path) -> None:
    tree(
        tmp_path,
        settings="[tool.hushflake]\naccessor = 'pkg.core.settings'\n",
        pkg__core__settings="import os\nget_config_value = os.getenv\nos.getenv('IN_ACCESSOR')\n",
        pkg__a=(
            "from .core.settings import get_config_value as g, require_config_value\n"
            "g('RELATIVE', 'd')\nrequire_config_value('NEEDED')\n"
        ),
        pkg__core__b=(
            "from . import other\nfrom .settings import has_config_value\n"
            "has_config_value(key='ASKED')\n"
        ),
        pkg__c="import pkg.core.settings as s\ns.get_config_value('DOTTED')\n",
        pkg__d="import hushflake.config\nhushflake.config.get_config_value('OURS')\n",
        pkg__e=(
            "import os as o\nNAME = 'CONSTANT'\no.environ[NAME]\n"
            "o.getenv(NAME + 'x')\n'IN' in o.environ\n"
        ),
        pkg__f=(
            "from decouple import config\nconfig('DEC', default=1, cast=int)\n"
            "config('DEC_NEEDED')\n"
        ),
        pkg__g=(
            "def f(environ):\n    return environ['WSGI']\n"
            "def get_config_value(k): ...\nget_config_value('OWN')\n"
        ),
    )
    found = collect([tmp_path])
    seen = {
        key.name: (read.path, read.line, read.form, read.via, read.required)
        for key in found.keys
        for read in key.reads
    }
    assert seen == {
        "IN_ACCESSOR": ("pkg/core/settings.py", 3, "getenv", "environment", False),
        "RELATIVE": ("pkg/a.py", 2, "get", "config", False),
        "NEEDED": ("pkg/a.py", 3, "require", "config", True),
        "ASKED": ("pkg/core/b.py", 3, "has", "config", False),
        "DOTTED": ("pkg/c.py", 2, "get", "config", False),
        "OURS": ("pkg/d.py", 2, "get", "config", False),
        "CONSTANT": ("pkg/e.py", 3, "subscript", "environment", True),
        "CONSTANTx": ("pkg/e.py", 4, "getenv", "environment", False),
        "IN": ("pkg/e.py", 5, "membership", "environment", False),
        "DEC": ("pkg/f.py", 2, "decouple", "decouple", False),
        "DEC_NEEDED": ("pkg/f.py", 3, "decouple", "decouple", True),
    }
    assert found.dynamic == []
    assert {key.name: key.type for key in found.keys}["DEC"] == "int"
    assert found.progress() == (5, 11)


def test_defaults_that_differ_are_flagged(tmp_path: Path) -> None:
    tree(
        tmp_path,
        a="import os\nos.getenv('SAME', 'x'); os.getenv('OTHER', 'x'); os.getenv('KIND', '1')\n"
        "os.getenv('NONE'); os.getenv('COMPUTED', f())\n",
        b="import os\nos.getenv('SAME', 'x'); os.getenv('OTHER', 'y'); os.getenv('KIND', 1)\n"
        "os.getenv('NONE', 'z'); os.getenv('COMPUTED', g())\n",
        tests__test_a="import os\nos.getenv('SAME', 'only in a test')\n",
    )
    found = keys_of(tmp_path)
    assert {name for name, key in found.items() if key.conflicting} == {"OTHER", "KIND"}
    assert found["COMPUTED"].shown_default == "<computed>"


def test_conflicting_secret_defaults_are_flagged_but_not_shown(tmp_path: Path) -> None:
    tree(
        tmp_path,
        a=f"import os\nos.getenv('API_TOKEN', '{CANARY}')\n",
        b=f"import os\nos.getenv('API_TOKEN', '{CANARY}2')\n",
    )
    key = keys_of(tmp_path)["API_TOKEN"]
    assert key.conflicting
    assert key.secret
    assert [default.text for default in key.defaults] == ["<set>", "<set>"]


@pytest.mark.parametrize(
    "other",
    [
        {"app": f"password = '{CANARY}'\n"},
        {"pkg__login": f"connect(user='app', password='{CANARY}')\n"},
    ],
)
def test_a_default_that_is_a_secret_elsewhere_is_not_shown(
    tmp_path: Path, other: dict[str, str]
) -> None:
    tree(tmp_path, a=f"import os\nos.getenv('SERVICE', '{CANARY}'); os.getenv('B', 'x')\n", **other)
    found = keys_of(tmp_path)
    assert [default.text for default in found["SERVICE"].defaults] == ["<set>"]
    assert [default.text for default in found["B"].defaults] == ["'x'"]


def test_a_password_of_tests_hides_no_default(tmp_path: Path) -> None:
    tree(
        tmp_path,
        a="import os\nos.getenv('ROLE', 'reader')\n",
        tests__test_a="login(user='a', password='reader')\n",
    )
    assert keys_of(tmp_path)["ROLE"].shown_default == "'reader'"


@pytest.mark.parametrize("digits", ["9f86d081884c7d65" * 4, "k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi"])
def test_a_random_default_is_not_shown(tmp_path: Path, digits: str) -> None:
    key = key_of(tmp_path, f"os.getenv('SALT_OF_US', '{digits}')")
    assert [default.text for default in key.defaults] == ["<set>"]


def leaky(folder: Path) -> Path:
    provider = "ghp_" + "A1b2C3d4E5f6" * 3
    tree(
        folder,
        app=(
            "import os\n"
            f"os.getenv('API_TOKEN', '{CANARY}1')\n"
            f"os.getenv('DB_PASSWORD', default='{CANARY}2')\n"
            f"os.environ.get('SERVICE', 'https://user:{CANARY}3@host/')\n"
            f"os.getenv(name, '{CANARY}4')\n"
            f"os.getenv('API_TOKEN', f'{{x}}{CANARY}5')\n"
            f"from hushflake.config import get_config_value\n"
            f"get_config_value('CLIENT_SECRET', '{CANARY}6')\n"
            f"os.getenv('REDIS_URL', 'redis://:{CANARY}7@h')\n"
        ),
    )
    (folder / ".env").write_text(
        f"API_TOKEN={CANARY}8\nPEM='x\n{CANARY}9\nBROKEN {CANARY}\nURL=https://a:{CANARY}@b\n"
    )
    (folder / "compose.yml").write_text(
        f"services: {{a: {{environment: {{API_TOKEN: {CANARY}}}}}}}\n"
    )
    (folder / "Dockerfile").write_text(f"ENV API_TOKEN={CANARY}\n")
    assert provider
    return folder


@pytest.mark.parametrize("form", ["text", "json", "esc", "services", "html"])
def test_no_format_shows_a_secret(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inventory", str(leaky(tmp_path)), "--format", form]) == 0
    printed = capsys.readouterr()
    assert "API_TOKEN" in printed.out.upper()
    assert CANARY not in printed.out + printed.err


def test_where_else_a_key_is_named(tmp_path: Path) -> None:
    tree(tmp_path, app="import os\nos.getenv('LEVEL')\n")
    (tmp_path / ".env").write_text("LEVEL=1\nUNREAD=2\n")
    (tmp_path / "docker-compose.yml").write_text(
        "services:\n  a:\n    env_file: .env\n    environment: [LEVEL=1]\n"
    )
    found = collect([tmp_path])
    keys = {key.name: key for key in found.keys}
    assert [(one.path, one.line, one.kind, one.how) for one in keys["LEVEL"].named] == [
        (".env", 1, ".env file", "set"),
        ("docker-compose.yml", 4, "docker-compose", "set"),
    ]
    assert [key.name for key in found.unread_keys] == ["UNREAD"]
    assert [(use.path, use.line, use.file) for use in found.env_files] == [
        ("docker-compose.yml", 3, ".env")
    ]


def test_a_line_that_names_a_key_twice_is_one_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(tmp_path, app="import os\nos.getenv('LEVEL')\n")
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text(
        "on: push\njobs:\n  a:\n    env:\n      NPM_TOKEN: ${{ secrets.NPM_TOKEN }}\n"
    )
    assert main(["inventory", str(tmp_path)]) == 0
    named = "named, but read nowhere: NPM_TOKEN (.github/workflows/ci.yml:5)\n"
    assert named in capsys.readouterr().out


def test_platform_keys_and_kept_keys_are_left_out(tmp_path: Path) -> None:
    tree(
        tmp_path,
        settings="[tool.hushflake]\nkeep = ['MY_*']\n",
        app="import os\nos.getenv('PATH'); os.getenv('MY_X'); os.getenv('REAL')\n",
    )
    (tmp_path / "Dockerfile").write_text("FROM x\nENV LANG=C MY_Y=1 UNREAD=1\n")
    found = collect([tmp_path])
    assert [key.name for key in found.read_keys] == ["REAL"]
    assert [key.name for key in found.unread_keys] == ["UNREAD"]


@pytest.mark.parametrize(
    ("key", "group"),
    [
        ("OPENAI_API_KEY", "AI"),
        ("ANTHROPIC_MODEL", "AI"),
        ("POSTGRES_PASSWORD", "Data"),
        ("snowflakeAccount", "Data"),
        ("AWS_S3_BUCKET", "Infrastructure"),
        ("HUBSPOT_TOKEN", "Business"),
        ("SLACK_BOT_TOKEN", "Business"),
        ("STRIPE_API_KEY", "Business"),
        ("SMTP_PASSWORD", "Infrastructure"),
        ("EMAIL_HOST", "Infrastructure"),
        ("APP_DATABASE_URL", "Data"),
        ("LOG_LEVEL", "Infrastructure"),
        ("SOMETHING", "Infrastructure"),
    ],
)
def test_service_groups(key: str, group: str) -> None:
    assert Groups().of(key) == group


def test_service_groups_can_be_overridden(tmp_path: Path) -> None:
    key = key_of(
        tmp_path,
        "os.getenv('STRIPE_KEY')",
        settings="[tool.hushflake.service-groups]\nBilling = ['STRIPE_*']\n",
    )
    assert key.group == "Billing"


def test_files_that_do_not_parse_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(tmp_path, old="import os\nprint os.getenv('A')\n", good="import os\nos.getenv('B')\n")
    (tmp_path / "compose.yml").write_text("a: [")
    assert main(["inventory", str(tmp_path), "--format", "json"]) == 0
    printed = capsys.readouterr()
    document: dict[str, Any] = json.loads(printed.out)
    assert document["format"] == "hushflake.inventory/1"
    assert [key["key"] for key in document["keys"]] == ["B"]
    assert {one["path"] for one in document["skipped"]} == {"old.py", "compose.yml"}
    assert "old.py:2:" in printed.err
    assert main(["inventory", str(tmp_path), "--strict"]) == 3
    capsys.readouterr()


def test_output_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(tmp_path, app="import os\nos.getenv('A')\n")
    target = tmp_path / "out.json"
    assert main(["inventory", str(tmp_path), "--format", "json", "-o", str(target)]) == 0
    assert json.loads(target.read_text())["summary"]["keys"] == 1
    assert capsys.readouterr().out == ""


# -- ESC ------------------------------------------------------------------------------------


def test_the_esc_definition_is_one(tmp_path: Path) -> None:
    """The fake service, which is held against the published rules, gives back what was meant."""
    tree(
        tmp_path,
        app=(
            "import os\n"
            "os.getenv('OPENAI_API_KEY'); os.getenv('PRICE', 'a$$b ${c} \\\\ \"q\"')\n"
            "os.getenv('PORT', 8000); os.getenv('DEBUG', False); os.getenv('odd-key.x', 'v')\n"
            "os.getenv('no', 'norway'); os.getenv('UNSET'); os.getenv('EMPTY', '')\n"
            "os.getenv('UNICODE', '\\u00fc\\U0001f600'); os.getenv('TWO_LINES', 'a\\nb')\n"
        ),
    )
    text = esc.render(collect([tmp_path]))
    yaml.safe_load(text)
    with FakeEsc() as fake:
        client = EscClient(fake.token, url=fake.url)
        environment = Environment("acme", "project", "dev")
        client.create(environment)
        client.patch(environment, text, client.definition(environment).etag)
        properties = client.read(environment, client.open(environment))
    found = {
        leaf.path[1]: (leaf.text, leaf.secret)
        for leaf in leaves(properties)
        if leaf.path[0] == "environmentVariables"
    }
    assert found == {
        "PRICE": ('a$$b ${c} \\ "q"', False),
        "PORT": ("8000", False),
        "DEBUG": ("false", False),
        "odd-key.x": ("v", False),
        "no": ("norway", False),
        "EMPTY": ("", False),
        "UNICODE": ("ü😀", False),
        "TWO_LINES": ("a\nb", False),
    }
    assert "# UNSET: no default in the code" in text
    assert '    # OPENAI_API_KEY: {fn::secret: ""}\n' in text
    assert '    # OPENAI_API_KEY: "${ai.OPENAI_API_KEY}"\n' in text


def test_what_is_not_filled_in_is_no_value(tmp_path: Path) -> None:
    tree(tmp_path, app="import os\nos.getenv('API_TOKEN'); os.environ['NAME']\n")
    text = esc.render(collect([tmp_path]))
    assert yaml.safe_load(text) == {"values": {}}
    # As its reader is told to: without the comment signs, and with values.
    lines = text.replace("values: {}", "values:").splitlines()
    filled = "\n".join(line.replace("# ", "", 1) for line in lines if not line.startswith("#"))
    filled = filled.replace('""', '"t"').replace("required, no default", "n")
    assert list(yaml.safe_load(filled)["values"]["environmentVariables"]) == ["API_TOKEN", "NAME"]


def test_an_empty_inventory_is_a_definition(tmp_path: Path) -> None:
    assert yaml.safe_load(esc.render(Inventory(str(tmp_path), []))) == {"values": {}}


def test_a_group_with_a_name_of_esc_is_refused(tmp_path: Path) -> None:
    tree(
        tmp_path,
        settings="[tool.hushflake.service-groups]\nContext = ['A']\n",
        app="import os\nos.getenv('A', 'b')\n",
    )
    with pytest.raises(RemediationError, match="choose another"):
        esc.render(collect([tmp_path]))


# -- services -------------------------------------------------------------------------------

SERVICES = """\
import os
from hushflake.config import get_config_value
os.environ["OPENAI_API_KEY"]
os.getenv("OPENAI_MODEL", "gpt-4")
float(os.getenv("LLM_TEMPERATURE", "0.5"))
int(os.environ["DB_PORT"])
os.getenv("DATABASE_URL")
os.getenv("DEBUG", "no").lower() == "true"
os.getenv("HOSTS", "a, b").split(",")
import pathlib; pathlib.Path(os.getenv("DATA_DIR", "/srv/it's"))
os.getenv("class", "x"); os.getenv("load"); os.getenv("2FA"); os.getenv("a-b"); os.getenv("a_b")
os.getenv("TIMEOUT", 3); get_config_value("TIMEOUT", 4)
int(os.getenv("MIXED")); os.getenv("MIXED").split()
os.getenv("API_TOKEN", "abc" + "def")
os.getenv("SLACK_BOT_TOKEN", "default-value-1")
int(os.getenv("BAD_DEFAULT", "x"))
os.getenv("QUOTED", 'say "hi" it\\'s')
"""


def test_the_service_classes_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hushflake.config import Secret, ServiceError

    source = services.render(collect([tree(tmp_path, app=SERVICES)]))
    assert "default-value-1" not in source
    module: dict[str, Any] = {"__name__": "generated"}
    monkeypatch.setitem(sys.modules, "generated", types.ModuleType("generated"))
    vars(sys.modules["generated"]).update(module)
    exec(compile(source, "generated.py", "exec"), vars(sys.modules["generated"]))
    module = vars(sys.modules["generated"])

    with pytest.raises(ServiceError) as caught:
        module["DataConfig"].load()
    assert caught.value.missing == ("DB_PORT",)
    with pytest.raises(ServiceError, match="OPENAI_API_KEY"):
        module["AIConfig"].load()

    monkeypatch.setenv("OPENAI_API_KEY", "sk")
    monkeypatch.setenv("DB_PORT", "5432")
    monkeypatch.setenv("a-b", "dash")
    ai, data = module["AIConfig"].load(), module["DataConfig"].load()
    rest = module["InfrastructureConfig"].load()
    assert isinstance(ai.openai_api_key, Secret)
    assert (ai.openai_model, ai.llm_temperature) == ("gpt-4", 0.5)
    assert (data.db_port, data.database_url) == (5432, None)
    assert (rest.debug, rest.hosts, rest.data_dir) == (False, ("a", "b"), Path("/srv/it's"))
    assert (rest.class_, rest.load_2, rest.key_2fa) == ("x", None, None)
    assert (rest.a_b, rest.a_b_2) == ("dash", None)
    assert (rest.timeout, rest.mixed, rest.bad_default) == (None, None, None)
    assert rest.quoted == 'say "hi" it\'s'
    assert "defaults differ: 3, 4" in source
    assert "# read as int | list" in source


def test_the_service_classes_are_typed_and_tidy(tmp_path: Path) -> None:
    target = tmp_path / "services.py"
    target.write_text(services.render(collect([tree(tmp_path, app=SERVICES)])))
    root = Path(__file__).parents[2]
    ruff = [sys.executable, "-m", "ruff", "check", "--select", "E,F,I,W", "--line-length", "100"]
    done = subprocess.run([*ruff, target], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file",
            root / "pyproject.toml",
            target,
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_an_empty_inventory_is_a_module(tmp_path: Path) -> None:
    compile(services.render(Inventory(str(tmp_path), [])), "services.py", "exec")

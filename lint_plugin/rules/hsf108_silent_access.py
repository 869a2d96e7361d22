"""The environment is reached without being named.

`__import__("os").environ`, `getattr(os, "environ")`, `subprocess.os.environ`, an option with
`envvar=` or a field of a settings class read a variable as `os.getenv` does, and no search for
`os.environ` finds them. `hushflake codemod` leaves such a place, and says so. Take the value from
the accessor, and hand it to what needs it: to an option as `default=lambda: get_config_value("X")`;
a settings class that is derived from `hushflake.config.pydantic.ConfigSettings` reads through the
accessor as it is. What decouple, environs and dynaconf read is HSF202. Where a library must read
by itself, a pragma with a reason says so.
"""

from collections.abc import Iterator

from ..module import Module
from ..rule import Report, Rule
from ..silent import REASONS

# Reason -> what to do instead; the others read a key, which the accessor does as well.
_REMEDIES = {
    "exec-text": "read the value before with {get}, and hand it to the text as a name",
    "expandvars": "replace each variable with the value that {get} returns",
    "cli-option": "take the default from the accessor, as in default=lambda: {get}(…)",
    "settings-class": "derive it from hushflake.config.pydantic.ConfigSettings",
}
_READ = "use {get} from {accessor}"


class SilentAccess(Rule):
    code = "HSF108"
    message = "{what} {why}; {remedy}"
    VALID = (
        "import os\nflags = os.O_RDONLY | getattr(os, 'O_BINARY', 0)  # no environ",
        "import subprocess\nsubprocess.run(['env'])  # environ",
        "__import__('os').path.join('a', 'b')  # environ",
        "import sys\nsys.modules['os'].path  # environ",
        "eval('1 + 1')  # environ",
        "def getattr(a, b): ...\nimport os\ngetattr(os, 'environ')",
        "import click\n@click.option('--url', envvar=None)\ndef main(url): ...",
        "from pydantic import BaseModel\nclass App(BaseModel):\n    url: str",
        "from pydantic_settings import BaseSettings\nclass Base(BaseSettings): ...",
        (
            "from hushflake.config.pydantic import ConfigSettings\n"
            "class App(ConfigSettings):\n    url: str  # not BaseSettings"
        ),
        (
            "from pydantic_settings import BaseSettings\n"
            "class App(BaseSettings):\n    url: str\n\n"
            "    @classmethod\n"
            "    def settings_customise_sources(cls, settings_cls, init_settings, **others):\n"
            "        return (init_settings,)"
        ),
        "def expandvars(text): ...\nexpandvars('$HOME')",
    )
    INVALID = (
        "url = __import__('os').environ['URL']",
        "import importlib\nurl = importlib.import_module('os').getenv('URL')",
        "import os\nurl = getattr(os, 'environ')['URL']",
        "import subprocess\nurl = subprocess.os.environ.get('URL')",
        "import click\n@click.option('--url', envvar='URL')\ndef main(url): ...",
        "import typer\ndef main(url: str = typer.Option(..., envvar=['URL', 'OLD_URL'])): ...",
        (
            "from pydantic_settings import BaseSettings\n"
            "class App(BaseSettings, env_prefix='APP_'):\n    url: str\n    port: int = 80"
        ),
        "import os\npath = os.path.expandvars('$DATA/x')",
        "import os\nurl = getattr(os, 'getenv')('URL')",
        "import os\nurl = getattr(os, 'env' + 'iron', None)  # environ",
        "import os\nurl = vars(os)['environ']['URL']",
        "import os\nurl = os.__dict__['environ']['URL']",
        "import os\nurl = os.__dict__.get('environ')",
        "import sys\nurl = sys.modules['os'].environ['URL']",
        "import posix\nurl = posix.environ[b'URL']",
        "from posix import environ\nurl = environ[b'URL']",
        "system = __import__('os')\nurl = system.environ['URL']",
        "exec('import os; url = os.environ[\"URL\"]')",
        "url = eval(f'__import__(\"os\").getenv({name!r})')",
        "from os.path import expandvars\npaths = map(expandvars, paths)",
        "import click\nsettings = dict(auto_envvar_prefix='APP')",
        "from tools import option\n@option('--url', envvar='APP_URL')\ndef main(url): ...",
        (
            "import pydantic\n"
            "class App(pydantic.BaseSettings):\n    url: str\n"
            "    class Config:\n        env_prefix = 'APP_'"
        ),
    )

    def applies(self, module: Module) -> bool:
        return module.may_be_silent and not (
            module.policy.is_accessor(module.relative)
            or module.policy.is_bootstrap(module.relative)
        )

    def check(self, module: Module) -> Iterator[Report]:
        settings = module.policy.settings
        for found in module.silent:
            keys = [key.name for key in found.keys]
            if keys and all(map(module.policy.keeps, keys)):
                continue
            remedy = _REMEDIES.get(found.reason, _READ).format(
                get=settings.get_function or "the accessor", accessor=settings.accessor
            )
            facts = {"what": found.what, "why": REASONS[found.reason], "remedy": remedy}
            yield Report(*module.source.range(found.node), facts, keys[0] if keys else found.reason)

"""A literal is bound to a name that looks like a secret's.

Whoever can read the source has the secret, and so has everyone who ever cloned the repository.
Put it into the configuration store, read it through the accessor, and rotate the one that was
here: it stays in the history.

Names and values are judged by hand-written rows; where these end, as with keys that are words, a
small model decides, a sum of weights that labelled lines taught.
"""

from collections.abc import Iterator

from ..analysis import Source
from ..bindings import ASSIGNED, Binding, bindings
from ..commented import commented
from ..credentials import model
from ..credentials.names import Kind, is_constant_for_a_name, split
from ..credentials.values import is_credential
from ..documents.document import Document
from ..documents.secret_entry import is_secret_entry
from ..module import Module
from ..rule import Example, Report, Rule


class SecretLiteral(Rule):
    code = "HSF301"
    message = "hard-coded secret: a literal is {how} {name}; read it with {get} from {accessor}"
    document_message = "hard-coded secret: {name} has a literal value; use {instead}"
    secret = True
    rank = 4
    lenient_in_tests = True
    VALID = (
        "password = read_password()",
        "password = ''",
        "password = 'changeme'",
        "password = '<your password>'",
        "password = '${DB_PASSWORD}'",
        "password = 'xxxxxx'",
        "API_KEY = 'API_KEY'",
        "api_key = 'OPENAI_API_KEY'",
        "token_type = 'Bearer'",
        "token = 'Bearer'",
        "NextToken = 'abc123def456'",
        "password_field = 'passwd1'",
        "secret_name = 'prod/db-1'",
        "password_prompt = 'Enter 2 passwords'",
        "password = input('Your password 1: ')",
        "error = {'password': 'The password is too short'}",
        "token_path = '/run/secrets/token1'",
        "password = '/run/secrets/password1'",
        "if token == 'eos1': ...",
        "eos_token = '<|endoftext|>'",
        "headers = {'Authorization': f'Bearer {token}'}",
        "password_hash = hash(password, 'sha256')",
        "def login(password=None): ...",
        "text = '''\n# password = 'hunter2'\n'''",
        "# the password is 'hunter2'\npass",
        "# answers with\n#   'password': 'hunter2',\npass",
        "results = {'pass': 'green', 'fail': 'red'}",
        "fields = {'username': 'login_name', 'password': 'password'}",
        "login(username='app', password='${PASSWORD}')",
        "password = 'password'",
        "client = Client(api_key='test-key')",
        "keys = {'password': [wanted(), 'base64x']}",
        "options = {'password': 'PGPASSWORD'}",
        "kinds = {'password': 'word1', 'user': 'word1', 'mail': 'word1'}",
        "password = prefix + 'suffix1'",
        "check_password('hunter2', given)",
        "Token = '#f8f8f2'",
        "CONF_PASSWORD = 'passwd1'",
        "runtime_auth = 'oauth_m2m_flow'",
        "field(examples=[{'user': 'app', 'password': 'hunter2'}])",
        "cache_key = 'mQ7tZx2KpW9sVb4R'",
        "vrf_key = 'video_reference1'",
        "API_KEY_HEADER = 'x-key-1a2b'",
        "digest = hmac.new(b'wp-sha384', text)",
        "PRINT_PASSWORD = 'hasło:'",
        "PASSWORD = 'pswd'",
        "ntpassword = b'NTPASSWORD\\0'",
        "key = 'name_of_1_thing_x'",
        "cipher_key = 'nopqrstuvwxyzabcdefghijklm0'",
        "if default_pass == '$1$aBcDeF1/$kT9vQ2mXr5LzW8nY4pHs0.': ...",
        "RECAPTCHA_KEY = '6L" + "f0x3UUAAAAAKcZ1Rqy9h71kMIEcNQ8MXjiZKhI'",
        "api_key = 'phc_" + "k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi'",
        "client_secret = 'someclientsecret'",
        "password = 'the password of the account'",
        "LOGIN_FIELDS = ('username', 'password')",
        "CREDENTIALS = ('client_id', 'client_secret')",
        "label = translate('password', 'Passwort1')",
        "login('username', 'password')",
        "kind = env.str('TOKEN_TYPE', 'bearer1')",
        "claims = jwt.encode(payload, key, algorithm='HS256')",
        "password = f'{user}-{suffix}'",
        "def base_placeholders():\n    return {'secret': '6zqjnumtsx136ddy'}",
        "mapping = {'login': 'certificate', 'password': 'api_key'}",
        "policy_key = 'PolEKList'",
        "key = 'OrdPortal4Worker'",
        "password = 'ssword'",
        "AMPLITUDE_API_KEY = 'k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi'",
        "headers = {'postman-token': '9f86d081-884c-7d65-9a2f-eaa0c55ad015'}",
        "AUTH_CLIENT_KEY = '1482035917264'",
        "message = {'token': '482913'}",
        Example("vault_ref = 'abc123def'", settings={"public_names": ["ref"]}),
    )
    INVALID = (
        "password = 'hunter2'",
        "DB_PASSWORD: str = 'hunter2'",
        "self.secret_key = 'k3y-4-prod'",
        "config = {'password': 'hunter2'}",
        "config['password'] = 'hunter2'",
        "connect(host, password='hunter2')",
        "def connect(host, password='hunter2'): ...",
        "def connect(host, *, password='hunter2'): ...",
        "if password == 'hunter2': ...",
        "if 'hunter2' == user.password: ...",
        "config.setdefault('password', 'hunter2')",
        "password = config.get('password', 'hunter2')",
        "password = given or 'hunter2'",
        "password = (\n    'hunter2'\n)",
        "password: SecretStr = SecretStr('hunter2')",
        "secret = b'k3y-4-prod'",
        "user, password = 'admin', 'hunter2'",
        "headers = {'Authorization': 'Bearer 83a1f0c9d2'}",
        "parser.add_argument('--password', default='hunter2')",
        "monkey.setenv('API_TOKEN', '83a1f0c9d2')",
        "if (passwd := 'hunter2'): ...",
        "auth = 1\nget(url, auth=('app', 'hunter2'))",
        "session.auth = HTTPBasicAuth('app', 'hunter2')",
        "user.set_password('hunter2')",
        "password = 'hunter' + '2-of-ours'",
        "# password = 'hunter2'\npass",
        "password += 'hunter2'",
        "class App(Base, password='hunter2'): ...",
        "options = {CONF_PASSWORD: 'hunter2'}",
        "{'user': 'app', 'pass': 'hunter'}",
        "login(user='admin', password='admin')",
        "login(username='app', password='default')",
        "login(auth_username='app', auth_password='open sesame')",
        "COOKIE_SECRET = 'secret'",
        "accounts = [{'user': 'app', 'password': 'no entry'}]",
        "get(url, auth=('app', 'invalid'))",
        "VRF_KEY = b'mQ7tZx2KpW9sVb4R'",
        "HMAC_SHA1_KEY = bytes.fromhex(\n    '9f86d081884c7d659a2feaa0c55ad0154f1b2b0b'\n)",
        "API_KEY_OMDB = '5b1e7c90'",
        "import Cipher\nKEY = b'Zt4kQ9wLm2XcVb7NhR5sYd8JfG3pTu6A'",
        "Optional('nsupdate_tsig_key', default=['Qm8Zr4Tk1WxV7bNc2LpY5sHd'])",
        "def log_in(username='app', password='password'): ...",
        "cipher = AES.new(b'mQ7tZx2KpW9sVb4R', AES.MODE_ECB)",
        "box = Fernet(b'mQ7tZx2KpW9sVb4RmQ7tZx2KpW9sVb4RAs3='\n)",
        "app.config.from_mapping(SECRET_KEY='dev')",
        "SECRET_KEY = 'r)7k$2m!x9q@w4^z#v&t5-b=n(1c_y+8h3j*g6f0d%s_p-e=a!'",
        "SERVER_SECRET = 'kdjfhgqpwzmxncbvtrwqpsdk'",
        "APP_KEY = 'wideq'",
        "def ticker(api_key='kitefront'): ...",
        "md5key = 'c0d49a17e2b85f6390ac71de4b28f653'",
        "LOGIN_KEY_CHINA = 'c0d49a17e2b85f6390ac71de4b28f653'",
        "_KEY = 'mQ7tZx2KpW9sVb4RmQ7tZx2KpW9sVb4R'",
        "HEADER_VALUE_API_KEY = '9f86d081-884c-7d65-9a2f-eaa0c55ad015'",
        "credentials = config.get('auth_credentials', 'admin:admin')",
        "def connect(token='root:Vectors'): ...",
        "KEY = b'd4b29c57e1f8036a'",
        "ACCOUNTS = {'KR': ('app@host.org', 'password1')}",
        "PASSPHRASE = 'copper violet harbor nine'",
        "key = {'kty': 'oct', 'k': 'mQ7tZx2KpW9sVb4RmQ7tZx2KpW9sVb4R'}",
        "cipher = AES.new(bytes.fromhex('9f86d081884c7d659a2feaa0c55ad015'), AES.MODE_ECB)",
        "KEY = bytes.fromhex('9f86d081884c7d659a2feaa0c55ad015')",
        "CREDENTIALS = [('admin', 'hunter2')]",
        "PASSWORDS = {'app': 'hunter2'}",
        "value = env.str('DB_PASSWORD', 'hunter2')",
        "value = config('DB_PASSWORD', default='hunter2')",
        "value = check_setting_str(CFG, 'NZBget', 'nzbget_password', 'hunter2')",
        "password = 'hunter2' if debug else None",
        "password = f'hunter2-{suffix}'",
        "smtp.login('app@host', 'hunter2')",
        "db = pymysql.connect('localhost', 'root', 'hunter2', 'main')",
        "token = jwt.encode(claims, 'k3y-4-prod', algorithm='HS256')",
        "signed = URLSafeSerializer('k3y-4-prod').dumps(user)",
        Example("password = 'password'", path="tests/test_login.py"),
        Example("magic_word = 'hunter2'", settings={"secret_names": ["magic"]}),
    )

    def applies(self, module: Module) -> bool:
        return bool(module.bound_lines)

    def check(self, module: Module) -> Iterator[Report]:
        for binding in bindings(module.tree, module.bound_lines):
            if _is_secret(binding, module):
                start, end = module.source.range(binding.literal)
                if not (module.is_documentation(start) or _is_sample(binding, module)):
                    yield _report(binding, start, end)
        is_parsed = isinstance(module.parsed, Source)
        lines = module.bound_lines
        for binding, start, end in commented(module.source, lines, is_parsed=is_parsed):
            if _is_secret(binding, module):
                yield _report(binding, start, end)

    def check_document(self, document: Document) -> Iterator[Report]:
        for entry in document.entries:
            if not entry.of_variable and is_secret_entry(entry, document):
                yield Report(entry.start, entry.end, {"name": entry.name}, entry.name)


def _is_secret(binding: Binding, module: Module) -> bool:
    name, value, how = binding.name, binding.value, binding.how
    named = module.names.kind_of_bound(name)
    return _is_known(binding, module, named) or model.reports(
        name, value, how, named, beside_user=binding.beside_user
    )


# What a function or a class is called that shows what a value looks like.
_SAMPLES = {"placeholder", "placeholders", "sample", "samples", "dummy", "fake", "mock", "example"}


def _is_sample(binding: Binding, module: Module) -> bool:
    """Say whether a literal stands in what makes samples: a password is one there too."""
    if module.is_test or module.names.kind(binding.name) == "chosen":
        return False
    return not _SAMPLES.isdisjoint(split(module.qualified_name(binding.literal.lineno)))


def _is_known(binding: Binding, module: Module, kind: Kind | None) -> bool:
    """Say whether the rules by hand take a literal for a secret."""
    if kind is None or (binding.how == ASSIGNED and is_constant_for_a_name(binding.name)):
        return False
    # In a test any word is a password; a sentence is a message of the form that is tested.
    in_test = module.is_test and " " not in binding.value
    if kind == "chosen" and (binding.beside_user or in_test):
        kind = "login"
    return is_credential(binding.value, kind, binding.name)


def _report(binding: Binding, start: int, end: int) -> Report:
    return Report(start, end, {"how": binding.how, "name": binding.name}, binding.name)

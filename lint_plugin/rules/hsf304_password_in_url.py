"""A password or a key inside a text: a URL, a connection string, a form, JSON, SQL, a command.

It goes wherever the text goes: into logs, error messages and process lists. Keep the text
without it, and put the password in from the configuration store where the text is used.
"""

import re
from collections.abc import Iterator

from ..bindings import literals, text_of
from ..credentials.embedded import (
    OTHER_PAIR,
    PAIR,
    PAIR_IN_SOURCE,
    in_cookies,
    in_objects,
    in_queries,
    in_urls,
    is_illustration,
)
from ..credentials.in_text import in_commands, in_configuration
from ..credentials.values import is_credential
from ..documents.document import Document
from ..module import Module
from ..placed import JWK
from ..rule import Report, Rule


class PasswordInUrl(Rule):
    code = "HSF304"
    message = "a credential is inside {what}; take it out and use {get} from {accessor}"
    document_message = "a credential is inside {what}; take it out and use {instead}"
    secret = True
    rank = 2
    lenient_in_tests = True
    VALID = (
        "url = 'https://example.com/path'",
        "url = 'postgresql://app@db/main'",
        "url = 'postgresql://user:password@localhost/main'",
        "url = 'postgresql://user:<password>@localhost/main'",
        "url = f'postgresql://app:{password}@db/main'",
        "url = 'postgresql://app:%s@db/main' % password",
        "url = 'postgresql://app:${DB_PASSWORD}@db/main'",
        "url = 'http://[::1]:8080/@me'",
        'def connect(url):\n    """Connect to redis://:hunter2@localhost/0."""',
        "# amqp://app:hunter2@queue/\npass",
        "usage = 'such as amqp://user:mypassword@queue'",
        "url = 'https://example.com:8080/a@b'",
        "option('--url', help='such as amqp://app:hunter2@queue')",
        "EXAMPLES = '''\n  - url: amqp://app:hunter2@queue/\n'''",
        "connect(host=h, password=p)",
        "text = 'password=hunter2'",
        "url = 'https://api.example.org/v1/items?api_key={key}&token_type=bearer1'",
        "dsn = 'host=db user=app password=%s'",
        "headers = {'Cookie': 'lang=en; sessionid=%s' % session}",
        "headers = {'Cookie': 'visitor=q4kd82mzt7w1xv9n3hb6rc5p'}",
        "body = 'user=app&password={password}&go=1'",
        """body = '{"user": "app", "password": "%s"}' % password""",
        "run('mysql -u root -p' + password)",
        "run('ssh -p 2222 host')",
        "run('sshpass -p {password} ssh host'.format(password=p))",
        "execute(\"ALTER USER app IDENTIFIED BY '%s'\" % password)",
        "TEXT = '''\npassword: required\ntoken: string\n'''",
        'def send():\n    """Send `{"password": "hunter2"}`, or token=2YotnFZFEjr1zCsicMWp&a=b."""',
    )
    INVALID = (
        "url = 'postgresql://app:hunter2@db/main'",
        "connect('redis://:hunter2@cache:6379/0')",
        "# amqps://app:k3Jd9fLq2MaZ7xYw0PbV5tRs@queue/\npass",
        "url = f'postgresql://app:hunter2@{host}/main'",
        "url = 'https://api.example.org/v1/items?api_key=83a1f0c9d2e4&page=1'",
        "dsn = 'Server=db;Database=main;User Id=app;Password=hunter2;'",
        "dsn = 'host=db dbname=main user=app password=hunter2'",
        "body = 'user=app&password=hunter2&go=1'",
        "headers = {'Cookie': 'lang=en; ASP.NET_SessionId=q4kd82mzt7w1xv9n3hb6rc5p'}",
        """body = '{"user": "app", "password": "hunter2"}'""",
        "execute(\"CREATE USER app IDENTIFIED BY 'hunter2'\")",
        "execute(\"CREATE ROLE app WITH PASSWORD 'hunter2'\")",
        "run('mysqldump -u root -phunter2 main')",
        "run('sshpass -p hunter2 ssh host')",
        "run('curl -u app:hunter2 https://api')",
        "run(['mysql', '--password=hunter2'])",
        "write('''\ndb:\n  user: app\n  password: hunter2\n''')",
        """key = '{"kty": "EC", "d": "mQ7tZx2KpW9sVb4RmQ7tZx2KpW9sVb4R"}'""",
    )

    def applies(self, module: Module) -> bool:
        return (
            "://" in module.text
            or bool(module.bound_offsets)
            or self._may_hold_pairs(module)
            or next(in_cookies(module.text, module.lower), None) is not None
            or next(in_commands(module.text, module.lower), None) is not None
            or next(self._configuration(module), None) is not None
            or next(in_queries(module.text, module.secret_words, module.names), None) is not None
        )

    def check(self, module: Module) -> Iterator[Report]:
        yield from self._addresses(module)
        for match in in_cookies(module.text, module.lower):
            if not module.is_documentation(match.start()):
                yield Report(*match.span("value"), {"what": "a cookie"}, "cookie")
        for match in in_objects(module.text, module.bound_offsets, module.names):
            if module.is_in_literal(*match.span()) and not module.is_prose(match.start()):
                yield Report(*match.span("value"), {"what": "a JSON text"}, match["name"])
        yield from self._in_texts(module)
        if self._may_hold_pairs(module):
            yield from self._connection_strings(module)

    def _in_texts(self, module: Module) -> Iterator[Report]:
        """Yield what stands in text that another program reads."""
        for what, match in in_commands(module.text, module.lower):
            yield from self._inside(module, match, what, what)
        for match in self._configuration(module):
            yield from self._inside(module, match, "a text of settings", match["name"])
        for match in JWK.finditer(module.text) if '"kty' in module.text else ():
            yield from self._inside(module, match, "a JSON web key", "private_key")

    def _configuration(self, module: Module) -> Iterator[re.Match[str]]:
        return in_configuration(module.text, module.secret_words, module.names)

    def _inside(
        self, module: Module, match: re.Match[str], what: str, target: str
    ) -> Iterator[Report]:
        """Yield a report where a match stands inside of a literal that is used."""
        if module.is_in_literal(*match.span()) and not module.is_prose(match.start()):
            yield Report(*match.span("value"), {"what": what}, target)

    def check_document(self, document: Document) -> Iterator[Report]:
        if not document.is_data and ("://" in document.text or document.secret_words):
            for report in self._addresses(document):
                if not document.is_documentation(report.start):
                    yield report
            for entry in document.entries:
                match = None if "\n" in entry.value else PAIR.search(entry.value)
                is_whole = match and OTHER_PAIR.search(entry.value)
                if match and is_whole and is_credential(match["value"], "chosen"):
                    facts = {"what": "a connection string"}
                    yield Report(entry.start, entry.end, facts, "connection string")

    def _addresses(self, module: Module | Document) -> Iterator[Report]:
        for match in in_urls(module.text):
            if not (module.is_prose(match.start()) and is_illustration(match)):
                yield Report(*match.span("value"), {"what": "a URL"}, "url")
        for match in in_queries(module.text, module.secret_words, module.names):
            if not (module.is_prose(match.start()) and is_illustration(match)):
                yield Report(*match.span("value"), {"what": "a query"}, "query")

    def _may_hold_pairs(self, module: Module) -> bool:
        return any(word in module.lower for word in ("password=", "pwd=", "password =", "pwd ="))

    def _connection_strings(self, module: Module) -> Iterator[Report]:
        matches = PAIR_IN_SOURCE.finditer(module.text)
        lines = sorted({module.line_of(match.start("value")) for match in matches})
        if not lines:
            return
        for literal in literals(module.tree, lines):
            text = text_of(literal)
            match = PAIR.search(text)
            if match and OTHER_PAIR.search(text) and is_credential(match["value"], "chosen"):
                start, end = module.source.range(literal)
                if not module.is_prose(start):
                    yield Report(start, end, {"what": "a connection string"}, "connection string")

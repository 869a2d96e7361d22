"""The templates of a project are bounded: in what they hold, in time, in memory and in output."""

import time
import tracemalloc
from pathlib import Path

import pytest

from hushflake.schema.names import Sql, literal
from hushflake.templates import TemplateError, Templates

LONG = "x" * 1_000_000
PAYLOAD = {"name": Sql("R"), "text": LONG, "rows": list(range(2000))}
DOUBLED = "{% set a = text %}" + "{% set a = a ~ a %}" * 40 + "{{ a | literal }}"
LOOPS = "{% for a in rows %}" * 5 + "x" + "{% endfor %}" * 5
ATTACKS = {
    "a product": "{{ ('a' * 3000000000) | literal }}",
    "a product of a list": "{{ ([0] * 3000000000) | join | literal }}",
    "a width": "{{ ('%999999999d' % 1) | literal }}",
    "a width of format": "{{ '{:999999999}'.format(1) | literal }}",
    "a filter with a width": "{{ text | center(9999999999) | literal }}",
    "a method with a width": "{{ text.center(9999999999) | literal }}",
    "a power": "{{ 10 ** 10 ** 10 }}",
    "a sum": "{{ text + text }}",
    "doubled texts": DOUBLED,
    "loops": LOOPS,
    "loops over a text": "{% for a in text %}{% for b in text %}x{% endfor %}{% endfor %}",
    "a loop of long texts": "{% for a in text %}{{ text | literal }}{% endfor %}",
    "long texts": "{{ text | literal }}" * 1500,
    "joined by itself": "{{ text | join(text) | literal }}",
    "rows joined by a text": "{{ rows | join(text) | literal }}",
    "includes itself": "{% include 'role/create.sql.j2' %}" * 2,
    "a macro": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "a recursive loop": "{% for a in rows recursive %}{{ loop(rows) }}{% endfor %}",
    "a captured text": "{% set a %}{{ text | literal }}{% endset %}",
    "lists in lists": "{% set a = [rows, rows] %}{{ a | join }}",
    "brackets": "{{ " + "(" * 10000 + "1" + ")" * 10000 + " }}",
    "nested conditions": "{% if name %}" * 500 + "{% endif %}" * 500,
    "nested negations": "{% if " + "not " * 5000 + "name %}x{% endif %}",
    "a huge number": "{{ " + "9" * 5000 + " }}",
    "inheritance": "{% extends 'role/drop.sql.j2' %}",
    "an import": "{% import 'role/drop.sql.j2' as r %}",
    "a call": "{{ rows.append(1) }}",
}


def templates(folder: Path, text: str) -> Templates:
    place = folder / "sql" / "role"
    place.mkdir(parents=True, exist_ok=True)
    (place / "create.sql.j2").write_text(text, encoding="utf-8")
    return Templates(folder, {"literal": literal}, (Sql,), read=lambda p, _: p.read_text("utf-8"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_ends_soon_and_small_and_names_the_template(attack: str, tmp_path: Path) -> None:
    made = templates(tmp_path, ATTACKS[attack])
    tracemalloc.start()
    started = time.thread_time()
    try:
        with pytest.raises(TemplateError) as caught:
            made.statements("role", "create", PAYLOAD)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.thread_time() - started < 5
    assert peak < 256 * 2**20
    assert "role/create.sql.j2" in str(caught.value)


def test_many_renderings_share_an_allowance(tmp_path: Path) -> None:
    made = templates(tmp_path, "{% for a in text %}{% endfor %}{{ name }}")
    started = time.thread_time()

    def many() -> None:
        for _ in range(1000):
            made.statements("role", "create", PAYLOAD)

    with pytest.raises(TemplateError, match="takes too long"):
        many()
    assert time.thread_time() - started < 10


def test_the_language_of_a_template(tmp_path: Path) -> None:
    text = """\
{% set word = "grade" ~ "-" ~ level %}
CREATE {% if not replace and level > 1 %}ROLE{% else %}DATABASE ROLE{% endif %} {{ name }}
{% for item in options if item.name not in ("A", "B") %}
  {% if not loop.first %}, {% endif %}{{ item.name }} = {{ item.value | upper | literal }}
{% endfor %}
  COMMENT = {{ word | default("none") | trim | literal }}
{{ next_statement }}
{% with name = other %}{% include "role/drop.sql.j2" %}{% endwith %}
"""
    made = templates(tmp_path, text)
    options = [{"name": Sql("A"), "value": "x"}, {"name": Sql("C"), "value": "it's"}]
    payload = {"name": Sql("R"), "other": Sql("Q"), "level": 2, "replace": False}
    assert made.statements("role", "create", {**payload, "options": options}) == (
        "CREATE ROLE R\nC = 'IT''S'\n  COMMENT = 'grade-2'",
        "DROP ROLE IF EXISTS Q",
    )

"""Questions made of rows, as YAML for a person to edit."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from hushflake.schema.model import Entity
from hushflake.schema.names import literal

from ..access import left_out_note
from ..base import Base
from ..columns import content_sql, key_sql, title_sql
from ..words import term_of, terms_of, words_of

_ROWS: Final = 5
_WORDS: Final = 4
_MOST_TEXT: Final = 4000
_HEAD: Final = """\
# Proposed by hushflake evaluate --suggest. Ask as your readers would, add every row that answers,
# and grade them where some answer better: {EMP-003: 3, EMP-006: 1}. Add what nothing answers."""


def suggested(base: Base, entities: Sequence[Entity]) -> str:
    """Return questions for some rows of entities: one by the title, one by telling words.

    The rows are the same each time, as long as their keys are.

    Raises:
        UnreadableError: The session may read none of the entities.
    """
    rows, left_out = base.access.over(
        entities, lambda readable: [row for entity in readable for row in _rows(base, entity)]
    )
    held: Counter[str] = Counter()
    for row in rows:
        held.update({term.stem for term in terms_of(row["CONTENT"])})
    lines = [_HEAD, *([f"# {left_out_note(left_out)}."] if left_out else [])]
    for kind, write in (("title", _title), ("words", lambda row: _words(row, held, len(rows)))):
        lines.append(f"{kind}:")
        lines += [
            f"  - {{ask: {_quoted(ask)}, rows: [{_quoted(row['LABEL'])}]}}"
            for row in rows
            if (ask := write(row))
        ]
    lines += ["nothing:", "  - {ask: a question that no row answers, rows: nothing}"]
    return "\n".join(lines)


def _rows(base: Base, entity: Entity) -> Iterator[dict[str, Any]]:
    key = key_sql(entity, "R")
    sql = (
        f"SELECT {key} AS ENTITY_KEY, {title_sql(entity, 'R')} AS TITLE,\n"
        f"  LEFT({content_sql(entity, 'R')}, {_MOST_TEXT}) AS CONTENT,\n"
        f"  {literal(entity.name)} AS E\n"
        f"FROM {entity.table.sql} AS R ORDER BY SHA2({key}), 1 LIMIT {_ROWS}"
    )
    for row in base.session.query(sql):
        yield {
            "LABEL": f"{row['E']}/{row['ENTITY_KEY']}",
            "TITLE": row["TITLE"] or "",
            "CONTENT": row["CONTENT"] or "",
        }


def _title(row: dict[str, Any]) -> str:
    return " ".join(row["TITLE"].split())


def _words(row: dict[str, Any], held: Counter[str], rows: int) -> str:
    """The words of a row that few others have, in the order of its text."""
    named = {term.stem for term in terms_of(row["TITLE"])}
    terms = [term for term in terms_of(row["CONTENT"]) if term.stem not in named]
    kept = sorted(terms, key=lambda t: (-math.log(1 + rows / held[t.stem]), t.word))[:_WORDS]
    stems = {term.stem for term in kept}
    found = dict.fromkeys(w for w in words_of(row["CONTENT"]) if term_of(w).stem in stems)
    return " ".join(list(found)[:_WORDS])


def _quoted(text: str) -> str:
    """Return a text as YAML: JSON is."""
    return json.dumps(text, ensure_ascii=False)

"""A stack whose rows and columns are not for everybody, and what each role may see of it.

Every row has words of its own, and every masked value is a word: whatever comes out is searched for
the words that its reader must not see.
"""

from typing import Final

PROJECT: Final = {
    "hushflake.yaml": "project: guarded\n",
    "stacks/local.yaml": "connection: local\ndatabase: DB\n",
    "objects/objects.yaml": """
- {kind: schema, name: KB}
- {kind: warehouse, name: WH}
- {kind: role, name: KEEPER}
- {kind: role, name: SALES}
- {kind: role, name: LEGAL}
- {kind: role, name: BOTH}
- {kind: role, name: JUNIOR}
- {kind: role, name: SERVER}
- {kind: grant, to: SYSADMIN, role: KEEPER}
- {kind: grant, to: BOTH, role: SALES}
- {kind: grant, to: BOTH, role: LEGAL}
- {kind: grant, to: SERVER, role: SALES}
- kind: masking_policy
  name: KB.HIDE
  arguments: [{name: val, type: string}]
  returns: string
  body: IFF(IS_ROLE_IN_SESSION('KEEPER') OR IS_ROLE_IN_SESSION('LEGAL'), val, 'hidden')
"""
    + "".join(
        f"""
- {{kind: grant, to: {role}, privileges: [USAGE], on: {{database: DB}}}}
- {{kind: grant, to: {role}, privileges: [USAGE], on: {{schema: KB}}}}
- {{kind: grant, to: {role}, privileges: [USAGE], on: {{warehouse: WH}}}}
"""
        for role in ("KEEPER", "SALES", "LEGAL", "JUNIOR")
    )
    + "".join(
        f"- {{kind: grant, to: {role}, privileges: [SELECT], on: {{table: KB.{table}}}}}\n"
        for role in ("KEEPER", "SALES", "LEGAL", "JUNIOR")
        for table in ("NOTES", "DEALS", "PEOPLE", "MEMOS")
        if (role, table) != ("JUNIOR", "NOTES")
    )
    + """
- kind: grant
  to: SERVER
  privileges: [USAGE]
  on: {cortex_search_service: KB.NOTES_SEARCH}
""",
    # A field holds the roles of a row; long texts are cut; one role may ask the service.
    "entities/notes.yaml": """
entity: NOTES
schema: KB
key: [note_id]
title: title
fields:
  note_id: {type: string(64), required: true}
  title: string(200)
  readers: array
  author: {type: string(64), references: PEOPLE.person_id}
  body: text
acl: {field: readers, roles: [SALES, LEGAL], all: [KEEPER]}
embedding: {text: "{title}", chunks: {fields: [body], size: 200, overlap: 20}}
search: {warehouse: WH, reader: SERVER}
""",
    # Each role sees the rows with its values.
    "entities/deals.yaml": """
entity: DEALS
schema: KB
key: [deal_id]
fields:
  deal_id: {type: string(64), required: true}
  region: string(8)
  stage: integer
  terms: string(400)
  author: {type: string(64), references: PEOPLE.person_id}
acl:
  all: [KEEPER]
  roles:
    SALES: {region: [EU, US]}
    LEGAL: {stage: 3}
embedding: {text: "{terms}"}
""",
    # A masked column in the text, and as the title.
    "entities/people.yaml": """
entity: PEOPLE
schema: KB
key: [person_id]
title: nick
fields:
  person_id: {type: string(64), required: true}
  name: string(200)
  nick: {type: string(200), masking_policy: HIDE}
  salary: {type: string(40), masking_policy: HIDE}
embedding: {text: "{name} earns {salary}", unmasked: [KEEPER, LEGAL]}
""",
    # A masked column in passages.
    "entities/memos.yaml": """
entity: MEMOS
schema: KB
key: [memo_id]
title: title
fields:
  memo_id: {type: string(64), required: true}
  title: string(200)
  body: {type: text, masking_policy: HIDE}
embedding:
  text: "{title}"
  chunks: {fields: [body], size: 200, overlap: 20}
  unmasked: [KEEPER, LEGAL]
""",
}

_PEOPLE: Final = """
INSERT INTO DB.KB.PEOPLE (PERSON_ID, NAME, NICK, SALARY) VALUES
  ('P-ANN', 'Annabel', 'snowdrop', 'peppercorn'), ('P-BEN', 'Benedict', 'larkspur', 'cardamom')"""
_NOTES: Final = """
INSERT INTO DB.KB.NOTES (NOTE_ID, TITLE, READERS, AUTHOR, BODY)
SELECT COLUMN1, COLUMN2, PARSE_JSON(COLUMN3)::ARRAY, 'P-ANN', COLUMN4 FROM VALUES
  ('N-SALES', 'Walrus parade', '["SALES"]', '{zebrafish}'),
  ('N-LEGAL', 'Badger treaty', '["LEGAL"]', '{quokka}'),
  ('N-EVERY', 'Otter picnic', '["LEGAL", "SALES"]', '{axolotl}'),
  ('N-NOBODY', 'Gibbon heist', '[]', '{narwhal}'),
  ('N-GONE', 'Marmot census', '["LEGAL"]', 'short'),
  ('N-UNSET', 'Ferret siege', NULL, '{tapir}')"""
_DEALS: Final = """
INSERT INTO DB.KB.DEALS (DEAL_ID, REGION, STAGE, TERMS, AUTHOR) VALUES
  ('D-EU', 'EU', 1, 'saffron shipment', 'P-ANN'),
  ('D-ASIA', 'ASIA', 3, 'cobalt shipment', 'P-ANN'),
  ('D-US', 'US', 3, 'walnut shipment', 'P-BEN'),
  ('D-NONE', NULL, NULL, 'basalt shipment', 'P-BEN')"""
_MEMOS: Final = """
INSERT INTO DB.KB.MEMOS (MEMO_ID, TITLE, BODY) VALUES ('M-PAY', 'Budget memo', '{marzipan}')"""
_LONG: Final = "Harvest notes of the valley follow. " * 8


def rows() -> list[str]:
    """Return statements that fill the stack; bodies are long enough to be cut."""
    words = ("zebrafish", "quokka", "axolotl", "narwhal", "tapir", "marzipan")
    found = []
    for statement in (_PEOPLE, _NOTES, _DEALS, _MEMOS):
        for word in words:
            text = f"{_LONG}The {word} stays. {_LONG}"
            statement = statement.replace(f"{{{word}}}", text)
        found.append(statement)
    return found


# Row -> the words that only it has: its key, its title, its text.
WORDS: Final = {
    "N-SALES": {"N-SALES", "Walrus", "zebrafish"},
    "N-LEGAL": {"N-LEGAL", "Badger", "quokka"},
    "N-EVERY": {"N-EVERY", "Otter", "axolotl"},
    "N-NOBODY": {"N-NOBODY", "Gibbon", "narwhal"},
    "N-UNSET": {"N-UNSET", "Ferret", "tapir"},
    "D-EU": {"D-EU", "saffron"},
    "D-ASIA": {"D-ASIA", "cobalt"},
    "D-US": {"D-US", "walnut"},
    "D-NONE": {"D-NONE", "basalt"},
    "P-ANN": {"P-ANN", "Annabel"},
    "P-BEN": {"P-BEN", "Benedict"},
    "M-PAY": {"M-PAY", "Budget"},
}
# Word that a mask hides -> its row.
MASKED: Final = {
    "snowdrop": "P-ANN",
    "peppercorn": "P-ANN",
    "larkspur": "P-BEN",
    "cardamom": "P-BEN",
    "marzipan": "M-PAY",
}
_OPEN: Final = {"P-ANN", "P-BEN", "M-PAY"}
_SALES: Final = {"N-SALES", "N-EVERY", "D-EU", "D-US"}
_LEGAL: Final = {"N-LEGAL", "N-EVERY", "D-ASIA", "D-US"}
# Role -> the rows that it sees; JUNIOR may not read NOTES at all, and no acl names it.
SEES: Final = {
    "KEEPER": set(WORDS),
    "SALES": _OPEN | _SALES,
    "LEGAL": _OPEN | _LEGAL,
    "BOTH": _OPEN | _SALES | _LEGAL,
    "JUNIOR": _OPEN,
    "SERVER": _OPEN | _SALES,
}
UNMASKED: Final = {"KEEPER", "LEGAL", "BOTH"}


def seen_words(role: str) -> set[str]:
    """Return the words that a role may see, in lower case."""
    words = {word for row in SEES[role] for word in WORDS[row]}
    return {word.lower() for word in words | (MASKED.keys() if role in UNMASKED else set())}


def hidden_words(role: str) -> set[str]:
    """Return the words that must not reach a role, in lower case."""
    every = {word for words in WORDS.values() for word in words} | MASKED.keys()
    return {word.lower() for word in every} - seen_words(role)

"""Proves, at the first start with some DuckDB and sqlglot, that they run what we generate.

Both decide what SQL means here, and a patch release of either may refuse a form that the one before
took. A few statements of every sort run in memory; success is remembered in the user's state
directory under the versions and the code, a failure names the versions and the way to good ones.
"""

import hashlib
import importlib.metadata
import re
from pathlib import Path

from ...language.errors import LocalStackError, SqlError
from .state_home import own_folder, state_home

_PACKAGES = ("duckdb", "sqlglot")
_KEPT = 20
# Statements with an empty line between them; `=>` and the rows that they give.
_STATEMENTS = r"""
CREATE DATABASE PROOF

CREATE TABLE T (ID INT AUTOINCREMENT, K VARCHAR(20) NOT NULL, N NUMBER(10,2) DEFAULT 1.5, V
  VARIANT, E VECTOR(FLOAT, 3), M TIMESTAMP_NTZ)

CREATE STREAM C ON TABLE T

INSERT INTO T (K, N) VALUES ('a', 1), ('b', 2.25)
=> [[2]]

INSERT INTO T (K, V, E, M) SELECT 'c', PARSE_JSON('{"x": [1, 2], "y": "z"}'), [1, 0,
  0]::VECTOR(FLOAT, 3), '2024-05-17 10:20:30'::TIMESTAMP_NTZ
=> [[1]]

SELECT COUNT(*) FROM C WHERE METADATA$ACTION = 'INSERT'
=> [(3,)]

UPDATE T SET N = N + 1 WHERE K = 'a'
=> [[1, 0]]

MERGE INTO T USING (SELECT 'a' AS K, 9 AS N UNION ALL SELECT 'd', 4) S ON T.K = S.K WHEN MATCHED
  THEN UPDATE SET N = S.N WHEN NOT MATCHED THEN INSERT (K, N) VALUES (S.K, S.N)
=> [[1, 1]]

DELETE FROM T USING (VALUES ('d')) AS V(X) WHERE T.K = V.X
=> [[1]]

SELECT T.K, F.VALUE::INT FROM T, LATERAL FLATTEN(INPUT => V:x) F ORDER BY 2
=> [('c', 1), ('c', 2)]

SELECT V:y::VARCHAR FROM T WHERE K = 'c'
=> [('z',)]

SELECT K FROM T WHERE E IS NOT NULL ORDER BY VECTOR_COSINE_SIMILARITY(E, [1, 0,
  0]::VECTOR(FLOAT, 3)) DESC LIMIT 1
=> [('c',)]

SELECT K FROM T QUALIFY ROW_NUMBER() OVER (ORDER BY N DESC) = 1
=> [('a',)]

WITH RECURSIVE R (I) AS (SELECT 1 UNION ALL SELECT I + 1 FROM R WHERE I < 3) SELECT SUM(I) FROM
  R
=> [(6,)]

SELECT COLUMN2 FROM (VALUES (1, 'p'), (2, 'q')) ORDER BY COLUMN1 DESC LIMIT 1
=> [('q',)]

SELECT LISTAGG(K, ',') WITHIN GROUP (ORDER BY K) FROM T
=> [('a,b,c',)]

SELECT DATEDIFF(day, '2024-01-01'::DATE, DATEADD(month, 2, '2024-01-01'::DATE)),
  DATE_TRUNC('month', M)::VARCHAR FROM T WHERE K = 'c'
=> [(60, '2024-05-01 00:00:00.000')]

CREATE VIEW W AS SELECT K, N FROM T WHERE N > 2

SELECT COUNT(*) FROM W JOIN T USING (K)
=> [(2,)]

CREATE TABLE T2 CLONE T

CREATE TABLE T3 AS SELECT K, N FROM T

ALTER TABLE T3 ADD COLUMN X INT DEFAULT 7

SELECT SUM(X) FROM T3
=> [(21,)]

INSERT OVERWRITE INTO T3 SELECT K, N, 1 FROM T
=> [[3]]

CREATE FUNCTION F (A INT) RETURNS INT AS 'A + 1'

SELECT F(2), (SELECT MAX(K) FROM T)
=> [(3, 'c')]

CREATE TASK J WAREHOUSE = COMPUTE_WH SCHEDULE = '1 MINUTE' WHEN SYSTEM$STREAM_HAS_DATA('C') AS
  INSERT INTO T3 SELECT K, N, 1 FROM C

EXECUTE TASK J

SELECT COUNT(*) FROM T3
=> [(6,)]

EXECUTE IMMEDIATE 'DECLARE n INT DEFAULT 0; BEGIN FOR i IN 1 TO 3 DO n := n + i; END FOR; RETURN
  n; END'
=> [[6]]

SELECT COUNT(*) FROM T AT(OFFSET => 0)
=> [(3,)]
"""


def require_proof(code: str) -> None:
    """Run the proof unless these versions have passed it with this code.

    Args:
        code: What differs when the code of the local stack does.

    Raises:
        LocalStackError: A statement fails, or gives other rows than it must.
    """
    mark = _mark(code)
    if mark.exists():
        return
    failed = prove()
    if failed is not None:
        raise LocalStackError(refusal(failed))
    mark.touch(mode=0o600)
    for old in sorted(mark.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        old.unlink(missing_ok=True)


def prove() -> str | None:
    """Run the statements in memory and return what went wrong, None when nothing did."""
    from ...sessions.session import Session
    from ...statements.running.runner import run_one
    from .assembly import open_stack

    engine = open_stack(None)
    try:
        catalogue = engine.catalogue
        role = catalogue.find("ROLE", 0, "ACCOUNTADMIN")
        assert role is not None
        session = Session(engine, catalogue.of_kind("USER")[0], role)
        session.place.warehouse = "COMPUTE_WH"
        for part in _STATEMENTS.strip().split("\n\n"):
            sql, _, wanted = part.partition("\n=> ")
            try:
                rows = _plain(str(list(run_one(session, sql).rows)))
            except SqlError as error:
                return f"{sql[:60]} … fails: {error.message[:200]}"
            except Exception as broken:  # a name or an argument that is another one there
                return f"{sql[:60]} … fails: {type(broken).__name__}: {str(broken)[:200]}"
            if wanted and rows != wanted:
                return f"{sql[:60]} … gives {rows[:100]} and not {wanted}"
        session.close()
    finally:
        engine.close()
    return None


def _plain(rows: str) -> str:
    return re.sub(r"Decimal\('([\d.]+)'\)", r"\1", rows)


def refusal(reason: str) -> str:
    """Return the message about versions that do not run what the local stack generates."""
    return (
        f"the local stack does not work with {' and '.join(_versions())}: {reason.strip()}. "
        f"Install versions that it was tested with: {install_line()}"
    )


def _versions() -> list[str]:
    return [f"{name} {_version(name)}" for name in _PACKAGES]


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def install_line() -> str:
    """Return the `pip install` line of versions that our own metadata names as tested."""
    wanted = []
    for name in _PACKAGES:
        given = _declared(name)
        # The suite runs on both ends of a range: what is not installed may be the good one.
        ends = re.findall(r"[<>=]=([\w.]+)(?![\w.*])", given)
        others = [end for end in ends if end != _version(name)]
        wanted.append(f"'{name}=={others[-1]}'" if others else f"'{name}{given}'")
    return f"pip install {' '.join(wanted)}"


def _declared(name: str) -> str:
    for line in importlib.metadata.requires("hushflake") or []:
        found = re.match(rf"{name}\s*\(?([^;)]*)\)?\s*;.*\blocal\b", line)
        if found is not None:
            return found[1].strip().replace(" ", "")
    return ""


def _mark(code: str) -> Path:
    versions = [*_versions(), f"hushflake {_version('hushflake')}", code, _STATEMENTS]
    name = hashlib.sha256("\n".join(versions).encode()).hexdigest()[:32]
    return own_folder(state_home() / "proofs") / name

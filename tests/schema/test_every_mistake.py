"""Every mistake of every file comes in one run, without a stack file, and none that only follows
from another one."""

import json
from pathlib import Path

import pytest

from hushflake.cli.main import main

SCHEMA = "- {kind: schema, name: CLINIC}\n"
DOCTORS = """\
entity: DOCTORS
schema: CLINIC
key: [doctor_id]
fields:
  doctor_id: string(64)
  name: string(100)
"""
PATIENTS = """\
entity: PATIENTS
schema: CLINIC
key: [patient_id]
fields:
  patient_id: string(64)
  name: strin(100)
  doctor_id: {type: string(64), references: DOCTORS.doctr_id}
embedding: {text: "{nam} was seen"}
"""


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, {"hushflake.yaml": "project: my clinic\n", "objects/base.yaml": SCHEMA})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def mistakes(capsys: pytest.CaptureFixture[str], *command: str) -> list[str]:
    assert main(list(command or ("schema", "validate"))) == 2
    lines = capsys.readouterr().err.removeprefix("hushflake: ").splitlines()
    return [line.strip() for line in lines[:-1]]


def test_three_mistakes_of_an_entity_and_one_of_another_file(
    clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doctors = DOCTORS.replace("schema: CLINIC", "schema: CLINC").replace("string(100)", "nmber")
    write(clinic, {"entities/patients.yaml": PATIENTS, "entities/doctors.yaml": doctors})
    found = mistakes(capsys)
    assert [line.partition("; ")[0] for line in found] == [
        (
            "entities/doctors.yaml:1:1: table MY_CLINIC.CLINC.DOCTORS is in schema "
            "MY_CLINIC.CLINC, which is not declared"
        ),
        "entities/doctors.yaml:6:9: 'nmber' is not a type",
        "entities/patients.yaml:6:9: 'strin(100)' is not a type",
        (
            "entities/patients.yaml:8:19: the embedding text names the field 'nam', which the "
            "entity does not have"
        ),
    ]
    # DOCTORS could not be read: its fields are not guessed. With it, the reference is wrong too.
    write(clinic, {"entities/doctors.yaml": DOCTORS})
    found = mistakes(capsys)
    assert len(found) == 3
    assert "refers to DOCTORS.DOCTR_ID, which is not a field; did you mean doctor_id?" in found[1]
    assert mistakes(capsys, "schema", "render") == found


def test_a_project_without_a_stack_file_has_the_stack_local(
    clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(clinic, {"entities/doctors.yaml": DOCTORS})
    assert main(["schema", "validate"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == "1 entity, 1 object, stacks: local. No mistakes."
    assert main(["schema", "render"]) == 0
    assert "CREATE TABLE IF NOT EXISTS MY_CLINIC.CLINIC.DOCTORS" in capsys.readouterr().out
    assert main(["schema", "render", "--stack", "dev"]) == 2
    err = capsys.readouterr().err
    assert "write stacks/dev.yaml: `connection: NAME`" in err
    assert "`database: MY_CLINIC`" in err


@pytest.mark.parametrize(
    ("project", "database"),
    [
        ("my-kb", "MY_KB"),
        ("7 up", "KB_7_UP"),
        ("order", "KB_ORDER"),
        ("\N{LATIN CAPITAL LETTER A WITH DIAERESIS}rzte!", "RZTE"),
        ("-", "KB"),
    ],
)
def test_the_database_of_a_project_without_stacks(
    clinic: Path, capsys: pytest.CaptureFixture[str], project: str, database: str
) -> None:
    write(clinic, {"hushflake.yaml": f"project: {project!r}\n"})
    assert main(["schema", "render"]) == 0
    assert f"CREATE DATABASE IF NOT EXISTS {database}\n" in capsys.readouterr().out.replace(";", "")


def test_a_stack_file_of_two_lines(clinic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(clinic, {"stacks/dev.yaml": "connection: dev\ndatabase: CLINIC_DEV\n"})
    assert main(["schema", "render", "--stack", "dev"]) == 0
    assert "CLINIC_DEV.CLINIC" in capsys.readouterr().out
    write(clinic, {"stacks/dev.yaml": "connection: dev\n"})
    (line,) = mistakes(capsys)
    assert line == ("stacks/dev.yaml:1:1: the key 'database' is missing; add database: MY_CLINIC")


def test_mistakes_of_project_stacks_and_definitions_together(
    clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        clinic,
        {
            "hushflake.yaml": "projct: x\n",
            "stacks/local.yaml": "databse: X\nvariables: {owner: me}\n",
            "entities/patients.yaml": PATIENTS.replace(
                "schema: CLINIC", "schema: CLINIC\nx: ${owner}"
            ),
        },
    )
    found = mistakes(capsys)
    assert [line.split(":")[0] for line in found] == [
        *["entities/patients.yaml"] * 4,
        *["hushflake.yaml"] * 2,
        "stacks/local.yaml",
    ]


def test_what_follows_from_a_mistake_is_not_said_again(
    clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = """\
- {kind: warehose, name: WH}
- {kind: role, name: READERS}
- {kind: grant, to: READERS, privileges: [SELECT], on: {table: CLINIC.PATIENTS}}
- {kind: grant, to: READERS, privileges: [USAGE], on: {warehouse: WH}}
- {kind: stream, name: CLINIC.S, on: {table: CLINIC.PATIENTS}}
- kind: task
  name: CLINIC.T
  warehouse: WH
  after: [CLINIC.PATIENTS_EMBED_TASK]
  definition: SELECT 1
"""
    patients = PATIENTS.replace("DOCTORS.doctr_id", "DOCTORS.doctor_id").replace("{nam}", "{name}")
    write(
        clinic,
        {
            "objects/more.yaml": objects,
            "entities/patients.yaml": patients,
            "entities/doctors.yaml": DOCTORS + "not: [closed\n",
        },
    )
    found = mistakes(capsys)
    assert len(found) == 3
    assert "not YAML" in found[0]
    assert "'strin(100)' is not a type" in found[1]
    assert "unknown kind 'warehose'; did you mean warehouse?" in found[2]


def test_cycles_come_with_the_rest(clinic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    objects = """\
- {kind: view, name: CLINIC.A, query: SELECT * FROM CLINIC.B}
- {kind: view, name: CLINIC.B, query: SELECT * FROM CLINIC.A}
- kind: table
  name: CLINIC.T
  columns: [{name: a, type: strin}, {name: a, type: date}]
  primary_key: [b]
"""
    write(clinic, {"objects/more.yaml": objects})
    found = "\n".join(mistakes(capsys))
    for part in ("'strin' is not a type", "the column A comes twice", "the key B is not", "cycle"):
        assert part in found


def test_the_tag_of_personal_data_need_not_be_declared(
    clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    personal = DOCTORS.replace("name: string(100)", "name: {type: string(100), pii: name}")
    write(clinic, {"entities/doctors.yaml": personal})
    assert main(["schema", "render"]) == 0
    out = capsys.readouterr().out
    assert "CREATE TAG IF NOT EXISTS MY_CLINIC.CLINIC.PII\n  COMMENT =" in out
    assert out.index("CREATE TAG") < out.index("CREATE TABLE")
    tag = "- {kind: tag, name: CLINIC.PII, allowed_values: [name, email]}\n"
    write(clinic, {"objects/tag.yaml": tag})
    assert main(["schema", "render"]) == 0
    out = capsys.readouterr().out
    assert out.count("CREATE TAG") == 1
    assert "ALLOWED_VALUES 'email', 'name'" in out
    (clinic / "objects" / "tag.yaml").unlink()
    write(clinic, {"hushflake.yaml": "project: my clinic\nexternal: [tag CLINIC.PII]\n"})
    assert main(["schema", "render"]) == 0
    assert "CREATE TAG" not in capsys.readouterr().out
    write(clinic, {"stacks/local.yaml": "edition: standard\n"})
    assert main(["schema", "render"]) == 0
    assert "TAG" not in capsys.readouterr().out


def test_json_says_the_same(clinic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(clinic, {"entities/patients.yaml": PATIENTS, "entities/doctors.yaml": DOCTORS})
    assert main(["schema", "validate", "--format", "json"]) == 2
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert captured.err == ""
    assert document["format"] == "hushflake.schema-validate/1"
    assert document["project"] == "my clinic"
    assert document["mistakes"][0] == {
        "path": "entities/patients.yaml",
        "line": 6,
        "column": 9,
        "message": "'strin(100)' is not a type",
        "remedy": "did you mean string?",
    }
    (clinic / "entities" / "patients.yaml").unlink()
    assert main(["schema", "validate", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["mistakes"] == []
    assert document["stacks"]["local"]["entities"] == 1


def test_a_text_that_is_longer_than_its_model_reads(
    clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    embedding = 'embedding: {text: "{name}: {history}"'
    entity = DOCTORS + "  history: text\n" + embedding
    write(clinic, {"entities/doctors.yaml": entity + "}\n"})
    assert main(["schema", "validate"]) == 0
    told = capsys.readouterr().err
    assert told.startswith("entities/doctors.yaml:1:1: warning: the text of DOCTORS can have ")
    assert "add chunks: {fields: [history]}" in told
    assert main(["schema", "validate", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["mistakes"], len(document["warnings"])) == ([], 1)
    assert "the text of DOCTORS" in mistakes(capsys, "schema", "validate", "--strict")[0]
    for remedy in (
        ", chunks: {fields: [history]}}",
        ", max_characters: 2048}",
    ):
        write(clinic, {"entities/doctors.yaml": f"{entity}{remedy}\n"})
        assert main(["schema", "validate", "--strict"]) == 0
    write(clinic, {"entities/doctors.yaml": f"{entity}, max_characters: 9000}}\n"})
    assert main(["schema", "validate", "--strict"]) == 2

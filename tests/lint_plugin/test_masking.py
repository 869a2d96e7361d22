"""What a display hides: a secret wherever it stands, also inside of a longer word."""

import pytest

from hushflake.lint_plugin.masking import masked_versions
from hushflake.lint_plugin.notebooks.outputs import Output, values_in
from hushflake.lint_plugin.spans import everywhere

SECRET = "Zk9qT2vLx8" + "RmW4pYc7NsB1dHf6J"


def test_a_secret_inside_of_another_word_is_hidden_too() -> None:
    source = f"ENV DB_PASSWORD={SECRET} HOST_{SECRET}=1 A=x{SECRET}y\n".encode()
    shown = masked_versions([source, source], "Dockerfile")
    assert shown == 2 * ["ENV DB_PASSWORD=*** HOST_***=1 A=x***y\n"]
    # A word is part of others by chance.
    source = b"password = 'hunter'\nhunters = 1\n"
    assert masked_versions([source, source], "a.py")[0].endswith("hunters = 1\n")


def test_a_secret_inside_of_what_a_cell_has_printed_is_found() -> None:
    text = f"user_{SECRET}, hunter2 and hunter23".encode()
    found = values_in(Output(0, 0, 0, text), [SECRET.encode(), b"hunter2"])
    assert [text[start:end] for start, end in found] == [SECRET.encode(), b"hunter2"]


@pytest.mark.parametrize("number", [3, 700])
def test_many_secrets_inside_of_other_words_are_hidden(number: int) -> None:
    secrets = [f"{each:04}{SECRET}{each}" for each in range(number)]
    secrets += [f"key-of-acme-{each:04}xY" for each in range(number)]
    text = "".join(f"_{each}z" for each in secrets)
    hidden = bytearray(text.encode())
    for start, end in everywhere(text.encode(), [each.encode() for each in secrets]):
        hidden[start:end] = b"*" * (end - start)
    assert not any(each.encode() in hidden for each in secrets)
    assert hidden.count(b"_") == len(secrets)

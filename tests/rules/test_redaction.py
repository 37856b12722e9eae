"""Secrets leave the text, and nothing else does."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from secret_shapes import HARMLESS, SHAPES, Shape

from alma.rules.redaction import redact, redact_json

DASHES = "-" * 5
GITHUB = Shape("a token", "{}", "ghp_<alnum:36>").draw().secret
OPEN_SHAPES = {"cohere key", "credentials pair"}  # known only by a name that stands elsewhere in the line


@pytest.mark.parametrize(
    "shape", [each for each in SHAPES if each.name not in OPEN_SHAPES], ids=lambda each: each.name
)
def test_a_secret_does_not_survive_and_what_surrounds_it_does(shape: Shape) -> None:
    drawn = shape.draw()
    clean = redact(drawn.line)
    assert not drawn.survives_in(clean)
    assert clean.startswith(drawn.before)
    assert clean.endswith(drawn.after)
    assert "[redacted: " in clean


def test_nearly_every_other_draw_of_every_shape_is_caught_too() -> None:
    draws = [shape.draw(number) for shape in SHAPES for number in range(1, 11)]
    missed = [drawn for drawn in draws if drawn.survives_in(redact(drawn.line))]
    assert len(missed) <= 0.02 * len(draws), [drawn.line for drawn in missed]


@pytest.mark.parametrize("line", HARMLESS)
def test_a_look_alike_stays_byte_for_byte(line: str) -> None:
    assert redact(line) == line


def test_the_whole_list_as_one_text_loses_its_secrets_and_keeps_its_look_alikes() -> None:
    drawn = [shape.draw() for shape in SHAPES if shape.name not in OPEN_SHAPES]
    text = "\n\n".join([*(each.line for each in drawn), *HARMLESS])
    clean = redact(text)
    assert [each.name for each in drawn if each.survives_in(clean)] == []
    assert set(HARMLESS) <= set(clean.split("\n\n"))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda each: each.name)
def test_redacting_twice_changes_nothing(shape: Shape) -> None:
    once = redact(shape.draw(3).line)
    assert redact(once) == once


@given(
    st.lists(
        st.sampled_from([*HARMLESS, *(shape.draw(5).line for shape in SHAPES), "password=", '"', "\\", " "])
    )
)
@settings(max_examples=60, deadline=None)
def test_redacting_any_mixture_twice_changes_nothing(pieces: list[str]) -> None:
    once = redact("".join(pieces))
    assert redact(once) == once


@given(st.text(max_size=200))
@settings(deadline=None)
def test_text_of_any_characters_is_taken(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


def test_the_name_of_a_password_stays_and_its_value_goes() -> None:
    assert redact('password = "hunter2xyz"') == 'password = "[redacted: password]"'


def test_of_an_address_only_the_password_goes() -> None:
    assert redact("postgresql://shop:hunter2xyz@db/shop") == "postgresql://shop:[redacted: password]@db/shop"


def test_the_kind_of_a_known_key_is_named() -> None:
    key = Shape("aws", "{}", "AKIA<b32:16>").draw().secret
    assert redact(f"found {key} in the log") == "found [redacted: aws access key] in the log"


def test_characters_that_change_length_in_lower_case_do_not_shift_the_cut() -> None:
    assert redact("İİİ password = 'hunter2xyz' İ") == "İİİ password = '[redacted: password]' İ"


def test_a_key_block_without_a_body_is_a_mention() -> None:
    mention = f"the file starts with {DASHES}BEGIN RSA PRIVATE KEY{DASHES} and a newline"
    assert redact(mention) == mention


def test_two_tokens_side_by_side_both_go() -> None:
    assert GITHUB[5:] not in redact(f"{GITHUB},{GITHUB} {GITHUB}/{GITHUB}")


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "DB_PASSWORD",
        "dbPassword",
        "db-password",
        "apiKey",
        "api_key",
        "X-API-Key",
        "clientSecret",
    ],
)
def test_a_json_value_under_a_secret_name_goes(name: str) -> None:
    value = "q7Rw2ZpL9xVb4TnC"
    clean = redact_json({"config": {name: value, "port": 5432}})
    assert value not in str(clean)
    assert clean["config"]["port"] == 5432
    assert redact_json(clean) == clean


def test_values_in_a_list_under_a_secret_name_go() -> None:
    assert redact_json({"tokens": [], "api_key": ["q7Rw2ZpL9xVb4TnC", 3]}) == {
        "tokens": [],
        "api_key": ["[redacted: key]", 3],
    }


@pytest.mark.parametrize(
    "state",
    [
        {"password": None, "token": True, "secret": 12345678, "api_key": 1.5},
        {"password": "required", "token": "${TOKEN}", "token_count": "15234", "max_tokens": 4096},
        {
            "session_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "commit": "9fceb02d0ae598e95dc970b74767f19372d61af8",
        },
        {"nextPageToken": "CAUQAAxy12345", "tokens": ["the", "cat"], "author": "Helena"},
        [],
        {},
        None,
        7,
    ],
)
def test_harmless_json_stays_as_it_was(state: object) -> None:
    assert redact_json(state) == state


def test_a_secret_in_a_json_key_goes_and_no_entry_is_lost() -> None:
    other = Shape("another token", "{}", "ghp_<alnum:36>").draw().secret
    clean = redact_json({GITHUB: 1, other: 2, "plain": 3})
    assert GITHUB not in clean
    assert other not in clean
    assert sorted(clean.values()) == [1, 2, 3]
    assert redact_json(clean) == clean


def test_the_json_given_is_not_changed() -> None:
    state = {"steps": [{"password": "hunter2xyz"}]}
    redact_json(state)
    assert state == {"steps": [{"password": "hunter2xyz"}]}


def test_json_may_be_nested_deeper_than_python_allows_calls() -> None:
    state: object = {"password": "hunter2xyz"}
    for _ in range(20_000):
        state = [state]
    clean = redact_json(state)
    for _ in range(20_000):
        assert isinstance(clean, list)
        clean = clean[0]
    assert clean == {"password": "[redacted: password]"}


@pytest.mark.parametrize(
    "piece",
    ["a", "password=", "password:", 'password="', "password=\\\"", f"{DASHES}BEGIN", f"{DASHES}BEGIN PRIVATE KEY{DASHES}",
     "eyJ", "-eyJ", "://a:", "sk-", "bearer ", "token ", " -p", "curl -u a:", "key", "A", "AAAA+", "[redacted: "],
)  # fmt: skip
def test_a_hostile_text_of_one_piece_repeated_comes_to_an_end(piece: str) -> None:
    text = piece * (500_000 // len(piece))
    clean = redact(text)
    assert redact(clean) == clean


def test_importing_the_module_does_not_import_what_compiles_patterns() -> None:
    script = "import sys, alma.rules; del sys.modules['re']; import alma.rules.redaction; print('re' in sys.modules)"
    script = f"import re\n{script}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

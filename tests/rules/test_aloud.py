"""Code read aloud: told from prose, and named by its rarest signs."""

from __future__ import annotations

import pytest

from alma.rules import aloud

PROSE = (
    "Test the login form",
    "Fix the flaky test in checkout.spec.ts: page.waitForTimeout(5000)",
    "why does `git push -f origin main` lose commits?",
    "Deploy (staging), then run the smoke tests",
    "- read the logs\n- restart the worker\n- look again",
    "If the token expires, log in again.",
    "feat(auth): add login",
    "docs(readme)!: typo",
    "Update README.md & docs",
    "Bump React 18.3.1 -> 19.0.0",
    "Fix bug in login form (Safari)",
    "Fix the TypeError in checkout.ts",
    "Tom & Jerry",
    "Login (SSO)",
    "README.md: typo",
    "What is 2*3?",
    "import customers",
    "Import the customers of last year",
    "",
    "登录表单",
)
CODE = (
    ("try:\n    pay()\nexcept:\n    pass", ("try block", "exception handler")),
    ("z = x if x else y", ("conditional expression",)),
    ("names = {n: len(n) for n in found}", ("dictionary comprehension",)),
    ("if (user?.name == null) { retry(); }", ("optional chaining", "equality")),
    ("def add(item, to=[]):\n    to.append(item)", ("default argument value",)),
    ('def greet():\n    """Says hello to all of the users."""\n    return 1', ("docstring",)),
    ("const rows = await Promise.all(list.map(x => x.id));", ("lambda arrow function", "asynchronous await")),
    ("from os import path", ("import module",)),
    ("Why is this wrong?\n```python\nglobal n\nn += 1\n```\nPlease explain.", ("global variable",)),
)


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_not_read_aloud(text: str) -> None:
    assert aloud.code_in(text) == ""
    assert aloud.read(text) == ""


@pytest.mark.parametrize(("text", "names"), CODE)
def test_code_is_read_by_its_names(text: str, names: tuple[str, ...]) -> None:
    assert aloud.code_in(text)
    for name in names:
        assert name in aloud.read(text)


def test_only_the_rarest_signs_are_named() -> None:
    said = aloud.read(
        "async def f(a, b=1):\n    x = [r async for r in g(a)]\n    return {k: v for k, v in x} or None"
    )
    assert said.split(", ") == [
        "dictionary comprehension",
        "list comprehension",
        "default argument value",
        "asynchronous await",
    ]


def test_of_a_question_with_a_fence_only_what_is_fenced_is_read() -> None:
    assert aloud.code_in("Review (please):\n```\nx = 1\n```\nand:\n```sql\ny()\n```") == "x = 1\n\ny()\n"


def test_a_sentence_in_a_string_or_a_comment_leaves_code_what_it_is() -> None:
    assert aloud.is_code('print("the quick brown fox jumps")  # so that everybody can see it')
    assert not aloud.is_code("print the quick brown fox that jumps")


@pytest.mark.parametrize(
    "piece", ["{", "a[", "from x as ", "f(for in ", '"', "'''", "/*", "? ", "def f(", "\\\n", "a b "]
)
def test_long_repeated_signs_are_read_to_an_end(piece: str) -> None:
    assert isinstance(aloud.read(piece * 4000), str)

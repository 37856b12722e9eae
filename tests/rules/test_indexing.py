"""Terms and keys lie in every store: a change of any of them needs another VERSION, or nothing is found again."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from alma.domain.memory import AntiPattern, Knowledge, Memory, Outcome
from alma.rules import indexing, signatures

AT = datetime(2026, 1, 1, tzinfo=UTC)
OF_VERSION = {6: "fff8018eb8b82e19"}


def corpus() -> list[Memory]:
    about = {"agent": "helena", "source": "verified", "origin": "call", "created_at": AT}
    strategies = [
        "sleep(5000) before the click",
        "Run `npm test -- --runInBand`",
        "git push --force",
        "Wait for it",
        "Silence it with `//nolint`",
        "Use expired tokens over https",
    ]
    tasks = [
        "Test the login form",
        "Überprüfe die Größe",
        "测试登录表单",
        "Проверить форму входа",
        "DROP TABLE users",
        "Please deploy the release again, without its cache",
    ]
    found: list[Memory] = [
        Outcome(id=f"o-{n}{m}", **about, task=task, strategy=strategy, result=1.0, workflow_id=f"w{m}")  # type: ignore[arg-type]
        for n, task in enumerate(tasks)
        for m, strategy in enumerate(strategies)
    ]
    for n, pattern in enumerate(strategies):
        triggers = signatures.triggers_of(pattern)
        found.append(
            AntiPattern(id=f"a-{n}", **about, pattern=pattern, why_bad="it hangs", triggers=triggers)
        )  # type: ignore[arg-type]
    found += [Knowledge(id=f"k-{n}", **about, fact=task) for n, task in enumerate(tasks)]  # type: ignore[arg-type]
    return found


def test_the_version_of_the_index_changes_with_what_it_holds() -> None:
    digest = sha256()
    for memory in corpus():
        digest.update(repr((indexing.terms(memory), indexing.keys(memory))).encode())
    assert {indexing.VERSION: digest.hexdigest()[:16]} == OF_VERSION


def test_tasks_in_the_same_words_are_one_and_names_keep_them_apart() -> None:
    same = [
        ("Test the login form", "test login forms."),
        ("Please deploy the release", "Deploy release!"),
        ("The tests fail", "tests fail"),
        ("Fix \u201cauth/login.py\u201d", "fix auth/login.py"),
    ]
    apart = [
        ("Migrate table A", "Migrate table"),
        ("Use plan A first", "Use plan first"),
        ("Fix .env", "Fix env"),
        ("Fix *.py", "Fix py"),
        ("Test it with cookies", "Test it without cookies"),
        ("a", "the"),
    ]
    assert [one for one, other in same if indexing.task_key(one) != indexing.task_key(other)] == []
    assert [one for one, other in apart if indexing.task_key(one) == indexing.task_key(other)] == []

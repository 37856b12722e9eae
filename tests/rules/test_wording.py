"""Sentences that tell what was done, and those that say only that it is done."""

from __future__ import annotations

import pytest

from alma.rules.wording import telling, tells


@pytest.mark.parametrize(
    "sentence",
    [
        "Explicit waits",
        "Switched to pnpm.",
        "I rounded the total at the end.",
        "Use `git push --force-with-lease`.",
        "`npm run test:unit` is the script that exists.",
        "Ich warte auf den Knopf.",
        "ログインボタンを待つようにしました。",
        "等待提交按钮可用之后再点击它",
        "You can't use sleep here, so I waited for the button explicitly.",
        "You can not use sleep here: the button is waited for explicitly.",
        "Please note that I pinned numpy to 1.26.",
        "Added coverage thresholds for the cart.",
        "`_rounded` before `_total`",
    ],
)
def test_it_tells_what_was_done(sentence: str) -> None:
    assert tells(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        *(
            "Done.",
            "Fixed!",
            "All tests pass.",
            "All 42 tests are passing now.",
            "Everything works as expected.",
        ),
        *(
            "The build is green and the linter is clean.",
            "I've fixed the issue and all tests pass ✅",
            "Perfect!",
        ),
        *(
            "Here's a summary of the changes:",
            "Let me know if you need anything else.",
            "LGTM",
            "123 / 456",
            "",
        ),
        *(
            "Let me check the cart next.",
            "You can now run the script with the flag.",
            "Should I commit the cart?",
        ),
        *(
            "12 passed in 3.2s, coverage 98%",
            "40 passed, 2 skipped in 12.5s (coverage: 91%)",
            "Please note that you can now restart the worker.",
            "Please note that all tests pass.",
        ),
        *("Fertig.", "Listo.", "完了しました。", "No errors, no warnings."),
    ],
)
def test_it_says_only_that_it_is_done(sentence: str) -> None:
    assert not tells(sentence)


def test_a_paragraph_is_told_from_its_first_telling_sentence_on() -> None:
    assert (
        telling("Done. All tests pass. I rounded at the end. It works.") == "I rounded at the end. It works."
    )
    assert (
        telling("Here is what I did: - Moved the check before the loop") == "Moved the check before the loop"
    )
    assert telling("Done! All green.") == ""

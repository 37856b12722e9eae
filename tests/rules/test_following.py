"""Sentences that say a memory was followed, and those that deny it or leave it open."""

from __future__ import annotations

import pytest

from alma.rules.following import MOST_LOOKED_AT, followed, mentioned

A, B = "b-o-abcdefghij", "b-o-klmnopqrst"


@pytest.mark.parametrize(
    "sentence",
    [
        f"I followed [{A}].",
        f"Following [{A}], I waited for the button.",
        f"Done as in [{A}].",
        f"As [{A}] says, I waited for the button.",
        f"I waited for the button, as [{A}] says.",
        f"I waited until the button was enabled, as [{A}] says.",
        f"Waited for the button ([{A}]).",
        f"Memory used: [{A}].",
        f"Thanks to [{A}] I knew to run the migration first.",
        f"I followed [{A}]. I did not need to change anything else.",
        f"[{A}]: waited for the button to be enabled.",
        f"This follows [{A}] and rounds at the end.",
        f"I used the explicit wait of [{A}] and all tests pass.",
        f"Per [{A}], I ran the migration before the deploy.",
        f"According to [{A}] the total is rounded once; I did that.",
        f"I applied {A} to the cart.",
        f"I followed [{A}] instead of sleeping.",
        f"I followed [{A}] rather than adding retries.",
        f"I followed [{A}] and did not touch the configuration.",
        f"I followed [{A}], but the tests still fail.",
        f"I followed [{A}]. Two tests do not pass yet.",
        f"I did not add a sleep; I followed [{A}].",
        f"The tests did not pass at first, so I followed [{A}].",
        f"I did not sleep but waited for the button, as [{A}] says.",
        f"The sleep was not enough. I followed [{A}].",
        f"I ignored the flaky test and followed [{A}].",
        f"Instead of sleeping I followed [{A}].",
        f"I switched to pnpm instead of npm, as [{A}] says.",
        f"I replaced the pause by an explicit wait, as [{A}] says.",
        f"Removed the fixed sleep as described in [{A}].",
        f"I not only followed [{A}] but also cleaned up.",
        f"The advice [{A}] worked.",
        f"I decided to follow [{A}].",
        f"I followed [{A}]: the order row is now locked first.",
        f"As memory [{A}] suggests, the tests now wait for the selector.",
        f"Done. Followed [{A}]; tests are green (14 passed).",
        f"I used the memory [{A}] and switched the script to pnpm.",
        f"Following the advice in [{A}], I ran `alembic upgrade head` before seeding.",
        f"Per [{A}] the fixture is now session-scoped.",
        f"The change is based on [{A}] and took two lines.",
        f"Applied the heuristic [{A}] to the importer.",
        f"I took the approach from [{A}]: batches of 500 rows.",
        f'I followed the memory [{A}] ("Wait for the button") and the suite passes.',
        f"This was solved with [{A}].",
        f"Memory [{A}] helped: I waited for the network to be idle.",
        f"I followed the memory about locking ([{A}]), which made the race go away.",
        f"Applied [{A}]: shards are rebuilt one at a time.",
        f"The import now runs in batches of 500, as recommended by [{A}].",
        f"I went with [{A}] and set the timeout to 30 s.",
        f"This uses the strategy of [{A}].",
        f"Summary: followed [{A}]; 18 tests pass.",
        f"As recorded in [{A}], pnpm is used here.",
        f"I re-used what [{A}] describes.",
        f"Same approach as [{A}], now for the cart.",
        f"I followed [{A}] for the wait and added a fixture for the user.",
        f"I went with [{A}] because it had worked three times.",
    ],
)
def test_it_says_that_the_memory_was_followed(sentence: str) -> None:
    assert followed(sentence) == (A,)


@pytest.mark.parametrize(
    "sentence",
    [
        f"I did not follow [{A}].",
        f"I did not follow [{A}]. I added retries around the click.",
        f"I didn't follow [{A}] because the form is new.",
        f"I didn’t use [{A}].",
        f"I follow none of these: [{A}] does not apply here.",
        f"I follow none of the records; [{A}] did not fit, so I added retries around the click.",
        f"None of the memories applied ([{A}]).",
        f"None of [{A}] and the rest fits.",
        f"Contrary to [{A}], I removed the test.",
        f"Contrary to what [{A}] says, I removed the test.",
        f"Contrary to the advice, [{A}], I removed the test.",
        f"Unlike [{A}], this adds retries.",
        f"Instead of [{A}] I added retries.",
        f"I added retries instead of following [{A}].",
        f"I added retries rather than wait as in [{A}].",
        f"Rather than [{A}], I chose retries.",
        f"I ignored [{A}].",
        f"I deliberately ignored the advice of [{A}] and added retries.",
        f"I rejected the advice, [{A}], and added retries.",
        f"I skipped [{A}] here.",
        f"I avoided [{A}].",
        f"I disregarded {A} since the page has changed.",
        f"[{A}] did not fit.",
        f"[{A}] doesn't apply: there is no button.",
        f"[{A}] was ignored.",
        f"[{A}] was not relevant to this.",
        f"[{A}] is outdated, I wrote a new helper.",
        f"I tried [{A}], but it did not work, and I added retries.",
        f"I tried [{A}], which did not help.",
        f"I tried [{A}] and dropped it.",
        f"I tried [{A}]. It did not help, so I added retries.",
        f"I looked at [{A}]. I did not follow it.",
        f"I considered [{A}].",
        f"I read [{A}] and chose retries.",
        f"Neither [{A}] nor anything else fits.",
        f"I never used [{A}].",
        f"Without [{A}] the tests pass as well.",
        f"I went against [{A}].",
        f"This differs from [{A}].",
        f"This departs from [{A}].",
        f"I could follow [{A}] next.",
        f"Should I follow [{A}]?",
        f"If you prefer, I can follow [{A}].",
        f"I cannot follow [{A}] here.",
        f"I used everything but [{A}].",
        f"There was no need for [{A}].",
        f"I followed [{A}] at first. Later I reverted that.",
        f"I follow [{A}] in the cart. [{A}] was not followed in the form.",
        f"No memory was followed. [{A}] concerns another form.",
        f"Although [{A}] says to wait, I added retries.",
        f"Memory [{A}] was about the checkout; I went my own way.",
        f"None followed; [{A}] is for the cart.",
        f"There is a memory [{A}], but I used retries.",
        f"I opted for retries over [{A}].",
        f"I left [{A}] alone and wrote a mock.",
        f"[{A}] is about the cart and not about the login.",
        f"I wanted to follow [{A}], but the selector has gone.",
        f"My change conflicts with [{A}].",
        f"[{A}] warned of sleeps, so I waited for the button.",
        f"I overlooked [{A}] at first and used a sleep.",
        f"I was going to use [{A}] until I saw the new API.",
        f"I broke with [{A}] on purpose.",
        f"Only partly following [{A}], I kept the sleep.",
        f"I used a sleep as [{A}] was too slow.",
        f"Had I followed [{A}], it would have been quicker.",
        f"The record [{A}] is from another project.",
        f"The memory [{A}] does not match this failure, so I debugged it from scratch.",
        f"None of the shown memories was relevant ([{A}] concerns deployment).",
        f"I did not need [{A}].",
        f"Not following [{A}] here, since the API is different.",
        f"[{A}] isn't relevant; I pinned the version.",
        f"I went with my own approach rather than [{A}].",
        f"[{A}] proposes a sleep; I used a wait.",
        f"I considered following [{A}] but used a mock.",
        f"I tried following [{A}], but that broke three tests, so I reverted it and used a mock.",
        f"I haven't followed [{A}].",
        f"[{A}] was shown to me, but the bug was somewhere else.",
        f"Skipped [{A}] as not applicable.",
        f"Of the memories shown, none applies, including [{A}].",
        f"[{A}] talks about Selenium while this is Playwright.",
        f"Working against [{A}], I kept the sleep.",
        f"This supersedes [{A}].",
        f"I know of [{A}], yet this case calls for a mock.",
        f"Forget [{A}]; the API changed.",
        f"Using [{A}] made it worse, so I undid that.",
        f"I forgot about [{A}].",
        f"[{A}] can be deleted.",
        f"My solution is better than [{A}].",
        f"Please reject [{A}], it misled me.",
        f"It took me a while to see that [{A}] is misleading.",
        f"The opposite of what [{A}] says worked.",
        f"Ich bin [{A}] nicht gefolgt.",
        f"Statt [{A}] habe ich es erneut versucht.",
        f"Je n'ai pas suivi [{A}].",
        f"No seguí [{A}].",
    ],
)
def test_it_denies_that_the_memory_was_followed_or_leaves_it_open(sentence: str) -> None:
    assert followed(sentence) == ()
    assert mentioned(sentence) == (A,)


@pytest.mark.parametrize(
    "sentence",
    [
        f"I followed [{A}], not [{B}].",
        f"I followed [{A}] rather than [{B}].",
        f"Rather than [{B}] I followed [{A}].",
        f"[{B}] did not fit; I followed [{A}].",
        f"I followed [{A}]; [{B}] did not fit.",
        f"[{B}] is outdated, so I went with [{A}].",
    ],
)
def test_of_two_memories_the_one_that_is_not_denied_was_followed(sentence: str) -> None:
    assert followed(sentence) == (A,)


def test_what_else_looks_like_an_id_is_none() -> None:
    assert mentioned("I follow none.") == ()
    assert mentioned("b-o-abcdefghij-x, xo-abcdefghij, u-abcdefghij, b-o-ABCDEFGHIJ") == ()


def test_of_a_message_full_of_ids_the_first_are_looked_at() -> None:
    ids = [f"o-aaaaaaaa{one}{other}" for one in "abcdefgh" for other in "abcdefgh"]
    assert len(ids) > MOST_LOOKED_AT
    found = followed("".join(f"I followed [{one}].\n" for one in ids))
    assert found == tuple(ids[: len(found)])
    assert 0 < len(found) <= MOST_LOOKED_AT

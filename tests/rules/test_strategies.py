"""When two texts name the same strategy: labelled pairs, a third of them written down and not tuned on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma.rules.strategies import same_key, similar

Pair = tuple[str, str]


def pairs(text: str) -> list[Pair]:
    """Two texts a row, parted by a bar."""
    rows = [row.split(" | ") for row in text.strip().splitlines()]
    return [(row[0].strip(), row[1].strip()) for row in rows]


REWORDED = pairs("""
Explicit waits on the submit button | We used explicit waits on the submit button
Explicit waits on the submit button | Explicit wait on submit button once more
Explicit waits on the submit button | I tried explicit waits on the submit button again.
Explicit waits on the submit button | Please use explicit waits on the submit button
Wait for the spinner to disappear | We waited for the spinner to disappear
Wait for the spinner to disappear | waiting for a spinner to disappear
Retry the request three times | Retrying the requests three times
Retry the request three times | I simply retried the request three times
Use data-testid selectors | Using data-testid selectors
Use data-testid selectors | We decided to use data-testid selectors
Use data-testid selectors | Tried data-testid selectors once again
Mock the payment API | We mocked the payment API
Mock the payment API | Mocking payment APIs
Run `npm test -- --runInBand` | Run npm test -- --runInBand
Run `npm test -- --runInBand` | run "npm test -- --runInBand" again
pytest -x -q tests/ | `pytest -x -q tests/`
Clear the cache before the build | Cleared the cache before the build
Clear the cache before the build | We cleared caches before the build this time
Don't use sleep() | Do not use sleep()
Don't click the button twice | don’t click the button twice!
Never commit to main | Never commit to main.
Use a transaction for the migration | Used a transaction for the migration
Use a transaction for the migration | We went with a transaction for the migration
Add an index on users.email | Added an index on users.email
Add an index on users.email | Adding index on users.email
Increase the timeout to 30s | Increased the timeout to 30s
Increase the timeout to 30s | We had to increase the timeout to 30s
Split the large query into batches | Splitting the large query into batches
Split the large query into batches | Just split large queries into batches
Pin numpy to 1.26.4 | Pinned numpy to 1.26.4
Pin numpy to 1.26.4 | we then pinned numpy to 1.26.4
Delete node_modules and reinstall | Deleted node_modules, then reinstalled
Delete node_modules and reinstall | Delete node_modules and reinstall, as usual
Open the page in headless mode | Opened the page in headless mode
Open the page in headless mode | Open the page on headless mode
Click on the login button | Click the login button
Click on the login button | We clicked on the login button
Rebase onto main before merging | Rebased onto main before merging
Rename the variable `x` to `count` | Renamed the variable x to count
Rename the variable `x` to `count` | Renaming variable "x" to "count"
Remove unused imports | Removed the unused imports
Remove unused imports | removing unused imports again
Catch the error and log it | Catching errors and logging it
Strategy: retry with backoff | retry with backoff
Retry with exponential backoff | Retried using exponential backoff
Retry with exponential backoff | Retry via exponential backoff
**Use fixtures** for the database | use fixtures for the database
Refresh the token when it expires | Refreshed the token when it expired
Send the request without cookies | Sent the request without cookies
Send the request without cookies | We sent the request without cookies once more
Check the status code first | I checked the status code first
Sort by id, then by name | sort by id then by name
Skip the flaky tests | Skipped flaky tests
Copy the fixture to /tmp/data | Copied the fixture to /tmp/data
Ask the user for the file path | Asked user for the file path
Cache the results in Redis | Caching results in Redis
Validate input with zod | Validated the input using zod
Make sure to close the connection | Close the connection
Group the tests by feature | We also grouped the tests by feature
Set NODE_ENV=test | Setting NODE_ENV=test
""")

REWORDED_HELD_BACK = pairs("""
Scroll the element into view | Scrolled the element into view
Scroll the element into view | We scrolled the elements into view again
Use a fresh browser context per test | Used a fresh browser context per test
Use a fresh browser context per test | I went with a fresh browser context per test
Stub the clock | Stubbed the clock, like before
Stub the clock | We tried stubbing the clock
Run the linter with --fix | Ran the linter with --fix
Run the linter with --fix | Please run the linter with `--fix`
docker compose up -d db | `docker compose up -d db`.
Vacuum the table after the bulk delete | Vacuumed the table after bulk deletes
Replace the join with a subquery | Replaced the join with a subquery
Replace the join with a subquery | We actually replaced the joins with a subquery
Escape the quotes in the JSON | Escaping quotes in the JSON
Check out a clean copy | Checked out a clean copy
Use keyset pagination instead of OFFSET | Using keyset pagination instead of OFFSET
Log in as a fresh user | Logged in as a fresh user
Type the password slowly | Typed the password slowly one more time
Bump lodash to 4.17.21 | Bumped lodash to 4.17.21
Export the key as PEM | Exported keys as PEM
Write a failing test first | Wrote a failing test first
Write a failing test first | We began by writing a failing test first
Compare screenshots at 1280x720 | Compared the screenshots at 1280x720
Restart the dev server | I just restarted the dev server
Read the docs before coding | Reading the docs before coding
Use the API's pagination | Used the API pagination
Disable animations in the test config | Disabled the animations in test config
Commit after every step | Committed after every step
Let the job time out | We let the job time out
Apply the patch with git apply | Applied the patch using git apply
Freeze the lockfile in CI | The lockfile was frozen in CI
""")

LOOK_ALIKES = pairs("""
sleep 5 | sleep 50
sleep(500) before the click | sleep(5000) before the click
Wait 5 seconds | Wait 10 seconds
Retry twice | Retry once
Retry 3 times | Retry 5 times
Use v1 of the API | Use v2 of the API
Pin numpy to 1.26 | Pin numpy to 1.27
Pin react to 18.2.0 | Pin react to 18.3.0
Run with cache | Run without cache
Run tests with network | Run tests without network
Use sleep() | Don't use sleep()
Use sleep() | Never use sleep()
Use sleep() | Avoid sleep()
Commit to main | Do not commit to main
Increase the timeout | Decrease the timeout
Increase the timeout to 5 | Increase the timeout by 5
Clear the cache before the build | Clear the cache after the build
Lint before testing | Test before linting
Build, then test | Test, then build
Copy A to B | Copy B to A
Convert JSON to YAML | Convert YAML to JSON
Migrate from MySQL to PostgreSQL | Migrate from PostgreSQL to MySQL
Use sync calls | Use async calls
Use the synchronous client | Use the asynchronous client
Enable the cache | Disable the cache
Turn on animations | Turn off animations
Turn the feature on | Turn the feature off
git push | git push --force
git push --force | git push --force-with-lease
git commit | git commit --no-verify
npm ci | npm i
npm install | npm uninstall
pytest -x | pytest -q
pytest -n 2 | pytest -n 4
pytest tests/unit | pytest tests/e2e
git branch -d feature | git branch -D feature
Edit src/app.ts | Edit src/api.ts
Edit src/app.ts | Edit src/app.tsx
Read config/dev.yaml | Read config/prod.yaml
Use page.waitForSelector | Use page.waitForTimeout
Use getByRole | Use getByText
Call useMemo | Call useEffect
Rename userId to user_id | Rename user_id to userId
Set DEBUG=1 | Set DEBUG=0
Set MAX_RETRIES=3 | Set MIN_RETRIES=3
SELECT id FROM users | SELECT id FROM orders
Use INNER JOIN | Use LEFT JOIN
ORDER BY name ASC | ORDER BY name DESC
Add an index on users.email | Add an index on users.name
Add an index | Drop an index
Use a read replica | Use the primary
Lock the row before reading | Lock the row after reading
Grant access to admins | Revoke access to admins
Commit the transaction | Roll back the transaction
Accept cookies | Reject cookies
Show the modal | Hide the modal
Open the drawer | Close the drawer
Scroll up | Scroll down
Scroll to the top | Scroll to the bottom
Click the first row | Click the last row
Click the left arrow | Click the right arrow
Expand the menu | Collapse the menu
Log in as admin | Log out as admin
Log in as admin | Log in as guest
Log in | Log
Plan A | Plan B
Phase I | Phase II
Option A first | Option B first
Use US locale | Use UK locale
Allow all origins | Allow no origins
Allow all origins | Allow some origins
Run all tests | Run failing tests
Run only the unit tests | Run the unit tests
Always retry | Sometimes retry
Always retry | Never retry
Mock the API | Do not mock the API
Mock the API and hit the database | Hit the API and mock the database
Test with X and without Y | Test with Y and without X
Use tabs instead of spaces | Use spaces instead of tabs
Prefer const over let | Prefer let over const
Use single quotes | Use double quotes
Import from lodash | Import to lodash
Replace with mocks | Replace mocks
Convert to JSON | Convert from JSON
Upload the file | Download the file
Encode the URL | Decode the URL
Encrypt the token | Decrypt the token
Serialise the state | Deserialise the state
Use the minimum | Use the maximum
At least 2 reviewers | At most 2 reviewers
x > 3 | x < 3
a == b | a != b
Push to origin | Push to upstream
Merge main into feature | Merge feature into main
Fixed login | Fix not login
Stop using Redis | Stop Redis
Test in Docker | Test Docker
Search for index | Search index
memory use | memory
Wait until visible | Wait until hidden
Wait until enabled | Wait until disabled
Blocking call | Non-blocking call
opt-in tracking | opt-out tracking
even rows | odd rows
note the result | not the result
Go build | build
Go test ./... | test ./...
Try catch around the call | Catch around the call
Use for loops | Use loops
Use "the" selector | Use "a" selector
US dollars | dollars
Use do blocks | Use blocks
Sign in | Sign up
C# | C++
$HOME | $PATH
Do it | Undo it
foo(a, b) | foo(b, a)
Pass by value | Pass by reference
""")

LOOK_ALIKES_HELD_BACK = pairs("""
Keep connections open | Close connections
Poll every 2s | Poll every 20s
Timeout 1.5 s | Timeout 15 s
Upgrade to Node 18 | Upgrade to Node 20
Added in 2.1 | Added in 2.1.1
Deprecated in 3.0 | Removed in 3.0
Fix #123 | Fix #124
Use port 8080 | Use port 8081
chmod 755 run.sh | chmod 777 run.sh
rm -r build | rm -rf build
curl -k URL | curl URL
tar -x | tar -c
docker run --rm app | docker run app
docker start db | docker stop db
kubectl apply -f a.yaml | kubectl delete -f a.yaml
kubectl scale --replicas=1 | kubectl scale --replicas=3
pip install . | pip install -e .
git reset --soft | git reset --hard
git rebase main | git merge main
git stash push | git stash pop
npm run build | npm run build:prod
make test | make tests-e2e
Use == for comparison | Use === for comparison
Do not shadow names | Shadow names
Disallow unused variables | Allow unused variables
Use named exports | Use default exports
Prefer interfaces over types | Prefer types over interfaces
Return early | Return late
Never swallow exceptions | Swallow exceptions
Log errors, not warnings | Log warnings, not errors
WHERE id = 1 | WHERE id = 2
WHERE a AND b | WHERE a OR b
WHERE deleted IS NULL | WHERE deleted IS NOT NULL
LIMIT 10 OFFSET 20 | LIMIT 20 OFFSET 10
UNION | UNION ALL
DELETE FROM a WHERE x | DELETE FROM a
Join users to orders first | Join orders to users first
Assert before the click | Assert after the click
Click then wait | Wait then click
Use CSS selectors | Use XPath selectors
Check the box | Uncheck the box
Focus the input | Blur the input
Submit with Enter | Submit with Tab
Test as admin in Firefox | Test as admin in Chrome
Mobile viewport | Desktop viewport
Run headless | Run headed
Run serially | Run in parallel
Disable retries | Enable retries
Skip slow tests | Run slow tests
Test on my branch | Test on your branch
Retry on failure | Retry on success
Call Foo.bar | Call foo.Bar
10² rows | 102 rows
使用显式等待 | 不使用显式等待
Используй ожидание | Не используй ожидание
""")

PARAPHRASES = pairs("""
Explicit waits on the submit button | Wait explicitly for the submit button
Retry the request with exponential backoff | Exponential backoff when retrying a request
Mock the payment API in the checkout test | In the checkout test the payment API is mocked
""")


def joined(labelled: list[Pair]) -> float:
    return sum(same_key(one) == same_key(other) for one, other in labelled) / len(labelled)


def test_the_labelled_sets_are_as_large_as_is_claimed() -> None:
    assert len({*REWORDED, *REWORDED_HELD_BACK}) >= 80
    assert len({*LOOK_ALIKES, *LOOK_ALIKES_HELD_BACK}) >= 140


def test_light_rewordings_are_joined() -> None:
    assert joined(REWORDED) >= 0.87


def test_light_rewordings_that_were_not_tuned_on_are_joined() -> None:
    assert joined(REWORDED_HELD_BACK) >= 0.87


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES + LOOK_ALIKES_HELD_BACK)
def test_what_only_looks_alike_is_never_joined(one: str, other: str) -> None:
    assert same_key(one) != same_key(other)


def test_a_text_of_light_words_only_is_its_own_key() -> None:
    assert same_key("Please") == "please"
    assert same_key("Try again") == "try again"
    assert same_key("Please") != same_key("Try again")


def test_a_strategy_of_one_character_has_a_key() -> None:
    assert same_key("x") == "x"
    assert same_key("✅") != same_key("❌")


def test_another_script_is_compared_as_it_is_written_apart_from_width_and_spaces() -> None:
    assert same_key("ＡＰＩを  待つ") == same_key("APIを 待つ")


@given(st.text(min_size=1).filter(lambda text: bool(text.strip())))
def test_every_text_has_a_key_that_white_space_around_it_does_not_change(text: str) -> None:
    assert same_key(text) == same_key(f"  {text}\n")


@given(st.sampled_from([one for one, _ in LOOK_ALIKES]), st.integers(0, 99), st.integers(0, 99))
def test_another_number_is_another_strategy(text: str, one: int, other: int) -> None:
    assert (same_key(f"{text} in {one} steps") == same_key(f"{text} in {other} steps")) == (one == other)


@given(st.sampled_from([one for one, _ in REWORDED + LOOK_ALIKES]))
def test_a_negation_before_it_is_another_strategy(text: str) -> None:
    assert same_key(text) != same_key(f"Do not {text}")


@pytest.mark.parametrize(("one", "other"), PARAPHRASES)
def test_a_free_paraphrase_stays_apart_but_is_offered_as_similar(one: str, other: str) -> None:
    assert same_key(one) != same_key(other)
    assert similar(one, ["Deploy on Friday", other, "Bake a cake"]) == [other]


def test_what_has_the_same_key_is_not_offered_as_similar() -> None:
    assert similar("Explicit waits on the button", ["We used explicit waits on the button"]) == []


def test_opposites_and_other_numbers_are_not_offered_as_similar() -> None:
    others = [
        "Run the tests without the cache",
        "Run the tests with cache 2",
        "Run the tests with --no-cache",
    ]
    assert similar("Run the tests with the cache", others) == []


def test_the_most_alike_comes_first_and_no_more_than_asked_for() -> None:
    others = ["Wait for a button", "Waits explicit for button", "Wait explicitly for the button"]
    assert similar("Wait explicit for the button", others, limit=1, floor=0.1)[0] in others[1:]
    assert len(similar("Wait explicit for the button", others, limit=2, floor=0.1)) == 2
    assert similar("Wait explicit for the button", others, limit=0) == []

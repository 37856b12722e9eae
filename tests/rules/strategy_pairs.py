"""The labelled pairs of strategies: the same in light or in free words, look-alikes that differ, and plain others.

More than half is of sorts that the rule was not written for: command lines, linter advice, lines of changelogs. That
half was written down before it was known how the rule does on it. A third, drawn from the first text of a pair, is
held back: nothing is tuned on it, and its figures stand apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

LIGHT, FREE, OPPOSITE, DIFFERENT = "light", "free", "opposite", "different"
PROSE, COMMAND, LINTER, CHANGELOG = "prose", "command", "linter", "changelog"
BETWEEN = " <> "


@dataclass(frozen=True)
class Pair:
    """Two strategies, and whether they are one: `light` and `free` rewordings are, the rest is not."""

    one: str
    other: str
    sort: str
    field: str
    mended: bool = False

    @property
    def same(self) -> bool:
        """Whether both name the same strategy."""
        return self.sort in (LIGHT, FREE)

    @property
    def held_back(self) -> bool:
        """Whether it is of the third that nothing is tuned on; pairs of the same first text stay together."""
        return not self.mended and sha256(self.one.encode()).digest()[0] % 3 == 0


def _pairs(field: str, sort: str, text: str, *, mended: bool = False) -> tuple[Pair, ...]:
    """Two texts a row; `mended` are those on which the rule was wrong, and for which it was changed."""
    rows = (row.split(BETWEEN) for row in text.strip().splitlines())
    return tuple(Pair(one.strip(), other.strip(), sort, field, mended) for one, other in rows)


ALL: tuple[Pair, ...] = (
    *_pairs(
        PROSE,
        LIGHT,
        """
Explicit waits on the submit button <> We used explicit waits on the submit button
Explicit waits on the submit button <> Explicit wait on submit button once more
Explicit waits on the submit button <> I tried explicit waits on the submit button again.
Explicit waits on the submit button <> Please use explicit waits on the submit button
Wait for the spinner to disappear <> We waited for the spinner to disappear
Wait for the spinner to disappear <> waiting for a spinner to disappear
Retry the request three times <> Retrying the requests three times
Retry the request three times <> I simply retried the request three times
Use data-testid selectors <> Using data-testid selectors
Use data-testid selectors <> We decided to use data-testid selectors
Use data-testid selectors <> Tried data-testid selectors once again
Mock the payment API <> We mocked the payment API
Mock the payment API <> Mocking payment APIs
Run `npm test -- --runInBand` <> Run npm test -- --runInBand
Run `npm test -- --runInBand` <> run "npm test -- --runInBand" again
pytest -x -q tests/ <> `pytest -x -q tests/`
Clear the cache before the build <> Cleared the cache before the build
Clear the cache before the build <> We cleared caches before the build this time
Don't use sleep() <> Do not use sleep()
Don't click the button twice <> don’t click the button twice!
Never commit to main <> Never commit to main.
Use a transaction for the migration <> Used a transaction for the migration
Use a transaction for the migration <> We went with a transaction for the migration
Add an index on users.email <> Added an index on users.email
Add an index on users.email <> Adding index on users.email
Increase the timeout to 30s <> Increased the timeout to 30s
Increase the timeout to 30s <> We had to increase the timeout to 30s
Split the large query into batches <> Splitting the large query into batches
Split the large query into batches <> Just split large queries into batches
Pin numpy to 1.26.4 <> Pinned numpy to 1.26.4
Pin numpy to 1.26.4 <> we then pinned numpy to 1.26.4
Delete node_modules and reinstall <> Deleted node_modules, then reinstalled
Delete node_modules and reinstall <> Delete node_modules and reinstall, as usual
Open the page in headless mode <> Opened the page in headless mode
Open the page in headless mode <> Open the page on headless mode
Click on the login button <> Click the login button
Click on the login button <> We clicked on the login button
Rebase onto main before merging <> Rebased onto main before merging
Rename the variable `x` to `count` <> Renamed the variable x to count
Rename the variable `x` to `count` <> Renaming variable "x" to "count"
Remove unused imports <> Removed the unused imports
Remove unused imports <> removing unused imports again
Catch the error and log it <> Catching errors and logging it
Strategy: retry with backoff <> retry with backoff
Retry with exponential backoff <> Retried using exponential backoff
Retry with exponential backoff <> Retry via exponential backoff
**Use fixtures** for the database <> use fixtures for the database
Refresh the token when it expires <> Refreshed the token when it expired
Send the request without cookies <> Sent the request without cookies
Send the request without cookies <> We sent the request without cookies once more
Check the status code first <> I checked the status code first
Sort by id, then by name <> sort by id then by name
Skip the flaky tests <> Skipped flaky tests
Copy the fixture to /tmp/data <> Copied the fixture to /tmp/data
Ask the user for the file path <> Asked user for the file path
Cache the results in Redis <> Caching results in Redis
Validate input with zod <> Validated the input using zod
Make sure to close the connection <> Close the connection
Group the tests by feature <> We also grouped the tests by feature
Set NODE_ENV=test <> Setting NODE_ENV=test
Scroll the element into view <> Scrolled the element into view
Scroll the element into view <> We scrolled the elements into view again
Use a fresh browser context per test <> Used a fresh browser context per test
Use a fresh browser context per test <> I went with a fresh browser context per test
Stub the clock <> Stubbed the clock, like before
Stub the clock <> We tried stubbing the clock
Run the linter with --fix <> Ran the linter with --fix
Run the linter with --fix <> Please run the linter with `--fix`
docker compose up -d db <> `docker compose up -d db`.
Vacuum the table after the bulk delete <> Vacuumed the table after bulk deletes
Replace the join with a subquery <> Replaced the join with a subquery
Replace the join with a subquery <> We actually replaced the joins with a subquery
Escape the quotes in the JSON <> Escaping quotes in the JSON
Check out a clean copy <> Checked out a clean copy
Use keyset pagination instead of OFFSET <> Using keyset pagination instead of OFFSET
Log in as a fresh user <> Logged in as a fresh user
Type the password slowly <> Typed the password slowly one more time
Bump lodash to 4.17.21 <> Bumped lodash to 4.17.21
Export the key as PEM <> Exported keys as PEM
Write a failing test first <> Wrote a failing test first
Write a failing test first <> We began by writing a failing test first
Compare screenshots at 1280x720 <> Compared the screenshots at 1280x720
Restart the dev server <> I just restarted the dev server
Read the docs before coding <> Reading the docs before coding
Use the API's pagination <> Used the API pagination
Disable animations in the test config <> Disabled the animations in test config
Commit after every step <> Committed after every step
Let the job time out <> We let the job time out
Apply the patch with git apply <> Applied the patch using git apply
Freeze the lockfile in CI <> The lockfile was frozen in CI
Roll back the deployment <> We ended up rolling back the deployment
Roll back the deployment <> I went ahead and rolled back the deployment
Profile the slow endpoint <> First thing we did: profiled the slow endpoint
Profile the slow endpoint <> The plan was to profile the slow endpoint
Warm up the cache after each deploy <> Warmed up the cache after each deploy, same as last time
Use a connection pool <> Utilise a connection pool
Use a connection pool <> We made use of a connection pool
Delete the stale lock file <> Remove the stale lock file
Raise the memory limit to 2 GB <> Increase the memory limit to 2GB
Seed the database with fixtures <> For this task I seeded the database with fixtures
Retry 3 times <> Retry three times
Wait until the spinner disappears <> Wait till the spinner has disappeared
Compress the images before uploading <> My approach: compress the images before uploading
Compress the images before uploading <> I was able to compress the images before uploading
Pass the token in the header <> Passing the token in the headers worked
Split the module into two files <> Eventually I split the module into two files
Use feature flags <> Resorted to feature flags
Log the request id <> Logged the request ID
Ask the reviewer for the missing context <> Asked the reviewer for missing context first
Rotate the signing key <> We proceeded to rotate the signing key
""",
    ),
    *_pairs(
        PROSE,
        FREE,
        """
Explicit waits on the submit button <> Wait explicitly for the submit button
Retry the request with exponential backoff <> Exponential backoff when retrying a request
Mock the payment API in the checkout test <> In the checkout test the payment API is mocked
Clear the cache before the build <> Before the build, clear the cache
Use a fake clock in the scheduler tests <> In the scheduler tests, use a fake clock
Skip the upload when the file is empty <> When the file is empty, skip the upload
Prefer composition over inheritance <> Use composition rather than inheritance
Use keyset pagination instead of OFFSET <> Replace OFFSET with keyset pagination
Don't swallow exceptions <> Avoid swallowing exceptions
Never log the password <> Don't log the password
Freeze the lockfile in CI <> In CI the lockfile is frozen
Wait for the spinner to disappear <> Wait until the spinner disappears
Rerun only the tests that failed <> Run just the failed tests again
Increase the request timeout <> Give the request more time
Increase the request timeout <> Increase the timeout of the request
Turn off animations <> Disable animations
Fetch all pages before filtering <> Get every page, then filter
Use one transaction for the whole import <> Wrap the complete import in a single transaction
Retry failed uploads with backoff <> When an upload fails, try again with growing pauses
Read the error message carefully first <> Start by studying what the error says
Write a failing test first <> Begin with a test that fails
Check the schema version before migrating <> Verify which schema version is there, then migrate
Store the dates in UTC <> Keep every date in UTC
Delete node_modules and reinstall <> Reinstall from scratch after removing node_modules
Ask the user for the file path <> Have the user tell where the file is
Mock the payment API <> Use a fake payment API
Send emails from a background queue <> Push e-mails to a queue that works in the background
Limit the query to the last 30 days <> Only query the last 30 days
Validate the input at the boundary <> Check what comes in at the edge
Use the browser's own date picker <> Use the native date picker
Reproduce the bug locally <> Make the bug happen on your own machine
Use a smaller batch size <> Make the batches smaller
Copy the data, then switch over <> Switch over after copying the data
""",
    ),
    *_pairs(
        PROSE,
        OPPOSITE,
        """
sleep 5 <> sleep 50
sleep(500) before the click <> sleep(5000) before the click
Wait 5 seconds <> Wait 10 seconds
Retry twice <> Retry once
Retry 3 times <> Retry 5 times
Use v1 of the API <> Use v2 of the API
Pin numpy to 1.26 <> Pin numpy to 1.27
Pin react to 18.2.0 <> Pin react to 18.3.0
Run with cache <> Run without cache
Run tests with network <> Run tests without network
Use sleep() <> Don't use sleep()
Use sleep() <> Never use sleep()
Use sleep() <> Avoid sleep()
Commit to main <> Do not commit to main
Increase the timeout <> Decrease the timeout
Increase the timeout to 5 <> Increase the timeout by 5
Clear the cache before the build <> Clear the cache after the build
Lint before testing <> Test before linting
Build, then test <> Test, then build
Copy A to B <> Copy B to A
Convert JSON to YAML <> Convert YAML to JSON
Migrate from MySQL to PostgreSQL <> Migrate from PostgreSQL to MySQL
Use sync calls <> Use async calls
Use the synchronous client <> Use the asynchronous client
Enable the cache <> Disable the cache
Turn on animations <> Turn off animations
Turn the feature on <> Turn the feature off
git push <> git push --force
git push --force <> git push --force-with-lease
git commit <> git commit --no-verify
npm ci <> npm i
npm install <> npm uninstall
pytest -x <> pytest -q
pytest -n 2 <> pytest -n 4
pytest tests/unit <> pytest tests/e2e
git branch -d feature <> git branch -D feature
Edit src/app.ts <> Edit src/api.ts
Edit src/app.ts <> Edit src/app.tsx
Read config/dev.yaml <> Read config/prod.yaml
Use page.waitForSelector <> Use page.waitForTimeout
Use getByRole <> Use getByText
Call useMemo <> Call useEffect
Rename userId to user_id <> Rename user_id to userId
Set DEBUG=1 <> Set DEBUG=0
Set MAX_RETRIES=3 <> Set MIN_RETRIES=3
SELECT id FROM users <> SELECT id FROM orders
Use INNER JOIN <> Use LEFT JOIN
ORDER BY name ASC <> ORDER BY name DESC
Add an index on users.email <> Add an index on users.name
Add an index <> Drop an index
Use a read replica <> Use the primary
Lock the row before reading <> Lock the row after reading
Grant access to admins <> Revoke access to admins
Commit the transaction <> Roll back the transaction
Accept cookies <> Reject cookies
Show the modal <> Hide the modal
Open the drawer <> Close the drawer
Scroll up <> Scroll down
Scroll to the top <> Scroll to the bottom
Click the first row <> Click the last row
Click the left arrow <> Click the right arrow
Expand the menu <> Collapse the menu
Log in as admin <> Log out as admin
Log in as admin <> Log in as guest
Log in <> Log
Plan A <> Plan B
Phase I <> Phase II
Option A first <> Option B first
Use US locale <> Use UK locale
Allow all origins <> Allow no origins
Allow all origins <> Allow some origins
Run all tests <> Run failing tests
Run only the unit tests <> Run the unit tests
Always retry <> Sometimes retry
Always retry <> Never retry
Mock the API <> Do not mock the API
Mock the API and hit the database <> Hit the API and mock the database
Test with X and without Y <> Test with Y and without X
Use tabs instead of spaces <> Use spaces instead of tabs
Prefer const over let <> Prefer let over const
Use single quotes <> Use double quotes
Import from lodash <> Import to lodash
Replace with mocks <> Replace mocks
Convert to JSON <> Convert from JSON
Upload the file <> Download the file
Encode the URL <> Decode the URL
Encrypt the token <> Decrypt the token
Serialise the state <> Deserialise the state
Use the minimum <> Use the maximum
At least 2 reviewers <> At most 2 reviewers
x > 3 <> x < 3
a == b <> a != b
Push to origin <> Push to upstream
Merge main into feature <> Merge feature into main
Fixed login <> Fix not login
Stop using Redis <> Stop Redis
Test in Docker <> Test Docker
Search for index <> Search index
memory use <> memory
Wait until visible <> Wait until hidden
Wait until enabled <> Wait until disabled
Blocking call <> Non-blocking call
opt-in tracking <> opt-out tracking
even rows <> odd rows
note the result <> not the result
Go build <> build
Go test ./... <> test ./...
Try catch around the call <> Catch around the call
Use for loops <> Use loops
Use "the" selector <> Use "a" selector
US dollars <> dollars
Use do blocks <> Use blocks
Sign in <> Sign up
C# <> C++
$HOME <> $PATH
Do it <> Undo it
foo(a, b) <> foo(b, a)
Pass by value <> Pass by reference
Keep connections open <> Close connections
Poll every 2s <> Poll every 20s
Timeout 1.5 s <> Timeout 15 s
Upgrade to Node 18 <> Upgrade to Node 20
Added in 2.1 <> Added in 2.1.1
Deprecated in 3.0 <> Removed in 3.0
Fix #123 <> Fix #124
Use port 8080 <> Use port 8081
chmod 755 run.sh <> chmod 777 run.sh
rm -r build <> rm -rf build
curl -k URL <> curl URL
tar -x <> tar -c
docker run --rm app <> docker run app
docker start db <> docker stop db
kubectl apply -f a.yaml <> kubectl delete -f a.yaml
kubectl scale --replicas=1 <> kubectl scale --replicas=3
pip install . <> pip install -e .
git reset --soft <> git reset --hard
git rebase main <> git merge main
git stash push <> git stash pop
npm run build <> npm run build:prod
make test <> make tests-e2e
Use == for comparison <> Use === for comparison
Do not shadow names <> Shadow names
Disallow unused variables <> Allow unused variables
Use named exports <> Use default exports
Prefer interfaces over types <> Prefer types over interfaces
Return early <> Return late
Never swallow exceptions <> Swallow exceptions
Log errors, not warnings <> Log warnings, not errors
WHERE id = 1 <> WHERE id = 2
WHERE a AND b <> WHERE a OR b
WHERE deleted IS NULL <> WHERE deleted IS NOT NULL
LIMIT 10 OFFSET 20 <> LIMIT 20 OFFSET 10
UNION <> UNION ALL
DELETE FROM a WHERE x <> DELETE FROM a
Join users to orders first <> Join orders to users first
Assert before the click <> Assert after the click
Click then wait <> Wait then click
Use CSS selectors <> Use XPath selectors
Check the box <> Uncheck the box
Focus the input <> Blur the input
Submit with Enter <> Submit with Tab
Test as admin in Firefox <> Test as admin in Chrome
Mobile viewport <> Desktop viewport
Run headless <> Run headed
Run serially <> Run in parallel
Disable retries <> Enable retries
Skip slow tests <> Run slow tests
Test on my branch <> Test on your branch
Retry on failure <> Retry on success
Call Foo.bar <> Call foo.Bar
10² rows <> 102 rows
使用显式等待 <> 不使用显式等待
Используй ожидание <> Не используй ожидание
Deploy to staging <> Deploy to production
Escalate after two failures <> Escalate after three failures
Cache per user <> Cache per session
Refund before the goods come back <> Refund after the goods come back
Answer by phone <> Answer by mail
Retry idempotent requests only <> Retry non-idempotent requests only
Oldest message first <> Newest message first
Read from the replica, write to the primary <> Read from the primary, write to the replica
Prefer inheritance over composition <> Prefer composition over inheritance
Replace OFFSET with keyset pagination <> Replace keyset pagination with OFFSET
Wait until the spinner disappears <> Wait until the spinner appears
If the cache is warm, skip the query <> If the query is warm, skip the cache
Delete the lock file <> Keep the lock file
Remove the flag for admins <> Remove the flag for guests
The client is authenticated by the server <> The server is authenticated by the client
Use at least two workers <> Use at most two workers
Ask before deleting <> Delete before asking
Timeouts of 30 seconds <> Timeouts of 30 minutes
Limit to 10 MB <> Limit to 10 GB
Test the API in the browser <> Test the browser in the API
Use remove instead of delete <> Use delete instead of remove
Before the backup, stop the server <> Before stopping the server, back it up
After the build, clear the cache <> Before the build, clear the cache
The parser is replaced by the lexer <> The lexer is replaced by the parser
Replace mocks with fakes <> Use mocks instead of fakes
Prefer tabs to spaces <> Prefer spaces to tabs
Use polling rather than webhooks <> Use webhooks rather than polling
Wait for 5 seconds <> Wait for 5 minutes
Wait 5 ms <> Wait 5 s
Wait for the button to appear <> Wait for the button to disappear
The tests were not run <> The tests were run
The result should be cached <> The result should not be cached
Deploy, not build <> Build, not deploy
If the cache is warm, rebuild <> Unless the cache is warm, rebuild
In staging, use production data <> In production, use staging data
Use one worker <> Use two workers
Start the server <> Restart the server
Begin the transaction <> End the transaction
Make sure to close the file <> Make sure not to close the file
Pre-build hook <> Post-build hook
Use the max <> Use the min
Mount the volume <> Unmount the volume
Don't avoid mocks <> Avoid mocks
Test without using the cache <> Test using the cache
Use the dev database <> Use the prod database
Set the size of the buffer to 10 <> Set the buffer to the size of 10
The name of the file <> The file of the name
Run tests in Docker <> Run Docker in tests
When it fails, retry <> When it succeeds, retry
First lint, then test <> First test, then lint
Two of the tests <> Three of the tests
Bump the major version <> Bump the minor version
Add re-exports <> Add exports
Delete rows older than 30 days <> Delete rows younger than 30 days
Use sync functions in async code <> Use async functions in sync code
Show one message for each error <> Show each error for one message
""",
    ),
    *_pairs(
        PROSE,
        DIFFERENT,
        """
Clear the cache before the build <> Read the error message first
Mock the payment API <> Increase the request timeout
Use feature flags <> Vacuum the table after the bulk delete
Retry with exponential backoff <> Rename the variable x to count
Write a failing test first <> Deploy on Friday
Use a connection pool <> Ask the user for the file path
Use data-testid selectors <> Use a connection pool
Rotate the signing key <> Rotate the log files
Split the module into two files <> Split the large query into batches
Validate input with zod <> Validate the certificate chain
""",
    ),
    *_pairs(
        COMMAND,
        LIGHT,
        """
npm test <> npm run test
npm test <> Ran `npm test`
npm test <> npm t
npm ci <> $ npm ci
npm ci <> Run `npm ci` again
npm install --save-dev vitest <> npm i -D vitest
npm install --save-dev vitest <> npm install vitest --save-dev
npm run build <> npm run-script build
npm run build -- --mode staging <> We ran `npm run build -- --mode staging`
pnpm install --frozen-lockfile <> pnpm i --frozen-lockfile
pnpm install --frozen-lockfile <> Used pnpm install --frozen-lockfile this time
pnpm --filter web test <> Running pnpm --filter web test
yarn test <> yarn run test
pytest -x -q tests/unit <> pytest -q -x tests/unit
pytest -x -q tests/unit <> pytest tests/unit -x -q
pytest -x -q tests/unit <> pytest -xq tests/unit
pytest -x -q tests/unit <> Executed `pytest -x -q tests/unit`
pytest -k login -vv <> pytest -vv -k login
pytest -k "login and not slow" <> I ran pytest -k "login and not slow"
pytest --maxfail=2 <> pytest --maxfail 2
pytest --lf <> pytest --last-failed
pytest -n 4 --dist loadfile <> pytest --dist=loadfile -n 4
pytest tests/api --tb=short -q <> Run pytest tests/api -q --tb=short
python -m pytest tests/test_api.py <> ran python -m pytest tests/test_api.py once more
docker compose up -d db <> docker compose up --detach db
docker compose up -d db <> We started with docker compose up -d db
docker build -t shop:dev . <> docker build --tag shop:dev .
docker build --no-cache -t shop:dev . <> docker build -t shop:dev --no-cache .
docker run --rm -it alpine sh <> docker run -it --rm alpine sh
docker ps -a <> docker ps --all
docker logs -f web <> docker logs --follow web
docker system prune -af <> docker system prune -f -a
git push --force-with-lease origin main <> git push origin main --force-with-lease
git push -u origin feature <> git push --set-upstream origin feature
git commit -m "Fix the parser" <> git commit --message "Fix the parser"
git commit --amend --no-edit <> `git commit --no-edit --amend`
git commit -am "Fix the parser" <> git commit -a -m "Fix the parser"
git add -A <> git add --all
git pull --rebase <> Did a `git pull --rebase`
git stash push -u <> git stash push --include-untracked
git fetch --all --prune <> git fetch --prune --all
git log --oneline -n 5 <> use git log --oneline -n 5
git clean -fd <> git clean -d -f
kubectl get pods -n staging <> kubectl get pods --namespace staging
kubectl get pods -n staging <> kubectl -n staging get pods
kubectl apply -f k8s/web.yaml <> Applied it with `kubectl apply -f k8s/web.yaml`
kubectl apply -f k8s/web.yaml <> kubectl apply --filename=k8s/web.yaml
kubectl rollout restart deployment/web <> Try kubectl rollout restart deployment/web
kubectl scale deployment web --replicas=3 <> kubectl scale --replicas=3 deployment web
cargo test --release <> Ran cargo test --release
cargo build -r <> cargo build --release
cargo test -p parser <> cargo test --package parser
cargo clippy --all-targets --all-features <> cargo clippy --all-features --all-targets
pip install -U pip <> pip install --upgrade pip
pip install -r requirements.txt <> pip install --requirement requirements.txt
pip install -e ".[dev]" <> pip install -e '.[dev]'
uv sync --all-extras <> Synced with `uv sync --all-extras`
ruff check --fix src <> ruff check src --fix
mypy --strict src <> mypy src --strict
rm -rf node_modules <> rm -fr node_modules
rm -rf node_modules <> rm -r -f node_modules
mkdir -p build/out <> mkdir --parents build/out
make -j4 <> make -j 4
grep -rn TODO src <> grep -nr TODO src
tsc --noEmit <> Ran `tsc --noEmit` first and that worked
npx playwright test --headed <> Running `npx playwright test --headed`
DEBUG=1 npm test <> DEBUG=1 npm run test
cd web && npm test <> cd web && npm run test
""",
    ),
    *_pairs(
        COMMAND,
        FREE,
        """
pytest -x <> Run pytest so that it stops at the first failure
npm ci <> Do a clean install from the lockfile with npm
git switch -c feature <> git checkout -b feature
git push --force-with-lease <> Force-push, but only if nobody else has pushed
docker compose up -d <> Start the services in the background with Docker Compose
npm install lodash <> npm add lodash
npm uninstall lodash <> npm remove lodash
rm -rf node_modules && npm install <> Delete node_modules and install again
pytest --lf <> Only run the tests that failed last time
kubectl rollout undo deployment/web <> Roll the web deployment back one revision
git restore --staged a.py <> git reset HEAD a.py
cargo fmt --check <> Check the formatting with cargo without changing files
Run `npm test` before pushing <> Before pushing, run `npm test`
Use `npm ci` instead of `npm install` <> Replace `npm install` with `npm ci`
Use `npm ci` instead of `npm install` <> Prefer `npm ci` over `npm install`
""",
    ),
    *_pairs(
        COMMAND,
        OPPOSITE,
        """
npm test <> npm start
npm test <> pnpm test
npm run build <> npm run build:dev
npm run test:unit <> npm run test:e2e
npm install lodash <> npm install lodash-es
npm install react dom <> npm install react-dom
npm install -D vitest <> npm install -O vitest
npm install <> npm install --legacy-peer-deps
npm i -g eslint <> npm i -D eslint
npm run lint <> npm run lint -- --fix
npx jest <> jest
pnpm --filter web test <> pnpm --filter api test
pnpm install --frozen-lockfile <> pnpm install --no-frozen-lockfile
yarn add left-pad <> yarn remove left-pad
python -m pytest <> pytest
python app.py <> python3 app.py
pytest -x tests <> pytest -s tests
pytest -k login <> pytest -m login
pytest -k login <> pytest -k "not login"
pytest --maxfail=2 <> pytest --maxfail=3
pytest tests/a.py tests/b.py <> pytest tests/b.py tests/c.py
pytest -n 4 <> pytest -n auto
pytest -v <> pytest -vv
pytest --lf <> pytest --ff
pytest -p no:cacheprovider <> pytest -p cacheprovider
pytest tests/test_api.py::test_get <> pytest tests/test_api.py::test_put
docker-compose up <> docker compose up
docker compose up <> docker compose down
docker compose up -d <> docker compose up
docker compose -f dev.yml up <> docker compose -f prod.yml up
docker build -t shop:1 . <> docker build -t shop:2 .
docker run -p 80:8080 web <> docker run -p 8080:80 web
docker run -v /a:/b web <> docker run -v /b:/a web
docker run web --debug <> docker run --debug web
docker stop web <> docker kill web
docker image prune <> docker volume prune
docker rm web <> docker rmi web
git push origin main <> git push origin main:release
git reset --hard HEAD~1 <> git reset --hard HEAD~2
git reset --soft HEAD~1 <> git reset --mixed HEAD~1
git checkout main <> git checkout -b main
git checkout -- a.py <> git checkout a.py
git merge --no-ff feature <> git merge --ff-only feature
git rebase --continue <> git rebase --abort
git rebase main feature <> git rebase feature main
git diff HEAD~1 HEAD <> git diff HEAD HEAD~1
git stash pop <> git stash drop
git add -A <> git add -u
git clean -n <> git clean -f
git log -p <> git log -P
git tag -d v1.0 <> git tag -a v1.0
Use git push --force over --force-with-lease <> Use git push --force-with-lease over --force
kubectl get pods -n staging <> kubectl get pods -n production
kubectl get pods <> kubectl get pods -A
kubectl apply -f a.yaml <> kubectl create -f a.yaml
kubectl cordon node-1 <> kubectl uncordon node-1
kubectl apply --dry-run=client -f a.yaml <> kubectl apply --dry-run client -f a.yaml
kubectl --context staging apply -f a.yaml <> kubectl --context prod apply -f a.yaml
kubectl exec web -- ls -a <> kubectl exec -a web -- ls
cargo test <> cargo test --release
cargo test -- --ignored <> cargo test --ignored
cargo build <> cargo check
cargo update -p serde <> cargo update
cargo run -- --verbose <> cargo run --verbose
pip install requests==2.31 <> pip install requests==2.32
pip install "requests>=2" <> pip install "requests<=2"
pip install . <> pip install .[dev]
uv run pytest -q <> uv run -q pytest
uv add httpx <> uv add --dev httpx
ruff check <> ruff format
ruff check --select E501 <> ruff check --ignore E501
rm -r build dist <> rm -r build
rm -i a.txt <> rm -f a.txt
cp a.txt b.txt <> cp b.txt a.txt
mv -n a b <> mv -f a b
tar -czf a.tgz src <> tar -xzf a.tgz src
chmod +x run.sh <> chmod -x run.sh
find . -name a -delete <> find . -delete -name a
rsync -a src/ dest/ <> rsync -a src dest/
make clean build <> make build clean
make -j2 <> make -j4
curl -X POST /login <> curl -X PUT /login
curl -o out.json URL <> curl -O out.json URL
sort -n a.txt <> sort -r a.txt
grep -v TODO a.txt <> grep -i TODO a.txt
apt-get update <> apt-get upgrade
brew update <> brew upgrade
systemctl enable nginx <> systemctl start nginx
NODE_ENV=test npm test <> NODE_ENV=production npm test
cd web && npm test <> cd api && npm test
npm test && npm run build <> npm run build && npm test
npm test && npm run build <> npm test || npm run build
make test | tee log <> make test > log
python -O app.py <> python app.py -O
ssh staging ls <> ssh prod ls
terraform plan -destroy <> terraform apply -destroy
alembic upgrade head <> alembic downgrade base
Run `npm test` <> Don't run `npm test`
pytest -k login -m slow <> pytest -k slow -m login
git commit -m one -m two <> git commit -m two -m one
git push origin main -u <> git push origin main -f
make -j 4 test <> make -j 2 test
kubectl logs -f web <> kubectl logs -p web
kubectl -n staging delete pod web <> kubectl -n web delete pod staging
docker run -e A=1 web <> docker run -e A=2 web
docker compose up --build <> docker compose up --no-build
npm run test:watch <> npm run test -- --watch
npm test -- -u <> npm test -u
npx npm test <> npm test
grep -rn TODO src <> grep -rn src TODO
rm -rf build && make <> make && rm -rf build
cargo build --release <> cargo build --profile release
pip install -r dev.txt -c base.txt <> pip install -r base.txt -c dev.txt
Use `pytest -x`, not `pytest -v` <> Use `pytest -v`, not `pytest -x`
Prefer `npm ci` over `npm install` <> Prefer `npm install` over `npm ci`
ruff check --select E --ignore F <> ruff check --select F --ignore E
git fetch -p <> git fetch -t
Before `git pull`, run `git stash` <> Before `git stash`, run `git pull`
""",
    ),
    *_pairs(
        COMMAND,
        DIFFERENT,
        """
npm test <> git push origin main
pytest -x -q tests/unit <> docker compose up -d db
cargo clippy --all-targets <> kubectl get pods
rm -rf node_modules <> ruff check --fix src
git pull --rebase <> pip install -r requirements.txt
make -j4 <> tsc --noEmit
docker logs -f web <> docker compose pull
git stash <> git bisect start
npm outdated <> npm audit fix
kubectl describe pod web-1 <> kubectl logs web-1
""",
    ),
    *_pairs(
        LINTER,
        LIGHT,
        """
Use `pathlib.Path.exists()` instead of `os.path.exists()` <> Used `pathlib.Path.exists()` instead of `os.path.exists()`
Use `pathlib.Path.exists()` instead of `os.path.exists()` <> Use pathlib.Path.exists() instead of os.path.exists()
Do not use mutable default arguments <> Don't use mutable default arguments.
Do not use mutable default arguments <> Do not use a mutable default argument
Avoid bare `except` <> Avoid a bare except
Do not catch `Exception` blindly <> Don't catch Exception blindly
Remove the unused variable `result` <> Removed unused variable `result`
Replace `type(a) == type(b)` with `isinstance` <> Replaced `type(a) == type(b)` with isinstance.
Use `is None` for comparisons with `None` <> We should use `is None` for comparison with `None`
Add a docstring to the public module <> Added docstrings to public modules
Rename the argument that shadows a builtin <> Renamed arguments that shadow a builtin
Sort the imports <> The imports were sorted
Sort the imports <> Sorting imports as usual
Use an f-string instead of `%` formatting <> Using f-strings instead of `%` formatting
Use a context manager for opening files <> Use context managers for opening files
Merge the nested `if` statements <> Merged nested `if` statements
Raise from the original exception <> Raised from the original exception
Remove the trailing comma <> Removing trailing commas
Avoid `assert` outside tests <> We avoid `assert` outside of tests
Simplify the boolean expression <> Simplified boolean expressions
Use `yield from` instead of looping over `yield` <> Use `yield from` rather than looping over `yield`
Specify `strict=True` in `zip()` <> Specifying `strict=True` in `zip()`
Prefer `const` for variables that never change <> prefer "const" for variables that never change
Do not compare to `True` with `==` <> don't compare to True with ==
Extract the magic number into a constant <> Extracted magic numbers into constants
Use a set literal instead of calling `set()` <> Use set literals instead of calling set()
Unnecessary `else` after `return` <> unnecessary "else" after "return"
Break the long line before column 100 <> Broke long lines before column 100
Use timezone-aware datetimes <> Using time zone-aware datetimes
Return early to reduce nesting <> Returned early to reduce nesting
Remove commented-out code <> Removed the commented out code
Add type annotations to the private function <> Added a type annotation to private functions
Use `enumerate` to count loop turns <> Utilize `enumerate` to count loop turns
Delete the redundant parentheses <> Remove redundant parentheses
Do not start a subprocess with a shell <> Never start a subprocess with a shell
Use `logging` instead of `print` <> Use `logging`, not `print`
""",
    ),
    *_pairs(
        LINTER,
        FREE,
        """
Use `pathlib.Path.exists()` instead of `os.path.exists()` <> Replace `os.path.exists()` with `pathlib.Path.exists()`
Use `pathlib.Path.exists()` instead of `os.path.exists()` <> `os.path.exists()` should be replaced by `pathlib.Path.exists()`
Use `isinstance` instead of comparing types <> Instead of comparing types, use `isinstance`
Prefer `const` over `let` <> Use `const` instead of `let`
Do not use mutable default arguments <> Mutable default arguments are to be avoided
Use an f-string instead of `%` formatting <> Convert `%` formatting to an f-string
Remove unused imports <> Imports that nobody uses should go
Avoid bare `except` <> Name the exception that you catch
Use a context manager for opening files <> Open files in a `with` block
Return early to reduce nesting <> Reduce nesting by returning early
Merge the nested `if` statements <> Combine nested `if` statements into one with `and`
Add a docstring to the public module <> Public modules need docstrings
Specify `strict=True` in `zip()` <> Pass `strict=True` when you call `zip()`
Do not assign a `lambda` <> Use `def` instead of assigning a `lambda`
Use `raise ... from err` inside `except` <> Inside `except`, use `raise ... from err`
In tests, use `assert` <> Use `assert` in tests
Unused variables are removed <> Remove unused variables
Avoid `print` <> Do not use `print`
Use `any()` instead of a loop <> Use `any()` rather than a loop
If the key may be missing, use `dict.get` <> Use `dict.get` if the key may be missing
""",
    ),
    *_pairs(
        LINTER,
        OPPOSITE,
        """
Use `is None` <> Use `is not None`
Use `==` for `None` <> Use `is` for `None`
Use `const` instead of `let` <> Use `let` instead of `const`
Replace `map` with a comprehension <> Replace a comprehension with `map`
Replace `os.path` with `pathlib` <> Replace `pathlib` with `os.path`
Require a trailing comma <> Disallow a trailing comma
Require semicolons <> Forbid semicolons
Disable E501 <> Enable E501
Ignore F401 <> Ignore F403
Ignore F401 in tests <> Ignore F401 outside tests
Use `Optional[int]` <> Use `Optional[str]`
Use `list[int]` <> Use `List[int]`
Use `any()` <> Use `all()`
Use `any()` instead of a loop <> Use a loop instead of `any()`
Sort the imports <> Unsort the imports
Sort imports before the constants <> Sort the constants before imports
Add a docstring <> Remove the docstring
Public functions need docstrings <> Private functions need docstrings
Blank line before a class docstring <> Blank line after a class docstring
One blank line after imports <> Two blank lines after imports
Line longer than 79 characters <> Line longer than 99 characters
Use absolute imports <> Use relative imports
Use implicit string concatenation <> Use explicit string concatenation
Do not use `print` <> Use `print`
Avoid `eval` <> Avoid `exec`
Catch `KeyError` <> Catch `ValueError`
Catch `OSError` before `Exception` <> Catch `Exception` before `OSError`
Use `yield` <> Use `yield from`
Use `time.sleep` in async code <> Use `time.sleep` in sync code
Call `super().__init__()` first <> Call `super().__init__()` last
Use `@staticmethod` <> Use `@classmethod`
Prefer `str.removeprefix` <> Prefer `str.removesuffix`
Use `startswith` <> Use `endswith`
Use `dict.items()` <> Use `dict.keys()`
Missing return type <> Missing argument type
Too many arguments <> Too few arguments
Unused argument <> Unused import
Unused variable `i` <> Unused variable `j`
Use `x if y else z` <> Use `z if y else x`
Raise from the original exception <> Raise without the original exception
Raise the exception outside the loop <> Raise the exception inside the loop
Use `assert` in tests <> Use `assert` outside tests
Allow unused arguments <> Disallow unused arguments
Indent with 2 spaces <> Indent with 4 spaces
Name constants in upper case <> Name constants in lower case
Use lowercase `list` <> Use uppercase `List`
Require `await` in async functions <> Require `await` outside async functions
Convert `dict()` to a literal <> Convert a literal to `dict()`
Use `Sequence` for arguments and `list` for results <> Use `list` for arguments and `Sequence` for results
Set `max-line-length` to 88 <> Set `min-line-length` to 88
Use `%s` in log calls <> Use `%d` in log calls
Use the `python3.11` target <> Use the `python3.12` target
Do not nest more than 3 loops <> Do not nest more than 2 loops
Open files with "r" <> Open files with "rb"
""",
    ),
    *_pairs(
        LINTER,
        DIFFERENT,
        """
Sort the imports <> Avoid bare `except`
Use `is None` for comparisons <> Add a docstring to the public module
Remove the trailing comma <> Use timezone-aware datetimes
Merge the nested `if` statements <> Do not use mutable default arguments
Use a set literal <> Break the long line before column 100
Use `enumerate` <> Use `isinstance`
Remove unused imports <> Remove commented-out code
Avoid `assert` outside tests <> Avoid wildcard imports
Specify `strict=True` in `zip()` <> Specify the encoding in `open()`
Add type annotations <> Add a newline at the end of the file
""",
    ),
    *_pairs(
        CHANGELOG,
        LIGHT,
        """
Fixed a crash when the config file is empty <> Fix crash when config file is empty
Fixed a crash when the config file is empty <> - Fixed a crash when the config file is empty.
Fixed a crash when the config file is empty <> Fixes a crash when the config file is empty (#4312)
Added support for Python 3.13 <> Add support for Python 3.13
Added support for Python 3.13 <> Adds Python 3.13 support
Dropped support for Node 16 <> Drop support for Node 16
Dropped support for Node 16 <> **Dropped** support for Node 16.
Removed the deprecated `--legacy` flag <> Remove deprecated --legacy flag
Renamed `Client.get` to `Client.fetch` <> Rename `Client.get` to `Client.fetch`
Bumped lodash from 4.17.20 to 4.17.21 <> Bump lodash from 4.17.20 to 4.17.21
Bumped lodash from 4.17.20 to 4.17.21 <> Upgrade lodash from 4.17.20 to 4.17.21
Deprecated the `loop` argument of `connect()` <> Deprecate the `loop` argument of connect()
Improved the error message for unknown options <> Improve error messages for unknown options
Reduced memory use while parsing large files <> Reduce memory use while parsing large files
Made `timeout` configurable <> Make `timeout` configurable
Moved the plugin API into its own package <> Move plugin API into its own package
Reverted the change to the default locale <> Revert change to default locale
Stopped sending cookies to other hosts <> Stop sending cookies to other hosts
The default port is now 8080 <> Default port is 8080 now
Allow underscores in package names <> Allowed underscores in package names
Speed up startup by importing lazily <> Sped up startup by importing lazily
Updated the Polish translation <> Update Polish translation
Fix typo in the README <> Fixed typos in README
Documentation: explain the retry option <> Docs: explained the retry option
fix: handle empty responses <> Fix: handled empty responses
Ship wheels for Linux on ARM <> Shipped wheels for Linux on ARM
Added a `--json` flag to `report` <> Add --json flag to report
Avoid a race when two workers start at once <> Avoided a race when two workers start at once
No longer read the global config <> We no longer read the global config
Switched from setuptools to hatchling <> Switch from setuptools to hatchling
Handle `None` in `merge()` <> Handled None in merge()
Disabled telemetry by default <> Telemetry is now disabled by default
Replaced requests with httpx <> Replace requests with httpx
Write logs to stderr instead of stdout <> Logs are now written to stderr instead of stdout
Raise `ValueError` on negative sizes <> Now raises `ValueError` on negative sizes
Prevent double submission of the form <> Prevented double submissions of the form
Cache compiled templates on disk <> Compiled templates are now cached on disk
Increased the default timeout to 60 s <> Raised the default timeout to 60s
""",
    ),
    *_pairs(
        CHANGELOG,
        FREE,
        """
Dropped support for Node 16 <> Node 16 is no longer supported
Added support for Python 3.13 <> Python 3.13 is supported now
Fixed a crash when the config file is empty <> An empty config file no longer makes it crash
Removed the deprecated `--legacy` flag <> The deprecated `--legacy` flag has been removed
Renamed `Client.get` to `Client.fetch` <> `Client.get` is now called `Client.fetch`
Write logs to stderr instead of stdout <> Logs go to stderr rather than stdout
Write logs to stderr instead of stdout <> Write logs to stderr rather than stdout
Speed up startup by importing lazily <> Lazy imports make the start faster
Reduced memory use while parsing large files <> Parsing large files needs less memory
Disabled telemetry by default <> Telemetry is off unless you turn it on
The plugin API was moved into its own package <> Move the plugin API into its own package
On Windows, use the system certificate store <> Use the system certificate store on Windows
When the token expires, log the user out <> Log the user out when the token expires
Increase the size of the upload buffer <> Increase the upload buffer size
Fix the position of the tooltip <> Fix the tooltip position
Replaced requests with httpx <> Use httpx instead of requests
Require Python 3.10 or newer <> Python 3.10 is the oldest version that works
Stopped sending cookies to other hosts <> Cookies are only sent to the same host
Show the version in the footer <> Display the version in the footer
Store sessions in the database <> Sessions are stored in the database
""",
    ),
    *_pairs(
        CHANGELOG,
        OPPOSITE,
        """
Added support for Python 3.13 <> Added support for Python 3.12
Added support for Python 3.13 <> Dropped support for Python 3.13
Added the `--json` flag <> Removed the `--json` flag
Added the `--json` flag <> Added the `--yaml` flag
Deprecated `connect()` <> Removed `connect()`
Bumped lodash from 4.17.20 to 4.17.21 <> Bumped lodash from 4.17.21 to 4.17.20
Bumped react to 18.3.0 <> Bumped react-dom to 18.3.0
Upgraded to OpenSSL 3.0.13 <> Upgraded to OpenSSL 3.0.14
Renamed `get` to `fetch` <> Renamed `fetch` to `get`
Switched from setuptools to hatchling <> Switched from hatchling to setuptools
Replaced requests with httpx <> Replaced httpx with requests
Moved `core` into `plugins` <> Moved `plugins` into `core`
The default port is now 8080 <> The default port is now 8000
Enabled telemetry by default <> Disabled telemetry by default
Telemetry is opt-in <> Telemetry is opt-out
Increased the default timeout <> Decreased the default timeout
Raised the minimum version to 3.10 <> Lowered the minimum version to 3.10
Raised the minimum version to 3.10 <> Raised the maximum version to 3.10
Timeout of 60 s <> Timeout of 60 ms
Cache for 5 minutes <> Cache for 5 hours
Fixed a crash on startup <> Fixed a crash on shutdown
Fixed a crash on Windows <> Fixed a crash on macOS
Fixed a crash when the file is empty <> Fixed a crash when the file is not empty
Fixed reading of empty files <> Fixed writing of empty files
Fixed a regression in 2.3.0 <> Fixed a regression in 2.3.1
Reverted "Cache templates on disk" <> Cache templates on disk
Stopped sending cookies <> Started sending cookies
Now raises `ValueError` <> No longer raises `ValueError`
Raises `ValueError` on negative sizes <> Raises `TypeError` on negative sizes
Write logs to stderr instead of stdout <> Write logs to stdout instead of stderr
Read the config before the environment <> Read the environment before the config
Allow trailing slashes <> Disallow trailing slashes
Accept both GET and POST <> Accept GET but not POST
Require a token for reads <> Require a token for writes
Made `timeout` required <> Made `timeout` optional
Made `Client` thread-safe <> Made `Server` thread-safe
The client retries, the server does not <> The server retries, the client does not
Sync the client from the server <> Sync the server from the client
Encode headers as UTF-8 <> Decode headers as UTF-8
Encode headers as UTF-8 <> Encode headers as UTF-16
Serve the docs from /docs <> Serve the docs from /help
Pin CI to ubuntu-22.04 <> Pin CI to ubuntu-24.04
Build wheels for ARM <> Build wheels for x86
Sort results in ascending order <> Sort results in descending order
Show the first 10 results <> Show the last 10 results
Show at most 10 results <> Show at least 10 results
Only admins may export <> Everyone but admins may export
Export with headers <> Export without headers
Mount the volume read-only <> Mount the volume read-write
Flush the log synchronously <> Flush the log asynchronously
Hide the banner on mobile <> Show the banner on mobile
Deploy docs to staging <> Deploy docs to production
Drop the index before the import <> Drop the index after the import
Make the parser stricter <> Make the parser more lenient
Speed up startup <> Slow down startup
Inherit permissions from the parent <> Inherit permissions from the child
""",
    ),
    *_pairs(
        CHANGELOG,
        DIFFERENT,
        """
Added support for Python 3.13 <> Fixed a crash on startup
Renamed `get` to `fetch` <> Reduced memory use while parsing
Updated the Polish translation <> Switched from setuptools to hatchling
Bumped lodash to 4.17.21 <> Telemetry is now off by default
Fix typo in the README <> Ship wheels for Linux on ARM
Show the version in the footer <> Show the progress of uploads
Handle `None` in `merge()` <> Handle time zones in `parse()`
Fixed the position of the tooltip <> Fixed a leak in the connection pool
Store sessions in the database <> Store passwords as hashes
Allow underscores in package names <> Allow comments in the config file
""",
    ),
    *_pairs(
        PROSE,
        OPPOSITE,
        """
Call the API over http <> Call the API over https
Use http instead of https <> Use https instead of http
Bind to the directory over ldap <> Bind to the directory over ldaps
Read the mail over imap <> Read the mail over imaps
Connect to the broker with mqtt <> Connect to the broker with mqtts
Show the news <> Show the new
Use expired tokens <> Expire tokens
Use deprecated APIs <> Deprecate APIs
Use the disabled accounts <> Disable the accounts
Use deleted rows <> Delete rows
Use stopped containers <> Stop containers
Use the closed connection <> Close the connection
We tried the closed connection <> Close the connection
Use rebuilt images <> Rebuild images
Use running containers <> Run containers
Use rotating keys <> Rotate keys
Use not expired tokens <> Do not expire tokens
Cherry-pick the fix (#12) <> Cherry-pick the fix (#15)
Retry it, same as 3 releases before <> Retry it, same as 5 releases before
Delete the keys user:* <> Delete the keys user
Build and test <> Build the test
Log and retry the request <> Log the retry request
Split the lines on - <> Split the lines on •
Retry while the latency is <500 ms <> Retry while the latency is 500 ms
""",
        mended=True,
    ),
    *_pairs(
        COMMAND,
        OPPOSITE,
        """
`just build` <> build
pip install -e . <> pip install -e ..
pytest tests <> pytest test
git checkout feature <> git checkout features
tar -xf - src <> tar -xf src
""",
        mended=True,
    ),
    *_pairs(
        CHANGELOG,
        OPPOSITE,
        """
Revert the change (#12) <> Revert the change (#13)
""",
        mended=True,
    ),
    *_pairs(
        COMMAND,
        LIGHT,
        """
Run `pytest -x` and fix the first failure <> Ran pytest -x, then fixed the first failure
""",
        mended=True,
    ),
    *_pairs(
        PROSE,
        LIGHT,
        """
Rotate the JWTs <> Rotate the JWT
Restart the VMs <> Restart the VM
Check the urls <> Check the url
Use expired tokens <> We used the expired tokens
A fixed sleep <> We used a fixed sleep
Stop and restart the worker <> We stopped, then restarted the worker
Build and test <> And then we built and tested
""",
        mended=True,
    ),
)

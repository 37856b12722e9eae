"""What an action is found by: labelled triggers and actions, and what holds for every text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma.domain.action import Action
from alma.domain.errors import InvalidInput
from alma.rules.signatures import error_key, key_of_trigger, keys_of, matches, triggers_of

command = Action.command
edit = Action.edit
plain = Action.of
JS = "tests/login.spec.ts"

CALLS = [
    ("sleep(", edit(JS, "await page.waitForTimeout(5000); sleep(5)"), True),
    ("sleep(", plain("await page.waitForTimeout(5000); sleep(5)"), True),
    ("sleep(", edit("a.py", "time.sleep(3)"), True),
    ("sleep(", edit("a.py", "await asyncio.sleep(1)"), True),
    ("sleep(", plain("sleep(5000)"), True),
    ("sleep(", command("sleep 5 && npm test"), True),
    ("sleep(", plain("sleep 5 && npm test"), True),
    ("sleep(", command("sleep 0.5s"), True),
    ("sleep(", command("timeout 60 sleep $DELAY; curl localhost"), True),
    ("sleep(", command('bash -c "sleep 5 && npm test"'), True),
    ("sleep(", command("for i in 1 2 3; do sleep 5; done"), True),
    ("sleep(", command('python -c "import time; time.sleep(3)"'), True),
    ("sleep(", command("cat > wait.js <<EOF\nsleep(5)\nEOF"), True),
    ("sleep(", command('echo "sleep(5)" >> wait.js'), True),
    ("sleep(", edit("run.sh", "#!/bin/sh\nsleep 30\nnpm test\n"), True),
    ("sleep(", edit(".github/workflows/ci.yml", "      - run: sleep 30 && npm test\n"), True),
    ("sleep()", edit("a.rb", "sleep(5)"), True),
    ("`sleep(5000)`", edit("a.rb", "Sleep(5)"), True),
    ("time.sleep(", edit("a.py", "time.sleep(3)"), True),
    ("waitForTimeout(", edit(JS, "await page.waitForTimeout(100)"), True),
    ("sleep(", plain("get a good night's sleep"), False),
    ("sleep(", command("get a good night's sleep"), False),
    ("sleep(", edit("README.md", "get a good night's sleep"), False),
    ("sleep(", plain("sleep well tonight"), False),
    ("sleep(", plain("the app should sleep"), False),
    ("sleep(", plain("asleep(5)"), False),
    ("sleep(", edit("a.py", "sleepless(5)"), False),
    ("sleep(", edit("a.py", "_sleep(5)"), False),
    ("sleep(", command("git log --grep sleep"), False),
    ("sleep(", command('git log --grep "sleep("'), False),
    ("sleep(", command('grep -rn "sleep(" src'), False),
    ("sleep(", plain('rg "sleep(" tests'), False),
    ("sleep(", command('git commit -m "Remove sleep(5) from the tests"'), False),
    ("sleep(", command("sed -i 's/sleep(5)/waitFor()/' a.js"), False),
    ("sleep(", command('echo "never sleep(5)"'), False),
    ("sleep(", command("cat > notes <<EOF\nsleep 5\nEOF"), False),
    ("sleep(", command("npm run sleep"), False),
    ("sleep(", edit("a.py", "sleep = 5"), False),
    ("time.sleep(", edit("a.py", "sleep(3)"), False),
    ("waitForTimeout(", edit(JS, "await page.waitfortimeout(100)"), False),
    ("find(", command("find . -name sleep"), False),
]

COMMANDS = [
    ("git push --force", command("git push origin main --force"), True),
    ("git push --force", command("cd app && git push --force"), True),
    ("git push --force", command("git push -f"), True),
    ("git push --force", command("GIT_SSH=x sudo -u me git -C dir push --force origin"), True),
    ("git push --force", plain("git push --force"), True),
    ("git push --force", command("X=$(git push --force)"), True),
    ("git push --force", edit("deploy.py", 'subprocess.run("git push --force")'), True),
    ("git push", command("git push origin main"), True),
    ("git push", command("git -c a.b=c push"), True),
    ("npm test", command("CI=1 npm test -- --runInBand"), True),
    ("npm test --runInBand", command("npm test -- --runInBand"), True),
    ("npm run build", command("npm run build"), True),
    ("pip install -U", command("pip3 install --upgrade requests"), True),
    ("pip install -U", command("python3 -m pip install -U requests"), True),
    ("rm -rf", command("rm -fr node_modules"), True),
    ("rm -rf", command("sudo rm -r -f /tmp/x"), True),
    ("tar -xvf", command("tar -x -v -f a.tar"), True),
    ("pytest -x", command("timeout 60 uv run pytest tests -x 2>&1 | tail -5"), True),
    ("pytest -x", command("python -m pytest -qx"), True),
    ("jest", command("./node_modules/.bin/jest --watch"), True),
    ("jest", command("npx jest"), True),
    ("docker compose up -d", command("docker-compose up -d db"), True),
    ("pytest tests/test_login.py", command("pytest -q tests/test_login.py"), True),
    ("sudo", command("sudo apt-get update"), True),
    ("sleep", command("sleep 10"), True),
    ("git push --force", command("git push --force-with-lease"), False),
    ("git push --force", command("git push origin main"), False),
    ("git push --force", command("git fetch --force"), False),
    ("git push --force", command('git commit -m "git push --force"'), False),
    ("git push --force", command("echo git push; npm i --force"), False),
    ("git push --force", command("# git push --force\nls"), False),
    ("git push --force", edit("deploy.py", 'subprocess.run("git push --force-with-lease")'), False),
    ("git push", command("git stash push"), False),
    ("git push", plain("never git push on the day before the holidays"), False),
    ("git push", command("git pull"), False),
    ("npm test", command("npm run test:unit"), False),
    ("npm run build", command("npm run build:prod"), False),
    ("npm test --runInBand", command("npm test"), False),
    ("pip install -U", command("pip install requests"), False),
    ("rm -rf", command("rm -r build"), False),
    ("pytest tests/test_login.py", command("pytest tests/test_cart.py"), False),
    ("pytest -x", command("pytest --exitfirst-not"), False),
    ("make test", plain("make the test pass"), False),
    ("sleep", plain("get a good night's sleep"), False),
]

OTHER_WORDS = [
    ("--no-verify", command("git commit --no-verify -m wip"), True),
    ("--no-verify", command("git commit -n -m wip"), True),
    ("--max-time", command("curl --max-time=5 localhost"), True),
    ("networkidle", edit(JS, "await page.goto(url, {waitUntil: 'networkidle'})"), True),
    ("networkidle", command("node -e \"page.goto(u, {waitUntil: 'networkidle'})\""), True),
    ('waitUntil: "networkidle"', edit(JS, "{waitUntil:  'networkidle'}"), True),
    ("DROP TABLE", command('psql -c "drop   table users"'), True),
    ("DROP TABLE", edit("m.sql", "DROP\n  TABLE users;"), True),
    ("package-lock.json", edit("web/package-lock.json", "{}"), True),
    ("显式等待", edit("a.md", "使用显式等待方法"), True),
    ("networkidle", edit("a.md", "使用networkidle等待"), True),
    ("browser_wait_for(", Action.tool("mcp__web__browser_wait_for", {"time": 5}), True),
    ("DROP TABLE", Action.tool("query", {"sql": ["drop table users"]}), True),
    ("--no-verify", command("git commit --verify"), False),
    ("--no-verify", edit("a.sh", "git commit --no-verify-ssl"), False),
    ("--force", command('git commit -m "about --force"'), False),
    ("networkidle", edit(JS, "networkidle0"), False),
    ("networkidle", command("grep -rn networkidle tests"), False),
    ("networkidle", edit("tests/networkidle/a.ts", "ok"), False),
    ("DROP TABLE", edit("m.sql", "DROP INDEX x; CREATE TABLE y"), False),
    ("DROP TABLE", edit("m.sql", "BACKDROP TABLE"), False),
    ("package-lock.json", edit("web/my-package-lock.json", "{}"), False),
    ("useEffect", edit("a.tsx", "useeffect"), False),
]

WHAT_IS_NEW = [
    ("sleep(", edit("a.py", "sleep(5)\nx = 1", "x = 1"), True),
    ("sleep(", edit("a.py", "sleep(5)\nsleep(5)", "sleep(5)"), True),
    ("DROP TABLE", edit("a.sql", "DROP TABLE x", "TABLE x"), True),
    ("sleep(", edit("a.py", "sleep(5)\nx = 2", "sleep(5)\nx = 1"), False),
    ("sleep(", edit("a.py", "sleep(10)", "sleep(5)"), False),
    ("sleep(", edit("a.py", "", "sleep(5)"), False),
    ("git push", edit("a.sh", "git push -q", "git push"), False),
    ("networkidle", edit(JS, "a = 'networkidle'", "b = 'networkidle'"), False),
]

# Written down after the rules were made: 66 of the first 69 came out right as they stood.
HELD_BACK = [
    ("sleep(", Action.tool("Grep", {"pattern": "sleep("}), False),
    ("sleep(", Action.tool("Read", {"file_path": "sleep.py"}), False),
    ("sleep(", plain("I should get some sleep before the deploy"), False),
    ("sleep(", plain("put the laptop to sleep (it is late)"), False),
    ("sleep(", plain("sleep"), False),
    ("sleep(", edit("a.go", "time.Sleep(5 * time.Second)"), True),
    ("sleep(", edit("a.ts", "await sleep (5)"), False),
    ("sleep(", command("sleep 5s & wait"), True),
    ("sleep(", command("(sleep 10; kill 1) &"), True),
    ("sleep(", command("while ! curl -s localhost; do sleep 1; done"), True),
    ("sleep(", command("docker run app sleep 5"), False),
    ("sleep(", command("man sleep"), False),
    ("sleep(", command("which sleep"), False),
    ("sleep(", command("cat sleep.py | grep 'sleep('"), False),
    ("sleep(", command("gh pr create --title 'drop sleep(5)' --body \"uses sleep(5)\""), False),
    ("sleep(", command("git commit -am 'sleep(5) gone'"), False),
    ("sleep(", edit("a.js", "// sleep(5) is bad"), True),
    ("sleep(", command("node -e 'sleep(5)'"), True),
    ("sleep(", command("ssh host 'sleep 5'"), False),
    ("sleep(", command("sleep --help"), False),
    ("sleep(", command("xargs -n1 sleep 5"), True),
    ("git push --force", command("git push --force # careful"), True),
    ("git push --force", command("git push \\\n  --force"), True),
    ("git push --force", command("git push; rm --force x"), False),
    ("git push --force", command("git push --dry-run"), False),
    ("git push --force", edit("README.md", "Never `git push --force-with-lease`"), False),
    ("git push --force", edit("ci.yml", "script: git push --force"), True),
    ("git push --force", edit("package.json", '"deploy": "git push --force"'), True),
    ("git push --force", plain("we never use git push --force on this branch"), False),
    ("git push --force", command("echo 'git push --force'"), False),
    ("git reset --hard", command("git reset --hard HEAD~1"), True),
    ("git reset --hard", command("git reset --soft HEAD"), False),
    ("npm install", command("npm i lodash"), True),
    ("npm install", command("npm --prefix web install"), True),
    ("npm install", command("yarn install"), False),
    ("docker compose up", command("docker compose -f a.yml up -d"), True),
    ("docker compose up", command("docker compose down"), False),
    ("pytest -n", command("pytest -n4"), True),
    ("pytest -n", command("pytest tests"), False),
    ("make deploy", command("make -C app deploy"), True),
    ("make deploy", command("make build"), False),
    ("eval(", edit("a.py", "ast.literal_eval(x)"), False),
    ("eval(", edit("a.js", "window.eval(x)"), True),
    ("eval(", command('eval "$(ssh-agent)"'), False),
    ("innerHTML", edit("a.js", "el.innerHTML = x"), True),
    ("innerHTML", edit("a.js", "dangerouslySetInnerHTML"), False),
    (".only(", edit("a.js", "it.only('x', f)"), True),
    ("console.log(", edit("a.js", "console.log('x')"), True),
    ("console.log(", edit("a.js", "myconsole.log('x')"), False),
    ("any", edit("a.ts", "const x: any = 1"), True),
    ("any", plain("are there any tests in the repo"), False),
    ("SELECT *", edit("q.sql", "select * from users"), True),
    ("SELECT *", edit("q.sql", "select id from users"), False),
    ("chmod 777", command("chmod -R 777 /srv"), True),
    ("chmod 777", command("chmod 755 /srv"), False),
    (".env", edit("app/.env", "A=1"), True),
    (".env", edit("app/a.py", "process.environ"), False),
    ("pip install", command("uv pip install x"), False),
    ("terraform apply -auto-approve", command("terraform apply -auto-approve"), True),
    ("terraform apply -auto-approve", command("terraform apply"), False),
    ("process.exit(", edit("a.js", "process.exit(1)"), True),
    ("exit(", command("exit 1"), True),
    ("kubectl delete", command("kubectl -n prod delete pod x"), True),
    ("sudo", command("npm install pseudo-sudo"), False),
    ("test.skip(", edit("a.js", "test.skip('x')"), True),
    ("rm -rf /", command("rm -rf /"), True),
    ("rm -rf /", command("rm -rf build"), False),
    ("find . -delete", command("find . -name x -delete"), True),
]

TABLE = CALLS + COMMANDS + OTHER_WORDS + WHAT_IS_NEW + HELD_BACK


def test_half_of_the_labelled_actions_are_harmless() -> None:
    silent = sum(not expected for _, _, expected in TABLE)
    assert len(TABLE) >= 60
    assert abs(silent / len(TABLE) - 0.5) < 0.06


@pytest.mark.parametrize(("trigger", "action", "expected"), TABLE)
def test_a_trigger_matches_what_it_names_and_nothing_that_looks_like_it(
    trigger: str, action: Action, expected: bool
) -> None:
    assert matches(trigger, action) is expected


@pytest.mark.parametrize(("trigger", "action", "expected"), TABLE)
def test_what_matches_is_found_under_the_key_of_its_trigger(
    trigger: str, action: Action, expected: bool
) -> None:
    key = key_of_trigger(trigger)
    assert key is not None
    assert key in keys_of(action) or not expected


DERIVED = [
    ("Using sleep() for async waits", ("sleep(",)),
    ("sleep(5000) before the click", ("sleep(",)),
    ("Run `npm test -- --runInBand`", ("npm test --runInBand",)),
    ("pytest -x -q tests/", ("pytest -x -q",)),
    ("pytest tests/test_login.py", ("pytest tests/test_login.py",)),
    ("git push --force on main", ("git push --force",)),
    ("Always run npm install lodash first", ("npm install",)),
    ("pip install -U everything", ("pip install -U",)),
    ("cd app && rm -rf node_modules && npm ci", ("rm -rf", "npm ci")),
    ("python -m pytest -x tests", ("pytest -x",)),
    ("kubectl delete pod x -n prod", ("kubectl delete",)),
    ("Never use --no-verify", ("--no-verify",)),
    ('Waiting for "networkidle"', ("networkidle",)),
    ("Using SELECT * in views", ("SELECT *",)),
    ("DROP TABLE users", ("DROP TABLE",)),
    ("`waitForSelector` with a fixed delay", ("waitForSelector",)),
    ("Use page.waitForTimeout to wait", ("page.waitForTimeout",)),
    ("Editing `package-lock.json` by hand", ("package-lock.json",)),
]


@pytest.mark.parametrize(("text", "expected"), DERIVED)
def test_triggers_come_from_the_code_like_words_of_a_text(text: str, expected: tuple[str, ...]) -> None:
    assert triggers_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Use explicit waits",
        "Use explicit waits with conditions",
        "get a good night's sleep",
        'Click the "login" button',
        "Clicked 'Submit' twice",
        "make sure the tests pass",
        "go get coffee",
        "find all users",
        "test the login form",
        "git commit messages should be short",
        "Check the file(s), e.g. the node(s)",
        "Compared GitHub and JavaScript with Node.js",
        "Read README.md and src/app.ts",
        "Use docker, npm and git carefully",
        'The user said "I don\'t like it"',
        "使用显式等待",
    ],
)
def test_plain_words_give_no_triggers(text: str) -> None:
    assert triggers_of(text) == ()


def test_the_pattern_of_the_first_document_warns_of_both_its_forms_and_not_of_a_good_night() -> None:
    (trigger,) = triggers_of("Using sleep() for async waits")
    assert matches(trigger, plain("await page.waitForTimeout(5000); sleep(5)"))
    assert matches(trigger, plain("sleep 5 && npm test"))
    assert not matches(trigger, plain("get a good night's sleep"))


@given(
    st.one_of(st.text(max_size=40), st.sampled_from([trigger for trigger, _, _ in TABLE])),
    st.text(max_size=40),
    st.text(max_size=40),
    st.sampled_from(["command", "edit", "plain", "tool"]),
)
def test_whatever_matches_is_found_under_its_key(trigger: str, before: str, after: str, kind: str) -> None:
    text = f"{before} {trigger} {after}".replace("\0", "") + "."
    made = {"command": command, "plain": plain, "edit": lambda t: edit("a.sh", t, before.replace("\0", ""))}
    action = Action.tool("t", {"x": [text]}) if kind == "tool" else made[kind](text)
    if matches(trigger, action):
        assert key_of_trigger(trigger) in keys_of(action)


@given(st.text(max_size=200))
def test_every_derived_trigger_can_be_looked_up_and_reads_as_one_line(text: str) -> None:
    for trigger in triggers_of(text):
        assert key_of_trigger(trigger) is not None
        assert trigger == " ".join(trigger.split())


@given(st.text(min_size=1, max_size=300).filter(lambda text: bool(text.strip()) and "\0" not in text))
def test_an_action_has_a_bounded_number_of_keys_always_the_same(text: str) -> None:
    keys = keys_of(plain(text))
    assert len(keys) <= 32 * 1024
    assert keys == keys_of(plain(text)) == tuple(sorted(set(keys)))


def test_ten_megabytes_have_no_more_keys_and_the_start_is_looked_at() -> None:
    text = "sleep(5)\n" + " ".join(f"name{number}" for number in range(1_000_000))
    action = edit("a.js", text)
    assert len(keys_of(action)) <= 32 * 1024
    assert matches("sleep(", action)


def test_a_change_deep_inside_a_long_file_is_seen() -> None:
    old = "x = 1\n" * 100_000
    new = old + "sleep(5)\n" + old
    assert matches("sleep(", edit("a.py", new, old + old))


@pytest.mark.parametrize(
    "hostile",
    [
        "'" * 50_000,
        '"\\' * 25_000,
        "<<a\n" * 12_000,
        "((((" * 12_000,
        "a." * 30_000,
        "a" * 60_000,
        "aBc" * 20_000,
    ],
)
def test_hostile_texts_are_read_to_their_end(hostile: str) -> None:
    assert len(keys_of(plain(hostile + " x"))) <= 32 * 1024
    assert matches("sleep(", edit("a.js", hostile[:50_000] + "\nsleep(5)"))
    assert isinstance(triggers_of(hostile), tuple)
    assert error_key("Error: x\n" + hostile) == error_key("Error: x")


@pytest.mark.parametrize("trigger", ["", "  ", "=>", "&&", "()", "`", "x" * 500])
def test_what_holds_no_word_is_no_trigger(trigger: str) -> None:
    assert key_of_trigger(trigger) is None
    assert not matches(trigger, plain("a => b && c"))


ERRORS = [
    ("Error: Timeout of 5000ms exceeded in /app/a.spec.ts:12", "Error: Timeout of 300ms exceeded in /b.ts:9"),
    ("fatal: bad object 3f2a9bc81d", "fatal: bad object 99aa12ffe0"),
    ("Traceback (most recent call last):\n  File \"a.py\", line 3\nKeyError: 'id'", "KeyError: 'id'"),
    ("npm warn old\nnpm ERR! missing script: tests", "npm ERR! missing script: tests"),
    ("\x1b[31mAssertionError: no such user\x1b[0m", "AssertionError: no such user"),
]


@pytest.mark.parametrize(("one", "other"), ERRORS)
def test_the_same_error_has_the_same_key_whatever_numbers_and_paths_it_names(one: str, other: str) -> None:
    assert error_key(one) == error_key(other) is not None


def test_other_errors_have_other_keys_and_nothing_has_none() -> None:
    assert error_key("KeyError: 'id'") != error_key("KeyError: 'name'")
    assert error_key("") is None
    assert error_key(" \n 42") is None


@pytest.mark.parametrize("text", ["", " \n", "a\0b", 5, None])
def test_an_action_that_is_no_text_is_refused(text: object) -> None:
    with pytest.raises(InvalidInput):
        Action.of(text)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        Action.command(text)  # type: ignore[arg-type]


def test_an_edit_needs_a_path_and_texts() -> None:
    with pytest.raises(InvalidInput) as caught:
        Action.edit("", "x")
    assert caught.value.field == "path"
    with pytest.raises(InvalidInput):
        Action.edit("a", "x\0")
    with pytest.raises(InvalidInput):
        Action.edit("a", "x", 5)  # type: ignore[arg-type]


def test_a_tool_needs_a_name_and_a_mapping() -> None:
    with pytest.raises(InvalidInput):
        Action.tool("", {})
    with pytest.raises(InvalidInput):
        Action.tool("Bash", ["ls"])  # type: ignore[arg-type]


def test_tools_become_the_command_or_the_edit_that_they_are() -> None:
    assert Action.tool("Bash", {"command": "ls -l", "timeout": 5}) == Action.command("ls -l")
    assert Action.tool("shell", {"command": ["bash", "-lc", "sleep 5"]}) == Action.command(
        "bash -lc 'sleep 5'"
    )
    assert Action.tool("run_shell_command", {"command": "ls"}) == Action.command("ls")
    assert Action.tool("Write", {"file_path": "a", "content": "x"}) == Action.edit("a", "x")
    replaced = {"file_path": "a", "old_string": "y", "new_string": "x"}
    assert Action.tool("Edit", replaced) == Action.edit("a", "x", "y")
    several = {"file_path": "a", "edits": [{"old_string": "1", "new_string": "2"}, {"new_string": "3"}]}
    assert Action.tool("MultiEdit", several) == Action.edit("a", "2\n3", "1")
    replacing = {"command": "str_replace", "path": "a", "old_str": "y", "new_str": "x"}
    assert Action.tool("str_replace_based_edit_tool", replacing) == Action.edit("a", "x", "y")


def test_an_action_is_a_value_that_cannot_be_changed() -> None:
    action = Action.of("ls")
    assert action == Action.of(action)
    assert hash(action) == hash(Action.of("ls"))
    assert action != Action.command("ls")
    assert repr(action) == "Action.of('ls')"
    with pytest.raises(AttributeError):
        action.path = "x"

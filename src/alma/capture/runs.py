"""What a command's output says of a run of tests, a build or a linter.

The exit code counts where it is the run's own; where a pipe or `|| true` hides it, only what was printed counts.
A command that could not start, was killed, or had nothing to run proves nothing.
"""

from __future__ import annotations

import re

from alma.capture import excerpt, printed, steps
from alma.capture.printed import BUILD, LINT, STRENGTH, TASK, TESTS
from alma.domain.values import positional
from alma.rules.words import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.capture.printed import Rule
    from alma.capture.steps import Step
    from alma.rules.commands import Command

# Programs that do nothing else.
PROGRAMS = {
    **dict.fromkeys(
        listed(
            "pytest unittest jest vitest mocha ava karma jasmine tap nose2 tox nox ctest phpunit rspec gotestsum busted"
            " trial stestr behave robot bats nextest pest minitest"
        ),
        TESTS,
    ),
    **dict.fromkeys(
        listed("tsc gcc g++ clang clang++ rustc javac ninja msbuild webpack rollup esbuild tsup ng xcodebuild"), BUILD
    ),
    **dict.fromkeys(
        listed(
            "mypy pyright ruff flake8 pylint eslint golangci-lint staticcheck shellcheck rubocop stylelint biome clippy"
            " hadolint yamllint markdownlint ktlint swiftlint detekt phpstan psalm standard xo oxlint lint-imports vulture"
            " basedpyright pre-commit checkstyle"
        ),
        LINT,
    ),
}  # fmt: skip
# Programs that check only when they are told to.
SUBCOMMANDS = {
    "go": {"test": TESTS, "build": BUILD, "vet": LINT, "install": BUILD},
    "cargo": {
        "test": TESTS,
        "nextest": TESTS,
        "build": BUILD,
        "check": BUILD,
        "clippy": LINT,
        "bench": BUILD,
    },
    "dotnet": {"test": TESTS, "build": BUILD, "publish": BUILD},
    "swift": {"test": TESTS, "build": BUILD},
    "mix": {"test": TESTS, "compile": BUILD, "credo": LINT},
    "deno": {"test": TESTS, "check": BUILD, "lint": LINT},
    "bun": {"test": TESTS, "build": BUILD},
    "zig": {"test": TESTS, "build": BUILD},
    "playwright": {"test": TESTS},
    "cypress": {"run": TESTS},
    "next": {"build": BUILD, "lint": LINT},
    "vite": {"build": BUILD},
    "astro": {"build": BUILD, "check": LINT},
    "docker": {"build": BUILD, "buildx": BUILD},
    "flutter": {"test": TESTS, "build": BUILD, "analyze": LINT},
    "dart": {"test": TESTS, "analyze": LINT, "compile": BUILD},
    "rails": {"test": TESTS},
    "hatch": {"test": TESTS, "build": BUILD},
    "sbt": {"test": TESTS, "compile": BUILD},
    "buf": {"lint": LINT, "build": BUILD},
    "terraform": {"validate": LINT},
}
# Programs that run what a project has given a name, and the words that stand before that name.
TASKS = {
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), ("run", "run-script", "workspace", "exec")),
    **dict.fromkeys(("mise", "task", "just", "make", "gmake", "rake", "poe", "invoke", "inv", "turbo", "nx"), ("run", "r")),
    **dict.fromkeys(("composer", "lerna", "moon", "pixi", "pdm", "hatch", "rye", "deno"), ("run", "run-script")),
    **dict.fromkeys(("mvn", "mvnw", "gradle", "gradlew", "bazel", "buck", "pants", "ant"), ()),
}  # fmt: skip
NAMED = (
    (TESTS, r"^(?:unit-?|int(?:egration)?-?|e2e-?|all-?)?(?:tests?|specs?|verify|ci|coverage|cov|e2e)(?:$|[:._-])|(?:[:._-])(?:tests?|specs?|e2e|verify)(?:$|[:._-])"),
    (LINT, r"(?:^|[:._-])(?:lint(?:ing|er)?|check|type-?check|types|vet|eslint|mypy|ruff|clippy|analy[sz]e|style|validate|tsc)(?:$|[:._-])"),
    (BUILD, r"(?:^|[:._-])(?:build|compile|bundle|dist|assemble|package|all)(?:$|[:._-])"),
)  # fmt: skip
FORMATTERS = {"gofmt": ("-l", "-d"), "prettier": ("--check", "-c", "-l"), "black": ("--check",), "isort": ("--check",),
              "rustfmt": ("--check",), "gofumpt": ("-l",), "dprint": ("check",), "clang-format": ("--dry-run",)}  # fmt: skip
# A report of a run that was written to a file, which is only looked at.
REPORT = "report"
REPORT_FILE = (
    r"(?i)(?:junit|test-?results?|surefire|TEST-)[^/]*\.xml$|(?:surefire-reports|test-results)/\S*\.xml$"
)
# With one of these nothing is run.
IDLE = frozenset(
    listed(
        "--version --help -V --collect-only --co --list --listTests --dry-run --showConfig --init --fixtures --markers"
    )
)
# Quiet unless there is something to say.
SILENT = frozenset({"go build", "go vet", "go install", "tsc", "eslint", "staticcheck", "gofmt", "flake8", "shellcheck", "gcc", "g++", "clang", "rustc", "javac", "go test -c"})  # fmt: skip
# What package managers say beside it.
NOTICE = r"(?im)^npm (?:warn|notice)\b.*$"
# It could not begin, or did not come to its end.
NOT_RUN = (
    r"(?im)(?:command not found|: not found$|no such file or directory: |is not recognized as|Missing script:|No module named \S*(?:pytest|tox|nox|mypy|ruff|unittest)"
    r"|^error: unrecognized arguments|^(?:\w+: )?error: unrecognized arguments|^usage: |unknown option|unknown flag|no such task|no tasks? \S+ found"
    r"|go: cannot find main module|directory prefix \S+ does not contain|no Go files in|could not find `?Cargo\.toml|Couldn't find a package\.json|ENOENT[^\n]*package\.json|Could not read package\.json"
    r"|No rule to make target|no configuration file provided|file or directory not found: |cannot write multiple packages|parse error near|syntax error near|JSON report generated)"
)
# A command with none of these words is no run; most commands are told by that alone.
NAMES = frozenset(
    (
        *PROGRAMS,
        *SUBCOMMANDS,
        *TASKS,
        *FORMATTERS,
        *steps.SHORTENING,
        "python",
        "python3",
        "node",
        "cmake",
        "py",
    )
)
KILLED = frozenset((124, 126, 127, 130, 137, 143))


@positional
class Check:
    """What one step of a command checks, and with what."""

    kind: str
    tool: str


@positional
class Verdict:
    """Whether a run passed, by which rule, and what kind of run it was."""

    kind: str
    passed: bool
    rule: str
    tool: str


def verdict(
    command: str, output: str, *, failed: bool | None, exit_code: int | None = None
) -> Verdict | None:
    """What a run of tests, a build or a linter came to; None where it was none, or proves nothing."""
    if NAMES.isdisjoint(re.findall(r"[\w+-]+", command)):
        return None
    line = steps.steps(command)
    checks = [(at, check) for at, step in enumerate(line) if (check := checked(step)) is not None]
    if not checks:
        return None
    text = excerpt.printed(output)
    code = steps.echoed_exit_code(command, text)
    if code is not None:
        failed, exit_code = code != 0, code
    hidden = code is None and any(
        check.tool == REPORT or steps.is_exit_hidden(line, at, command) for at, check in checks
    )
    strongest = max((check for _, check in checks), key=lambda one: STRENGTH[one.kind])
    if failed is None or (hidden and not failed):
        return _by_text(text, strongest, is_silent=_is_silent(line, checks, text, failed))
    return _by_exit_code(text, strongest, failed=failed, code=exit_code, is_sure=not hidden)


def _by_text(text: str, check: Check, *, is_silent: bool) -> Verdict | None:
    for passed in (False, True):
        if rule := printed.found(text, passes=passed):
            return Verdict(check.kind if passed else _kind(rule, check), passed, rule.name, check.tool)
    return Verdict(check.kind, True, "silent", check.tool) if is_silent else None


def _is_silent(line: list[Step], checks: list[tuple[int, Check]], text: str, failed: bool | None) -> bool:
    quiet = all(check.tool in SILENT and steps.is_only_shortened(line, at) for at, check in checks)
    rest = line[_end_of_pipe(line, checks[-1][0]) :]
    is_all = all(step.text in ("true", ":") for step in rest)
    return failed is False and quiet and is_all and not re.sub(NOTICE, "", text).strip()


def _end_of_pipe(line: list[Step], at: int) -> int:
    while at < len(line) - 1 and line[at].then in ("|", "|&"):
        at += 1
    return at + 1


def _by_exit_code(
    text: str, check: Check, *, failed: bool, code: int | None, is_sure: bool
) -> Verdict | None:
    rule = printed.found(text, passes=not failed)
    if failed:
        if rule is None and (
            code in KILLED or not is_sure or re.search(NOT_RUN, text) or _is_unsaid(text, check)
        ):
            return None
        return _named(check if rule is None else Check(_kind(rule, check), check.tool), False, rule)
    if check.kind == TESTS and rule is None and printed.is_empty(text):
        return None
    if check.tool in FORMATTERS and text.strip() and check.tool != "prettier":
        return Verdict(check.kind, False, "files-listed", check.tool)
    return _named(check, True, rule)


def _kind(rule: Rule, check: Check) -> str:
    """A failing build inside a run of tests is a failing run of tests; a task says only that it failed."""
    return check.kind if rule.kind in (TASK, BUILD) else rule.kind


def _is_unsaid(text: str, check: Check) -> bool:
    """Tests that fail without a word were most likely never run."""
    return check.kind == TESTS and printed.is_empty(text)


def _named(check: Check, passed: bool, rule: Rule | None) -> Verdict:
    return Verdict(check.kind, passed, rule.name if rule is not None else "exit-code", check.tool)


def checked(step: Step) -> Check | None:
    """What a step checks; None for anything that is no run of tests, build or linter."""
    for command in step.commands:
        found = None if IDLE & {*command.typed_flags} else _checked(command)
        if found is not None:
            return found
    return None


def _checked(command: Command) -> Check | None:
    program = command.program
    if program in ("go", "gofmt") and "-c" in command.typed_flags and command.words[:1] == ("test",):
        return Check(BUILD, "go test -c")
    if program in FORMATTERS:
        return (
            Check(LINT, program)
            if any(flag in FORMATTERS[program] for flag in (*command.typed_flags, *command.words))
            else None
        )
    if program == "ruff":
        return (
            Check(LINT, program)
            if command.words[:1] != ("format",) or "--check" in command.typed_flags
            else None
        )
    if program in PROGRAMS:
        return Check(PROGRAMS[program], program)
    if program == "python":
        return _python(command)
    if program in steps.SHORTENING:
        return Check(TESTS, REPORT) if any(re.search(REPORT_FILE, word) for word in command.words) else None
    if program == "node":
        return Check(TESTS, "node") if "--test" in command.typed_flags else None
    if program == "cmake":
        return Check(BUILD, "cmake") if "--build" in command.typed_flags else None
    word = next((word for word in command.words if word in SUBCOMMANDS.get(program, ())), None)
    if word is not None and word in command.words[:2]:
        return Check(SUBCOMMANDS[program][word], f"{program} {word}")
    return _task(command)


def _python(command: Command) -> Check | None:
    first = command.words[0].rsplit("/", 1)[-1] if command.words else ""
    if first == "manage.py" and command.words[1:2] == ("test",):
        return Check(TESTS, "django")
    is_test = re.fullmatch(r"(?:run_?)?tests?(?:_\w+)?\.py|\w+_test\.py|runtests\.py", first)
    return Check(TESTS, "python") if is_test else None


def _task(command: Command) -> Check | None:
    """A task of the project, by its name."""
    if command.program not in TASKS:
        return None
    words = [word for word in command.words if word not in TASKS[command.program]]
    if command.program == "make" and not words:
        return Check(BUILD, "make")
    if command.words[:1] == ("t",) and command.program in ("npm", "pnpm"):
        return Check(TESTS, command.program)
    for kind, pattern in NAMED:
        for word in words[:3]:
            if re.search(pattern, word.lstrip(":")) and not re.search(
                r"(?:fmt|format|fix|watch|install|clean|dev)$", word
            ):
                return Check(kind, command.program)
    return None

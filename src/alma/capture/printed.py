"""What test runners, builds and linters print at their end. A rule is a name, what it checks, and two patterns.

A count that fails is never zero, and a count that passes is never zero: a run of no tests is neither.
"""

from __future__ import annotations

import re
from functools import cache

from alma.domain.values import positional

TESTS, BUILD, LINT, TASK = "tests", "build", "lint", "task"
# Which of two outweighs the other: tests that failed are not undone by a linter that is content.
STRENGTH = {TASK: 0, LINT: 1, BUILD: 2, TESTS: 3}


@positional
class Rule:
    """How one tool says that it failed, and how it says that all is well."""

    name: str
    kind: str
    fails: str
    passes: str


_PYTEST = r"(?:passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?|rerun|subtests \w+)"
RULES = (
    Rule(
        "pytest-summary",
        TESTS,
        rf"^(?:=+ )?(?:\d+ {_PYTEST}, )*?[1-9]\d* (?:failed|errors?)\b[^\n]* in [\d.:]+|^(?:FAILED|ERROR) \S+\.py(?:::|\b)"
        r"|^!+ (?:Interrupted|stopping after)|^E   +\w*(?:Error|Exception)\b|^=+ (?:FAILURES|ERRORS) =+$",
        rf"^(?:=+ )?(?:\d+ {_PYTEST}, )*?[1-9]\d* passed\b[^\n]* in [\d.:]+",
    ),
    Rule("unittest-summary", TESTS, r"^FAILED \((?:failures|errors|unexpected)", r"^Ran [1-9]\d* tests? in [\d.]+s\n+OK\b"),
    Rule("unittest-end", TESTS, r"^(?:FAIL|ERROR): \w+ \([\w.]+\)$", r"\A\s*OK(?: \([^\n]*\))?\s*\Z"),
    Rule(
        "jest-summary",
        TESTS,
        r"^(?:Tests|Test Suites):\s+(?:[^\n]*\s)?[1-9]\d* failed|^\s*FAIL\s+\S+\.(?:[cm]?[jt]sx?)\b|^Test suite failed to run",
        r"^Tests:\s+(?:[^\n]*\s)?[1-9]\d* passed",
    ),
    Rule(
        "vitest-summary",
        TESTS,
        r"^\s*(?:Test Files|Tests)\s+[1-9]\d* failed|^\s*Errors\s+[1-9]\d* errors?|^\s*[❯×] \S+\.(?:test|spec)\.[jt]sx?\b",
        r"^\s*(?:Tests|Test Files)\s+(?:[^\n]*\| )?[1-9]\d* passed",
    ),
    Rule("mocha-summary", TESTS, r"^\s+[1-9]\d* failing\b", r"^\s+[1-9]\d* passing \("),
    Rule(
        "go-test",
        TESTS,
        r"^\s*(?:\[[\w:.-]+\] )?--- FAIL: |^(?:\[[\w:.-]+\] )?FAIL(?:\t\S|\s*$)|^panic: ",
        r"^(?:\[[\w:.-]+\] )?ok  ?\s*\S+\s+(?:\(cached\)|[\d.]+s)(?![^\n]*\[no tests to run\])|^--- PASS: |^DONE [1-9]\d* tests",
    ),
    Rule(
        "cargo-test",
        TESTS,
        r"^test result: FAILED|^error: (?:\d+ target|test failed|test run failed)|^\s+Summary \[[^\n]*[1-9]\d* (?:failed|timed out)",
        r"^test result: ok\. [1-9]\d* passed|^\s+Summary \[[^\n]*[1-9]\d* passed",
    ),
    Rule("tap", TESTS, r"^(?:#|ℹ) fail [1-9]|^not ok \d", r"^(?:#|ℹ) pass [1-9]"),
    Rule("bun-test", TESTS, r"^\s*[1-9]\d* fail$", r"^\s*[1-9]\d* pass$"),
    Rule("deno-test", TESTS, r"^FAILED \| ", r"^ok \| [1-9]\d* passed"),
    Rule("rspec-summary", TESTS, r"^\d+ examples?, [1-9]\d* failures?|error occurred outside of examples", r"^[1-9]\d* examples?, 0 failures"),
    Rule("minitest-summary", TESTS, r"^\d+ (?:runs|tests), \d+ assertions, (?:[1-9]\d* failures|0 failures, [1-9])", r"^[1-9]\d* (?:runs|tests), \d+ assertions, 0 failures, 0 errors"),
    Rule("phpunit-summary", TESTS, r"^(?:FAILURES|ERRORS)!|^Tests: \d+, [^\n]*(?:Failures|Errors): [1-9]", r"^OK \([1-9]\d* tests?"),
    Rule("exunit-summary", TESTS, r"^\d+ (?:doctests?, )?(?:\d+ )?tests?, [1-9]\d* failures?", r"^[1-9]\d* tests?, 0 failures"),
    Rule("maven-tests", TESTS, r"Tests run: \d+, (?:Failures: [1-9]|Failures: 0, Errors: [1-9])|There are test failures", r"Tests run: [1-9]\d*, Failures: 0, Errors: 0"),
    Rule("gradle-tests", TESTS, r"^\d+ tests? completed, [1-9]\d* failed|There were failing tests|^\S+ > [^\n]+ FAILED$", r"^\S+ > [^\n]+ PASSED$"),
    Rule("dotnet-test", TESTS, r"^\s*Failed!  ?- |^Test Run Failed|^\s+Failed: [1-9]", r"^\s*Passed!  ?- |^Test Run Successful"),
    Rule("ctest-summary", TESTS, r"\d+% tests passed, [1-9]\d* tests? failed|^The following tests FAILED", r"100% tests passed, 0 tests failed out of [1-9]"),
    Rule("playwright-summary", TESTS, r"^\s+[1-9]\d* failed$", r"^\s+[1-9]\d* passed \([\d.]+"),
    Rule("cypress-summary", TESTS, r"[✖×]\s+\d+ of \d+ failed", r"✔\s+All specs passed!"),
    Rule("swift-test", TESTS, r"^\s*Executed \d+ tests?, with [1-9]\d* failure|\*\* TEST FAILED \*\*", r"Executed [1-9]\d* tests?, with 0 failures|\*\* TEST SUCCEEDED \*\*"),
    Rule("junit-report", TESTS, r"<testsuites?\b[^>]*\b(?:failures|errors)=\"[1-9]", r"<testsuites?\b[^>]*\btests=\"[1-9]"),
    Rule("tsc-errors", BUILD, r"\berror TS\d+: |^Found [1-9]\d* errors? in [^\n]*(?:\.tsx?|files)", r"^Found 0 errors\. Watching"),
    Rule("go-build", BUILD, r"^\S+\.go:\d+:\d+: (?!warning)(?=[^\n]*(?:undefined|cannot use|declared and not used|imported and not used|missing|expected|syntax error|not enough|too many|unknown|undeclared|redeclared|invalid|mismatched|does not implement|has no field|unexpected))|\[(?:build|setup) failed\]", r"(?!)"),
    Rule("rust-build", BUILD, r"^error\[E\d+\]|^error: could not compile|^error: aborting due to", r"^\s+Finished (?:`?(?:dev|release|test|bench)\b|\w+ \[)"),
    Rule("c-build", BUILD, r"^\S+?:\d+(?::\d+)?: (?:fatal )?error: |^collect2: error|^ld: (?:symbol|library)|undefined reference to", r"(?!)"),
    Rule("make-end", BUILD, r"^g?make(?:\[\d+\])?: \*\*\* |^ninja: (?:build stopped|error)|^FAILED: \S", r"^\[100%\] Built target"),
    Rule("webpack-end", BUILD, r"compiled with [1-9]\d* errors?|^Failed to compile|^ERROR in \S|^Module not found: Error", r"compiled successfully|^\s*(?:✓|√) Compiled successfully|^Compiled (?:with warnings|successfully)"),
    Rule("vite-end", BUILD, r"^error during build|^(?:✗|x) Build failed|^Build failed with \d+ error|^\[vite\][^\n]*error|^✘ \[ERROR\]", r"✓ built in [\d.]+|^⚡ Done in"),
    Rule("gradle-maven-end", BUILD, r"BUILD FAIL(?:ED|URE)|^FAILURE: Build failed", r"BUILD SUCCESS(?:FUL)?\b"),
    Rule("dotnet-build", BUILD, r"^Build FAILED|: error (?:CS|MSB|NU)\d+:", r"^Build succeeded\."),
    Rule("docker-build", BUILD, r"^ERROR: failed to (?:solve|build)|^failed to solve|returned a non-zero code: [1-9]", r"^Successfully (?:built|tagged)|exporting to image[^\n]*done|naming to \S+ (?:[\d.]+s )?done"),
    Rule("python-build", BUILD, r"^ERROR Backend subprocess|error: subprocess-exited-with-error", r"^Successfully built \S+\.(?:whl|tar\.gz)"),
    Rule("golangci", LINT, r"^(?:\[[\w:.-]+\] )?[1-9]\d* issues[:.]|^\S+\.go:\d+(?::\d+)?: [^\n]+ \([a-z][\w-]+\)$", r"^(?:\[[\w:.-]+\] )?0 issues\."),
    Rule("biome", LINT, r"^Checked \d+ files? in [^\n]*\n(?:[^\n]*\n)?Found [1-9]\d* errors?\.|^Some errors were emitted", r"^Checked \d+ files? in [^\n]*\. No fixes (?:applied|needed)"),
    Rule("ruff", LINT, r"^Found [1-9]\d* errors?\b(?! in \d+ files?)(?!(?:[^\n]*\(\d+ fixed, 0 remaining))|^Would reformat: |^[1-9]\d* files? would be reformatted", r"^All checks passed!|^\d+ files? already formatted|^Found \d+ errors? \(\d+ fixed, 0 remaining"),
    Rule("mypy", LINT, r"^Found [1-9]\d* errors? in \d+ files?|^\S+\.pyi?:\d+(?::\d+)?: error: ", r"^Success: no issues found"),
    Rule("pyright", LINT, r"^[1-9]\d* errors?, \d+ warnings?", r"^0 errors, \d+ warnings?"),
    Rule("flake8", LINT, r"^\S+\.py:\d+:\d+: [A-Z]+\d+ ", r"(?!)"),
    Rule("pylint", LINT, r"^\S+\.py:\d+:\d+: [EF]\d{4}: ", r"^Your code has been rated at 10\.00/10"),
    Rule("black", LINT, r"^would reformat |^Oh no! ", r"^All done! "),
    Rule("eslint", LINT, r"✖ \d+ problems? \([1-9]\d* errors?|^\s+\d+:\d+\s+(?:error|Error)\s{1,}\S", r"✖ \d+ problems? \(0 errors|No ESLint warnings or errors"),
    Rule("prettier", LINT, r"^\[(?:warn|error)\] Code style issues|Code style issues (?:found|were found)", r"^All matched files use Prettier code style"),
    Rule("clippy", LINT, r"^error: (?:unused|this |you |called |the )[^\n]*\n\s+-->", r"(?!)"),
    Rule("shellcheck", LINT, r"^In \S+ line \d+:$", r"(?!)"),
    Rule("pre-commit", LINT, r"\.{3,}Failed$|^- hook id: ", r"\.{3,}Passed$"),
    Rule("import-linter", LINT, r"^Contracts: \d+ kept, [1-9]\d* broken", r"^Contracts: [1-9]\d* kept, 0 broken"),
    Rule("task-failed", TASK, r"^(?:\[[\w:.-]+\] )?ERROR task failed|^npm (?:ERR!|error) (?:code ELIFECYCLE|Lifecycle script|Test failed)|^\s*ELIFECYCLE\s|^error Command failed with exit code [1-9]|^error: (?:script|Recipe) [^\n]+ (?:exited|failed)|^task: Failed to run", r"(?!)"),
)  # fmt: skip
EMPTY = (
    r"(?im)^(?:=+ )?no tests ran|^(?:=+ )?\d+(?:/\d+)? tests? collected|^(?:=+ )?\d+ deselected in |\[no test files\]|^No tests? (?:found|files found|to run|were executed)|^Ran 0 tests|no tests to run"
    r"|^test result: ok\. 0 passed|^\s+0 passing|^collected 0 items|^No test files found|^Tests:\s+0 total|^No tests found"
    r"|^NO TESTS RAN|^\s*0 tests?, 0 failures|^# tests 0$|^error: no tests to run"
)


def found(text: str, *, passes: bool) -> Rule | None:
    """The strongest rule by which a printed text says that something passed, or failed."""
    return next((rule for rule, pattern in _patterns(passes) if pattern.search(text)), None)


@cache
def _patterns(passes: bool) -> tuple[tuple[Rule, re.Pattern[str]], ...]:
    """Every rule with its pattern, the strongest kinds first; compiled when they are first needed."""
    ordered = sorted(RULES, key=lambda rule: -STRENGTH[rule.kind])
    return tuple((rule, re.compile(rule.passes if passes else rule.fails, re.M)) for rule in ordered)


def is_empty(text: str) -> bool:
    """Whether a runner says that there was nothing to run."""
    return re.search(EMPTY, text) is not None

"""Whether the configuration's `verify:` names a command, so that its exit code is a result that was seen.

Whoever asks may want to be believed: a command that only looks like a named one is not named, and what is not surely
a run of the tests is not one. A word that stands in the pattern itself is always let through: a person wrote it there.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from fnmatch import fnmatchcase

from alma.config.value import VERIFY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alma.config.value import Config

# With one of these, or its beginning, a test runner ends well without having run a test, or whatever the tests say.
IDLE = (
    *("--version", "--help", "-h", "--dry-run", "--list", "--no-run", "--if-present", "--ignore-errors"),
    *("--collect-only", "--collectonly", "--setup-plan", "--setup-only", "--fixtures", "--fixtures-per-test"),
    *("--funcargs", "--markers", "--cache-show", "--suppress-no-test-exit-code", "--passWithNoTests"),
    *(
        "--pass-with-no-tests",
        "--listTests",
        "--script-shell",
        "--prefix",
        "--cwd",
        "--show-only",
        "--notest",
    ),
    *("-DskipTests", "-Dmaven.test.skip", "-Dmaven.test.failure.ignore"),
)
# The same of one runner, or what chooses tests and may choose none.
_CHOOSING = ("-t", "--testNamePattern", "-g", "--grep", "-f", "--fgrep", "-i", "--invert")
IDLE_OF = {
    "pytest": ("-c", "--config-file", "-o", "--override-ini"),
    "go": (
        *("-run", "-skip", "-list", "-c", "-n", "-exec", "-h", "-help", "-bench", "-fuzz"),
        *("-test.run", "-test.skip", "-test.list", "-args", "-C", "-toolexec", "-overlay"),
    ),
    "cargo": ("--skip", "--ignored", "-E", "--filter-expr", "--config", "-C", "-V", "--no-tests"),
    "ctest": ("-N", "-R", "-E", "-L", "-LE", "-I", "--tests-regex", "--label-regex", "--no-tests"),
    "nox": ("-l", "-f", "--noxfile"),
    "tox": ("-l", "-n", "-a", "-c", "--conf"),
    **dict.fromkeys(("npm", "yarn", "pnpm", "jest", "vitest", "mocha", "playwright"), _CHOOSING),
    "rspec": ("-e", "--example", "-t", "--tag"),
    "phpunit": ("--filter", "--group", "--exclude-group", "-c", "--configuration"),
    "dotnet": ("--filter", "-t", "--list-tests"),
    "mix": ("--only", "--exclude"),
    "mvn": ("-f", "--file", "-fn", "--fail-never", "-v"),
    "gradle": ("-m", "-x", "--exclude-task", "-p", "--project-dir", "--init-script", "-I"),
}
# Of these two, only what is known to change nothing of it is let through.
_HONEST_OF_MAKE = re.compile(
    r"\w[\w./:@+-]*|-[skBwr]*(?:j\d*)?|--(?:silent|quiet|keep-going|always-make|no-print-directory|jobs(?:=\d+)?)"
)
_HONEST_OF_UNITTEST = re.compile(r"-[vfbcq]+|--(?:verbose|quiet|failfast|catch|buffer|locals)|[\w./]+")
# In a cluster of short options of pytest, the rest of the word after one of these is its value.
_PYTEST_IDLE_CLUSTER = re.compile(r"-[^-kmpncoWr=]*[hV]")
_CARGO_VALUES = frozenset(
    (
        *("-p", "--package", "--features", "-F", "--test", "--bin", "--example", "--bench", "-j", "--jobs"),
        *("--target", "--profile", "--exclude", "--target-dir", "--test-threads", "--color"),
    )
)
# What runs another program, and how many of its words come before that one.
_STARTERS = {"uv run": 2, "poetry run": 2, "bundle exec": 2}
# Variables in which a runner finds further options; where one is set, what it does is not what its words say.
_VARIABLES = {
    "make": ("MAKEFLAGS", "GNUMAKEFLAGS", "MFLAGS", "MAKEFILES"),
    "pytest": ("PYTEST_PLUGINS",),
    "go": ("GOFLAGS",),
    "mvn": ("MAVEN_ARGS", "MAVEN_CONFIG"),
    "phpunit": ("PHP_INI_SCAN_DIR",),
    **dict.fromkeys(
        ("npm", "yarn", "pnpm"),
        ("npm_config_script_shell", "npm_config_if_present", "npm_config_prefix", "npm_config_dry_run"),
    ),
}


def patterns(config: Config, *, is_named: bool = False) -> tuple[str, ...]:
    """The patterns that count for the store in use: those of a configuration hold for its own folder's store only.

    `is_named`: whoever calls named the store or the configuration, so that it may be another's.
    """
    if config.database is None or not _is_own(config.database, config.folder or os.getcwd()):
        said_elsewhere = is_named or os.environ.get("ALMA_CONFIG") or os.environ.get("ALMA_STORE")
        return VERIFY if said_elsewhere else config.verify
    return config.verify


def _is_own(database: str, folder: str) -> bool:
    """Whether a store lies in this folder, and not in another project's `.alma` below it."""
    inside = os.path.relpath(os.path.realpath(database), os.path.realpath(folder)).split(os.sep)
    return inside[0] != ".." and ".alma" not in inside[1:]


def is_verified(
    command: Sequence[str], named: Sequence[str], *, environ: Mapping[str, str] | None = None
) -> bool:
    """Whether one of the patterns names this command, and the command really does what it is named for."""
    environ = os.environ if environ is None else environ
    return any(_names(pattern, command) and not _is_idle(command, pattern, environ) for pattern in named)


def is_installed(program: str, config: Config) -> bool:
    """Whether a program comes from where programs are installed, not from where whoever runs it can put one."""
    if os.path.dirname(program):
        return True  # the pattern names it with its folder
    import shutil

    found = shutil.which(program)
    if found is None:
        return False
    places = (os.path.realpath(os.path.dirname(found)), os.path.dirname(os.path.realpath(found)))
    return all(_is_for_programs(place, _writable(config)) for place in places)


def _is_for_programs(place: str, writable: Sequence[str]) -> bool:
    above, name = os.path.split(place)
    if os.path.exists(os.path.join(above, "pyvenv.cfg")) or "node_modules" in place.split(os.sep):
        return True
    return name != "" and not any(place == one or place.startswith(one + os.sep) for one in writable)


def _writable(config: Config) -> list[str]:
    """The project, the folder of its store, and the temporary folders."""
    database = config.database
    store = os.path.dirname(os.path.dirname(database)) if database else None
    named = (os.getcwd(), config.folder, store, tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")
    return [real for one in named if one and (real := os.path.realpath(one)) != os.sep]


def _names(pattern: str, command: Sequence[str]) -> bool:
    """Blanks inside a word are quoted before they are compared, and the program may not lie in another folder.

    The star of `pytest*` and of `python -m pytest*` stands for further words, not for more letters of a name.
    """
    words = pattern.split(" ")
    place = 2 if words[1:2] == ["-m"] else 0
    if command[0].count("/") != words[0].count("/") or len(command) <= place or len(words) <= place:
        return False
    name = re.sub(r"(?<=\w)\*$", "", words[place])
    return fnmatchcase(shlex.quote(command[place]), name) and fnmatchcase(shlex.join(command), pattern)


def _is_idle(command: Sequence[str], pattern: str, environ: Mapping[str, str]) -> bool:
    runner = _runner(command)
    fixed = pattern.rstrip("*").split()
    words = [word for word in command[1:] if word not in fixed]
    if any(environ.get(name) for name in _VARIABLES.get(runner, ())) or _is_shadowed(runner, command):
        return True
    if runner == "pytest":
        words += _options_in(environ, "PYTEST_")
    return any(_is_idle_word(word, runner) for word in words) or _runs_nothing(words, runner)


def _runner(command: Sequence[str]) -> str:
    """What really runs the tests, behind whatever starts it."""
    start = _STARTERS.get(" ".join(command[:2]), 0)
    if command[0] == "npx":
        start = 1
    elif "-m" in command[1:2]:
        start = 2
    name = os.path.basename(command[start]) if len(command) > start else ""
    return {"py.test": "pytest", "gradlew": "gradle", "gmake": "make"}.get(name, name)


def _is_shadowed(module: str, command: Sequence[str]) -> bool:
    """Whether `python -m` would take a module of the current folder instead."""
    return "-m" in command[1:2] and any(os.path.lexists(name) for name in (module, f"{module}.py"))


def _options_in(environ: Mapping[str, str], beginning: str) -> list[str]:
    """The options that variables hold. What cannot be split is kept as an option that is idle."""
    said: list[str] = []
    for name, value in environ.items():
        if name.startswith(beginning):
            try:
                said += [word for word in shlex.split(value) if word.startswith("-")]
            except ValueError:
                said.append("--help")
    return said


def _is_idle_word(word: str, runner: str) -> bool:
    """Whether a word is an idle option, also where it is shortened, has a value, or stands in a cluster."""
    name = word.partition("=")[0]
    if runner == "make":
        return not _HONEST_OF_MAKE.fullmatch(word)
    if runner == "unittest":
        return not _HONEST_OF_UNITTEST.fullmatch(word)
    if runner == "pytest" and (word.startswith("@") or _PYTEST_IDLE_CLUSTER.match(word)):
        return True
    if runner == "go" and name.startswith("--"):
        name = name[1:]
    idle = (*IDLE, *IDLE_OF.get(runner, ()))
    return any(
        name == one or (len(name) > 2 and name[:2] == "--" and one.startswith(name)) for one in idle
    ) or any(
        len(one) == 2 and runner != "go" and len(word) > 2 and word[1] != "-" and word.startswith(one)
        for one in IDLE_OF.get(runner, ())
    )


def _runs_nothing(words: Sequence[str], runner: str) -> bool:
    """Whether words choose tests in a way that may leave none, and the runner then ends well."""
    if runner == "unittest":
        return "discover" in words and any(word[0] != "-" and word != "discover" for word in words if word)
    if runner == "cargo":
        before = ("", *words)
        return any(
            word[:1] != "-" and last not in _CARGO_VALUES for last, word in zip(before, words, strict=False)
        )
    return False

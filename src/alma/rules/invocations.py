"""Command lines in one spelling: short options as long ones, `npm i` as `npm install`, options in one order.

Only options that stand in the list are touched, each for the commands that have it: a command with any other stays as
it was typed. Words that are no options keep their order, and nothing moves over `--`, `&&`, a comma or "instead of".
"""

from __future__ import annotations

import re
from functools import lru_cache

from alma.rules.commands import SUBCOMMANDS_OF, TWO_LEVELS
from alma.rules.words import STOP_WORDS, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# The options of commands: `-x/--exitfirst` is one in two spellings, `-k=` takes a value.
OPTIONS = {
    "pytest": "-x/--exitfirst -q/--quiet -v/--verbose -s -l/--showlocals --lf/--last-failed --ff/--failed-first"
    " --sw/--stepwise --pdb --no-header --no-cov -k= -m= -n/--numprocesses= --dist= --maxfail= --tb= -p= --cov="
    " --cov-report= --durations= --timeout=",
    "npm install|npm add|pnpm add|npm ci|pnpm install|npm uninstall|pnpm remove": "-D/--save-dev -g/--global"
    " -E/--save-exact -O/--save-optional --legacy-peer-deps -f/--force --ignore-scripts --frozen-lockfile"
    " --no-frozen-lockfile --prefer-offline --no-audit --no-fund --omit=",
    "npm test|npm start": "",
    "yarn add|yarn remove": "-D/--dev -E/--exact",
    "pnpm": "-F/--filter= -r/--recursive",
    "docker build": "-t/--tag= -f/--file= --no-cache --pull --build-arg= --target= --platform= -q/--quiet --push",
    "docker run": "--rm -i/--interactive -t/--tty -d/--detach -p/--publish= -v/--volume= -e/--env= --name= --network="
    " -w/--workdir= -u/--user=",
    "docker ps": "-a/--all -q/--quiet",
    "docker logs": "-f/--follow -t/--timestamps",
    "docker rm": "-f/--force -v/--volumes",
    "docker system prune|docker image prune|docker volume prune": "-a/--all -f/--force --volumes",
    "docker compose up": "-d/--detach --build --force-recreate --no-deps --wait --remove-orphans",
    "docker compose down": "-v/--volumes --remove-orphans",
    "docker compose logs": "-f/--follow",
    "docker compose build": "--no-cache --pull",
    "git add": "-A/--all -u/--update -p/--patch -f/--force",
    "git commit": "-a/--all -m/--message= --amend --no-edit -n/--no-verify -s/--signoff --allow-empty",
    "git push": "-f/--force -u/--set-upstream --force-with-lease --tags -n/--dry-run --no-verify -d/--delete",
    "git pull": "-r/--rebase --no-rebase --ff-only --autostash -p/--prune",
    "git fetch": "--all -p/--prune -t/--tags",
    "git stash push": "-u/--include-untracked -m/--message= -k/--keep-index",
    "git clean": "-f/--force -d -x -X -n/--dry-run",
    "git rebase": "-i/--interactive --autosquash --autostash --continue --abort --skip",
    "git merge": "--no-ff --ff-only --squash -m= --abort",
    "git branch": "-d/--delete -D -a/--all -r/--remotes",
    "git log": "--oneline -n/--max-count= -p/--patch --stat --graph --all",
    "git switch": "-c/--create=",
    "git diff": "--staged/--cached --stat --name-only",
    "kubectl": "-n/--namespace= --context=",
    "kubectl get|kubectl describe|kubectl apply|kubectl delete|kubectl create|kubectl scale|kubectl patch|kubectl label":
    "-n/--namespace= --context= -f/--filename= -o/--output= -l/--selector= -A/--all-namespaces --replicas= -k/--kustomize=",
    "kubectl rollout restart|kubectl rollout status|kubectl rollout undo": "-n/--namespace= --context= --to-revision=",
    "kubectl logs": "-n/--namespace= --context= -f/--follow -c/--container= -l/--selector= --tail= --since= -p/--previous",
    "cargo build|cargo test|cargo check|cargo clippy|cargo bench": "-r/--release -p/--package= --all-targets"
    " --all-features --workspace/--all --no-default-features -F/--features= --lib --bin= --test= --no-run"
    " --no-fail-fast --locked -q/--quiet -v/--verbose",
    "cargo run": "-r/--release -p/--package= --all-features --no-default-features -F/--features= --bin= --example="
    " -q/--quiet",
    "pip install|uv pip install": "-U/--upgrade -r/--requirement= -e/--editable= --no-cache-dir --user -q/--quiet --pre"
    " --no-deps -c/--constraint= -i/--index-url= --force-reinstall",
    "uv sync": "--all-extras --frozen --locked --no-dev --extra= --group=",
    "uv add": "--dev --group= --extra=",
    "ruff check": "--fix --unsafe-fixes --select= --ignore= --diff -q/--quiet",
    "ruff format": "--check --diff -q/--quiet",
    "mypy": "--strict --ignore-missing-imports",
    "eslint": "--fix --quiet --cache --max-warnings= --ext=",
    "tsc": "--noEmit -p/--project= -w/--watch -b/--build",
    "jest": "-i/--runInBand -t/--testNamePattern= --watch --coverage -u/--updateSnapshot --ci",
    "playwright test": "--headed --ui --debug --project= --workers= -g/--grep= --retries=",
    "rm": "-r/-R/--recursive -f/--force -v/--verbose",
    "mkdir": "-p/--parents -v/--verbose",
    "make": "-j/--jobs= -k/--keep-going -s/--silent -C/--directory=",
    "grep": "-r/--recursive -n/--line-number -i/--ignore-case -v/--invert-match -l/--files-with-matches"
    " -E/--extended-regexp -w/--word-regexp -c/--count",
}  # fmt: skip
# What stands after the first word is for the program that is run.
PASS_ON = frozenset({"docker run", "cargo run"})
SAME_WORDS = {
    "npm i": "npm install", "npm t": "npm test", "npm run-script": "npm run", "pnpm i": "pnpm install", "npm run test":
    "npm test", "npm run start": "npm start", "pnpm run test": "pnpm test", "pnpm run start": "pnpm start",
    "yarn run test": "yarn test", "yarn run start": "yarn start", "pnpm t": "pnpm test",
}  # fmt: skip
PROGRAMS = frozenset(name.split()[0] for names in OPTIONS for name in names.split("|"))
# Where a command ends in a sentence.
ENDS = STOP_WORDS | listed("instead rather via vs versus && || | ; > >> < -- \\")
# Compiled when they are first used.
START = rf"(?<![\w./:@$-])(?:{'|'.join(sorted(PROGRAMS))}) (?=\S)"
PIECE = r"\s*((?:\"[^\"]*\"|'[^']*'|[^\s\"'`])+)"


def in_one_spelling(text: str) -> str:
    """The text with every known command in it in one spelling."""
    done, at = "", 0
    for found in re.finditer(START, text):
        if found.start() >= at:
            end, words = _stretch(text, found.start())
            done += text[at : found.start()] + " ".join(_spelled(words))
            at = end
    return done + text[at:] if at else text


def _stretch(text: str, at: int) -> tuple[int, list[str]]:
    """Where the command that begins here ends, and its words."""
    words: list[str] = []
    piece = re.compile(PIECE)
    while found := piece.match(text, at):
        word = found[1]
        if len(words) > 1 and word.lower() in ENDS:
            break
        bare = word.rstrip(",;:!?)") if word[-1] in ",;:!?)" else word
        if bare[-2:-1].isalnum() and bare[-1] == ".":
            bare = bare[:-1]
        if bare:
            words.append(bare)
        at = found.start(1) + len(bare)
        if bare != word:
            break
    return at, words


def _spelled(words: list[str]) -> list[str]:
    """A command in its one spelling; as it was typed where an option of it is not known."""
    name, rest = _named(words)
    known = _options(name)
    if known is None:
        return [*name.split(), *rest]
    plain: list[str] = []
    options: list[str] = []
    left = iter(rest)
    for word in left:
        if word.startswith("-") and len(word) > 1:
            read = _read(word, known, left)
            if read is None:
                return [*name.split(), *rest]
            options += read
        else:
            plain.append(word)
            if name in PASS_ON:
                plain += left
    return [*name.split(), *sorted(options, key=_option), *plain]


def _option(word: str) -> str:
    """An option without its value: several of the same keep their order."""
    return word.partition("=")[0]


def _named(words: list[str]) -> tuple[str, list[str]]:
    """The program with its subcommand, in one spelling, and all else; options before a subcommand stand after it."""
    program, rest = words[0], words[1:]
    before: list[str] = []
    known = _options(program)
    if program in SUBCOMMANDS_OF and known:
        while rest and rest[0].startswith("-"):
            takes = known.get(rest[0], ("", False))[1]
            before, rest = [*before, *rest[: 1 + takes]], rest[1 + takes :]
    name = program
    for _ in range(2):
        if rest and (program in SUBCOMMANDS_OF) and (name == program or name in TWO_LEVELS):
            name, rest = f"{name} {rest[0]}", rest[1:]
            name = SAME_WORDS.get(name, name)
    return name, [*before, *rest]


def _read(word: str, known: dict[str, tuple[str, bool]], left: Iterator[str]) -> list[str] | None:
    """One word of options in long spelling, each with its value; None where one is not known."""
    name, equals, value = word.partition("=")
    if name in known:
        long, takes = known[name]
        if not takes:
            return None if equals else [long]
        if equals and not name.startswith("--"):
            return None
        value = value if equals else next(left, "")
        return [f"{long}={_unquoted(value)}"] if value and not value.startswith("-") else None
    if word.startswith("--") or len(word) < 3:
        return None
    first = known.get(word[:2])
    if first is None:
        return None
    if first[1]:
        return [f"{first[0]}={word[2:]}"] if word[2:].isdigit() else None
    others = _read(f"-{word[2:]}", known, left)
    return None if others is None else [first[0], *others]


def _unquoted(value: str) -> str:
    """A value without its quotes."""
    return value[1:-1] if value[0] in "\"'" and value[-1] == value[0] else value


@lru_cache(256)
def _options(name: str) -> dict[str, tuple[str, bool]] | None:
    """Every spelling of this command's options: the long one, and whether a value follows; None if it is not listed."""
    rows = [options for names, options in OPTIONS.items() if name in names.split("|")]
    if not rows:
        return None
    found: dict[str, tuple[str, bool]] = {}
    for option in rows[0].split():
        spellings = option.removesuffix("=").split("/")
        found |= dict.fromkeys(spellings, (spellings[-1], option.endswith("=")))
    return found

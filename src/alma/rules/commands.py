"""Command lines taken apart: which programs they run, with which words and flags.

Nothing is run or expanded, and what stands in a heredoc, a quoted message or a comment is no command.
"""

from __future__ import annotations

import re
from itertools import pairwise

from alma.rules.words import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def _pairs(names: dict[str, str]) -> frozenset[str]:
    return frozenset(f"{program} {word}" for program, words in names.items() for word in words.split())


INNER_LINES = 3  # how deep `bash -c "bash -c …"` is followed

SUBCOMMANDS = {
    "git": "add am apply bisect blame branch checkout cherry-pick clean clone commit config diff fetch gc grep init"
    " log merge mv pull push rebase reflog remote reset restore revert rm show stash status submodule switch tag"
    " worktree filter-branch",
    "npm": "audit ci exec init install i link list ls outdated pack prune publish rebuild root run run-script start"
    " stop test uninstall update version view",
    "yarn": "add build dev install run test upgrade remove why workspace dlx start lint",
    "pnpm": "add build dev exec dlx install run test update remove why start lint",
    "bun": "add build install run test remove x",
    "docker": "build compose container cp create exec image images inspect kill login logs network prune ps pull push"
    " restart rm rmi run start stop system tag up volume",
    "podman": "build exec images logs ps pull push restart rm rmi run start stop",
    "kubectl": "apply config cp create delete describe drain edit exec get label logs patch port-forward rollout scale",
    "helm": "install upgrade uninstall rollback template lint list repo",
    "terraform": "apply destroy fmt import init output plan refresh state taint validate",
    "pip": "check download freeze install list show uninstall wheel",
    "uv": "add build lock pip publish remove run sync tool venv",
    "poetry": "add build check export install lock publish remove run show update",
    "pipenv": "install lock run sync update",
    "conda": "activate create env install list remove run update",
    "cargo": "add bench build check clean clippy doc fix fmt install publish run test update",
    "go": "build clean env fmt generate get install list mod run test tool vet work",
    "make": "all bench build check clean demo deploy dev docs fmt format install lint migrate release run start test",
    "gh": "api auth issue pr release repo run workflow",
    "brew": "install uninstall update upgrade services",
    "apt": "install remove update upgrade purge",
    "apt-get": "install remove update upgrade dist-upgrade purge autoremove",
    "systemctl": "daemon-reload disable enable reload restart start status stop",
    "aws": "s3 ec2 ecs ecr iam lambda logs cloudformation rds sts ssm",
    "gcloud": "app auth compute config container functions run",
    "bundle": "exec install update",
    "rails": "console db:migrate generate server test",
    "dotnet": "add build clean ef publish restore run test",
    "mvn": "clean compile deploy install package test verify",
    "gradle": "assemble build check clean test",
    "playwright": "codegen install show-report test",
    "cypress": "open run",
    "supabase": "db functions migration start stop",
    "prisma": "db generate migrate studio",
    "alembic": "current downgrade heads history revision stamp upgrade",
    "ruff": "check format",
}
SUBCOMMANDS_OF = {program: frozenset(names.split()) for program, names in SUBCOMMANDS.items()}
# Programs whose subcommand has a subcommand: `npm run build`, `docker compose up`.
TWO_LEVELS = _pairs(
    {
        "npm": "run", "yarn": "run", "pnpm": "run", "bun": "run", "uv": "pip tool", "go": "mod", "dotnet": "ef",
        "docker": "compose container image system volume network", "gh": "pr issue repo run release",
        "git": "stash remote submodule worktree", "kubectl": "rollout", "terraform": "state",
        "prisma": "db migrate", "supabase": "db", "gcloud": "run compute", "aws": "s3 ec2 ecs ecr lambda logs rds",
    }
)  # fmt: skip
SINGLE_PROGRAMS = listed(
    "pytest jest vitest mocha eslint prettier tsc mypy black flake8 pylint isort tox nox curl wget rm mv cp chmod chown"
    " mkdir ln tar rsync ssh scp psql mysql sqlite3 redis-cli mongosh python node ruby php perl java javac gcc g++ clang"
    " cmake ninja bazel pre-commit django-admin gunicorn uvicorn celery webpack vite rollup esbuild ts-node tsx turbo"
    " lerna rspec phpunit sed awk grep rg jq xargs dd ansible-playbook pkill killall crontab sleep usleep bash sh zsh"
    " pg_dump pg_restore dropdb createdb"
)
# Names that are everyday words too: in prose they are programs only with a flag or a known subcommand.
EVERYDAY = listed("make go find kill sort cut watch open time cat head tail test echo date touch less top")
PROGRAMS = SINGLE_PROGRAMS | EVERYDAY | SUBCOMMANDS_OF.keys()
# What only looks at text: words found there are sought, not used.
READERS = listed("grep egrep fgrep rg ag ack fd find sed jq less more head tail wc man which whereis")
PRINTERS = listed("echo printf cat")
MESSAGE_PROGRAMS = listed("git gh hg")
MESSAGE_FLAGS = listed("--grep -S -G -m --message --body --title -b -t")

KEYWORDS = listed("then do else if elif while until ! { } exec command builtin")
WRAPPERS = {
    "sudo": "-u -g -h -p -C -U", "doas": "-u", "env": "-u -C", "nice": "-n", "ionice": "-c -n", "time": "-f -o",
    "nohup": "", "timeout": "-k -s", "stdbuf": "-i -o -e", "xargs": "-n -P -I -L -d -a", "watch": "-n",
    "npx": "-p --package", "bunx": "", "uvx": "--from --with --python", "setsid": "", "xvfb-run": "-s", "caffeinate": "",
}  # fmt: skip
RUNNERS = _pairs(
    {
        "uv": "run", "poetry": "run", "pipenv": "run", "pdm": "run", "rye": "run", "hatch": "run", "conda": "run",
        "dotenv": "run", "npm": "exec", "pnpm": "exec dlx", "yarn": "exec dlx", "bundle": "exec", "mise": "exec",
        "direnv": "exec",
    }
)  # fmt: skip
RUNNER_VALUES = listed("-p --python --with --extra --group --from --package -n --env-file --project")
VALUES_BEFORE_SUBCOMMAND = listed(
    "-C -c -f -n -H -w --file --prefix --context --namespace --workspace --git-dir --work-tree --cwd --manifest-path --filter"
    " --profile --region --directory --project"
)
SHELLS = listed("bash sh zsh dash ksh powershell pwsh")
ALIASES = {"pip3": "pip", "nodejs": "node", "docker-compose": "docker", "py": "python", "py.test": "pytest"}
CLUSTERING = listed("tar rm ls cp rsync ps netstat curl grep psql chmod du")
TWINS = {
    ("git push", "-f"): "--force", ("git commit", "-n"): "--no-verify", ("git commit", "-a"): "--all",
    ("git clean", "-f"): "--force", ("git branch", "-D"): "--delete-forced", ("git add", "-A"): "--all",
    ("npm install", "-g"): "--global", ("npm install", "-D"): "--save-dev", ("pip install", "-U"): "--upgrade",
    ("docker run", "-d"): "--detach",
    ("docker compose", "-d"): "--detach", ("docker compose", "-v"): "--volumes", ("docker system", "-a"): "--all",
    ("docker system", "-f"): "--force", ("docker image", "-a"): "--all", ("docker image", "-f"): "--force",
    ("docker volume", "-a"): "--all", ("docker volume", "-f"): "--force", ("npm install", "-f"): "--force",
    ("git stash", "-u"): "--include-untracked", ("git rebase", "-i"): "--interactive", ("rm", "-R"): "-r", ("rm", "--recursive"): "-r", ("rm", "--force"): "-f",
}  # fmt: skip
SAME_SUBCOMMAND = {("npm", "i"): "install", ("npm", "t"): "test", ("npm", "run-script"): "run"}

# Compiled when it is first used.
HEREDOC = r"(?sm)(?<!<)<<-?[ \t]*(['\"\\]?)(\w+)\1(?!<)([^\n]*)\n(.*?)(?:^[ \t]*\2[ \t]*$|\Z)"
PIECE = re.compile(
    r"(?P<space>(?:\\\n|[ \t\r])+)|(?P<end>\n|&&|\|\|?&?|;+|&(?!>)|[()`])"
    r"|(?P<redirect>&?\d*(?:<<<|>>|>\||[<>])(?:&\d?-?)?)"
    r"|'(?P<single>[^']*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\"|\\(?P<escaped>.)|(?P<bare>[^\s'\"\\;&|()<>`]+|.)",
    re.S,
)
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
DURATION = re.compile(r"\d+(?:\.\d+)?[smhd]?$|\$\{?\w+\}?$")
VERSIONED = re.compile(r"(python|pip)[\d.]+$")


class Command:
    """One program about to run: its plain arguments, its flags as compared and as they were typed."""

    __slots__ = ("flags", "program", "typed_flags", "words")

    def __init__(
        self, program: str, words: tuple[str, ...], flags: frozenset[str], typed_flags: tuple[str, ...]
    ) -> None:
        self.program = program
        self.words = words
        self.flags = flags
        self.typed_flags = typed_flags

    @property
    def subcommand(self) -> tuple[str, ...]:
        """The words that say what the program is to do: `push`, `run build`; none for most programs."""
        if self.program not in SUBCOMMANDS_OF or not self.words:
            return ()
        return self.words[: 2 if f"{self.program} {self.words[0]}" in TWO_LEVELS else 1]

    def __repr__(self) -> str:
        return f"Command({' '.join((self.program, *self.words, *sorted(self.flags)))!r})"


class Token:
    """One word of a line, unquoted, with the place where it stands."""

    __slots__ = ("end", "start", "value")

    def __init__(self, value: str, start: int, end: int) -> None:
        self.value = value
        self.start = start
        self.end = end


class Line:
    """Commands in order, and the text in them that is used (not sought, printed or said in a message)."""

    __slots__ = ("commands", "used_text")

    def __init__(self, commands: list[Command], used_text: str) -> None:
        self.commands = commands
        self.used_text = used_text


def parse(text: str, depth: int = 0) -> Line:
    """A command line, of one or many lines, taken apart."""
    bodies: list[str] = []

    def without_body(found: re.Match[str]) -> str:
        bodies.append(found[4])
        return found[3] + " > heredoc\n"

    text = re.sub(HEREDOC, without_body, text) if "<<" in text else text
    commands: list[Command] = []
    kept: list[str] = []
    at = 0
    for tokens, written in _segments(text):
        commands += _commands(tokens, depth)
        for start, end in _unused(tokens, written):
            kept.append(text[at:start])
            at = end
    kept.append(text[at:])
    return Line(commands, "\n".join(["".join(kept), *bodies]))


def _segments(text: str) -> Iterator[tuple[list[Token], bool]]:
    """The words between two separators, and whether their output goes into a file."""
    tokens: list[Token] = []
    open_word = skip_next = written = in_comment = False
    for piece in PIECE.finditer(text):
        kind = piece.lastgroup
        if in_comment and not (kind == "end" and piece[0] == "\n"):
            continue
        in_comment = kind == "bare" and piece[0][0] == "#" and not open_word
        if in_comment:
            continue
        if kind == "end":
            yield tokens, written
            tokens, skip_next, written = [], False, False
        elif kind == "redirect":
            written = written or ">" in piece[0]
            skip_next = "&" not in piece[0][1:]
        elif kind != "space":
            value = piece[kind or 0]
            if open_word and tokens:
                tokens[-1].value += value
                tokens[-1].end = piece.end()
            elif skip_next:
                skip_next = False
            else:
                tokens.append(Token(value, piece.start(), piece.end()))
                open_word = True
                continue
        open_word = kind not in ("space", "end", "redirect")
    yield tokens, written


def _commands(tokens: list[Token], depth: int) -> Iterator[Command]:
    """The wrappers of one segment, and the program that they run."""
    values = [token.value for token in tokens]
    while values:
        if values[0] in KEYWORDS or ASSIGNMENT.match(values[0]):
            values = values[1:]
            continue
        program = _name(values[0])
        pair = f"{program} {values[1]}" if len(values) > 1 else ""
        if program in WRAPPERS:
            yield Command(program, (), frozenset(), ())
            values = _after_options(values[1:], WRAPPERS[program].split(), durations=program == "timeout")
        elif pair in RUNNERS:
            yield Command(program, (values[1],), frozenset(), ())
            values = _after_options(values[2:], RUNNER_VALUES, durations=False)
        elif program == "python" and "-m" in values[1:3] and len(values) > values.index("-m") + 1:
            values = values[values.index("-m") + 1 :]
        else:
            if program in SHELLS and depth < INNER_LINES:
                yield from _inner(values, depth)
            if program != "cd":
                yield _command(program, values)
            return


def _name(word: str) -> str:
    """`./node_modules/.bin/jest` is jest, `python3.12` is python."""
    name = word.replace("\\", "/").rsplit("/", 1)[-1] or word
    name = name.removesuffix(".exe").removesuffix(".cmd")
    versioned = VERSIONED.match(name)
    return versioned[1] if versioned else ALIASES.get(name, name)


def _after_options(values: list[str], with_value: object, *, durations: bool) -> list[str]:
    """What is left when a wrapper's own flags, their values, and a time limit are taken off."""
    known = frozenset(with_value) if isinstance(with_value, (list, frozenset)) else frozenset()
    at = 0
    while at < len(values) and (values[at].startswith("-") or ASSIGNMENT.match(values[at])):
        at += 2 if values[at] in known else 1
    if durations and at < len(values) and DURATION.match(values[at]):
        at += 1
    return values[at:]


def _inner(values: list[str], depth: int) -> Iterator[Command]:
    """The commands in the text of `bash -c "…"`."""
    for flag, text in pairwise(values[1:]):
        if not flag.startswith("-"):
            return
        if flag.lower() == "-command" or ("c" in flag and not flag.startswith("--")):
            yield from parse(text, depth + 1).commands
            return


def _command(program: str, values: list[str]) -> Command:
    words: list[str] = ["compose"] if _name_is_compose(values[0]) else []
    typed: list[str] = []
    skip = False
    for value in values[1:]:
        if skip or value == "--":
            skip = False
        elif value.startswith("-") and len(value) > 1:
            typed.append(value.split("=", 1)[0])
            is_awaited = not words or (len(words) == 1 and f"{program} {words[0]}" in TWO_LEVELS)
            skip = is_awaited and program in SUBCOMMANDS_OF and value in VALUES_BEFORE_SUBCOMMAND
        else:
            words.append(value)
    if words:
        words[0] = SAME_SUBCOMMAND.get((program, words[0]), words[0])
    name = f"{program} {words[0]}" if words and program in SUBCOMMANDS_OF else program
    flags = (TWINS.get((name, flag), flag) for text in typed for flag in split_flag(text, program))
    return Command(program, tuple(words), frozenset(flags), tuple(dict.fromkeys(typed)))


def _name_is_compose(word: str) -> bool:
    return word.endswith("docker-compose")


def split_flag(text: str, program: str = "") -> tuple[str, ...]:
    """One flag as it is compared: no value, and `-rf` as `-r` and `-f`."""
    text = text.split("=", 1)[0]
    letters = text[1:]
    if text.startswith("--") or letters.isdigit():
        return (text,)
    if letters[1:].isdigit():
        return (text[:2],)
    if letters.isalpha() and 1 < len(letters) <= (6 if program in CLUSTERING else 3):
        return tuple("-" + letter for letter in letters)
    return (text,)


def _unused(tokens: list[Token], written: bool) -> Iterator[tuple[int, int]]:
    """Where a segment only seeks, prints or describes: those stretches are no use of what they say."""
    values = [_name(token.value) for token in tokens[:3]]
    program = next((value for value in values if value not in WRAPPERS and not ASSIGNMENT.match(value)), "")
    if program in READERS or (program in PRINTERS and not written) or values[:2] == ["git", "grep"]:
        yield tokens[0].start, tokens[-1].end
    elif program in MESSAGE_PROGRAMS:
        before = ""
        for token in tokens:
            flag = token.value.split("=", 1)[0]
            if before in MESSAGE_FLAGS or flag in MESSAGE_FLAGS or any(map(str.isspace, token.value)):
                yield token.start, token.end
            before = token.value

"""Which runs were seen: commands that the configuration names, run in the project, with nothing that could speak for them.

Asked when a command has just been run, for what lies in the project then may be gone when the turn ends. Whoever asks may
want to be believed, so whatever a shell would expand, and whatever leads out of the project, is not seen.
"""

from __future__ import annotations

import os
import re
import shlex

from alma.capture import excerpt, steps
from alma.domain.digest import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alma.config.value import Config

    State = Mapping[str, object]

KEY = "seen"
MOST = 32
SAME_SCREEN = "2>&1"
QUOTED = r"'[^']*'|\"[^\"$`\\]*\""
# What a shell makes other words of, or runs instead, or sends elsewhere.
EXPANDED = re.compile(r"[$`\\{}()<>*?~!;\n\r\x5b\x5d]|\|\||(?<!&)&(?!&)")
FOLDER = re.compile(r"\w[\w./-]*|\./[\w./-]*|\.")


def with_run(state: State, command: str, *, is_seen: bool) -> State:
    """What is known of the runs of a session, after one more; of very many the latest are remembered."""
    mark = _mark(command)
    rest = [one for one in _marks(state) if one != mark]
    return {**state, KEY: [*rest, *([mark] if is_seen else [])][-MOST:]}


def saw(state: State, command: str) -> bool:
    """Whether this command was seen to run, the last time that it did."""
    return _mark(command) in _marks(state)


def _marks(state: State) -> list[str]:
    kept = state.get(KEY)
    return [one for one in kept if isinstance(one, str)] if isinstance(kept, list) else []


def _mark(command: str) -> str:
    return digest(excerpt.kept(command, longest=excerpt.LONGEST_COMMAND))


def is_seen(line: str, config: Config, folder: str) -> bool:
    """Whether a line does nothing but go into folders of the project, run what is named, and shorten what that prints."""
    if len(line) > excerpt.LONGEST_COMMAND or _is_expanded(line):
        return False
    ways = [_words(step.text) for step in steps.steps(line)]
    place, runs = folder, 0
    for words in ways:
        if words[:1] == ["cd"]:
            inner = _entered(words, place, folder)
            if inner is None:
                return False
            place = inner
        elif not _only_shortens(words):
            if not _is_named(words, config, place):
                return False
            runs += 1
    return runs > 0


def _is_expanded(line: str) -> bool:
    return EXPANDED.search(re.sub(QUOTED, "", line.replace(SAME_SCREEN, ""))) is not None


def _words(step: str) -> list[str]:
    try:
        return shlex.split(step.replace(SAME_SCREEN, ""))
    except ValueError:
        return []


def _entered(words: Sequence[str], place: str, folder: str) -> str | None:
    """The folder that `cd` leads to; None where that is none, or lies outside the project."""
    if len(words) != 2 or not FOLDER.fullmatch(words[1]):
        return None
    inner = os.path.realpath(os.path.join(place, words[1]))
    whole = os.path.realpath(folder)
    return inner if os.path.isdir(inner) and f"{inner}/".startswith(f"{whole}/") else None


def _only_shortens(words: Sequence[str]) -> bool:
    return words[:1] in (["head"], ["tail"]) and all(
        word.lstrip("-+n").isdigit() for word in words[1:] if word != "-n"
    )


def _is_named(words: Sequence[str], config: Config, place: str) -> bool:
    """Whether the configuration names this command, and it runs what lies in the project."""
    from alma import verifying  # only a run of tests needs it

    if not words or any(map(_leads_out, words[1:])):
        return False
    before = os.getcwd()
    try:
        os.chdir(place)  # a module of that folder may stand in the way of the runner
        return verifying.is_verified(words, verifying.patterns(config)) and verifying.is_installed(
            words[0], config
        )
    finally:
        os.chdir(before)


def _leads_out(word: str) -> bool:
    """Whether a word names a place outside the project, or what is loaded from anywhere."""
    value = word.rpartition("=")[2]
    return (
        value.startswith("/")
        or ".." in value.split("/")
        or word in ("-p", "-c")
        or word.startswith(("--rootdir", "--confcutdir", "--pyargs"))
    )

"""What happens in a session, folded into what it shows: one process an event, one state between them.

The result of a run is `verified` only where the configuration names the command; what was printed never raises that.
"""

from __future__ import annotations

import os
import shlex

from alma.capture import event as translation
from alma.capture import excerpt, steps
from alma.capture.finding import Attempt
from alma.capture.happening import Prompt
from alma.capture.session import Session
from alma.domain.door import Door
from alma.domain.memory import VERIFIED, WORD
from alma.hooks import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from alma.capture.finding import Finding
    from alma.capture.happening import Happening
    from alma.hooks.desk import Desk
    from alma.hooks.payload import Payload

    State = Mapping[str, object]

# Of a session with its subagents, the threads that were heard of last.
MOST_THREADS = 8
MOST_DELEGATED = 8
TURN_IS_OVER = "Stop"
KEY, DELEGATED = "capture", "delegated"


def folded(state: State, happened: Payload, happenings: Sequence[Happening]) -> tuple[State, list[Finding]]:
    """The state after these happenings in the thread of this event, and what they show."""
    thread = happened.text("agent_id")
    threads = dict(_threads(state))
    session = Session.of(threads.pop(thread, {}))
    found = [finding for one in happenings for finding in session.take(one)]
    threads[thread] = session.state()
    kept = dict(list(threads.items())[-MOST_THREADS:])
    return {**state, KEY: kept}, found


def happenings(happened: Payload) -> list[Happening]:
    """What this event says happened."""
    return translation.happenings({**happened.said, "hook_event_name": happened.event})


def watched(here: Desk, happened: Payload) -> None:
    """Fold an event into its session, and take in what that shows."""
    taken = happenings(happened)
    if not taken or not _is_kept(here, happened):
        return

    def change(state: State) -> tuple[State, list[Finding]]:
        after, found = folded(state, happened, taken)
        return session.with_turn_over(after) if happened.event == TURN_IS_OVER else after, found

    learned(here, happened, here.memory._sessions.update(happened.session_id, change))


def learned(here: Desk, happened: Payload, found: Sequence[Finding]) -> None:
    """Take in what a session showed."""
    origin = f"session:{happened.session_id}"
    for one in found:
        is_seen = isinstance(one, Attempt) and _is_verified(one.command, here, happened.cwd)
        door = Door(source=VERIFIED if is_seen else WORD, agents=(here.agent,), origin=origin, follows=False)
        here.memory._at(door)._notice([one], agent=here.agent, origin=origin, source=door.source)


def _is_verified(line: str, here: Desk, folder: str) -> bool:
    """Whether a line is a command that the configuration names, in the project, and nothing that could speak for it."""
    from alma import verifying  # only the end of an attempt needs it

    named = verifying.patterns(here.config)
    before = os.getcwd()
    try:
        os.chdir(folder)  # a module of that folder may stand in the way of the runner
        said = [_words(step.text) for step in steps.steps(line)]
        sure = [
            bool(words)
            and verifying.is_verified(words, named)
            and verifying.is_installed(words[0], here.config)
            for words in said
        ]
        rest = [words for words, is_sure in zip(said, sure, strict=True) if not is_sure]
        return any(sure) and all(_is_silent(words, folder) for words in rest)
    finally:
        os.chdir(before)


def _is_silent(words: Sequence[str], folder: str) -> bool:
    """Whether a step prints nothing of its own, and leads nowhere else."""
    if words[:1] == ["cd"] and len(words) == 2:
        inside = os.path.realpath(folder)
        return f"{os.path.realpath(os.path.join(folder, words[1]))}/".startswith(f"{inside}/")
    return words[:1] in (["head"], ["tail"]) and all(
        word.lstrip("-+n").isdigit() for word in words[1:] if word != "-n"
    )


def _words(step: str) -> list[str]:
    """The words of a step without what sends its output elsewhere on the same screen."""
    try:
        return [word for word in shlex.split(step) if word != "2>&1"]
    except ValueError:
        return []


def _threads(state: State) -> Mapping[str, Mapping[str, Any]]:
    kept = state.get(KEY)
    return {id_: one for id_, one in kept.items() if isinstance(one, dict)} if isinstance(kept, dict) else {}


def handed_on(here: Desk, happened: Payload) -> None:
    """A tool call gives a subagent its task, which its own events do not repeat."""
    said = happened.fields("tool_input")
    kind, prompt = said.get("subagent_type"), said.get("prompt")
    if not isinstance(kind, str) or not isinstance(prompt, str) or not _is_kept(here, happened):
        return
    task = {"type": kind, "task": excerpt.kept(prompt)}

    def change(state: State) -> tuple[State, None]:
        return {**state, DELEGATED: [*_waiting(state), task][-MOST_DELEGATED:]}, None

    here.memory._sessions.update(happened.session_id, change)


def begun(here: Desk, happened: Payload) -> None:
    """A subagent begins: the task that waits for one of its kind is the task of its thread."""
    if not happened.text("agent_id") or not _is_kept(here, happened):
        return

    def change(state: State) -> tuple[State, None]:
        waiting = _waiting(state)
        mine = next((one for one in waiting if one.get("type") == happened.text("agent_type")), None)
        if mine is None:
            return state, None
        rest = [one for one in waiting if one is not mine]
        after, _ = folded({**state, DELEGATED: rest}, happened, [Prompt(str(mine.get("task")))])
        return after, None

    here.memory._sessions.update(happened.session_id, change)


def _is_kept(here: Desk, happened: Payload) -> bool:
    return happened.has_session and here.memory._sessions.are_kept


def _waiting(state: State) -> list[Mapping[str, object]]:
    kept = state.get(DELEGATED)
    return [one for one in kept if isinstance(one, dict)] if isinstance(kept, list) else []

"""What happens in a session, folded into what it shows: one process an event, one state between them.

The result of a run is `verified` only where the configuration names the command; what was printed never raises that.
"""

from __future__ import annotations

from alma.capture import event as translation
from alma.capture import excerpt, runs, steps
from alma.capture.finding import Attempt
from alma.capture.happening import Prompt
from alma.capture.session import Session
from alma.domain.action import Action
from alma.domain.door import Door
from alma.domain.errors import InvalidInput, StoreError
from alma.domain.memory import VERIFIED, WORD
from alma.hooks import backlog, session, sight
from alma.hooks.backlog import Entry
from alma.hooks.desk import AGENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from alma.capture.finding import Finding
    from alma.capture.happening import Happening
    from alma.domain.recall import Told
    from alma.hooks.desk import Desk
    from alma.hooks.payload import Payload
    from alma.rules.briefing import Briefing

    State = Mapping[str, object]

# Of the subagents of a session, the threads that were heard of last; its own thread is always kept.
MAIN = ""
MOST_THREADS = 8
MOST_DELEGATED = 8
LONGEST_KIND = 100
TURN_IS_OVER = "Stop"
RAN = ("PostToolUse", "PostToolUseFailure")
KEY, DELEGATED = "capture", "delegated"


def folded(state: State, happened: Payload, happenings: Sequence[Happening]) -> tuple[State, list[Finding]]:
    """The state after these happenings in the thread of this event, and what they show."""
    thread = happened.thread
    threads = dict(_threads(state))
    session = Session.of(threads.pop(thread, {}))
    found = [finding for one in happenings for finding in session.take(one)]
    threads[thread] = session.state()
    going = [name for name in threads if name != MAIN][:-MOST_THREADS]
    return {**state, KEY: {name: one for name, one in threads.items() if name not in going}}, found


def happenings(happened: Payload) -> list[Happening]:
    """What this event says happened."""
    return translation.happenings({**happened.said, "hook_event_name": happened.event})


def watched(here: Desk, happened: Payload) -> None:
    """Fold an event into its session, and take in what that shows."""
    taken = happenings(happened)
    if not taken or not here.keeps(happened):
        return
    ran = _command(happened)
    is_seen = ran is not None and _is_check(ran) and sight.is_seen(ran, here.config, happened.cwd)

    def change(state: State) -> tuple[State, list[Entry]]:
        after, found = folded(state, happened, taken)
        if ran is not None:
            after = sight.with_run(after, ran, is_seen=is_seen)
        if happened.event == TURN_IS_OVER:
            after = session.with_turn_over(after)
        after = backlog.with_entries(after, entries(here, happened, after, found))
        return after, backlog.entries(after)

    taken_in(here, happened, here.update(happened, change))
    if happened.event == TURN_IS_OVER:
        here.memory._sessions.leave_nothing(happened.session_id)


def entries(here: Desk, happened: Payload, state: State, found: Sequence[Finding]) -> list[Entry]:
    """What a session showed, with what it had been told. Subagents that act as `claude` are told nothing."""
    is_told = not happened.thread or here.agent != AGENT
    told = _told(here, happened, state) if found and is_told else None
    seen = [isinstance(one, Attempt) and sight.saw(state, one.command) for one in found]
    return [
        Entry(
            finding=one,
            agent=here.agent,
            source=VERIFIED if is_seen else WORD,
            told=told,
            since=session.head(state),
        )
        for one, is_seen in zip(found, seen, strict=True)
    ]


def taken_in(here: Desk, happened: Payload, waiting: Sequence[Entry]) -> None:
    """Take in what waits, and let it wait no longer. Raises what went wrong, after all else was done.

    Where the store could not do it, it waits for the next event; what is refused for what it is would be refused again.
    """
    done: list[str] = []
    problem: Exception | None = None
    for one in waiting:
        try:
            _take_in(here, happened, one)
        except StoreError as error:
            problem = error
            break
        except Exception as error:  # noqa: BLE001 (raised below: one finding must not stand in the way of the others)
            problem = error
        done.append(one.finding.key)
    if done:
        here.update(happened, lambda state: (backlog.without(state, done), None))
    if problem is not None:
        raise problem


def _take_in(here: Desk, happened: Payload, one: Entry) -> None:
    origin = f"session:{happened.session_id}"
    door = Door(source=one.source, agents=(one.agent,), origin=origin, follows=False)
    here.memory._at(door)._notice(
        [one.finding], agent=one.agent, origin=origin, source=one.source, told=one.told, since=one.since
    )


def _told(here: Desk, happened: Payload, state: State) -> Told:
    share = here.config.holdout
    return session.told(session.whole(state), happened.session_id, thread=happened.thread, share=share)


def _command(happened: Payload) -> str | None:
    """The command line that was run, where one was."""
    if happened.event not in RAN:
        return None
    try:
        action = Action.tool(happened.text("tool_name"), happened.fields("tool_input"))
    except InvalidInput:
        return None
    return action.command_text


def _is_check(line: str) -> bool:
    return any(runs.checked(step) is not None for step in steps.steps(line))


def _threads(state: State) -> Mapping[str, Mapping[str, Any]]:
    kept = state.get(KEY)
    return {id_: one for id_, one in kept.items() if isinstance(one, dict)} if isinstance(kept, dict) else {}


def handed_on(here: Desk, happened: Payload) -> None:
    """A tool call gives a subagent its task, which its own events do not repeat."""
    said = happened.fields("tool_input")
    kind, prompt = said.get("subagent_type"), said.get("prompt")
    if not isinstance(kind, str) or not isinstance(prompt, str) or not here.keeps(happened):
        return
    task = {"type": excerpt.kept(kind, longest=LONGEST_KIND), "task": excerpt.kept(prompt)}

    def change(state: State) -> tuple[State, None]:
        return {**state, DELEGATED: [*_waiting(state), task][-MOST_DELEGATED:]}, None

    here.update(happened, change)


def begun(here: Desk, happened: Payload, block: Briefing | None) -> None:
    """A subagent begins, told this: the task that waits for one of its kind is the task of its thread."""
    thread = happened.thread
    if not thread or not here.keeps(happened):
        return

    def change(state: State) -> tuple[State, None]:
        state = session.with_subagent(state, thread, block) if block is not None else state
        waiting = _waiting(state)
        kind = excerpt.kept(happened.text("agent_type"), longest=LONGEST_KIND)
        mine = next((one for one in waiting if one.get("type") == kind), None)
        if mine is None:
            return state, None
        rest = [one for one in waiting if one is not mine]
        after, _ = folded({**state, DELEGATED: rest}, happened, [Prompt(str(mine.get("task")))])
        return after, None

    here.update(happened, change)


def _waiting(state: State) -> list[Mapping[str, object]]:
    kept = state.get(DELEGATED)
    return [one for one in kept if isinstance(one, dict)] if isinstance(kept, list) else []

"""What a session keeps between two hooks: the attempt that a prompt opened, and what was shown already, or withheld.

Every function takes a state and gives the next one; keys that belong to others are left as they are.
"""

from __future__ import annotations

from alma.capture import excerpt
from alma.domain.recall import Told, is_share
from alma.rules import exposure, prompt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alma.rules.briefing import Briefing, Hint

    State = Mapping[str, object]

MOST_SHOWN = 500
MOST_SUBAGENTS = 8
SUBAGENTS = "subagents"
EXPOSURE = ("shown", "beside", "withheld", "against")
# What the open attempt was told before its conversation was shortened: no longer in sight, and part of it still.
EARLIER = "earlier"


def begun(*, agent: str, block: Briefing, share: float) -> State:
    """A session at its start: no attempt yet, the ids that its first block showed, and the share that lots are drawn with."""
    return {"agent": agent, "holdout": share, **_of_block(block)}


def shortened(state: State, new: State) -> State:
    """The session goes on with a new block. What was shown before it can be told again, but its attempt has had it."""
    before = whole(state)
    earlier = {name: list(_ids(before, name)) for name in EXPOSURE}
    return {**state, **new, EARLIER: {**earlier, "tokens": _number(before, "tokens")}}


def whole(state: State) -> State:
    """The state with all that the open attempt was told, before its conversation was shortened and since."""
    earlier = _objects({EARLIER: state.get(EARLIER)}).get(EARLIER, {})
    ids = {name: _distinct((*_ids(earlier, name), *_ids(state, name))) for name in EXPOSURE}
    return {**state, **ids, "tokens": _number(earlier, "tokens") + _number(state, "tokens")}


def _distinct(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))[-MOST_SHOWN:]


def with_subagent(state: State, thread: str, block: Briefing) -> State:
    """A subagent is told a block of its own; of very many subagents the latest are remembered."""
    rest = {name: held for name, held in _objects(state.get(SUBAGENTS)).items() if name != thread}
    return {**state, SUBAGENTS: dict([*rest.items(), (thread, _of_block(block))][-MOST_SUBAGENTS:])}


def _of_block(block: Briefing) -> State:
    ids = {"shown": block.ids, "beside": block.beside, "withheld": block.withheld, "against": block.against}
    return {
        **{name: list(found)[-MOST_SHOWN:] for name, found in ids.items()},
        "tokens": prompt.tokens(block.text),
    }


def with_attempt(state: State, *, task: str, agent: str, head: int | None = None) -> State:
    """A prompt opens an attempt, after the event `head`; the one before it ends, unless it is only told to go on."""
    from alma.capture import remarks  # which no tool call waits for

    if remarks.is_nudge(task) and "head" in state:
        return {**state, "task": task, "agent": agent}
    kept = {name: held for name, held in state.items() if name != EARLIER}
    return {**kept, "task": task, "agent": agent, "head": head}


def with_turn_over(state: State) -> State:
    """The agent has answered: there is nothing to resume."""
    return {name: held for name, held in state.items() if name != "task"}


def with_hints(state: State, hints: Iterable[Hint], *, share: float) -> State:
    """These were shown, or withheld, as well; of very many the latest are remembered."""
    found = list(hints)
    said, gone = ([one for one in found if bool(one.line) is is_said] for is_said in (True, False))
    more = {
        "shown": [one.id for one in said],
        "beside": [one.beside for one in said if one.beside],
        "withheld": [id_ for one in gone for id_ in (one.id, one.beside) if id_],
        "against": [one.id for one in found if one.is_against],
    }
    kept = {name: [*dict.fromkeys([*_ids(state, name), *ids])][-MOST_SHOWN:] for name, ids in more.items()}
    length = _number(state, "tokens") + sum(prompt.tokens(one.line) for one in said)
    return {"holdout": share, **state, **kept, "tokens": length}


def shown(state: State) -> tuple[str, ...]:
    """The ids that were shown in this session."""
    return _ids(state, "shown")


def known(state: State) -> tuple[str, ...]:
    """The ids that are not told again: they were shown, or are withheld."""
    return (*shown(state), *_ids(state, "withheld"))


def told(state: State, session_id: str, *, thread: str = "", share: float) -> Told:
    """What this session, or a subagent in it, was told, and went without.

    `share` is the one to draw lots with where the session has none yet: what it began with holds to its end.
    """
    here = _objects(state.get(SUBAGENTS)).get(thread, {}) if thread else state
    begun_with, head = state.get("holdout", share), state.get("head")
    return Told(
        id=exposure.unit_of(session_id),
        holdout=begun_with if isinstance(begun_with, int | float) and is_share(begun_with) else 0.0,
        shown=_ids(here, "shown"),
        beside=_ids(here, "beside"),
        withheld=_ids(here, "withheld"),
        against=_ids(here, "against"),
        tokens=_number(here, "tokens"),
        head=head if isinstance(head, int) else None,
    )


def head(state: State) -> int:
    """The last event before the latest task; where that is not known, no event is after it."""
    found = state.get("head")
    return found if isinstance(found, int) else exposure.LATEST


def _ids(state: State, name: str) -> tuple[str, ...]:
    found = state.get(name)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _number(state: State, name: str) -> int:
    found = state.get(name)
    return found if isinstance(found, int) and found > 0 else 0


def _objects(kept: object) -> dict[str, State]:
    return {id_: one for id_, one in kept.items() if isinstance(one, dict)} if isinstance(kept, dict) else {}


def task(state: State) -> str | None:
    """The task of the open attempt."""
    found = state.get("task")
    return found if isinstance(found, str) else None


def task_of(prompt: str) -> str | None:
    """A prompt as the task of an attempt, in the very words that its outcome will have; None where nothing is left."""
    return excerpt.kept(prompt) or None

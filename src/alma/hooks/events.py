"""What ALMA does at each event. A new event is a function and a row of the table at the end."""

from __future__ import annotations

from alma.domain.action import Action
from alma.domain.errors import StoreLocked
from alma.domain.values import value
from alma.hooks import desk, session
from alma.rules import briefing, cautions, exposure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeVar

    from alma.domain.recall import Caution, Recall, Told
    from alma.hooks.backlog import Entry
    from alma.hooks.desk import Desk
    from alma.hooks.payload import Payload
    from alma.rules.briefing import Briefing

    T = TypeVar("T")

# Tools of ALMA itself: what is written into the memory is no repetition of what it warns of.
OWN_TOOLS = ("mcp__alma__", "mcp__plugin_alma_alma__")
ADVISE = "advise"
# The tool that starts a subagent, under the names that it has had.
DELEGATING = ("Task", "Agent")
GOES_ON = ("resume", "compact")


@value
class Answer:
    """What Claude Code is told: `context` for the model, `notice` for the user, `decision` on a tool call.

    `problem` is what went wrong beside it, which takes nothing away from the rest.
    """

    context: str = ""
    notice: str = ""
    decision: str = ""
    problem: Exception | None = None

    def document(self, event: str) -> dict[str, object]:
        """The answer as Claude Code reads it; empty where there is nothing to say."""
        inner: dict[str, object] = {}
        if self.context:
            inner["additionalContext"] = self.context
        if self.decision:
            inner |= {"permissionDecision": self.decision, "permissionDecisionReason": self.context}
        document: dict[str, object] = {"systemMessage": self.notice} if self.notice else {}
        if inner:
            document["hookSpecificOutput"] = {"hookEventName": event, **inner}
        return document


NOTHING = Answer()


def start(happened: Payload) -> Answer:
    """One block for the whole session: what is stated, and the strongest beliefs."""
    with desk.opened(happened) as here:
        if here is None:
            return NOTHING
        told = _told(here, happened)
        block = here.memory._briefing(agent=here.agent, withholds=_withholds(told))
        problem = None
        if here.keeps(happened):
            _, problem = _tried(lambda: _begun(here, happened, block, told.holdout))
        # Of a lock that passes, the first event that it costs anything will tell.
        return Answer(context=block.text, problem=None if isinstance(problem, StoreLocked) else problem)


def _tried(doing: Callable[[], T]) -> tuple[T | None, Exception | None]:
    """What this gives, or what went wrong: for all that an answer can do without."""
    try:
        return doing(), None
    except Exception as error:  # noqa: BLE001 (the door: it is said beside the answer, which must not be lost)
        return None, error


def _told(here: Desk, happened: Payload) -> Told:
    """What this session was told so far. Nothing is withheld where nothing could tell later what that cost."""
    share = here.config.holdout if here.keeps(happened) else 0.0
    state = here.memory._sessions.read(happened.session_id)
    return session.told(state, happened.session_id, share=share)


def _withholds(told: Told) -> bool:
    return exposure.withheld(told.id, told.holdout)


def _begun(here: Desk, happened: Payload, block: Briefing, share: float) -> None:
    """A session begins. One that goes on, resumed or shortened, has lost what it was shown, and not what it was doing."""
    new = session.begun(agent=here.agent, block=block, share=share)
    if happened.text("source") in GOES_ON:
        here.update(happened, lambda state: (session.shortened(state, new), None))
    else:
        here.memory._sessions.begin(happened.session_id, new)


def prompted(happened: Payload) -> Answer:
    """A prompt opens an attempt, and brings up to three lines that clearly belong to it and were not yet shown."""
    task = session.task_of(happened.text("prompt"))
    if task is None:
        return NOTHING
    with desk.opened(happened) as here:
        # Where nothing can be kept, nothing is known of what was shown: then nothing is better than all again.
        if here is None or not here.keeps(happened):
            return NOTHING
        told = _told(here, happened)
        recall, unknown = None, None
        if here.config.prompt_recall:
            recall, unknown = _tried(lambda: here.memory._recall_in(told, task, agent=here.agent))
        lines, found = _opened(here, happened, task, told, recall)
        _, untaken = _tried(lambda: _taken_in(here, happened, found))
        return Answer(context="\n".join(lines), problem=unknown or untaken)


def _taken_in(here: Desk, happened: Payload, found: Sequence[Entry]) -> None:
    from alma.hooks import watching

    watching.taken_in(here, happened, found)


def _opened(
    here: Desk, happened: Payload, task: str, told: Told, recall: Recall | None
) -> tuple[list[str], list[Entry]]:
    """Open the attempt, and take in what the prompt says of the one before it, which was not told what this one is.

    Gives the lines that no other hook of this session has shown meanwhile, and what the memory is to take in.
    """
    from alma.hooks import backlog, watching

    found = briefing.hints(recall, known=(*told.shown, *told.withheld)) if recall is not None else []
    made = recall._exposure if recall is not None else None
    head = made.head if made is not None else here.memory._head()

    def change(state: Mapping[str, object]) -> tuple[Mapping[str, object], tuple[list[str], list[Entry]]]:
        known = session.known(state)
        new = [one for one in found if one.id not in known]
        opened = session.with_attempt(state, task=task, agent=here.agent, head=head)
        shown = session.with_hints(opened, new, share=told.holdout)
        after, findings = watching.folded(shown, happened, watching.happenings(happened))
        after = backlog.with_entries(after, watching.entries(here, happened, state, findings))
        return after, ([one.line for one in new if one.line], backlog.entries(after))

    return here.update(happened, change)


def delegated(happened: Payload) -> Answer:
    """A subagent begins its task; one that the configuration declares is told what it has learned itself."""
    from alma.hooks import watching

    with desk.opened(happened) as here:
        if here is None:
            return NOTHING
        block = None
        if here.agent != desk.AGENT:
            withholds = _withholds(_told(here, happened))
            block = here.memory._briefing(agent=here.agent, withholds=withholds)
        _, problem = _tried(lambda: watching.begun(here, happened, block))
        return Answer(context=block.text if block is not None else "", problem=problem)


def proposed(happened: Payload) -> Answer:
    """What a tool call repeats: at most three lines, and a decision only where the configuration asks for one."""
    tool = happened.text("tool_name")
    if not tool.strip() or tool.startswith(OWN_TOOLS):
        return NOTHING
    with desk.opened(happened) as here:
        if here is None:
            return NOTHING
        found = here.memory.warn(Action.tool(tool, happened.fields("tool_input")), agent=here.agent)
        problem = None
        if tool in DELEGATING:
            _, problem = _tried(lambda: _handed_on(here, happened))
        lines = "\n".join(briefing.REMEMBERED + one.text for one in found)
        return Answer(context=lines, decision=_decision(found, here.config.warn), problem=problem)


def _handed_on(here: Desk, happened: Payload) -> None:
    from alma.hooks import watching  # which no other tool call waits for

    watching.handed_on(here, happened)


def observed(happened: Payload) -> Answer:
    """What a tool did, or how a turn ended, is folded into the session, and what that shows is taken in."""
    from alma.hooks import watching

    with desk.opened(happened) as here:
        if here is not None:
            watching.watched(here, happened)
        return NOTHING


def _decision(found: Sequence[Caution], wanted: str) -> str:
    return wanted if wanted != ADVISE and any(map(cautions.is_firm, found)) else ""


def compacting(happened: Payload) -> Answer:
    """The open attempt is saved before the conversation is shortened."""
    with desk.opened(happened) as here:
        if here is not None and here.keeps(happened):
            _saved(here, here.memory._sessions.read(happened.session_id), happened.session_id, "compacted")
        return NOTHING


def ended(happened: Payload) -> Answer:
    """The open attempt is saved, and what the session kept is gone."""
    with desk.opened(happened) as here:
        if here is not None and here.keeps(happened):
            from alma.hooks import backlog, watching

            state = here.memory._sessions.read(happened.session_id)
            _saved(here, state, happened.session_id, "ended")
            _, found = watching.folded(state, happened, watching.happenings(happened))
            after = backlog.with_entries(state, watching.entries(here, happened, state, found))
            watching.taken_in(here, happened, backlog.entries(after))
            # Last: a process that is killed before loses nothing.
            here.memory._sessions.end(happened.session_id)
        return NOTHING


def _saved(here: Desk, state: Mapping[str, object], session_id: str, step: str) -> None:
    """A session without an attempt leaves nothing to resume."""
    task = session.task(state)
    if task is not None:
        # Only what is needed to go on: what the session kept for itself quotes prompts, commands and errors.
        kept = {"shown": list(session.shown(state))}
        here.memory.checkpoint(f"session:{session_id}", state=kept, task=task, step=step, agent=here.agent)


EVENTS: dict[str, Callable[[Payload], Answer]] = {
    "SessionStart": start,
    "UserPromptSubmit": prompted,
    "SubagentStart": delegated,
    "PreToolUse": proposed,
    "PostToolUse": observed,
    "PostToolUseFailure": observed,
    "Stop": observed,
    "SubagentStop": observed,
    "PreCompact": compacting,
    "SessionEnd": ended,
}

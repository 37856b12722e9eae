"""What ALMA does at each event. A new event is a function and a row of the table at the end."""

from __future__ import annotations

from contextlib import suppress

from alma.domain.action import Action
from alma.domain.errors import StoreLocked
from alma.domain.values import value
from alma.hooks import desk, session
from alma.rules import briefing, cautions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from alma.capture.finding import Finding
    from alma.domain.recall import Caution
    from alma.hooks.desk import Desk
    from alma.hooks.payload import Payload

# Tools of ALMA itself: what is written into the memory is no repetition of what it warns of.
OWN_TOOLS = ("mcp__alma__", "mcp__plugin_alma_alma__")
ADVISE = "advise"
# The tool that starts a subagent, under the names that it has had.
DELEGATING = ("Task", "Agent")
GOES_ON = ("resume", "compact")


@value
class Answer:
    """What Claude Code is told: `context` for the model, `notice` for the user, `decision` on a tool call."""

    context: str = ""
    notice: str = ""
    decision: str = ""

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
        block = here.memory._briefing(agent=here.agent)
        if happened.has_session and here.memory._sessions.are_kept:
            with suppress(StoreLocked):  # what was shown is then not known; the block matters more
                _begun(here, happened, block.ids)
        return Answer(context=block.text)


def _begun(here: Desk, happened: Payload, shown: Sequence[str]) -> None:
    """A session begins. One that goes on, resumed or shortened, has lost what it was shown, and not what it was doing."""
    new = session.begun(agent=here.agent, shown=shown)
    if happened.text("source") in GOES_ON:
        here.memory._sessions.update(happened.session_id, lambda state: ({**state, **new}, None))
    else:
        here.memory._sessions.begin(happened.session_id, new)


def prompted(happened: Payload) -> Answer:
    """A prompt opens an attempt, and brings up to three lines that clearly belong to it and were not yet shown."""
    task = session.task_of(happened.text("prompt"))
    if task is None:
        return NOTHING
    with desk.opened(happened) as here:
        # Where nothing can be kept, nothing is known of what was shown: then nothing is better than all again.
        if here is None or not happened.has_session or not here.memory._sessions.are_kept:
            return NOTHING
        found = _hints(here, task, happened.session_id) if here.config.prompt_recall else []
        return Answer(context="\n".join(_opened(here, happened, task, found)))


def _hints(here: Desk, task: str, session_id: str) -> list[tuple[str, str]]:
    known = session.shown(here.memory._sessions.read(session_id))
    return briefing.hints(here.memory.retrieve(task, agent=here.agent), known=known)


def _opened(here: Desk, happened: Payload, task: str, found: Sequence[tuple[str, str]]) -> list[str]:
    """Open the attempt, and take in what the prompt says of the one before it.

    Gives the lines that no other hook of this session has shown meanwhile.
    """
    from alma.hooks import watching

    def change(
        state: Mapping[str, object],
    ) -> tuple[Mapping[str, object], tuple[list[str], Mapping[str, object], list[Finding]]]:
        known = session.shown(state)
        new = [(id_, line) for id_, line in found if id_ not in known]
        opened = session.with_attempt(state, task=task, agent=here.agent)
        shown = session.with_shown(opened, [id_ for id_, _ in new])
        after, findings = watching.folded(shown, happened, watching.happenings(happened))
        return after, ([line for _, line in new], after, findings)

    lines, after, findings = here.memory._sessions.update(happened.session_id, change)
    watching.learned(here, happened, after, findings)
    return lines


def delegated(happened: Payload) -> Answer:
    """A subagent begins its task; one that the configuration declares is told what it has learned itself."""
    from alma.hooks import watching

    with desk.opened(happened) as here:
        if here is None:
            return NOTHING
        watching.begun(here, happened)
        if here.agent == desk.AGENT:
            return NOTHING
        return Answer(context=here.memory._briefing(agent=here.agent).text)


def proposed(happened: Payload) -> Answer:
    """What a tool call repeats: at most three lines, and a decision only where the configuration asks for one."""
    tool = happened.text("tool_name")
    if not tool.strip() or tool.startswith(OWN_TOOLS):
        return NOTHING
    with desk.opened(happened) as here:
        if here is None:
            return NOTHING
        found = here.memory.warn(Action.tool(tool, happened.fields("tool_input")), agent=here.agent)
        if tool in DELEGATING:
            _handed_on(here, happened)
        lines = "\n".join(briefing.REMEMBERED + one.text for one in found)
        return Answer(context=lines, decision=_decision(found, here.config.warn))


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
        if here is not None and happened.has_session and here.memory._sessions.are_kept:
            _saved(here, here.memory._sessions.read(happened.session_id), happened.session_id, "compacted")
        return NOTHING


def ended(happened: Payload) -> Answer:
    """The open attempt is saved, and what the session kept is gone."""
    with desk.opened(happened) as here:
        if here is not None and happened.has_session and here.memory._sessions.are_kept:
            from alma.hooks import watching

            state = here.memory._sessions.read(happened.session_id)
            _saved(here, state, happened.session_id, "ended")
            _, found = watching.folded(state, happened, watching.happenings(happened))
            watching.learned(here, happened, state, found)
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

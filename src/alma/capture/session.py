"""A session as it goes: happenings in, findings out. The same for live events and for transcripts.

A live event is a process of its own: between two of them the session is a small JSON value (`state`, `Session.of`).
Nothing enters that value, or a finding, with a secret or a private passage in it.
"""

from __future__ import annotations

import json
import re

from alma.capture import corrections, excerpt, remarks, runs
from alma.capture.finding import MESSAGE, STEPS, Attempt, Correction, Objection, Proposal
from alma.capture.happening import Aside, Call, Ended, Interrupted, Prompt, Rejected, Result, Said
from alma.capture.printed import STRENGTH
from alma.domain.action import Action
from alma.domain.digest import digest
from alma.domain.errors import InvalidInput
from alma.rules import following, writing
from alma.rules.writing import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from alma.capture.finding import Finding
    from alma.capture.happening import Happening

VERSION = 1
# As the state is written: in ASCII, where one character may take twelve bytes. Two texts and one command always fit.
LARGEST_STATE = 64 * 1024
MOST_OPEN_CALLS = 24
MOST_FAILURES = 4
MOST_EDITS = 16
MOST_REPORTED = 8
LONGEST_EDIT = 64 * 1024
LONGEST_SHOWN = 1000
MOST_FILES = 3
LONGEST_STEP = 200
# The tool by which an agent reports an outcome itself, under the names that our installation gives to its server.
REPORTING = ("mcp__alma__alma_learn", "mcp__plugin_alma_alma__alma_learn")
OUTCOME = "o-[a-z2-7]{10}"
# Commands that only look.
LOOKING = r"\s*(?:cd\s+\S+\s*(?:&&|;)\s*)?(?:ls|cat|head|tail|less|grep|rg|find|pwd|cd|echo|which|wc|tree|git\s+(?:status|log|diff|show|branch))\b"
UNDONE = r"\bgit\s+(?:checkout|restore)\b(?!.*\s-b\b)"


class Session:
    """One thread of work: prompts, and what was done about each until the next."""

    def __init__(self) -> None:
        self._open: dict[str, dict[str, Any]] = {}  # Any: JSON, here and below
        self._failures: list[dict[str, Any]] = []
        self._attempt: dict[str, Any] = {}
        self._before: str | None = None
        self._interrupted = False
        self._words: str | None = None

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Session:
        """A session that goes on from a state; a new one where the state is none of ours."""
        made = cls()
        fresh = made.state()
        if state.get("version") != VERSION or any(
            name != "before" and type(state.get(name)) is not type(fresh[name]) for name in fresh
        ):
            return made
        made._open = {str(id_): dict(call) for id_, call in dict(state["open"]).items()}
        made._failures = [dict(one) for one in state["failures"]]
        made._attempt = dict(state["attempt"])
        made._before = state["before"]
        made._interrupted = bool(state["interrupted"])
        return made

    def state(self) -> dict[str, Any]:
        """All that is needed to go on, as JSON of bounded size."""
        self._heard()
        state = {
            "version": VERSION,
            "open": self._open,
            "failures": self._failures,
            "attempt": self._attempt,
            "before": self._before,
            "interrupted": self._interrupted,
        }
        while len(json.dumps(state)) > LARGEST_STATE and self._let_go():
            pass
        return state

    def _let_go(self) -> bool:
        """Let go of what is needed least, the oldest first; whether there was anything."""
        attempt = self._attempt
        runs_of: dict[str, list[Any]] = attempt.get("runs", {})
        others = (kind for kind in runs_of if kind != attempt["last"])
        if attempt.get("edits"):
            del attempt["edits"][0]
        elif self._failures:
            del self._failures[0]
        elif self._open:
            del self._open[next(iter(self._open))]
        elif run := next((run for run in runs_of.values() if run[3]), None):
            run[3] = None
        elif kind := next(others, None):
            del runs_of[kind]
        else:
            return attempt.pop("ran", None) is not None
        return True

    def take(self, happening: Happening) -> list[Finding]:
        """What one more happening teaches."""
        take: Callable[[Session, Any], list[Finding]] = _TAKES[type(happening)]
        return take(self, happening)

    # -- what a person says -------------------------------------------------------------------------------------

    def _prompt(self, prompt: Prompt) -> list[Finding]:
        text = excerpt.kept(prompt.text)
        was_interrupted, self._interrupted = self._interrupted, False
        found: list[Finding] = []
        if was_interrupted:
            found += self._lesson(text, "interrupted-and-corrected", at=prompt.at)
        if not text or remarks.is_nudge(text) or found:
            self._go_on()
            return found
        found += self._close()
        if self._attempt and remarks.is_objection(text):
            found += self._objection(text, at=prompt.at)
            found += self._lesson(text, "corrected-afterwards", at=prompt.at)
        self._failures = []
        self._attempt = {"task": text, "at": prompt.at}
        return found

    def _objection(self, text: str, *, at: str | None) -> list[Finding]:
        """What is said against the attempt before, if that one had a result."""
        if self._before is None:
            return []
        key = f"objection:{digest(self._before + text)}"
        return [Objection(key=key, attempt=self._before, text=text, rule="next-prompt", at=at)]

    def _go_on(self) -> None:
        """The same task goes on; what it came to so far may have been told already."""
        self._failures = []
        if self._attempt.pop("told", False):
            self._words = None
            self._attempt = {"task": self._attempt["task"], "at": self._attempt.get("at")}

    def _aside(self, aside: Aside) -> list[Finding]:
        return self._lesson(excerpt.kept(aside.text), "said-while-working")

    def _rejected(self, rejected: Rejected) -> list[Finding]:
        call = self._open.pop(rejected.call_id, {})
        self._interrupted = rejected.reason is None
        if rejected.reason is None:
            return []
        about = call.get("command") or call.get("path")
        return self._lesson(excerpt.kept(rejected.reason), "rejected-with-a-reason", about=about)

    def _interruption(self, _: Interrupted) -> list[Finding]:
        self._interrupted = True
        self._open.clear()
        return []

    def _lesson(
        self, text: str, rule: str, *, about: str | None = None, at: str | None = None
    ) -> list[Finding]:
        lesson = remarks.lesson(text)
        if lesson is None:
            return []
        why = text if lesson.kind == "anti_pattern" else None
        return [
            Proposal(
                key=f"proposal:{digest(text)}",
                kind=lesson.kind,
                text=text,
                rule=f"{rule}: {lesson.rule}",
                pattern=lesson.pattern,
                why=why,
                alternative=lesson.alternative,
                about=about,
                at=at,
            )
        ]

    # -- what the agent does ------------------------------------------------------------------------------------

    def _said(self, said: Said) -> list[Finding]:
        self._words = said.text
        return []

    def _heard(self) -> None:
        """What the agent said last; of all that it said before nothing is looked at."""
        if self._words is None:
            return
        words, self._words = excerpt.without_private(self._words)[: excerpt.LONGEST_LOOKED_AT], None
        self._attempt["named"] = list(following.followed(words))
        self._attempt["alone"] = len(following.mentioned(words)) == 1
        self._attempt["said"] = excerpt.kept(excerpt.telling_paragraph(words))

    def _call(self, call: Call) -> list[Finding]:
        try:
            action = Action.tool(call.tool, call.arguments)
        except InvalidInput:
            return []
        told: dict[str, Any] = {"at": call.at}  # Any: JSON
        if call.tool in REPORTING:
            told["reports"] = True
        elif action.command_text is not None:
            told["command"] = _command(action.command_text)
        elif action.path is not None:
            told["path"] = excerpt.kept(action.path, longest=300)
            told["edit"] = [_print(action.path, action.old_text), _print(action.path, action.new_text)]
            told["shown"] = excerpt.kept(_short(action.new_text), longest=300)
        else:
            return []
        self._open[call.id] = told
        while len(self._open) > MOST_OPEN_CALLS:
            del self._open[next(iter(self._open))]
        return []

    def _result(self, result: Result) -> list[Finding]:
        call = self._open.pop(result.call_id, None)
        if call is None or result.interrupted:
            return []
        if "reports" in call:
            return self._reported(result)
        if "edit" in call:
            return self._edited(result, call) if not result.failed else []
        return self._ran(result, call)

    def _reported(self, result: Result) -> list[Finding]:
        """The agent has said itself how it went: that, and what was seen, are one outcome."""
        kept = _kept_as(result.text) if not result.failed else None
        if kept is not None:
            reported = [*self._attempt.get("reported", ()), kept]
            self._attempt["reported"] = list(dict.fromkeys(reported))[-MOST_REPORTED:]
        return []

    def _ran(self, result: Result, call: dict[str, Any]) -> list[Finding]:
        command = call["command"]
        verdict = runs.verdict(command, result.text, failed=result.failed, exit_code=result.exit_code)
        if verdict is not None:
            self._attempt.setdefault("first", result.call_id)
            self._attempt["last"] = verdict.kind
            shown = None if verdict.passed else _error(result.text)
            runs_of = self._attempt.setdefault("runs", {})
            runs_of[verdict.kind] = [verdict.passed, verdict.rule, command, shown, False]
        elif not result.failed and not re.match(LOOKING, command):
            self._attempt.setdefault("ran", command)
        found = self._undone(command) if result.failed is False else []
        return [*found, *self._corrected(result, call, verdict)]

    def _corrected(self, result: Result, call: dict[str, Any], verdict: runs.Verdict | None) -> list[Finding]:
        """Whether this command corrects one before it; if it failed, it may be corrected itself."""
        command, found = call["command"], None
        is_good = result.failed is False and (verdict is None or verdict.passed)
        if is_good and not _looks_failed(result.text):
            found = self._correction(result, call)
        for one in self._failures:
            one["later"] += 1
        self._failures = [one for one in self._failures if one["later"] <= corrections.MOST_LATER]
        if result.failed and corrections.is_candidate(
            command, excerpt.printed(result.text), result.exit_code
        ):
            error = _error(result.text)
            told = {"id": result.call_id, "command": command, "error": error, "code": result.exit_code}
            self._failures = [*self._failures, {**told, "later": 1, "edits": 0}][-MOST_FAILURES:]
        return [found] if found is not None else []

    def _correction(self, result: Result, call: dict[str, Any]) -> Correction | None:
        for one in reversed(self._failures):
            failed = corrections.Failed(one["command"], one["error"], one["code"], one["later"], one["edits"])
            if rule := corrections.correction(failed, call["command"]):
                self._failures.remove(one)
                return Correction(
                    key=f"correction:{digest(one['id'] + result.call_id)}",
                    failing=one["command"],
                    working=call["command"],
                    error=one["error"],
                    rule=rule,
                    at=call["at"],
                )
        return None

    def _edited(self, result: Result, call: dict[str, Any]) -> list[Finding]:
        """An edit that undoes an earlier one, between which a run failed, says that the earlier one was wrong."""
        for one in self._failures:
            one["edits"] += 1
        old, new = call["edit"]
        edits = self._attempt.setdefault("edits", [])
        reverted = next((one for one in reversed(edits) if one["new"] == old and one["old"] == new), None)
        failed = reverted is not None and self._failed_since(reverted)
        for run in self._attempt.get("runs", {}).values():
            run[4] = True
        if reverted is not None:
            edits.remove(reverted)
            return [self._taken_back(reverted, result.call_id, call["at"])] if failed else []
        told = {"path": call["path"], "old": old, "new": new, "shown": call["shown"]}
        edits.append({**told, "passed": self._passing()})
        del edits[:-MOST_EDITS]
        return []

    def _undone(self, command: str) -> list[Finding]:
        """`git checkout -- FILE` after a run that failed."""
        if not re.search(UNDONE, command):
            return []
        edits = self._attempt.get("edits", [])
        undone = [one for one in edits if one["path"].rsplit("/", 1)[-1] in command]
        for one in undone:
            edits.remove(one)
        return [self._taken_back(one, command, None) for one in undone[-1:] if self._failed_since(one)]

    def _passing(self) -> list[str]:
        return [kind for kind, run in self._attempt.get("runs", {}).items() if run[0]]

    def _failed_since(self, edit: dict[str, Any]) -> bool:
        """Whether something fails now that passed when the edit was made."""
        fails = [kind for kind, run in self._attempt.get("runs", {}).items() if not run[0]]
        return any(kind in edit["passed"] for kind in fails)

    def _taken_back(self, edit: dict[str, Any], by: str, at: str | None) -> Proposal:
        fails = next(run for run in self._attempt["runs"].values() if not run[0])
        return Proposal(
            key=f"proposal:{digest(edit['new'] + by)}",
            kind="anti_pattern",
            text=f"an edit of {edit['path']} was taken back after `{fails[2]}` failed",
            rule="edit-taken-back",
            pattern=edit["shown"] or None,
            why=fails[3],
            about=edit["path"],
            at=at,
        )

    # -- the end ------------------------------------------------------------------------------------------------

    def _ended(self, _: Ended) -> list[Finding]:
        return self._close()

    def _close(self) -> list[Finding]:
        """The attempt so far, if anything shows what it came to; once."""
        self._heard()
        attempt = self._attempt
        run = None if attempt.get("told") else _deciding(attempt.get("runs", {}), attempt.get("last"))
        if "told" not in attempt:
            self._before = None
        if run is None or not attempt.get("task") or "said" not in attempt:
            return []
        attempt["told"] = True
        passed, rule, command, shown, _ = run
        named = tuple(attempt.get("named", ()))
        self._before = f"attempt:{digest(attempt['first'])}"
        return [
            Attempt(
                key=self._before,
                task=attempt["task"],
                strategy=attempt["said"] or _steps(attempt, command),
                wording=MESSAGE if attempt["said"] else STEPS,
                followed=named[0] if named and attempt.get("alone") else None,
                named=named,
                reported=tuple(attempt.get("reported", ())),
                result=1.0 if passed else 0.0,
                rule=rule,
                command=command,
                why=shown,
                at=attempt.get("at"),
            )
        ]


def _kept_as(text: str) -> str | None:
    """The id of the outcome that was kept, as the tool's own answer begins or its document says; no other id in it."""
    if found := re.match(rf"Kept as \[({OUTCOME})\]", text):
        return found[1]
    try:
        said = json.loads(text) if len(text) <= excerpt.LONGEST_LOOKED_AT else None
    except (ValueError, RecursionError):
        return None
    outcome = said.get("outcome") if isinstance(said, dict) and said.get("accepted") is True else None
    id_ = outcome.get("id") if isinstance(outcome, dict) else None
    return id_ if isinstance(id_, str) and re.fullmatch(OUTCOME, id_) else None


def _deciding(found: Mapping[str, list[Any]], last: str | None) -> list[Any] | None:
    """The run that says what an attempt came to: the last, unless a stronger one failed before it.

    A failure that was worked on afterwards, and never checked again, proves nothing.
    """
    if last is None:
        return None
    stronger = [kind for kind in found if STRENGTH[kind] > STRENGTH[last] and not found[kind][0]]
    run = found[max(stronger, key=lambda kind: STRENGTH[kind])] if stronger else found[last]
    return run if run[0] or not run[4] else None


def _steps(attempt: Mapping[str, Any], check: str) -> str:
    """What was done, where nobody says it: the files that were edited, else the first command; and the run at the end."""
    names = list(dict.fromkeys(re.split(r"[/\\]", one["path"])[-1] for one in attempt.get("edits", ())))
    more = f" and {len(names) - MOST_FILES} more" if len(names) > MOST_FILES else ""
    if names:
        return f"Edited {', '.join(names[:MOST_FILES])}{more}, then ran `{_short_line(check)}`"
    before = attempt.get("ran")
    first = f"`{_short_line(before)}`, then " if before else ""
    return f"Ran {first}`{_short_line(check)}`"


def _short_line(command: str) -> str:
    return " ".join(cut(command, longest=LONGEST_STEP).split())


def _command(text: str) -> str:
    return excerpt.kept(text, longest=excerpt.LONGEST_COMMAND)


def _error(text: str) -> str:
    """What a tool said, without secrets, cut to its head and tail."""
    said = excerpt.without_private(excerpt.printed(text))
    return excerpt.kept(writing.output("error", said) or "", longest=excerpt.LONGEST_ERROR)


def _looks_failed(text: str) -> bool:
    """Whether the last words of a good end are those of a failure."""
    return re.search(r"(?i)^(?:error|fatal|usage)\b|command not found", text.strip()[:200]) is not None


def _short(text: str | None) -> str:
    """The text of an edit that is small enough to be shown whole: half of a secret could not be told as one."""
    return text if text is not None and len(text) <= LONGEST_SHOWN else ""


def _print(path: str, text: str | None) -> str:
    return digest(f"{path}\n{(text or '')[:LONGEST_EDIT]}")


_TAKES: dict[type, Any] = {  # Any: each takes its own kind of happening
    Prompt: Session._prompt,
    Aside: Session._aside,
    Call: Session._call,
    Result: Session._result,
    Said: Session._said,
    Rejected: Session._rejected,
    Interrupted: Session._interruption,
    Ended: Session._ended,
}

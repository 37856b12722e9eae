"""What a session taught. `said_by` says how far each text is trusted: what a tool printed is untrusted, always."""

from __future__ import annotations

from alma.domain.memory import PERSON, UNTRUSTED, WORD
from alma.domain.values import value

# Where the words of a strategy come from: the agent's last message, or the steps that were seen.
MESSAGE, STEPS = "message", "steps"


@value
class Attempt:
    """A prompt until the next, with a result that was seen.

    `strategy` is the agent's first paragraph afterwards that tells something, or, as `wording` says, the steps that were
    seen. `named` are the ids of memories that it says it followed, `followed` the one where it named no other. `rule` names how the
    result was read, `command` is the run that showed it. `key` is the same for every copy of the session.
    """

    key: str
    task: str
    strategy: str
    result: float
    rule: str
    command: str
    wording: str = MESSAGE
    followed: str | None = None
    named: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    why: str | None = None
    at: str | None = None
    said_by = {"task": PERSON, "strategy": WORD, "command": WORD, "why": UNTRUSTED}  # noqa: RUF012 (never changed)


@value
class Correction:
    """A command that failed because of how it was written, and the one that then worked with the same intent."""

    key: str
    failing: str
    working: str
    error: str
    rule: str
    at: str | None = None
    said_by = {"failing": WORD, "working": WORD, "error": UNTRUSTED}  # noqa: RUF012 (never changed)


@value
class Proposal:
    """Something a person might want remembered. `kind` is `preference` or `anti_pattern`; `about` is what it was said of.

    A preference has `text` alone; an anti-pattern a `pattern`, why it is bad, and perhaps what to do instead.
    """

    key: str
    kind: str
    text: str
    rule: str
    pattern: str | None = None
    why: str | None = None
    alternative: str | None = None
    about: str | None = None
    at: str | None = None
    said_by = {"text": PERSON, "pattern": PERSON, "why": PERSON, "alternative": PERSON, "about": WORD}  # noqa: RUF012


@value
class Objection:
    """What a person's next message says against the attempt before it, by that attempt's key."""

    key: str
    attempt: str
    text: str
    rule: str
    at: str | None = None
    said_by = {"text": PERSON}  # noqa: RUF012 (never changed)


Finding = Attempt | Correction | Proposal | Objection

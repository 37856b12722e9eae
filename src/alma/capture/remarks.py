"""What a person's message says of the work: that it goes on, that something was wrong, or how things are done here."""

from __future__ import annotations

import re

from alma.domain.values import positional

LONGEST = 600
# "yes", "go on": the same task goes on.
NUDGE = (
    r"(?i)\W*(?:(?:yes|yep|yeah|y|ok|okay|k|sure|fine|good|great|nice|perfect|thanks|thank you|thx|please|pls|continue|proceed|go(?: on| ahead)?|keep going|next|do it|do that|try again|retry|again"
    r"|looks good|lgtm|sounds good|correct|right|exactly|now|and|resume|carry on|that's fine|approved|commit(?: it| this)?|push(?: it)?)\b\W*)+"
)
_CHOICE = r"[`'\"]?[\w@./:+=-]+(?:[ `'\"]+[\w@./:+=-]+){0,7}?[`'\"]?"
_STOP = r"(?=\s*(?:$|[.,;:!?\n—(]|\b(?:here|instead|for|because|since|as|in this|in our|and|but|so|when|please|everywhere|from now|next time)\b))"
INSTEAD = (
    rf"\b(?:use|using|run|prefer|want|try|switch to|go with)\s+(?P<better>{_CHOICE}),?\s+(?:instead of|rather than|and not|not|over)\s+(?:the |a |an )?(?P<worse>{_CHOICE}){_STOP}",
    rf"\b(?:don'?t|do not|never|stop|no need to|avoid|quit)\s+(?:use |using |run |running |do |doing |call |calling )?(?P<worse>{_CHOICE})\s*(?:[,;.:—]+|\s-+)\s*(?:please\s+)?(?:use|run|prefer|do|try|it's|just|instead)\s+(?P<better>{_CHOICE}){_STOP}",
    rf"\b(?:instead of|rather than)\s+(?P<worse>{_CHOICE}),?\s+(?:please\s+)?(?:use|run|do|try|prefer)\s+(?P<better>{_CHOICE}){_STOP}",
    rf"^\W*(?:no\W+)?not (?:with |via )?(?P<worse>{_CHOICE})\s*(?:[,;:—]|\s-)\s*(?:please )?(?:use|run|with|via)\s+(?P<better>{_CHOICE}){_STOP}",
)
INSTEAD_OF_THIS = rf"(?:^|[.!,;\n]\s*|\b(?:no|nope|please|should|must|always|we|just|but)[,.!]?\s+)(?:always\s+)?(?:use|run)\s+(?P<better>{_CHOICE})(?:\s+(?:instead|here|everywhere|in this (?:repo|project)|for (?:this|that))\b|{_STOP})"
NEVER = r"(?:\b(?:don'?t|do not|never|stop|avoid|no more)\s+)(?P<worse>(?:ever\s+)?(?:use|using|run|running|add|adding|commit|committing|push|pushing|touch|touching|edit|editing|modify|modifying|create|creating|mock|mocking|delete|deleting|write|writing|put|putting|import|importing|install|installing|change|changing|call|calling|amend|squash|skip|skipping|hard-?cod(?:e|ing)|leave|leaving|generate|generating)\b[^.!?\n;]{2,120})"
ALWAYS = r"(?:^|[.!,;\n]\s*|\b(?:please|we|you should|you must)\s+)(?:always\s+\w+[^.!?\n]{3,150}|prefer\s+[^.!?\n]{3,150}|we (?:use|always|never|prefer|don'?t)\s+[^.!?\n]{3,150}|(?:from now on|in the future|next time|in this (?:repo|project|codebase))[ ,]+[^.!?\n]{3,150})"
WRONG = (
    r"(?i)^\W*(?:no\b(?! (?:problem|worries|rush|need))|nope\b|wrong\b|that(?:'s| is|s) (?:not|wrong|incorrect)|this is (?:not|wrong)|not (?:what|quite|right|like|as)\b|still (?:fail|broken|not|doesn|the same|wrong|see|get)|it (?:still|does(?:n'?t| not)|did(?:n'?t| not)) )"
    r"|\b(?:you (?:broke|forgot|missed|ignored|removed|deleted|should(?:n'?t| not) have|did(?:n'?t| not) (?:actually|do|fix|run|follow))|that(?:'s| is) (?:not what i|wrong)|(?:does(?:n'?t| not)|did(?:n'?t| not)) (?:work|fix|help|compile)|not what i (?:asked|meant|wanted)|revert (?:that|this|it|your|the)|undo (?:that|this|it|your|the)|same error|(?:is|are) still (?:failing|broken|wrong|there)|still fails)"
)


@positional
class Lesson:
    """What a message says about how things are done: something to avoid, or something that is liked."""

    kind: str
    rule: str
    pattern: str | None = None
    alternative: str | None = None


def is_nudge(text: str) -> bool:
    """Whether a message only lets the same task go on."""
    return len(text) <= 60 and re.fullmatch(NUDGE, text.strip()) is not None


def is_objection(text: str) -> bool:
    """Whether a message says that what was just done is wrong."""
    first = text.strip()[:LONGEST]
    return re.search(WRONG, first) is not None


def lesson(text: str) -> Lesson | None:
    """How things are to be done, if a message says so; None for a question, a task, or mere displeasure."""
    said = text.strip()[:LONGEST]
    if said.endswith("?") and not re.search(r"(?i)\b(?:don'?t|never|instead of)\b", said):
        return None
    for pattern in INSTEAD:
        if found := re.search(pattern, said, re.I):
            return Lesson(
                "anti_pattern", "this-instead-of-that", _bare(found["worse"]), _bare(found["better"])
            )
    if found := re.search(NEVER, said, re.I):
        return Lesson("anti_pattern", "never-do", _bare(found["worse"]))
    if found := re.search(INSTEAD_OF_THIS, said, re.I):
        return Lesson("preference", "use-this", alternative=_bare(found["better"]))
    return Lesson("preference", "always-do") if re.search(ALWAYS, said, re.I) else None


def _bare(text: str) -> str:
    return text.strip().strip("`'\"").strip()

"""One form for sentences that say the same in other words: "instead of B, use A" is "use A instead of B".

Every rule here either drops words that name nothing, or puts what stands there into one order. None may make one text
of two that name different strategies: numbers, negations, names and who does what to whom stay.
"""

from __future__ import annotations

import re

from alma.rules.words import STOP_WORDS, listed

# All patterns are compiled when they are first used, and each only where one of its words is in the text.
LABEL = (
    r"(?i)^(?:(?:my |our |the )?(?:strategy|approach|plan|solution|fix|idea)|what (?:i|we) did|(?:the )?first thing"
    r" (?:i|we) did)(?:\s*:| [-–—])\s+"
)
OPENER = (
    r"(?i)^(?:(?:(?:my|our|the) (?:strategy|approach|plan|solution|fix|idea|trick) (?:was|is) to|what (?:worked|helped)"
    r" was(?: to)?|for this (?:task|one|case),?|eventually|finally|in the end|next|ok|okay|well|so|\$"
    r"|i think (?:that )?(?:we|i) (?:should|could)|let (?:me|us)"
    r"|(?:i |we )?(?:solved|fixed|resolved) (?:it |this )?(?:by(?= \w+ing\b)|with))[,\s]\s*)+(?=\S+ \S)"
)
OPENERS = listed(
    "i we let solved fixed resolved my our the what for eventually, eventually finally, finally in next, ok, ok okay,"
    " okay well, so, so $"
)
CLOSER = (
    r"(?i)(?:,? (?:(?:and|which|that|it) )*worked|, same as (?:we did |i did )?(?:before|last time))[.!]?$"
)
# Each with one of the words without which it is not there.
PHRASES = (
    (
        listed(
            "once time again as like order sure go going went opted able up proceed proceeded resort resorted resorting use by"
        ),
        r"(?i)\b(?:once (?:more|again)|(?:one more|this|another) time(?: around)?|yet again|over again|as (?:before|usual|well"
        r"|always)|like (?:before|last time)|in order(?= to\b)|(?:make|be) sure to|(?:go|going|went|opted) (?:with|for)"
        r"|(?:go|went) ahead and|(?:end|ended) up(?= \w+ing\b)|proceed(?:ed)? to(?= \w)|resort(?:ed|ing)? to"
        r"|(?:was|were|is|are|am|been) able to|(?:make|made|making) use of|(?:start|started|begin|began)(?: off| out)? by"
        r"(?= \w+ing\b))(?!\w)",
        " ",
    ),
    (listed("prior"), r"(?i)\bprior to\b", "before"),
    (listed("till"), r"(?i)\btill\b", "until"),
    (listed("means help"), r"(?i)\b(?:by means|with the help) of\b", "with"),
    (listed("rather lieu place opposed"), r"(?i)\b(?:rather than|in (?:lieu|place) of|as opposed to)\b", "instead of"),
    (listed("command"), r"(?i)(?<=run|ran) the command\b", ""),
    (listed("w"), r"(?i)(?<![\w/])w/(?= )", "with"),
    (listed("w"), r"(?i)(?<![\w/])w/o(?= )", "without"),
    (listed("not"), r", not (?!(?:only|just)\b)", " instead of "),
    (listed("support"), r"(?i)\bsupport for ((?:\w+ )?[\w.]+)(?=[.!]?$)", r"\1 support"),
)  # fmt: skip
HINTS = frozenset().union(*(hints for hints, _, _ in PHRASES))
# A number and its unit are one word, in one spelling.
UNIT = (
    r"(\d) ?(?:(?P<ms>ms|millis|milliseconds?)|(?P<s>s|secs?|seconds?)|(?P<min>mins?|minutes?)|(?P<h>h|hours?|hrs?)"
    r"|(?P<kept>[kKMGT]i?B))(?![\w-])"
)
FRONTED = (
    r"(?i)^((?:in|on|for|with|without|before|after|when|if|once|until|while|during|instead of|using|first|at|to|unless)"
    r"\b[^,]*), (?:then )?([^,]+?)([.!]?)$"
)
FRONTS = listed(
    "in on for with without before after when if once until while during instead using first at to unless"
)
SUBJECT = r"(?:(?:we|i|please|also|then|actually|just|simply|have|had|should|must|and) )*"
PREFERRED = (
    r"(?i)^" + SUBJECT + r"(?:prefer(?:s|red|ring)?|favou?r(?:s|ed|ing)?) ([^,]+?) (?:over|to) ([^,]+)$"
)
REPLACED = (
    r"(?i)^"
    + SUBJECT
    + r"replac(?:e|es|ed|ing) ((?:(?! (?:with|by) ).)+?) (?:with|by) ((?:(?! (?:with|by) ).)+)$"
)
WAITED = r"(?i)\b(wait(?:s|ed|ing)?) until ((?:the |an? )?)"
AWAITED = r"(?i)\b(wait(?:s|ed|ing)? for [^,.]+?) to (?=[a-z]{3})"
BE = listed("is are was were be")
MODAL = listed("should must")
PARTICIPLES = listed(
    "written made taken chosen hidden broken thrown given drawn frozen built sent kept run set put shown sold split read rebuilt"
    " rewritten overridden undone"
)
LIGHT_ADVERBS = listed("now also then still already")
LONGEST_SUBJECT = 6


def in_one_order(text: str, words: frozenset[str]) -> str:
    """The text, whose lower-case words are given, without what stands around its point, its clauses in one order."""
    if ":" in text or " - " in text or " – " in text:
        text = re.sub(LABEL, "", text)
    if text.split(None, 1)[0].lower() in OPENERS:
        text = re.sub(OPENER, "", text)
    if "worked" in words or "last" in words:
        text = re.sub(CLOSER, "", text)
    if not HINTS.isdisjoint(words):
        for hints, pattern, instead in PHRASES:
            if not hints.isdisjoint(words):
                text = re.sub(pattern, instead, text)
        text = " ".join(text.split()).lstrip(", ") or text
    return _with_units(_clauses(text, words))


def _clauses(text: str, words: frozenset[str]) -> str:
    """What stands before its comma goes behind; A over B, and B replaced by A, is A instead of B; active, not passive."""
    if ", " in text and text.split(None, 1)[0].lower().rstrip(",") in FRONTS:
        text = re.sub(FRONTED, _turned, text)
    if not BE.isdisjoint(words):
        text = _active(text)
    if "over" in words or "to" in words:
        text = re.sub(PREFERRED, r"\1 instead of \2", text)
    if "with" in words or "by" in words:
        text = re.sub(REPLACED, r"\2 instead of \1", text)
    if "until" in words or "till" in words:
        text = re.sub(WAITED, r"\1 for \2", text)
    return re.sub(AWAITED, r"\1 ", text) if "to" in words and "for" in words else text


def _turned(found: re.Match[str]) -> str:
    """What stood behind the comma first: use assert, in tests."""
    return f"{found[2]} {found[1]}"


def _with_units(text: str) -> str:
    return re.sub(UNIT, _unit, text) if any(map(str.isdigit, text)) else text


def _unit(found: re.Match[str]) -> str:
    unit = found["kept"] or next(name for name in ("ms", "s", "min", "h") if found[name])
    return f"{found[1]}{unit}"


def _active(text: str) -> str:
    """The lockfile was frozen in CI -> frozen the lockfile in CI; as it is where that is not certain."""
    words = text.split()
    for at, word in enumerate(words[: LONGEST_SUBJECT + 1]):
        lowered = word.lower()
        if (lowered in BE and lowered != "be") or (lowered in MODAL and words[at + 1 : at + 2] == ["be"]):
            rest = words[at + (2 if lowered in MODAL else 1) :]
            while len(rest) > 1 and rest[0] in LIGHT_ADVERBS:
                rest = rest[1:]
            denied, rest = (rest[:1], rest[1:]) if rest[:1] == ["not"] else ([], rest)
            if at and rest and is_participle(rest[0]):
                return " ".join((*denied, rest[0], *words[:at], *rest[1:]))
            return text
        if (lowered in STOP_WORDS and not (at == 0 and lowered in ("the", "a", "an"))) or word[-1] in ",;:":
            return text
    return text


def is_participle(word: str) -> bool:
    """Whether a word looks like one: disabled, frozen."""
    word = word.lower().rstrip(".,!;")
    return word in PARTICIPLES or (len(word) > 4 and word.endswith("ed"))

"""When two texts name the same strategy, and which ones only look alike.

Light rewordings share a key. Texts that differ in a number, a negation, an order, a flag, a name or a
path never do: evidence split in two is a smaller harm than opposites joined.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from alma.rules.words import listed, normal, stem, trigrams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SIMILAR_FLOOR = 0.45

# Said without changing what is done, wherever it stands.
LIGHT = listed(
    "the an of that it its it's i we me us my our you i'd we'd i'll we'll i've we've we're i'm let's have has had"
    " is are was were be been being am will would should must please kindly simply just again"
    " basically actually really also now then so still already successfully and"
)
# Light only where a clause begins: "we used waits", but not "memory use" or "the used ports".
OPENING = listed(
    "use uses used try tries tried trying attempt attempted by opt opted decide decided manage managed need needs"
    " needed want wanted with using via to do does did"
)
# Light words after which another one opens the clause as well: "tried using".
CHAINS = OPENING - listed("use uses used using with via")
OPENS_CLAUSE = listed(
    "i we you i've we've i'd we'd i'll we'll to and then please simply just never not avoid always again also now"
    " let's have had should must will would"
)
# One word for those that say the same in the middle of a sentence.
ALIKE = {"using": "with", "via": "with", "on": "in", "upon": "in"}
# "Stop using Redis" does not stop Redis; "click on it" clicks it.
KEEPS_USING = listed("start stop keep begin resume continue started stopped")
CLICKS = listed("click clicks clicked clicking tap taps tapped tapping press presses pressed pressing")
NEGATED = {
    "don't": "do not", "doesn't": "does not", "didn't": "did not", "can't": "can not", "cannot": "can not",
    "won't": "will not", "isn't": "is not", "aren't": "are not", "wasn't": "was not", "weren't": "were not",
    "shouldn't": "should not", "mustn't": "must not", "wouldn't": "would not", "couldn't": "could not",
    "haven't": "have not", "hasn't": "has not", "hadn't": "had not", "dont": "do not", "doesnt": "does not",
}  # fmt: skip
# Patterns are compiled when they are first used: most warnings need none of these.
PHRASES = (
    r"(?i)\b(?:once (?:more|again)|(?:one more|this|another) time|yet again|over again|as (?:before|usual|well)"
    r"|like (?:before|last time)|in order(?= to\b)|(?:make|be) sure to|(?:go|went|opted) (?:with|for))(?!\w)"
)
PHRASE_WORDS = ("once ", " time", " again", "as ", "like ", "in order", "sure to", "go ", "went ", "opted ")
BOLD = r"(?<!\w)(\*\*|__)(?=\S)(.+?)(?<=\S)\1(?!\w)"
LABEL = r"(?i)^(?:strategy|approach|plan|what i did|what we did|solution)\s*:\s+"
ENDINGS = listed("approach strategy technique too")
PLAIN = r"[^\W\d_]+(?:['-][^\W\d_]+)*$"
HUMP = r"[^\W\d_][a-z\d]*[A-Z]"
APOSTROPHES = str.maketrans("‘’ʼ′", "''''")
QUOTES = "\"'`“”‘’"
BEFORE = "\"'`([{<«“”‹*"
AFTER = "\"'`)]}>»“”›*.,;:!?…"
CLOSERS = {")": "(", "]": "[", "}": "{", ">": "<"}
BULLETS = frozenset("-–—•·*…")


@lru_cache(8192)
def same_key(text: str) -> str:
    """The key that two texts share if, and only if, they name the same strategy.

    Content stems in their order, without light words; numbers, names, paths, flags and negations as they
    are. A text in another script than Latin, or of light words only, is its own key in normal form.
    """
    text = normal(text)
    if not text.isascii() and any(map(_is_of_another_script, text)):
        return text.casefold()
    return " ".join(_content(_tokens(_without_phrases(text)))) or text.casefold()


def _is_of_another_script(character: str) -> bool:
    """Whether this is a letter that is not Latin."""
    return character >= "\u0370" and character.isalpha() and not "\u1e00" <= character < "\u1f00"


def _without_phrases(text: str) -> str:
    """A text without what stands before its point, and without phrases of several light words."""
    if not text.isascii():
        text = text.translate(APOSTROPHES)
    if ":" in text:
        text = re.sub(LABEL, "", text)
    if "**" in text or "__" in text:
        text = re.sub(BOLD, r"\2", text)
    lowered = text.lower()
    return re.sub(PHRASES, " ", text) if any(word in lowered for word in PHRASE_WORDS) else text


def similar(text: str, others: Sequence[str], *, limit: int = 3, floor: float = SIMILAR_FLOOR) -> list[str]:
    """Strategies in other words that may be the same: most alike first, ties as given.

    Alike is the share of three-character runs (Dice, 0 to 1); at or above `floor`. Left out: what has the
    same key already, and what differs in numbers, negations, flags or code.
    """
    key, grams, exact = same_key(text), trigrams(text), _exact_part(text)
    scored = [
        (_dice(grams, trigrams(other)), -place, other)
        for place, other in enumerate(dict.fromkeys(others))
        if same_key(other) != key and _exact_part(other) == exact
    ]
    best = sorted((entry for entry in scored if entry[0] >= floor), reverse=True)
    return [other for _, _, other in best[: max(limit, 0)]]


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


OPPOSING = listed(
    "not no never without avoid skip disable enable before after sync async increase decrease instead"
)


def _exact_part(text: str) -> Counter[str]:
    """What two wordings of one strategy have in common for certain: numbers, flags, code, negations."""
    stems = frozenset(map(stem, OPPOSING))
    return Counter(part for part in same_key(text).split() if not re.match(PLAIN, part) or part in stems)


def _tokens(text: str) -> list[str]:
    """Words and code, without the punctuation around them; negations written out."""
    found: list[str] = []
    for part in text.split():
        token = part if part.isalnum() else _bare(part)
        if not token or token in BULLETS:
            if part in BULLETS and (part != "*" or not found):
                continue
            token = token or part
        if part[0] in QUOTES and part[-1] in QUOTES and token.lower() in SOMETIMES_LIGHT:
            token = f"'{token}'"
        spelled = NEGATED.get(token.lower()) if "'" in token or token[-1:] == "t" else None
        found += spelled.split() if spelled else (token,)
    return found


def _bare(part: str) -> str:
    """A word without quotes, brackets and marks around it; the brackets of a call stay."""
    start, end = 0, len(part)
    while start < end and part[start] in BEFORE and (part[start] != "*" or part[-1] == "*"):
        start += 1
    while end > start and part[end - 1] in AFTER:
        last = part[end - 1]
        if last in CLOSERS and CLOSERS[last] in part[start : end - 1]:
            break
        if last == "." and "/" in part and part.endswith("/..."):
            break
        end -= 1
    return part[start:end]


def _content(tokens: list[str]) -> list[str]:
    """The tokens that carry meaning, each in the form in which it is compared."""
    kept: list[str] = []
    before = ""
    for at, token in enumerate(tokens):
        word = token.lower()
        if not token.isalpha() and not re.match(PLAIN, token):
            kept.append(token if not token.isalnum() or re.match(HUMP, token) else word)
        elif not (word in SOMETIMES_LIGHT and _is_light(word, before, at, tokens)):
            kept.append(_form(token))
        before = word
    if len(kept) > 1 and kept[-1] in ENDINGS:
        kept.pop()
    return kept


SOMETIMES_LIGHT = LIGHT | OPENING | {"a", "on", "instead"}


def _is_light(word: str, before: str, at: int, tokens: list[str]) -> bool:
    """Whether this word, at this place, can go. Capitals are names, here: plan A, the IT team, US dollars."""
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    if _is_name(tokens[at], at, after or tokens[at - 1]):
        return False
    if word in LIGHT:
        return word != "i" or bool(after)
    if word == "instead":
        return after.lower() != "of"
    if word == "on":
        return before in CLICKS
    if word == "a" or not after:
        return bool(after)
    if word == "try" and after.lower() in ("catch", "except", "finally"):
        return False
    return after == "not" or (
        (at == 0 or before in OPENS_CLAUSE or before in CHAINS) and before not in KEEPS_USING
    )


def _is_name(token: str, at: int, neighbour: str) -> bool:
    """Whether capitals set this word apart from the text around it."""
    if not token.isupper() or neighbour.isupper():
        return False
    return token != "I" and (at > 0 or len(token) > 1)


@lru_cache(8192)
def _form(token: str) -> str:
    """A word as it is compared: in lower case unless it has a hump, one word for those alike, its stem."""
    if re.match(HUMP, token) and not token.removesuffix("s").isupper():
        return token
    word = token.lower().removesuffix("'s")
    return stem(ALIKE.get(word, word))

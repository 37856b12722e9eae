"""When two texts name the same strategy, and which ones only look alike.

Light rewordings share a key. Texts that differ in a number, a negation, an order, a flag, a name or a
path never do: evidence split in two is a smaller harm than opposites joined.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from alma.rules.commands import EVERYDAY, SINGLE_PROGRAMS, SUBCOMMANDS_OF
from alma.rules.invocations import ENDS, PROGRAMS, in_one_spelling
from alma.rules.rewording import in_one_order, is_participle
from alma.rules.words import QUOTES, STOP_WORDS, WORD, bare, listed, normal, parts, stem, trigrams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SIMILAR_FLOOR = 0.45
# In longer texts only light words go: what is sought over and over must not take a time that grows with its square.
LONGEST_REWORDED = 2000

# Said without changing what is done, wherever it stands.
LIGHT = listed(
    "the an of that it its it's i we me us my our you i'd we'd i'll we'll i've we've we're i'm let's have has had"
    " is are was were be been being am will would should must please kindly simply just again"
    " basically actually really also now so still already successfully eventually therefore thus hence"
)
# Light only where a clause begins: "we used waits", but not "memory use" or "the used ports".
OPENING = listed(
    "use uses used try tries tried trying attempt attempted by opt opted chose decide decided manage managed need needs"
    " needed want wanted with using via to do does did utilise utilised utilising utilize utilized utilizing employ"
    " employed employing leverage leveraged leveraging"
)
# Light words after which another one opens the clause as well: "tried using".
CHAINS = OPENING - listed("use uses used using with via")
USES = listed("use uses used using")
# Light words before which what is done with a thing may stand: "did", but not "use" or "need".
BEFORE_VERBS = listed("to do does did by")
OPENS_CLAUSE = listed(
    "i we you i've we've i'd we'd i'll we'll to and then please simply just never not avoid always again also now"
    " let's have had should must will would"
)
# One word for those that say the same in the middle of a sentence.
ALIKE = {"then": "and", "using": "with", "via": "with", "on": "in", "upon": "in"}
# These join two things to do: to build and test is not to build the test.
JOINS = listed("and then")
# "Stop using Redis" does not stop Redis; "click on it" clicks it.
KEEPS_USING = listed("start stop keep begin resume continue started stopped")
CLICKS = listed("click clicks clicked clicking tap taps tapped tapping press presses pressed pressing")
NEGATED = {
    "don't": "do not", "doesn't": "does not", "didn't": "did not", "can't": "can not", "cannot": "can not",
    "won't": "will not", "isn't": "is not", "aren't": "are not", "wasn't": "was not", "weren't": "were not",
    "shouldn't": "should not", "mustn't": "must not", "wouldn't": "would not", "couldn't": "could not",
    "haven't": "have not", "hasn't": "has not", "hadn't": "had not", "dont": "do not", "doesnt": "does not",
}  # fmt: skip
# Said before a command, of which it says nothing: "ran npm test".
RUNS = listed(
    "run ran runs running rerun reran rerunning re-run re-ran re-running execute executed executes executing invoke invoked invoking"
)
RUN = SUBCOMMANDS_OF.keys() | SINGLE_PROGRAMS - EVERYDAY | {"npx", "bunx", "uvx"}
# The first of a row stands for all of it, unless a text tells two of them apart.
SYNONYMS = (
    "delete remove erase", "increase raise", "decrease reduce", "use utilise utilize employ leverage", "show display",
    "start begin", "verify check", "fix repair", "upgrade bump", "directory folder dir", "configuration config",
    "repository repo", "database db", "documentation docs", "dependency dep", "parameter param", "argument arg",
    "environment env", "application app", "maximum max", "minimum min", "temporary temp", "asynchronous async",
    "synchronous sync", "production prod", "development dev", "variable var", "function func", "colour color",
    "message msg", "1 one", "2 two", "3 three", "4 four", "5 five", "6 six", "7 seven", "8 eight", "9 nine", "10 ten",
)  # fmt: skip
ONE_WORD = {stem(word): stem(row.split()[0]) for row in SYNONYMS for word in row.split()[1:]}
# Forms that the stemmer, on which stored words rest, does not know.
FORMS = {
    "never": "not", "got": "get", "sped": "speed", "found": "find", "sought": "seek", "bought": "buy", "brought": "bring",
    "dealt": "deal", "spent": "spend", "told": "tell", "held": "hold", "sold": "sell", "caught": "catch", "fed": "feed",
    "fell": "fall", "rebuilt": "rebuild", "rewrote": "rewrite", "rewritten": "rewrite", "overrode": "override",
    "overridden": "override", "shrank": "shrink", "shrunk": "shrink", "hung": "hang", "stuck": "stick", "lost": "lose",
    "came": "come", "undid": "undo", "undone": "undo", "redid": "redo", "redone": "redo", "shown": "show", "reran": "rerun",
    "grew": "grow", "grown": "grow", "forgot": "forget", "forgotten": "forget", "woke": "wake", "swapped": "swap",
}  # fmt: skip
# Before these, "of" makes no name of two: all of the tests, outside of tests.
NO_NAMES = STOP_WORDS | listed(
    "all none some any most each every one two both half lot lots kind sort instead number rest outside inside ahead"
)
BOLD = r"(?<!\w)(\*\*|__)(?=\S)(.+?)(?<=\S)\1(?!\w)"
ENDINGS = listed("approach strategy technique too")
PLAIN = r"[^\W\d_]+(?:['-][^\W\d_]+)*$"
JOINED_ON = listed("re pre e un")
HUMP = r"[^\W\d_][a-z\d]*[A-Z]"
APOSTROPHES = str.maketrans("‘’ʼ′", "''''")
AVOIDS = listed("avoid avoids avoided avoiding")


@lru_cache(8192)
def same_key(text: str) -> str:
    """The key that two texts share if, and only if, they name the same strategy.

    Content stems in their order, without light words; numbers, names, paths, flags and negations as they
    are. A text in another script than Latin, or of light words only, is its own key in normal form.
    """
    text = normal(text)
    if not text.isascii() and any(map(_is_of_another_script, text)):
        return text.casefold()
    plain, has_command = _plain(text)
    return " ".join(_content(_tokens(plain), has_command=has_command)) or text.casefold()


def _is_of_another_script(character: str) -> bool:
    """Whether this is a letter that is not Latin."""
    return character >= "\u0370" and character.isalpha() and not "\u1e00" <= character < "\u1f00"


def _plain(text: str) -> tuple[str, bool]:
    """A text with its commands in one spelling and its clauses in one order, and whether a command is in it."""
    if not text.isascii():
        text = text.translate(APOSTROPHES)
    if not text or len(text) > LONGEST_REWORDED:
        return text, False
    if "**" in text or "__" in text:
        text = re.sub(BOLD, r"\2", text)
    words = frozenset(WORD.findall(text.lower()))
    spelled = text if PROGRAMS.isdisjoint(words) else in_one_spelling(text)
    return in_one_order(spelled, words), spelled is not text


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


OPPOSING = frozenset(
    ONE_WORD.get(stem(word), stem(word))
    for word in listed("not no without skip disable enable before after sync async increase decrease instead")
)


def _exact_part(text: str) -> Counter[str]:
    """What two wordings of one strategy have in common for certain: numbers, flags, code, negations."""
    return Counter(part for part in same_key(text).split() if not re.match(PLAIN, part) or part in OPPOSING)


def _tokens(text: str) -> list[str]:
    """Words and code, without the punctuation around them; negations written out."""
    found: list[str] = []
    for part in parts(text):
        token = part if part.isalnum() else bare(part)
        is_name = part[0] in QUOTES and (part[0] == "`" or part[-1] in QUOTES)
        if is_name and token.lower() in SOMETIMES_LIGHT:
            token = f"'{token}'"
        spelled = NEGATED.get(token.lower()) if "'" in token or token[-1:] == "t" else None
        found += spelled.split() if spelled else (token,)
    return found


def _content(tokens: list[str], *, has_command: bool) -> list[str]:
    """The tokens that carry meaning, each in the form in which it is compared."""
    kept: list[str] = []
    before, in_command = "", False
    tokens = _compounds(tokens) if "of" in tokens else tokens
    for at, token in enumerate(tokens):
        word = token.lower()
        in_command = in_command and word not in ENDS
        if not token.isalpha() and not re.match(PLAIN, token):
            kept.append(_exact(token))
        elif not kept and word in AVOIDS:
            kept.append("not")
        elif not _is_light(word, before, at, tokens):
            if _describes(word, at, tokens):
                kept.append("use")
            kept += _forms(token, has_command=has_command, in_command=in_command)
        in_command = in_command or (has_command and word in PROGRAMS)
        before = word
    if len(kept) > 1 and kept[-1] in ENDINGS:
        kept.pop()
    return _in_one_vocabulary(kept)


def _forms(token: str, *, has_command: bool, in_command: bool) -> list[str]:
    """A word as it is compared, or the words it is made of; what a command is given is a name."""
    if in_command:
        return [_exact(token)]
    return [_form(token)] if has_command or "-" not in token else _parts(token)


def _exact(token: str) -> str:
    """A name, a number or code: as it is written, and a plain one in lower case."""
    return token if not token.isalnum() or re.match(HUMP, token) else token.lower()


def _in_one_vocabulary(kept: list[str]) -> list[str]:
    """One word for each row of synonyms, unless this text tells two of them apart."""
    mapped = [ONE_WORD.get(word, word) for word in kept]
    return mapped if len(set(mapped)) == len(set(kept)) else kept


def _parts(token: str) -> list[str]:
    """A word with hyphens as words: end-to-end, commented-out; but re-run is one."""
    first, *rest = token.split("-")
    if first in RUN:
        return [token]
    if first.lower() in JOINED_ON:
        first, *rest = f"{first}{rest[0]}", *rest[1:]
    return [_form(part) for part in (first, *rest)]


def _compounds(tokens: list[str]) -> list[str]:
    """The size of the buffer -> buffer size, where it is certain how far the second name goes."""
    at = tokens.index("of")
    end = start = at + 1 + (tokens[at + 1 : at + 2] in (["the"], ["a"], ["an"], ["its"]))
    while end < len(tokens) and tokens[end].lower() not in STOP_WORDS:
        end += 1
    head = tokens[at - 1]
    if not at or not 0 < end - start <= 3 or not head.isalpha() or head.lower() in NO_NAMES:
        return tokens
    return [*tokens[: at - 1], *tokens[start:end], head, *tokens[end:]]


SOMETIMES_LIGHT = LIGHT | OPENING | {"a", "on", "instead", "for"}
ARTICLES = listed("a an the")
# Between "use" and what is used.
BEFORE_USED = LIGHT - OPENS_CLAUSE | {"a", "not", "never"}
PAUSES = listed("wait waits waited waiting sleep slept sleeping pause paused pausing")


def _is_light(word: str, before: str, at: int, tokens: list[str]) -> bool:
    """Whether this word, at this place, can go. Capitals are names, here: plan A, the IT team, US dollars."""
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    if word in RUNS:
        return after in RUN and (at == 0 or before in OPENS_CLAUSE or before in OPENING)
    if word in JOINS:
        return at == 0 or not after or before in OPENS_CLAUSE
    if word not in SOMETIMES_LIGHT or _is_name(tokens[at], at, after or tokens[at - 1]):
        return False
    if word == "for":
        return before in PAUSES and after[:1].isdigit()
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


def _describes(word: str, at: int, tokens: list[str]) -> bool:
    """Whether this word says which ones are meant: to use expired tokens, or rotating ones, expires and rotates none."""
    is_gerund = word.endswith("ing") and stem(word) != word and _is_followed(at, tokens)
    if not at or not (is_gerund or is_participle(word)):
        return False
    ahead = next((one for one in map(str.lower, reversed(tokens[:at])) if one not in BEFORE_USED), "")
    if is_gerund:
        return ahead in USES
    return ahead in OPENING - BEFORE_VERBS if ahead else tokens[at - 1].lower() in ARTICLES


def _is_followed(at: int, tokens: list[str]) -> bool:
    """Whether something comes after a word that may be what it speaks of."""
    return at + 1 < len(tokens) and tokens[at + 1].lower() not in STOP_WORDS | {"instead"}


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
    if len(token) == 3 and token[:2].isupper():
        word = word.removesuffix("s") if token[2] == "s" else word
    word = FORMS.get(word, word)
    return stem(ALIKE.get(word, word))

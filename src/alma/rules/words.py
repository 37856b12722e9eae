"""Text taken as words: one normal form, one light stemmer, one list of words that carry no meaning.

The stemmer joins inflections of one word only (waits, waiting, waited); it never makes a negation.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize


def listed(names: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(names.split())


STOP_WORDS = listed(
    "a an the and or but if then else of to in on at for from by with as is are was were be been being am it its"
    " this that these those there here i we you he she they me us my our your his her their who which what when"
    " where why how do does did have has had will would shall should can could may might must so than too very"
    " not no nor only own same such about into over under again once because while until before after"
)
IRREGULAR = {
    "ran": "run", "sent": "send", "built": "build", "wrote": "write", "written": "write", "made": "make",
    "took": "take", "taken": "take", "chose": "choose", "chosen": "choose", "kept": "keep", "began": "begin",
    "hid": "hide", "hidden": "hide", "broke": "break", "broken": "break", "threw": "throw", "thrown": "throw",
    "gave": "give", "given": "give", "drew": "draw", "drawn": "draw", "froze": "freeze", "frozen": "freeze",
    "apis": "api", "embed": "embed", "seed": "seed", "shed": "shed", "bleed": "bleed", "string": "string",
}  # fmt: skip
ENDING_IN_S = listed(
    "alias canvas bias atlas pandas gas always whereas perhaps news lens"
    # Names of which the rest is another name: http with TLS is https.
    " https ftps smtps imaps ldaps mqtts amqps nntps coaps rtmps stomps hdfs ntfs"
)
NEVER_MADE = listed("not no non off out up on in un over under")
VOWELS = frozenset("aeiouy")
# Compiled when they are first used: most texts need none of these.
UNSEEN = "[\u00ad\u200b-\u200f\u2060\ufeff]"
RAISED = "([\u00b2\u00b3\u00b9\u2070-\u209c])"
# Scripts that put no spaces between words: every character counts as a word.
UNSPACED = "([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])"
WORD = re.compile(r"\w+")
QUOTES = "\"'`“”‘’"
BEFORE = "\"'`([{<«“”‘‹*"
AFTER = "\"'`)]}>»“”’›*.,;:!?…"
CLOSERS = {")": "(", "]": "[", "}": "{", ">": "<"}
BULLETS = frozenset("-–—•·*…")


def words(text: str) -> list[str]:
    """Every run of letters, digits and underscores, in lower case, in order."""
    if not text.isascii() and max(text) >= "\u3040":
        text = re.sub(UNSPACED, r" \1 ", text)
    return WORD.findall(text.lower())


def terms(text: str) -> tuple[str, ...]:
    """The stems under which a text is found, each once, in order; words without meaning left out."""
    return tuple(dict.fromkeys(stem(word) for word in words(text) if word not in STOP_WORDS))


def normal(text: str) -> str:
    """One form for texts that read the same: NFKC, white space folded, invisible characters gone.

    Raised and lowered digits stay apart from others: 10² is not 102.
    """
    if not text.isascii():
        text = normalize("NFKC", re.sub(RAISED, r"^\1", re.sub(UNSEEN, "", text)))
    return " ".join(text.split())


def parts(text: str) -> list[str]:
    """What stands between spaces, without bullets and dashes between words; a sign that something is called stays."""
    whole = text.split()
    if BULLETS.isdisjoint(whole):
        return whole
    return [part for at, part in enumerate(whole) if part not in BULLETS or (at and _is_a_name(at, whole))]


def _is_a_name(at: int, whole: list[str]) -> bool:
    """Whether a sign names something: "tar -xf - src", "split on -", "keep * as it is"."""
    is_last = at == len(whole) - 1 and whole[at] != "…"
    return whole[at] == "*" or is_last or whole[at - 1][0] == "-"


def bare(part: str) -> str:
    """A word without quotes, brackets and marks around it, unless nothing else is there.

    What belongs to it stays: f(x), *.py, user:*, <5, .env, !admin.
    """
    start, end = 0, len(part)
    while start < end and part[start] in BEFORE and _is_paired(part, start):
        start += 1
    while end > start and part[end - 1] in AFTER and not _belongs(part, start, end):
        end -= 1
    return part[start:end] or part.strip(QUOTES) or part


def _is_paired(part: str, start: int) -> bool:
    """Whether a mark in front is closed again, where it would mean something alone."""
    return (part[start] != "*" or part[-1] == "*") and (part[start] != "<" or ">" in part)


def _belongs(part: str, start: int, end: int) -> bool:
    """Whether the last mark is part of the word: its bracket opens within, or it is a sign."""
    last = part[end - 1]
    if last in "*>" and CLOSERS.get(last, last) not in part[: end - 1]:
        return True
    if last == ".":
        return part.endswith("/...") or part[:end].rstrip(".").endswith("=")
    return last in CLOSERS and CLOSERS[last] in part[start : end - 1]


@lru_cache(8192)
def stem(word: str) -> str:
    """A lower-case word without its inflection; words that are not plain letters come back as they are."""
    if word in IRREGULAR:
        word = IRREGULAR[word]
    if len(word) < 4 or not word.isalpha():
        return word
    short = _without_e(_without_ending(_without_plural(word)))
    return word if short in NEVER_MADE else short


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and word[-2] not in "sui" and word not in ENDING_IN_S:
        return word[:-1]
    return word


def _without_ending(word: str) -> str:
    if word.endswith("ied") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) > 2 and root[-1] != "e" and not VOWELS.isdisjoint(root):
            is_doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz"
            return root[:-1] if is_doubled else root
    return word


def _without_e(word: str) -> str:
    if word.endswith("ie"):
        return word[:-2] + "y"
    if word.endswith("ll") and len(word) > 5:
        return word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 and word[-2] != "e" else word


@lru_cache(4096)
def trigrams(text: str) -> frozenset[str]:
    """Every three characters in a row of a text in its normal form and lower case, its two ends marked."""
    padded = f" {normal(text).lower()} "
    return frozenset(padded[start : start + 3] for start in range(max(1, len(padded) - 2)))

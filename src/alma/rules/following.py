"""Which memories a message says were followed: those whose ids it calls upon, and does not deny.

A wrong credit is worse than none: where a sentence leaves it open, an id was not followed. The words of denial are
English; of other languages only the commonest are known.
"""

from __future__ import annotations

import re

ID = r"(?<![\w-])(?:b-o|[oha])-[a-z2-7]{10}(?![\w-])"
MOST = 20
# Of a message with very many ids the first are looked at, and of a long sentence what stands around each.
MOST_LOOKED_AT = 24
BEFORE, AFTER = 200, 200
END = r"[.!?。！？](?=[\s)\]*_]|$)|\n\s*(?:\n|[-*•]|\d+[.)])"
# What begins another assertion, and what only another clause.
TURN = r";|(?<!\ball )(?<!thing )\bbut\b|\b(?:so|hence|thus|therefore)\b"
CLAUSE = rf"{TURN}|[,:—–]|\s-\s|\b(?:and|because|since|then|while)\b"
# What calls upon a memory, before its id and after it.
CALLS = (
    r"\b(?:follow\w*|us(?:e|ed|es|ing)|appl(?:y|ied|ies|ying)|took|taken|taking|chose|adopt\w*|implement\w*|kept to|keeping to|stuck to|went with"
    r"|going with|relied on|relying on|did (?:as|what)|as|per|accord\w*|based on|thanks to|in line with|like|with|from|by|via|recommended)\b|\($|\W\($"
)
CALLED = r"^\]?\)?:|\b(?:work(?:ed|s)|fixed|fixes|solved|solves|helped|helps|applied|applies|held|holds|says|said|recommends|describes|advises|was (?:used|followed|applied|right))\b"
NOT = (
    r"\b(?:not(?! (?:only|just|merely)\b)|\w+n['’]t|cannot|dont|didnt|doesnt|never|none|neither|nor|no longer|hardly"
    r"|nicht|kein\w*|nie|niemals|pas|aucune?|jamais|ningun[oa]?|ningún|nunca|não|nenhum\w*|nessun\w*)\b"
)
# What speaks against that which comes after it: `instead of [id]`, but not `[id] instead of`.
AGAINST = (
    r"\b(?:no|nothing|without|contrary|instead|unlike|rather than|other than|apart from|aside from|except|despite|in spite of|although|though"
    r"|against|over(?= (?:the )?\W*$)|opposite|(?:all|anything|everything) but|different|differ\w*|deviat\w+|conflict\w*|broke with|depart\w+|diverg\w+|statt|anstatt|entgegen|ohne)\b"
)
# Looked at, or proposed, and perhaps done: that is doubt enough.
OPEN = (
    r"\b(?:there (?:is|was|were)|want\w*|tempt\w*|tried|going to|had (?:I|we)|part(?:ly|ially)|almost|nearly|consider(?:ed|ing)?|look(?:ed|ing) (?:at|into)|read|saw|seen|checked|compared|reviewed|knew|aware|found|noticed|mention(?:s|ed)?"
    r"|shown|suggest(?:ion|ions)|would|could|might|may|should|if|unless|whether|will|can|next|recommend)\b"
)
LEFT = (
    r"(?:ignor|reject|skip|declin|discard|dismiss|avoid|refus|abandon|drop|revert|remov|replac|bypass|omit|disregard|disagree|contradict|overrid)\w*"
    r"|overrode|undid|undone|passed over|set aside|left out|gave up|given up|ruled out|moved away|steered clear"
)
UNFIT = (
    r"\b(?:fails|failed|wrong|irrelevant|inapplicable|unrelated|useless|unhelpful|outdated|obsolete|stale|misleading|misled|too (?!I\b)\w+|of no \w+|no (?:use|help|match|fit))\b"
    rf"|\b(?:is|are|was|were|be|been|got)\s+(?:\w+\s+)?(?:{LEFT})\b"
)
# Between such a verb and the id that it takes stand few words, and none that calls the id as a witness.
TAKES_IT = rf"\b(?:{LEFT})\b(?:\W+(?!(?:as|per|following|according|like)\b)\w+){{0,4}}\W*$"
DID = r"(?:followed|applied|used|took|chose|adopted|kept to|stuck to|went with|relied on|did (?:as|what))"
# The last assertion of a sentence that says what was done: what stands before it is of something else.
AFTER_ALL = rf"(?<!\bhad )(?:\b(?:I|we|and|then)|[,:—–])\s+(?:(?:I|we|then|simply|just|have|now|also|and|instead)\s+){{0,3}}(?={DID}\b)"
IT = r"(?:it|that|this|they|them|those|these|which|neither|both|either|one|the (?:advice|record|memory|suggestion|strategy))"
LEFT_IT = rf"\b(?:{LEFT})\s+(?:\w+\s+)?{IT}\b"
LINK = r"^[\s,;:.—–-]*(?:(?:and|but|because|since|so|as|though|although|however|yet|then|I|we)\b[\s,]*){0,3}"
# What says of all of them at once that they were not followed.
NONE = r"\bno (?:memor(?:y|ies)|records?|advice) (?:\w+ )?(?:follow|us|appl|fit|relevant|help)|\b(?:follow|us|appl)\w* none\b|\bnone (?:\w+ )?(?:followed|used|applied)|\bmy own way\b"


def mentioned(text: str) -> tuple[str, ...]:
    """Every id that a message names, in order."""
    return tuple(dict.fromkeys(re.findall(ID, text)))


def followed(text: str) -> tuple[str, ...]:
    """The ids that a message calls upon and nowhere denies, in order; none where it says that it followed none."""
    if _has(NONE, text):
        return ()
    found = list(re.finditer(ID, text))
    called, denied = set(), set()
    for one in found[:MOST_LOOKED_AT]:
        before = re.split(END, text[max(0, one.start() - BEFORE) : one.start()])[-1]
        after = text[one.end() : one.end() + AFTER]
        called |= {one[0]} if _is_called(before, after) else set()
        denied |= {one[0]} if _is_denied(before, after) else set()
    return tuple(one for one in mentioned(text) if one in called - denied)[:MOST]


def _is_called(before: str, after: str) -> bool:
    said = re.split(END, after, maxsplit=1)[0]
    return _has(CALLS, before.rstrip("[")) or _has(CALLED, re.split(TURN, said, maxsplit=1)[0])


def _is_denied(before: str, after: str) -> bool:
    said = re.split(END, after, maxsplit=1)[0]
    is_asked = after[len(said) : len(said) + 1] in ("?", "？")
    return is_asked or _before(before) or _after(said) or _of_it(after[len(said) :])


def _before(text: str) -> bool:
    said = re.split(TURN, text, flags=re.I)[-1]
    said = said[max((one.start() for one in re.finditer(AFTER_ALL, said, re.I)), default=0) :]
    clause = re.split(r"[,:—–]", said)[-1]
    clause = clause if re.search(r"\w", clause) else said
    return _has(NOT, said) or _has(rf"{AGAINST}|{OPEN}", clause) or _has(TAKES_IT, said)


def _after(text: str) -> bool:
    clause = re.split(CLAUSE, text, maxsplit=1, flags=re.I)[0]
    return _has(rf"{NOT}|{UNFIT}", clause) or _of_it(text[len(clause) :])


def _of_it(text: str) -> bool:
    """Whether what comes next denies it by a pronoun: `it did not fit`, `I ignored that`."""
    said = re.sub(LINK, "", text, flags=re.I)
    clause = re.split(rf"{END}|{TURN}|,", said, maxsplit=1, flags=re.I)[0]
    is_of_it = _has(rf"^{IT}\b|\b{IT}\W*$", clause)
    return _has(LEFT_IT, clause) or (is_of_it and _has(rf"{NOT}|{UNFIT}", clause))


def _has(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.I) is not None

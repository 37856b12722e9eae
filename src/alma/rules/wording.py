"""Whether a sentence tells what was done, or only that it is done: the second is no strategy, however true it is.

The words of completion are English; in any other language a sentence of one word tells nothing, and a longer one may.
"""

from __future__ import annotations

import re

from alma.rules.words import STOP_WORDS, UNSPACED, listed, words

# A sentence tells something that has so many words beside these; where words stand without spaces, so many characters.
LEAST_WORDS = 2
LEAST_CHARACTERS = 8
SAYS_NOTHING = STOP_WORDS | listed(
    "done finished complete completed completes completely ready fixed fixes resolved solved addressed handled corrected"
    " correct correctly works working worked work pass passes passed passing succeed succeeds succeeded success successful"
    " successfully green clean cleanly expected intended properly test tests testing tested suite suites unit check checks"
    " build builds built compile compiles compiled lint linter linting linters error errors warning warnings failure"
    " failures issue issues problem problems bug bugs change changes implemented implementation updated update updates"
    " everything every all each both now finally still already again great perfect excellent awesome wonderful good nice"
    " well yes yep ok okay sure right thanks thank glad happy help please let know need needs want anything else"
    " see here s ve ll re d m t what following follows below above summary summarize task tasks request requested"
    " response file files code feature made make job coverage"
)
# What is next, or is left to somebody, was not done.
NOT_YET = r"(?i)\W*(?:(?:now|next|then|so)\W+)?(?:let me|let's|you (?:can(?!['’]t\b| not\b)|could|should|may|might)|would you|do you|shall|should i|want me|feel free|please)\b"
# What only announces that something is said.
NOTED = r"(?i)^\W*(?:please\s+)?(?:also\s+)?note\s+that\b"
# The id of a memory is no word.
ID = r"\b(?:b-)?[ohakpu]-[a-z2-7]{10}\b"
# A figure, with its unit.
FIGURE = r"[\d_]+[^\W\d_]{0,3}"
# What a list begins its lines with.
MARK = r"^\s*(?:[-*•]|\d+[.)])\s+"
SENTENCE = r"(?<=[.!?:。！？：])\s+|(?<=[。！？])"


def tells(sentence: str) -> bool:
    """Whether a sentence says more than that something is done, or will be.

    Neither a figure with its unit nor the id of a memory is a word.
    """
    sentence = re.sub(ID, "", re.sub(NOTED, "", sentence))
    if re.match(NOT_YET, sentence):
        return False
    if len(re.findall(UNSPACED, sentence)) >= LEAST_CHARACTERS:
        return True
    said = {word for word in words(sentence) if len(word) > 1 and not re.fullmatch(FIGURE, word)}
    return len(said - SAYS_NOTHING) >= LEAST_WORDS


def telling(paragraph: str) -> str:
    """A paragraph from the first sentence that tells something; empty where none does."""
    sentences = [one for one in re.split(SENTENCE, paragraph) if one.strip()]
    start = next((at for at, one in enumerate(sentences) if tells(one)), len(sentences))
    return re.sub(MARK, "", " ".join(sentences[start:]))


def is_listed(paragraph: str) -> bool:
    """Whether a paragraph is the list that one before it announces."""
    return re.match(MARK, paragraph) is not None

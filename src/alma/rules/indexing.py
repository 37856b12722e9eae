"""Under which words and exact keys a memory is found. Change VERSION whenever any answer of this file changes."""

from __future__ import annotations

from functools import lru_cache

from alma.domain.digest import digest
from alma.domain.memory import AntiPattern, Memory, Outcome, text_of
from alma.rules import signatures, similarity, strategies, words

VERSION = 6

MOST_TERMS = 512
# In a task these say nothing, unless they are a name: table A.
ARTICLES = words.listed("a an the please")
OPENING, CLOSING = "\"'`([{<“‘«", "\"'`)]}>.,;:!?…”’»"


def terms(memory: Memory) -> tuple[str, ...]:
    """The words under which a memory is found."""
    return terms_of(text_of(memory))


@lru_cache(maxsize=4096)
def terms_of(text: str) -> tuple[str, ...]:
    """The different stems of a text in order, without the words that carry no meaning; at most 512."""
    stems = (words.stem(word) for word in words.words(words.normal(text)) if word not in words.STOP_WORDS)
    return tuple(dict.fromkeys(stems))[:MOST_TERMS]


@lru_cache(maxsize=4096)
def term_set(text: str) -> frozenset[str]:
    """The same as a set."""
    return frozenset(terms_of(text))


@lru_cache(maxsize=4096)
def stems(text: str) -> similarity.Halves:
    """The stems of the first line of a text, and those that the rest adds."""
    first, _, rest = text.partition("\n")
    return similarity.halves(term_set(first), term_set(rest))


def keys(memory: Memory) -> tuple[str, ...]:
    """The exact keys under which a memory is found: by action, by task, by workflow."""
    found = [] if isinstance(memory, Outcome) else [said_key(memory)]
    if isinstance(memory, AntiPattern):
        found += action_keys(memory.triggers)
    if isinstance(memory, Outcome):
        found += action_keys(signatures.triggers_of(memory.strategy))
        found += [task_key(memory.task), strategy_key(memory.strategy)]
        if memory.workflow_id is not None:
            found.append(workflow_key(memory.workflow_id))
    return tuple(dict.fromkeys(found))


def action_keys(triggers: tuple[str, ...]) -> list[str]:
    """The keys of these triggers."""
    return [key for key in map(signatures.key_of_trigger, triggers) if key is not None]


def task_key(task: str) -> str:
    """The key of all tasks in the same words in the same order, however they are written and inflected.

    A warning asks for it of every task on which its action failed, so it is made of little.
    """
    said = [word.lstrip(OPENING).rstrip(CLOSING) for word in words.normal(task).split()]
    first = [word.lower() for word in said[:1] if len(said) > 1]
    kept = [word for word in [*first, *said[len(first) : -1]] if word and word not in ARTICLES]
    key = " ".join([words.stem(word.lower()) for word in [*kept, *said[-1:]]])
    return f"task:{digest(key or task)}"


def said_key(memory: Memory) -> str:
    """The key of all statements of the same kind in the same words."""
    return f"said:{memory.kind}:{digest(text_of(memory))}"


def strategy_key(strategy: str) -> str:
    """The key of all outcomes of a strategy in the same words."""
    return f"strategy:{digest(strategies.same_key(strategy))}"


def workflow_key(workflow_id: str) -> str:
    """The key of all outcomes of a workflow."""
    return f"workflow:{digest(workflow_id)}"

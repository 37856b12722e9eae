"""The index of words: each stands under the scope of those who may find it, so that others cost and change nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import log

from alma.domain.digest import digest
from alma.domain.memory import PERSON, VERIFIED, Memory, Outcome
from alma.rules import indexing
from alma.store.rows import as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from alma.store.cache import Cache
    from alma.store.snapshot import Place

BOTH = (True, False)
LEAST_POSTINGS = 500
POSTINGS_EACH = 5


def index_terms(project: str, memory: Memory, *, embedded: bool) -> str:
    """The words of a memory as the index holds them."""
    # Only outcomes are looked for apart by whether they have a vector, and whether anybody saw them.
    is_outcome = isinstance(memory, Outcome)
    scope = scope_of(
        project,
        memory.agent,
        memory.kind,
        memory.domain,
        embedded=embedded and is_outcome,
        seen=is_outcome and memory.source in (PERSON, VERIFIED),
    )
    return " ".join(index_word(scope, term) for term in indexing.terms(memory))


def index_word(scope: bytes, term: str) -> str:
    """A term within its scope, as one word of the index."""
    return f"w{digest(term, length=6, key=scope)}"


@lru_cache(1024)
def scope_of(project: str, agent: str, kind: str, domain: str, *, embedded: bool, seen: bool) -> bytes:
    """Whose memories, of which kind, in which domain, whether they have a vector, and whether they were seen."""
    return digest(as_json([project, agent, kind, domain, embedded, seen]), length=16).encode()


def scopes_of(
    project: str, places: Sequence[Place], *, vectorless: bool, seen: bool | None
) -> tuple[bytes, ...]:
    """The scopes of these places. `vectorless` leaves out those of outcomes that have a vector; `seen` asks for those
    that were seen, or for the others."""
    return tuple(
        scope_of(project, agent, kind, domain, embedded=embedded, seen=was_seen)
        for agent, kind, domain, _ in places
        for embedded in ((False, True) if kind == Outcome.kind and not vectorless else (False,))
        for was_seen in (BOTH if kind == Outcome.kind else (False,))
        if seen is None or was_seen is seen
    )


@lru_cache(1024)
def _anywhere(scopes: tuple[bytes, ...], term: str) -> str:
    """What is matched by a term in any of these scopes. Words return in task after task."""
    return " OR ".join(index_word(scope, term) for scope in scopes)


def postings(
    run: Callable[..., sqlite3.Cursor],
    scopes: tuple[bytes, ...],
    terms: Sequence[str],
    *,
    upto: int | None,
    limit: int,
    cache: Cache | None,
) -> list[list[int]]:
    """The live memories of each term, rarest first, of as many terms as `limit` calls for. `cache` may remember them."""
    most = max(LEAST_POSTINGS, POSTINGS_EACH * limit)
    matches = [_anywhere(scopes, term) for term in dict.fromkeys(terms) if scopes]
    known = cache.postings if cache is not None else {}
    missing = [one for one in matches if (one, most) not in known]
    seqs_of = zip(missing, _matching(run, missing, most=most, upto=upto), strict=True)
    read = {(one, most): seqs for one, seqs in seqs_of}
    found = [known.get((one, most)) or read.get((one, most)) for one in matches]
    if cache is not None:
        cache.keep_postings(read)
    return _within(sorted(filter(None, found), key=len), most)


def _within(found: list[list[int]], most: int) -> list[list[int]]:
    """The first of these, up to about `most` in all."""
    total = 0
    for count, seqs in enumerate(found):
        total += len(seqs)
        if total > most:
            return found[: max(count, 1)]
    return found


def _matching(
    run: Callable[..., sqlite3.Cursor], matches: Sequence[str], *, most: int, upto: int | None
) -> list[list[int]]:
    """For each of these the numbers of the memories, the newest first."""
    if not matches:
        return []
    statement = """
        SELECT (
          SELECT group_concat(rowid) FROM (
            SELECT rowid FROM words -- every word in `wanted` was made with the project
            WHERE words MATCH wanted.value AND rowid <= %(upto)s ORDER BY rowid DESC LIMIT %(limit)s
          ) -- one row for all of them: reading one by one took as long as finding them
        ) FROM json_each(%(matches)s) AS wanted
    """
    latest = upto if upto is not None else 1 << 62
    found = run(statement, matches=json.dumps(matches), upto=latest, limit=most).fetchall()
    return [[*map(int, seqs.split(","))] if seqs else [] for (seqs,) in found]


def best(found: Iterable[Sequence[int]], *, size: int, limit: int | None = None) -> list[int]:
    """The memories that share the rarest terms, best first; `size` is how many there are in all."""
    scores: dict[int, int] = {}
    for seqs in found:
        rarity = int(1_000_000 * log(1 + size / len(seqs)))  # whole numbers add up the same in any order
        for seq in seqs:
            scores[seq] = scores.get(seq, 0) + rarity
    return [seq for _, seq in sorted(zip(scores.values(), scores, strict=True), reverse=True)[:limit]]

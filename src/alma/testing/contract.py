"""StoreContract: what every store must do, as tests. A store is proved by subclassing it.

    class TestMyStore(StoreContract):
        def open_store(self, place, project):
            return MyStore(f"my:///{place}/store", project)

Every test runs with pytest; this module needs nothing but the standard library.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import count
from math import cos, pi, sin

from alma.domain import ledger as events
from alma.domain.errors import Conflict, InvalidInput
from alma.domain.ledger import Event
from alma.domain.memory import (
    KINDS,
    SOURCES,
    VERIFIED,
    WORD,
    AntiPattern,
    Heuristic,
    Knowledge,
    Memory,
    Outcome,
    Preference,
)
from alma.domain.reach import Nominee, Reach
from alma.domain.scope import Agent, View
from alma.domain.values import replace
from alma.domain.workflow import Checkpoint
from alma.rules import indexing
from alma.testing.clock import NOON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeVar

    from alma.store.protocol import Ledger, Snapshot, Store

    E = TypeVar("E", bound=Exception)

DIMENSIONS = 64
EVERY_KIND = tuple(KINDS)
_numbers = count(1)


def direction(degrees: float) -> bytes:
    """A vector that stands at this angle from `direction(0)`: the cosine of two is that of their difference."""
    turn = degrees * pi / 180
    parts = [round(127 * cos(turn)), round(127 * sin(turn)), *[0] * (DIMENSIONS - 2)]
    return bytes(part & 0xFF for part in parts)


def outcome(agent: str = "helena", **fields: object) -> Outcome:
    """An outcome with a fresh id."""
    return _made(
        Outcome, agent, {"task": "Test the login form", "strategy": "Explicit waits", "result": 1.0, **fields}
    )


def heuristic(agent: str = "helena", **fields: object) -> Heuristic:
    """A heuristic with a fresh id."""
    return _made(
        Heuristic, agent, {"condition": "A form submits slowly", "strategy": "Wait for it", **fields}
    )


def anti_pattern(agent: str = "helena", **fields: object) -> AntiPattern:
    """An anti-pattern with a fresh id."""
    given = {"pattern": "Using sleep() for waits", "why_bad": "Flaky", "triggers": ("sleep(",)}
    return _made(AntiPattern, agent, {**given, **fields})


def knowledge(agent: str = "helena", **fields: object) -> Knowledge:
    """A fact with a fresh id."""
    return _made(Knowledge, agent, {"fact": "The token expires after a day", **fields})


def preference(user: str = "ada", **fields: object) -> Preference:
    """A preference with a fresh id."""
    return _made(Preference, f"user:{user}", {"user": user, "preference": "Short answers", **fields})


if TYPE_CHECKING:
    M = TypeVar("M", bound=Memory)


def _made(kind: type[M], agent: str, fields: Mapping[str, object]) -> M:
    number = next(_numbers)
    usual = {"source": VERIFIED, "origin": f"call:{number}", "created_at": NOON, "domain": "testing"}
    return kind(id=f"{kind.prefix}-{_letters(number)}", agent=agent, **{**usual, **fields})  # type: ignore[arg-type]


def _letters(number: int) -> str:
    letters = ""
    for _ in range(10):
        number, rest = divmod(number, 26)
        letters = chr(97 + rest) + letters
    return letters


def event(
    kind: str = events.FEEDBACK, *, about: str | None = None, at: datetime = NOON, **details: object
) -> Event:
    """An event that waits for its number."""
    return Event(seq=0, at=at, kind=kind, agent="helena", source=VERIFIED, memory_id=about, details=details)


def reach(
    *owners: str,
    kinds: Sequence[str] = EVERY_KIND,
    domains: tuple[str, ...] | None = None,
    upto: int | None = None,
    agent: Agent | None = None,
) -> Reach:
    """What the first of these owners reads of all of them; Helena when none is named."""
    names = owners or ("helena",)
    return Reach(view=View(agent or Agent(names[0]), names), kinds=tuple(kinds), domains=domains, upto=upto)


def ids(found: Sequence[Nominee | Memory]) -> list[str]:
    """Their ids, in order."""
    return [one.memory.id if isinstance(one, Nominee) else one.id for one in found]


def remembered(store: Store, *memories: Memory, vector: bytes | None = None) -> list[Memory]:
    """Keep these in one transaction, all with this vector; gives them as they were kept."""
    with store.writing() as ledger:
        return [ledger.remember(memory, vector=vector) for memory in memories]


def refused(kind: type[E], act: Callable[[], object]) -> E:
    """The error of this kind that an act raises; a failed test where it raises none."""
    try:
        act()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def everything_said(now: Snapshot, owner: str = "helena") -> list[object]:
    """The answers of every reading method, so that two moments or two stores can be compared."""
    mine = reach(owner)
    terms = indexing.terms_of("test the login form with explicit waits and sleep")
    keys = [
        *indexing.keys(outcome(owner)),
        *indexing.keys(anti_pattern(owner)),
        indexing.workflow_key("deploy"),
    ]
    return [
        now.head(),
        now.head_at(NOON),
        now.size(mine),
        now.nearest(mine, direction(0), limit=10),
        now.by_words(mine, terms, limit=10),
        now.by_words(mine, terms, limit=10, vectorless=True),
        now.newest(mine, before=None, limit=10),
        now.signed(mine, keys, limit=10),
        now.keyed("once"),
        now.of_workflow(mine, "deploy", limit=10),
        now.matching(agent=None, origin=None, source=None, before=None),
        now.events(after=0, limit=100),
        now.joints(),
        now.agents(),
        now.checkpoint("deploy", None),
        now.workflows(agent=None, status=None),
        now.setting("embedder"),
        replace(now.stats(), project="", store="", bytes=0),
        now.beside(mine, range(1, 20)),
        list(now.records()),
    ]


def fill(store: Store) -> list[Memory]:
    """A bit of everything: five kinds, a forgotten one, a revised one, a joint, feedback, checkpoints, a setting."""
    kept = remembered(
        store,
        outcome(key="once", workflow_id="deploy", metadata={"run": 1}),
        outcome(strategy="A fixed sleep", result=0.0, why="timed out", source=WORD),
        heuristic(),
        anti_pattern(),
        knowledge(valid_from=NOON),
        preference(),
        vector=direction(10),
    )
    gone, revised = remembered(store, outcome(task="Bake a cake"), knowledge(fact="The API is at version 1"))
    with store.writing() as ledger:
        ledger.forget([gone], event(events.FORGOTTEN, about=gone.id, reason="not ours"))
        new = replace(revised, fact="The API is at version 2")
        ledger.rewrite(new, event(events.REVISED, about=revised.id, was={"fact": "1"}), vector=None)
        ledger.note(event(events.JOINED, about=kept[0].id, other=kept[1].id, same=True))
        ledger.note(event(about=kept[2].id, signal="used"))
        ledger.save(_state("deploy", {"step": 1}))
        ledger.save(_state("deploy", {"step": 2}))
        ledger.save(_state("migrate", [1, 2.5, None, "ü"]))
        ledger.finish("migrate", "succeeded", event(events.FINISHED, workflow_id="migrate"))
        ledger.set("embedder", "hashing-1")
    return kept


def _state(workflow_id: str, state: object, agent: str = "helena") -> Checkpoint:
    return Checkpoint(
        workflow_id=workflow_id,
        version=0,
        step="one",
        state=state,
        task="Deploy",
        agent=agent,
        created_at=NOON,
    )


def _forget(one: Memory) -> Callable[[Ledger], None]:
    return lambda ledger: ledger.forget([one], event(events.FORGOTTEN, about=one.id))


def _restore(one: Memory) -> Callable[[Ledger], None]:
    return lambda ledger: ledger.restore([one], event(events.RESTORED, about=one.id), vectors=[None])


class StoreContract(ABC):
    """Subclass it, say how the store is opened, and run it with pytest."""

    @abstractmethod
    def open_store(self, place: str, project: str) -> Store:
        """Open (or make) the store in the folder `place`; a second call opens the same store once more."""

    @contextmanager
    def opened(self, place: Path, project: str = "shop") -> Iterator[Store]:
        """An open store for one test."""
        store = self.open_store(str(place), project)
        try:
            yield store
        finally:
            store.close()

    # -- remembering --------------------------------------------------------------------------------------------

    def test_a_new_store_knows_nothing(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store, store.reading() as now:
            assert (now.head(), now.size(reach()), now.agents(), list(now.records())) == (0, 0, [], [])
            assert now.nearest(reach(), direction(0), limit=5) == []
            assert now.by_words(reach(), ["login"], limit=5) == []
            assert now.find("o-nothing") is None
            assert now.checkpoint("deploy", None) is None
            assert store.writable
            assert store.project == "shop"

    def test_every_kind_is_read_back_exactly_as_it_was_kept(self, tmp_path: Path) -> None:
        made = [
            outcome(
                result=0.7, why="a\n'quoted' 100 % \\ 🙂", feedback="ok", duration=1.25, workflow_id="w", key="k",
                recall_id="r-1", shown=("a-1", "b-o-2"), followed="b-o-2", metadata={"deep": {"list": [1, None]}},
            ),
            heuristic(),
            anti_pattern(better_alternative="Explicit waits"),
            knowledge(valid_from=NOON, valid_to=NOON + timedelta(days=1), replaces="k-1", contradicts=("k-2",)),
            preference(category="style"),
        ]  # fmt: skip
        with self.opened(tmp_path) as store:
            kept = remembered(store, *made, vector=direction(0))
            with self.opened(tmp_path) as other, other.reading() as now:
                for before, after in zip(made, kept, strict=True):
                    found = now.find(before.id)
                    assert found is not None
                    assert found.memory == after
                    assert found.vector == direction(0)
                    assert not found.forgotten
                    assert after == replace(before, seq=after.seq)

    def test_every_write_has_a_number_that_grows(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            kept = remembered(store, outcome(), outcome("victor"), outcome(), heuristic(), outcome("victor"))
            assert [one.seq for one in kept] == sorted({one.seq for one in kept})
            with store.reading() as now:
                assert now.head() == kept[-1].seq

    def test_age_counts_the_live_outcomes_of_the_same_agent_that_came_after(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store, self.opened(tmp_path) as other:
            kept = remembered(store, *(outcome() for _ in range(4)), vector=direction(0))
            remembered(store, outcome("victor"), heuristic(), vector=direction(0))
            mine = reach("helena", "victor", kinds=("outcome",))
            with other.reading() as now:
                assert [one.age for one in now.nearest(mine, direction(0), limit=9)] == [0, 0, 1, 2, 3]
            with store.writing() as ledger:
                _forget(kept[1])(ledger)
                _forget(kept[3])(ledger)
            for each in (store, other):
                with each.reading() as now:
                    found = now.nearest(mine, direction(0), limit=9)
                    assert [(one.memory.id, one.age) for one in found][1:] == [
                        (kept[2].id, 0),
                        (kept[0].id, 1),
                    ]
                    assert now.nominee(kept[0], cosine=0.5) == Nominee(memory=kept[0], cosine=0.5, age=1)
                    assert {one.age for one in now.by_words(mine, ["login"], limit=9)} == {0, 1}
                    assert {one.age for one in now.signed(mine, indexing.keys(kept[0]), limit=9)} == {0, 1}

    def test_a_key_is_taken_once(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            (first,) = remembered(store, outcome(key="once"), vector=direction(0))
            refused(Conflict, lambda: remembered(store, outcome(key="once")))
            with store.reading() as now:
                assert now.keyed("once") == first
                assert now.keyed("twice") is None
                assert (now.size(reach()), now.head()) == (1, first.seq)

    def test_an_id_is_taken_once(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            (first,) = remembered(store, heuristic())
            refused(Conflict, lambda: remembered(store, first))
            with store.reading() as now:
                assert now.size(reach()) == 1

    def test_a_vector_of_another_size_is_refused(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            remembered(store, outcome(), vector=direction(0))
            error = refused(InvalidInput, lambda: remembered(store, outcome(), vector=b"\x01" * 7))
            assert error.field == "vector"
            with store.reading() as now:
                assert len(now.nearest(reach(), direction(0), limit=5)) == 1

    def test_a_transaction_that_fails_leaves_nothing(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            fill(store)
            with store.reading() as now:
                before = everything_said(now)

            def half() -> None:
                with store.writing() as ledger:
                    ledger.remember(outcome(), vector=direction(0))
                    ledger.nearest(reach(), direction(0), limit=5)
                    ledger.save(_state("deploy", {}))
                    raise InterruptedError

            refused(InterruptedError, half)
            with store.reading() as now:
                assert everything_said(now) == before

    # -- finding by meaning -------------------------------------------------------------------------------------

    def test_the_nearest_come_best_first_with_their_cosine(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            kept = [remembered(store, outcome(), vector=direction(turn))[0] for turn in (60, 0, 30, 120)]
            with store.reading() as now:
                found = now.nearest(reach(), direction(0), limit=3)
        assert ids(found) == ids([kept[1], kept[2], kept[0]])
        assert [round(one.cosine or 0, 2) for one in found] == [1.0, 0.87, 0.5]
        assert [one.age for one in found] == [2, 1, 3]

    def test_a_cosine_is_never_below_zero(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            remembered(store, outcome(), vector=direction(180))
            with store.reading() as now:
                assert [one.cosine for one in now.nearest(reach(), direction(0), limit=3)] == [0.0]

    def test_ties_go_to_the_newest(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            kept = [remembered(store, outcome(), vector=direction(5))[0] for _ in range(12)]
            with store.reading() as now:
                assert ids(now.nearest(reach(), direction(0), limit=4)) == ids(kept[:-5:-1])

    def test_a_quiet_agent_finds_its_own_among_thousands_of_nearer_ones(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            mine = remembered(store, outcome("quiet"), vector=direction(40))
            remembered(store, *(outcome("loud") for _ in range(5000)), vector=direction(0))
            with store.reading() as now:
                assert ids(now.nearest(reach("quiet"), direction(0), limit=5)) == ids(mine)
                assert ids(now.by_words(reach("quiet"), ["login"], limit=5)) == ids(mine)
                assert ids(now.newest(reach("quiet"), before=None, limit=5)) == ids(mine)
                assert ids(now.signed(reach("quiet"), indexing.keys(mine[0]), limit=5)) == ids(mine)

    def test_kind_domain_and_time_narrow_before_the_limit(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            early = remembered(store, outcome(domain="rare.corner"), vector=direction(50))
            rule = remembered(store, heuristic(domain="testing", condition="login"), vector=direction(50))
            remembered(store, *(outcome(domain="testing") for _ in range(300)), vector=direction(0))
            for narrowed, wanted in (
                (reach(domains=("rare",)), early),
                (reach(kinds=("heuristic",)), rule),
                (reach(upto=early[0].seq), early),
                (reach(agent=Agent("helena", cannot_learn=("testing",))), early),
            ):
                with store.reading() as now:
                    assert ids(now.nearest(narrowed, direction(0), limit=3)) == ids(wanted)
                    assert ids(now.by_words(narrowed, ["login"], limit=3)) == ids(wanted)
                    assert ids(now.newest(narrowed, before=None, limit=3)) == ids(wanted)

    def test_one_unverified_origin_takes_no_more_than_its_places(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            quiet = remembered(store, outcome(origin="b", source=WORD), vector=direction(30))
            sure = remembered(store, *(outcome(origin="c") for _ in range(4)), vector=direction(20))
            burst = remembered(
                store, *(outcome(origin="a", source=WORD) for _ in range(50)), vector=direction(0)
            )
            with store.reading() as now:
                found = now.nearest(reach(), direction(0), limit=20, per_origin=2)
        assert ids(found) == ids([*burst[:-3:-1], *sure[::-1], *quiet])

    def test_one_unverified_origin_takes_no_more_places_where_it_wrote_for_several_agents(
        self, tmp_path: Path
    ) -> None:
        mine = reach("helena", "victor", "senior")
        with self.opened(tmp_path) as store:
            sure = remembered(store, outcome(), vector=direction(30))
            for agent in ("helena", "victor", "senior"):
                remembered(
                    store, *(outcome(agent, origin="a", source=WORD) for _ in range(5)), vector=direction(0)
                )
            with store.reading() as now:
                found = now.nearest(mine, direction(0), limit=3, per_origin=2)
        assert [one.memory.origin for one in found] == ["a", "a", sure[0].origin]

    # -- finding by words ---------------------------------------------------------------------------------------

    def test_a_rare_word_tells_more_than_a_common_one(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            remembered(store, *(outcome(task=f"check form number{n}") for n in range(20)))
            rare = remembered(store, outcome(task="check zebra"))
            remembered(store, *(outcome(task=f"check form number{n}") for n in range(20, 40)))
            with store.reading() as now:
                found = now.by_words(reach(), ["form", "zebra"], limit=5)
                assert ids(found)[0] == rare[0].id
                assert len(found) == 5
                assert all(one.cosine is None for one in found)
                assert now.by_words(reach(), [], limit=5) == []
                assert now.by_words(reach(), ["unheard"], limit=5) == []

    def test_what_nobody_saw_hides_nothing_that_was_seen_when_found_by_words(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            sure = remembered(store, outcome(task="check form"))
            planted = [outcome(task="check form zebra", origin="a", source=WORD) for _ in range(600)]
            remembered(store, *planted)
            with store.reading() as now:
                found = now.by_words(reach(), ["form", "zebra"], limit=3, per_origin=2)
                assert [one.memory.origin for one in found] == [sure[0].origin, "a", "a"]

    def test_vectorless_leaves_out_what_has_a_vector(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            remembered(store, outcome(), vector=direction(0))
            bare = remembered(store, outcome())
            with store.reading() as now:
                assert ids(now.by_words(reach(), ["login"], limit=5, vectorless=True)) == ids(bare)
                assert len(now.by_words(reach(), ["login"], limit=5)) == 2

    def test_a_document_is_what_follows_in_one_origin(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            one, two, three, alone = remembered(
                store, *(knowledge(origin=origin) for origin in ("letter", "letter", "letter", "call"))
            )
            other, between, last = remembered(
                store,
                knowledge("victor", origin="letter"),
                heuristic(origin="call"),
                knowledge(origin="call"),
            )
            with store.reading() as now:
                seqs = [one.seq, two.seq, alone.seq, other.seq, between.seq]
                pairs = [(one.seq, two), (two.seq, one), (two.seq, three), (alone.seq, last)]
                assert now.beside(reach("helena", "victor"), seqs) == pairs
                assert now.beside(reach(upto=two.seq), seqs) == pairs[:2]
                assert now.beside(reach(domains=("elsewhere",)), seqs) == []
                assert now.beside(reach(), []) == []
            with store.writing() as ledger:
                ledger.forget([two], event(events.FORGOTTEN, about=two.id))
            with store.reading() as now:
                assert now.beside(reach(), [one.seq]) == [(one.seq, three)]

    def test_cosines_are_those_that_a_search_finds(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            near, far = remembered(store, knowledge(), heuristic(), vector=direction(0))
            [across] = remembered(store, knowledge(), vector=direction(1))
            [bare] = remembered(store, knowledge())
            with store.reading() as now:
                found = now.cosines([near, far, across, bare], direction(0))
                assert found == {
                    one.memory.seq: one.cosine for one in now.nearest(reach(), direction(0), limit=9)
                }
                assert found[near.seq] == 1.0
                assert now.cosines([bare], direction(0)) == {}
                assert now.cosines([], direction(0)) == {}

    def test_what_others_remember_changes_no_answer_by_words(self, tmp_path: Path) -> None:
        reader = Agent("helena", cannot_learn=("backend",))
        mine = reach("helena", "senior", agent=reader)
        with self.opened(tmp_path) as store, self.opened(tmp_path, "other") as elsewhere:
            remembered(store, *(outcome(task="alpha beta") for _ in range(3)), outcome(task="beta"))
            remembered(
                store, *(outcome(task="alpha") for _ in range(2)), outcome("senior", task="beta gamma")
            )
            with store.reading() as now:
                before = ids(now.by_words(mine, ["alpha", "beta"], limit=20))
            remembered(store, *(outcome("loud", task="beta") for _ in range(50)))
            remembered(store, *(outcome("senior", task="beta", domain="backend") for _ in range(50)))
            remembered(elsewhere, *(outcome(task="beta") for _ in range(50)))
            with store.reading() as now:
                assert ids(now.by_words(mine, ["alpha", "beta"], limit=20)) == before

    def test_an_agent_may_have_hundreds_of_domains(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            remembered(store, *(outcome(domain=f"domain{n}") for n in range(400)), vector=direction(0))
            with store.reading() as now:
                assert len(now.by_words(reach(), ["login"], limit=500)) == 400
                assert len(now.nearest(reach(), direction(0), limit=500)) == 400
                assert len(now.newest(reach(), before=None, limit=500)) == 400

    def test_any_letter_of_any_script_may_be_looked_for(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            remembered(store, outcome(task="login"))
            letters = [chr(code) for code in range(0xA0, 0x32000) if chr(code).isalnum()]
            with store.reading() as now:
                for start in range(0, len(letters), 400):
                    terms = indexing.terms_of(" ".join(f"x{one}y" for one in letters[start : start + 400]))
                    assert now.by_words(reach(), terms, limit=1) == []

    def test_a_word_of_a_new_script_is_found_again(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            kept = remembered(store, outcome(task="𞤀𞤣𞤤𞤢𞤥 𞤀𞤣𞤤𞤢𞤥x"))
            terms = indexing.terms(kept[0])
            with store.reading() as now:
                assert ids(now.by_words(reach(), terms, limit=1)) == ids(kept)

    # -- finding by key and by place ----------------------------------------------------------------------------

    def test_signatures_are_found_by_exact_key_newest_first(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            one, two, _ = remembered(store, anti_pattern(), anti_pattern(), anti_pattern(triggers=("eval(",)))
            keys = indexing.action_keys(("sleep(",))
            with store.reading() as now:
                assert ids(now.signed(reach(), keys, limit=5)) == [two.id, one.id]
                assert ids(now.signed(reach(), keys, limit=1)) == [two.id]
                assert now.signed(reach("victor"), keys, limit=5) == []
                assert now.signed(reach(), [], limit=5) == []

    def test_newest_pages_backwards_by_number(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            kept = remembered(store, *(heuristic() for _ in range(5)))
            with store.reading() as now:
                page = now.newest(reach(), before=None, limit=2)
                assert ids(page) == ids(kept[:-3:-1])
                assert ids(now.newest(reach(), before=page[-1].seq, limit=9)) == ids(kept[2::-1])

    def test_matching_takes_every_filter_at_once(self, tmp_path: Path) -> None:
        late = NOON + timedelta(days=1)
        with self.opened(tmp_path) as store:
            one, two, three, four = remembered(
                store,
                outcome(origin="import:a", source=WORD),
                outcome(origin="import:a"),
                outcome("victor", origin="import:a", source=WORD),
                heuristic(origin="import:b", source=WORD, created_at=late),
            )
            for wanted, filters in (
                ([one, two, three], {"origin": "import:a"}),
                ([one, three, four], {"source": WORD}),
                ([one, three], {"source": WORD, "origin": "import:a"}),
                ([three], {"agent": "victor"}),
                ([one, two, three], {"before": late}),
                ([one], {"agent": "helena", "source": WORD, "before": late, "origin": "import:a"}),
            ):
                given = {"agent": None, "origin": None, "source": None, "before": None, **filters}
                with store.reading() as now:
                    assert ids(now.matching(**given)) == ids(wanted)  # type: ignore[arg-type]

    def test_a_workflow_knows_its_own_outcomes(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            one, _, two = remembered(store, outcome(workflow_id="w"), outcome(), outcome(workflow_id="w"))
            with store.reading() as now:
                assert ids(now.of_workflow(reach(), "w", limit=5)) == [two.id, one.id]
                assert now.of_workflow(reach("victor"), "w", limit=5) == []

    # -- changing one's mind ------------------------------------------------------------------------------------

    def test_what_is_forgotten_is_gone_from_every_index_at_once_and_for_everyone(
        self, tmp_path: Path
    ) -> None:
        with self.opened(tmp_path) as store, self.opened(tmp_path) as other:
            gone, stays = remembered(store, outcome(), outcome(task="Something else"), vector=direction(0))
            for each in (store, other):
                with each.reading() as now:
                    assert gone.id in ids(now.nearest(reach(), direction(0), limit=5))
            with store.writing() as ledger:
                ledger.forget([gone], event(events.FORGOTTEN, about=gone.id, reason="no"))
                assert gone.id not in ids(ledger.nearest(reach(), direction(0), limit=5))
            for each in (store, other):
                with each.reading() as now:
                    assert ids(now.nearest(reach(), direction(0), limit=5)) == [stays.id]
                    assert now.by_words(reach(), ["login"], limit=5) == []
                    assert gone.id not in ids(now.signed(reach(), indexing.keys(gone), limit=5))
                    assert ids(now.newest(reach(), before=None, limit=5)) == [stays.id]
                    assert ids(now.matching(agent=None, origin=None, source=None, before=None)) == [stays.id]
                    assert now.size(reach()) == 1
                    found = now.find(gone.id)
                    assert found is not None
                    assert found.forgotten
                    assert now.forgotten(gone.id) == {gone.id: VERIFIED}
                    assert now.stats().forgotten == 1

    def test_what_is_restored_is_back_in_every_index_for_everyone(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store, self.opened(tmp_path) as other:
            kept = remembered(store, outcome(), vector=direction(0))
            remembered(store, outcome(task="日本語"))
            with store.reading() as now:
                before = [everything_said(now)[place] for place in (2, 3, 4, 6, 7, 10, 13)]
            with store.writing() as ledger:
                ledger.forget(kept, event(events.FORGOTTEN, about=kept[0].id))
            with other.reading() as now:
                assert now.nearest(reach(), direction(0), limit=5) == []
            with store.writing() as ledger:
                ledger.restore(kept[:1], event(events.RESTORED, about=kept[0].id), vectors=[direction(0)])
            for each in (store, other):
                with each.reading() as now:
                    assert [everything_said(now)[place] for place in (2, 3, 4, 6, 7, 10, 13)] == before

    def test_restoring_or_forgetting_twice_counts_once(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            one, two = remembered(store, outcome(), outcome(task="日本語"))
            for act in (_restore(one), _forget(two), _forget(two)):
                with suppress(Conflict), store.writing() as ledger:
                    act(ledger)
            with store.reading() as now:
                assert now.size(reach()) == 1
                assert ids(now.by_words(reach(), ["login"], limit=5)) == [one.id]
                assert now.forgotten(two.id) == {two.id: VERIFIED}
            for _ in range(2):
                with suppress(Conflict), store.writing() as ledger:
                    _restore(two)(ledger)
            with store.reading() as now:
                assert now.size(reach()) == 2
                assert now.stats().forgotten == 0

    def test_what_was_purged_cannot_be_restored(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            (gone,) = remembered(store, outcome(), vector=direction(0))
            with store.writing() as ledger:
                _forget(gone)(ledger)
                ledger.purge(event(events.PURGED), before=None)

            def restored() -> None:
                with store.writing() as ledger:
                    _restore(gone)(ledger)

            refused(Conflict, restored)
            with store.reading() as now:
                assert now.size(reach()) == 0
                assert now.nearest(reach(), direction(0), limit=5) == []

    def test_new_words_replace_the_old_ones_in_every_index(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store, self.opened(tmp_path) as other:
            old, _ = remembered(store, anti_pattern(), anti_pattern(pattern="eval"), vector=direction(0))
            with other.reading() as now:
                assert len(now.nearest(reach(), direction(0), limit=5)) == 2
            new = replace(old, pattern="Polling with cron", triggers=("cron(",))
            with store.writing() as ledger:
                said = event(events.REVISED, about=old.id, was={"pattern": "Using sleep() for waits"})
                ledger.rewrite(new, said, vector=direction(90))
            for each in (store, other):
                with each.reading() as now:
                    assert ids(now.by_words(reach(), ["cron"], limit=5)) == [old.id]
                    assert old.id not in ids(now.by_words(reach(), ["sleep"], limit=5))
                    assert ids(now.signed(reach(), indexing.action_keys(("cron(",)), limit=5)) == [old.id]
                    found = now.nearest(reach(), direction(90), limit=5)
                    assert (found[0].memory, found[0].cosine) == (new, 1.0)
                    assert len(found) == now.size(reach()) == 2
                    assert [one.details["was"] for one in now.history(old.id)] == [
                        {"pattern": "Using sleep() for waits"}
                    ]

    def test_earlier_words_come_latest_first_and_only_those_after_the_moment(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            (kept,) = remembered(store, heuristic())
            seqs = []
            for words in ("first", "second"):
                with store.writing() as ledger:
                    said = event(events.REVISED, about=kept.id, was={"strategy": words})
                    ledger.rewrite(replace(kept, strategy=f"after {words}"), said, vector=None)
                    seqs.append(ledger.head())
            with store.reading() as now:
                found = now.reworded([kept.id, "h-aaaaaaaaaa"], after=kept.seq)
                assert [one.seq for one in found[kept.id]] == seqs[::-1]
                assert [one.seq for one in now.reworded([kept.id], after=seqs[0])[kept.id]] == seqs[1:]
                assert now.reworded([kept.id], after=seqs[1]) == {}

    def test_what_is_forgotten_together_is_found_by_the_number_of_its_event(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            one, two, three = remembered(store, outcome(), heuristic(), outcome())
            with store.writing() as ledger:
                ledger.forget([one, two], event(events.FORGOTTEN))
                swept = ledger.head()
                ledger.forget([three], event(events.FORGOTTEN, about=three.id))
            with store.reading() as now:
                assert now.forgotten(str(swept)) == {one.id: VERIFIED, two.id: VERIFIED}
                assert [found.seq for found in now.sweeps(one.id)] == [swept]
                assert now.sweeps(three.id) == []
                assert now.forgotten("999999") == {}
            with store.writing() as ledger:
                ledger.restore([one], event(events.RESTORED, about=one.id), vectors=[None])
            with store.reading() as now:
                assert now.forgotten(str(swept)) == {two.id: VERIFIED}
                assert [found.seq for found in now.sweeps(one.id)] == [swept]

    def test_forgotten_outcomes_come_newest_first_until_they_are_purged(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            kept = remembered(store, outcome(), heuristic(), outcome(), outcome("victor"), outcome())
            for one in (kept[0], kept[1], kept[3], kept[2]):
                with store.writing() as ledger:
                    _forget(one)(ledger)
            with store.reading() as now:
                assert list(now.forgotten_outcomes(agents=None)) == [kept[3], kept[2], kept[0]]
                assert list(now.forgotten_outcomes(agents=["helena", "nobody"])) == [kept[2], kept[0]]
                assert list(now.forgotten_outcomes(agents=[])) == []
            with store.writing() as ledger:
                _restore(kept[0])(ledger)
                ledger.purge(event(events.PURGED), before=None)
                assert list(ledger.forgotten_outcomes(agents=None)) == []

    def test_the_oldest_outcomes_of_an_agent_come_first_and_nothing_else(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            kept = remembered(
                store, outcome(), heuristic(), outcome(source=WORD), outcome(), outcome(agent="victor")
            )
            with store.writing() as ledger:
                ledger.forget([kept[3]], event(events.FORGOTTEN, about=kept[3].id))
            with store.reading() as now:
                assert now.oldest("helena", limit=9, sources=SOURCES) == [kept[0], kept[2]]
                assert now.oldest("helena", limit=1, sources=SOURCES) == [kept[0]]
                assert now.oldest("helena", limit=9, sources=[WORD]) == [kept[2]]
                assert now.oldest("helena", limit=9, sources=SOURCES, stated=True) == [kept[1]]
                assert now.oldest("helena", limit=9, sources=[WORD], stated=True) == []
                assert now.oldest("nobody", limit=9, sources=SOURCES) == []
                assert now.count("helena", sources=SOURCES) == 3
                assert now.count("helena", sources=[WORD]) == 1

    def test_a_forgotten_memory_cannot_be_reworded(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            kept = remembered(store, heuristic())
            with store.writing() as ledger:
                ledger.forget(kept, event(events.FORGOTTEN, about=kept[0].id))

            def reworded() -> None:
                with store.writing() as ledger:
                    ledger.rewrite(kept[0], event(events.REVISED, about=kept[0].id), vector=None)

            refused(Conflict, reworded)

    def test_what_has_no_vector_gets_one_later_in_the_domain_that_it_means(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store, self.opened(tmp_path) as other:
            [first] = remembered(store, outcome(), vector=direction(0))
            [late] = remembered(store, outcome(task="Test the sign-in form"))
            with other.reading() as now:
                assert ids(now.nearest(reach(), direction(5), limit=5)) == [first.id]
                assert ids(now.vectorless(after=0, limit=5)) == [late.id]
                assert now.vectorless(after=late.seq, limit=5) == []
            with store.writing() as ledger:
                sorted_ = replace(late, domain="signing_in")
                ledger.embed([sorted_], event(events.EMBEDDED), vectors=[direction(5)])
            within = reach(domains=("signing_in",))
            for each in (store, other):
                with each.reading() as now:
                    assert ids(now.nearest(reach(), direction(5), limit=5)) == [late.id, first.id]
                    assert ids(now.nearest(within, direction(0), limit=5)) == [late.id]
                    assert now.size(within) == 1
                    assert now.by_words(within, ["sign"], limit=5, vectorless=True) == []
                    assert now.vectorless(after=0, limit=5) == []

    def test_purging_removes_what_was_forgotten_before_a_time_and_nothing_else(self, tmp_path: Path) -> None:
        late = NOON + timedelta(days=2)
        with self.opened(tmp_path) as store:
            one, two, three = remembered(store, outcome(), heuristic(), knowledge(), vector=direction(0))
            with store.writing() as ledger:
                ledger.forget([one], event(events.FORGOTTEN, about=one.id))
                ledger.forget([two], event(events.FORGOTTEN, about=two.id, at=late))
                assert "Test the login form" in ledger.forgotten_texts(before=late)
                assert "A form submits slowly" not in ledger.forgotten_texts(before=late)
                assert ledger.purge(event(events.PURGED), before=late) == [one.id]
            store.scrub(["Test the login form"])
            with store.reading() as now:
                assert now.find(one.id) is None
                assert now.find(two.id) is not None
                assert now.find(three.id) is not None
                assert now.stats().forgotten == 1

    # -- moments and projects -----------------------------------------------------------------------------------

    def test_a_snapshot_sees_nothing_of_what_others_write_meanwhile(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store, self.opened(tmp_path) as other:
            kept = fill(store)
            with store.reading() as now:
                before = everything_said(now)
                remembered(other, outcome(), anti_pattern(), vector=direction(0))
                with other.writing() as ledger:
                    ledger.forget(kept[:1], event(events.FORGOTTEN, about=kept[0].id))
                    ledger.save(_state("deploy", {"step": 3}))
                assert everything_said(now) == before
            with store.reading() as now, other.reading() as there:
                assert everything_said(now) == everything_said(there) != before

    def test_what_one_handle_writes_the_next_snapshot_of_another_sees(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store, self.opened(tmp_path) as other:
            for size in range(1, 20):
                remembered(store if size % 2 else other, outcome(), vector=direction(size))
                for each in (store, other):
                    with each.reading() as now:
                        assert len(now.nearest(reach(), direction(0), limit=50)) == size

    def test_nothing_crosses_from_one_project_into_another(self, tmp_path: Path) -> None:
        with self.opened(tmp_path, "empty") as empty, self.opened(tmp_path) as store:
            with empty.reading() as now:
                nothing = everything_said(now)
            kept = fill(store)
            with empty.reading() as now:
                assert everything_said(now) == nothing
                assert all(now.find(one.id) is None and now.history(one.id) == [] for one in kept)
                assert now.forgotten(kept[0].id) == {}
            with store.reading() as now:
                before = everything_said(now)
            fill(empty)
            with empty.writing() as ledger:
                ledger.purge(event(events.PURGED), before=None)
            with store.reading() as now:
                assert everything_said(now) == before

    def test_the_number_of_a_time_is_that_of_the_last_event_until_then(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            one, two = (
                remembered(store, heuristic(created_at=NOON + timedelta(hours=hour)))[0] for hour in (0, 2)
            )
            with store.reading() as now:
                assert now.head_at(NOON - timedelta(hours=1)) == 0
                assert now.head_at(NOON + timedelta(hours=1)) == one.seq
                assert now.head_at(NOON + timedelta(hours=2)) == two.seq

    # -- the ledger ---------------------------------------------------------------------------------------------

    def test_events_come_in_order_with_all_they_say(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            with store.writing() as ledger:
                noted = [ledger.note(event(about=f"o-{n}", note=f"ü {n}", deep={"n": [n]})) for n in range(5)]
            with store.reading() as now:
                assert now.events(after=0, limit=10) == noted
                assert now.events(after=noted[1].seq, limit=2) == noted[2:4]
                assert now.events(after=None, limit=2) == noted[3:]
                assert now.history("o-3") == [noted[3]]
                assert now.events(after=None, limit=9, agents=["victor"]) == []
                assert now.events(after=0, limit=2, agents=["victor", "helena"]) == noted[:2]

    def test_joints_come_in_order_in_the_words_of_both(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            one, two = remembered(store, outcome(strategy="waits"), outcome(strategy="explicit pauses"))
            with store.writing() as ledger:
                ledger.note(event(events.JOINED, about=one.id, other=two.id, same=True))
                ledger.note(event(events.JOINED, about=two.id, other=one.id, same=False))
            with store.reading() as now:
                assert [(j.one, j.other, j.same) for j in now.joints()] == [
                    ("waits", "explicit pauses", True),
                    ("explicit pauses", "waits", False),
                ]

    def test_settings_are_kept(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            with store.writing() as ledger:
                ledger.set("embedder", "one")
                ledger.set("embedder", "two")
            with store.reading() as now:
                assert (now.setting("embedder"), now.setting("other")) == ("two", None)

    # -- workflows ----------------------------------------------------------------------------------------------

    def test_checkpoints_are_numbered_from_one_and_all_are_kept(self, tmp_path: Path) -> None:
        state = {
            "text": 'ü 🙂 \\ " \n',
            "deep": [[[{"n": None}]]],
            "big": 2**60,
            "small": 1e-300,
            "yes": True,
        }
        with self.opened(tmp_path) as store:
            with store.writing() as ledger:
                assert [ledger.save(_state("deploy", each)).version for each in (None, state)] == [1, 2]
                assert ledger.save(_state("other", 1)).version == 1
            with store.reading() as now:
                latest, first = now.checkpoint("deploy", None), now.checkpoint("deploy", 1)
                assert latest is not None
                assert first is not None
                assert (latest.version, latest.state, latest.created_at) == (2, state, NOON)
                assert first.state is None
                assert now.checkpoint("deploy", 3) is None

    def test_workflows_are_listed_latest_first_at_their_latest_version(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            with store.writing() as ledger:
                ledger.save(_state("one", 1))
                ledger.save(_state("two", 1, agent="victor"))
                ledger.save(_state("one", 2))
                ledger.finish("two", "failed", event(events.FINISHED))
            with store.reading() as now:
                found = now.workflows(agent=None, status=None)
                assert [(w.workflow_id, w.version, w.status) for w in found] == [
                    ("two", 1, "failed"),
                    ("one", 2, "open"),
                ]
                assert [w.workflow_id for w in now.workflows(agent="victor", status=None)] == ["two"]
                assert [w.workflow_id for w in now.workflows(agent=None, status="open")] == ["one"]

    def test_a_workflow_that_is_dropped_is_gone_with_its_checkpoints_within_its_project(
        self, tmp_path: Path
    ) -> None:
        with self.opened(tmp_path) as store, self.opened(tmp_path, project="other") as other:
            for each in (store, other):
                with each.writing() as ledger:
                    ledger.save(_state("one", 1))
                    ledger.save(_state("one", 2))
                    ledger.save(_state("two", 1))
            with store.writing() as ledger:
                ledger.drop("one")
                ledger.drop("never there")
            with store.reading() as now:
                assert [w.workflow_id for w in now.workflows(agent=None, status=None)] == ["two"]
                assert now.checkpoint("one", None) is None
                assert now.checkpoint("one", 1) is None
            with other.reading() as now:
                assert len(now.workflows(agent=None, status=None)) == 2
            with store.writing() as ledger:
                assert ledger.save(_state("one", 3)).version == 1

    # -- sessions -----------------------------------------------------------------------------------------------

    def test_a_session_is_kept_replaced_and_let_go_within_its_project(self, tmp_path: Path) -> None:
        state = {"task": 'ü 🙂 \\ " \n', "shown": ["a-1"], "deep": {"n": None}}
        with self.opened(tmp_path) as store, self.opened(tmp_path, project="other") as other:
            with store.writing() as ledger:
                ledger.keep_session("s", {"task": "first"}, at=NOON)
                ledger.keep_session("s", state, at=NOON)
                ledger.keep_session("t", {}, at=NOON)
            with store.reading() as now:
                assert (now.session("s"), now.session("t"), now.session("u")) == (state, {}, None)
                assert now.head() == 0
            with other.writing() as ledger:
                assert ledger.session("s") is None
                ledger.end_session("s")
            with store.writing() as ledger:
                ledger.end_session("s")
                ledger.end_session("never there")
            with store.reading() as now:
                assert (now.session("s"), now.session("t")) == (None, {})

    def test_old_sessions_are_let_go_and_of_many_the_latest_stay(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            with store.writing() as ledger:
                for hours in range(6):
                    ledger.keep_session(f"s{hours}", {"hours": hours}, at=NOON - timedelta(hours=hours))
                ledger.prune_sessions(before=NOON - timedelta(hours=3), most=10)
            with store.reading() as now:
                assert [now.session(f"s{hours}") is not None for hours in range(6)] == [True] * 4 + [
                    False
                ] * 2
            with store.writing() as ledger:
                ledger.prune_sessions(before=NOON - timedelta(hours=3), most=2)
            with store.reading() as now:
                assert [now.session(f"s{hours}") is not None for hours in range(4)] == [True] * 2 + [
                    False
                ] * 2

    def test_a_purge_lets_go_of_every_session_of_the_project(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store, self.opened(tmp_path, project="other") as other:
            for one in (store, other):
                with one.writing() as ledger:
                    ledger.keep_session("s", {"task": "x"}, at=NOON)
            with store.writing() as ledger:
                ledger.purge(event(events.PURGED), before=None)
            with store.reading() as now, other.reading() as theirs:
                assert (now.session("s"), theirs.session("s")) == (None, {"task": "x"})

    # -- moving -------------------------------------------------------------------------------------------------

    def test_what_is_written_out_and_taken_in_answers_the_same(self, tmp_path: Path) -> None:
        there = tmp_path / "there"
        there.mkdir()
        with self.opened(tmp_path) as store, self.opened(there) as copy:
            fill(store)
            with store.reading() as now:
                written, said = list(now.records()), everything_said(now)
            with copy.writing() as ledger:
                assert ledger.load(written) == 8
            with copy.reading() as now:
                assert everything_said(now) == said
            (after,) = remembered(store, outcome())
            assert remembered(copy, outcome())[0].seq == after.seq

    def test_taking_in_is_all_or_nothing(self, tmp_path: Path) -> None:
        there = tmp_path / "there"
        there.mkdir()
        with self.opened(tmp_path) as store, self.opened(there) as copy:
            fill(store)
            with store.reading() as now:
                written = list(now.records())

            def broken() -> Iterator[Mapping[str, object]]:
                yield from written
                raise InterruptedError

            def load() -> None:
                with copy.writing() as ledger:
                    ledger.load(broken())

            refused(InterruptedError, load)
            with copy.reading() as now:
                assert (now.head(), list(now.records())) == (0, [])

    def test_a_backup_is_a_copy_and_never_replaces_a_file(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            fill(store)
            store.backup(str(tmp_path / "copy"))
            size = (tmp_path / "copy").stat().st_size
            assert size > 0
            refused(Conflict, lambda: store.backup(str(tmp_path / "copy")))
            assert (tmp_path / "copy").stat().st_size == size
            assert [one.name for one in tmp_path.iterdir() if one.name.startswith("copy")] == ["copy"]

    def test_closing_twice_is_harmless(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as store:
            store.close()
            store.close()

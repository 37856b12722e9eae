"""The verbs. Each is three moves: read, decide with a rule that knows no store, write events."""

from __future__ import annotations

import os
import re
from base64 import b32encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alma import plugins
from alma.config.loading import load
from alma.config.places import make_folder
from alma.config.value import Config
from alma.domain import ledger as events
from alma.domain import workflow as workflows
from alma.domain.action import Action
from alma.domain.door import Door
from alma.domain.errors import Conflict, InvalidInput, MemoryNotFound, ScopeError, WorkflowNotFound
from alma.domain.ledger import Event, Stats
from alma.domain.memory import (
    IMPORT,
    KINDS,
    STATED_KINDS,
    WORD,
    AntiPattern,
    Heuristic,
    Knowledge,
    Memory,
    Outcome,
    Preference,
    text_of,
    user_owner,
)
from alma.domain.reach import Kept, Nominee, Reach
from alma.domain.recall import Caution, Explanation, Learned, Recall, Similar
from alma.domain.scope import Agent, View
from alma.domain.workflow import Checkpoint, Workflow
from alma.meaning import Meaning
from alma.rules import (
    beliefs,
    cautions,
    evidence,
    explaining,
    facts,
    indexing,
    listing,
    prompt,
    ranking,
    signatures,
    sorting,
    strategies,
    transfer,
    trust,
    writing,
)
from alma.rules.grouping import grouping
from alma.store import files, rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import Self, TypeVar

    from alma.rules.ranking import Neighbourhood
    from alma.rules.sorting import Admission
    from alma.store.protocol import Ledger, Snapshot, Store

    M = TypeVar("M", bound=Memory)

STATED_NOMINEES = 50
SIGNED_NOMINEES = 200
WORKFLOW_NOMINEES = 50
MOST_LISTED = 1000
MOST_TERMS = 64
SIGNALS = ("used", "helpful", "harmful", "wrong", "same", "not_same")
REVISABLE = {
    "heuristic": ("condition", "strategy"),
    "anti_pattern": ("pattern", "why_bad", "better_alternative", "triggers"),
    "knowledge": ("fact", "valid_from", "valid_to"),
    "preference": ("preference", "category"),
}
_ID = re.compile(r"(?:b-o|[ohakp])-[a-z2-7]{10}|u-[0-9a-f]{12}")


class ALMA:
    """The memory of one project, opened with `ALMA.open` or `ALMA.from_config`. Several threads may share it."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        door: Door | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        meaning: Meaning | None = None,
    ) -> None:
        self._config = config
        self._scopes = config.scopes
        self._store = store
        self._door = door or Door()
        self._clock = clock
        self._meaning = meaning or Meaning(config.embedder, config.scopes.domains)

    @classmethod
    def open(
        cls,
        store: str | None = None,
        *,
        project: str | None = None,
        agents: Mapping[str, Agent | Mapping[str, object]] | None = None,
        config: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Open the memory of a project: the nearest `.alma/` upwards, else a new one here.

        `store` is a URL such as `sqlite:///.alma/alma.db`; `agents` are scopes as in the configuration file;
        `config` names such a file. Raises ConfigError, Untrusted, InvalidInput, StoreError.
        """
        return cls._opened(load(config, store=store, project=project, agents=agents))

    @classmethod
    def from_config(cls, path: str | os.PathLike[str]) -> Self:
        """Open the memory that a configuration file describes. Raises ConfigError, InvalidInput, StoreError."""
        return cls._opened(load(path))

    @classmethod
    def _opened(cls, config: Config, *, door: Door | None = None) -> Self:
        if config.folder is not None and config.database is not None:
            inside = os.path.join(config.folder, ".alma") + os.sep
            if config.database.startswith(inside) and not os.path.exists(config.database):
                make_folder(config.folder)
        store = plugins.store(config.store_url, config.project, fallback_project=config.default_project)
        return cls(config, store, door=door)

    def at(self, door: Door) -> ALMA:
        """The same memory seen from a door: who comes through it is bound to its agents, source and origin."""
        return ALMA(self._config, self._store, door=door, clock=self._clock, meaning=self._meaning)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- before -------------------------------------------------------------------------------------------------

    def retrieve(
        self,
        task: str,
        *,
        agent: str,
        user: str | None = None,
        strategies: Sequence[str] | None = None,
        top_k: int = 5,
        domains: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
        as_of: datetime | None = None,
    ) -> Recall:
        """What is known before a task. Writes nothing, so it works on a read-only disk.

        `top_k` is for each kind. With `strategies`, `.advice` ranks exactly these, in the caller's own words.
        `domains` and `kinds` narrow; `as_of` asks what was known, and which facts held, at that time. An agent
        that is not in `domains=` by its scope gets nothing from there. Raises InvalidInput, ScopeError (unknown
        agent where agents are strict), EmbedderMismatch, StoreError.
        """
        task = writing.text("task", task)
        view = self._view(agent)
        top_k = writing.whole("top_k", top_k, least=1, most=MOST_LISTED)
        wanted = _kinds(kinds)
        user = writing.name("user", user) if user is not None else None
        named = [writing.name("domains", one) for one in domains] if domains is not None else None
        given = None if strategies is None else [_strategy(one) for one in strategies]
        at = writing.moment("as_of", as_of)
        vector = self._meaning.vector(task)
        with self._store.reading() as now:
            return self._recall(
                now,
                task,
                view,
                vector=vector,
                user=user,
                given=given,
                top_k=top_k,
                domains=named,
                kinds=wanted,
                at=at,
            )

    def _recall(
        self,
        now: Snapshot,
        task: str,
        view: View,
        *,
        vector: bytes | None,
        user: str | None = None,
        given: Sequence[str] | None = None,
        top_k: int = 5,
        domains: Sequence[str] | None = None,
        kinds: tuple[str, ...] = tuple(KINDS),
        at: datetime | None = None,
        first: Sequence[Nominee] = (),
    ) -> Recall:
        self._check(now, vector)
        upto = now.head_at(at) if at else None
        reach = Reach(
            view=view, kinds=("outcome",), domains=tuple(domains) if domains is not None else None, upto=upto
        )
        size = now.size(reach)
        near = self._near(now, task, reach, vector=vector, size=size, first=first)
        stated = self._stated(now, task, reach, vector=vector, kinds=kinds, user=user)
        held = ranking.offered(stated, task=task, size=size, at=at or self._clock())
        said_heuristics, said_anti, known, liked = ranking.split(held)
        key = grouping(now.joints())
        records = near.records
        recall = Recall(
            id=ranking.recall_id(now.head(), task, view.agent.name, user, given, top_k, domains, kinds, at),
            task=task,
            agent=view.agent.name,
            advice=tuple(
                ranking.advice_on(given, records, key=key)
                if given is not None
                else ranking.advice(records, top_k=top_k if "outcome" in kinds else 0)
            ),
            heuristics=ranking.heuristics(said_heuristics, records, top_k=top_k)
            if "heuristic" in kinds
            else (),
            anti_patterns=ranking.anti_patterns(said_anti, records, top_k=top_k)
            if "anti_pattern" in kinds
            else (),
            outcomes=tuple(one.outcome for one in near.observations[:top_k]) if "outcome" in kinds else (),
            knowledge=tuple(known[:top_k]),  # type: ignore[arg-type]
            preferences=tuple(liked[:top_k]),  # type: ignore[arg-type]
            candidates=near.looked_at,
            floor=near.floor,
            _render=prompt.render,
            _explain=lambda memory_id: self.explain(memory_id, task=task, agent=view.agent.name),
        )
        return replace(recall, why_empty=ranking.why_empty(near, size=size, recall=recall))

    def _near(
        self,
        now: Snapshot,
        task: str,
        reach: Reach,
        *,
        vector: bytes | None,
        size: int | None = None,
        first: Sequence[Nominee] = (),
        anchor: str | None = None,
    ) -> Neighbourhood:
        """What the ledger says around a task, for one view."""
        return ranking.neighbourhood(
            _unique([*first, *self._nominees(now, task, reach, vector=vector)]),
            task=task,
            agent=reach.view.agent.name,
            size=now.size(reach) if size is None else size,
            half_life=self._config.half_life,
            key=_by_strategy(grouping(now.joints())),
            anchor=anchor,
        )

    def _nominees(self, now: Snapshot, task: str, reach: Reach, *, vector: bytes | None) -> list[Nominee]:
        limit, capped = evidence.NOMINEES, trust.NOMINEES_PER_UNVERIFIED_ORIGIN
        found = now.nearest(reach, vector, limit=limit, per_origin=capped) if vector is not None else []
        terms = indexing.terms_of(task)[:MOST_TERMS]
        return [*found, *now.by_words(reach, terms, limit=limit, vectorless=vector is not None)]

    def _stated(
        self,
        now: Snapshot,
        task: str,
        reach: Reach,
        *,
        vector: bytes | None,
        kinds: tuple[str, ...],
        user: str | None,
    ) -> list[Nominee]:
        """What is stated for this agent and this user: the nearest by meaning, by words, and the latest."""
        owner = user_owner(user) if user is not None else ""
        found: list[Nominee] = []
        for kind in STATED_KINDS:
            if kind in kinds:
                mine = replace(reach, kinds=(kind,))
                if kind == Preference.kind:
                    mine = Reach(view=View(Agent(owner), (owner,)), kinds=(kind,), upto=reach.upto)
                found += self._stated_of(now, task, mine, vector=vector)
        return found

    def _stated_of(self, now: Snapshot, task: str, reach: Reach, *, vector: bytes | None) -> list[Nominee]:
        if not now.size(reach):
            return []
        terms = indexing.terms_of(task)[:MOST_TERMS]
        found = now.nearest(reach, vector, limit=STATED_NOMINEES) if vector is not None else []
        found += now.by_words(reach, terms, limit=STATED_NOMINEES)
        if len(found) < STATED_NOMINEES:
            latest = now.newest(reach, before=None, limit=STATED_NOMINEES)
            found += [Nominee(memory=memory, cosine=None, age=0) for memory in latest]
        return _unique(found)

    # -- during -------------------------------------------------------------------------------------------------

    def warn(self, action: str | Action, *, agent: str, task: str | None = None) -> list[Caution]:
        """What this very action repeats: at most three cautions, alternative first. No model, no search.

        A plain string is looked at as a command and as text of an edit. `task` may be named, and then outcomes of
        that very task are counted as well. Raises InvalidInput, ScopeError, StoreError.
        """
        proposed = Action.of(action)
        view = self._view(agent)
        tasks = [indexing.task_key(writing.text("task", task))] if task is not None else []
        reach = Reach(view=view, kinds=("anti_pattern", "outcome"))
        with self._store.reading() as now:
            repeats = self._repeats(now, proposed, reach)
            if not repeats:
                return []
            failed = [one for one, _ in repeats if isinstance(one, Outcome) and not one.succeeded]
            tasks += [indexing.task_key(one.task) for one in failed]
            keys = [*signatures.keys_of(proposed), *tasks]
            around = now.signed(
                replace(reach, kinds=("outcome",)), list(dict.fromkeys(keys)), limit=SIGNED_NOMINEES
            )
        return cautions.cautions(repeats, around, agent=view.agent.name, half_life=self._config.half_life)

    def _repeats(self, now: Snapshot, proposed: Action, reach: Reach) -> list[tuple[Memory, str]]:
        keys = signatures.keys_of(proposed)
        found = [
            one.memory
            for kind in reach.kinds
            for one in now.signed(replace(reach, kinds=(kind,)), keys, limit=SIGNED_NOMINEES)
        ]
        return cautions.repeated(proposed, found)

    # -- after --------------------------------------------------------------------------------------------------

    def learn(
        self,
        *,
        agent: str,
        task: str,
        outcome: str | bool | float,
        strategy_used: str,
        domain: str | None = None,
        error: str | None = None,
        feedback: str | None = None,
        duration: float | None = None,
        recall: Recall | None = None,
        workflow_id: str | None = None,
        source: str | None = None,
        origin: str | None = None,
        key: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> Learned:
        """Record how an attempt went, and say what that changed.

        `outcome` is "success" or "failure" in any case, a bool, or a number in [0, 1], a success from 0.5 on.
        `strategy_used` is text, or the id of an advice that was followed. `key` makes it exactly-once.
        A domain outside the agent's scope is refused: `accepted` is false and nothing is kept but the refusal.
        Raises InvalidInput, Conflict (the key was used for something else), MemoryNotFound (an unknown id),
        ScopeError, Untrusted, EmbedderMismatch, StoreError.
        """
        view = self._view(agent)
        draft = Outcome(
            **self._entry(Outcome.prefix, view.agent.name, source, origin),  # type: ignore[arg-type]
            task=writing.text("task", task),
            strategy=_strategy(strategy_used),
            result=writing.result(outcome),
            why=writing.output("error", error),
            feedback=writing.output("feedback", feedback),
            duration=writing.number("duration", duration),
            workflow_id=None if workflow_id is None else writing.name("workflow_id", workflow_id),
            key=writing.optional_text("key", key, longest=writing.LONGEST_KEY),
            recall_id=recall.id if recall is not None else None,
            shown=recall.shown if recall is not None else (),
            metadata=writing.metadata(metadata),
        )
        draft = self._named_strategy(draft, recall, view)
        admission = self._admission(view.agent, domain, f"{draft.task}\n{draft.strategy}")
        draft = replace(draft, domain=admission.domain)
        if admission.refused_because is not None:
            self._refuse("learn", draft.agent, admission)
            return Learned(accepted=False, refused_because=admission.refused_because)
        return self._learned(draft, view)

    def _learned(self, draft: Outcome, view: View) -> Learned:
        vector = self._meaning.vector(draft.task)
        reach = Reach(view=view, kinds=("outcome",))
        with self._store.reading() as now:
            if draft.key is not None and (already := now.keyed(draft.key)):
                return _again(draft, already)
            self._check(now, vector)
            nominees = self._nominees(now, draft.task, reach, vector=vector)
            size, key = now.size(reach), _by_strategy(grouping(now.joints()))
        with self._store.writing() as ledger:
            if draft.key is not None and (already := ledger.keyed(draft.key)):
                return _again(draft, already)
            if vector is not None:
                self._meaning.claim(ledger)
            kept = ledger.remember(draft, vector=vector)
        assert isinstance(kept, Outcome)

        def records(found: Sequence[Nominee], count: int) -> tuple[evidence.Record, ...]:
            return ranking.neighbourhood(
                found,
                task=kept.task,
                agent=kept.agent,
                size=count,
                half_life=self._config.half_life,
                key=key,
            ).records

        before = records(nominees, size)
        after = records(_after(nominees, kept, has_vector=vector is not None), size + 1)
        return Learned(
            accepted=True,
            outcome=kept,
            similar=_similar(kept, before),
            changes=beliefs.changes(before, after),
        )

    def attempt(
        self,
        task: str,
        *,
        agent: str,
        domain: str | None = None,
        user: str | None = None,
        workflow_id: str | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> Attempt:
        """The loop as one block: `with alma.attempt(task, agent=…) as attempt:`.

        Leaving it normally is a success, an exception a failure with its text; see Attempt.
        """
        return Attempt(
            self,
            task,
            agent=agent,
            user=user,
            domain=domain,
            workflow_id=workflow_id,
            source=source,
            origin=origin,
        )

    # -- stating ------------------------------------------------------------------------------------------------

    def add_heuristic(
        self,
        *,
        agent: str,
        condition: str,
        strategy: str,
        domain: str | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> Heuristic:
        """State what works under a condition. Raises InvalidInput, ScopeError (refused, and in the log), Untrusted."""
        made = Heuristic(
            **self._entry(Heuristic.prefix, agent, source, origin),  # type: ignore[arg-type]
            condition=writing.text("condition", condition),
            strategy=writing.text("strategy", strategy),
        )
        trust.require_instruction(made.source, kind="a heuristic")
        return self._state(made, domain)

    def add_anti_pattern(
        self,
        *,
        agent: str,
        pattern: str,
        why_bad: str,
        better_alternative: str | None = None,
        triggers: Sequence[str] | None = None,
        domain: str | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> AntiPattern:
        """State what to avoid, why, and what to do instead.

        `triggers` are what `warn` looks for in an action; without them they are derived from the code-like words
        of the pattern. Raises InvalidInput, ScopeError (refused, and in the log), Untrusted.
        """
        pattern = writing.text("pattern", pattern)
        made = AntiPattern(
            **self._entry(AntiPattern.prefix, agent, source, origin),  # type: ignore[arg-type]
            pattern=pattern,
            why_bad=writing.text("why_bad", why_bad),
            better_alternative=writing.optional_text("better_alternative", better_alternative),
            triggers=signatures.triggers_of(pattern) if triggers is None else _triggers(triggers),
        )
        trust.require_instruction(made.source, kind="an anti-pattern")
        return self._state(made, domain)

    def add_knowledge(
        self,
        *,
        agent: str,
        fact: str,
        domain: str | None = None,
        replaces: str | None = None,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> Knowledge:
        """State a fact, and when it holds.

        `replaces` is the id of a fact that ends where this one begins; `retrieve(as_of=…)` still sees it. Facts
        that probably contradict this one are named in `.contradicts`, and both stand.
        Raises InvalidInput, MemoryNotFound, ScopeError (refused, and in the log), Untrusted.
        """
        begins, ends = writing.moment("valid_from", valid_from), writing.moment("valid_to", valid_to)
        if begins and ends and ends <= begins:
            raise InvalidInput("valid_to", "is not after valid_from")
        made = Knowledge(
            **self._entry(Knowledge.prefix, agent, source, origin),  # type: ignore[arg-type]
            fact=writing.text("fact", fact),
            valid_from=begins,
            valid_to=ends,
            replaces=replaces,
        )
        old = self._replaced(made) if replaces is not None else None
        made = replace(made, contradicts=self._contradicted(made, apart_from=replaces))
        return self._state(made, domain, instead_of=old)

    def add_preference(
        self,
        *,
        user: str,
        preference: str,
        category: str | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> Preference:
        """State what a user likes; it comes back when `retrieve` names that user. Raises InvalidInput, Untrusted."""
        user = writing.name("user", user)
        made = Preference(
            **self._entry(Preference.prefix, user_owner(user), source, origin),  # type: ignore[arg-type]
            user=user,
            preference=writing.text("preference", preference),
            category=writing.optional_text("category", category, longest=200),
        )
        trust.require_instruction(made.source, kind="a preference")
        return self._state(made, None)

    def _state(self, made: M, domain: str | None, *, instead_of: Knowledge | None = None) -> M:
        """Keep a stated memory, or refuse it. Saying the same twice gives what was said first."""
        agent = Agent(made.agent) if isinstance(made, Preference) else self._scopes.agent(made.agent)
        admission = self._admission(agent, domain, text_of(made))
        if admission.refused_because is not None:
            self._refuse(f"add_{made.kind}", made.agent, admission)
            raise ScopeError(admission.refused_because, agent=made.agent, domain=admission.domain)
        made = replace(made, domain=admission.domain)
        vector = self._meaning.vector(text_of(made))
        own = Reach(view=View(Agent(made.agent), (made.agent,)), kinds=(made.kind,), domains=(made.domain,))
        with self._store.writing() as ledger:
            for said in ledger.signed(own, [indexing.said_key(made)], limit=1):
                if said.memory.source == made.source and instead_of is None:
                    return said.memory  # type: ignore[return-value]
            if vector is not None:
                self._meaning.claim(ledger)
            kept = ledger.remember(made, vector=vector)
            if instead_of is not None:
                self._end(ledger, instead_of, made)
        return kept  # type: ignore[return-value]

    def _replaced(self, made: Knowledge) -> Knowledge:
        assert made.replaces is not None
        old = self._found(made.replaces).memory
        if not isinstance(old, Knowledge):
            raise InvalidInput("replaces", f"{made.replaces} is not knowledge", allowed="the id of a fact")
        if old.owner != made.agent:
            raise ScopeError(
                f"{old.id} belongs to {old.owner}, so {made.agent} cannot replace it", agent=made.agent
            )
        trust.require_standing(made.source, old.source, what="replace")
        return old

    def _end(self, ledger: Ledger, old: Knowledge, new: Memory) -> None:
        """The old fact held until the new one began."""
        ended = replace(old, valid_to=getattr(new, "valid_from", None) or new.created_at)
        vector = self._kept(ledger, old.id).vector
        ledger.rewrite(ended, self._event(events.REPLACED, new.agent, new.source, old.id), vector=vector)

    def _contradicted(self, made: Knowledge, *, apart_from: str | None) -> tuple[str, ...]:
        reach = Reach(view=View(Agent(made.agent), (made.agent,)), kinds=(made.kind,))
        terms = indexing.terms_of(made.fact)[:MOST_TERMS]
        with self._store.reading() as now:
            near = [one.memory for one in now.by_words(reach, terms, limit=STATED_NOMINEES)]
        held = [one for one in near if isinstance(one, Knowledge) and one.holds(self._clock())]
        return tuple(one.id for one in held if one.id != apart_from and facts.contradict(one.fact, made.fact))

    # -- feedback and lists -------------------------------------------------------------------------------------

    def feedback(
        self, memory_id: str, *, signal: str, agent: str | None = None, note: str | None = None
    ) -> Event:
        """Say something of a memory; gives the event that records it.

        `used`: it was followed. `helpful`, `harmful`: evidence, weighed like an outcome of the same source.
        `wrong`: only from a person; silenced until `restore`. `same`, `not_same`: two strategies are, or are not,
        one; `note` is the id of the other. Raises InvalidInput, MemoryNotFound, ScopeError, Untrusted.
        """
        if signal not in SIGNALS:
            raise InvalidInput("signal", f"{signal!r} is unknown", allowed=", ".join(SIGNALS))
        view = self._view(agent) if agent is not None else None
        about = self._readable(memory_id, view, verb="feedback").memory
        speaker = agent or about.owner
        if signal in ("same", "not_same"):
            return self._join(about, note, same=signal == "same", speaker=speaker, view=view)
        if signal == "wrong":
            trust.require_person(
                self._door.source if agent is None else WORD, what="call a memory wrong"
            )
            self.forget(memory_id, reason=note or "wrong")
        details = {"signal": signal, "note": writing.output("note", note)}
        event = self._event(events.FEEDBACK, speaker, self._door.source, memory_id, **details)
        if signal in ("helpful", "harmful") and isinstance(about, Outcome | Heuristic):
            self._count_as_outcome(about, speaker, helped=signal == "helpful", note=note)
        with self._store.writing() as ledger:
            return ledger.note(event)

    def _count_as_outcome(
        self, about: Outcome | Heuristic, speaker: str, *, helped: bool, note: str | None
    ) -> None:
        """Evidence is evidence: what was said of a memory becomes an outcome of its strategy on its task."""
        self.learn(
            agent=speaker,
            task=about.task if isinstance(about, Outcome) else about.condition,
            outcome=helped,
            strategy_used=about.strategy,
            domain=about.domain,
            error=None if helped else note,
            metadata={"feedback_on": about.id},
        )

    def _join(
        self, one: Memory, other_id: str | None, *, same: bool, speaker: str, view: View | None
    ) -> Event:
        if other_id is None:
            raise InvalidInput(
                "note", "is missing", allowed="the id of the other strategy's outcome or belief"
            )
        other = self._readable(other_id, view, verb="feedback").memory
        if not isinstance(one, Outcome) or not isinstance(other, Outcome):
            raise InvalidInput(
                "memory_id", "only strategies can be the same", allowed="ids of outcomes or beliefs"
            )
        details: dict[str, object] = {"other": other.id, "same": same}
        with self._store.writing() as ledger:
            return ledger.note(self._event(events.JOINED, speaker, self._door.source, one.id, **details))

    def memories(
        self,
        *,
        agent: str | None = None,
        kind: str | None = None,
        query: str | None = None,
        stated: bool | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> list[Memory]:
        """What is remembered, newest first, beliefs among it; `after` is the last id of the page before.

        With an agent, what that agent may read; without, everything. An outcome that is counted in a listed
        belief is not listed again. `query` keeps what shares a word with it. At most 1,000.
        Raises InvalidInput, MemoryNotFound (of `after`), ScopeError.
        """
        kind = _kinds([kind])[0] if kind is not None else None
        limit = writing.whole("limit", limit, least=1, most=MOST_LISTED)
        terms = indexing.term_set(writing.text("query", query)) if query is not None else None
        view = self._view(agent) if agent is not None else None
        with self._store.reading() as now:
            reach = Reach(view=view or _everybody(now), kinds=tuple(KINDS))
            found = (
                one for one in _walk(now, reach) if terms is None or terms & indexing.term_set(_all_text(one))
            )
            shown = listing.listed(
                found, kind=kind, stated=stated, around=lambda one: self._around(now, one, view)
            )
            return _page(shown, limit=limit, after=after)

    def _around(self, now: Snapshot, outcome: Outcome, view: View | None) -> tuple[evidence.Record, ...]:
        reach = Reach(view=view or self._scopes.view(outcome.agent), kinds=("outcome",))
        vector = self._kept(now, outcome.id).vector
        alone = Nominee(memory=outcome, cosine=1.0, age=0)
        near = self._near(now, outcome.task, reach, vector=vector, anchor=outcome.id)
        if not any(one.outcome.id == outcome.id for one in near.observations):
            near = self._near(now, outcome.task, reach, vector=vector, first=[alone], anchor=outcome.id)
        return near.records

    def explain(self, memory_id: str, *, task: str | None = None, agent: str | None = None) -> Explanation:
        """Why a memory is believed: outcomes for and against, numbers, who sees it, what would change it.

        A belief is computed at `task`, else at the task it is named after. Only what `agent` (default: the
        owner) may read is shown. Raises MemoryNotFound; ScopeError where the agent may not read it.
        """
        view = self._view(agent) if agent is not None else None
        about = self._readable(memory_id, view, verb="explain").memory
        view = view or self._scopes.view(about.agent)
        task = writing.text("task", task) if task is not None else None
        at = task or (about.task if isinstance(about, Outcome) else text_of(about))
        vector = self._meaning.vector(task) if task is not None else None
        with self._store.reading() as now:
            reach = Reach(view=view, kinds=("outcome",))
            kept = self._kept(now, about.id)
            near = self._near(
                now,
                at,
                reach,
                vector=vector if task is not None else kept.vector,
                first=[Nominee(memory=about, cosine=1.0, age=0)]
                if task is None and isinstance(about, Outcome)
                else (),
                anchor=about.id if task is None else None,
            )
            history = [_in_words(event) for event in now.history(memory_id)]
            known = now.agents()
        record = explaining.record_of(about, near.records)
        belief = explaining.belief_of(about, record, near.records) if memory_id.startswith("b-") else about
        return explaining.explanation(
            belief,
            record,
            near.records,
            task=at,
            at_anchor=task is None and isinstance(about, Outcome),
            seen_by=explaining.readers(
                about, self._scopes, [one for one in known if not one.startswith("user:")]
            ),
            history=history,
        )

    # -- changing one's mind ------------------------------------------------------------------------------------

    def revise(self, memory_id: str, /, **fields: object) -> Memory:
        """A stated memory in new words; the old wording stays in its history.

        Raises InvalidInput (an outcome, or a field that it does not have), MemoryNotFound, Untrusted.
        """
        old = self._found(memory_id).memory
        allowed = REVISABLE.get(old.kind) if not memory_id.startswith("b-") else None
        if allowed is None:
            raise InvalidInput("memory_id", f"{memory_id} came from outcomes, and the ledger is never edited")
        if not fields or not fields.keys() <= set(allowed):
            wrong = ", ".join(sorted(fields.keys() - set(allowed))) or "nothing to change"
            raise InvalidInput("fields", wrong, allowed=", ".join(allowed))
        trust.require_standing(self._door.source, old.source, what="revise")
        new: Memory = replace(old, **_revised(old, fields))  # type: ignore[arg-type]
        vector = self._meaning.vector(text_of(new))
        was = {name: _plain(getattr(old, name)) for name in fields}
        event = self._event(events.REVISED, old.agent, self._door.source, old.id, was=was)
        with self._store.writing() as ledger:
            if vector is not None:
                self._meaning.claim(ledger)
            ledger.rewrite(new, event, vector=vector)
        return new

    def forget(
        self,
        memory_id: str | None = None,
        *,
        agent: str | None = None,
        origin: str | None = None,
        source: str | None = None,
        older_than: str | timedelta | datetime | None = None,
        reason: str,
        dry_run: bool = False,
    ) -> list[Memory]:
        """Silence memories until `restore`: one by its id, or all that match every filter; gives what they are.

        A belief's id stands for the outcomes that are counted in it. `dry_run` only says what would be forgotten.
        Raises InvalidInput (neither id nor filter), MemoryNotFound, Untrusted.
        """
        reason = writing.text("reason", reason)
        filters = {"agent": agent, "origin": origin, "source": source}
        before = writing.before("older_than", older_than, now=self._clock())
        if memory_id is None and before is None and not any(filters.values()):
            raise InvalidInput(
                "memory_id", "is missing", allowed="an id, or agent=, origin=, source= or older_than="
            )
        if memory_id is not None:
            found = self._meant_by(memory_id)
        else:
            with self._store.reading() as now:
                found = now.matching(agent=agent, origin=origin, source=source, before=before)
        found = [one for one in found if self._is_of_door(one)]
        for one in found:
            trust.require_standing(self._door.source, one.source, what="forget")
        if dry_run or not found:
            return found
        with self._store.writing() as ledger:
            live = [
                kept.memory
                for one in found
                if (kept := ledger.find(one.id)) is not None and not kept.forgotten
            ]
            given = {name: value for name, value in filters.items() if value is not None}
            owner = found[0].agent if memory_id is not None else agent or ""
            ledger.forget(
                live,
                self._event(events.FORGOTTEN, owner, self._door.source, memory_id, reason=reason, **given),
            )
        return live

    def _meant_by(self, memory_id: str) -> list[Memory]:
        """The memory itself; of a belief, the outcomes that are counted in it where it is named."""
        about = self._found(memory_id).memory
        if not memory_id.startswith("b-") or not isinstance(about, Outcome):
            return [about]
        with self._store.reading() as now:
            record = explaining.record_of(about, self._around(now, about, None))
        return [one.outcome for one in record.counted] if record else [about]

    def restore(self, memory_id: str) -> list[Memory]:
        """Bring back what was forgotten under this id. Raises MemoryNotFound where nothing is forgotten."""
        with self._store.reading() as now:
            kept = [now.find(one) for one in now.forgotten(memory_id)]
        gone = [one.memory for one in kept if one is not None and one.forgotten]
        if not gone:
            raise MemoryNotFound(
                f"nothing that was forgotten as {memory_id} can be restored", sought=memory_id
            )
        vectors = [self._meaning.vector(text_of(one)) for one in gone]
        with self._store.writing() as ledger:
            if any(vectors):
                self._meaning.claim(ledger)
            for one, vector in zip(gone, vectors, strict=True):
                ledger.restore(
                    one, self._event(events.RESTORED, one.agent, self._door.source, one.id), vector=vector
                )
        return gone

    def purge(self, older_than: str | timedelta | datetime | None = None) -> list[str]:
        """Remove for good what was forgotten (longer ago than `older_than`); gives the ids that are gone.

        No byte of their texts is left in the file. Raises InvalidInput, StoreError (a byte is left).
        """
        before = writing.before("older_than", older_than, now=self._clock())
        event = self._event(events.PURGED, "", self._door.source, None)
        with self._store.writing() as ledger:
            texts = ledger.forgotten_texts(before=before)
            gone = ledger.purge(event, before=before)
        if gone:
            self._store.scrub(texts)
        return gone

    # -- workflows ----------------------------------------------------------------------------------------------

    def checkpoint(
        self,
        workflow_id: str,
        *,
        state: object,
        task: str | None = None,
        step: str | None = None,
        agent: str | None = None,
        expected_version: int | None = None,
    ) -> Checkpoint:
        """Save a workflow's state: any JSON up to 16 MiB, kept durably or not at all.

        `task` and `agent` are kept from the version before where they are not named. Raises Conflict when the
        latest version is not `expected_version` (0: there is none yet), InvalidInput, ScopeError, StoreError.
        """
        draft = Checkpoint(
            workflow_id=writing.name("workflow_id", workflow_id),
            version=0,
            step=writing.optional_text("step", step),
            state=writing.json_value("state", state),
            task=writing.optional_text("task", task),
            agent=self._view(agent).agent.name if agent is not None else None,
            created_at=self._clock(),
        )
        if expected_version is not None:
            writing.whole("expected_version", expected_version, least=0, most=1 << 53)
        with self._store.writing() as ledger:
            latest = ledger.checkpoint(draft.workflow_id, None)
            version = latest.version if latest else 0
            if expected_version is not None and expected_version != version:
                raise Conflict(
                    f"workflow {workflow_id!r} is at version {version}, not {expected_version}: "
                    "resume it and decide again",
                    current=version,
                )
            if latest is not None:
                draft = replace(draft, task=draft.task or latest.task, agent=draft.agent or latest.agent)
            return ledger.save(draft)

    def resume(self, workflow_id: str, *, version: int | None = None) -> Checkpoint:
        """The latest checkpoint, with what is known now for its task and agent in `.recall`.

        What this workflow's own outcomes taught comes first. Raises WorkflowNotFound, ScopeError.
        """
        workflow_id = writing.name("workflow_id", workflow_id)
        if version is not None:
            writing.whole("version", version, least=1, most=1 << 53)
        with self._store.reading() as now:
            found = now.checkpoint(workflow_id, version)
        if found is None:
            which = f" version {version}" if version is not None else ""
            raise WorkflowNotFound(f"there is no checkpoint of {workflow_id!r}{which}", sought=workflow_id)
        if found.agent is not None:
            self._require_door(found.agent, verb="resume")
        return replace(found, recall=self._recall_of(found))

    def _recall_of(self, found: Checkpoint) -> Recall:
        if found.task is None or found.agent is None:
            return Recall(
                id=ranking.recall_id(found.workflow_id),
                task=found.task or "",
                agent=found.agent or "",
                why_empty="the checkpoint names no task, or no agent",
            )
        view = self._view(found.agent)
        vector = self._meaning.vector(found.task)
        reach = Reach(view=view, kinds=("outcome",))
        with self._store.reading() as now:
            own = now.signed(reach, [indexing.workflow_key(found.workflow_id)], limit=WORKFLOW_NOMINEES)
            first = [replace(one, cosine=1.0) for one in own]
            return self._recall(now, found.task, view, vector=vector, first=first)

    def workflows(self, *, agent: str | None = None, status: str | None = None) -> list[Workflow]:
        """Workflows, the latest first; `status` is open, succeeded or failed. Raises InvalidInput."""
        if status is not None and status not in workflows.STATUSES:
            raise InvalidInput("status", f"{status!r} is unknown", allowed=", ".join(workflows.STATUSES))
        agent = writing.agent(agent) if agent is not None else None
        with self._store.reading() as now:
            return now.workflows(agent=agent, status=status)

    def finish(
        self, workflow_id: str, *, outcome: str | bool | float, strategy_used: str | None = None
    ) -> Learned:
        """Close a workflow, and learn its outcome where a strategy is named and its task and agent are known.

        Raises WorkflowNotFound, InvalidInput, and what `learn` raises.
        """
        latest = self.resume(workflow_id)
        result = writing.result(outcome)
        learned = Learned(
            accepted=False, refused_because="no strategy was named, or the workflow has no task or agent"
        )
        if strategy_used is not None and latest.task is not None and latest.agent is not None:
            learned = self.learn(
                agent=latest.agent,
                task=latest.task,
                outcome=result,
                strategy_used=strategy_used,
                workflow_id=workflow_id,
            )
        status = workflows.SUCCEEDED if result >= 0.5 else workflows.FAILED
        event = self._event(
            events.FINISHED,
            latest.agent or "",
            self._door.source,
            None,
            workflow_id=workflow_id,
            status=status,
        )
        with self._store.writing() as ledger:
            ledger.finish(workflow_id, status, event)
        return learned

    # -- the store ----------------------------------------------------------------------------------------------

    def stats(self) -> Stats:
        """Counts and sizes."""
        with self._store.reading() as now:
            return now.stats()

    def log(self, *, after: int | None = None, limit: int = 100) -> list[Event]:
        """The audit trail, in order: what follows event `after`, or the latest. Refusals are in it."""
        limit = writing.whole("limit", limit, least=1, most=MOST_LISTED)
        if after is not None:
            writing.whole("after", after, least=0, most=1 << 62)
        with self._store.reading() as now:
            return now.events(after=after, limit=limit)

    def export(self, path: str | os.PathLike[str]) -> int:
        """Write everything as JSON Lines with a checksum; gives the number of records.

        Raises Conflict if there is something at `path`, StoreError if it cannot be written.
        """
        with self._store.reading() as now:
            stats = now.stats()
            header = {"project": stats.project, "schema": stats.schema, "embedder": stats.embedder}
            return files.write_new(os.fspath(path), transfer.lines(header, now.records())) - 2

    def import_(self, path: str | os.PathLike[str], *, format: str = "alma") -> int:  # noqa: A002 (a public name)
        """Take in an export; gives how many memories are new. All of it, or nothing.

        Into an empty project it is an exact copy. Into another, memories that are not there yet are added as
        `import`, which weighs half. Raises InvalidInput (no whole export, unknown format), StoreError.
        """
        if format not in transfer.FORMATS:
            raise InvalidInput("format", f"{format!r} is unknown", allowed=", ".join(transfer.FORMATS))
        path = os.fspath(path)
        header = transfer.checked(files.read_lines(path), name=path)
        with self._store.reading() as now:
            empty = now.head() == 0
        if empty and header.get("embedder") in (None, self._meaning.embedder.name):
            with self._store.writing() as ledger:
                if ledger.head() == 0:
                    return ledger.load(transfer.records(files.read_lines(path), name=path))
        return self._join_ledger(path, keep_sources=empty)

    def _join_ledger(self, path: str, *, keep_sources: bool) -> int:
        """Add the live memories of an export that are not here yet."""
        count = 0
        for memory in rows.memories_of(transfer.records(files.read_lines(path), name=path)):
            kept = memory if keep_sources else replace(memory, source=IMPORT)
            vector = self._meaning.vector(text_of(kept))
            with self._store.writing() as ledger:
                if ledger.find(kept.id) is not None:
                    continue
                if vector is not None:
                    self._meaning.claim(ledger)
                ledger.remember(_without_taken_key(kept, ledger), vector=vector)
            count += 1
        return count

    def backup(self, path: str | os.PathLike[str]) -> None:
        """A consistent copy of the store while it is in use. Raises Conflict if there is something at `path`."""
        self._store.backup(os.path.abspath(os.fspath(path)))

    def close(self) -> None:
        """Let go of the store; closing twice is harmless."""
        self._store.close()

    # -- who, and whether ---------------------------------------------------------------------------------------

    def _view(self, agent: str) -> View:
        name = writing.agent(agent)
        self._require_door(name, verb="act")
        if self._config.strict_agents and name not in self._scopes.agents:
            known = ", ".join(self._scopes.agents) or "none"
            raise ScopeError(
                f"{name!r} is not declared, and strict_agents is on; declared: {known}", agent=name
            )
        return self._scopes.view(name)

    def _require_door(self, agent: str, *, verb: str) -> None:
        if self._door.agents is None or agent in self._door.agents:
            return
        problem = f"this door is bound to {', '.join(self._door.agents)}; {agent} cannot {verb} here"
        self._log_refusal(verb, agent, None, problem)
        raise ScopeError(problem, agent=agent)

    def _is_of_door(self, one: Memory) -> bool:
        return self._door.agents is None or one.owner in self._door.agents or isinstance(one, Preference)

    def _entry(self, prefix: str, agent: str, source: str | None, origin: str | None) -> dict[str, object]:
        """The fields that every memory begins with: who, from where, how far it is trusted, and when."""
        owner = (
            agent
            if agent.startswith("user:") and prefix == Preference.prefix
            else self._view(agent).agent.name
        )
        id_ = f"{prefix}-{b32encode(os.urandom(7)).decode().lower()[:10]}"
        named = writing.name("origin", origin) if origin is not None else self._door.origin
        return {
            "id": id_,
            "agent": owner,
            "source": trust.accepted(source, door=self._door.source),
            "origin": named or f"call:{id_}",
            "created_at": self._clock(),
        }

    def _admission(self, agent: Agent, domain: str | None, text: str) -> Admission:
        if domain is not None:
            return sorting.admitted(agent, writing.name("domain", domain), {})
        return sorting.admitted(agent, None, self._meaning.domains(text))

    def _refuse(self, verb: str, agent: str, admission: Admission) -> None:
        self._log_refusal(verb, agent, admission.domain, admission.refused_because or "")

    def _log_refusal(self, verb: str, agent: str, domain: str | None, reason: str) -> None:
        """Every refusal is on record, unless the disk is read-only: then there is no record to put it on."""
        if self._store.writable:
            details: dict[str, object] = {"verb": verb, "reason": reason}
            if domain is not None:
                details["domain"] = domain
            with self._store.writing() as ledger:
                ledger.note(self._event(events.REFUSED, agent, self._door.source, None, **details))

    def _event(self, kind: str, agent: str, source: str, memory_id: str | None, **details: object) -> Event:
        said = {name: value for name, value in details.items() if value is not None}
        return Event(
            seq=0, at=self._clock(), kind=kind, agent=agent, source=source, memory_id=memory_id, details=said
        )

    def _found(self, memory_id: str) -> Kept:
        """A live memory by its id; the id of a belief or an advice stands for the outcome that it is named after."""
        if not isinstance(memory_id, str) or not memory_id:
            raise InvalidInput("memory_id", "must be the id of a memory")
        with self._store.reading() as now:
            return self._kept(now, memory_id)

    def _kept(self, now: Snapshot, memory_id: str) -> Kept:
        kept = now.find(memory_id.removeprefix("b-"))
        if kept is None or kept.forgotten:
            gone = (
                "was forgotten (`restore` brings it back)"
                if kept is not None
                else "does not exist in this project"
            )
            raise MemoryNotFound(f"memory {memory_id} {gone}", sought=memory_id)
        return kept

    def _readable(self, memory_id: str, view: View | None, *, verb: str) -> Kept:
        """A live memory, if this view may read it; a refusal is on record."""
        kept = self._found(memory_id)
        owner, domain = kept.memory.owner, kept.memory.domain
        if view is None and self._door.agents is not None and not self._is_of_door(kept.memory):
            self._require_door(owner, verb=verb)
        if view is not None and not isinstance(kept.memory, Preference) and not view.may_read(owner, domain):
            problem = f"{view.agent.name} may not read {memory_id}, which belongs to {owner} in {domain!r}"
            self._log_refusal(verb, view.agent.name, domain, problem)
            raise ScopeError(problem, agent=view.agent.name, domain=domain)
        return kept

    def _named_strategy(self, draft: Outcome, recall: Recall | None, view: View) -> Outcome:
        """Where the strategy is an id, the strategy that it stands for."""
        if not _ID.fullmatch(draft.strategy):
            return draft
        for one in recall.advice if recall is not None else ():
            if one.id == draft.strategy:
                return replace(draft, strategy=one.strategy, followed=one.id)
        if draft.strategy.startswith("u-"):
            raise InvalidInput(
                "strategy_used", f"{draft.strategy} was never tried: pass its words, or recall="
            )
        about = self._readable(draft.strategy, view, verb="learn").memory
        named: str | None = getattr(about, "strategy", None) or getattr(about, "better_alternative", None)
        if named is None:
            raise InvalidInput(
                "strategy_used", f"{draft.strategy} names no strategy; pass the strategy's words"
            )
        return replace(draft, strategy=named, followed=draft.strategy)

    def _check(self, now: Snapshot, vector: bytes | None) -> None:
        if vector is not None:
            self._meaning.check(now)


class Attempt:
    """One try at a task: retrieve on entering, learn on leaving.

    `recall` and `prompt` are what is known; set `strategy` to what was done (text, or the id that was followed).
    `succeed()`, `fail(why)` and `abandon()` say how it went; without them, leaving normally is a success and an
    exception is a failure with its text. Without a strategy, or on KeyboardInterrupt, nothing is learned.
    `learned` is what was learned, once the block was left.
    """

    def __init__(
        self,
        alma: ALMA,
        task: str,
        *,
        agent: str,
        user: str | None,
        domain: str | None,
        workflow_id: str | None,
        source: str | None,
        origin: str | None,
    ) -> None:
        self._alma = alma
        self._task = task
        self._agent = agent
        self._user = user
        self._domain = domain
        self._workflow_id = workflow_id
        self._source = source
        self._origin = origin
        self._result: float | None = None
        self._why: str | None = None
        self._abandoned = False
        self.strategy: str | None = None
        self.recall = Recall(id="", task=task, agent=agent)
        self.learned: Learned | None = None

    @property
    def prompt(self) -> str:
        """What is known, as text for a prompt."""
        return self.recall.to_prompt()

    def succeed(self) -> None:
        """It worked, whatever happens next."""
        self._result, self._why = 1.0, None

    def fail(self, why: str) -> None:
        """It did not work, and this is why."""
        self._result, self._why = 0.0, why

    def abandon(self) -> None:
        """Nothing is to be learned from this."""
        self._abandoned = True

    def __enter__(self) -> Attempt:
        self.recall = self._alma.retrieve(self._task, agent=self._agent, user=self._user)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._abandoned or not self.strategy or (error is not None and not isinstance(error, Exception)):
            return
        if self._result is None:
            self._result, self._why = (
                (1.0, None) if error is None else (0.0, f"{type(error).__name__}: {error}")
            )
        self.learned = self._alma.learn(
            agent=self._agent,
            task=self._task,
            outcome=self._result,
            strategy_used=self.strategy,
            domain=self._domain,
            error=self._why,
            recall=self.recall,
            workflow_id=self._workflow_id,
            source=self._source,
            origin=self._origin,
        )


def _kinds(kinds: Sequence[str] | None) -> tuple[str, ...]:
    if kinds is None:
        return tuple(KINDS)
    for kind in kinds:
        if kind not in KINDS:
            raise InvalidInput("kind", f"{kind!r} is unknown", allowed=", ".join(KINDS))
    return tuple(kinds)


def _strategy(value: object) -> str:
    return writing.text("strategy_used", value)


def _triggers(values: Sequence[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise InvalidInput(
            "triggers", "must be a list of texts", allowed="such as ['sleep(', 'git push --force']"
        )
    given = tuple(dict.fromkeys(writing.text("triggers", one, longest=200) for one in values))
    for one in given:
        if signatures.key_of_trigger(one) is None:
            raise InvalidInput("triggers", f"{one!r} holds nothing that could be found in an action")
    return given


def _unique(nominees: Iterable[Nominee]) -> list[Nominee]:
    """The first of each memory: a nominee with a vector comes before the same one found by words."""
    found: dict[int, Nominee] = {}
    for one in nominees:
        found.setdefault(one.memory.seq, one)
    return list(found.values())


def _by_strategy(key: Callable[[str], str]) -> Callable[[Outcome], str]:
    return lambda outcome: key(outcome.strategy)


def _after(nominees: Sequence[Nominee], kept: Outcome, *, has_vector: bool) -> list[Nominee]:
    """The same nominees once `kept` is in the ledger: those of its agent are older by one."""
    older = [
        replace(one, age=one.age + 1)
        if one.memory.agent == kept.agent and isinstance(one.memory, Outcome)
        else one
        for one in nominees
    ]
    return [*older, Nominee(memory=kept, cosine=1.0 if has_vector else None, age=0)]


def _again(draft: Outcome, already: Outcome) -> Learned:
    """The answer to the same `learn` a second time. Raises Conflict where the content is another."""
    same = ("agent", "task", "strategy", "result", "why", "workflow_id")
    if any(getattr(draft, name) != getattr(already, name) for name in same):
        raise Conflict(f"key {draft.key!r} was used for another outcome, {already.id}", current=already.id)
    return Learned(accepted=True, outcome=already)


def _similar(kept: Outcome, records: Sequence[evidence.Record]) -> tuple[Similar, ...]:
    others = {one.strategy: beliefs.anchor(one).id for one in records}
    return tuple(
        Similar(id=others[text], strategy=text) for text in strategies.similar(kept.strategy, list(others))
    )


def _everybody(now: Snapshot) -> View:
    """The view of whoever holds the file: no agent, everything."""
    return View(Agent("user:"), tuple(now.agents()), everything=True)


def _walk(now: Snapshot, reach: Reach) -> Iterator[Memory]:
    before: int | None = None
    while batch := now.newest(reach, before=before, limit=MOST_LISTED):
        yield from batch
        before = batch[-1].seq


def _page(shown: Iterator[Memory], *, limit: int, after: str | None) -> list[Memory]:
    if after is not None and not any(one.id == after for one in shown):
        raise MemoryNotFound(f"{after} is not in this list", sought=after)
    return [one for one, _ in zip(shown, range(limit), strict=False)]


def _all_text(one: Memory) -> str:
    return f"{text_of(one)}\n{getattr(one, 'strategy', '')}"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _revised(old: Memory, fields: Mapping[str, object]) -> dict[str, object]:
    """The new wording, checked field by field; triggers follow the pattern unless they are given."""
    new: dict[str, object] = {}
    for name, value in fields.items():
        if name == "triggers":
            new[name] = _triggers(value)  # type: ignore[arg-type]
        elif name in ("valid_from", "valid_to"):
            new[name] = writing.moment(name, value)
        elif name in ("better_alternative", "category"):
            new[name] = writing.optional_text(name, value)
        else:
            new[name] = writing.text(name, value)
    if isinstance(old, AntiPattern) and "pattern" in new and "triggers" not in new:
        new["triggers"] = signatures.triggers_of(str(new["pattern"]))
    return new


def _without_taken_key(memory: M, ledger: Ledger) -> M:
    if isinstance(memory, Outcome) and memory.key is not None and ledger.keyed(memory.key) is not None:
        return replace(memory, key=None)
    return memory


def _in_words(event: Event) -> str:
    said = ", ".join(f"{name}: {value}" for name, value in event.details.items() if name != "seqs")
    return f"{event.at:%Y-%m-%d %H:%M} {event.kind} by {event.source}" + (f" ({said})" if said else "")

"""Prints how well texts are sorted into described domains, and what scopes keep and refuse by it.

Two sources: texts of software work (`texts/work.json`, ours), and the messages of Banking77, whose 77 intents are
grouped into domains by `texts/banking.json`, ours too. Every domain has a second name and description. The weights of
`alma.rules.sorting` are fitted (`--fit`) on one half of the texts with the first wording; what is printed comes from
the other half, with both wordings. A case is a project that describes some of the domains, an agent that may learn
some of those, and a text; a quarter of the texts is of none of the described domains.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import figures
from alma.domain.scope import UNSORTED, Agent
from alma.meaning import Meaning
from alma.rules.sorting import FAR, Admission, admitted, certainties
from streams import WHERE_TO_GET_IT

TEXTS = Path(__file__).parent / "texts"
FILES = (("train.csv", False), ("test.csv", True))
PROJECTS, OF_A_PROJECT, OF_NONE, AN_INTENT = 40, 120, 0.25, 8
BINS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
Rule = Callable[[Agent, Mapping[str, float]], Admission]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text with its domain, or None, and whether it was written near the border of two."""

    text: str
    domain: str | None
    border: bool
    held_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Domains with their descriptions, and texts; `wordings` has two of the same domains, in the same order."""

    name: str
    wordings: tuple[Mapping[str, str], Mapping[str, str]]
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A text as one agent of one project would bring it: how near it is to what is described, and what it is about."""

    agent: Agent
    meant: Mapping[str, float]
    domain: str | None
    border: bool


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit or measure, print, keep."""
    asked = _asked(arguments)
    sources = [_work(), *_banking(asked.data)]
    if asked.fit:
        weights = fitted([case for one in sources for case in cases(one, held_back=False, wording=0)])
        print("NEAR, NONE, CROWD = " + ", ".join(f"{weight:.2f}" for weight in weights))
        return
    if len(sources) == 1:
        print(f"Only the texts of software work. {WHERE_TO_GET_IT}\nAnd test.csv beside it.", file=sys.stderr)
    found = {one.name: _measured(one, held_back=not asked.tuned_on) for one in sources}
    for name, one in found.items():
        _show(name, one, half="tuned on" if asked.tuned_on else "held back")
    figures.keep(asked.json, found)


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="print the weights that fit the half to tune on")
    parser.add_argument("--tuned-on", action="store_true", help="measure on that half, not on the other")
    folder = os.environ.get("ALMA_BENCH_DATA", "data")
    parser.add_argument(
        "--data", type=Path, default=Path(folder), metavar="FOLDER", help="holds banking77/*.csv"
    )
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "sorting.json", metavar="FILE")
    return parser.parse_args(arguments)


# -- texts and cases --------------------------------------------------------------------------------------------


def _work() -> Source:
    read = json.loads((TEXTS / "work.json").read_text(encoding="utf-8"))
    texts = (
        Text(text=row["text"], domain=row["domain"], border="near" in row, held_back=row["held_back"])
        for row in read["texts"]
    )
    return Source(name="software work", wordings=_wordings(read["domains"]), texts=tuple(texts))


def _banking(folder: Path) -> Iterator[Source]:
    """Banking77, a few messages an intent, if it is there: half from each of its two files."""
    read = json.loads((TEXTS / "banking.json").read_text(encoding="utf-8"))["domains"]
    domain = {intent: row["name"] for row in read for intent in row["intents"]}
    texts: list[Text] = []
    for name, held_back in FILES:
        path = folder / "banking77" / name
        if not path.is_file():
            return
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        random.Random(name).shuffle(rows)
        seen: Counter[str] = Counter()
        for row in rows:
            seen[row["category"]] += 1
            if row["category"] in domain and seen[row["category"]] <= AN_INTENT:
                text = " ".join(row["text"].split())
                texts.append(
                    Text(text=text, domain=domain[row["category"]], border=False, held_back=held_back)
                )
    yield Source(name="Banking77", wordings=_wordings(read), texts=tuple(texts))


def _wordings(rows: Iterable[Row]) -> tuple[dict[str, str], dict[str, str]]:
    rows = list(rows)
    return {row["name"]: row["description"] for row in rows}, dict(row["otherwise"] for row in rows)


def cases(source: Source, *, held_back: bool, wording: int) -> Iterator[Case]:
    """Many projects and agents, drawn evenly: 2 or more domains described, 1 or more of them not to be learned."""
    domains = source.wordings[wording]
    renamed = dict(zip(source.wordings[0], domains, strict=True))
    texts = [
        replace(one, domain=renamed[one.domain] if one.domain else None)
        for one in source.texts
        if one.held_back is held_back
    ]
    meaning = Meaning("minilm", domains)
    near = {one.text: meaning.domains(one.text) for one in texts}
    draw = random.Random(f"{source.name} {held_back} {wording}")
    for _ in range(PROJECTS):
        described = draw.sample(list(domains), draw.randint(2, len(domains)))
        for one in _drawn(texts, described, draw):
            about = one.domain if one.domain in described else None
            meant = {name: near[one.text][name] for name in described}
            yield Case(agent=_agent(described, draw), meant=meant, domain=about, border=one.border)


def _drawn(texts: Sequence[Text], described: Sequence[str], draw: random.Random) -> list[Text]:
    """Texts of the described domains, and a quarter of other ones."""
    inside = [one for one in texts if one.domain in described]
    outside = [one for one in texts if one.domain not in described]
    some = draw.sample(inside, min(len(inside), round(OF_A_PROJECT * (1 - OF_NONE))))
    others = min(len(outside), round(len(some) * OF_NONE / (1 - OF_NONE)))
    return some + draw.sample(outside, others)


def _agent(described: Sequence[str], draw: random.Random) -> Agent:
    """One that may learn only some of the domains, or all but some, said in one list or in both."""
    allowed = draw.sample(described, draw.randint(1, len(described) - 1))
    forbidden = tuple(name for name in described if name not in allowed)
    can, cannot = draw.choice(((True, False), (False, True), (True, True)))
    return Agent("agent", tuple(allowed) if can else None, forbidden if cannot else ())


# -- rules ------------------------------------------------------------------------------------------------------


def by_meaning(agent: Agent, meant: Mapping[str, float]) -> Admission:
    """The rule itself."""
    return admitted(agent, None, meant)


def nearest(agent: Agent, meant: Mapping[str, float], least: float = 0.0) -> Admission:
    """The nearest description, if it is near enough."""
    best = max(meant, key=meant.__getitem__)
    if meant[best] < least:
        return Admission(domain=UNSORTED)
    return Admission(domain=best, refused_because=None if agent.may_learn(best) else "nearest")


def near_enough(agent: Agent, meant: Mapping[str, float]) -> Admission:
    """The nearest description at a cosine of .30."""
    return nearest(agent, meant, 0.30)


def thresholds(
    agent: Agent, meant: Mapping[str, float], clear: float = 0.18, lead_of_forbidden: float = 0.10
) -> Admission:
    """The rule that was there before: fixed cosines, and fixed leads over the second."""
    order = sorted(meant, key=lambda name: -meant[name])
    best, lead = order[0], meant[order[0]] - meant[order[1]]
    if meant[best] >= 0.30 and lead >= 0.08:
        return nearest(agent, meant)
    allowed = max((meant[name] for name in order if agent.may_learn(name)), default=0.0)
    if not agent.may_learn(best) and meant[best] >= clear and meant[best] - allowed >= lead_of_forbidden:
        return Admission(domain=best, refused_because="clear")
    return Admission(domain=UNSORTED)


def eager_thresholds(agent: Agent, meant: Mapping[str, float]) -> Admission:
    """The same, made to refuse about as often as ALMA does: what the chances add beyond that."""
    return thresholds(agent, meant, 0.10, 0.04)


RULES: Mapping[str, Rule] = {
    "the nearest description": nearest,
    "the nearest at a cosine of .30": near_enough,
    "thresholds on cosine and lead (before)": thresholds,
    "thresholds that refuse as often as ALMA": eager_thresholds,
    "ALMA": by_meaning,
}


# -- figures ----------------------------------------------------------------------------------------------------


def _measured(source: Source, *, held_back: bool) -> Row:
    first, second = (list(cases(source, held_back=held_back, wording=one)) for one in (0, 1))
    both = first + second
    found = {name: tally(rule, both) for name, rule in RULES.items()}
    found |= {
        "ALMA, the first wording": tally(by_meaning, first),
        "ALMA, the second wording": tally(by_meaning, second),
    }
    if any(case.border for case in both):
        found["ALMA, near the border of two"] = tally(by_meaning, [case for case in both if case.border])
    return {"rules": found, "calibration": calibration(both)}


def tally(rule: Rule, of: Sequence[Case]) -> Row:
    """The shares of one rule over these cases; None where there is nothing to take a share of."""
    seen: Counter[str] = Counter()
    for case in of:
        said = rule(case.agent, case.meant)
        seen.update(_counted(case, said))
    return {
        "cases": len(of),
        "right": _share(seen, "right", "sorted"),
        "sorted": _share(seen, "sorted", "case"),
        "forbidden_kept": _share(seen, "forbidden kept", "forbidden"),
        "forbidden_kept_as_allowed": _share(seen, "forbidden kept as allowed", "forbidden"),
        "allowed_refused": _share(seen, "allowed refused", "allowed"),
        "of_none_refused": _share(seen, "none refused", "none"),
        "unsorted": _share(seen, "unsorted", "case"),
    }


def _counted(case: Case, said: Admission) -> Iterator[str]:
    kind = "none" if case.domain is None else "allowed" if case.agent.may_learn(case.domain) else "forbidden"
    refused = said.refused_because is not None
    yield from ("case", kind)
    if refused:
        yield f"{kind} refused"
    else:
        yield f"{kind} kept"
        if said.domain == UNSORTED:
            yield "unsorted"
            return
        yield from ("sorted", f"{kind} kept as allowed")
        if said.domain == case.domain:
            yield "right"


def _share(seen: Counter[str], part: str, whole: str) -> float | None:
    return round(seen[part] / seen[whole], 4) if seen[whole] else None


def calibration(of: Sequence[Case]) -> list[Row]:
    """What was said of the likeliest domain, in steps, beside how often it was the right one."""
    said = []
    for case in of:
        chances = certainties(case.meant)
        best = max(chances, key=chances.__getitem__)
        said.append((chances[best], best == case.domain))
    rows = []
    for low, high in pairwise(BINS):
        inside = [one for one in said if low <= one[0] < high]
        if inside:
            stated = sum(sure for sure, _ in inside) / len(inside)
            held = sum(right for _, right in inside) / len(inside)
            rows.append(
                {"from": low, "stated": round(stated, 4), "held": round(held, 4), "cases": len(inside)}
            )
    return rows


def fitted(of: Sequence[Case]) -> tuple[float, float, float]:
    """The weights of the multinomial logistic that make these cases likeliest: Newton's method."""
    weights = np.zeros(3)
    for _ in range(20):
        slope, bend = np.zeros(3), np.eye(3) * 1e-6
        for case in of:
            names = list(case.meant)
            answers = np.zeros((len(names) + 1, 3))
            answers[:-1, 0] = list(case.meant.values())
            answers[-1, 1:] = 1, sum(case.meant.values()) / (len(names) + FAR)
            chances = np.exp(answers @ weights)
            chances /= chances.sum()
            mean = chances @ answers
            slope += answers[names.index(case.domain) if case.domain else -1] - mean
            bend += (answers * chances[:, None]).T @ answers - np.outer(mean, mean)
        weights += np.linalg.solve(bend, slope)
    return float(weights[0]), float(weights[1]), float(weights[2])


def _show(name: str, found: Row, *, half: str) -> None:
    rules = found["rules"]
    print(f"\n{name}, the half that was {half}: {rules['ALMA']['cases']:,} cases\n")
    columns = ("right", "sorted", "forb. kept", "as allowed", "all. refused", "none refused", "unsorted")
    print(f"{'rule':<40}" + "".join(f"{one:>13}" for one in columns))
    for rule, row in rules.items():
        shares = [value for key, value in row.items() if key != "cases"]
        print(f"{rule:<40}" + "".join(f"{'-' if one is None else f'{one:.3f}':>13}" for one in shares))
    print("\nHow sure of the likeliest domain, and how often that was right:")
    for row in found["calibration"]:
        print(
            f"  from {row['from']:.1f}: stated {row['stated']:.2f}, held {row['held']:.2f}   n = {row['cases']:,}"
        )
    off = sum(abs(row["stated"] - row["held"]) * row["cases"] for row in found["calibration"])
    print(f"  off by {off / sum(row['cases'] for row in found['calibration']):.3f} on the mean")


if __name__ == "__main__":
    main()

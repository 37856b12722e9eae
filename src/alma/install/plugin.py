"""The plugin for Claude Code, as it is shipped and as it is installed: then it names an interpreter by its full path.

As shipped it is a marketplace, for `claude plugin install`; there the command is `alma` on the PATH.
"""

from __future__ import annotations

import json
import os
import shlex

MARKETPLACE = os.path.join(os.path.dirname(__file__), "marketplace")
NAME = "alma"
CATALOG = ".claude-plugin/marketplace.json"
HOOKS = "hooks/hooks.json"
SERVERS = ".mcp.json"
REVIEW = "commands/review.md"
# Not `-m` alone: that looks for modules in the folder that the agent works in first.
SAFELY = ("-P", "-m", "alma")
# What `-m` does before it runs a module takes a fifteenth of the time in which a hook must have answered.
QUICKLY = ("-P", "-c", "import sys; from alma.cli import main; sys.exit(main())")


def plugin(interpreter: str) -> dict[str, bytes]:
    """The files of the plugin by their paths, with commands that this interpreter runs."""
    files = _files(os.path.join(MARKETPLACE, NAME))
    files[HOOKS] = _rewritten(files[HOOKS], interpreter)
    files[SERVERS] = _rewritten(files[SERVERS], interpreter)
    typed = " ".join(map(shlex.quote, (interpreter, *SAFELY)))
    files[REVIEW] = files[REVIEW].replace(
        b"`alma review", f"`{typed} review".encode("utf-8", "surrogateescape")
    )
    return files


def marketplace(interpreter: str, *, name: str) -> dict[str, bytes]:
    """A marketplace of this name that offers the plugin."""
    with open(os.path.join(MARKETPLACE, CATALOG), "rb") as file:
        catalog = json.load(file)
    inner = {f"{NAME}/{path}": content for path, content in plugin(interpreter).items()}
    return {CATALOG: _as_json({**catalog, "name": name}), **inner}


def _files(folder: str) -> dict[str, bytes]:
    found = {}
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one != "__pycache__")
        for name in sorted(names):
            path = os.path.join(where, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return found


def _rewritten(content: bytes, interpreter: str) -> bytes:
    return _as_json(_with_interpreter(json.loads(content), interpreter))


def _with_interpreter(part: object, interpreter: str) -> object:
    """The same with every command `alma` as a module of this interpreter."""
    if isinstance(part, list):
        return [_with_interpreter(one, interpreter) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("command") == NAME:
        how = QUICKLY if part["args"][0] == "hook" else SAFELY
        return {**part, "command": interpreter, "args": [*how, *part["args"]]}
    return {name: _with_interpreter(one, interpreter) for name, one in part.items()}


def _as_json(document: object) -> bytes:
    return (json.dumps(document, indent=2) + "\n").encode()

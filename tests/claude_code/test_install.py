"""`alma install claude-code`: what it writes, that it can be said twice, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from alma.install import plugin

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = '{\n    "env": {"A": "b"},\n    "number": 1.50,\n    "hooks": {"Stop": [{"hooks": []}]}\n}'


@dataclass
class Desk:
    """A user's home and a project of theirs, with everything that lies in both."""

    home: Path
    folder: Path
    env: dict[str, str]

    def alma(self, *args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alma", *args],
            capture_output=True,
            text=True,
            cwd=cwd or self.folder,
            env=self.env,
            check=False,
        )

    def install(self, *args: str, cwd: Path | None = None) -> str:
        ran = self.alma("install", "claude-code", *args, cwd=cwd)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def refused(self, *args: str) -> str:
        ran = self.alma("install", "claude-code", *args)
        assert ran.returncode == 1
        assert "Traceback" not in ran.stderr
        return ran.stderr

    @property
    def settings(self) -> Path:
        return self.folder / ".claude" / "settings.local.json"

    def everything(self) -> dict[str, bytes | None]:
        tops = (self.home, self.folder)
        return {
            str(path): path.read_bytes() if path.is_file() else None
            for top in tops
            for path in sorted(top.rglob("*"))
        }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    home, folder = tmp_path / "home", tmp_path / "my shop\nand more"
    home.mkdir()
    folder.mkdir()
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR")
    env = {name: value for name, value in os.environ.items() if name in kept}
    return Desk(home, folder, {**env, "HOME": str(home)})


@pytest.mark.parametrize("scope", ["--project", "--user"])
def test_installing_twice_changes_nothing_the_second_time(desk: Desk, scope: str) -> None:
    assert "write" in desk.install(scope)
    first = desk.everything()
    assert "nothing to do" in desk.install(scope)
    assert desk.everything() == first


@pytest.mark.parametrize("scope", ["--project", "--user"])
def test_a_dry_run_says_exactly_what_would_change_and_changes_nothing(desk: Desk, scope: str) -> None:
    before = desk.everything()
    said = json.loads(desk.install(scope, "--dry-run", "--json"))
    assert desk.everything() == before
    desk.install(scope)
    made = {path for path, content in desk.everything().items() if content is not None} - before.keys()
    named = {one["path"] for one in said["changes"]}
    assert {path for path in made if not path.endswith(".alma/.gitignore")} == named
    assert said["memory_begun_in"] == (str(desk.folder) if scope == "--project" else None)


@pytest.mark.parametrize("scope", ["--project", "--user"])
def test_uninstalling_leaves_nothing_but_the_memory(desk: Desk, scope: str) -> None:
    before = desk.everything()
    desk.install(scope)
    desk.install(scope, "--uninstall")
    left = {path for path in desk.everything().keys() - before.keys() if "/.alma" not in path}
    assert left == set()
    if scope == "--project":
        assert sorted(path.name for path in (desk.folder / ".alma").iterdir()) == [".gitignore"]
    assert "nothing to do" in desk.install(scope, "--uninstall")


def test_a_user_s_settings_keep_every_key_and_come_back_byte_for_byte(desk: Desk) -> None:
    desk.settings.parent.mkdir()
    desk.settings.write_text(SETTINGS, "utf-8")
    desk.settings.chmod(0o640)
    desk.install()
    merged = json.loads(desk.settings.read_text("utf-8"))
    assert {name: merged[name] for name in json.loads(SETTINGS)} == json.loads(SETTINGS)
    assert desk.settings.stat().st_mode & 0o777 == 0o640
    desk.install("--uninstall")
    assert desk.settings.read_text("utf-8") == SETTINGS


def test_what_the_user_changed_meanwhile_stays(desk: Desk) -> None:
    desk.settings.parent.mkdir()
    desk.settings.write_text(SETTINGS, "utf-8")
    desk.install()
    merged = json.loads(desk.settings.read_text("utf-8"))
    merged["enabledPlugins"]["theirs@market"] = True
    merged["model"] = "opus"
    desk.settings.write_text(json.dumps(merged), "utf-8")
    desk.install("--uninstall")
    left = json.loads(desk.settings.read_text("utf-8"))
    assert left == {**json.loads(SETTINGS), "model": "opus", "enabledPlugins": {"theirs@market": True}}


def test_settings_behind_a_link_are_changed_where_they_lie(desk: Desk) -> None:
    target = desk.home / "dotfiles.json"
    target.write_text(SETTINGS, "utf-8")
    desk.settings.parent.mkdir()
    desk.settings.symlink_to(target)
    desk.install()
    assert desk.settings.is_symlink()
    assert "enabledPlugins" in json.loads(target.read_text("utf-8"))
    desk.install("--uninstall")
    assert desk.settings.is_symlink()
    assert target.read_text("utf-8") == SETTINGS


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        '{"a": 1,}',
        "[1]",
        '{"a": 1, "a": 2}',
        '{"enabledPlugins": []}',
        "// mine\n{}",
        "\x00",
        "[" * 100_000,
    ],
)
def test_settings_that_cannot_be_changed_safely_are_left_as_they_are(desk: Desk, broken: str) -> None:
    desk.settings.parent.mkdir()
    desk.settings.write_text(broken, "utf-8")
    before = desk.everything()
    assert "settings.local.json" in desk.refused()
    assert desk.everything() == before


def test_a_folder_of_somebody_else_s_is_not_written_into(desk: Desk) -> None:
    other = desk.home / ".claude" / "skills" / "alma" / "SKILL.md"
    other.parent.mkdir(parents=True)
    other.write_text("mine", "utf-8")
    assert "did not put there" in desk.refused("--user")
    assert other.read_text("utf-8") == "mine"
    assert "nothing to do" in desk.install("--user", "--uninstall")
    assert other.read_text("utf-8") == "mine"


def test_a_file_that_somebody_added_stays(desk: Desk) -> None:
    desk.install("--user")
    added = desk.home / ".claude" / "skills" / "alma" / "notes.md"
    added.write_text("mine", "utf-8")
    desk.install("--user", "--uninstall")
    assert [path for path, content in desk.everything().items() if content is not None] == [str(added)]


def test_a_forged_list_removes_nothing_outside_the_folder(desk: Desk) -> None:
    desk.install("--user")
    victim = desk.home / ".claude" / "victim"
    victim.write_text("mine", "utf-8")
    forged = ["../../victim", str(victim), "a/../../../victim", "", "x\0y", 5]
    (desk.home / ".claude" / "skills" / "alma" / "installed.json").write_text(json.dumps(forged), "utf-8")
    desk.install("--user", "--uninstall")
    assert victim.read_text("utf-8") == "mine"


def test_a_new_version_replaces_its_files_and_takes_away_those_it_no_longer_has(desk: Desk) -> None:
    desk.install("--user")
    folder = desk.home / ".claude" / "skills" / "alma"
    (folder / "README.md").write_text("older", "utf-8")
    (folder / "commands" / "gone.md").write_text("older", "utf-8")
    listed = json.loads((folder / "installed.json").read_text("utf-8"))
    (folder / "installed.json").write_text(json.dumps([*listed, "commands/gone.md"]), "utf-8")
    desk.install("--user")
    assert (folder / "README.md").read_text("utf-8").startswith("# ALMA")
    assert not (folder / "commands" / "gone.md").exists()


def test_a_project_is_installed_at_its_root_and_only_once(desk: Desk) -> None:
    deep = desk.folder / "web" / "src"
    deep.mkdir(parents=True)
    (desk.folder / ".git").mkdir()
    desk.install(cwd=deep)
    assert desk.settings.exists()
    assert (desk.folder / ".alma" / ".gitignore").read_text("utf-8") == "*\n"
    desk.install("--uninstall", cwd=deep)
    desk.install("--user")
    assert "for all your projects already" in desk.install()
    assert not desk.settings.exists()


def test_another_folder_for_claude_code_is_respected(desk: Desk, tmp_path: Path) -> None:
    desk.env["CLAUDE_CONFIG_DIR"] = str(tmp_path / "elsewhere")
    desk.install("--user")
    assert (tmp_path / "elsewhere" / "skills" / "alma" / ".claude-plugin" / "plugin.json").exists()


def test_another_program_is_refused_with_the_known_one(desk: Desk) -> None:
    ran = desk.alma("install", "another")
    assert ran.returncode == 2
    assert "claude-code" in ran.stderr


def test_the_version_of_the_plugin_is_that_of_the_package() -> None:
    import tomllib

    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    shipped = Path(plugin.MARKETPLACE)
    named = [shipped / "alma/.claude-plugin/plugin.json", shipped / plugin.CATALOG, ROOT / plugin.CATALOG]
    for path in named:
        document = json.loads(path.read_text("utf-8"))
        assert document.get("version") or document["plugins"][0]["version"] == version
    catalogs = [json.loads(path.read_text("utf-8")) for path in named[1:]]
    [inner], [outer] = (catalog["plugins"] for catalog in catalogs)
    assert {**inner, "source": ""} == {**outer, "source": ""}
    assert (ROOT / outer["source"]).resolve() == (shipped / inner["source"]).resolve()
    assert (shipped / "alma/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("again", [True, False], ids=["installed again", "as it was"])
def test_of_a_project_that_moved_nothing_stays_behind(desk: Desk, again: bool) -> None:
    desk.settings.parent.mkdir()
    desk.settings.write_text(SETTINGS, "utf-8")
    desk.install()
    moved = Desk(desk.home, desk.folder.with_name("moved"), desk.env)
    desk.folder.rename(moved.folder)
    if again:
        moved.install()
        assert "my shop" not in moved.settings.read_text("utf-8")
        assert "nothing to do" in moved.install()
    moved.install("--uninstall")
    assert moved.settings.read_text("utf-8") == SETTINGS
    assert sorted(path.name for path in (moved.folder / ".alma").iterdir()) == [".gitignore"]


def test_a_forged_name_takes_nothing_out_of_the_settings(desk: Desk) -> None:
    desk.install()
    catalog = desk.folder / ".alma" / "claude-code" / ".claude-plugin" / "marketplace.json"
    held = json.loads(desk.settings.read_text("utf-8"))
    held["extraKnownMarketplaces"]["others"] = {"source": {"source": "github", "repo": "others/plugins"}}
    desk.settings.write_text(json.dumps(held), "utf-8")
    catalog.write_text(json.dumps({"name": "others"}), "utf-8")
    desk.install()
    assert "others" in json.loads(desk.settings.read_text("utf-8"))["extraKnownMarketplaces"]

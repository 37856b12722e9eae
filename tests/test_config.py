"""Configuration: every key is checked, what was only found is not believed, and reading it again is cheap."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from alma.config import loading, places, trust, value
from alma.config.cache import cached
from alma.config.loading import parse
from alma.config.places import find, make_folder
from alma.config.value import Config
from alma.domain.errors import ConfigError, InvalidInput, StoreError, Untrusted
from alma.domain.scope import Agent
from alma.domain.values import fields

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
ANOTHER_USER = 12345

EXAMPLE = """\
project: my-shop                        # default: the folder's name, kept in the store from then on
store: sqlite:///.alma/alma.db          # or postgresql://…
embedder: minilm
strict_agents: false                    # true: an agent that is not declared is an error
half_life: 800                          # outcomes of the same agent
holdout: 0                              # share of attempts that go without earned memories, for report
verify: ["pytest*", "npm test*"]        # commands whose exit code is a verified result
warn: advise                            # advise | ask | deny
domains:
  testing_strategies: How to test user interfaces, waits, flaky tests     # a description lets texts be sorted into it
agents:
  helena:
    can_learn: [testing_strategies, selector_patterns]
    cannot_learn: [backend_logic, database_queries]
  senior_architect:
    share_with: [junior_dev, qa_agent]
  junior_dev:
    inherit_from: [senior_architect]
"""


class Desk:
    """One user's home, and one project that they work in."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.project = folder / "shop"
        self.home.mkdir()
        self.project.mkdir()
        self.environ = {"HOME": str(self.home)}
        self.file = self.project / ".alma" / "config.yaml"

    def configure(self, text: str | bytes) -> Path:
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_bytes(text.encode() if isinstance(text, str) else text)
        return self.file

    def load(self, path: str | Path | None = None, **said: object) -> Config:
        environ = {**self.environ, **said.pop("environ", {})}  # type: ignore[dict-item]
        cwd = str(said.pop("cwd", self.project))
        return loading.load(path, environ=environ, cwd=cwd, **said)  # type: ignore[arg-type]

    def trust(self) -> str:
        return trust.trust(str(self.file), environ=self.environ)

    @property
    def cache_files(self) -> list[Path]:
        return [path for path in (self.home / ".cache").rglob("*") if path.is_file()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path.resolve())


def refusal(text: str, **how: object) -> ConfigError:
    with pytest.raises(ConfigError) as refused:
        parse(text, **how)  # type: ignore[arg-type]
    return refused.value


# --- what it says -------------------------------------------------------------------------------------------


def test_the_documented_example_reads_exactly_as_it_is_meant() -> None:
    config = parse(EXAMPLE)
    assert config.project == "my-shop"
    assert config.store == "sqlite:///.alma/alma.db"
    assert config.embedder == "minilm"
    assert config.strict_agents is False
    assert config.half_life == 800
    assert config.holdout == 0
    assert config.verify == ("pytest*", "npm test*")
    assert config.warn == "advise"
    assert config.scopes.domains == {"testing_strategies": "How to test user interfaces, waits, flaky tests"}
    assert config.scopes.agents == {
        "helena": Agent(
            "helena",
            can_learn=("testing_strategies", "selector_patterns"),
            cannot_learn=("backend_logic", "database_queries"),
        ),
        "senior_architect": Agent("senior_architect", share_with=("junior_dev", "qa_agent")),
        "junior_dev": Agent("junior_dev", inherit_from=("senior_architect",)),
    }


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "~", "project:\nagents:\nverify:\n"])
def test_a_file_that_says_nothing_gives_the_defaults(text: str) -> None:
    config = parse(text)
    assert config == Config()
    assert (config.project, config.store, config.embedder) == (None, "sqlite:///.alma/alma.db", "minilm")
    assert (config.strict_agents, config.half_life, config.holdout) == (False, 800, 0)
    assert (config.warn, config.prompt_recall, config.scopes.agents) == ("advise", True, {})
    assert {"pytest*", "npm test*", "go test*", "cargo test*", "make test*"} <= set(config.verify)


def test_nothing_learnable_and_everything_learnable_are_told_apart() -> None:
    agents = parse("agents:\n  all:\n  also_all: {can_learn: }\n  none: {can_learn: []}\n").scopes.agents
    assert agents["all"] == Agent("all")
    assert agents["also_all"].can_learn is None
    assert agents["none"].can_learn == ()


def test_an_agent_may_share_with_agents_that_nobody_declared() -> None:
    agents = parse("agents: {senior: {share_with: [someone], inherit_from: [an other]}}").scopes.agents
    assert agents["senior"].share_with == ("someone",)
    assert agents["senior"].inherit_from == ("an other",)


def test_prompt_recall_is_switched_on_and_off() -> None:
    assert parse("prompt_recall: off").prompt_recall is False
    assert parse("prompt_recall: on").prompt_recall is True


def test_no_command_is_verified_when_the_list_is_empty() -> None:
    assert parse("verify: []").verify == ()


@pytest.mark.parametrize(("written", "meant"), [("1e3", 1000), ("1_000", 1000), ("0.5", 0.5), ("0800", 800)])
def test_a_number_may_be_written_as_people_write_it(written: str, meant: float) -> None:
    assert parse(f"half_life: {written}").half_life == meant


def test_a_config_cannot_be_changed() -> None:
    config = parse(EXAMPLE)
    with pytest.raises(AttributeError, match="frozen"):
        config.folder = "/elsewhere"
    with pytest.raises(AttributeError):
        config.project = "other"  # type: ignore[misc]


# --- what it refuses ----------------------------------------------------------------------------------------


def test_a_typo_in_a_key_names_the_line_and_the_nearest_key() -> None:
    error = refusal("project: shop\nembeder: minilm\n", path="shop/.alma/config.yaml")
    assert error.line == 2
    assert error.known == ("embedder",)
    assert str(error) == ("shop/.alma/config.yaml:2: unknown key 'embeder'; did you mean 'embedder'?")


def test_a_typo_in_an_agents_key_names_the_line_and_the_nearest_key() -> None:
    error = refusal("agents:\n  helena:\n    can_learn: [a]\n    canot_learn: [b]\n")
    assert error.line == 4
    assert error.known == ("cannot_learn",)
    assert "agents.helena" in str(error)


def test_a_key_like_no_other_lists_the_known_ones() -> None:
    assert {"store", "agents", "prompt_recall"} <= set(refusal("zzzzzz: 1").known)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\na: 2", 2, "twice"),
        ("agents:\n  helena: {}\n  victor: {}\n  helena: {}", 4, "twice"),
        ("agents:\n  helena:\n    can_learn: [a]\n    can_learn: [b]", 4, "twice"),
        ("\nhalf_life: 0", 2, "more than 0"),
        ("half_life: -1", 1, "more than 0"),
        ("half_life: .inf", 1, "number"),
        ("half_life: 9" + "9" * 400, 1, "more than 0"),
        ('half_life: "800"', 1, "number"),
        ("half_life: true", 1, "number"),
        ("holdout: 1", 1, "less than 1"),
        ("holdout: -0.1", 1, "at least 0"),
        ("holdout: .nan", 1, "number"),
        ("strict_agents: 1", 1, "true or false"),
        ('prompt_recall: "off"', 1, "without quotes"),
        ("warn: shout", 1, "advise, ask, deny"),
        ("warn: off", 1, "advise, ask, deny"),
        ("project: 2024", 1, "quotes"),
        ("project: [a]", 1, "text"),
        ('project: ""', 1, "1 to"),
        ('project: " shop"', 1, "blank"),
        ('project: "a\\nb"', 1, "line break"),
        ('project: "a\\0b"', 1, "cannot be shown"),
        ('project: "\\e[2J"', 1, "cannot be shown"),
        ('project: "\\ud800"', 1, "cannot be shown"),
        (f"project: {'x' * 201}", 1, "200"),
        ("store: alma.db", 1, "URL"),
        ("store: sqlite:alma.db", 1, "URL"),
        ("store: sqlite://alma.db", 1, "three slashes"),
        ("store: sqlite:///", 1, "three slashes"),
        ("store: SQLite:///x.db", 1, "small letters"),
        ("verify: pytest*", 1, "verify: [pytest*]"),
        ("verify: {a: b}", 1, "list"),
        ("verify:\n  - pytest*\n  - 3", 3, "text"),
        ("agents:\n  helena:\n    can_learn: testing", 3, "write can_learn: [testing]"),
        ("agents:\n  helena:\n    can_learn: [a, yes]", 3, "quotes"),
        ("agents:\n  helena:\n    can_learn: [a..b]", 3, "empty part"),
        ("agents:\n  helena:\n    share_with: ['']", 3, "1 to"),
        ("agents:\n  helena:\n    share_with: [~]", 3, "text"),
        ("agents:\n  helena: all", 2, "key: value"),
        ("agents: [helena]", 1, "agents must be written as"),
        ('agents:\n  "": {}', 2, "is empty"),
        ('agents:\n  "helena ": {}', 2, "blank"),
        ("agents:\n  ~: {}", 2, "plain name"),
        ("agents:\n  ? [a, b]\n  : {}", 2, "plain name"),
        ("domains:\n  testing:", 2, "description"),
        ("domains:\n  unsorted: the rest", 2, "cannot be described"),
        ("domains:\n  testing: [a]", 2, "text"),
        ("- a\n- b", 1, "key: value"),
        ("just words", 1, "key: value"),
        ("project: shop\nstore: [", 2, "not YAML"),
        ("project: shop\n\tstore: x", 2, "not YAML"),
        ("project: a\x00b", 1, "not YAML"),
        ("project: a\n---\nproject: b", 2, "not YAML"),
        ('project: "\\UFFFFFFFF"', None, "not YAML"),
        ("base: &x {}\nagents: *x", 1, "aliases"),
        ("agents: *x", 1, "aliases"),
        ("agents:\n  <<: {}", 2, "plain name"),
        ("project: shop\nstore: !!python/object/apply:os.system ['true']", 2, "tags"),
        ("project: !!str 3", 1, "tags"),
        ("agents: " + "[" * 5000, 1, "deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int | None, says: str) -> None:
    error = refusal(text)
    assert error.line == line
    assert says in str(error)


def test_a_hostile_text_cannot_write_control_characters_to_the_terminal() -> None:
    assert str(refusal('"\\e]0;pwned\\a": 1')).isprintable()


def test_bytes_that_are_not_utf8_are_refused_with_their_line(desk: Desk) -> None:
    desk.configure(b"project: shop\ndomains:\n  caf\xe9: words\n")
    with pytest.raises(ConfigError, match="UTF-8") as refused:
        desk.load()
    assert refused.value.line == 3


def test_a_byte_order_mark_is_no_part_of_the_first_key(desk: Desk) -> None:
    desk.configure(b"\xef\xbb\xbfproject: shop\n")
    assert desk.load().project == "shop"


def test_a_huge_file_is_refused_unread(desk: Desk) -> None:
    desk.configure("#" * (loading.LARGEST + 1))
    with pytest.raises(ConfigError, match="larger"):
        desk.load()


def test_another_spelling_of_the_files_name_is_not_ignored_in_silence(desk: Desk) -> None:
    desk.configure("").rename(desk.file.with_suffix(".yml"))
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        desk.load()


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("nowhere", path)])
def test_a_configuration_that_is_no_readable_file_is_an_error(desk: Desk, make: object) -> None:
    desk.file.parent.mkdir()
    make(desk.file)  # type: ignore[operator]
    with pytest.raises(ConfigError) as refused:
        desk.load()
    assert refused.value.path == str(desk.file)


# --- the environment ----------------------------------------------------------------------------------------


def test_variables_are_filled_in_from_the_environment() -> None:
    text = "store: postgresql://alma:${PASSWORD}@db/shop\nagents: {helena: {can_learn: ['${TOPIC}']}}"
    config = parse(text, environ={"PASSWORD": "s3cret", "TOPIC": "waits"})
    assert config.store == "postgresql://alma:s3cret@db/shop"
    assert config.scopes.agents["helena"].can_learn == ("waits",)


def test_a_variable_that_is_not_set_is_an_error_with_its_line() -> None:
    error = refusal("project: shop\nstore: ${NO_SUCH}\n", environ={})
    assert error.line == 2
    assert "NO_SUCH" in str(error)


def test_what_a_variable_contains_is_not_expanded_again() -> None:
    assert parse("verify: ['${A}']", environ={"A": "${B}", "B": "x"}).verify == ("${B}",)


def test_a_doubled_dollar_is_a_literal_one_and_a_broken_reference_is_an_error() -> None:
    assert parse("verify: ['make $${X}']", environ={}).verify == ("make ${X}",)
    assert refusal("verify: ['${not a name}']", environ={}).line == 1


def test_the_environment_overrides_the_file_and_the_caller_overrides_both(desk: Desk) -> None:
    desk.configure("project: written\nstore: sqlite:///written.db\n")
    environ = {
        "ALMA_PROJECT": "from-environment",
        "ALMA_STORE": "postgresql://db/shop",
        "ALMA_AGENT": "helena",
    }
    config = desk.load(environ=environ)
    assert (config.project, config.store_url) == ("from-environment", "postgresql://db/shop")
    assert config.default_agent == "helena"
    config = desk.load(environ=environ, project="said", store="sqlite:///said.db")
    assert (config.project, config.store) == ("said", "sqlite:///said.db")


@pytest.mark.parametrize("variable", ["ALMA_PROJECT", "ALMA_AGENT", "ALMA_STORE"])
def test_a_bad_value_in_the_environment_names_its_variable(desk: Desk, variable: str) -> None:
    with pytest.raises(ConfigError, match=variable):
        desk.load(environ={variable: "two\nlines"})


def test_empty_variables_count_as_not_set(desk: Desk) -> None:
    names = ("ALMA_STORE", "ALMA_PROJECT", "ALMA_AGENT", "ALMA_CONFIG", "ALMA_API_KEY")
    config = desk.load(environ=dict.fromkeys(names, ""))
    assert (config.project, config.default_agent, config.api_key) == (None, None, None)


def test_keys_and_passwords_are_kept_out_of_what_is_printed(desk: Desk) -> None:
    environ = {"ALMA_API_KEY": "key-123", "ALMA_STORE": "postgresql://me:s3cret@db/shop?password=s3cret"}
    config = desk.load(environ=environ)
    assert config.api_key == "key-123"
    assert "key-123" not in repr(config)
    assert "s3cret" not in repr(config)
    assert "postgresql://db/shop" in repr(config)


# --- what the caller says -----------------------------------------------------------------------------------


def test_agents_of_the_caller_replace_those_of_the_file(desk: Desk) -> None:
    desk.configure("agents: {victor: {}}")
    config = desk.load(agents={"helena": {"can_learn": ["waits"]}, "ada": Agent("ada", can_learn=())})
    assert config.scopes.agents == {
        "helena": Agent("helena", can_learn=("waits",)),
        "ada": Agent("ada", can_learn=()),
    }


def test_every_field_of_an_agent_that_a_program_gives_survives(desk: Desk) -> None:
    helena = Agent("helena", ("waits",), ("sql",), ("victor",), ("ada",), 7)
    bare = Agent("helena")
    assert all(getattr(helena, name) != getattr(bare, name) for name in fields(helena) if name != "name")
    assert desk.load(agents={"helena": helena}).scopes.agents == {"helena": helena}
    assert desk.load(agents={"helena": bare}).scopes.agents == {"helena": bare}


@pytest.mark.parametrize("quota", [0, -1, 1.5, True, "7"])
def test_a_quota_that_a_program_gives_is_checked_like_that_of_a_file(desk: Desk, quota: Any) -> None:
    for agent in (Agent("helena", quota=quota), {"quota": quota}):
        with pytest.raises(InvalidInput, match="quota"):
            desk.load(agents={"helena": agent})


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"store": "x.db"}, "store"),
        ({"store": 3}, "store"),
        ({"project": " "}, "project"),
        ({"agents": {"helena": {"can_lern": []}}}, "agents"),
        ({"agents": {"helena": {"can_learn": "waits"}}}, "agents"),
        ({"agents": {"helena": {"can_learn": {1, 2}}}}, "agents"),
        ({"agents": {3: {}}}, "agents"),
        ({"agents": ["helena"]}, "agents"),
    ],
)
def test_what_the_caller_says_is_checked_like_a_file(desk: Desk, said: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        desk.load(**said)
    assert refused.value.field == field


def test_the_usual_agent_is_the_environments_then_the_only_one_declared() -> None:
    assert Config(default_agent="ada").usual_agent == "ada"
    assert parse("agents: {helena: {}}").usual_agent == "helena"
    assert parse("agents: {helena: {}, victor: {}}").usual_agent == "default"
    assert parse("").usual_agent == "default"


# --- places -------------------------------------------------------------------------------------------------


def test_the_nearest_alma_folder_upwards_is_used(desk: Desk) -> None:
    desk.configure("project: shop")
    deep = desk.project / "src" / "cart"
    deep.mkdir(parents=True)
    config = desk.load(cwd=deep)
    assert (config.project, config.folder) == ("shop", str(desk.project))
    assert config.database == str(desk.project / ".alma" / "alma.db")
    (deep / ".alma").mkdir()
    assert find(str(deep)).folder == str(deep)


def test_without_any_alma_folder_nothing_is_made_and_the_place_is_here(desk: Desk) -> None:
    config = desk.load()
    assert (config.folder, config.path) == (str(desk.project), None)
    assert config.store_url == f"sqlite:///{desk.project}/.alma/alma.db"
    assert config.default_project == "shop"
    assert list(desk.project.iterdir()) == []
    assert find(str(desk.project)).exists is False


def test_a_project_takes_a_name_that_can_be_shown_from_its_folder() -> None:
    assert Config(folder="/srv/my shop").default_project == "my shop"
    assert Config(folder="/srv/a\nb\udcff").default_project == "a_b_"
    assert Config(folder="/").default_project == "default"


def test_relative_databases_start_at_the_folder_that_holds_alma(desk: Desk) -> None:
    deep = desk.project / "src"
    deep.mkdir()
    desk.configure("store: sqlite:///data/x.db")
    assert desk.load(cwd=deep).database == str(desk.project / "data" / "x.db")
    assert desk.load(cwd=deep, store="sqlite:///y.db").database == str(desk.project / "y.db")
    assert desk.load(cwd=deep, store="sqlite:////abs/z.db").store_url == "sqlite:////abs/z.db"
    with pytest.raises(InvalidInput, match=r"must name a file"):
        desk.load(cwd=deep, store="sqlite:///:memory:")
    assert desk.load(cwd=deep, store="postgresql://db/shop").database is None


def test_relative_databases_start_here_where_there_is_no_alma_folder(desk: Desk) -> None:
    assert desk.load(store="sqlite:///x.db").database == str(desk.project / "x.db")


def test_a_named_configuration_outside_an_alma_folder_is_its_own_place(desk: Desk) -> None:
    file = desk.project / "team.yaml"
    file.write_text("store: sqlite:///team.db")
    config = desk.load("team.yaml")
    assert (config.path, config.database) == (str(file), str(desk.project / "team.db"))
    assert desk.load(environ={"ALMA_CONFIG": str(file)}, cwd="/") == config


def test_a_named_configuration_that_is_not_there_is_an_error(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        desk.load("nowhere.yaml")


def test_an_alma_folder_that_is_none_is_an_error_not_passed_over(desk: Desk) -> None:
    inner = desk.project / "inner"
    inner.mkdir()
    desk.configure("")
    (inner / ".alma").symlink_to("gone")
    with pytest.raises(ConfigError, match="leads nowhere"):
        find(str(inner))
    (inner / ".alma").unlink()
    (inner / ".alma").write_text("")
    with pytest.raises(ConfigError, match="in the way"):
        find(str(inner))


def test_a_link_in_a_circle_is_an_error(desk: Desk) -> None:
    (desk.project / ".alma").symlink_to(".alma")
    with pytest.raises(ConfigError, match="leads nowhere"):
        desk.load()


@contextmanager
def open_folder_of_an_ordinary_user() -> Iterator[Path]:
    """A folder outside pytest's private one; as root, work in it as somebody else."""
    folder = Path(tempfile.mkdtemp()).resolve()
    try:
        folder.chmod(0o755)
        if IS_ROOT:
            os.chown(folder, ANOTHER_USER, -1)
            os.seteuid(ANOTHER_USER)
        yield folder
    finally:
        if IS_ROOT:
            os.seteuid(0)
        shutil.rmtree(folder)


def test_an_alma_folder_that_cannot_be_looked_into_is_an_error_not_an_empty_one() -> None:
    with open_folder_of_an_ordinary_user() as folder:
        (folder / ".alma").mkdir()
        (folder / ".alma").chmod(0)
        with pytest.raises(ConfigError, match="Permission denied"):
            loading.load(environ={}, cwd=str(folder))
        (folder / ".alma").chmod(0o700)


def test_a_folder_that_cannot_be_looked_into_holds_no_memory() -> None:
    with open_folder_of_an_ordinary_user() as folder:
        (folder / "closed").mkdir()
        (folder / "closed").chmod(0)
        assert find(str(folder / "closed")).exists is False
        (folder / "closed").chmod(0o700)


def test_the_folder_is_made_private_and_ignored_by_git(desk: Desk) -> None:
    made = Path(make_folder(str(desk.project)))
    assert made == desk.project / ".alma"
    assert (made / ".gitignore").read_text() == "*\n"
    assert made.stat().st_mode & 0o077 == 0
    (made / ".gitignore").write_text("alma.db\n")
    make_folder(str(desk.project))
    assert (made / ".gitignore").read_text() == "alma.db\n"


def test_a_folder_that_cannot_be_made_is_a_store_error(desk: Desk) -> None:
    (desk.project / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        make_folder(str(desk.project / "file"))


# --- git ----------------------------------------------------------------------------------------------------

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always")
    outside = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, env=outside)


def repository(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "first")
    return folder


@needs_git
def test_a_git_worktree_uses_the_memory_of_its_main_one(desk: Desk) -> None:
    repository(desk.project)
    branch = desk.project.parent / "branch"
    git(desk.project, "worktree", "add", "--quiet", str(branch))
    (branch / "src").mkdir()
    assert find(str(branch / "src")).folder == str(desk.project)
    assert find(str(branch)).exists is False
    desk.configure("project: shop")
    (branch / ".alma").mkdir()
    assert desk.load(cwd=branch / "src").project == "shop"


@needs_git
def test_a_copied_git_file_does_not_open_another_projects_memory(desk: Desk) -> None:
    repository(desk.project)
    branch = desk.project.parent / "branch"
    git(desk.project, "worktree", "add", "--quiet", str(branch))
    desk.configure("project: shop")
    forged = desk.project.parent / "unpacked"
    forged.mkdir()
    shutil.copy(branch / ".git", forged / ".git")
    assert find(str(forged)).folder == str(forged)


@needs_git
def test_a_submodule_is_no_worktree(desk: Desk) -> None:
    library = repository(desk.project.parent / "library")
    repository(desk.project)
    git(desk.project, "submodule", "--quiet", "add", str(library), "lib")
    inner = desk.project / "lib"
    assert (inner / ".git").is_file()
    assert find(str(inner)).folder == str(inner)
    desk.configure("project: shop")
    assert find(str(inner)).folder == str(desk.project)


@needs_git
def test_a_worktree_of_a_bare_repository_keeps_its_own_memory(desk: Desk) -> None:
    repository(desk.project)
    git(desk.project.parent, "clone", "--quiet", "--bare", str(desk.project), "bare.git")
    branch = desk.project.parent / "branch"
    git(desk.project.parent / "bare.git", "worktree", "add", "--quiet", str(branch))
    assert find(str(branch)).folder == str(branch)


@pytest.mark.parametrize(
    "content", [b"", b"gitdir:", b"gitdir: /nowhere", b"gitdir: \0", b"\xff\xfe", b"gitdir: ."]
)
def test_a_strange_git_file_is_passed_over(desk: Desk, content: bytes) -> None:
    (desk.project / ".git").write_bytes(content)
    assert find(str(desk.project)).folder == str(desk.project)


# --- other users --------------------------------------------------------------------------------------------

only_root = pytest.mark.skipif(not IS_ROOT, reason="only root can give a file to somebody else")


@only_root
@pytest.mark.parametrize("whose", [".alma", ".alma/config.yaml", ".alma/alma.db"])
def test_what_belongs_to_another_user_is_refused(desk: Desk, whose: str) -> None:
    desk.configure("project: planted")
    (desk.project / ".alma" / "alma.db").touch()
    assert desk.load().project == "planted"
    os.chown(desk.project / whose, ANOTHER_USER, -1)
    with pytest.raises(Untrusted, match=str(ANOTHER_USER)):
        desk.load()


@only_root
def test_what_belongs_to_another_user_is_used_when_it_is_named(desk: Desk) -> None:
    desk.configure("project: shared")
    os.chown(desk.file.parent, ANOTHER_USER, -1)
    assert desk.load(desk.file).project == "shared"
    assert desk.load(environ={"SUDO_UID": str(ANOTHER_USER)}).project == "shared"
    desk.file.unlink()
    assert desk.load(store="sqlite:///x.db").store == "sqlite:///x.db"


@only_root
def test_what_belongs_to_root_is_believed_and_another_users_is_not_by_ordinary_users() -> None:
    with open_folder_of_an_ordinary_user() as folder:
        os.seteuid(0)
        (folder / ".alma").mkdir(mode=0o755)
        (folder / ".alma").chmod(0o755)
        os.seteuid(ANOTHER_USER)
        assert loading.load(environ={}, cwd=str(folder)).folder == str(folder)
        os.seteuid(0)
        os.chown(folder / ".alma", ANOTHER_USER + 1, -1)
        os.seteuid(ANOTHER_USER)
        with pytest.raises(Untrusted):
            loading.load(environ={"SUDO_UID": str(ANOTHER_USER + 1)}, cwd=str(folder))


# --- trust --------------------------------------------------------------------------------------------------


def test_a_cloned_folder_cannot_send_memories_to_a_server_until_it_is_trusted(desk: Desk) -> None:
    desk.configure("store: postgresql://me:s3cret@evil.example/shop\n")
    with pytest.raises(Untrusted) as refused:
        desk.load()
    assert "postgresql://evil.example/shop" in str(refused.value)
    assert f"alma trust {desk.file}" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    digest = desk.trust()
    assert len(digest) == 64
    assert desk.load().store == "postgresql://me:s3cret@evil.example/shop"


def test_a_changed_content_has_to_be_trusted_again(desk: Desk) -> None:
    desk.configure("store: postgresql://db/shop\n")
    desk.trust()
    desk.load()
    desk.configure("store: postgresql://evil.example/shop\n")
    with pytest.raises(Untrusted):
        desk.load()


def test_trust_is_for_one_file_not_for_its_copies(desk: Desk, tmp_path: Path) -> None:
    desk.configure("store: postgresql://db/shop\n")
    desk.trust()
    shutil.copytree(desk.project, tmp_path / "copy")
    with pytest.raises(Untrusted):
        desk.load(cwd=tmp_path.resolve() / "copy")


@pytest.mark.parametrize(
    "text",
    [
        "store: sqlite:////tmp/elsewhere.db",
        "store: sqlite:///../elsewhere.db",
        "store: sqlite:///.alma/../../elsewhere.db",
        "store: sqlite:///link/elsewhere.db",
        "store: mysql://db/shop",
        "embedder: openai",
        "embedder: https://evil.example/embed",
        "project: ${HOME}",
        "verify: ['${HOME}']",
        "agents: {helena: {can_learn: ['${HOME}']}}",
    ],
)
def test_whatever_leads_outside_needs_trust_when_it_was_found_and_none_when_it_was_named(
    desk: Desk, text: str
) -> None:
    (desk.project / "link").symlink_to("/tmp")
    desk.configure(text)
    for _ in range(2):  # the second time from the cache, where there is one
        with pytest.raises(Untrusted):
            desk.load()
        assert isinstance(desk.load(desk.file), Config)
    assert desk.load(environ={"ALMA_CONFIG": str(desk.file)}) == desk.load(desk.file)
    desk.trust()
    assert desk.load() == desk.load(desk.file)


def test_all_that_a_file_asks_for_is_named_at_once(desk: Desk) -> None:
    desk.configure("store: postgresql://db/shop\nembedder: openai\n")
    with pytest.raises(Untrusted, match=r"postgresql.*openai"):
        desk.load()


def test_a_variable_is_not_even_read_before_its_file_is_trusted(desk: Desk) -> None:
    desk.configure("store: postgresql://${SECRET}.evil.example/shop\n")
    with pytest.raises(Untrusted) as refused:
        desk.load(environ={"SECRET": "s3cret"})
    assert "SECRET" in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_store_named_by_the_caller_is_not_asked_of_the_file(desk: Desk) -> None:
    desk.configure("store: postgresql://evil.example/shop\nproject: shop\n")
    assert desk.load(store="sqlite:///.alma/alma.db").project == "shop"
    assert desk.load(environ={"ALMA_STORE": "postgresql://mine/shop"}).store == "postgresql://mine/shop"


@pytest.mark.parametrize("link", [".alma", ".alma/alma.db"])
def test_a_found_folder_that_is_a_link_to_another_projects_memory_is_refused(desk: Desk, link: str) -> None:
    other = desk.project.parent / "other"
    (other / ".alma").mkdir(parents=True)
    if link != ".alma":
        (desk.project / ".alma").mkdir()
    (desk.project / link).symlink_to(other / link)
    with pytest.raises(Untrusted, match="--store"):
        desk.load()
    assert desk.load(store="sqlite:///.alma/alma.db").folder == str(desk.project)


def test_trust_is_kept_private_outside_the_project(desk: Desk) -> None:
    desk.configure("store: postgresql://db/shop\n")
    desk.trust()
    record = desk.home / ".config" / "alma" / "trusted.json"
    assert list(json.loads(record.read_text())) == [str(desk.file)]
    assert record.stat().st_mode & 0o777 == 0o600
    desk.environ["XDG_CONFIG_HOME"] = str(desk.home / "xdg")
    with pytest.raises(Untrusted):
        desk.load()
    desk.trust()
    assert desk.load().path == str(desk.file)
    assert (desk.home / "xdg" / "alma" / "trusted.json").is_file()


def test_a_relative_settings_folder_is_ignored_because_the_project_could_be_there(desk: Desk) -> None:
    desk.configure("store: postgresql://db/shop\n")
    digest = desk.trust()
    forged = desk.project / "settings" / "alma" / "trusted.json"
    forged.parent.mkdir(parents=True)
    forged.write_text(json.dumps({str(desk.file): digest}))
    shutil.rmtree(desk.home / ".config")
    with pytest.raises(Untrusted):
        desk.load(environ={"XDG_CONFIG_HOME": "settings"})


def test_a_list_of_trusted_files_that_others_could_write_is_not_believed(desk: Desk) -> None:
    desk.configure("store: postgresql://db/shop\n")
    desk.trust()
    (desk.home / ".config" / "alma" / "trusted.json").chmod(0o666)
    with pytest.raises(Untrusted):
        desk.load()


def test_a_damaged_list_of_trusted_files_is_an_error(desk: Desk) -> None:
    desk.configure("store: postgresql://db/shop\n")
    desk.trust()
    (desk.home / ".config" / "alma" / "trusted.json").write_text("[")
    with pytest.raises(ConfigError, match="trusted"):
        desk.load()
    with pytest.raises(ConfigError, match="trusted"):
        desk.trust()


def test_a_file_that_is_not_there_cannot_be_trusted(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="cannot be trusted"):
        desk.trust()


# --- the cache ----------------------------------------------------------------------------------------------

HEAVY = {"yaml", "pathlib", "typing", "difflib", "importlib.metadata", "dataclasses"}
LOADED = """
import sys
from alma.config.loading import load
config = load()
print(config.project, config.store_url, config.usual_agent)
print(" ".join(sys.modules))
"""


def loaded_in_a_new_process(desk: Desk) -> tuple[str, set[str]]:
    # Without site-packages' start-up files: an editable install's may load anything.
    source = str(Path(value.__file__).parents[2])
    code = f"import sys; sys.path.insert(0, {source!r})\n" + LOADED
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=desk.project,
        env=desk.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    said, modules = ran.stdout.splitlines()
    return said, set(modules.split())


def test_reading_it_again_loads_nothing_heavy(desk: Desk) -> None:
    desk.configure(EXAMPLE)
    first = desk.load()
    said, modules = loaded_in_a_new_process(desk)
    assert said == f"my-shop {first.store_url} default"
    assert not HEAVY & modules


def test_where_there_is_no_file_nothing_heavy_is_loaded(desk: Desk) -> None:
    said, modules = loaded_in_a_new_process(desk)
    assert said.startswith("None sqlite:///")
    assert not HEAVY & modules


def test_what_was_cached_reads_the_same(desk: Desk) -> None:
    desk.configure(EXAMPLE)
    first = desk.load()
    assert len(desk.cache_files) == 1
    assert desk.load() == first
    assert desk.load().scopes == first.scopes


def test_a_changed_file_is_read_again(desk: Desk) -> None:
    desk.configure("project: one")
    desk.load()
    desk.configure("project: two")
    assert desk.load().project == "two"
    assert len(desk.cache_files) == 1


@pytest.mark.parametrize("damage", [b"", b"\n", b"{", b"\xff" * 50, b"x\n{}", None])
def test_a_damaged_cache_is_ignored_and_replaced(desk: Desk, damage: bytes | None) -> None:
    desk.configure("project: shop")
    first = desk.load()
    (cache,) = desk.cache_files
    cache.write_bytes(cache.read_bytes().replace(b"shop", b"evil") if damage is None else damage)
    assert desk.load() == first
    assert b"shop" in cache.read_bytes()


def test_a_cache_that_others_could_write_is_ignored(desk: Desk) -> None:
    desk.configure("project: shop")
    desk.load()
    (cache,) = desk.cache_files
    believed = cached(str(desk.file), desk.file.read_bytes(), desk.environ)
    assert believed == {"project": "shop"}
    cache.chmod(0o666)
    assert cached(str(desk.file), desk.file.read_bytes(), desk.environ) is None


@only_root
def test_a_cache_of_another_user_is_ignored(desk: Desk) -> None:
    desk.configure("project: shop")
    desk.load()
    (cache,) = desk.cache_files
    os.chown(cache, ANOTHER_USER, -1)
    assert cached(str(desk.file), desk.file.read_bytes(), desk.environ) is None


def test_the_cache_is_private_and_outside_the_project(desk: Desk) -> None:
    desk.configure("project: shop")
    desk.load()
    (cache,) = desk.cache_files
    assert cache.stat().st_mode & 0o777 == 0o600
    assert list((desk.project / ".alma").iterdir()) == [desk.file]


def test_a_cache_that_cannot_be_written_is_done_without(desk: Desk) -> None:
    desk.configure("project: shop")
    (desk.home / ".cache").write_text("in the way")
    assert desk.load().project == "shop"
    assert desk.load(environ={"HOME": "", "XDG_CACHE_HOME": "/proc/nowhere"}).project == "shop"


def test_what_the_environment_said_is_never_cached(desk: Desk) -> None:
    desk.configure("project: ${SECRET}")
    desk.trust()
    assert desk.load(environ={"SECRET": "one"}).project == "one"
    assert desk.load(environ={"SECRET": "two"}).project == "two"
    assert desk.cache_files == []


def test_a_wrong_file_is_as_wrong_the_second_time(desk: Desk) -> None:
    desk.configure("embeder: minilm")
    for _ in range(2):
        with pytest.raises(ConfigError, match="embeder"):
            desk.load()


def test_every_key_and_variable_is_in_the_reference() -> None:
    from alma.config.schema import KEYS

    page = (Path(__file__).parents[1] / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    variables = ("ALMA_STORE", "ALMA_PROJECT", "ALMA_AGENT", "ALMA_CONFIG", "ALMA_API_KEY")
    assert [name for name in (*KEYS, *variables) if f"`{name}`" not in page] == []
    assert [pattern for pattern in value.VERIFY if f"`{pattern}`" not in page] == []
    assert places.NAME in page

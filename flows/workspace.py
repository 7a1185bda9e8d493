"""A workspace: one folder with everything of an office in it, made by ``tongbu init``."""

import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from content import events, migrations
from content.assets import Assets
from content.clock import Clock, system_clock
from content.database import Database, DatabaseUnusable, integrity_problem, open_database
from content.people import Keys
from content.schema import workspace as facts
from content.sealing import Sealing
from content.vocabulary import WorkspaceKind
from flows.settings import SANDBOX, SETTINGS_FILE, Settings, SettingsError, load

DATABASE_FILE = "ledger.sqlite"
TOKEN_KEY = "token.key"  # noqa: S105 - a file's name


class WorkspaceError(Exception):
    """A workspace that cannot be made or opened; the message says what to do."""


@dataclass
class Workspace:
    """An open workspace. *clock* is injected, so that tests can live in any year."""

    home: Path
    settings: Settings
    clock: Clock = system_clock
    assets: Assets = field(init=False)
    keys: Keys = field(init=False)

    def __post_init__(self) -> None:
        self.assets = Assets(self.home / "assets")
        self.keys = Keys(self.home / "keys")

    @classmethod
    def open(cls, home: Path, clock: Clock = system_clock) -> "Workspace":
        """Opens a workspace. Raises SettingsError, WorkspaceError or DatabaseUnusable."""
        opened = cls(home.absolute(), load(home), clock)
        opened.check_kind()
        return opened

    @cached_property
    def database(self) -> Database:
        """The ledger's database, its tables up to date."""
        url = self.settings.database or f"sqlite:///{self.home / DATABASE_FILE}"
        if not self.settings.database and not (self.home / DATABASE_FILE).exists():
            raise DatabaseUnusable(f"{self.home / DATABASE_FILE} is gone: put it back from your backup")
        database = open_database(url, self.clock)
        try:
            migrations.upgrade(database)
        except DBAPIError as problem:
            raise DatabaseUnusable(f"the ledger's database cannot be opened: {problem.orig}") from problem
        return database

    @cached_property
    def sealing(self) -> Sealing:
        """What seals the platforms' tokens in the database; its key stands outside it. Raises WorkspaceError."""
        path = self.home / "secrets" / TOKEN_KEY
        try:
            return Sealing.of(path)
        except OSError as problem:
            raise WorkspaceError(
                f"{path} cannot be used: {problem.strerror}. Let this user read and write it"
            ) from problem

    def check_kind(self) -> None:
        """The kind was fixed at ``init``; a settings file that says otherwise is refused."""
        with self.database.read() as connection:
            kept = connection.execute(select(facts.c.value).where(facts.c.name == "kind")).scalar_one_or_none()
        if kept != self.settings.kind.value:
            raise WorkspaceError(f"this workspace was made as {kept}; workspace.kind cannot be changed afterwards")

    @property
    def run_folder(self) -> Path:
        return self.home / "run"

    @property
    def prefect_home(self) -> Path:
        return self.home / "prefect"

    @property
    def sandbox_folder(self) -> Path:
        return self.home / "sandbox"

    @property
    def has_sandbox_outlets(self) -> bool:
        return any(outlet.options.get("api") == SANDBOX for outlet in self.settings.active_outlets)

    def outlet_folder(self, outlet_id: str) -> Path:
        """An outlet's own folder: the site's pages, a partner's drop."""
        return self.home / "outlets" / outlet_id


def make(home: Path, kind: WorkspaceKind = WorkspaceKind.REHEARSAL, database_url: str = "") -> Workspace:
    """Makes a workspace with the default settings. Raises WorkspaceError when the folder is in use or not writable."""
    if home.exists() and any(home.iterdir()):
        raise WorkspaceError(f"{home} is not empty: choose another folder, or use what is there")
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in ("run", "keys", "secrets"):
            (home / name).mkdir(mode=0o700)
        (home / SETTINGS_FILE).write_text(_settings_text(kind, database_url), encoding="utf-8")
    except OSError as problem:
        raise WorkspaceError(
            f"{home} cannot be written: {problem.strerror}. Choose a folder of yours with --home"
        ) from problem
    settings = load(home)
    _make_database(home, settings)
    if kind is WorkspaceKind.REHEARSAL:
        _make_sandbox_accounts(home, settings)
    return Workspace.open(home)


def check(workspace: Workspace) -> str | None:
    """What is wrong with the database's file, None when nothing is."""
    return integrity_problem(workspace.database)


def _settings_text(kind: WorkspaceKind, database_url: str) -> str:
    text = files("flows").joinpath("data", SETTINGS_FILE).read_text(encoding="utf-8")
    text = text.replace('database = "" ', f'database = "{database_url}" ')
    if kind is WorkspaceKind.PRODUCTION:
        text = text.replace('kind = "rehearsal" ', 'kind = "production"')
        text = text.replace('api = "sandbox", ', "")
        text = text.replace(", quiet_seconds = 2", "").replace("options = { quiet_seconds = 2 }\n", "")
    return text


def _make_database(home: Path, settings: Settings) -> None:
    database = open_database(settings.database or f"sqlite:///{home / DATABASE_FILE}")
    migrations.upgrade(database)
    with database.write() as connection:
        if connection.execute(select(facts.c.value)).first() is not None:
            raise WorkspaceError("the database belongs to a workspace already: name an empty one")
        identity = secrets.token_hex(8)
        connection.execute(
            insert(facts), [{"name": "kind", "value": settings.kind.value}, {"name": "id", "value": identity}]
        )
        events.append(
            connection, database, "workspace.made", "workspace", {"kind": settings.kind.value, "id": identity}
        )
    database.engine.dispose()


def _make_sandbox_accounts(home: Path, settings: Settings) -> None:
    """Gives every outlet that points to the sandbox an account there, with credentials of its own."""
    import json

    accounts: dict[str, list[dict[str, str]]] = {"weibo": [], "wechat": []}
    for outlet in settings.outlets:
        if outlet.options.get("api") != SANDBOX:
            continue
        secret = secrets.token_hex(16)
        if outlet.channel == "weibo":
            entry = {"uid": outlet.identity, "name": outlet.name, "token": secret, "domain": settings.site.domain}
            _write_private(home / "secrets" / f"{outlet.id}.toml", f'access_token = "{secret}"\n')
        else:
            entry = {"appid": outlet.identity, "name": outlet.name, "secret": secret}
            _write_private(home / "secrets" / f"{outlet.id}.toml", f'secret = "{secret}"\n')
        accounts[outlet.channel].append(entry)
    (home / "sandbox").mkdir(mode=0o700)
    _write_private(home / "sandbox" / "accounts.json", json.dumps(accounts, ensure_ascii=False, indent=1))


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)


PassphraseOf = Callable[[str], Callable[[], str]]
"""Gives, for a person's name, the function that asks for their passphrase."""

__all__ = ["PassphraseOf", "SettingsError", "Workspace", "WorkspaceError", "check", "make"]

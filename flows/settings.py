"""The settings: the only reader of ``tongbu.toml``, of the secrets' files and of the environment."""

import os
import stat
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from channels import CHANNELS
from content.gazette.plan import PlanWrong, plan_of
from content.office import Column, Office, Site
from content.outlet import Outlet
from content.signing import Level
from content.vocabulary import Action, Kind, WorkspaceKind

T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)

SETTINGS_FILE = "tongbu.toml"
SANDBOX = "sandbox"
LOOPBACK = ("127.", "localhost", "[::1]", "::1")
LONGEST_BACKOFF = timedelta(hours=1)

CALLBACK_SECRETS = ("callback_token", "callback_aes_key")

# How long the platforms may take until a read shows what was accepted (contracts: Weibo 20032; engine.md 4.4).
QUIET_SECONDS = {"weibo": 120.0, "wechat": 600.0}
# A server may still be at a renaming whose answer it could not send (WebDAV moves a folder file by file).
REMOTE_DROP_SECONDS = 60.0


class SettingsError(Exception):
    """A setting that is missing or wrong; the message names the file, the place and the mend."""


@dataclass(frozen=True)
class EngineSettings:
    """Times of the engine, in seconds; *absent_reads* is a count, *measure_hour* an hour of the day in China."""

    lease_seconds: float = 60.0
    follow_seconds: float = 30.0
    backoff_seconds: float = 30.0
    absent_reads: int = 2
    measure: bool = True
    measure_hour: int = 9

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)

    def backoff(self, failures: int) -> timedelta:
        """The pause after so many failures in a row: doubled each time, an hour at most."""
        return min(timedelta(seconds=self.backoff_seconds * 2 ** min(failures, 12)), LONGEST_BACKOFF)


@dataclass(frozen=True)
class Settings:
    """Everything that ``tongbu.toml`` says, checked."""

    kind: WorkspaceKind
    database: str
    office: Office
    organs: frozenset[str]
    site: Site
    allowed_hosts: tuple[str, ...]
    levels: tuple[Level, ...]
    withdraw_role: str
    withdrawal_subtracts: bool
    engine: EngineSettings
    outlets: tuple[Outlet, ...]

    def outlet(self, outlet_id: str) -> Outlet | None:
        return next((outlet for outlet in self.outlets if outlet.id == outlet_id), None)

    def levels_for(self, action: Action) -> tuple[Level, ...]:
        """Which sign-offs a package needs: all levels, or for a withdrawal one authorised person's word."""
        return (Level("撤稿", self.withdraw_role),) if action is Action.WITHDRAW else self.levels

    def account_of(self, outlet_id: str) -> tuple[str, ...]:
        """The outlets on one account at a platform, this one among them: what one does there the others see."""
        one = self.outlet(outlet_id)
        if one is None:
            return (outlet_id,)
        account = (one.channel, one.identity)
        return tuple(outlet.id for outlet in self.outlets if (outlet.channel, outlet.identity) == account)

    @property
    def active_outlets(self) -> tuple[Outlet, ...]:
        return tuple(outlet for outlet in self.outlets if outlet.active)


def quiet_time(outlet: Outlet) -> timedelta:
    """How long after a lost answer the outlet must be left before a look at it proves anything."""
    usual = REMOTE_DROP_SECONDS if "://" in str(outlet.options.get("folder", "")) else 0.0
    return timedelta(seconds=float(outlet.options.get("quiet_seconds", QUIET_SECONDS.get(outlet.channel, usual))))


def load(home: Path) -> Settings:
    """Reads and checks the settings of a workspace. Raises SettingsError."""
    path = home / SETTINGS_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(f"{home} is no workspace: make one with tongbu --home {home} init") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{path} cannot be read: {problem}") from problem
    try:
        return parse(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(f"{path} is not TOML: {problem}") from problem
    except SettingsError as problem:
        raise SettingsError(f"{path}: {problem}") from problem


def parse(values: Mapping[str, Any]) -> Settings:
    """Settings from the file's values. Raises SettingsError that names the table and the key."""
    top = _Table("", values)
    workspace, office, site = top.table("workspace"), top.table("office"), top.table("site")
    checks, signing, counts = top.table("checks"), top.table("signing"), top.table("counts")
    kind = _word(WorkspaceKind, workspace.text("kind"), "workspace.kind")
    columns = tuple(_column(_Table(f"columns[{n}]", entry)) for n, entry in enumerate(top.tables("columns"), 1))
    outlets = tuple(_outlet(_Table(f"outlets[{n}]", entry)) for n, entry in enumerate(top.tables("outlets"), 1))
    settings = Settings(
        kind=kind,
        database=workspace.text("database", ""),
        office=_office(office, top.table("gazette"), rehearsal=kind is WorkspaceKind.REHEARSAL),
        organs=frozenset(office.texts("organs", ())),
        site=_site(site, columns),
        allowed_hosts=tuple(checks.texts("allowed_hosts", ("gov.cn",))),
        levels=_levels(signing),
        withdraw_role=signing.text("withdraw_role", "撤稿"),
        withdrawal_subtracts=counts.flag("withdrawal_subtracts", False),  # noqa: FBT003 # the default reads well here
        engine=_engine(top.table("engine")),
        outlets=outlets,
    )
    _check_whole(settings)
    return settings


def environment_home() -> str | None:
    return os.environ.get("TONGBU_HOME")


def environment_passphrase(name: str) -> str | None:
    """The passphrase of a person from ``TONGBU_PASSPHRASE_<NAME>``, the name as it is or in upper case."""
    return os.environ.get(f"TONGBU_PASSPHRASE_{name}") or os.environ.get(f"TONGBU_PASSPHRASE_{name.upper()}")


def secrets_of(home: Path, outlet_id: str) -> dict[str, str]:
    """An outlet's credentials: ``secrets/<id>.toml`` (0600), and ``TONGBU_SECRET_<ID>_<NAME>`` above it.

    Raises SettingsError when others may read the file. No message holds a value.
    """
    path = home / "secrets" / f"{outlet_id}.toml"
    found: dict[str, str] = {}
    if path.exists():
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsError(f"{path} can be read by others: chmod 600 {path}")
        try:
            found = {name: str(value) for name, value in tomllib.loads(path.read_text(encoding="utf-8")).items()}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise SettingsError(f'{path} is not TOML: lines such as secret = "…"') from None
    return found | _secrets_in_environment(outlet_id)


def callback_secrets_of(home: Path, outlet_id: str) -> dict[str, str]:
    """What the public process may hold of an outlet's credentials: ``callback_token`` and ``callback_aes_key``.

    Where the environment has the token, or where this user may not read the file, the file is left alone. Raises
    SettingsError as ``secrets_of`` does.
    """
    given = _secrets_in_environment(outlet_id)
    if "callback_token" not in given:
        with suppress(PermissionError):
            given = secrets_of(home, outlet_id)
    return {name: given[name].strip() for name in CALLBACK_SECRETS if given.get(name, "").strip()}


def _secrets_in_environment(outlet_id: str) -> dict[str, str]:
    prefix = f"TONGBU_SECRET_{outlet_id.replace('-', '_').upper()}_"
    return {name[len(prefix) :].lower(): value for name, value in os.environ.items() if name.startswith(prefix)}


class _Table:
    """One table of the file, read key by key with errors that name the place."""

    def __init__(self, place: str, values: Any) -> None:
        if not isinstance(values, Mapping):
            raise SettingsError(f"{place or 'the file'} must be a table")
        self.place, self.values = place, values

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def table(self, key: str) -> "_Table":
        return _Table(self._at(key), self.values.get(key, {}))

    def tables(self, key: str) -> list[Any]:
        found = self.values.get(key, [])
        if not isinstance(found, list):
            raise SettingsError(f"{self._at(key)} must be written as [[{key}]]")
        return found

    def text(self, key: str, otherwise: str | None = None) -> str:
        return self._typed(key, otherwise, str, "a text")

    def flag(self, key: str, otherwise: bool) -> bool:
        return self._typed(key, otherwise, bool, "true or false")

    def number(self, key: str, otherwise: float) -> float:
        value = self.values.get(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise SettingsError(f"{self._at(key)} must be a number that is not negative")
        return float(value)

    def texts(self, key: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        value = self.values.get(key, list(otherwise))
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise SettingsError(f"{self._at(key)} must be a list of texts")
        return tuple(value)

    def only(self, *keys: str) -> None:
        unknown = sorted(set(self.values) - set(keys))
        if unknown:
            raise SettingsError(f"{self._at(unknown[0])} is not known: {self.place} has {', '.join(keys)}")

    def _typed(self, key: str, otherwise: T | None, kind: type[T], wanted: str) -> T:
        value = self.values.get(key, otherwise)
        if value is None:
            raise SettingsError(f"{self._at(key)} is missing")
        if not isinstance(value, kind):
            raise SettingsError(f"{self._at(key)} must be {wanted}")
        return value


def _office(table: _Table, gazette: _Table, *, rehearsal: bool) -> Office:
    table.only("organ", "name", "organ_code", "address", "postcode", "phone", "organs", "imprint")
    names = ("organ", "name", "organ_code", "address", "postcode", "phone")
    imprint = {key: str(value) for key, value in table.table("imprint").values.items()}
    try:
        plan = plan_of(gazette.values)
    except PlanWrong as problem:
        raise SettingsError(str(problem)) from None
    return Office(**{name: table.text(name) for name in names}, imprint=imprint, rehearsal=rehearsal, gazette=plan)


def _site(table: _Table, columns: tuple[Column, ...]) -> Site:
    names = ("name", "url", "domain", "id_code", "icp", "police_record")
    table.only(*names)
    values = {name: table.text(name) for name in names}
    if not values["url"].startswith(("http://", "https://")) or values["url"].endswith("/"):
        raise SettingsError("site.url must begin with http:// or https:// and end without a slash")
    return Site(**values, columns=columns)


def _column(table: _Table) -> Column:
    table.only("id", "name", "type", "description", "keywords")
    return Column(
        id=table.text("id"),
        name=table.text("name"),
        type=table.text("type"),
        description=table.text("description"),
        keywords=table.text("keywords"),
    )


def _outlet(table: _Table) -> Outlet:
    table.only(*(field.name for field in fields(Outlet)), "lead_minutes")
    outlet_id, channel = table.text("id"), table.text("channel")
    if channel not in CHANNELS:
        raise SettingsError(f"{table.place}.channel {channel!r} is not known: {', '.join(CHANNELS)}")
    if not outlet_id.replace("-", "").replace("_", "").isalnum() or not outlet_id.isascii():
        raise SettingsError(f"{table.place}.id {outlet_id!r} may have ASCII letters, digits, - and _ only")
    return Outlet(
        id=outlet_id,
        channel=channel,
        name=table.text("name"),
        identity=table.text("identity"),
        required=table.flag("required", True),  # noqa: FBT003 # the default reads well here
        active=table.flag("active", True),  # noqa: FBT003 # same
        kinds=frozenset(_word(Kind, kind, f"{table.place}.kinds") for kind in table.texts("kinds", ())),
        columns=frozenset(table.texts("columns", ())),
        languages=frozenset(table.texts("languages", ())),
        groups=frozenset(table.texts("groups", ())),
        lead=timedelta(minutes=table.number("lead_minutes", 0)),
        options=dict(table.table("options").values),
    )


def _levels(table: _Table) -> tuple[Level, ...]:
    found = tuple(
        Level(entry.text("name"), entry.text("role"))
        for entry in (_Table(f"signing.levels[{n}]", value) for n, value in enumerate(table.tables("levels"), 1))
    )
    if not found:
        raise SettingsError("signing.levels is empty: nothing may go out on nobody's signature")
    return found


def _engine(table: _Table) -> EngineSettings:
    defaults = EngineSettings()
    table.only(*(field.name for field in fields(EngineSettings)))
    hour = table.number("measure_hour", defaults.measure_hour)
    if hour not in range(24):
        raise SettingsError("engine.measure_hour must be a whole hour from 0 to 23")
    return EngineSettings(
        lease_seconds=table.number("lease_seconds", defaults.lease_seconds),
        follow_seconds=table.number("follow_seconds", defaults.follow_seconds),
        backoff_seconds=table.number("backoff_seconds", defaults.backoff_seconds),
        absent_reads=max(1, int(table.number("absent_reads", defaults.absent_reads))),
        measure=table.flag("measure", defaults.measure),
        measure_hour=int(hour),
    )


def _word(words: type[W], value: str, place: str) -> W:
    try:
        return words(value)
    except ValueError:
        known = ", ".join(str(word) for word in words)
        raise SettingsError(f"{place} {value!r} is not known: {known}") from None


def _check_whole(settings: Settings) -> None:
    for name, ids in (
        ("columns", [c.id for c in settings.site.columns]),
        ("outlets", [o.id for o in settings.outlets]),
    ):
        twice = {entry for entry in ids if ids.count(entry) > 1}
        if twice:
            raise SettingsError(f"{name}: {min(twice)} stands there twice")
    mistaken = {o.id for o in settings.outlets} & {name for o in settings.outlets for name in o.groups}
    if mistaken:
        raise SettingsError(f"outlets: {min(mistaken)} is an outlet and cannot be the name of a group")
    if not any(outlet.channel == "website" for outlet in settings.active_outlets):
        raise SettingsError("outlets: there must be a website, the others link to it")
    for outlet in settings.outlets:
        _refuse_second_name(outlet)
    if settings.kind is WorkspaceKind.PRODUCTION:
        _refuse_loopback(settings)


def _refuse_second_name(outlet: Outlet) -> None:
    """The gazette's name has one place, for its cover and every site."""
    if outlet.channel == "gazette" and "masthead" in outlet.options:
        raise SettingsError(f"outlets: {outlet.id}.options.masthead is not known: write it as name in [gazette]")
    if outlet.channel == "website" and isinstance(outlet.options.get("gazette"), str):
        raise SettingsError(
            f"outlets: {outlet.id}.options.gazette must be true or false: the gazette's name stands in [gazette]"
        )


def _refuse_loopback(settings: Settings) -> None:
    for outlet in settings.outlets:
        for option in ("api", "webhook", "webhook_status"):
            address = str(outlet.options.get(option, ""))
            host = address.partition("://")[2] or address
            if address == SANDBOX or host.startswith(LOOPBACK):
                what = "a sandbox" if option == "api" else f"this machine ({option})"
                raise SettingsError(f"outlets: {outlet.id} points to {what}, which a production workspace refuses")

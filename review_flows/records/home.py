"""The home: one folder with everything the system writes, opened as one thing.

    HOME/records.db     the database (unless REVIEW_FLOWS_DATABASE_URL names another)
    HOME/documents/     files by sha256
    HOME/receipts/      回执 of submissions
    HOME/quarantine/    submissions that could not be understood, with the reason
    HOME/checkpoints/   signed checkpoints of the audit trail
    HOME/keys/          the home's keys, readable by the owner alone
    HOME/prefect/       Prefect's own files

The first event of a home is `home.opened`, or `home.opened_for_demo`: only there a clock in a file is accepted, and
every paper bears 演示. It names the home, and by that the key that signs its checkpoints.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from review_flows.errors import SettingsError
from review_flows.records import audit
from review_flows.records.audit import SYSTEM, Entry
from review_flows.records.clock import Clock, FileClock, SystemClock
from review_flows.records.database import Upgrade, connect, current_revision, newest_revision, reading, upgrade, writing
from review_flows.records.documents import Store
from review_flows.records.guards import guard_hash
from review_flows.records.keys import Keys
from review_flows.settings import Settings

_FOLDERS = ("documents", "receipts", "quarantine", "checkpoints", "prefect")
_OPENED, _OPENED_FOR_DEMO = "home.opened", "home.opened_for_demo"


@dataclass(frozen=True)
class Home:
    """An open home."""

    settings: Settings
    engine: Engine
    store: Store
    keys: Keys
    is_demo: bool
    clock: Clock

    def now(self) -> datetime:
        """The present instant, in +08:00; only flows, pages and commands ask."""
        return self.clock.now()

    @property
    def origin(self) -> str:
        """The home's name in its checkpoints."""
        return self.keys.origin

    @property
    def receipts(self) -> Path:
        return self.settings.home / "receipts"

    @property
    def quarantine(self) -> Path:
        return self.settings.home / "quarantine"

    @property
    def checkpoints(self) -> Path:
        return self.settings.home / "checkpoints"

    @property
    def prefect(self) -> Path:
        return self.settings.home / "prefect"

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def open_home(settings: Settings, *, demo: bool = False, in_doubt: bool = False) -> Home:
    """The home named by the settings, made if it is not there, its schema brought up to date.

    `demo` makes a new home one for demonstration; a home that exists stays what it is. `in_doubt` is for those who
    examine a trail that may be broken: nothing is concluded from its first entry, and nothing is written to it.
    """
    _make_folders(settings.home)
    keys = Keys(settings.home / "keys")
    keys.make()
    store = Store(settings.home / "documents")
    engine = connect(settings.database_url or f"sqlite:///{settings.home / 'records.db'}")
    try:
        if in_doubt and current_revision(engine) is not None:
            return Home(settings, engine, store, keys, is_demo=False, clock=SystemClock())
        is_demo, clock = _begin(engine, settings, keys, demo)
    except BaseException:
        engine.dispose()
        raise
    return Home(settings, engine, store, keys, is_demo, clock)


def _begin(engine: Engine, settings: Settings, keys: Keys, demo: bool) -> tuple[bool, Clock]:
    """Whether it is a demo home, and its clock; schema and first entry are there afterwards."""
    done = upgrade(engine)
    first = _first_entry(engine) or _open_first(engine, settings, keys, demo)
    _check_keys(settings, keys, first)
    is_demo = first.event == _OPENED_FOR_DEMO
    clock = _clock(settings, is_demo=is_demo)
    if done.before is not None and done.changed:
        _tell_upgrade(engine, clock, done)
    return is_demo, clock


def _make_folders(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in _FOLDERS:
            (home / name).mkdir(exist_ok=True)
    except OSError as error:
        raise SettingsError("REVIEW_FLOWS_HOME", f"{home} 不能用作数据目录（{error.strerror}）。") from error


def _first_entry(engine: Engine) -> Entry | None:
    with reading(engine) as session:
        return next(iter(audit.entries(session, limit=1)), None)


def _open_first(engine: Engine, settings: Settings, keys: Keys, demo: bool) -> Entry:
    clock = _clock(settings, is_demo=demo)
    with writing(engine) as session:
        if there := audit.entries(session, limit=1):  # another process opened it meanwhile
            return there[0]
        event, at = _OPENED_FOR_DEMO if demo else _OPENED, clock.now()
        first = audit.record(session, event, actor=SYSTEM, at=at, subject=("home", keys.origin))
        _record_schema(session, at, None, newest_revision())
        return first


def _tell_upgrade(engine: Engine, clock: Clock, done: Upgrade) -> None:
    with writing(engine) as session:
        _record_schema(session, clock.now(), done.before, done.now)


def _record_schema(session: Session, at: datetime, before: str | None, now: str) -> None:
    """Every migration is an event that names the guards it left: checkpoints are held against it."""
    audit.record(
        session,
        "schema.upgraded",
        actor=SYSTEM,
        at=at,
        subject=("guards", guard_hash(session)),
        payload={"before": before, "now": now},
    )


def _check_keys(settings: Settings, keys: Keys, first: Entry) -> None:
    """A database belongs to the keys it was opened with; others can neither sign for it nor read its secrets."""
    if first.subject is None or first.subject.id != keys.origin:
        raise SettingsError(
            str(settings.home / "keys"), "不是建立这个数据库时的密钥；请恢复原来的密钥文件夹，或另设数据目录和数据库。"
        )


def _clock(settings: Settings, *, is_demo: bool) -> Clock:
    if settings.clock is None:
        return SystemClock()
    if not is_demo:
        raise SettingsError(
            "REVIEW_FLOWS_CLOCK", f"{settings.home} 不是演示用的数据目录，只用系统时钟；请去掉此设置，或另用演示目录。"
        )
    return FileClock(settings.clock)

"""The audit trail against its floor: the same work without our part, on the same machine in the same minute.

`python benchmarks/bench_audit.py [ENTRIES]` (100,000 by default). Absolute figures are noisy; the ratios count.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.checkpoints import in_folder
from review_flows.records.database import CHINA, reading, writing
from review_flows.records.export import write_export
from review_flows.records.home import Home, open_home
from review_flows.records.sealing import seal
from review_flows.settings import Settings

APPENDS = 1500
START = datetime(2020, 1, 1, 8, 0, tzinfo=CHINA)
EVENTS = ("sign_off.given", "step.started", "document.fetched")
WORDS = ("依据充分，程序合法", "应当予以修改：第三条增设了许可", "材料齐备，予以受理", "口令不对")
QUERIES: dict[str, dict[str, Any]] = {
    "a case": {"case": "2026-ND-0042"},
    "a person, 30 days": {"person": "person7", "since": START.date(), "until": START.date() + timedelta(days=30)},
    "a person, newest 50": {"person": "person7", "order": "newest", "limit": 50},
    "the newest of a kind": {"event": "sign_off.given", "order": "newest", "limit": 50},
    "two Chinese characters, newest 50": {"text": "许可", "order": "newest", "limit": 50},
    "words that are not there": {"text": "没有的话"},
}


def main(entries: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        home = open_home(Settings(place / "home", None, place, place))
        floor = bare_appends(place / "bare.db")
        ours = per_second(lambda number: append(home, number), APPENDS)
        say("append, one transaction each", f"{ours:,.0f}/s", f"{ours / floor:.2f} of a bare insert ({floor:,.0f}/s)")
        fill(home, entries)
        say(f"first checkpoint over {entries:,}", f"{seconds(lambda: seal(home)):.2f} s")
        append(home, entries + APPENDS)
        say("checkpoint after one more entry", f"{seconds(lambda: seal(home)) * 1000:.1f} ms")
        bare, full = seconds(lambda: read_all(home)), seconds(lambda: verify(home))
        say(f"verify {entries:,}", f"{full:.2f} s", f"{full / bare:.1f} × only reading ({bare:.2f} s)")
        for name, wanted in QUERIES.items():
            found = [seconds(lambda asked=wanted: query(home, asked)) for _ in range(5)]  # type: ignore[misc]
            say(f"query {name}", f"{min(found) * 1000:.1f} ms")
        out = place / "export.zip"
        took = seconds(lambda: write_export(home, out))
        copy = seconds(lambda: (place / "copy").write_bytes((place / "home" / "records.db").read_bytes()))
        say(f"export {entries:,}", f"{took:.2f} s", f"{out.stat().st_size / 1e6:.0f} MB; bare copy {copy:.2f} s")
        home.close()


def append(home: Home, number: int) -> None:
    with writing(home.engine) as session:
        write(session, number)


def write(session: Session, number: int) -> None:
    audit.record(
        session,
        EVENTS[number % 3],
        actor=Actor(f"person{number % 40}", "legal_reviewer", "justice"),
        at=START + timedelta(minutes=number),
        case=f"2026-ND-{number % 3000:04}",
        step="legality_review",
        round=1,
        documents=["ab" * 32],
        rules=["ND-11"],
        reason=WORDS[number % 4],
    )


def fill(home: Home, entries: int) -> None:
    for first in range(APPENDS, APPENDS + entries, 1000):
        with writing(home.engine) as session:
            for number in range(first, min(first + 1000, APPENDS + entries)):
                write(session, number)


def bare_appends(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (seq INTEGER PRIMARY KEY, body TEXT)")

    def insert(_: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO bare (body) VALUES (?)", ("x" * 600,))
        connection.execute("COMMIT")

    found = per_second(insert, APPENDS)
    connection.close()
    return found


def read_all(home: Home) -> None:
    statement = "SELECT * FROM audit_entries e LEFT JOIN audit_payloads p ON p.seq = e.seq ORDER BY e.seq"
    with reading(home.engine) as session:
        for _ in session.connection().exec_driver_sql(statement):
            pass


def verify(home: Home) -> None:
    with reading(home.engine) as session:
        result = audit.verify(session, checkpoints=in_folder(home.checkpoints), public_key=home.keys.public_key)
    assert result.ok, result.problems


def query(home: Home, wanted: dict[str, Any]) -> None:
    with reading(home.engine) as session:
        audit.entries(session, **wanted)


def per_second(act: Callable[[int], object], times: int) -> float:
    started = time.perf_counter()
    for number in range(times):
        act(number)
    return times / (time.perf_counter() - started)


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def say(what: str, figure: str, remark: str = "") -> None:
    print(f"{what:<44}{figure:>12}  {remark}".rstrip())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

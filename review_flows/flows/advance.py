"""Moves cases on: opens what has become due, makes its papers, and opens one Prefect run per ask (Wait).

Re-entrant throughout: the rows come first (`cases.advance`), the run second, its id on the row third. Killed
between any two, the next call finds the row and its idempotency key (`wait-<id>`) and goes on from there.

The record decides, so whoever changes a case (a command, the intake, a sign-off) only writes; `Follower` reads the
audit trail's head in the worker's process and advances the cases that new entries name, within half a second.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterable

from sqlmodel import Session, col, select

from review_flows.cases.advance import cases_to_advance, lose_wait, open_due
from review_flows.cases.case import Case, Wait
from review_flows.cases.papers import issue_papers
from review_flows.cases.standing import open_waits
from review_flows.errors import ReviewFlowsError
from review_flows.flows.client import Prefect
from review_flows.flows.place import Place
from review_flows.flows.steps import WORKS
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import SYSTEM, entries, record
from review_flows.records.database import reading, writing

DEPLOYMENT = "human-step/human-step"

# Entries that no step waits for: this room's own notes and what readers leave.
_NEVER_DUE = frozenset(
    {"run.opened", "run.closed", "form.asked", "document.fetched", "document.refused", "links.renewed", "rules.changed"}
)
_LOOK_EVERY_SECONDS = 0.4
_LAST_ACT_SECONDS = 5.0
_log = logging.getLogger(__name__)


def advance(place: Place, prefect: Prefect, case: str) -> None:
    """Do all that is due in a case now."""
    with writing(place.home.engine) as session:
        open_due(session, place.catalogs, case, now=place.home.now())
    if issue_papers(place.home, place.catalogs, case, place.home.now(), WORKS):
        with writing(place.home.engine) as session:  # a paper made here may be what the next step lacked
            open_due(session, place.catalogs, case, now=place.home.now())
    open_runs(place, prefect, case)
    close_needless_runs(place, prefect, case)


def advance_all(place: Place, prefect: Prefect) -> None:
    """Do all that is due in any case."""
    with reading(place.home.engine) as session:
        cases = cases_to_advance(session)
    for case in cases:
        advance(place, prefect, case)


def open_runs(place: Place, prefect: Prefect, case: str | None = None) -> int:
    """Open a run for every open ask that has none, and return how many; an ask whose key is spent is asked anew."""
    with reading(place.home.engine) as session:
        waits = [wait for wait in open_waits(session, case) if wait.run_id is None]
    for wait in waits:
        _open_run(place, prefect, wait)
    return len(waits)


def _open_run(place: Place, prefect: Prefect, wait: Wait) -> None:
    assert wait.id is not None
    name, tags = _name_and_tags(place, wait)
    run = prefect.open_run(DEPLOYMENT, name=name, key=wait.key, parameters={"wait": wait.id}, tags=tags)
    if not run.is_over:
        bind(place, wait.id, run.id)
        return
    with writing(place.home.engine) as session:
        if (row := session.get_one(Wait, wait.id)).closed_at is not None or row.run_id is not None:
            return
        following = lose_wait(session, wait.id, f"它的运行已经结束（{run.state_name}）", place.home.now())
    with reading(place.home.engine) as session:
        _open_run(place, prefect, session.get_one(Wait, following))


def bind(place: Place, wait: int, run_id: str) -> bool:
    """Write down which run drives an open ask; False where another run does, or it needs no answer any more."""
    with writing(place.home.engine) as session:
        row = session.get_one(Wait, wait)
        if row.closed_at is not None or row.run_id not in (None, run_id):
            return False
        if row.run_id is None:
            row.run_id = run_id
            session.add(row)
            record(
                session, "run.opened", actor=SYSTEM, at=place.home.now(), case=row.case, step=row.step, round=row.round,
                subject=("wait", str(wait)), payload={"run": run_id},
            )  # fmt: skip
    return True


def _name_and_tags(place: Place, wait: Wait) -> tuple[str, list[str]]:
    """A readable name (案号 步骤 第N轮) and tags to search by; of a secret matter (涉密) no more than its number."""
    with reading(place.home.engine) as session:
        case = session.get_one(Case, wait.case)
    tags = [f"case:{case.number}", f"kind:{case.kind}", f"step:{wait.step}"]
    if case.is_secret:
        return case.number, tags
    return f"{case.number} {step_label(place.catalogs, case, wait)} 第{wait.round}轮", [*tags, f"unit:{wait.unit}"]


def step_label(catalogs: Catalogs, case: Case, wait: Wait) -> str:
    """The step's name as this kind of case calls it."""
    return catalogs.label(wait.step, case.kind)


def close_needless_runs(place: Place, prefect: Prefect, case: str) -> None:
    """Cancel the runs whose ask needs no answer any more (withdrawn, superseded), so that nobody fills a dead form."""
    with reading(place.home.engine) as session:
        waits = _closed_without_answer(session, case)
    still_there = prefect.runs(wait.run_id for wait in waits if wait.run_id)
    for run in still_there.values():
        if not run.is_over:
            prefect.close_run(run.id, "CANCELLED", "这项待办已不需要答复")


def _closed_without_answer(session: Session, case: str) -> list[Wait]:
    query = select(Wait).where(
        Wait.case == case,
        col(Wait.closed_at).is_not(None),
        col(Wait.outcome).not_in(("answered", "refused")),
        col(Wait.run_id).is_not(None),
    )
    driven_on = {wait.run_id for wait in open_waits(session, case)}
    return [wait for wait in session.exec(query) if wait.run_id not in driven_on]


class Follower(threading.Thread):
    """Advances the cases that new entries of the audit trail name, until it is stopped."""

    def __init__(self, place: Place) -> None:
        super().__init__(name="follower", daemon=True)
        self._place = place
        self._stopping = threading.Event()
        self._seen = self._head()
        self._owed: list[str] = []

    def run(self) -> None:
        """Look, advance, wait a moment. A fault of the program ends the worker, so that it is seen and replaced."""
        try:
            with self._place.prefect() as prefect:
                while not self._stopping.wait(_LOOK_EVERY_SECONDS):
                    self.follow(prefect)
        finally:
            if not self._stopping.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    def follow(self, prefect: Prefect) -> None:
        """Advance the cases that have changed, and those that could not be advanced before (Prefect out of reach)."""
        due, self._owed = _each_once([*self._owed, *self.changed_cases()]), []
        for case in due:
            try:
                advance(self._place, prefect, case)
            except ReviewFlowsError as error:
                _log.error("%s: %s", case, error)
                self._owed.append(case)

    def stop(self) -> None:
        """End after what it is doing; what takes too long is left to the next worker."""
        self._stopping.set()
        self.join(_LAST_ACT_SECONDS)

    def changed_cases(self) -> list[str]:
        """The cases that entries since the last look name, oldest entry first."""
        with reading(self._place.home.engine) as session:
            new = entries(session, after=self._seen)
        if new:
            self._seen = new[-1].seq
        return _each_once(entry.case for entry in new if entry.case and entry.event not in _NEVER_DUE)

    def _head(self) -> int:
        with reading(self._place.home.engine) as session:
            newest = entries(session, order="newest", limit=1)
        return newest[0].seq if newest else 0


def _each_once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))

"""One real system per test run: Prefect's server, the warm worker, the document server, on a home with the real clock.

    case = office.submit(a_contract())
    office.sign(case, "legality_review", "lawful")

Every sign-off is given by a person made for it, so that no test has to wait for the next one-time code.
"""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from review_flows.cases.case import SignOff, Wait
from review_flows.cases.intake import take_folder
from review_flows.cases.show import show
from review_flows.cases.standing import open_waits
from review_flows.errors import SignOffError
from review_flows.flows import answering
from review_flows.flows.client import Prefect, Run
from review_flows.flows.engine import Engine
from review_flows.flows.place import Place
from review_flows.people import codes
from review_flows.people import person as persons
from review_flows.records.audit import SYSTEM, Entry, entries
from review_flows.records.database import reading, writing
from review_flows.records.home import open_home
from review_flows.settings import Settings
from review_flows.web.documents import DocumentServer
from sqlmodel import select
from tests.cases.building import Package

ROOT = Path(__file__).resolve().parents[2]
# Generous: a test machine may be busy; nothing waits this long unless it is broken.
PATIENCE_SECONDS = 30.0

T = TypeVar("T")


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def settings_in(folder: Path) -> Settings:
    """The settings of a home of its own, on ports of its own."""
    return Settings(
        home=folder / "home",
        database_url=None,
        catalogs=ROOT / "catalogs",
        docs_in=folder / "docs_in",
        prefect_port=free_port(),
        documents_port=free_port(),
    )


def until(found: Callable[[], T], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """What `found` returns once it is true; fails with `what` where that takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"in vain for {seconds:.0f} s: {what}")


@dataclass
class Office:
    """The running system as a test sees it."""

    place: Place
    engine: Engine
    documents: DocumentServer
    prefect: Prefect
    folder: Path

    def __post_init__(self) -> None:
        self._numbers = count(1)

    # ── coming in ──

    def submit(self, package: Package) -> str:
        """The number of the case that a package became; the worker opens what is due by itself."""
        number = next(self._numbers)
        folder = package.but(title=f"{package.title}（{number}）").lay(self.folder / f"送审{number}")
        return take_folder(self.place.home, self.place.catalogs, folder, now=self.place.home.now()).case

    # ── people ──

    def person(self, role: str) -> str:
        """A new person who may act in this role for every unit."""
        number = next(self._numbers)
        with writing(self.place.home.engine) as session:
            made = persons.add(
                session, f"p{number}", name=f"人员{number}", unit="justice", roles=[role], actor=SYSTEM,
                at=self.place.home.now(), is_test=True,
            )  # fmt: skip
            codes.enrol(session, self.place.home.keys, made.id, actor=SYSTEM, at=self.place.home.now())
            return made.id

    def code(self, person: str) -> str:
        """The person's code of this moment."""
        with reading(self.place.home.engine) as session:
            return codes.current_code(session, self.place.home.keys, person, now=self.place.home.now())

    # ── signing ──

    def waiting(self, case: str, step: str) -> Wait:
        """The open ask of a step, once it is there and its run shows the form."""
        return until(lambda: self._shown(case, step), f"{case} waits for {step}; it waits for {self._steps(case)}")

    def _shown(self, case: str, step: str) -> Wait | None:
        with reading(self.place.home.engine) as session:
            found = [wait for wait in open_waits(session, case) if wait.step == step and wait.run_id]
        for wait in found:
            run = self.prefect.run(wait.run_id or "")
            if run and run.waits_under == wait.key and self.prefect.inputs(run.id, wait.key).schema is not None:
                return wait
        return None

    def _steps(self, case: str) -> list[str]:
        with reading(self.place.home.engine) as session:
            return [wait.step for wait in open_waits(session, case)]

    def sign(self, case: str, step: str, conclusion: str, *, wait: Wait | None = None, **more: Any) -> answering.Given:
        """A sign-off that must count, through Prefect's own API; returns what it took."""
        wait = wait or self.waiting(case, step)
        person = more.pop("person", None) or self.person(wait.role)
        given = {"conclusion": conclusion, "reason": "理由充分", **more}
        return answering.answer(self.place, self.prefect, wait, person=person, code=self.code(person), given=given)

    def refused(self, case: str, step: str, conclusion: str, *, code: str, **more: Any) -> str:
        """The reason for which an answer did not count."""
        wait = self.waiting(case, step)
        person = more.pop("person", None) or self.person(wait.role)
        try:
            answering.answer(
                self.place, self.prefect, wait, person=person, code=code, given={"conclusion": conclusion, **more}
            )
        except SignOffError as error:
            return str(error)
        raise AssertionError("the answer counted")

    # ── looking ──

    def show(self, case: str) -> dict[str, Any]:
        """`case show`."""
        with reading(self.place.home.engine) as session:
            return show(session, self.place.catalogs, case, now=self.place.home.now())

    def step(self, case: str, step: str) -> Mapping[str, Any]:
        """One step of `case show`."""
        return next(entry for entry in self.show(case)["steps"] if entry["step"] == step)

    def sign_offs(self, case: str, step: str) -> list[SignOff]:
        """All sign-offs of a step."""
        with reading(self.place.home.engine) as session:
            return list(session.exec(select(SignOff).where(SignOff.case == case, SignOff.step == step)))

    def events(self, case: str, event: str | None = None) -> list[Entry]:
        """The entries of a case, of one name or of all."""
        with reading(self.place.home.engine) as session:
            return entries(session, case=case, event=event)

    def row(self, wait: Wait) -> Wait:
        """An ask as it stands now."""
        with reading(self.place.home.engine) as session:
            return session.get_one(Wait, wait.id)

    def run_of(self, wait: Wait) -> Run:
        """The run of an ask, which Prefect must know."""
        run = self.prefect.run(self.row(wait).run_id or "")
        assert run is not None
        return run

    # ── faults ──

    def kill_worker(self) -> None:
        """kill -9."""
        assert self.engine.worker is not None
        self.engine.worker.kill()

    def close(self) -> None:
        """End everything."""
        self.engine.stop()
        self.documents.stop()
        self.prefect.close()
        self.place.home.close()


def open_office(folder: Path) -> Office:
    """A running system in a folder."""
    found = settings_in(folder)
    place = Place(found, open_home(found))
    documents = DocumentServer(place.home)
    engine = Engine(found)
    engine.start()
    documents.start()
    return Office(place, engine, documents, place.prefect(), folder)

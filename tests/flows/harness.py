"""One real system per test run: `review-flows up` as people start it, on a home of its own with the real clock.

    case = office.submit(a_contract())
    office.sign(case, "legality_review", "lawful")

Every sign-off is given by a person made for it, so that no test has to wait for the next one-time code.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import select

from review_flows.cases.case import SignOff, Wait
from review_flows.cases.intake import take_folder
from review_flows.cases.show import show
from review_flows.cases.standing import open_waits
from review_flows.errors import SignOffError
from review_flows.flows import answering
from review_flows.flows.children import last_words, ours
from review_flows.flows.client import Prefect, Run
from review_flows.flows.place import Place
from review_flows.people import codes
from review_flows.people import person as persons
from review_flows.records.audit import SYSTEM, Entry, entries
from review_flows.records.database import reading, writing
from review_flows.records.home import open_home
from review_flows.settings import Settings
from tests.cases.building import Package

ROOT = Path(__file__).resolve().parents[2]
# Generous: a test machine may be busy; nothing waits this long unless it is broken.
PATIENCE_SECONDS = 60.0

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
    up: subprocess.Popen[bytes]
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
        try:
            return until(lambda: self._shown(case, step), f"{case} waits for {step}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it waits for {self._steps(case)}\n{self._what_the_worker_does()}") from None

    def _what_the_worker_does(self) -> str:
        """Where its threads are, and what its log says."""
        if pid := self.worker_pid():
            os.kill(pid, signal.SIGUSR1)
            time.sleep(0.5)
        log = self.place.settings.home / "logs" / "worker.log"
        return f"worker {pid}:\n{last_words(log, 120)}"

    def _shown(self, case: str, step: str) -> Wait | None:
        with reading(self.place.home.engine) as session:
            found = [wait for wait in open_waits(session, case) if wait.step == step and wait.run_id]
        for wait in found:
            run = self.prefect.run(wait.run_id or "")
            if run and run.waits_under == wait.key and self.prefect.inputs(run.id, wait.key).is_whole:
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
        """kill -9; `up` starts another."""
        before = self.worker_pid()
        os.kill(before, signal.SIGKILL)
        until(lambda: self.worker_pid() not in (0, before), "up starts another worker")

    def worker_pid(self) -> int:
        """The process that drives the runs now; 0 while there is none."""
        return next((pid for pid in children_of(self.up.pid) if "children worker" in command_of(pid)), 0)

    def close(self) -> None:
        """Ctrl-C: everything ends, and in order."""
        children = children_of(self.up.pid)
        self.up.send_signal(signal.SIGINT)
        assert self.up.wait(PATIENCE_SECONDS) == 0
        assert len(children) == 2
        assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
        self.prefect.close()
        self.place.home.close()


def children_of(parent: int) -> list[int]:
    """The processes that a process started."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if _parent_of(pid) == parent]


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def command_of(pid: int) -> str:
    """The command line of a process; empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " ")
    except OSError:
        return ""


def start_up(found: Settings, *options: str) -> subprocess.Popen[bytes]:
    """`review-flows up` as a process of its own, ready."""
    said = found.home.parent / "up.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from review_flows.cli.main import main; main()", "up", *options],
            env={**os.environ, **ours(found)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    def ready() -> bool:
        assert process.poll() is None, said.read_text("utf-8")
        return "Ctrl-C" in said.read_text("utf-8")

    try:
        until(ready, f"up is ready; {said}", 180)
    except BaseException:
        end(process)
        raise
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """End a system that did not come up."""
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE_SECONDS)


def open_office(folder: Path) -> Office:
    """A running system in a folder."""
    found = settings_in(folder)
    process = start_up(found, "--allow-test-people")
    try:
        place = Place(found, open_home(found))
        return Office(place, process, place.prefect(), folder)
    except BaseException:
        end(process)
        raise

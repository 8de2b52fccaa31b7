"""The demo's story: sample packages go in, test people answer through Prefect's own API, on a clock of its own.

`first` opens a case, `supplement` completes it where it lacks, `second` is the amended draft, `signed` the signed copy;
answers are named after a step, or a step and its round (cli/samples). What people do beside the forms (a notice, a
draw) are commands, run before the step's first answer (`acts.yaml`). Where no answer is written, the step's first
passing conclusion is given with today's date.
"""

import re
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from review_flows.cases.advance import office_day
from review_flows.cases.case import Wait
from review_flows.cases.forms import offered_papers
from review_flows.cases.intake import Receipt, take_folder
from review_flows.cases.standing import find_case, latest_records, open_waits
from review_flows.cli import story_after
from review_flows.cli.samples import packages
from review_flows.cli.typed import typed
from review_flows.errors import NotFound, ReviewFlowsError, SignOffError
from review_flows.flows import answering
from review_flows.flows.client import Prefect
from review_flows.flows.engine import Engine
from review_flows.flows.place import Place
from review_flows.flows.steps import ARRIVALS
from review_flows.people import codes
from review_flows.people.person import Role
from review_flows.people.rehearsal import test_id
from review_flows.records import clock
from review_flows.records.audit import entries
from review_flows.records.database import reading

BETWEEN_ANSWERS = timedelta(seconds=60)  # a new one-time code for each
MOST_ANSWERS = 60  # a case that needs more goes round in circles
PATIENCE_SECONDS = 60.0
T = TypeVar("T")


@dataclass
class Sample:
    """The packages and answers of one kind; packages are laid into `folder` when they are sent."""

    kind: str
    folder: Path
    laid: dict[str, Path] = field(default_factory=dict)

    def lay(self, name: str, case: str = "") -> Path | None:
        """The folder of a package, laid once; None where the sample has no such package."""
        known = f"{self.kind}/{name}"
        if known not in {package.id for package in packages.PACKAGES}:
            return None
        if name not in self.laid:
            self.laid[name] = packages.lay(known, self.folder, case)
        return self.laid[name]

    def answer(self, step: str, round: int) -> dict[str, Any]:
        """The answer written for a step, of this round before any."""
        for name in (f"{step}_{round}", step):
            try:
                return dict(packages.answer(self.kind, name))
            except NotFound:
                continue
        return {}

    def acts(self, step: str, round: int) -> list[Mapping[str, Any]]:
        """What people do beside the form of a step, before its first answer."""
        return list(packages.acts(self.kind).get(step, ())) if round == 1 else []


# The package that a step waits for, where it has another name than the step.
_PACKAGE_OF = {"drafting": "second", "signing": "signed"}


@dataclass
class Story:
    """The running system, and those who act in it."""

    place: Place
    engine: Engine
    prefect: Prefect
    clock_file: Path
    tell: Callable[[str], None]
    sent: set[Path] = field(default_factory=set)
    acted: set[tuple[str, str]] = field(default_factory=set)
    kept: dict[str, str] = field(default_factory=dict)

    # --- time -------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.place.home.now()

    def later(self, span: timedelta) -> None:
        """Let time pass."""
        clock.move(self.clock_file, self.now() + span)

    def until(self, day: date) -> None:
        """Let time pass until ten in the morning of a day, if that is still to come."""
        clock.move(self.clock_file, self.now().replace(year=day.year, month=day.month, day=day.day, hour=10))

    # --- a case -----------------------------------------------------------------------------------------------------

    def open(self, sample: Sample) -> Receipt:
        """Send the first package of a sample."""
        package = sample.lay("first")
        assert package is not None, f"{sample.kind} has no first package"
        receipt = self._send(package)
        self.tell(f"{receipt.case} 《{receipt.title}》登记：{self._label(receipt.state)}")
        return receipt

    def _send(self, package: Path, case: str | None = None) -> Receipt:
        self.sent.add(package)
        home, data = self.place.home, self.place.catalogs
        return take_folder(home, data, package, now=self.now(), case=case, arrivals=ARRIVALS)

    def supplement(self, sample: Sample, case: str, name: str) -> Receipt:
        """Send a later package of a sample for its case."""
        package = sample.lay(name, case)
        assert package is not None, f"{sample.kind} has no package {name}"
        return self._send(package, case)

    def walk(self, sample: Sample, case: str) -> None:
        """Answer whatever the case waits for until it waits for nothing."""
        for _ in range(MOST_ANSWERS):
            wait = self._next_wait(case)
            if wait is None:
                return
            self.take_step(sample, case, wait)
        raise ReviewFlowsError(f"{case} 在演示中没有走到头，请查看 case show {case}。")

    def _next_wait(self, case: str) -> Wait | None:
        """The oldest ask; None once the case has ended."""

        def look() -> Wait | bool:
            with reading(self.place.home.engine) as session:
                waits = open_waits(session, case)
                ended = find_case(session, case).state != "open"
            return waits[0] if waits else ended

        found = _until(look, f"{case} 的下一个环节没有打开")
        return found if isinstance(found, Wait) else None

    def take_step(self, sample: Sample, case: str, wait: Wait) -> None:
        """Send what the step needs, let its minimum pass, and answer it."""
        package = self._package(sample, case, wait)
        if package and package not in self.sent:
            self._send(package, case)
            return
        self._act(sample, wait)
        if (now := self._next_wait(case)) is None or now.id != wait.id:
            return  # what was done asks anew, or asks others
        told = sample.answer(wait.step, wait.round)
        self._let_minimum_pass(wait, told)
        self.answer(wait, told)

    def _places(self, sample: Sample, wait: Wait) -> dict[str, str]:
        """What stands in braces in the commands and answers of a sample."""
        out = sample.folder.parent / wait.case
        out.mkdir(parents=True, exist_ok=True)
        files = packages.lay_files(sample.kind, sample.folder)
        today = office_day(self.now()).isoformat()
        return {"case": wait.case, "files": str(files), "out": str(out), "today": today, **self.kept}

    @staticmethod
    def _person(by: str) -> str:
        """The test person of a role; anybody else by their id."""
        return test_id(Role(by)) if by in {role.value for role in Role} else by

    def _package(self, sample: Sample, case: str, wait: Wait) -> Path | None:
        """What is sent for a step: a package of the sample, or the decision's text as it is published."""
        if sample.kind == story_after.KIND and wait.step == "publication":
            folder = sample.folder / f"{sample.kind}-publication"
            return folder if folder.exists() else story_after.text_to_publish(self, case, folder)
        return sample.lay(_PACKAGE_OF.get(wait.step, wait.step), case)

    def _act(self, sample: Sample, wait: Wait) -> None:
        """Do once what the sample's people do beside the form of a step."""
        if (wait.case, wait.step) in self.acted:
            return
        self.acted.add((wait.case, wait.step))
        for act in sample.acts(wait.step, wait.round):
            if "later" in act:
                self.later(timedelta(days=act["later"]))
            else:
                self._type(sample, wait, act)

    def _type(self, sample: Sample, wait: Wait, act: Mapping[str, Any]) -> None:
        """One command of a person, with a fresh code; what its output matches is kept for later commands."""
        self.later(BETWEEN_ANSWERS)
        person = self._person(act.get("by", wait.role))
        command = str(act["run"]).format_map(self._places(sample, wait))
        proof = [] if act.get("reads") else ["--as", person, "--code", self._code(person)]
        printed = typed(self.place.settings, [*shlex.split(command), *proof])
        for name, (expression, template) in act.get("keep", {}).items():
            found = re.search(expression, printed)
            if found is None:
                raise ReviewFlowsError(f"演示中断：{command} 没有给出 {name}：{printed}")
            self.kept[name] = found.expand(template)
        self.tell(f"  $ review-flows {command}")

    def _let_minimum_pass(self, wait: Wait, told: Mapping[str, Any]) -> None:
        if told.get("early"):
            return
        with reading(self.place.home.engine) as session:
            earliest = latest_records(session, wait.case)[wait.step].earliest_end_on
        if earliest and earliest > office_day(self.now()):
            self.until(earliest)

    def answer(self, wait: Wait, told: Mapping[str, Any], *, code: str | None = None) -> None:
        """Answer as the test person of the role asked, through Prefect's API; SignOffError where it is refused."""
        self.later(BETWEEN_ANSWERS)
        person = test_id(Role(wait.role))
        given = self._filled(wait, told)
        answering.answer(self.place, self.prefect, wait, person=person, code=code or self._code(person), given=given)
        label = self.place.catalogs.label(given["conclusion"], wait.step, section="conclusions")
        self.tell(f"  {wait.case} {self._label(wait.step)} 第{wait.round}轮：{label}")

    def _filled(self, wait: Wait, told: Mapping[str, Any]) -> dict[str, Any]:
        """The written answer, completed with what every answer of the step needs."""
        with reading(self.place.home.engine) as session:
            kind = find_case(session, wait.case).kind
            papers = [paper.sha256 for paper in offered_papers(session, wait)]
        step = self.place.catalogs.chains[kind].steps[wait.step]
        today = office_day(self.now()).isoformat()
        plain = {"conclusion": step.passes[0]}
        if papers:
            plain["accepts"] = papers  # type: ignore[assignment]  # values of an answer are of many types
        if step.period_ends and step.conclusions:
            plain["dates"] = {step.period_ends: today}  # type: ignore[assignment]
        places = {"today": today, **self.kept}
        return {**plain, **{key: _placed(places, value) for key, value in told.items() if key != "early"}}

    def _code(self, person: str) -> str:
        with reading(self.place.home.engine) as session:
            return codes.current_code(session, self.place.home.keys, person, now=self.now())

    def _label(self, key: str) -> str:
        return self.place.catalogs.label(key)

    # --- what goes wrong --------------------------------------------------------------------------------------------

    def forge(self, case: str) -> int:
        """Somebody answers without the right code: refused, and the refusal is in the trail; returns its number."""
        wait = self._next_wait(case)
        assert wait is not None
        try:
            self.answer(wait, {"reason": "代为签批"}, code="000000")
        except SignOffError as refused:
            self.tell(f"  {case} 伪造的签批被拒绝：{refused}")
        with reading(self.place.home.engine) as session:
            found = entries(session, case=case, event="sign_off.refused", order="newest", limit=1)
        return found[0].seq

    def kill(self, case: str) -> str:
        """Kill the worker outright while the case waits, and start it again; returns the run that was being driven."""
        wait = self._next_wait(case)
        assert wait is not None and wait.id is not None

        def run_of_wait() -> str | None:
            with reading(self.place.home.engine) as session:
                return session.get_one(Wait, wait.id).run_id

        run = _until(run_of_wait, f"{case} 的待办没有在 Prefect 打开")
        worker = self.engine.worker
        assert worker is not None
        worker.kill()
        self.engine.look_after()
        self.tell(f"  {case} 的处理进程被强行终止，已重新启动，待办仍在")
        return str(run)


def _placed(places: Mapping[str, str], value: Any) -> Any:
    """A written answer with what its braces stand for."""
    if isinstance(value, list):
        return [_placed(places, each) for each in value]
    if isinstance(value, dict):
        return {key: _placed(places, each) for key, each in value.items()}
    return value.format_map(places) if isinstance(value, str) and "{" in value else value


def documents_of(shown: Mapping[str, Any], roles: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(file name, sha256) of the newest paper of each role that a case has; `roles` maps role → file name."""
    newest = {paper["role"]: paper["sha256"] for paper in shown["documents"] if paper["sha256"]}
    for role, name in roles.items():
        if role in newest:
            yield name, newest[role]


def _until(look: Callable[[], T | None], otherwise: str) -> T:
    """What `look` finds, once it is there; ReviewFlowsError with `otherwise` where it does not come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise ReviewFlowsError(f"演示中断：{otherwise}（等了 {PATIENCE_SECONDS:.0f} 秒）。")

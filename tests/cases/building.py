"""Cases as tests tell them: a home on its own clock, people of every role, folders of papers, answers with codes.

    office = Office(tmp_path)
    case = office.submit(a_document())
    office.sign(case, "legality_review", "lawful")

Defaults are lawful; a test states only what is special about its case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from review_flows.cases.advance import open_due
from review_flows.cases.case import Wait
from review_flows.cases.forms import labelled_answer
from review_flows.cases.intake import Receipt, take_folder
from review_flows.cases.show import show
from review_flows.cases.signing import Taken, take_answer
from review_flows.cases.standing import open_waits
from review_flows.flows.steps import ARRIVALS, WORKS
from review_flows.law.catalogs import load
from review_flows.people import codes
from review_flows.people.person import add
from review_flows.people.person import people as listed
from review_flows.people.rehearsal import test_people
from review_flows.records import clock
from review_flows.records.audit import SYSTEM, Entry, entries
from review_flows.records.database import reading, writing
from review_flows.records.home import open_home
from review_flows.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MONDAY = datetime.fromisoformat("2026-11-23T09:00:00+08:00")


@dataclass(frozen=True)
class Package:
    """A submission before it lies in a folder. `papers`: role → text of its file (None: on paper only)."""

    kind: str
    title: str
    issuing_organ: str
    drafting_unit: str
    facts: Mapping[str, Any]
    papers: Mapping[str, str | None]
    more: Mapping[str, Any] = field(default_factory=dict)

    def but(self, **changes: Any) -> "Package":
        """The same package, with other facts, without or with other papers, with other keys."""
        facts = dict(self.facts) | changes.pop("facts", {})
        papers = dict(self.papers) | changes.pop("papers", {})
        for role in changes.pop("without", ()):
            papers.pop(role)
        fields = {name: changes.pop(name) for name in ("title", "issuing_organ", "drafting_unit") if name in changes}
        return replace(self, facts=facts, papers=papers, more=dict(self.more) | changes, **fields)

    def lay(self, folder: Path) -> Path:
        """The folder, written."""
        folder.mkdir(parents=True)
        materials = []
        for role, text in self.papers.items():
            if text is None:
                materials.append({"role": role, "paper": True})
                continue
            name = f"{role}.txt"
            (folder / name).write_text(text, "utf-8")
            materials.append({"role": role, "file": name})
        told = {
            "kind": self.kind,
            "title": self.title,
            "issuing_organ": self.issuing_organ,
            "drafting_unit": self.drafting_unit,
            "contact": {"name": "张三", "phone": "0579-00000000"},
            "facts": dict(self.facts),
            "materials": materials,
        }
        text = yaml.safe_dump(told | dict(self.more), allow_unicode=True, sort_keys=False)
        (folder / "submission.yaml").write_text(text, "utf-8")
        return folder


DRAFT = """婺城区公共租赁住房租金补贴管理办法（送审稿）

第一条 为了规范公共租赁住房租金补贴管理，根据有关规定，制定本办法。

第二条 本办法适用于本区公共租赁住房租金补贴的申请、审核和发放。

第三条 区建设局负责本办法的组织实施。

第四条 本办法自2027年2月1日起施行。
"""


def a_document(**changes: Any) -> Package:
    """A government document whose package is complete and that business is not concerned with."""
    return Package(
        kind="normative_document",
        title="婺城区公共租赁住房租金补贴管理办法",
        issuing_organ="婺城区人民政府",
        drafting_unit="婺城区建设局",
        facts={
            "affects_rights": True,
            "generally_binding": True,
            "repeatedly_applicable": True,
            "internal_only": False,
            "business_related": False,
            "professional": False,
            "major_public_interest": False,
            "vital_interests_dispute": False,
            "social_risk": False,
            "not_public": False,
            "state_secret": False,
            "emergency": False,
        },
        papers={
            "review_draft": DRAFT,
            "drafting_note": "起草说明：必要性、过程、主要内容。",
            "basis": "制定依据：公共租赁住房管理办法。",
            "consultation_summary": "征求意见及采纳情况：收到意见3条，全部采纳。",
            "internal_legality_opinion": "起草单位合法性审核意见：合法。",
            "feasibility_report": "评估论证报告：必要、可行。",
        },
    ).but(**changes)


def a_decision(**changes: Any) -> Package:
    """A major decision without experts, risk or business; its package is what its first steps make."""
    return Package(
        kind="major_decision",
        title="婺城区停车设施建设三年行动方案",
        issuing_organ="婺城区人民政府",
        drafting_unit="婺城区建设局",
        facts={
            "business_related": False,
            "professional": False,
            "social_risk": False,
            "vital_interests_dispute": False,
            "not_public": False,
            "state_secret": False,
            "emergency": False,
            "needs_party_report": False,
            "excluded_matter": "none",
            "exploratory_reform": False,
        },  # fmt: skip
        papers={"review_draft": DRAFT, "drafting_note": "起草说明", "basis": "依据"},
    ).but(**changes)


def a_contract(**changes: Any) -> Package:
    """A contract of the government, complete, outside procurement."""
    return Package(
        kind="government_contract",
        title="智慧停车平台建设运营合同",
        issuing_organ="婺城区人民政府",
        drafting_unit="婺城区建设局",
        facts={
            "business_related": False,
            "amount": 1200000,
            "counterparty": "某科技有限公司",
            "counterparty_is_sme": False,
            "fiscal_funds": True,
            "state_assets": False,
            "investment_promotion": False,
            "procurement_award_on": None,
            "contract_exclusion": "none",
            "state_secret": False,
            "not_public": False,
            "emergency": False,
        },  # fmt: skip
        papers={
            "contract_text": "智慧停车平台建设运营合同\n\n第一条 甲方委托乙方建设平台。\n",
            "counterparty_papers": "营业执照",
        },
    ).but(**changes)


def a_penalty(**changes: Any) -> Package:
    """A penalty that a department proposes, in a complex case."""
    return Package(
        kind="enforcement_decision",
        title="对某公司违法排放的行政处罚",
        issuing_organ="婺城区建设局",
        drafting_unit="婺城区建设局",
        facts={
            "enforcement_type": "penalty",
            "catalog_item": "1",
            "hearing_held": False,
            "complex_case": True,
            "amount": 200000,
            "major_public_interest": False,
            "state_secret": False,
            "not_public": False,
            "emergency": False,
        },  # fmt: skip
        papers={
            "proposed_decision": "拟作出的行政处罚决定：罚款二十万元。",
            "investigation_record": "调查笔录",
            "evidence_file": "证据目录",
        },
    ).but(**changes)


class Office:
    """A district office in a temporary folder: its home, its people, its clock."""

    def __init__(self, folder: Path, at: datetime = MONDAY) -> None:
        self.folder = folder
        self.clock = folder / "clock"
        clock.move(self.clock, at)
        self.home = open_home(
            Settings(folder / "home", None, ROOT / "catalogs", folder / "docs_in", clock=self.clock), demo=True
        )
        self.catalogs = load(ROOT / "catalogs")
        self._folders = 0
        with writing(self.home.engine) as session:
            test_people(session, self.home.keys, self.catalogs.organs, at=at)

    def now(self) -> datetime:
        return self.home.now()

    def later(self, **span: float) -> None:
        """Let time pass."""
        clock.move(self.clock, self.now() + timedelta(**span))

    def until(self, day: str) -> None:
        """Let time pass until nine in the morning of a day."""
        clock.move(self.clock, datetime.fromisoformat(f"{day}T09:00:00+08:00"))

    def add_person(self, person: str, role: str, unit: str, name: str = "") -> str:
        """One more person, enrolled."""
        with writing(self.home.engine) as session:
            add(session, person, name=name or person, unit=unit, roles=[role], actor=SYSTEM, at=self.now())
            codes.enrol(session, self.home.keys, person, actor=SYSTEM, at=self.now())
        return person

    def lay(self, package: Package) -> Path:
        """The package as a folder."""
        self._folders += 1
        return package.lay(self.folder / f"送审{self._folders}")

    def receive(self, package: Package, **how: Any) -> Receipt:
        """The receipt for a package; what has become due is opened."""
        receipt = take_folder(self.home, self.catalogs, self.lay(package), now=self.now(), arrivals=ARRIVALS, **how)
        self.advance(receipt.case)
        return receipt

    def submit(self, package: Package, **how: Any) -> str:
        """The number of the case that a package became."""
        return self.receive(package, **how).case

    def send(self, case: str, papers: Mapping[str, str], step: str | None = None, **more: Any) -> Receipt:
        """Papers for an open case."""
        self._folders += 1
        folder = self.folder / f"补充{self._folders}"
        folder.mkdir(parents=True)
        for role, text in papers.items():
            (folder / f"{role}.txt").write_text(text, "utf-8")
        told = {"case": case, "materials": [{"role": role, "file": f"{role}.txt"} for role in papers]} | more
        if step:
            told["step"] = step
        (folder / "submission.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
        receipt = take_folder(self.home, self.catalogs, folder, now=self.now(), arrivals=ARRIVALS)
        self.advance(case)
        return receipt

    def advance(self, case: str) -> list[Wait]:
        with writing(self.home.engine) as session:
            return open_due(session, self.catalogs, case, now=self.now())

    def waits(self, case: str) -> list[Wait]:
        with reading(self.home.engine) as session:
            return open_waits(session, case)

    def wait(self, case: str, step: str, assignee: str | None = None) -> Wait:
        """The open ask of a step."""
        found = [w for w in self.waits(case) if w.step == step and assignee in (None, w.assignee)]
        assert found, f"{step} waits for nobody; waiting: {[w.step for w in self.waits(case)]}"
        return found[0]

    def answer(
        self, case: str, step: str, conclusion: str, *, person: str | None = None, code: str | None = None,
        assignee: str | None = None, **more: Any
    ) -> Taken:  # fmt: skip
        """What becomes of an answer, given by the test person of the role asked unless somebody else is named."""
        self.later(seconds=60)
        wait = self.wait(case, step, assignee)
        who = person or f"test-{wait.role.replace('_', '-')}"
        with writing(self.home.engine) as session:
            given = {"person": who, "code": code or codes.current_code(session, self.home.keys, who, now=self.now())}
            answer = labelled_answer(session, self.catalogs, wait, given | {"conclusion": conclusion} | more)
            taken = take_answer(
                session,
                self.home,
                self.catalogs,
                wait.id or 0,
                answer,
                resumed_at=self.now(),
                now=self.now(),
                works=WORKS,
            )
        self.advance(case)
        return taken

    def sign(self, case: str, step: str, conclusion: str, **more: Any) -> Taken:
        """An answer that must count."""
        taken = self.answer(case, step, conclusion, **more)
        assert taken.accepted, taken.reason
        return taken

    def show(self, case: str) -> dict[str, Any]:
        with reading(self.home.engine) as session:
            return show(session, self.catalogs, case, now=self.now())

    def step(self, case: str, step: str) -> dict[str, Any]:
        """One step of `case show`."""
        return next(entry for entry in self.show(case)["steps"] if entry["step"] == step)

    def trail(self, case: str) -> list[Entry]:
        """All entries of a case, oldest first."""
        with reading(self.home.engine) as session:
            return entries(session, case=case)

    def events(self, case: str) -> list[str]:
        """The names of all events of a case."""
        return [entry.event for entry in self.trail(case)]

    def people(self) -> list[str]:
        with reading(self.home.engine) as session:
            return [person.id for person in listed(session)]

"""The opinion workshop: a draft is half read before the reviewer opens it.

When a legality review opens, the draft is screened once and its remarks are stored beside it. The form lists them;
those that the reviewer keeps, as they are or in other words, become opinion items, the others are kept as dropped,
with the reason, for learning. A remark is a candidate, never a finding of the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.case import Case
from review_flows.cases.standing import draft_of, latest_records, unit_name
from review_flows.errors import ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import SYSTEM, record
from review_flows.records.database import CHINA, reading, writing
from review_flows.records.home import Home
from review_flows.text.keeping import Decision, Outcome

REVIEW = "legality_review"
# What a remark weighs when it becomes an item; the reviewer may write an item of their own instead.
NATURE_OF = {"high": "must_change", "medium": "should_change", "low": "note"}


@dataclass(frozen=True)
class Wording:
    """Other words for a remark that becomes an item; what is empty stays as the screening put it."""

    article: str = ""
    problem: str = ""
    basis: str = ""
    suggestion: str = ""
    nature: str = ""


@dataclass(frozen=True)
class Decided:
    """What a reviewer made of the remarks, by number: kept, kept in other words, dropped each for its own reason.

    A remark of which nothing is said is dropped for the `otherwise` reason.
    """

    kept: frozenset[int] = frozenset()
    edited: Mapping[int, Wording] = field(default_factory=dict)
    dropped: Mapping[int, str] = field(default_factory=dict)
    otherwise: str = ""

    @property
    def taken(self) -> frozenset[int]:
        """The remarks that become items."""
        return self.kept | self.edited.keys()

    def outcome(self, number: int) -> tuple[Outcome, str | None]:
        """What became of a remark, and why it was dropped."""
        if number in self.taken:
            return ("edited" if number in self.edited else "kept"), None
        return "dropped", self.dropped.get(number) or self.otherwise or None


UNDECIDED = Decided()


class Remark(SQLModel, table=True):
    """One thing that screening found in one version of a draft, and what the reviewer made of it."""

    __tablename__ = "remarks"
    __table_args__ = (UniqueConstraint("case", "draft_sha256", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    draft_sha256: str = Field(index=True)
    number: int
    rule: str = Field(index=True)
    severity: str
    article: str
    quoted: str
    message: str
    citation: str
    may_be_fine: str
    suggestion: str
    outcome: str | None = None  # kept | edited | dropped
    outcome_reason: str | None = None

    @property
    def label(self) -> str:
        """How it stands in a list of choices."""
        return f"{self.number}. {self.article or '全文'}：{self.message[:60]}（{self.rule}）"


def read_draft(home: Home, catalogs: Catalogs, case_number: str, now: datetime) -> int:
    """Screen the draft that waits for its review, if that was not done; returns the number of remarks made."""
    with reading(home.engine) as session:
        case = session.get_one(Case, case_number)
        row = latest_records(session, case_number).get(REVIEW)
        draft = draft_of(session, catalogs, case)
        if row is None or row.state != "waiting" or draft is None or draft.sha256 is None:
            return 0
        if _is_read(session, case_number, draft.sha256):
            return 0
    remarks = _screened(home, catalogs, case, draft.sha256, draft.name, now)
    with writing(home.engine) as session:
        if _is_read(session, case_number, draft.sha256):
            return 0
        session.add_all(remarks)
        record(
            session, "draft.screened", actor=SYSTEM, at=now, case=case_number, step=REVIEW, documents=[draft.sha256],
            subject=("draft", draft.sha256), payload={"remarks": len(remarks)},
        )  # fmt: skip
    return len(remarks)


def _is_read(session: Session, case: str, sha256: str) -> bool:
    from review_flows.records.audit import entries

    found = entries(session, case=case, event="draft.screened")
    return any(entry.subject is not None and entry.subject.id == sha256 for entry in found)


def _screened(home: Home, catalogs: Catalogs, case: Case, sha256: str, name: str, now: datetime) -> list[Remark]:
    from review_flows.records.basis_texts import hold_against
    from review_flows.text.reading import read
    from review_flows.text.screening import load_rules, screen

    try:
        draft = read(home.store.read(sha256), name)
        rules = load_rules(home.settings.catalogs)
        maker = unit_name(catalogs, case.issuing_organ)
        screened = screen(draft, rules, on=now.astimezone(CHINA).date(), kind=case.kind, maker=maker)
        folders = home.settings
        place = {"home": folders.home, "catalogs": folders.catalogs}
        found = hold_against(draft, screened, rules, **place, database_url=folders.database_url).findings
    except ReviewFlowsError:
        return []  # a draft that cannot be screened is reviewed as ever; the event says that nothing was found
    return [
        Remark(
            case=case.number,
            draft_sha256=sha256,
            number=number,
            rule=finding.rule,
            severity=finding.severity,
            article=finding.place.article or "",
            quoted=finding.place.text,
            message=finding.message,
            citation=finding.citation,
            may_be_fine=finding.may_be_fine,
            suggestion=finding.write_instead or "",
        )
        for number, finding in enumerate(found, 1)
    ]


def remarks_of(session: Session, catalogs: Catalogs, case: Case) -> list[Remark]:
    """The remarks on the current version of the draft, in their order."""
    draft = draft_of(session, catalogs, case)
    if draft is None or draft.sha256 is None:
        return []
    query = (
        select(Remark)
        .where(Remark.case == case.number, Remark.draft_sha256 == draft.sha256)
        .order_by(col(Remark.number))
    )
    return list(session.exec(query))


def settle(remarks: Sequence[Remark], decided: Decided) -> None:
    """What the reviewer made of the remarks: kept, kept in other words, all others dropped with the reason given."""
    for remark in remarks:
        remark.outcome, remark.outcome_reason = decided.outcome(remark.number)


def decisions(session: Session) -> list[Decision]:
    """What became of every remark that was decided, over all cases: for `screen stats`."""
    query = select(Remark).where(col(Remark.outcome).is_not(None)).order_by(col(Remark.id))
    return [
        Decision(remark.rule, cast(Outcome, remark.outcome), remark.outcome_reason or "")
        for remark in session.exec(query)
    ]


def lines(remarks: Sequence[Remark]) -> list[str]:
    """The remarks as the form shows them."""
    if not remarks:
        return []
    told = ["", f"**初筛提示（{len(remarks)} 条，供审核人判断）**", ""]
    for remark in remarks:
        basis = f"（{remark.citation}）" if remark.citation else ""
        fine = f" 也可能没有问题：{remark.may_be_fine}" if remark.may_be_fine else ""
        told.append(f"{remark.number}. {remark.article or '全文'}“{remark.quoted[:40]}”：{remark.message}{basis}{fine}")
    return [*told, ""]

"""The papers that a case makes of itself: opinion, record, redline, comparison table; each once, when it is due.

`issue_papers` looks at what has been signed and which drafts there are, makes what is not there yet outside any
transaction, and files each paper with its event. Killed in between, it makes the rest at the next call. What cannot be
made (a text without a Word file has no tracked changes) is noted once in the trail and holds nothing up.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseDocument, OpinionItem, StepRecord
from review_flows.cases.contents import give_number, index_content, opinion_content, sheet_content
from review_flows.cases.dossier_index import index_paper
from review_flows.cases.opinion import TITLE, TITLES, opinion_paper
from review_flows.cases.sheet import sheet_paper
from review_flows.cases.standing import find_case, sign_offs_of
from review_flows.cases.work import NO_WORKS, Ended, PaperMaker, Works
from review_flows.cases.workshop import read_draft
from review_flows.errors import ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import SYSTEM, Actor, entries, record
from review_flows.records.database import reading, writing
from review_flows.records.documents import keep
from review_flows.records.home import Home

SYSTEM_AUTHOR = "法审"
_ARTICLE = re.compile("第[一二三四五六七八九十百千零〇]+条(?:之[一二三四五六七八九十]+)?")
REVIEW = "legality_review"


@dataclass(frozen=True)
class DuePaper:
    """A paper that is due and not there: one of its role for its step and round. `make` needs no open transaction."""

    role: str
    step: str
    round: int
    name: str
    make: Callable[[], bytes]


def issue_papers(home: Home, catalogs: Catalogs, case_number: str, now: datetime, works: Works = NO_WORKS) -> list[str]:
    """Make and file all papers that are due; returns the names of those made."""
    with reading(home.engine) as session:
        if find_case(session, case_number).is_secret:
            return []
    read_draft(home, catalogs, case_number, now)
    with reading(home.engine) as session:
        case = find_case(session, case_number)
        due = list(_due(session, home, catalogs, case, now, works))
        failed = _failed_before(session, case_number)
    made = []
    for paper in due:
        if _mark(paper) not in failed and _issue(home, case_number, paper, now):
            made.append(paper.name)
    return made


def _issue(home: Home, case_number: str, paper: DuePaper, now: datetime) -> bool:
    try:
        data = paper.make()
    except ReviewFlowsError as error:
        with writing(home.engine) as session:
            record(
                session, "paper.not_made", actor=SYSTEM, at=now, case=case_number, step=paper.step, round=paper.round,
                subject=("paper", _mark(paper)), reason=str(error),
            )  # fmt: skip
        return False
    with writing(home.engine) as session:
        if _is_there(session, case_number, paper.role, paper.step, paper.round):
            return False
        file_paper(session, home, case_number, paper, data, now)
    return True


def file_paper(
    session: Session, home: Home, case_number: str, paper: DuePaper, data: bytes, now: datetime, actor: Actor = SYSTEM
) -> str:
    """Keep a paper that the system made as the next version of its role, with its event; returns its sha256."""
    document = keep(session, home.store, data, paper.name)
    session.add(
        CaseDocument(
            case=case_number,
            role=paper.role,
            version=_next_version(session, case_number, paper.role),
            sha256=document.sha256,
            name=paper.name,
            step=paper.step,
            round=paper.round,
            made_by_system=True,
            received_at=now,
        )  # fmt: skip
    )
    record(
        session, "document.made", actor=actor, at=now, case=case_number, step=paper.step, round=paper.round,
        documents=[document.sha256], subject=("paper", _mark(paper)), payload={"name": paper.name},
    )  # fmt: skip
    return document.sha256


def _mark(paper: DuePaper) -> str:
    return f"{paper.role}-{paper.step}-{paper.round}"


def _failed_before(session: Session, case: str) -> set[str]:
    found = entries(session, case=case, event="paper.not_made")
    return {entry.subject.id for entry in found if entry.subject}


def _is_there(session: Session, case: str, role: str, step: str, round: int) -> bool:
    query = select(CaseDocument).where(
        CaseDocument.case == case, CaseDocument.role == role, CaseDocument.step == step, CaseDocument.round == round
    )
    return session.exec(query).first() is not None


def _next_version(session: Session, case: str, role: str) -> int:
    query = select(CaseDocument.version).where(CaseDocument.case == case, CaseDocument.role == role)
    return max(session.exec(query).all(), default=0) + 1


def _due(
    session: Session, home: Home, catalogs: Catalogs, case: Case, now: datetime, works: Works
) -> Iterator[DuePaper]:
    for paper in (
        *_opinions(session, home, catalogs, case, now),
        *_comparisons(session, home, catalogs, case, now),
        *_of_works(session, home, catalogs, case, works),
    ):
        if not _is_there(session, case.number, paper.role, paper.step, paper.round):
            yield paper


# --- opinions --------------------------------------------------------------------------------------------------------


def _opinions(session: Session, home: Home, catalogs: Catalogs, case: Case, now: datetime) -> Iterator[DuePaper]:
    """One opinion for every round of the legality review that has ended."""
    query = select(StepRecord).where(
        StepRecord.case == case.number, StepRecord.step == REVIEW, col(StepRecord.conclusion).is_not(None)
    )
    name = catalogs.label(TITLE, case.kind, section=TITLES)
    for row in session.exec(query):
        again = f"（第{row.round}次）" if row.round > 1 else ""
        if sign_offs_of(session, case.number, row.step, row.round):
            make = _opinion(home, catalogs, case.number, row.round, now)
            yield DuePaper("legality_opinion", row.step, row.round, f"{name}{again}.docx", make)


def _opinion(home: Home, catalogs: Catalogs, number: str, round: int, now: datetime) -> Callable[[], bytes]:
    def make() -> bytes:
        wording = load_wording(home.settings.catalogs)
        with writing(home.engine) as session:
            case, row = find_case(session, number), _round(session, number, round)
            unit = sign_offs_of(session, number, REVIEW, round)[0].unit
            given = give_number(session, case, row, unit, now)
            content = opinion_content(session, home, catalogs, wording, case, row, given)
        return opinion_paper(content, catalogs, wording)

    return make


def _round(session: Session, case: str, round: int) -> StepRecord:
    query = select(StepRecord).where(StepRecord.case == case, StepRecord.step == REVIEW, StepRecord.round == round)
    return session.exec(query).one()


# --- comparisons of drafts ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pair:
    old: CaseDocument
    new: CaseDocument


def _pairs(session: Session, catalogs: Catalogs, case: Case) -> list[_Pair]:
    """What is compared: the text in force (else the draft that was put to comment) with the first draft, then each
    draft with the one before it."""
    drafts = _versions(session, case, catalogs.chains[case.kind].draft)
    before = _versions(session, case, "text_in_force") or _versions(session, case, "comment_draft")
    chain = [*before[-1:], *drafts]
    return [_Pair(old, new) for old, new in zip(chain, chain[1:], strict=False)]


def _versions(session: Session, case: Case, role: str) -> list[CaseDocument]:
    query = (
        select(CaseDocument)
        .where(CaseDocument.case == case.number, CaseDocument.role == role, col(CaseDocument.sha256).is_not(None))
        .order_by(col(CaseDocument.version))
    )
    return list(session.exec(query))


def _comparisons(session: Session, home: Home, catalogs: Catalogs, case: Case, now: datetime) -> Iterator[DuePaper]:
    for pair in _pairs(session, catalogs, case):
        reasons = _reasons(session, case)
        version = pair.new.version
        yield DuePaper("redline", "drafting", version, "修订对照.docx", _redline(home, pair, now))
        yield DuePaper(
            "comparison_table", "drafting", version, "修改对照表.docx", _table(home, case.title, pair, reasons, now)
        )


def _redline(home: Home, pair: _Pair, now: datetime) -> Callable[[], bytes]:
    def make() -> bytes:
        from review_flows.papers.redline import redline

        old, new = _bytes(home, pair.old), _bytes(home, pair.new)
        return redline(old, new, author=SYSTEM_AUTHOR, at=now).docx

    return make


def _table(home: Home, title: str, pair: _Pair, reasons: dict[str, str], now: datetime) -> Callable[[], bytes]:
    def make() -> bytes:
        from review_flows.papers.comparison import comparison_table
        from review_flows.text.diff import compare
        from review_flows.text.reading import read

        old = read(_bytes(home, pair.old), pair.old.name)
        new = read(_bytes(home, pair.new), pair.new.name)
        mark = load_wording(home.settings.catalogs).say("common", "demo") if home.is_demo else ""
        return comparison_table(
            compare(old, new), title=title, reasons=reasons, reasons_by="old", demo_mark=mark, made_on=office_day(now)
        )

    return make


def _bytes(home: Home, paper: CaseDocument) -> bytes:
    assert paper.sha256 is not None  # `_versions` leaves paper-only versions out
    return home.store.read(paper.sha256)


def _reasons(session: Session, case: Case) -> dict[str, str]:
    """修改理由及依据 per article, from the opinion items that speak of it."""
    items = session.exec(select(OpinionItem).where(OpinionItem.case == case.number).order_by(col(OpinionItem.id)))
    reasons: dict[str, list[str]] = {}
    for item in items:
        said = item.problem + (f"（{item.basis}）" if item.basis else "")
        for article in dict.fromkeys(_ARTICLE.findall(item.article)):
            reasons.setdefault(article, []).append(said)
    return {article: "；".join(said) for article, said in reasons.items()}


# --- papers of the lines of business ---------------------------------------------------------------------------------


def _of_works(session: Session, home: Home, catalogs: Catalogs, case: Case, works: Works) -> Iterator[DuePaper]:
    """What the lines of business make of the rounds that were answered in their forms."""
    query = select(StepRecord).where(StepRecord.case == case.number, col(StepRecord.conclusion).is_not(None))
    for row in session.exec(query.order_by(col(StepRecord.id))):
        work = works.get((case.kind, row.step))
        if not isinstance(work, PaperMaker):
            continue
        signed = tuple(sign_offs_of(session, case.number, row.step, row.round))
        for paper in work.papers(Ended(session, home, catalogs, case, row, signed)):
            yield DuePaper(paper.role, row.step, row.round, paper.name, paper.make)


# --- made on demand -------------------------------------------------------------------------------------------------


def sign_off_sheet(session: Session, home: Home, catalogs: Catalogs, case: Case) -> bytes:
    """审核签批单 of the case as it stands now."""
    content = sheet_content(session, home, catalogs, case)
    return sheet_paper(content, catalogs, load_wording(home.settings.catalogs))


def index_of(
    session: Session, home: Home, catalogs: Catalogs, case: Case, filed: Sequence[tuple[str, CaseDocument]]
) -> bytes:
    """目录 of a dossier: its files by name, in order."""
    return index_paper(index_content(session, home, catalogs, case, filed), load_wording(home.settings.catalogs))

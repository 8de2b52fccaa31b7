"""归档: the papers of a decision in order, what ought to be archived and is not there, the hand-over list (MD-29).

In: the record of a case; follow_up.yaml (what belongs in the archive, for how long). Out: `Archive`, the refusals of
the form, 卷内文件目录 and 归档移交清单. What lacks is named; archiving without it takes a reason and stays a finding.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from typing import Any

from sqlmodel import Session, col, select

from review_flows.cases.case import Case, CaseDocument, SignOff, StepRecord
from review_flows.cases.contents import index_content
from review_flows.cases.dossier_index import IndexContent, index_paper
from review_flows.cases.standing import latest_records, unit_name
from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions.choices import choice, day_in, key_of, note, said, words
from review_flows.decisions.follow_up_shown import ArchiveJson, PieceJson
from review_flows.decisions.transfer_list import TransferContent, transfer_paper
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.follow_up import Archived
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, record
from review_flows.records.home import Home

STEP, KEPT = "archiving", "MD-29"
INDEX, LIST = "archive_index", "transfer_list"
RETENTION = "retention_periods"


@dataclass(frozen=True)
class Belonging:
    """What belongs in the archive of a case: roles that are expected and absent, and those that come later."""

    lacking: tuple[str, ...]
    later: tuple[str, ...]


class Archiving:
    """The StepWork of archiving."""

    enforces: Mapping[str, str] = {
        KEPT: "归档——逐项核对归档范围，缺什么列出什么；不齐而归档的须说明原因，留作发现项；"
        "卷内文件目录和移交清单由系统制作",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """Number, retention, who hands over to whom, what is said of what lacks."""
        return {
            "archive_number": words("档号", "档案部门编定的，可以后补"),
            "retention": choice(asked.catalogs, RETENTION, "案卷保管期限", "未选的，取卷内最长的"),
            "handed_to": words("接收单位", "如：区政府办公室档案室"),
            "handed_on": words("移交日期", "如 2026-11-23"),
            "lacking_reason": words("归档材料不齐的说明", "缺的材料在哪里、何时补"),
        }

    def above(self, asked: Asked) -> list[str]:
        """What lacks, before it is answered."""
        found = belonging(asked.session, asked.catalogs, asked.case)
        lines = [f"**归档**：材料清单用 `decisions archive {asked.case.number}` 查看（{KEPT}）。", ""]
        if found.lacking:
            lines += [f"归档范围所列应当归档而没有的材料：{_names(asked, found.lacking)}。", ""]
        return lines

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where something lacks and nothing is said of it."""
        if said(told, "handed_on"):
            day_in(said(told, "handed_on"), "移交日期")
        lacking = belonging(asked.session, asked.catalogs, asked.case).lacking
        if lacking and not said(told, "lacking_reason"):
            raise SignOffError(
                f"归档应当及时完整（{KEPT}），还缺：{_names(asked, lacking)}。"
                f"请以 submit --case {asked.case.number} 补送；确实不能补齐的，在“归档材料不齐的说明”中写明。"
            )

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The archiving as an event, with every paper; what lacks as a finding."""
        papers = papers_of(asked.session, asked.case.number)
        lacking = belonging(asked.session, asked.catalogs, asked.case).lacking
        record(
            asked.session, "case.archived", actor=actor, at=now, case=asked.case.number, step=STEP,
            round=asked.wait.round, rules=[KEPT], documents=[paper.sha256 for paper in papers if paper.sha256],
            payload={
                "archive_number": said(told, "archive_number"),
                "retention": key_of(asked.catalogs, RETENTION, told.get("retention")),
                "pieces": len(papers),
                "lacking": list(lacking),
            },
        )  # fmt: skip
        if lacking:
            reason = f"缺{_names(asked, lacking)}：{said(told, 'lacking_reason')}"
            note(
                asked.session, asked.case, "archive.incomplete", step=STEP, rule=KEPT, reason=reason, actor=actor,
                now=now, round=asked.wait.round,
            )  # fmt: skip

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """No result that a rule asks for."""
        return ()

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """卷内文件目录 and 归档移交清单 of what was there when the round was signed."""
        there = {paper.role: paper for paper in papers_of(ended.session, ended.case.number) if _is_of(paper, ended.row)}
        if ended.row.conclusion != "done" or not ended.signed or {INDEX, LIST} <= there.keys():
            return
        signed = ended.signed[-1]
        index = archive_index(ended.session, ended.home, ended.catalogs, ended.case, signed.signed_at)
        wording = load_wording(ended.home.settings.catalogs)
        made = index_paper(index, wording)
        filed = there[INDEX].sha256 if INDEX in there else sha256(made).hexdigest()
        listed = transfer_content(ended.session, ended.catalogs, ended.case, index, signed, filed or "")
        yield WorkPaper(INDEX, "卷内文件目录.docx", lambda: made)
        yield WorkPaper(LIST, "归档移交清单.docx", partial(transfer_paper, listed, wording))


def _is_of(paper: CaseDocument, row: StepRecord) -> bool:
    return paper.step == row.step and paper.round == row.round


def papers_of(session: Session, case: str, until: datetime | None = None) -> list[CaseDocument]:
    """Every paper of a case in every version, in the order of the archive: by step as they came."""
    query = select(CaseDocument).where(CaseDocument.case == case).order_by(col(CaseDocument.id))
    return [paper for paper in session.exec(query) if until is None or paper.received_at <= until]


def archive_index(
    session: Session, home: Home, catalogs: Catalogs, case: Case, until: datetime | None = None
) -> IndexContent:
    """卷内文件目录: the papers in the order of the procedure, each version a piece."""
    order = {paper.role: place for place, paper in enumerate(catalogs.follow_up.archive)}
    papers = sorted(papers_of(session, case.number, until), key=lambda p: (order.get(p.role, len(order)), p.id or 0))
    filed = [(_title(catalogs, case, paper), paper) for paper in papers if paper.role not in (INDEX, LIST)]
    return index_content(session, home, catalogs, case, filed)


def _title(catalogs: Catalogs, case: Case, paper: CaseDocument) -> str:
    """题名: what the paper is and what it is about; its version where there are several."""
    label = catalogs.label(paper.role, case.kind)
    return f"{case.title.strip('《》')}{label}（第{paper.version}版）"


def belonging(session: Session, catalogs: Catalogs, case: Case) -> Belonging:
    """What the archive of a case lacks, and what will come later, by the data of follow_up.yaml."""
    records = latest_records(session, case.number)
    there = {paper.role for paper in papers_of(session, case.number)}
    asked = [paper for paper in catalogs.follow_up.archive if _is_asked(paper, case, records)]
    lacking = tuple(p.role for p in asked if not p.later and p.role not in there)
    return Belonging(lacking, tuple(p.role for p in catalogs.follow_up.archive if p.later and p.role not in there))


def _is_asked(paper: Archived, case: Case, records: Mapping[str, StepRecord]) -> bool:
    """Whether a paper must be there: its step was gone through, and its fact holds."""
    row = records.get(paper.step)
    if paper.optional or row is None or row.state != "done":
        return False
    return paper.fact is None or case.facts.get(paper.fact) is True


def _names(asked: Asked, roles: Iterable[str]) -> str:
    return "、".join(asked.catalogs.label(role, asked.case.kind) for role in roles)


def transfer_content(
    session: Session, catalogs: Catalogs, case: Case, index: IndexContent, signed: SignOff, index_sha256: str
) -> TransferContent:
    """What the hand-over list says of an archive that somebody signed."""
    told = signed.answer
    found = belonging(session, catalogs, case)
    retention = key_of(catalogs, RETENTION, told.get("retention")) or longest(catalogs, index)
    return TransferContent(
        index=index,
        index_sha256=index_sha256,
        archive_number=said(told, "archive_number"),
        retention=catalogs.label(retention, section=RETENTION),
        handed_from=unit_name(catalogs, signed.unit),
        handed_to=said(told, "handed_to"),
        handed_on=_day_or_none(said(told, "handed_on")),
        handed_by=signed.person_name,
        lacking=tuple(catalogs.label(role, case.kind) for role in found.lacking),
        lacking_reason=said(told, "lacking_reason"),
        later=tuple(catalogs.label(role, case.kind) for role in found.later),
    )


def longest(catalogs: Catalogs, index: IndexContent) -> str:
    """The longest retention in the index: a dossier is kept as long as the paper that is kept longest."""
    labels = {line.retention for line in index.lines}
    return next(
        (key for key, term in catalogs.terms[RETENTION].items() if term.label in labels), catalogs.follow_up.others
    )


def _day_or_none(text: str) -> date | None:
    return day_in(text, "移交日期") if text else None


def to_json(catalogs: Catalogs, case: Case, index: IndexContent, found: Belonging) -> ArchiveJson:
    """The archive as JSON (docs/formats.md)."""
    return {
        "case": case.number,
        "pieces": list(_pieces(index)),
        "lacking": [{"role": role, "label": catalogs.label(role, case.kind)} for role in found.lacking],
        "later": [{"role": role, "label": catalogs.label(role, case.kind)} for role in found.later],
        "retention_source": index.retention_source,
        "retention_verified": index.retention_verified,
    }


def _pieces(index: IndexContent) -> Iterator[PieceJson]:
    for number, line in enumerate(index.lines, 1):
        yield {
            "number": number,
            "title": line.name,
            "document_number": line.number or None,
            "maker": line.maker,
            "on": line.dated_on.isoformat() if line.dated_on else None,
            "pages": line.pages,
            "sha256": line.sha256 or None,
            "retention": line.retention,
        }

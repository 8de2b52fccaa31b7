"""The package of a meeting (会议材料): per item a folder in one .zip, with its list and every paper in lawful order.

    议程.docx
    议题1-2026-MD-0001/目录.docx        what is here, its hash; what is 不涉及 and on which ground; declined must-items
    议题1-2026-MD-0001/01-决策草案-….docx
    manifest-sha256.txt                 `sha256sum -c` checks all of it

What the meeting was given is an event of each case, with the hashes. A case that is not ready is not packed.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlmodel import Session

from review_flows.cases.advance import office_day
from review_flows.cases.case import CaseDocument, OpinionItem
from review_flows.cases.standing import find_case, latest_records, opinion_items, plan_of, unit_name
from review_flows.decisions.agenda import (
    STEP,
    PackLine,
    Standing,
    declined_of,
    not_concerned,
    other_papers,
    pack_lines,
    standings,
)
from review_flows.decisions.meeting import Meeting
from review_flows.decisions.meeting_papers import agenda_paper, reviewed_text
from review_flows.decisions.risk import lines_for_meeting
from review_flows.errors import NotFound, ProcedureError, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.pages import pages_of
from review_flows.papers.paper import Block, Column, FormTable, Grid, Heading, OfficialDocument, Slot, Text
from review_flows.papers.wording import Wording
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, record
from review_flows.records.home import Home

LIST, AGENDA, MANIFEST = "目录.docx", "议程.docx", "manifest-sha256.txt"
_SHORT_SHA256 = 16
_SMALL = 10.5
_UNFIT = re.compile(r'[\\/:*?"<>|\s]+')  # of file names, on any system


@dataclass(frozen=True)
class Packed:
    """One paper of the package: its place, its own name there, its bytes (none: on paper only)."""

    label: str
    paper: CaseDocument
    name: str
    data: bytes | None

    @property
    def pages(self) -> int | None:
        """How many pages the file itself says it has; null where it says nothing."""
        return pages_of(self.data, self.paper.name).number if self.data is not None else None


def pack_files(
    session: Session, home: Home, catalogs: Catalogs, meeting: Meeting, *, case: str | None, actor: Actor
) -> dict[str, bytes]:
    """Every file of the package by its name; of one case, or of all items that are ready."""
    chosen = _chosen(session, home, catalogs, meeting, case)
    files: dict[str, bytes] = {} if case else {AGENDA: agenda_paper(session, home, catalogs, meeting)}
    for one in chosen:
        folder = "" if case else f"议题{one.item.ordinal}-{one.case.number}/"
        made = _item_files(session, home, catalogs, meeting, one)
        files |= {f"{folder}{name}": data for name, data in made.items()}
        record(
            session, "meeting.pack_made", actor=actor, at=home.now(), case=one.case.number, step=STEP,
            subject=("meeting", str(meeting.id)),
            documents=[sha256(data).hexdigest() for name, data in made.items() if name != LIST],
            payload={"meeting": meeting.name, "files": len(made)},
        )  # fmt: skip
    return files


def zipped(files: dict[str, bytes]) -> bytes:
    """The package as one .zip, with a manifest that checks it."""
    manifest = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**files, MANIFEST: manifest.encode()}.items():
            archive.writestr(name, data)
    return made.getvalue()


def _chosen(session: Session, home: Home, catalogs: Catalogs, meeting: Meeting, case: str | None) -> list[Standing]:
    there = standings(session, catalogs, meeting, home.now())
    if case is None:
        ready = [one for one in there if not one.lacks]
        if not ready:
            raise ReviewFlowsError(f"{meeting.name}没有具备条件的议题，不能制作会议材料；请先 meetings put。")
        return ready
    found = next((one for one in there if one.case.number == case.strip()), None)
    if found is None:
        raise NotFound(f"{meeting.name}的议题", case)
    if found.lacks:
        raise ProcedureError(found.case.number, STEP, f"不具备讨论的条件：{'；'.join(map(str, found.lacks))}。")
    return [found]


def _item_files(session: Session, home: Home, catalogs: Catalogs, meeting: Meeting, one: Standing) -> dict[str, bytes]:
    case = find_case(session, one.case.number)
    lines = pack_lines(session, catalogs, case, plan_of(session, catalogs, case, office_day(home.now())))
    wording = load_wording(home.settings.catalogs)
    others = other_papers(session, case, lines)
    packed = _packed(home, catalogs, wording, lines, others)
    files = {paper.name: paper.data for paper in packed if paper.data is not None}
    listed = _List(session, home, catalogs, wording, meeting, one, lines, packed)
    return {LIST: render(listed.document())} | files


def _packed(
    home: Home, catalogs: Catalogs, wording: Wording, lines: Sequence[PackLine], others: Sequence[CaseDocument]
) -> tuple[Packed, ...]:
    """The papers in their order, each under a name that says its place, what it is, and its own name."""
    placed = [(_label(catalogs, line, paper), paper) for line in lines for paper in line.papers]
    placed += [(wording.say("pack", "others"), paper) for paper in others]
    return tuple(
        Packed(
            label=label,
            paper=paper,
            name=f"{at:02d}-{_UNFIT.sub('_', label)}-{_UNFIT.sub('_', paper.name)}",
            data=home.store.read(paper.sha256) if paper.sha256 else None,
        )
        for at, (label, paper) in enumerate(placed, 1)
    )


def _label(catalogs: Catalogs, line: PackLine, paper: CaseDocument) -> str:
    """What a paper is called in the package: its place, or what it is itself where it only goes with it."""
    return line.label if paper.role in line.roles else catalogs.label(paper.role)


class _List:
    """目录 of one item on its way to paper."""

    def __init__(
        self, session: Session, home: Home, catalogs: Catalogs, wording: Wording, meeting: Meeting, one: Standing,
        lines: Sequence[PackLine], packed: Sequence[Packed],
    ) -> None:  # fmt: skip
        self.session, self.home, self.catalogs, self.wording = session, home, catalogs, wording
        self.meeting, self.one, self.case, self.lines, self.packed = meeting, one, one.case, lines, packed

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say("pack", name, self.case.kind, **values)

    def document(self) -> OfficialDocument:
        return OfficialDocument(
            title=self.say("title"),
            blocks=tuple(self.blocks()),
            demo_mark=self.wording.say("common", "demo") if self.home.is_demo else "",
            small_print=(self.wording.say("common", "catalogs", sha256=self.catalogs.sha256),),
            made_on=office_day(self.home.now()),
        )

    def blocks(self) -> Iterator[Block]:
        yield self.head()
        grounds = dict.fromkeys(line.citation for line in self.lines)
        yield Text(self.say("made", basis="、".join(grounds)))
        yield self.papers()
        if risk := lines_for_meeting(self.session, self.catalogs, self.case):
            yield Heading(1, self.say("risk"), numbered=False)
            yield from map(Text, risk)
        yield Heading(1, self.say("adoption"), numbered=False)
        yield from self.adoption()

    def head(self) -> FormTable:
        case = self.case
        units = "、".join(unit_name(self.catalogs, unit) for unit in case.drafting_units)
        rows = (
            ("meeting", self.meeting.label),
            ("item", f"{case.title}（{case.number}）"),
            ("unit", units),
            ("presenter", self.one.item.presenter or self.wording.say("common", "none")),
        )
        return FormTable((1, 4), tuple((Slot(self.say(n), label=True), Slot(t, align="left")) for n, t in rows))

    def papers(self) -> Grid:
        shares = (("number", 1.1), ("paper", 2.8), ("file", 3.4), ("pages", 1.2), ("sha256", 2.4), ("note", 3.9))
        columns = tuple(Column(self.say(f"column_{name}"), share, "left") for name, share in shares)
        return Grid(columns, tuple(self.rows()), _SMALL)

    def rows(self) -> Iterator[tuple[str, ...]]:
        for line in self.lines:
            mine = [one for one in self.packed if one.paper in line.papers]
            if line.ground is not None:
                words = not_concerned(self.catalogs, self.case, line.ground)
                note = self.say("not_concerned", text=words)
                yield ("", line.label, "", "", "", note)
            elif not mine:
                yield ("", line.label, "", "", "", self.say("on_paper"))
            yield from map(self.row, mine)
        yield from (self.row(one) for one in self.packed if one.label == self.say("others"))

    def row(self, one: Packed) -> tuple[str, ...]:
        pages = self.say("pages", pages=one.pages) if one.pages is not None else ""
        note = "" if one.data is not None else self.say("on_paper")
        return (one.name[:2], one.label, one.paper.name, pages, (one.paper.sha256 or "")[:_SHORT_SHA256], note)

    def adoption(self) -> Iterator[Block]:
        """What became of the opinion's items: a declined must-item with its reason comes first."""
        review = latest_records(self.session, self.case.number).get("legality_review")
        items = opinion_items(self.session, self.case.number, round=review.round) if review else []
        if not items:
            yield Text(self.say("adoption_none"))
            return
        must = [item for item in items if item.nature == "must_change"]
        declined = declined_of(self.session, self.case)
        found = reviewed_text(self.session, self.home, self.catalogs, self.case)
        counts = {"count": len(items), "must": len(must), "declined": len(declined)}
        name = "adoption_text" if declined else "adoption_all"
        yield Text(self.say(name, number=found.number if found else "", **counts))
        yield self.items([*declined, *(item for item in items if item not in declined)])

    def items(self, items: Sequence[OpinionItem]) -> Grid:
        shares = (("ordinal", 1.4), ("nature", 1.6), ("problem", 5), ("response", 1.8), ("reason", 4))
        columns = tuple(Column(self.say(f"column_{name}"), share, "left") for name, share in shares)
        rows = tuple(
            (
                f"{item.ordinal}\n{item.article}".strip(),
                self.catalogs.label(item.nature, section="natures"),
                self.say("suggestion", problem=item.problem, suggestion=item.suggestion),
                self.catalogs.label(item.response, section="adoptions") if item.response else self.say("no_answer"),
                item.response_reason or "",
            )
            for item in items
        )
        return Grid(columns, rows, _SMALL)

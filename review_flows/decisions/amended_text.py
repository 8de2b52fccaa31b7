"""原则通过，修改后印发: the amended text held against the text that was discussed, and what that leads to.

In: the two versions. Out: every change between them, those of substance apart. A person says whether the amendments are
those that the meeting asked for, or differ in substance: then every review that is good for one version of the draft
only (legality; competition by FC-10) is done again before the case goes on, which the law engine sees to. A change of
substance that is let pass needs a reason and stays a finding.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseDocument, StepRecord
from review_flows.cases.standing import draft_identity, draft_of, find_case, latest_records, on_file
from review_flows.decisions.agenda import STEP
from review_flows.decisions.choices import note
from review_flows.decisions.discussions import Discussion, discussion_of
from review_flows.decisions.meeting import secretary
from review_flows.errors import DraftError, ProcedureError, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.law.procedure import CHAIN
from review_flows.people.person import Person
from review_flows.records.audit import Actor, record
from review_flows.records.home import Home
from review_flows.text.diff import ChangeJson, Comparison, compare
from review_flows.text.reading import read

AMENDED, AGAIN = "amended_text", "reviewed_again"
FINDING = "amended_text.substantive"
MOST_PLACES = 10  # named in a finding; all of them stand in the comparison


@dataclass(frozen=True)
class Amendment:
    """The amended text of a case beside the one that was discussed; no comparison where one cannot be read as text."""

    case: Case
    row: StepRecord
    discussed: str
    amended: CaseDocument
    comparison: Comparison | None

    @property
    def substantive(self) -> tuple[ChangeJson, ...]:
        """The changes of substance, each as `redline --json` has it."""
        changes = self.comparison.changes if self.comparison else ()
        return tuple(change.to_json() for change in changes if change.substantive)

    @property
    def is_plain(self) -> bool:
        """Whether the texts could be compared and nothing of substance differs."""
        return self.comparison is not None and not self.substantive

    def to_json(self) -> dict[str, Any]:
        """The JSON of `meetings amended`."""
        changes = self.comparison.changes if self.comparison else ()
        return {
            "case": self.case.number,
            "discussed": self.discussed,
            "amended": self.amended.sha256,
            "compared": self.comparison is not None,
            "changes": [change.to_json() for change in changes],
            "substantive": len(self.substantive),
        }


def amendment_of(session: Session, home: Home, catalogs: Catalogs, case_number: str) -> Amendment:
    """The amended text that waits to be held against the discussed one; ProcedureError where none does."""
    case = find_case(session, case_number)
    row = latest_records(session, case.number).get(STEP)
    if row is None or row.pending != AMENDED:
        raise ProcedureError(case.number, STEP, "会议没有原则通过、等待修改稿的决定，不需要核对修改稿。")
    kept = discussion_of(session, case.number, row.round)
    draft = draft_of(session, catalogs, case)
    if kept is None or draft is None or draft_identity(session, catalogs, case) == kept.draft_sha256:
        raise ProcedureError(
            case.number, STEP, f"起草单位还没有送来修改稿，请先以 submit --case {case.number} 送修改后的文稿。"
        )
    return Amendment(case, row, kept.draft_sha256 or "", draft, _comparison(session, home, catalogs, kept, draft))


def _comparison(
    session: Session, home: Home, catalogs: Catalogs, kept: Discussion, draft: CaseDocument
) -> Comparison | None:
    if draft.sha256 is None or kept.draft_sha256 is None or not on_file(kept.draft_sha256):
        return None
    try:
        old = read(home.store.read(kept.draft_sha256), _name_of(session, kept, draft))
        return compare(old, read(home.store.read(draft.sha256), draft.name))
    except DraftError:
        return None


def _name_of(session: Session, kept: Discussion, draft: CaseDocument) -> str:
    """The file name of the discussed version; its ending tells how it is read."""
    query = select(CaseDocument).where(
        CaseDocument.case == kept.case, CaseDocument.role == draft.role, CaseDocument.sha256 == kept.draft_sha256
    )
    found = session.exec(query).first()
    return found.name if found else draft.name


def settle(
    session: Session, catalogs: Catalogs, found: Amendment, person: Person, *, substantial: bool, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """The secretary's word on an amended text: as the meeting decided, or different in substance."""
    case, row = found.case, found.row
    actor = secretary(session, catalogs.organs.get(case.issuing_organ).id, person, office_day(now))
    if not reason.strip() and (substantial or not found.is_plain):
        what = "须重新审核的" if substantial else "修改稿有实质性改动（或者不能逐条比对）而不重新审核的"
        raise ReviewFlowsError(f"{what}，须写明理由（--reason）。")
    row.pending = AGAIN if substantial else None
    event = "amended_text.substantial" if substantial else "amended_text.accepted"
    record(
        session, event, actor=actor, at=now, case=case.number, step=STEP, round=row.round, reason=reason or None,
        documents=on_file(found.discussed, found.amended.sha256),
        payload={"changes": len(found.comparison.changes) if found.comparison else None,
                 "substantive": len(found.substantive)},
    )  # fmt: skip
    if not substantial and not found.is_plain:
        _note(session, found, reason, actor, now)


def _note(session: Session, found: Amendment, reason: str, actor: Actor, now: datetime) -> None:
    places = "、".join(_place(change) for change in found.substantive[:MOST_PLACES])
    said = f"{places}有实质性改动；{reason}" if places else f"不能逐条比对；{reason}"
    note(session, found.case, FINDING, step=STEP, rule=CHAIN, reason=said, actor=actor, now=now, round=found.row.round)


def _place(change: ChangeJson) -> str:
    side = change["new"] or change["old"]
    return side["article"] if side else ""

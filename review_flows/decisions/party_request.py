"""请示: the paper that puts a decision to the party committee of the same level before it is issued (上行文, MD-27).

In: `RequestContent`, frozen values from the record: what was done, when, with which result. Out: the bytes of a .docx
with masthead, number and signer as GB/T 9704 has a paper that goes upwards. Whom it goes to stands in follow_up.yaml.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, StepRecord
from review_flows.cases.contents import checkpoint_line
from review_flows.cases.forms import current_documents
from review_flows.cases.standing import draft_of, latest_records, unit_ids, unit_name
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Block, Form, Heading, OfficialDocument, Signature, Text
from review_flows.papers.wording import Wording
from review_flows.records.home import Home

PAPER = "party_request"
# The steps that the request reports on, in the order of the procedure.
REPORTED = (
    "public_participation", "expert_argumentation", "risk_assessment", "fair_competition_review", "legality_review",
    "collective_discussion",
)  # fmt: skip
ATTACHED = ("review_draft", "comment_adoption_report", "expert_opinion", "risk_report", "fair_competition_opinion",
            "legality_opinion", "meeting_record")  # fmt: skip


@dataclass(frozen=True)
class StepLine:
    """One procedure as it was performed, or the reason why it was not."""

    step: str
    label: str
    done_on: date | None
    conclusion: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RequestContent:
    """All that the request says. `number` and `dated_on` are empty until it is sent."""

    case: str
    title: str
    organ: str
    addressee: str
    drafting_units: tuple[str, ...]
    steps: tuple[StepLine, ...]
    attachments: tuple[str, ...]
    contact: str = ""
    phone: str = ""
    number: str = ""
    dated_on: date | None = None
    draft_sha256: str = ""
    catalogs_sha256: str = ""
    checkpoint: str = ""
    made_on: date | None = None
    is_demo: bool = False


def request_content(
    session: Session, home: Home, catalogs: Catalogs, case: Case, number: str = "", dated_on: date | None = None
) -> RequestContent:
    """The request as the record stands."""
    records = latest_records(session, case.number)
    (organ,) = unit_ids(catalogs, [case.issuing_organ])
    papers = {paper.role: paper for paper in current_documents(session, case.number)}
    draft = draft_of(session, catalogs, case)
    return RequestContent(
        case=case.number,
        title=case.title.strip("《》"),
        organ=unit_name(catalogs, case.issuing_organ),
        addressee=catalogs.follow_up.party_bodies.get(organ, ""),
        drafting_units=tuple(unit_name(catalogs, unit) for unit in case.drafting_units),
        steps=tuple(_line(catalogs, case, records[step]) for step in REPORTED if step in records),
        attachments=tuple(catalogs.label(role, case.kind) for role in ATTACHED if role in papers),
        contact=str(case.contact.get("name") or ""),
        phone=str(case.contact.get("phone") or ""),
        number=number,
        dated_on=dated_on,
        draft_sha256=(draft.sha256 or "") if draft else "",
        catalogs_sha256=case.catalogs,
        checkpoint=checkpoint_line(home),
        made_on=office_day(home.now()),
        is_demo=home.is_demo,
    )


def _line(catalogs: Catalogs, case: Case, row: StepRecord) -> StepLine:
    is_told = row.conclusion not in (None, "done")
    conclusion = catalogs.label(str(row.conclusion), row.step, section="conclusions") if is_told else ""
    not_asked = row.reason or "" if row.state == "not_applicable" else ""
    done_on = row.done_on if row.state == "done" else None
    return StepLine(row.step, catalogs.label(row.step, case.kind, section="steps"), done_on, conclusion, not_asked)


def request_paper(content: RequestContent, wording: Wording) -> bytes:
    """The request as .docx."""
    return render(request_document(content, wording))


def request_document(content: RequestContent, wording: Wording) -> OfficialDocument:
    """The request as blocks, for the page and for tests."""

    def say(name: str, /, **values: object) -> str:
        return wording.say(PAPER, name, **values)

    return OfficialDocument(
        title=say("title", title=content.title),
        blocks=tuple(_blocks(content, wording)),
        form=Form.DOCUMENT,
        masthead=say("masthead", organ=content.organ),
        document_number=content.number or say("number_open"),
        signer=say("signer"),
        addressee=content.addressee or say("addressee_open"),
        attachments=content.attachments,
        signature=Signature((content.organ,), content.dated_on),
        note=say("note", contact=content.contact, phone=content.phone) if content.contact else "",
        demo_mark=wording.say("common", "demo") if content.is_demo else "",
        small_print=tuple(_small_print(content, wording)),
        made_on=content.dated_on or content.made_on,
    )


def _blocks(content: RequestContent, wording: Wording) -> Iterable[Block]:
    def say(name: str, /, **values: object) -> str:
        return wording.say(PAPER, name, **values)

    units = "、".join(content.drafting_units)
    yield Text(say("opening", title=content.title, units=units))
    yield Heading(1, say("procedure"))
    for line in content.steps:
        yield Text(_sentence(line, wording))
    meeting = next((line for line in content.steps if line.step == "collective_discussion" and line.done_on), None)
    yield Heading(1, say("decision"))
    yield Text(say("decided", day=full_date(meeting.done_on)) if meeting and meeting.done_on else say("undecided"))
    yield Text(say("asking"))


def _sentence(line: StepLine, wording: Wording) -> str:
    if line.done_on is None:
        name = "step_not_asked" if line.reason else "step_open"
        return wording.say(PAPER, name, step=line.label, reason=line.reason.rstrip("。"))
    if line.conclusion == "":
        return wording.say(PAPER, "step_done_plain", step=line.label, day=full_date(line.done_on))
    return wording.say(PAPER, "step_done", step=line.label, day=full_date(line.done_on), conclusion=line.conclusion)


def _small_print(content: RequestContent, wording: Wording) -> Iterable[str]:
    if content.draft_sha256:
        yield wording.say(PAPER, "draft_sha256", sha256=content.draft_sha256)
    yield wording.say("common", "catalogs", sha256=content.catalogs_sha256)
    stored = wording.say("common", "stored", checkpoint=content.checkpoint)
    yield stored if content.checkpoint else wording.say("common", "not_stored")

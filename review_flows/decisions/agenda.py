"""The agenda of a meeting: which cases are ready for it, and for those that are not, everything that lacks.

Readiness is what the law engine says (`unready_for`), what the meeting's own rules say (its organ, its kind, its day),
and the papers of the meeting (catalogs/meetings.yaml; 713 art. 29 for decisions). It is asked for again whenever the
agenda is read: a case whose draft has changed since it was put on stands there with the reason and is not printed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import OPEN_STEP_STATES, Case, CaseDocument, OpinionItem
from review_flows.cases.forms import current_documents
from review_flows.cases.standing import (
    citation_of,
    draft_identity,
    find_case,
    latest_records,
    matter_of,
    on_file,
    opinion_items,
    plan_of,
    progress_of,
    unit_name,
)
from review_flows.decisions.meeting import AgendaItem, Meeting, awaiting, find_meeting, items_of, remove, secretary
from review_flows.decisions.risk import EARLIER, unproved
from review_flows.errors import NotFound, ProcedureError, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.law.facts import LEVEL
from review_flows.law.meetings import MeetingPaper
from review_flows.law.procedure import CHAIN, Ground, Plan, lacking_for, unready_for
from review_flows.law.rules import Reading
from review_flows.people.person import Person
from review_flows.records.audit import record

STEP = "collective_discussion"


@dataclass(frozen=True)
class Lack:
    """One thing that keeps a case off an agenda, with the rule that asks for it."""

    reason: str
    rule: str
    citation: str

    def __str__(self) -> str:
        return f"{self.reason.rstrip('。')}（{self.citation}，{self.rule}）" if self.citation else self.reason


@dataclass(frozen=True)
class PackLine:
    """A place in the package of a meeting: the papers that fill it, or why it is not concerned (不涉及)."""

    label: str
    rule: str
    citation: str
    of: str | None = None
    roles: tuple[str, ...] = ()
    papers: tuple[CaseDocument, ...] = ()
    ground: Ground | None = None  # set: not concerned
    is_lacking: bool = False


@dataclass(frozen=True)
class Standing:
    """An item of an agenda and what stands against its discussion now."""

    item: AgendaItem
    case: Case
    lacks: tuple[Lack, ...]


# --- readiness -------------------------------------------------------------------------------------------------------


def lacks_of(
    session: Session, catalogs: Catalogs, case: Case, *, now: datetime, meeting: Meeting | None = None
) -> tuple[Lack, ...]:
    """Everything that keeps a case from being discussed (at this meeting), at once; none where it is ready."""
    if STEP not in catalogs.chain(case.kind).steps:
        return (_own_flow(catalogs, f"{catalogs.label(case.kind)}没有集体讨论环节"),)
    today = office_day(now)
    plan = plan_of(session, catalogs, case, today)
    found = list(_of_case(catalogs, case, plan))
    if not found:
        found += _of_law(session, catalogs, case, today)
        found += _of_papers(session, catalogs, case, plan)
        found += _of_standing(session, catalogs, case, found)
    if meeting is not None:
        found += _of_meeting(session, catalogs, case, meeting, today)
    return tuple(dict.fromkeys(found))


def _own_flow(catalogs: Catalogs, reason: str) -> Lack:
    return Lack(reason, CHAIN, catalogs.own_flow.citation)


def _of_case(catalogs: Catalogs, case: Case, plan: Plan) -> Iterator[Lack]:
    """What the state of the case says before any rule is asked."""
    planned = plan.step(STEP)
    if planned.required is False:
        ground = planned.because[0]
        yield Lack(f"本案不需要{catalogs.label(STEP, case.kind)}：{ground.text}", ground.rule, ground.citation)
    if case.is_ended or case.state == "suspended":
        yield _own_flow(catalogs, f"事项{catalogs.label(case.state, section='case_states')}，不能上会")


def _of_law(session: Session, catalogs: Catalogs, case: Case, today: date) -> Iterator[Lack]:
    matter, progress = matter_of(session, case), progress_of(session, catalogs, case)
    for block in unready_for(catalogs, matter, progress, STEP, today):
        yield Lack(block.reason, block.rule, block.citation)


def _of_papers(session: Session, catalogs: Catalogs, case: Case, plan: Plan) -> Iterator[Lack]:
    """The papers that lack: of the package where it is not complete yet, of the steps before, of the meeting itself."""
    matter, rows = matter_of(session, case), latest_records(session, case.number)
    steps = (case.asks_for, STEP) if case.state == "lacking" else (STEP,)
    lacking = {material.role: material for step in steps for material in lacking_for(catalogs, matter, step, plan.on)}
    for role, material in lacking.items():
        name = catalogs.label(role, case.kind)
        yield Lack(f"缺{name}", material.rule, citation_of(catalogs, material.rule, plan.on))
    if claimed := unproved(session, catalogs, case, plan.on):
        yield Lack(f"缺{catalogs.label(EARLIER, case.kind)}", claimed.rule.id, claimed.version.citation)
    for fact in plan.questions if case.state == "lacking" else ():
        yield _own_flow(catalogs, f"尚未回答：{catalogs.facts[fact].question}")
    for line in pack_lines(session, catalogs, case, plan):
        is_named = bool(lacking.keys() & set(line.roles)) or (line.of in rows and rows[line.of].state != "done")
        if line.is_lacking and not is_named:
            yield Lack(f"提交讨论的材料缺{line.label}", line.rule, line.citation)


def _of_standing(session: Session, catalogs: Catalogs, case: Case, found: Sequence[Lack]) -> Iterator[Lack]:
    """Where nothing else stands against it, the discussion must be what the case waits for."""
    row = latest_records(session, case.number).get(STEP)
    if not found and row is not None and row.state not in OPEN_STEP_STATES:
        name = catalogs.label(STEP, case.kind)
        concluded = catalogs.label(row.conclusion, STEP, section="conclusions") if row.conclusion else "没有结论"
        yield _own_flow(catalogs, f"{name}第{row.round}轮已经办结（{concluded}），现在不等待讨论")


def _of_meeting(session: Session, catalogs: Catalogs, case: Case, meeting: Meeting, today: date) -> Iterator[Lack]:
    """Whether this meeting is one that may decide the case: its organ, its kind, its day."""
    if not _decides_for(catalogs, meeting, case):
        organ = unit_name(catalogs, case.issuing_organ)
        yield _own_flow(catalogs, f"{meeting.name}是{unit_name(catalogs, meeting.organ)}的会议，本案应由{organ}讨论")
    readings = _binding(catalogs, case, today)
    deciding = [reading for reading in readings if reading.rule.id in catalogs.meetings.decided_in]
    kinds = [(reading, kind) for reading in deciding for kind in reading.rule.meetings.get(case.level, ())]
    if kinds and meeting.kind not in [kind for _, kind in kinds]:
        wanted = "、".join(dict.fromkeys(kind for _, kind in kinds))
        yield _by(kinds[0][0], f"应当由{wanted}讨论，不能列入{meeting.kind}")
    yield from _of_day(session, catalogs, case, meeting, readings)


def _decides_for(catalogs: Catalogs, meeting: Meeting, case: Case) -> bool:
    """Whether the meeting is the issuing organ's; papers of the government's office go to the government's meeting."""
    organs = catalogs.organs
    own = organs.get(case.issuing_organ).id
    return meeting.organ == (organs.bearer("government").id if own == organs.bearer("office").id else own)


def _of_day(
    session: Session, catalogs: Catalogs, case: Case, meeting: Meeting, readings: Sequence[Reading]
) -> Iterator[Lack]:
    """No meeting before the day of an opinion that it rests on."""
    rows = latest_records(session, case.number)
    for gate in catalogs.chain(case.kind).steps[STEP].gates:
        row = rows.get(gate.of)
        if row is None or row.done_on is None or meeting.held_on >= row.done_on:
            continue
        name = catalogs.label(gate.of, case.kind)
        reason = f"会议日期（{meeting.held_on.isoformat()}）早于{name}办结之日（{row.done_on.isoformat()}）"
        binding = next((r for r in readings if r.rule.id in gate.rules), None)
        yield _by(binding, reason) if binding else _own_flow(catalogs, reason)


def _binding(catalogs: Catalogs, case: Case, today: date) -> list[Reading]:
    given = dict(case.facts) | {"level": case.level}
    return [reading for reading in catalogs.readings(case.kind, given, today) if reading.binds]


def _by(reading: Reading, reason: str) -> Lack:
    return Lack(reason, reading.rule.id, reading.version.citation)


# --- the papers of the meeting ---------------------------------------------------------------------------------------


def pack_lines(session: Session, catalogs: Catalogs, case: Case, plan: Plan) -> tuple[PackLine, ...]:
    """The papers that the meeting is given, in their order; what the law does not ask for stands with its ground."""
    there = current_documents(session, case.number)
    places = catalogs.meetings.papers.get(case.kind, ())
    return tuple(_pack_line(catalogs, case, plan, place, there) for place in places)


def other_papers(session: Session, case: Case, lines: Sequence[PackLine]) -> tuple[CaseDocument, ...]:
    """The current papers of a case that no place of the package holds; records of earlier meetings among them."""
    used = {paper.id for line in lines for paper in line.papers}
    return tuple(paper for paper in current_documents(session, case.number) if paper.id not in used)


def _pack_line(
    catalogs: Catalogs, case: Case, plan: Plan, place: MeetingPaper, there: Sequence[CaseDocument]
) -> PackLine:
    rule = catalogs.rules.get(place.rule or "")
    version = rule.version_on(plan.on) if rule else None
    name = rule.id if rule and version else CHAIN
    citation = version.citation if version else catalogs.own_flow.citation
    step = plan.step(place.of) if place.of else None
    if step is not None and step.required is False:
        return PackLine(place.label, name, citation, place.of, place.roles, ground=step.because[0])
    roles = (*place.roles, *([step.proved_by] if step and step.proved_by else []))
    papers = [paper for role in roles for paper in there if paper.role == role]
    lacking = not papers and not case.is_secret  # 涉密: the papers go round on paper, and none is made here
    more = [paper for role in place.also for paper in there if paper.role == role]
    found = _each_once((*papers, *more))
    return PackLine(place.label, name, citation, place.of, roles, found, is_lacking=lacking)


def _each_once(papers: Sequence[CaseDocument]) -> tuple[CaseDocument, ...]:
    return tuple({paper.id: paper for paper in papers}.values())


def not_concerned(catalogs: Catalogs, case: Case, ground: Ground) -> str:
    """Why a paper is 不涉及, for people: the fact that decided, then the provision."""
    if ground.fact is None or ground.fact == LEVEL:
        return f"{ground.text}（{ground.citation}，{ground.rule}）"
    label = catalogs.facts[ground.fact].label
    words = f"因{label}" if case.facts.get(ground.fact) is True else f"不属于“{label}”的情形"
    return f"{words}（{ground.citation}，{ground.rule}）"


def declined_of(session: Session, case: Case) -> list[OpinionItem]:
    """The must-items of the latest opinion that were not adopted in full, with the reason given."""
    review = latest_records(session, case.number).get("legality_review")
    items = opinion_items(session, case.number, round=review.round) if review else []
    return [item for item in items if item.nature == "must_change" and item.response in ("declined", "partly_adopted")]


# --- putting on and taking off ---------------------------------------------------------------------------------------


def put(
    session: Session, catalogs: Catalogs, name: str, case_number: str, person: Person, *, now: datetime,
    presenter: str = "", ordinal: int | None = None,
) -> AgendaItem:  # fmt: skip
    """A case put on the agenda; refused with everything that lacks. One that is there is put anew as it stands now."""
    meeting, case = find_meeting(session, name), find_case(session, case_number)
    actor = secretary(session, meeting.organ, person, office_day(now))
    if meeting.state == "cancelled":
        raise ReviewFlowsError(f"{meeting.name}已经取消，不能再列入议题。")
    if lacks := lacks_of(session, catalogs, case, now=now, meeting=meeting):
        listed = "；".join(f"{at}．{lack}" for at, lack in enumerate(lacks, 1))
        raise ProcedureError(case.number, STEP, f"不能列入{meeting.name}的议程：{listed}。补齐之后再列入。")
    _check_elsewhere(session, meeting, case)
    there = items_of(session, meeting, "on")
    item = next((item for item in there if item.case == case.number), None)
    if item is None:
        item = AgendaItem(meeting=meeting.id or 0, ordinal=0, case=case.number, put_at=now)
        session.add(item)
        there.append(item)
    item.presenter = presenter or item.presenter
    item.draft_sha256, item.put_at = draft_identity(session, catalogs, case), now
    _renumber(session, meeting, there, item, ordinal)
    record(
        session, "agenda.put", actor=actor, at=now, case=case.number, step=STEP, subject=("meeting", str(meeting.id)),
        documents=on_file(item.draft_sha256),
        payload={"meeting": meeting.name, "ordinal": item.ordinal, "presenter": item.presenter},
    )  # fmt: skip
    return item


def _check_elsewhere(session: Session, meeting: Meeting, case: Case) -> None:
    for other, _ in awaiting(session, case.number):
        if other.id != meeting.id:
            raise ProcedureError(
                case.number,
                STEP,
                f"已经列入{other.label}的议程；要改到{meeting.name}，请先从那里撤下（meetings take-off）。",
            )


def _renumber(
    session: Session, meeting: Meeting, there: list[AgendaItem], item: AgendaItem, ordinal: int | None
) -> None:
    """Number the items anew with this one in its place: the one asked for, else where it is, else the last."""
    others = [one for one in there if one is not item]
    before = len(items_of(session, meeting, "discussed"))
    place = (ordinal or item.ordinal or before + len(there)) - before
    others.insert(max(0, place - 1), item)
    for at, one in enumerate(others, before + 1):
        one.ordinal = at
    session.flush()


def take_off(
    session: Session, catalogs: Catalogs, name: str, case_number: str, person: Person, *, reason: str, now: datetime
) -> AgendaItem:
    """A case taken off the agenda before it is discussed, with the reason."""
    meeting = find_meeting(session, name)
    actor = secretary(session, meeting.organ, person, office_day(now))
    if not reason.strip():
        raise ReviewFlowsError("撤下议题须写明理由（--reason）。")
    there = items_of(session, meeting, "on")
    item = next((item for item in there if item.case == case_number.strip()), None)
    if item is None:
        raise NotFound(f"{meeting.name}待讨论的议题", case_number)
    remove(session, meeting, item, actor, reason=reason, now=now)
    return item


def standings(session: Session, catalogs: Catalogs, meeting: Meeting, now: datetime) -> list[Standing]:
    """The items on a meeting's agenda with what stands against each now; one discussed has nothing against it."""
    return [
        Standing(item, case, _lacks_now(session, catalogs, meeting, item, case, now))
        for item in items_of(session, meeting, "on", "discussed")
        if (case := find_case(session, item.case))
    ]


def _lacks_now(
    session: Session, catalogs: Catalogs, meeting: Meeting, item: AgendaItem, case: Case, now: datetime
) -> tuple[Lack, ...]:
    if item.state != "on":
        return ()
    lacks = lacks_of(session, catalogs, case, now=now, meeting=meeting)
    if lacks or draft_identity(session, catalogs, case) == item.draft_sha256:
        return lacks
    return (_own_flow(catalogs, "列入议程之后文稿有了新的版本，请核对后重新列入（meetings put）"),)


def candidates(
    session: Session, catalogs: Catalogs, organ: str, *, now: datetime, limit: int = 500
) -> list[tuple[Case, tuple[Lack, ...]]]:
    """The open cases of an organ whose kind is discussed, the oldest first, with what each lacks for a meeting."""
    kinds = [kind for kind, chain in catalogs.chains.items() if STEP in chain.steps]
    query = (
        select(Case)
        .where(col(Case.state).in_(("open", "lacking")), col(Case.kind).in_(kinds))
        .order_by(col(Case.opened_at), col(Case.number))
        .limit(limit)
    )
    cases = [case for case in session.exec(query) if _is_before(session, catalogs, case, organ, now)]
    return [(case, lacks_of(session, catalogs, case, now=now)) for case in cases]


def _is_before(session: Session, catalogs: Catalogs, case: Case, organ: str, now: datetime) -> bool:
    """Whether a case is the organ's and still has its discussion before it."""
    if catalogs.organs.get(case.issuing_organ).id != organ:
        return False
    row = latest_records(session, case.number).get(STEP)
    passes = catalogs.chain(case.kind).steps[STEP].passes
    needed = plan_of(session, catalogs, case, office_day(now)).step(STEP).required
    return needed is not False and not (row and row.state == "done" and row.conclusion in passes)

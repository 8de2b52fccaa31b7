"""What happens to a decision after it was made: suspended, resumed, stopped, adjusted; only through the procedure.

In: the acts of persons with a code. Out: `DecisionChange` rows with their events, and the standing of the decision.
MD-32: nothing is changed or stopped without the procedure. In an emergency the chief may suspend first, with the
situation and the reason, and puts it to the meeting afterwards. A major adjustment is a new case that runs the whole
procedure, linked to this one both ways; until it is published the old decision stands. Relies on terms.yaml (change_…).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseDocument
from review_flows.cases.links import ADJUSTS, adjusted_by, link
from review_flows.cases.standing import find_case, latest_records, unit_ids, unit_name
from review_flows.decisions.choices import note
from review_flows.decisions.follow_up_shown import ChangeJson, ChangesJson
from review_flows.errors import NotFound, ProcedureError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.people.person import Person
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

KIND, STEP, PROCEDURE = "major_decision", "execution", "MD-32"
CHIEF = ("unit_head",)
OFFICE = ("meeting_secretary", "registrar", "unit_head")
SUSPENDING = ("emergency_suspension", "suspension")
BY_MEETING = ("suspension", "resumption", "stop")
OPEN_STATES = ("proposed", "awaiting_meeting")
EVENTS = {
    "emergency_suspension": "decision.suspended",
    "suspension": "decision.suspended",
    "resumption": "decision.resumed",
    "stop": "decision.stopped",
    "minor": "decision.adjusted",
    "major": "decision.adjusted",
}


class DecisionChange(SQLModel, table=True):
    """One change of a decision, or a proposal of one. kind, state, situation, result: keys of terms.yaml."""

    __tablename__ = "decision_changes"
    __table_args__ = (UniqueConstraint("case", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    number: int
    kind: str
    state: str
    situation: str = ""
    reason: str
    authority: str = ""  # 批准依据
    decided_on: date | None = None
    person: str
    person_name: str
    meeting: str = ""
    meeting_on: date | None = None
    result: str = ""  # of the meeting on what was suspended first, or proposed
    result_reason: str = ""
    paper_sha256: str | None = None
    other_case: str | None = None
    origin: str = ""  # post_evaluation, where a report proposed it
    made_at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True)
class MeetingHeld:
    """The collective discussion that decided on a change."""

    name: str
    held_on: date
    paper_sha256: str = ""


# --- acts ------------------------------------------------------------------------------------------------------------


def suspend_first(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, situation: str, reason: str,
    now: datetime,
) -> DecisionChange:  # fmt: skip
    """In an emergency the chief suspends the execution first; it must be put to the meeting afterwards."""
    case = _decided(session, case_number, reason)
    check_may(catalogs, case, person, CHIEF, "先行中止执行")
    if situation not in catalogs.terms["change_situations"]:
        known = "、".join(f"{key}（{term.label}）" for key, term in catalogs.terms["change_situations"].items())
        raise _refusal(
            case, f"先行中止执行限于情况紧急的法定情形（{PROCEDURE}），请选：{known}；其他情形请提请集体讨论决定。"
        )
    _check_in_force(session, case)
    today = office_day(now)
    made = _add(
        session, case, person, now, kind="emergency_suspension", state="awaiting_meeting", situation=situation,
        reason=reason, decided_on=today,
    )  # fmt: skip
    label = catalogs.label(situation, section="change_situations")
    note(
        session, case, "decision.suspended_first", step=STEP, rule=PROCEDURE, reason=f"{label}：{reason}",
        actor=actor_of(person), now=now,
    )  # fmt: skip
    return made


def put_to_meeting(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, number: int, *, meeting: MeetingHeld,
    result: str, reason: str, now: datetime,
) -> DecisionChange:  # fmt: skip
    """What the meeting said of a suspension made first, or of a proposal: confirmed, or not; then it falls."""
    case = find_case(session, case_number)
    check_may(catalogs, case, person, OFFICE, "登记集体讨论结果")
    change = find_change(session, case.number, number)
    if change.state not in OPEN_STATES:
        raise _refusal(case, f"第 {number} 项变动不在等待集体讨论，不必登记。")
    if result not in catalogs.terms["change_results"]:
        raise _refusal(case, "集体讨论的结果请选 confirmed（同意）或者 not_confirmed（不同意）。")
    _check_meeting(session, case, meeting, now)
    earliest = change.decided_on or office_day(change.made_at)
    if meeting.held_on < earliest:
        raise _refusal(case, f"会议日期（{meeting.held_on}）早于提请的事由（{earliest}），请核对。")
    change.meeting, change.meeting_on = meeting.name, meeting.held_on
    change.paper_sha256, change.result, change.result_reason = meeting.paper_sha256 or None, result, reason
    change.state = "decided" if result == "confirmed" else "declined"
    record(
        session, "decision.change_discussed", actor=actor_of(person), at=now, case=case.number, step=STEP,
        rules=[PROCEDURE], reason=reason or None, subject=("decision_change", str(number)),
        documents=[meeting.paper_sha256] if meeting.paper_sha256 else [],
        payload={"result": result, "meeting": meeting.name, "held_on": meeting.held_on.isoformat()},
    )  # fmt: skip
    if change.kind == "emergency_suspension" and result != "confirmed":
        _record(session, case, person, "decision.resumed", change, now, reason)
    return change


def decide(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, kind: str, *, reason: str, now: datetime,
    authority: str = "", meeting: MeetingHeld | None = None,
) -> DecisionChange:  # fmt: skip
    """A change through the procedure: by the meeting, or (minor) by the authority that is named."""
    case = _decided(session, case_number, reason)
    check_may(catalogs, case, person, OFFICE, "登记决策变动")
    if kind not in (*BY_MEETING, "minor"):
        raise _refusal(
            case, "变动的种类请选 suspension、resumption、stop 或者 minor；重大调整用 decisions change adjust。"
        )
    if kind in BY_MEETING and meeting is None:
        raise _refusal(
            case,
            f"未经法定程序不得变更或者停止执行（{PROCEDURE}）：请写明集体讨论的会议、日期和决定文件；"
            "情况紧急的，由行政首长用 decisions change suspend 先行中止。",
        )
    if kind == "minor" and not authority.strip():
        raise _refusal(case, f"一般调整须写明批准依据（哪一级批准、文号或者会议）（{PROCEDURE}）。")
    if meeting is not None:
        _check_meeting(session, case, meeting, now)
    _check_possible(session, case, kind)
    return _add(
        session, case, person, now, kind=kind, state="decided", reason=reason, authority=authority.strip(),
        decided_on=meeting.held_on if meeting else office_day(now), meeting=meeting.name if meeting else "",
        meeting_on=meeting.held_on if meeting else None,
        paper_sha256=(meeting.paper_sha256 or None) if meeting else None,
    )  # fmt: skip


def adjust(
    session: Session, catalogs: Catalogs, old_number: str, new_number: str, person: Person, *, reason: str,
    now: datetime,
) -> DecisionChange:  # fmt: skip
    """A major adjustment: the new case runs the procedure again, and the two are linked both ways."""
    old, new = _decided(session, old_number, reason), find_case(session, new_number)
    check_may(catalogs, old, person, OFFICE, "登记重大调整")
    if new.kind != KIND:
        raise _refusal(old, f"重大调整应当依照条例重新履行决策程序（{PROCEDURE}）：{new.number} 不是重大行政决策事项。")
    if unit_ids(catalogs, [new.issuing_organ]) != unit_ids(catalogs, [old.issuing_organ]):
        raise _refusal(old, f"{new.number} 的决策机关与原决策不同，不能调整它。")
    if new.state in ("rejected", "withdrawn"):
        raise _refusal(old, f"{new.number} 已经{catalogs.label(new.state)}，不能作为调整的事项。")
    if is_decided(session, new):
        raise _refusal(old, f"{new.number} 已经集体讨论决定，重大调整应当在履行程序之前关联（{PROCEDURE}）。")
    if new.opened_at < old.opened_at:
        raise _refusal(old, f"{new.number} 登记在原决策之前，不能调整它，请核对案号次序。")
    standing_now = standing(session, old)
    if standing_now in ("being_adjusted", "adjusted", "stopped"):
        raise _refusal(old, f"原决策{_STANDING[standing_now]}，不能再登记重大调整。")
    link(session, new, old, ADJUSTS, reason=reason, actor=actor_of(person), now=now)
    made = _add(
        session, old, person, now, kind="major", state="in_procedure", reason=reason, other_case=new.number,
        decided_on=office_day(now),
    )  # fmt: skip
    for proposal in changes_of(session, old.number):
        if proposal.state == "proposed" and proposal.kind == "major":
            proposal.state, proposal.other_case = "decided", new.number
    return made


def propose(
    session: Session, case: Case, kind: str, *, reason: str, actor: Actor, person_name: str, now: datetime
) -> None:
    """A proposal of the post-evaluation: it changes nothing by itself and waits for the meeting (MD-31, MD-32)."""
    made = DecisionChange(
        case=case.number, number=_next(session, case.number), kind=kind, state="proposed", reason=reason,
        person=actor.person, person_name=person_name, origin="post_evaluation", made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    record(
        session, "decision.change_proposed", actor=actor, at=now, case=case.number, step="post_evaluation",
        rules=["MD-31", PROCEDURE], reason=reason, subject=("decision_change", str(made.number)),
        payload={"kind": kind},
    )  # fmt: skip


# --- how it stands ---------------------------------------------------------------------------------------------------

_STANDING = {
    "in_force": "正在执行",
    "suspended": "已经中止执行",
    "stopped": "已经停止执行",
    "being_adjusted": "正在由新的事项重新履行程序",
    "adjusted": "已经由新的决策调整",
}


def standing(session: Session, case: Case) -> str:
    """in_force | suspended | stopped | being_adjusted | adjusted: what the changes have made of a decision."""
    changes = changes_of(session, case.number)
    if any(change.kind == "stop" and change.state == "decided" for change in changes):
        return "stopped"
    newer = adjusted_by(session, case.number)
    if newer is not None and is_published(session, newer):
        return "adjusted"
    if is_suspended(changes):
        return "suspended"
    return "being_adjusted" if newer is not None and newer.state not in ("rejected", "withdrawn") else "in_force"


def is_suspended(changes: Sequence[DecisionChange]) -> bool:
    """Whether the latest word on the execution is that it stands still."""
    suspended = False
    for change in changes:
        if change.kind in SUSPENDING and change.state in ("decided", "awaiting_meeting"):
            suspended = True
        elif change.kind == "resumption" and change.state == "decided":
            suspended = False
    return suspended


def is_decided(session: Session, case: Case) -> bool:
    """Whether the collective discussion has passed."""
    row = latest_records(session, case.number).get("collective_discussion")
    return row is not None and row.state == "done" and row.conclusion not in ("problems_found", "returned")


def is_published(session: Session, case: Case) -> bool:
    """Whether the decision is out: published, or lawfully not, after the discussion passed."""
    row = latest_records(session, case.number).get("publication")
    return is_decided(session, case) and row is not None and row.state in ("done", "not_applicable")


def changes_of(session: Session, case: str) -> list[DecisionChange]:
    """The changes of a decision, oldest first."""
    query = select(DecisionChange).where(DecisionChange.case == case).order_by(col(DecisionChange.number))
    return list(session.exec(query))


def find_change(session: Session, case: str, number: int) -> DecisionChange:
    """A change by its number; NotFound where there is none."""
    for change in changes_of(session, case):
        if change.number == number:
            return change
    raise NotFound(f"{case} 的变动", str(number))


def state_of(session: Session, change: DecisionChange) -> str:
    """The state of a change: a major adjustment follows its new case."""
    if change.kind != "major" or change.state != "in_procedure" or change.other_case is None:
        return change.state
    newer = find_case(session, change.other_case)
    if newer.state in ("rejected", "withdrawn"):
        return "declined"
    return "done" if is_published(session, newer) else "in_procedure"


def standing_words(key: str) -> str:
    """A standing as sentences say it."""
    return _STANDING[key]


def to_json(session: Session, catalogs: Catalogs, case: Case) -> ChangesJson:
    """The changes of a decision as JSON (docs/formats.md)."""
    return {
        "case": case.number,
        "standing": standing(session, case),
        "changes": [_json(session, catalogs, change) for change in changes_of(session, case.number)],
    }


def _json(session: Session, catalogs: Catalogs, change: DecisionChange) -> ChangeJson:
    state = state_of(session, change)
    return {
        "number": change.number,
        "kind": change.kind,
        "label": catalogs.label(change.kind, section="change_kinds"),
        "state": state,
        "state_label": catalogs.label(state, section="change_states"),
        "situation": change.situation or None,
        "reason": change.reason,
        "authority": change.authority or None,
        "decided_on": change.decided_on.isoformat() if change.decided_on else None,
        "person": change.person,
        "meeting": change.meeting or None,
        "meeting_on": change.meeting_on.isoformat() if change.meeting_on else None,
        "result": change.result or None,
        "result_reason": change.result_reason or None,
        "paper": change.paper_sha256,
        "other_case": change.other_case,
        "origin": change.origin or None,
    }


# --- what must hold --------------------------------------------------------------------------------------------------


def check_may(catalogs: Catalogs, case: Case, person: Person, roles: Sequence[str], act: str) -> None:
    """Whether a person has one of these roles in the organ that made the decision; SignOffError where not."""
    (organ,) = unit_ids(catalogs, [case.issuing_organ])
    if not any(role in person.roles for role in roles) or not person.acts_for(organ):
        names = "、".join(catalogs.label(role, section="people") for role in roles)
        raise SignOffError(
            f"{person.name}不能对 {case.number} {act}：应由决策机关{unit_name(catalogs, organ)}的{names}办理。"
        )


def actor_of(person: Person) -> Actor:
    """A person as the trail names them."""
    return Actor(person.id, person.roles[0] if person.roles else None, person.unit)


def _decided(session: Session, case_number: str, reason: str) -> Case:
    """A decision that was made; ProcedureError where it is none, or was not decided yet."""
    case = find_case(session, case_number)
    if case.kind != KIND:
        raise _refusal(case, "不是重大行政决策事项。")
    if not is_published(session, case):
        raise _refusal(case, "还没有公布施行，不存在执行中的变动；需要修改的，请修改草案后继续办理。")
    if not reason.strip():
        raise _refusal(case, "请写明理由（--reason）。")
    return case


def _check_in_force(session: Session, case: Case) -> None:
    if (now_standing := standing(session, case)) not in ("in_force", "being_adjusted"):
        raise _refusal(case, f"该决策{_STANDING[now_standing]}，不必重复。")


def _check_possible(session: Session, case: Case, kind: str) -> None:
    at_present = standing(session, case)
    if kind == "resumption" and at_present != "suspended":
        raise _refusal(case, f"该决策{_STANDING[at_present]}，无须恢复。")
    if kind in ("suspension", "minor"):
        _check_in_force(session, case)
    if kind == "stop" and at_present in ("stopped", "adjusted"):
        raise _refusal(case, f"该决策{_STANDING[at_present]}，不必重复。")


def _check_meeting(session: Session, case: Case, meeting: MeetingHeld, now: datetime) -> None:
    if not meeting.name.strip():
        raise _refusal(case, "请写明会议名称，如“区政府第40次常务会议”。")
    if meeting.held_on > office_day(now):
        raise _refusal(case, f"会议日期（{meeting.held_on}）晚于今天，不能登记还没有发生的事。")
    if meeting.paper_sha256:
        query = select(CaseDocument).where(
            CaseDocument.case == case.number, CaseDocument.sha256 == meeting.paper_sha256
        )
        if session.exec(query).first() is None:
            raise _refusal(
                case, f"决定文件不在本案的材料里，请先以 submit --case {case.number} 送来（role: change_paper）。"
            )


def _add(session: Session, case: Case, person: Person, now: datetime, **facts: Any) -> DecisionChange:
    made = DecisionChange(
        case=case.number, number=_next(session, case.number), person=person.id, person_name=person.name, made_at=now,
        **facts,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _record(session, case, person, EVENTS[made.kind], made, now, made.reason)
    return made


def _record(
    session: Session, case: Case, person: Person, event: str, change: DecisionChange, now: datetime, reason: str
) -> None:
    told = {
        "kind": change.kind, "situation": change.situation, "authority": change.authority, "meeting": change.meeting,
        "other_case": change.other_case,
    }  # fmt: skip
    record(
        session, event, actor=actor_of(person), at=now, case=case.number, step=STEP, rules=[PROCEDURE],
        reason=reason or None, subject=("decision_change", str(change.number)),
        documents=[change.paper_sha256] if change.paper_sha256 else [],
        payload={name: value for name, value in told.items() if value},
    )  # fmt: skip


def _next(session: Session, case: str) -> int:
    return max((change.number for change in changes_of(session, case)), default=0) + 1


def _refusal(case: Case, reason: str) -> ProcedureError:
    return ProcedureError(case.number, STEP, reason)

"""决策执行: who carries a decision out, with which measures, who reports when, and what was reported (MD-30).

In: the acts of the office (assign) and of the executing units (report), the answer of step execution. Out: tasks and
report days as rows with their events; the list with 红黄绿; refusals and findings. Relies on follow_up.yaml (when a
report that is due soon turns yellow).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseDocument
from review_flows.cases.standing import find_case, unit_ids, unit_name
from review_flows.cases.work import Asked
from review_flows.decisions import changes
from review_flows.decisions.changes import actor_of, check_may
from review_flows.decisions.choices import note, reason_given, said, words
from review_flows.decisions.follow_up_shown import ReportJson
from review_flows.errors import NotFound, ProcedureError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.people.person import Person
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

STEP, REPORTED = "execution", "MD-30"
PAPER = "execution_report"
UNITS = ("handler", "unit_head")


class ExecutionTask(SQLModel, table=True):
    """What one unit has to do to carry a decision out."""

    __tablename__ = "execution_tasks"
    __table_args__ = (UniqueConstraint("case", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    number: int
    unit: str
    measures: str
    assigned_by: str
    assigned_at: datetime = Field(sa_type=Instant)


class ExecutionReport(SQLModel, table=True):
    """One report that is due; the rest is filled when it comes."""

    __tablename__ = "execution_reports"
    __table_args__ = (UniqueConstraint("task", "due_on"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    task: int = Field(foreign_key="execution_tasks.id", index=True)
    due_on: date = Field(index=True)
    reported_on: date | None = None
    summary: str = ""
    problems: str = ""
    paper_sha256: str | None = None
    reported_by: str | None = None
    registered_at: datetime | None = Field(default=None, sa_type=Instant)


# --- acts ------------------------------------------------------------------------------------------------------------


def assign(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, unit: str, measures: str,
    due: Sequence[date], now: datetime,
) -> ExecutionTask:  # fmt: skip
    """Name an executing unit, what it does, and on which days it reports."""
    case = find_case(session, case_number)
    check_may(catalogs, case, person, changes.OFFICE, "明确执行单位")
    if case.kind != changes.KIND or not changes.is_decided(session, case):
        raise ProcedureError(case.number, STEP, f"尚未经集体讨论决定，不能明确执行单位（{REPORTED}）。")
    if not unit.strip() or not measures.strip():
        raise ProcedureError(case.number, STEP, f"请写明执行单位和执行措施（{REPORTED}）。")
    if not due:
        raise ProcedureError(case.number, STEP, f"请写明执行单位何时报告执行情况（--report，可重复）（{REPORTED}）。")
    (organ,) = unit_ids(catalogs, [unit.strip()])
    task = ExecutionTask(
        case=case.number, number=len(tasks_of(session, case.number)) + 1, unit=organ, measures=measures.strip(),
        assigned_by=person.id, assigned_at=now,
    )  # fmt: skip
    session.add(task)
    session.flush()
    days = sorted(set(due))
    for day in days:
        session.add(ExecutionReport(case=case.number, task=task.id or 0, due_on=day))
    record(
        session, "execution.assigned", actor=actor_of(person), at=now, case=case.number, step=STEP, rules=[REPORTED],
        subject=("execution_task", str(task.number)),
        payload={"unit": organ, "measures": task.measures, "reports": [day.isoformat() for day in days]},
    )  # fmt: skip
    session.flush()
    return task


def report(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, task: int, due_on: date,
    reported_on: date, summary: str, problems: str = "", paper_sha256: str = "", now: datetime,
) -> ExecutionReport:  # fmt: skip
    """A report of an executing unit for one of its days, with its paper; late is a finding."""
    case = find_case(session, case_number)
    found = find_task(session, case.number, task)
    _check_unit(catalogs, found, person)
    row = _due_row(session, found, due_on)
    if row.reported_on is not None:
        raise ProcedureError(
            case.number, STEP, f"第 {task} 项任务 {due_on} 的报告已经登记（{row.reported_on}），不能更换。"
        )
    if reported_on > office_day(now):
        raise ProcedureError(case.number, STEP, f"报告日期（{reported_on}）晚于今天，不能登记还没有发生的事。")
    if not summary.strip():
        raise ProcedureError(case.number, STEP, "请写明执行情况（--summary）。")
    _check_paper(session, case, paper_sha256)
    row.reported_on, row.summary, row.problems = reported_on, summary.strip(), problems.strip()
    row.paper_sha256, row.reported_by, row.registered_at = paper_sha256 or None, person.id, now
    record(
        session, "execution.reported", actor=actor_of(person), at=now, case=case.number, step=STEP, rules=[REPORTED],
        subject=("execution_task", str(task)), documents=[paper_sha256] if paper_sha256 else [], reason=summary.strip(),
        payload={"due_on": due_on.isoformat(), "reported_on": reported_on.isoformat(), "problems": row.problems},
    )  # fmt: skip
    if reported_on > due_on:
        reason = f"{unit_name(catalogs, found.unit)}应于 {due_on} 报告，{reported_on} 报告"
        note(
            session, case, "execution_report.late", step=STEP, rule=REPORTED, reason=reason, actor=actor_of(person),
            now=now,
        )  # fmt: skip
    return row


def _check_unit(catalogs: Catalogs, task: ExecutionTask, person: Person) -> None:
    if not any(role in person.roles for role in UNITS) or not person.acts_for(task.unit):
        raise SignOffError(
            f"{person.name}不能报告执行情况：第 {task.number} 项任务的执行单位是{unit_name(catalogs, task.unit)}。"
        )


def _due_row(session: Session, task: ExecutionTask, due_on: date) -> ExecutionReport:
    rows = reports_of(session, task)
    for row in rows:
        if row.due_on == due_on:
            return row
    days = "、".join(row.due_on.isoformat() for row in rows)
    raise ProcedureError(task.case, STEP, f"第 {task.number} 项任务没有 {due_on} 的报告；应当报告的日期：{days}。")


def _check_paper(session: Session, case: Case, paper_sha256: str) -> None:
    """A report is a paper that has come (for 涉密 it stays on paper)."""
    if case.is_secret and not paper_sha256:
        return
    query = select(CaseDocument).where(
        CaseDocument.case == case.number, CaseDocument.sha256 == paper_sha256, CaseDocument.role == PAPER
    )
    if session.exec(query).first() is None:
        raise ProcedureError(
            case.number, STEP,
            f"执行情况报告尚未收到：请先以 submit --case {case.number} --step {STEP} 送来（role: {PAPER}），"
            "再写明它的 sha256。",
        )  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------------


def tasks_of(session: Session, case: str) -> list[ExecutionTask]:
    """The tasks of a decision in order."""
    query = select(ExecutionTask).where(ExecutionTask.case == case).order_by(col(ExecutionTask.number))
    return list(session.exec(query))


def find_task(session: Session, case: str, number: int) -> ExecutionTask:
    """A task by its number; NotFound where there is none."""
    for task in tasks_of(session, case):
        if task.number == number:
            return task
    raise NotFound(f"{case} 的执行任务", str(number))


def reports_of(session: Session, task: ExecutionTask) -> list[ExecutionReport]:
    """The reports of a task by the day they are due."""
    query = select(ExecutionReport).where(ExecutionReport.task == task.id).order_by(col(ExecutionReport.due_on))
    return list(session.exec(query))


def light(report: ExecutionReport, on: date, soon_calendar_days: int) -> str:
    """green (reported, or not due soon), yellow (due soon), red (overdue)."""
    if report.reported_on is not None and report.reported_on <= on:
        return "green"
    if report.due_on < on:
        return "red"
    return "yellow" if report.due_on <= on + timedelta(days=soon_calendar_days) else "green"


def listed(
    session: Session, catalogs: Catalogs, on: date, *, case: str | None = None, limit: int = 1000
) -> list[ReportJson]:
    """Every report that is due or was made, the earliest due first, each with its light on a day."""
    query = select(ExecutionReport, ExecutionTask).join(
        ExecutionTask, col(ExecutionTask.id) == col(ExecutionReport.task)
    )
    if case is not None:
        query = query.where(ExecutionReport.case == find_case(session, case).number)
    query = query.order_by(col(ExecutionReport.due_on), col(ExecutionReport.id)).limit(limit)
    cases: dict[str, tuple[Case, str]] = {}
    shown: list[ReportJson] = []
    for row, task in session.exec(query):
        if row.case not in cases:
            found = find_case(session, row.case)
            cases[row.case] = found, changes.standing(session, found)
        shown.append(_shown(catalogs, row, task, *cases[row.case], on))
    return shown


def _shown(
    catalogs: Catalogs, row: ExecutionReport, task: ExecutionTask, case: Case, standing: str, on: date
) -> ReportJson:
    """One line; nothing is overdue while the execution stands still."""
    still = standing in ("suspended", "stopped", "adjusted") and row.reported_on is None
    return {
        "case": row.case,
        "title": case.title,
        "standing": standing,
        "task": task.number,
        "unit": unit_name(catalogs, task.unit),
        "measures": task.measures,
        "due_on": row.due_on.isoformat(),
        "reported_on": row.reported_on.isoformat() if row.reported_on else None,
        "is_late": row.reported_on is not None and row.reported_on > row.due_on,
        "light": None if still else light(row, on, catalogs.follow_up.soon_calendar_days),
        "summary": row.summary or None,
        "problems": row.problems or None,
        "paper": row.paper_sha256,
    }


# --- the step --------------------------------------------------------------------------------------------------------


class Execution:
    """The StepWork of execution: it ends when what was to be reported has been reported."""

    enforces: Mapping[str, str] = {
        REPORTED: "决策执行——没有明确执行单位的不能办结；到期没有报告的列红，办结须说明理由；"
        "没有报告和逾期报告留作发现项",
        changes.PROCEDURE: "决策执行——中止、停止、调整须写明会议或者批准依据；紧急中止限行政首长，事后提请集体讨论；"
        "重大调整须是新的决策事项，前后互相关联",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """What has come of it."""
        return {"execution_result": words("执行结果", "目标完成情况、存在的问题；停止执行、由新决策调整的写明")}

    def above(self, asked: Asked) -> list[str]:
        """Tasks, reports, and how the decision stands."""
        today = office_day(asked.wait.opened_at)
        lines = [
            f"**决策执行**：目前{changes.standing_words(changes.standing(asked.session, asked.case))}。"
            f"执行单位和报告用 `decisions execution` 登记（{REPORTED}）；"
            f"变动用 `decisions change` 办理（{changes.PROCEDURE}）。",
            "",
        ]
        rows = listed(asked.session, asked.catalogs, today, case=asked.case.number)
        return [*lines, *(f"- {_sentence(row)}" for row in rows), ""]

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the execution cannot have ended."""
        for fault in _faults(asked, told, office_day(now)):
            raise SignOffError(fault)

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """What was due and never reported, as a finding."""
        if missing := _missing(asked, office_day(now)):
            reason = f"{'；'.join(missing)}：{reason_given(asked)}"
            note(
                asked.session, asked.case, "execution_report.missing", step=STEP, rule=REPORTED, reason=reason,
                actor=actor, now=now, round=asked.wait.round,
            )  # fmt: skip


def _sentence(row: ReportJson) -> str:
    came = f"{row['reported_on']} 已报告" if row["reported_on"] else "尚未报告"
    return f"任务{row['task']} {row['unit']}：应于 {row['due_on']} 报告，{came}"


def _faults(asked: Asked, told: Mapping[str, Any], today: date) -> Iterable[str]:
    case = asked.case
    if not tasks_of(asked.session, case.number):
        yield (
            f"还没有明确执行单位和报告日期（{REPORTED}）：请由决策机关用 "
            f"decisions execution assign {case.number} --unit … --measures … --report … 登记。"
        )
    if any(change.state == "awaiting_meeting" for change in changes.changes_of(asked.session, case.number)):
        yield f"行政首长先行中止的决定尚未提请集体讨论（{changes.PROCEDURE}），不能办结。"
    if changes.standing(asked.session, case) == "suspended":
        yield f"该决策已经中止执行，恢复或者停止之后再办结（{changes.PROCEDURE}）。"
    if not said(told, "execution_result"):
        yield f"请填写执行结果（{REPORTED}）。"
    if (missing := _missing(asked, today)) and not reason_given(asked):
        yield f"应当报告而没有报告：{'；'.join(missing)}（{REPORTED}）。请先登记报告；确实没有的，写明理由。"


def _missing(asked: Asked, today: date) -> list[str]:
    """The reports that were due by a day and have not come."""
    rows = listed(asked.session, asked.catalogs, today, case=asked.case.number)
    return [f"{row['unit']}（{row['due_on']}）" for row in rows if row["light"] == "red"]

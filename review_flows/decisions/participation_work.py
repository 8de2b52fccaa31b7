"""What public_participation and public_comment ask of the person who ends them, and the papers that come of it.

In: the answer of the step. Relies on what was recorded before: notices, activities, hearings, comments. Out: refusals
that name the rule; findings where the law lets something pass with a reason; the adoption report and the record of the
hearing. An answer that tells nothing of all this, in a case where nothing was recorded, rests on the papers that were
sent instead; comments that were brought in must be answered either way (MD-06).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseDocument, CaseFinding, SignOff
from review_flows.cases.contents import checkpoint_line
from review_flows.cases.standing import find_case
from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions import hearings
from review_flows.decisions.comment_report import report_content, report_paper
from review_flows.decisions.hearing_papers import record_content, record_paper
from review_flows.decisions.participation import notices_of, record_activity, shorter_reason
from review_flows.decisions.participation_answer import (
    ParticipationAnswer,
    Recorded,
    form_fields,
    read_answer,
    recorded,
)
from review_flows.decisions.participation_checks import RECORD, Checked, faults
from review_flows.decisions.participation_step import ASKED, HEARD, PUBLIC, PUBLISHES, grounds
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, record
from review_flows.records.database import reading
from review_flows.records.home import Home

# The paper that tells what became of the comments, by step.
REPORTS = {"public_participation": "comment_adoption_report", "public_comment": "consultation_summary"}
UNPROVEN = "notice.reason_unproven"


class PublicParticipation:
    """The StepWork of public_participation and public_comment."""

    enforces: Mapping[str, str] = {
        HEARD: "公众参与——各种方式逐项登记时间、对象、人数、结果；意见没有全部答复的，不能办结；采纳情况报告由系统制作",
        PUBLISHES: "征求意见公告——没有草案及说明、方式、期限、联系方式的，不出具；缩短期限的理由写入公告",
        ASKED: "公开征求意见——公告写明方式、期限和缩短的理由；意见逐条答复后才能办结，征求意见及采纳情况由系统制作",
        PUBLIC: "听证会——名单和遴选办法会前公布，公开举行，参加人逐人签字或者记明拒绝，缺一不能办结",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """Forms, channel, reason for a shorter period, other activities, groups that were talked to."""
        return form_fields(asked)

    def above(self, asked: Asked) -> list[str]:
        """How things stand: notices, comments still open, the hearing, and with which command to go on."""
        there, number = recorded(asked.session, asked.case.number), asked.case.number
        lines = [f"- {line}" for line in _standing(asked, there)]
        if there.counted.open:
            lines.append(
                f"- 还有 **{there.counted.open}** 条意见没有答复，全部答复后才能办结："
                f"`review-flows comments sheet {number} --out 答复.xlsx`，填好后 `comments fill`"
            )
        if not there.notices and asked.case.facts.get("not_public") is not True:
            lines.append(f"- 还没有出具公告：`review-flows decisions notice {number} …`")
        return ["**公众参与情况**", "", *lines, ""]

    def reason_for_haste(self, asked: Asked) -> str:
        """Why the period was cut short: as the form tells it, else as the notice does."""
        told = read_answer(asked.catalogs, asked.given.told) if asked.given else ParticipationAnswer()
        return told.reason or shorter_reason(notices_of(asked.session, asked.case.number))

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the answer may not count."""
        if conclusion not in asked.catalogs.chains[asked.case.kind].steps[asked.wait.step].passes:
            return
        for fault in faults(Checked(asked, read_answer(asked.catalogs, told), office_day(now))):
            raise SignOffError(fault)

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """The adoption report, where anything was recorded or told; the record of a hearing, where one was called."""
        there = recorded(asked.session, asked.case.number)
        made = [REPORTS[asked.wait.step]] if not there.is_empty or read_answer(asked.catalogs, told).activities else []
        return [*made, RECORD] if there.hearing else made

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The activities that the form tells, and what was not proven, as a finding."""
        answer = read_answer(asked.catalogs, told)
        for activity in answer.activities:
            record_activity(asked.session, asked.catalogs, asked.case.number, activity, actor=actor, at=now)
        there = recorded(asked.session, asked.case.number)
        view = Checked(asked, answer, office_day(now))
        if view.is_shorter and not view.is_reason_published:
            reason = "征求意见期限短于法定最短期限，公告中是否说明理由没有核对"
            asked.session.add(
                CaseFinding(
                    case=asked.case.number,
                    kind=UNPROVEN,
                    step=asked.wait.step,
                    round=asked.wait.round,
                    rule=PUBLISHES,
                    reason=reason,
                    found_at=now,
                )  # fmt: skip
            )
        record(
            asked.session, "participation.concluded", actor=actor, at=now, case=asked.case.number,
            step=asked.wait.step, round=asked.wait.round, rules=grounds(asked.wait.step, HEARD),
            payload={
                "forms": list(dict.fromkeys((*there.forms, *answer.forms))),
                "channel": answer.channel,
                "voices": there.counted.voices,
                "opinions": there.counted.opinions,
                "groups_consulted": answer.groups_consulted,
                "reason_proven": view.is_reason_published if view.is_shorter else None,
            },
        )  # fmt: skip

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The adoption report of what was recorded here, and the record of the hearing, as of the sign-off."""
        there = recorded(ended.session, ended.case.number)
        if there.is_empty or not ended.signed or ended.row.state != "done":
            return
        again = f"（第{ended.row.round}次）" if ended.row.round > 1 else ""
        role = REPORTS[ended.row.step]
        if there.counted.voices or not _was_sent(ended, role):
            label = ended.catalogs.label(role)
            yield WorkPaper(role, f"{label}{again}.docx", _report(ended, ended.signed[-1]))
        if there.hearing and there.hearing.recorded_at and not hearings.lacks(ended.session, there.hearing):
            label = ended.catalogs.label(RECORD)
            yield WorkPaper(RECORD, f"{label}{again}.docx", _hearing_record(ended.home, ended.catalogs, ended.case))


def _standing(asked: Asked, there: Recorded) -> Iterable[str]:
    for notice in there.notices:
        shorter = f"，期限缩短：{notice.reason}" if notice.reason else ""
        yield f"公告：{notice.published_on.isoformat()} 至 {notice.closes_on.isoformat()}，{notice.channel}{shorter}"
    counted = there.counted
    if counted.voices:
        yield f"意见：{counted.voices} 人次，归并为 {counted.opinions} 条，未答复 {counted.open} 条"
    for activity in there.activities:
        form = asked.catalogs.participation.forms[activity.form]
        yield f"{form.label}：{activity.started_on.isoformat()}，{activity.who}，{activity.people}{form.counted}"
    if there.hearing:
        lacking = hearings.lacks(asked.session, there.hearing)
        yield f"听证会：{there.hearing.held_on.isoformat()}，{'；'.join(lacking) or '记录已经参加人确认'}"


# --- papers ---------------------------------------------------------------------------------------------------------


def _was_sent(ended: Ended, role: str) -> bool:
    query = select(CaseDocument).where(
        CaseDocument.case == ended.case.number, CaseDocument.role == role, col(CaseDocument.made_by_system).is_(False)
    )
    return ended.session.exec(query).first() is not None


def _report(ended: Ended, signed: SignOff) -> Callable[[], bytes]:
    """The report as it is made when its turn comes: from the record as it stood at the sign-off."""
    home, catalogs, number, law = ended.home, ended.catalogs, ended.case.number, ended.row.catalogs
    told = read_answer(catalogs, signed.answer)
    at = signed.signed_at

    def make() -> bytes:
        with reading(home.engine) as session:
            content = report_content(
                session, home, catalogs, number, at=at, groups_consulted=told.groups_consulted,
                catalogs_sha256=law, checkpoint=checkpoint_line(home),
            )  # fmt: skip
        return report_paper(content, catalogs, load_wording(home.settings.catalogs))

    return make


def _hearing_record(home: Home, catalogs: Catalogs, case: Case) -> Callable[[], bytes]:
    number = case.number

    def make() -> bytes:
        with reading(home.engine) as session:
            content = record_content(
                session, home, catalogs, find_case(session, number), hearings.find_hearing(session, number)
            )
        return record_paper(content, load_wording(home.settings.catalogs))

    return make

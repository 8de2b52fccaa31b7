"""公平竞争审查 as the work of a step: its form, its checks, what is recorded, the papers that come of it.

An answer that tells nothing of scope and standards rests on the written opinion that was sent instead; both ways end
in a paper (FC-05, FC-10). A package that lacks something goes back with a notice that names all of it (FC-11).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, SignOff, StepRecord
from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions.fair_competition_answer import (
    CompetitionAnswer,
    confirming_fields,
    form_fields,
    read_answer,
)
from review_flows.decisions.fair_competition_checks import (
    AGAIN,
    BLOCKS,
    CONCLUDED,
    EXCEPTED,
    FIRST,
    HEARD,
    PACKAGE,
    SCOPE,
    approved_before,
    binds,
    check_confirmed,
    faults,
    lacking_papers,
)
from review_flows.decisions.fair_competition_papers import competition_content, competition_notice, competition_paper
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, entries, record

OPINION, NOTICE = "fair_competition_opinion", "competition_notice"
RETURNED = "fair_competition.returned"


class CompetitionReview:
    """The StepWork of fair_competition_review, for every kind of case."""

    enforces: Mapping[str, str] = {
        SCOPE: "公平竞争审查表——是否属于审查范围须答复，不属于的须写理由",
        FIRST: "公平竞争审查表——没有起草单位初审意见的不能通过",
        HEARD: "公平竞争审查表——听取利害关系人意见的情况必填；涉及社会公众利益的，听取公众意见的情况必填",
        CONCLUDED: "公平竞争审查表——逐项答复；涉及的各项须说明",
        BLOCKS: "公平竞争审查表——有违反的各项，不能结论为可以出台",
        EXCEPTED: "公平竞争审查表——例外的情形、没有影响更小的替代方案、期限或者终止条件缺一不可；到期的列入清单",
        AGAIN: "公平竞争审查表——草案有新版本的再次审查：重大修改逐项重审，不是的写明理由确认前次；书面结论由系统制作",
        PACKAGE: "公平竞争审查表——草案、起草说明、初审意见不齐的不能通过，退回时一次列明所缺",
        "FC-S8": "公平竞争审查表——第八条各项逐项答复",
        "FC-S9": "公平竞争审查表——第九条各项逐项答复",
        "FC-S10": "公平竞争审查表——第十条各项逐项答复，有依据的须写明",
        "FC-S11": "公平竞争审查表——第十一条各项逐项答复",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """The form, with a confirmation where an earlier round was approved and the draft has changed since."""
        fields = form_fields(asked.catalogs)
        if approved_before(asked.session, asked.case, asked.wait.round):
            fields |= confirming_fields()
        return fields

    def above(self, asked: Asked) -> list[str]:
        """What to check before answering: the package and what it lacks, the earlier conclusion."""
        today = office_day(asked.wait.opened_at)
        lines = ["**公平竞争审查**：已有书面审查意见的，勾选认可；没有的，在下面逐项填写，系统制作审查表。", ""]
        if binds(asked, PACKAGE, today):
            lines += [f"送审应有政策措施草案、起草说明、起草单位初审意见；不齐的，补正或者退回（{PACKAGE}）。", ""]
        if lacking := lacking_papers(asked, today):
            lines += [f"**送审材料尚缺：{'、'.join(lacking)}。**", ""]
        if before := approved_before(asked.session, asked.case, asked.wait.round):
            lines += [
                f"第{before.round}轮审查通过之后草案有新的版本：有重大修改的应当重新审查（{AGAIN}），否则确认前次结论。",
                "",
            ]
        return lines

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the answer contradicts itself or leaves out what the regulation asks for."""
        answer = read_answer(asked.catalogs, told)
        if answer.confirms:
            check_confirmed(asked, conclusion, answer)
        elif answer.is_told:
            for fault in faults(asked, conclusion, answer, office_day(now)):
                raise SignOffError(fault)

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """The opinion, where the form was filled in."""
        return (OPINION,) if read_answer(asked.catalogs, told).is_told else ()

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The conclusion with the standards that are touched, or what lacked, as an event of its own."""
        answer = read_answer(asked.catalogs, told)
        if conclusion == "returned":
            self._record_return(asked, answer, actor, now)
        elif answer.is_told:
            self._record_conclusion(asked, conclusion, answer, actor, now)

    def _record_return(self, asked: Asked, answer: CompetitionAnswer, actor: Actor, now: datetime) -> None:
        lacking = lacking_papers(asked, office_day(now), first_review=answer.say("first_review"))
        record(
            asked.session, "fair_competition.returned", actor=actor, at=now, case=asked.case.number,
            step=asked.wait.step, round=asked.wait.round, rules=[PACKAGE] if lacking else [],
            payload={"lacking": lacking},
        )  # fmt: skip

    def _record_conclusion(
        self, asked: Asked, conclusion: str, answer: CompetitionAnswer, actor: Actor, now: datetime
    ) -> None:
        rule_of = {item.id: item.rule for item in asked.catalogs.competition.items}
        rules = [*(rule_of[item] for item in answer.touched), *([EXCEPTED] if answer.exception else [])]
        record(
            asked.session, "fair_competition.concluded", actor=actor, at=now, case=asked.case.number,
            step=asked.wait.step, round=asked.wait.round, documents=asked.wait.shown,
            rules=list(dict.fromkeys([*rules, *([AGAIN] if answer.confirms else [])])),
            payload={
                "conclusion": conclusion,
                "scope": answer.scope,
                "touched": {item: answer.items[item] for item in answer.touched},
                "exception": answer.exception,
                "ends": answer.say("end_date") or answer.say("end_condition"),
                "confirms": answer.confirms,
                "changes": answer.say("changes"),
            },
        )  # fmt: skip

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The 公平竞争审查表 of a round that was answered in the form; of one returned, the notice of what lacks."""
        wording = load_wording(ended.home.settings.catalogs)
        again = f"（第{ended.row.round}次）" if ended.row.round > 1 else ""
        if ended.row.conclusion == "returned":
            lacking = _told_to_lack(ended)
            yield WorkPaper(NOTICE, f"公平竞争审查补正告知书{again}.docx", competition_notice(ended, lacking, wording))
            return
        if found := _told_in(ended.session, ended.catalogs, ended.case, ended.row):
            signed, answer, confirmed_round = found
            content = competition_content(ended, signed, answer, confirmed_round)
            make = partial(competition_paper, content, ended.catalogs, wording)
            yield WorkPaper(OPINION, f"公平竞争审查表{again}.docx", make)


def _told_to_lack(ended: Ended) -> list[str]:
    """What lacked when a round was returned, as it was recorded then."""
    found = entries(ended.session, case=ended.case.number, step=ended.row.step, event=RETURNED)
    return next((list(e.payload.get("lacking") or ()) for e in found if e.round == ended.row.round and e.payload), [])


def _told_in(
    session: Session, catalogs: Catalogs, case: Case, row: StepRecord
) -> tuple[SignOff, CompetitionAnswer, int] | None:
    """Who signed a round and what they told, with the round confirmed (0: none) where they confirmed an earlier one."""
    query = select(SignOff).where(SignOff.case == case.number, SignOff.step == row.step, SignOff.round == row.round)
    for signed in session.exec(query.order_by(col(SignOff.id).desc())):
        answer = read_answer(catalogs, signed.answer)
        if answer.confirms and (before := approved_before(session, case, row.round)):
            earlier = _told_in(session, catalogs, case, before)
            told = (
                replace(earlier[1], words={**earlier[1].words, "changes": answer.say("changes")}) if earlier else answer
            )
            return signed, told, earlier[2] or before.round if earlier else before.round
        if answer.is_told:
            return signed, answer, 0
    return None

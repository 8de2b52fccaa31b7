"""请示报告: where it is prescribed, a decision is put to the party committee before it is issued (MD-27).

In: the answer of step party_report (number, reply, its number) with the days of report and reply. Out: refusals, the
event, and the 请示 as it was sent. A reply that does not agree ends the step as problems_found; chains.yaml then keeps
the decision from publication, and the draft goes back. Relies on terms.yaml (party_replies).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions.choices import choice, day_told, key_of, said, told_day, words
from review_flows.decisions.party_request import PAPER, request_content, request_paper
from review_flows.errors import SignOffError
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, record

ASKS = "MD-27"
REPLIES = "party_replies"
REFUSED, NOTED = "not_agreed", "report_noted"


class PartyReport:
    """The StepWork of party_report."""

    enforces: Mapping[str, str] = {
        ASKS: "请示报告——文号、报告日、答复和答复日必填；没有同意的不得公布；公布不得早于答复",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """The number of the request, the reply, the number of the reply and what it says."""
        return {
            "document_number": words("请示（报告）文号", "如：婺政〔2026〕12号"),
            "reply": choice(asked.catalogs, REPLIES, "党委答复"),
            "reply_number": words("批复文号", "没有文号的可不填"),
            "reply_text": words("批复要点", "附有条件或者修改意见的写明"),
        }

    def above(self, asked: Asked) -> list[str]:
        """How to get the paper, and what follows from the reply."""
        return [
            f"**请示报告**：请示文书用 `decisions party-report {asked.case.number} --docx 请示.docx` 生成。"
            f"党委答复以后登记；不同意的，选“存在问题”，决策不得公布，草案退回修改（{ASKS}）。",
            "",
        ]

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the answer leaves out what the report is, or contradicts the reply."""
        reply = key_of(asked.catalogs, REPLIES, told.get("reply"))
        for fault in _faults(asked, conclusion, reply, said(told, "document_number")):
            raise SignOffError(fault)

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """No result that a rule asks for."""
        return ()

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The reply, as an event of its own."""
        record(
            asked.session, "party_report.replied", actor=actor, at=now, case=asked.case.number, step=asked.wait.step,
            round=asked.wait.round, rules=[ASKS], reason=said(told, "reply_text") or None,
            documents=asked.given.accepts if asked.given else (),
            payload={
                "document_number": said(told, "document_number"),
                "reply": key_of(asked.catalogs, REPLIES, told.get("reply")),
                "reply_number": said(told, "reply_number"),
            },
        )  # fmt: skip

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The 请示 as it was sent, under its number and day."""
        told = next((s.answer for s in reversed(ended.signed) if said(s.answer, "document_number")), None)
        if told is None:
            return
        content = request_content(
            ended.session, ended.home, ended.catalogs, ended.case, said(told, "document_number"),
            day_told(told, "party_reported_on"),
        )  # fmt: skip
        again = f"（第{ended.row.round}次）" if ended.row.round > 1 else ""
        make = partial(request_paper, content, load_wording(ended.home.settings.catalogs))
        yield WorkPaper(PAPER, f"请示{again}.docx", make)


def _faults(asked: Asked, conclusion: str, reply: str, number: str) -> Iterable[str]:
    """Why the answer may not count, the nearest reason first."""
    reported, replied = told_day(asked, "party_reported_on"), told_day(asked, "party_replied_on")
    if not number:
        yield f"请填写请示（报告）的文号（{ASKS}）。"
    if reported is None:
        yield f"请填写向党委请示报告的日期（{ASKS}）。"
    if not reply:
        yield f"请选出党委的答复；还没有答复的，等答复以后再办结，其间不得公布（{ASKS}）。"
    if replied is None and reply != NOTED:
        yield f"请填写党委答复的日期（{ASKS}）。"
    if reported and replied and replied < reported:
        yield f"党委答复日（{replied.isoformat()}）早于请示报告日（{reported.isoformat()}），请核对。"
    if reply == REFUSED and conclusion == "done":
        yield f"党委不同意的决策不得公布（{ASKS}）：请选“存在问题”，写明批复要点，草案退回修改。"
    if reply != REFUSED and conclusion == "problems_found":
        yield "结论为存在问题的，党委答复应为“不同意”；两者不一致，请核对。"

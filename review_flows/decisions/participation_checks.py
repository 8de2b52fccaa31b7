"""What must hold before public participation may end: comments answered, period and reason, hearing, activities.

In: the answer beside the record. Out: why it may not count, the nearest reason first, each with the rule that says so.
"""

from collections.abc import Iterable
from datetime import date

from review_flows.cases.forms import offered_papers
from review_flows.cases.standing import dates_of
from review_flows.cases.work import Asked
from review_flows.decisions import hearings
from review_flows.decisions.comments import altered, comments_of
from review_flows.decisions.participation import check_activity, shorter_reason
from review_flows.decisions.participation_answer import ParticipationAnswer, recorded
from review_flows.decisions.participation_step import (
    CLOSED,
    HEARD,
    PUBLIC,
    PUBLISHED,
    PUBLISHES,
    cite,
    shortest_comment_period,
)
from review_flows.errors import ReviewFlowsError
from review_flows.law.participation import HEARING, PUBLIC_COMMENT

RECORD = "hearing_record"


class Checked:
    """An answer held against the record."""

    def __init__(self, asked: Asked, answer: ParticipationAnswer, today: date) -> None:
        self.asked, self.answer, self.today = asked, answer, today
        self.session, self.catalogs, self.case = asked.session, asked.catalogs, asked.case
        self.there = recorded(asked.session, asked.case.number)
        given = dict(asked.given.dates) if asked.given else {}
        self.dates = dates_of(asked.case) | given

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms used: recorded and told together."""
        told = (*self.answer.forms, *(activity.form for activity in self.answer.activities))
        return tuple(dict.fromkeys((*self.there.forms, *told)))

    @property
    def is_shorter(self) -> bool:
        """Whether comments were asked for during less than the law's minimum."""
        if not {PUBLISHED, CLOSED} <= self.dates.keys():
            return False
        published_on = self.dates[PUBLISHED]
        period = shortest_comment_period(self.session, self.catalogs, self.case, published_on, self.today)
        return period is not None and period.ends_on is not None and self.dates[CLOSED] < period.ends_on

    @property
    def is_reason_published(self) -> bool:
        """Whether the notice gives the reason: ours does where it has one; of another it is said in the form."""
        if self.there.notices:
            return bool(shorter_reason(self.there.notices))
        return self.answer.reason_in_notice

    def cite(self, rule: str) -> str:
        """The ground of a refusal."""
        return cite(self.asked.wait.step, rule)

    def accepts(self, role: str) -> bool:
        """Whether a paper of this role that was sent is accepted with the answer."""
        chosen = self.asked.given.accepts if self.asked.given else ()
        return any(p.role == role and p.sha256 in chosen for p in offered_papers(self.session, self.asked.wait))


def faults(view: Checked) -> Iterable[str]:
    """Why an answer may not count, the nearest reason first."""
    yield from _comments(view)
    yield from _period(view)
    yield from _hearing(view)
    yield from _activities(view)


def _comments(view: Checked) -> Iterable[str]:
    number = view.case.number
    if view.there.counted.open:
        yield (
            f"{number} 还有 {view.there.counted.open} 条公众意见没有答复，不能办结{view.cite(HEARD)}。"
            f"请先答复：review-flows comments sheet {number} --out 答复.xlsx，填好后 comments fill。"
        )
    if changed := altered(comments_of(view.session, number)):
        numbers = "、".join(map(str, changed[:10]))
        yield f"{number} 第 {numbers} 号意见的文字与登记时的哈希不符，已被改动；请从原件核对。"


def _period(view: Checked) -> Iterable[str]:
    if PUBLIC_COMMENT in view.forms and not {PUBLISHED, CLOSED} <= view.dates.keys():
        yield f"采用公开征求意见方式的，须登记公告发布日和截止日{view.cite(PUBLISHES)}。"
    if not view.is_shorter:
        return
    closed_on = view.dates[CLOSED]
    announced = view.there.notices[-1].closes_on if view.there.notices else closed_on
    if closed_on < announced:
        yield (
            f"公告写明征求意见至 {announced.isoformat()} 止，不能提前到 {closed_on.isoformat()}；"
            "确需缩短的，另发公告说明理由。"
        )
    if view.answer.is_told and not view.is_reason_published:
        yield (
            f"征求意见期限短于法定最短期限的，理由还须写在公告里{view.cite(PUBLISHES)}："
            "请补发公告，或者核对后勾选“公告中已说明”。"
        )


def _hearing(view: Checked) -> Iterable[str]:
    """A hearing that was announced, told, or is a fact of the case ends in a confirmed record (MD-11)."""
    hearing = view.there.hearing
    wanted = HEARING in view.forms or view.case.facts.get(hearings.FACT) is True
    if not wanted or view.accepts(RECORD):
        return
    if hearing is None:
        yield (
            f"举行听证会的，须有参加人签字确认的听证记录{view.cite(PUBLIC)}：请用 decisions hearing 登记，"
            f"或者以 submit --case {view.case.number} 送来再勾选。"
        )
    elif lacking := hearings.lacks(view.session, hearing):
        yield f"听证会还没有办完：{'；'.join(lacking)}{view.cite(PUBLIC)}。"


def _activities(view: Checked) -> Iterable[str]:
    forms = view.catalogs.participation.forms
    for activity in view.answer.activities:
        try:
            check_activity(view.catalogs, view.asked.wait.step, activity, view.today)
        except ReviewFlowsError as error:
            yield str(error)
    known = {PUBLIC_COMMENT, HEARING, *(a.form for a in view.there.activities)}
    known |= {activity.form for activity in view.answer.activities}
    if missing := [forms[form].label for form in view.answer.forms if form not in known]:
        names = "、".join(missing)
        yield f"勾选了{names}，没有登记时间、对象、人数和结果{view.cite(HEARD)}；请在“其他方式听取意见情况”里填写。"

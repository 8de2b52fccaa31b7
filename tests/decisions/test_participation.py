"""Public participation: the notice and its period, what the step asks before it ends, the papers that come of it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from review_flows.cases.papers import issue_papers
from review_flows.cases.standing import find_case
from review_flows.decisions import comments, participation
from review_flows.decisions.comment_report import report_content
from review_flows.decisions.comments import Answered, Said, Source
from review_flows.decisions.participation import Activity, NoticeDraft
from review_flows.decisions.participation_papers import notice_document
from review_flows.decisions.participation_step import undertaker
from review_flows.errors import ReviewFlowsError, SignOffError
from review_flows.flows.steps import WORKS
from review_flows.papers.wording import load as load_wording
from review_flows.people.person import find
from review_flows.records.audit import SYSTEM
from review_flows.records.database import reading, writing
from review_flows.text.reading import read
from tests.cases.building import ROOT, Office, Package, a_decision, a_document

STEP = "public_participation"
MONDAY, THIRTIETH = date(2026, 11, 23), date(2026, 12, 23)
REASON = "汛期将至，须在12月底前完工"
WORDING = load_wording(ROOT / "catalogs")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def a_draft(until: date | None = None, reason: str = "", **changes: Any) -> NoticeDraft:
    told: dict[str, Any] = {
        "published_on": MONDAY,
        "closes_on": until,
        "channel": "婺城区人民政府门户网站“民意征集”栏目",
        "ways": ("登录网站在线提交", "来信寄至婺城区建设局（宾虹西路2666号），邮编321000"),
        "contact": "区建设局 张三，0579-82000000",
        "reason": reason,
    }
    return NoticeDraft(**told | changes)


def in_hand(office: Office, package: Package | None = None) -> str:
    return office.submit(package or a_decision(asks_for=STEP))


def publish(office: Office, case: str, draft: NoticeDraft) -> participation.PublicNotice:
    with writing(office.home.engine) as session:
        return participation.publish_notice(
            session, office.home, office.catalogs, case, draft, actor=SYSTEM, at=office.now()
        )


def bring_in(office: Office, case: str, *texts: str) -> None:
    said = [Said(text, "张三", "区政府网站", date(2026, 11, 23)) for text in texts]
    with writing(office.home.engine) as session:
        source = Source(str(len(texts)) * 64, "意见.xlsx")
        comments.bring_in(session, office.catalogs, case, said, source=source, actor=SYSTEM, at=office.now())


def answer_all(office: Office, case: str) -> None:
    with writing(office.home.engine) as session:
        groups = sorted({comment.group for comment in comments.comments_of(session, case)})
        answers = [Answered(group, "declined", "按成本监审核定，已说明") for group in groups]
        comments.answer(session, office.catalogs, case, answers, actor=SYSTEM, at=office.now())


def text_of(office: Office, case: str, role: str) -> str:
    (paper,) = [d for d in office.show(case)["documents"] if d["role"] == role]
    return "\n".join(block.text for block in read(office.home.store.read(paper["sha256"]), paper["name"]).blocks)


def issued(office: Office, case: str) -> list[str]:
    return issue_papers(office.home, office.catalogs, case, office.now(), WORKS)


def an_activity(**changes: Any) -> Activity:
    told: dict[str, Any] = {
        "form": "symposium",
        "started_on": MONDAY,
        "ended_on": MONDAY,
        "who": "停车企业和小区业委会代表",
        "people": 18,
        "result": "总体赞成，建议分区定价，已采纳",
    }
    return Activity(**told | changes)


# --- the notice ------------------------------------------------------------------------------------------------------

PERIODS = [
    # situation, package, until, reason, refused with (None: published), shorter
    ("a decision, no end told: the earliest lawful one", a_decision(asks_for=STEP), None, "", None, False),
    ("a decision, 30 days", a_decision(asks_for=STEP), THIRTIETH, "", None, False),
    ("a decision, 29 days without a reason", a_decision(asks_for=STEP), date(2026, 12, 22), "", "MD-07", True),
    ("a decision, 20 days without a reason", a_decision(asks_for=STEP), date(2026, 12, 13), " ", "MD-07", True),
    ("a decision, 20 days with a reason", a_decision(asks_for=STEP), date(2026, 12, 13), REASON, None, True),
    ("a decision, 60 days", a_decision(asks_for=STEP), date(2027, 1, 22), REASON, None, False),
    (
        "a document on business, 20 days",
        a_document(asks_for="public_comment", facts={"business_related": True}), date(2026, 12, 13), "", "ND-06", True,
    ),
    (
        "another document of the government, 20 days",
        a_document(asks_for="public_comment"), date(2026, 12, 13), "", "ND-07", True,
    ),
    (
        "a document of a department without business: no minimum is known",
        a_document(asks_for="public_comment", issuing_organ="婺城区建设局"), date(2026, 12, 3), "", None, False,
    ),
    ("it ends before it begins", a_decision(asks_for=STEP), MONDAY, REASON, "晚于公告发布日", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "package", "until", "reason", "refused", "shorter"), PERIODS, ids=[row[0] for row in PERIODS]
)
def test_a_notice_is_not_shorter_than_the_law_without_a_reason_in_it(
    office: Office, what: str, package: Package, until: date | None, reason: str, refused: str | None, shorter: bool
) -> None:
    case = office.submit(package)
    if refused:
        with pytest.raises(ReviewFlowsError, match=refused):
            publish(office, case, a_draft(until, reason))
        assert "public_comment_notice" not in [d["role"] for d in office.show(case)["documents"]]
        return
    notice = publish(office, case, a_draft(until, reason))
    assert notice.is_shorter is shorter
    assert (REASON in text_of(office, case, "public_comment_notice")) is shorter  # the reason stands only where needed


INCOMPLETE = [
    ("no channel", a_draft(channel=" "), {}, "公布渠道"),
    ("no way to comment", a_draft(ways=()), {}, "提出意见的方式"),
    ("no contact", a_draft(contact=""), {}, "联系方式"),
    ("no explanation of the draft", a_draft(), {"without": ["drafting_note"]}, "尚缺起草说明"),
    ("a day that has not come", a_draft(published_on=date(2026, 11, 24)), {}, "晚于今天"),
]


@pytest.mark.parametrize(("what", "draft", "package", "match"), INCOMPLETE, ids=[row[0] for row in INCOMPLETE])
def test_a_notice_without_what_the_law_wants_in_it_is_refused(
    office: Office, what: str, draft: NoticeDraft, package: Mapping[str, Any], match: str
) -> None:
    case = in_hand(office, a_decision(asks_for=STEP, **package))
    with pytest.raises(ReviewFlowsError, match=match):
        publish(office, case, draft)


def test_a_notice_says_period_channel_ways_contact_draft_and_explanation(office: Office) -> None:
    case = in_hand(office)
    publish(office, case, a_draft(date(2026, 12, 13), REASON))
    told = text_of(office, case, "public_comment_notice")
    for words in (
        "关于公开征求《婺城区停车设施建设三年行动方案（草案）》意见的公告", "《重大行政决策程序暂行条例》第十五条",
        "自2026年11月23日起至2026年12月13日止，共20日", f"因{REASON}，本次征求意见的期限缩短为20日",
        "一般不少于30日", "民意征集", "在线提交；", "0579-82000000", "起草说明",
        "婺城区建设局",
    ):  # fmt: skip
        assert words in told.replace("\n", "")


def test_a_notice_starts_the_period_and_is_in_the_trail(office: Office) -> None:
    case = in_hand(office)
    publish(office, case, a_draft())
    step = office.step(case, STEP)
    assert (step["state"], step["earliest_end_on"]) == ("running", THIRTIETH.isoformat())
    assert {"notice.published", "document.made"} <= set(office.events(case))


def test_a_notice_belongs_to_the_step_in_hand(office: Office) -> None:
    case = office.submit(a_document())  # public comment was done before sending
    with pytest.raises(ReviewFlowsError, match="没有在办"):
        publish(office, case, a_draft())


def test_only_the_undertaking_unit_may_do_what_belongs_to_the_step(office: Office) -> None:
    case = in_hand(office)
    own, other = (office.catalogs.organs.get(name).id for name in ("婺城区建设局", "婺城区市场监督管理局"))
    office.add_person("own", "handler", own)
    office.add_person("other", "handler", other)
    office.add_person("inspects", "inspector", own)
    today = office.now().date()
    with reading(office.home.engine) as session:
        found = find_case(session, case)
        assert undertaker(session, office.catalogs, found, find(session, "own"), today).role == "handler"
        for person in ("other", "inspects"):
            with pytest.raises(SignOffError):
                undertaker(session, office.catalogs, found, find(session, person), today)


# --- other ways ------------------------------------------------------------------------------------------------------

WRONG_ACTIVITIES = [
    ("an unknown form", {"form": "party"}, "不能登记方式“party”"),
    ("public comment has its own command", {"form": "public_comment"}, "另有命令"),
    ("so has a hearing", {"form": "hearing"}, "另有命令"),
    ("not over yet", {"ended_on": date(2026, 11, 24)}, "还没有结束"),
    ("ends before it begins", {"ended_on": date(2026, 11, 20)}, "早于开始日期"),
    ("nobody was heard", {"people": 0}, "多少人"),
    ("nothing came of it", {"result": " "}, "结果如何"),
]


@pytest.mark.parametrize(("what", "changes", "match"), WRONG_ACTIVITIES, ids=[row[0] for row in WRONG_ACTIVITIES])
def test_a_symposium_is_recorded_with_who_how_many_and_what_came_of_it(
    office: Office, what: str, changes: Mapping[str, Any], match: str
) -> None:
    case = in_hand(office)
    with writing(office.home.engine) as session:
        how: dict[str, Any] = {"actor": SYSTEM, "at": office.now()}
        participation.record_activity(session, office.catalogs, case, an_activity(), **how)
        with pytest.raises(ReviewFlowsError, match=match):
            participation.record_activity(session, office.catalogs, case, an_activity(**changes), **how)
        assert len(participation.activities_of(session, case)) == 1


# --- the step --------------------------------------------------------------------------------------------------------


def heard(office: Office, until: date | None = None, reason: str = "", ends: str = "2026-12-24") -> str:
    """A decision whose notice was published, and whose period is over."""
    case = in_hand(office)
    publish(office, case, a_draft(until, reason))
    bring_in(office, case, "第三条收费太高", "第四条很好，我的电话13812345678")
    office.until(ends)
    return case


def test_an_unanswered_comment_holds_the_step_up(office: Office) -> None:
    case = heard(office)
    refused = office.answer(case, STEP, "done")
    assert "还有 2 条公众意见没有答复" in (refused.reason or "")
    assert "comments sheet" in (refused.reason or "")
    answer_all(office, case)
    office.sign(case, STEP, "done")


def test_the_report_is_made_from_the_answers_and_need_not_be_sent(office: Office) -> None:
    case = heard(office)
    answer_all(office, case)
    office.sign(case, STEP, "done", groups_consulted="与区残联沟通，增设无障碍泊位")
    assert "公众意见采纳情况报告.docx" in issued(office, case)
    assert issued(office, case) == []
    told = text_of(office, case, "comment_adoption_report")
    assert "共收到意见2人次（区政府网站2人次），内容相同的归并后为2条" in told
    assert "2条意见中，采纳0条，部分采纳0条，不采纳2条" in told
    assert "与区残联沟通" in told
    assert "138****5678" in told
    assert "13812345678" not in told
    assert office.show(case)["findings"] == []


def test_a_document_gets_the_account_that_its_package_needs(office: Office) -> None:
    case = office.submit(a_document(asks_for="public_comment", without=["consultation_summary"]))
    publish(office, case, a_draft())
    office.until("2026-12-24")
    office.sign(case, "public_comment", "done")
    assert "征求意见及采纳情况.docx" in issued(office, case)
    assert "没有收到公众意见" in text_of(office, case, "consultation_summary")


SHORTER = [
    # situation, reason in our notice, what is answered, refused with (None: taken), findings
    ("our notice gives the reason", REASON, {}, None, ["period.cut_short"]),
    ("its reason need not be said again", REASON, {"forms": ["向社会公开征求意见"]}, None, ["period.cut_short"]),
]


@pytest.mark.parametrize(("what", "reason", "more", "refused", "findings"), SHORTER, ids=[row[0] for row in SHORTER])
def test_twenty_days_with_a_reason_in_the_notice_are_a_finding(
    office: Office, what: str, reason: str, more: Mapping[str, Any], refused: str | None, findings: list[str]
) -> None:
    case = heard(office, date(2026, 12, 13), reason, ends="2026-12-14")
    answer_all(office, case)
    office.sign(case, STEP, "done", **more)
    found = office.show(case)["findings"]
    assert [f["kind"] for f in found] == findings
    assert found[0]["reason"] == REASON


DAYS = {"comment_published_on": "2026-11-23", "comment_closed_on": "2026-12-13"}
ELSEWHERE = [
    # the notice was made elsewhere; what is answered, refused with (None: taken), findings
    ("no reason at all", {}, "MD-07", []),
    (
        "a reason, and nothing said of the notice",
        {"reason": REASON}, None, ["period.cut_short", "notice.reason_unproven"],
    ),
    ("the form is used, the notice gave no reason", {"forms": ["向社会公开征求意见"], "reason": REASON}, "公告", []),
    (
        "the form is used, and the notice gave it",
        {"forms": ["向社会公开征求意见"], "shorter_period_reason": REASON, "reason_in_notice": True},
        None, ["period.cut_short"],
    ),
    ("a symposium ticked, not told", {"forms": ["座谈会"], "reason": REASON, "reason_in_notice": True}, "没有登记", []),
    ("a hearing ticked and not held", {"forms": ["听证会"], "reason": REASON, "reason_in_notice": True}, "MD-11", []),
]  # fmt: skip


@pytest.mark.parametrize(("what", "told", "refused", "findings"), ELSEWHERE, ids=[row[0] for row in ELSEWHERE])
def test_the_reason_for_twenty_days_must_stand_in_the_notice_also_where_it_was_made_elsewhere(
    office: Office, what: str, told: Mapping[str, Any], refused: str | None, findings: list[str]
) -> None:
    case = in_hand(office)
    office.until("2026-12-14")
    office.send(case, {"comment_adoption_report": "采纳情况报告"}, step=STEP)
    sent = [d["sha256"] for d in office.show(case)["documents"] if d["role"] == "comment_adoption_report"]
    taken = office.answer(case, STEP, "done", accepts=sent, dates=DAYS, **told)
    if refused:
        assert refused in (taken.reason or "")
        assert DAYS.keys().isdisjoint(office.show(case)["dates"])  # what was refused has not happened
    else:
        assert taken.accepted, taken.reason
    assert [f["kind"] for f in office.show(case)["findings"]] == findings


def test_a_period_may_not_end_before_the_day_that_the_notice_gave(office: Office) -> None:
    case = heard(office)
    answer_all(office, case)
    refused = office.answer(case, STEP, "done", dates={"comment_closed_on": "2026-12-20"}, reason=REASON)
    assert "公告写明征求意见至 2026-12-23 止" in (refused.reason or "")


def test_a_symposium_told_in_the_form_is_recorded_and_stands_in_the_report(office: Office) -> None:
    case = heard(office)
    answer_all(office, case)
    told = {
        "form": "座谈会", "started_on": "2026-12-01", "who": "停车企业代表", "people": 12,
        "result": "建议分区定价，已采纳",
    }  # fmt: skip
    refused = office.answer(case, STEP, "done", activities=[told | {"started_on": "2027-01-01"}])
    assert "还没有结束" in (refused.reason or "")
    nonsense = office.answer(case, STEP, "done", forms=[{"座谈会": True}])
    assert "不在可选范围内" in (nonsense.reason or "")
    office.sign(case, STEP, "done", forms=["座谈会"], activities=[told])
    issued(office, case)
    assert "停车企业代表，12人" in text_of(office, case, "comment_adoption_report")


def test_comments_that_come_after_the_end_are_kept_and_stay_a_finding(office: Office) -> None:
    case = heard(office)
    answer_all(office, case)
    office.sign(case, STEP, "done")
    office.later(minutes=5)
    with writing(office.home.engine) as session:
        said = [Said("第五条也要改", "", "来信", date(2026, 12, 24))]
        comments.bring_in(
            session, office.catalogs, case, said, source=Source("f" * 64, "迟.txt"), actor=SYSTEM, at=office.now()
        )
        with pytest.raises(ReviewFlowsError, match="不能再改"):
            comments.answer(session, office.catalogs, case, [Answered(1, "adopted")], actor=SYSTEM, at=office.now())
        comments.answer(session, office.catalogs, case, [Answered(3, "adopted")], actor=SYSTEM, at=office.now())
    assert [f["kind"] for f in office.show(case)["findings"]] == ["comments.late"]
    issued(office, case)
    assert "第五条也要改" not in text_of(office, case, "comment_adoption_report")


def test_a_returned_answer_is_not_held_up_by_open_comments(office: Office) -> None:
    case = heard(office)
    office.sign(case, STEP, "returned", reason="征求意见稿有误，重新征求")


def test_there_is_nothing_to_report_where_nothing_was_done(office: Office) -> None:
    case = in_hand(office)
    with reading(office.home.engine) as session, pytest.raises(ReviewFlowsError, match="不能出具采纳情况报告"):
        report_content(session, office.home, office.catalogs, case, at=office.now())


def test_the_notice_of_a_document_cites_its_own_law(office: Office) -> None:
    case = office.submit(a_document(asks_for="public_comment", facts={"business_related": True}))
    with reading(office.home.engine) as session:
        content = participation.notice_content(session, office.home, office.catalogs, case, a_draft(), office.now())
    words = str(notice_document(content, WORDING).blocks)
    assert "《优化营商环境条例》第六十二条" in words
    assert "征求意见稿" in words
    assert "重大行政决策" not in words

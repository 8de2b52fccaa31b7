"""After the decision: situations from practice, and what 713 arts. 31–38 make of them."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from review_flows.cases.papers import issue_papers
from review_flows.cases.standing import find_case
from review_flows.decisions import archiving, changes, execution, expert_opinions, experts, post_evaluation
from review_flows.decisions.changes import MeetingHeld
from review_flows.decisions.party_request import request_content, request_paper
from review_flows.decisions.responsibility import responsibility_of
from review_flows.decisions.responsibility_record import responsibility_paper
from review_flows.errors import ReviewFlowsError
from review_flows.flows.steps import WORKS
from review_flows.papers.wording import load as load_wording
from review_flows.people.person import Person, find
from review_flows.records.audit import SYSTEM
from review_flows.records.database import reading, writing
from review_flows.text.reading import read
from tests.cases.building import DRAFT, ROOT, Office, a_decision

ADOPTED = {"comment_adoption_report": "公众意见采纳情况报告：收到12条，采纳9条。"}
TEXT = DRAFT.replace("（送审稿）", "")
MEETING = {
    "name": "区政府第39次常务会议", "held_on": "2026-12-04", "place": "区政府三楼会议室", "host": "陈立",
    "recorder": "周宁", "presenter": "郑华", "attendees": ["陈立", "许军", "方文"],
    "statements": [
        {"name": "许军", "post": "副区长", "stance": "disagree", "words": "债券占比偏高，建议压缩规模。"},
        {"name": "方文", "post": "副区长", "stance": "agree", "words": "同意。"},
        {"name": "陈立", "post": "区长", "stance": "agree", "words": "原则通过。", "is_chief": True},
    ],
}  # fmt: skip
CHANNELS = [
    {"channel": "本级人民政府公报", "published_on": "2026-12-08", "reference": "2026年第12期"},
    {"channel": "政府网站", "published_on": "2026-12-08", "reference": "http://www.wuch.gov.cn/art/1.html"},
    {"channel": "本行政区域内发行的报纸", "published_on": "2026-12-09", "reference": "金华日报12月9日第3版"},
]
PUBLISHED: dict[str, Any] = {"document_number": "婺政发〔2026〕12号", "channels": CHANNELS}
DATES = {"published_on": "2026-12-08"}
REPORTED = {"party_reported_on": "2026-12-05", "party_replied_on": "2026-12-07"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def decided(office: Office, **facts: Any) -> str:
    """A decision that the meeting has passed."""
    case = office.submit(a_decision(facts=facts, papers=ADOPTED))
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="合法")
    office.until("2026-12-04")
    office.sign(case, "collective_discussion", "approved", meeting=MEETING)
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    office.advance(case)
    return case


def shas(office: Office, case: str, role: str) -> list[str]:
    return [d["sha256"] for d in office.show(case)["documents"] if d["role"] == role]


def with_text(office: Office, case: str, text: str = TEXT) -> list[str]:
    """The published text, sent; its hash."""
    office.send(case, {"review_draft": text}, step="publication")
    return shas(office, case, "published_text")[-1:]


def published(office: Office, **facts: Any) -> str:
    """A decision that is published."""
    case = decided(office, **facts)
    office.until("2026-12-10")
    office.sign(case, "publication", "done", accepts=with_text(office, case), dates=DATES, **PUBLISHED)
    return case


def person(office: Office, session: Any, role: str) -> Person:
    return find(session, f"test-{role.replace('_', '-')}")


def act(office: Office, what: Any, case: str, role: str, *args: Any, **more: Any) -> Any:
    """An act of the test person of a role, a minute later."""
    office.later(seconds=60)
    with writing(office.home.engine) as session:
        return what(session, office.catalogs, case, person(office, session, role), *args, now=office.now(), **more)


def paper_text(office: Office, case: str, role: str) -> str:
    """The text of the newest paper of a role that the system made."""
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    return read(office.home.store.read(shas(office, case, role)[-1]), "文书.docx").text


def findings(office: Office, case: str) -> list[str]:
    return [found["kind"] for found in office.show(case)["findings"]]


# --- 请示报告（第31条，MD-27） ----------------------------------------------------------------------------------------

REQUEST: dict[str, Any] = {"document_number": "婺政〔2026〕30号", "reply": "同意", "reply_number": "婺委〔2026〕8号"}
PARTY_REFUSED = [
    # what is wrong, conclusion, what is told, dates, what the refusal says
    ("no number", "done", {"document_number": ""}, REPORTED, "文号"),
    ("no day of the report", "done", {}, {"party_replied_on": "2026-12-07"}, "请示报告的日期"),
    ("no reply yet", "done", {"reply": "未填"}, REPORTED, "其间不得公布"),
    ("no day of the reply", "done", {}, {"party_reported_on": "2026-12-05"}, "答复的日期"),
    ("answered before it was asked", "done", {}, REPORTED | {"party_replied_on": "2026-12-04"}, "早于请示报告日"),
    ("refused and yet done", "done", {"reply": "不同意"}, REPORTED, "不得公布（MD-27）"),
    ("agreed and yet refused", "problems_found", {}, REPORTED, "两者不一致"),
]  # fmt: skip


def test_what_a_party_report_must_tell(office: Office) -> None:
    case = decided(office, needs_party_report=True)
    office.until("2026-12-07")
    for situation, conclusion, told, dates, why in PARTY_REFUSED:
        refused = office.answer(case, "party_report", conclusion, reason="见批复", dates=dates, **(REQUEST | told))
        assert not refused.accepted, situation
        assert why in (refused.reason or ""), (situation, refused.reason)


def test_a_decision_is_not_published_before_the_party_committee_has_agreed(office: Office) -> None:
    case = decided(office, needs_party_report=True)
    assert [w.step for w in office.waits(case)] == ["party_report"]
    office.until("2026-12-07")
    office.sign(case, "party_report", "done", dates=REPORTED, **REQUEST)
    assert "party_report.replied" in office.events(case)
    text = paper_text(office, case, "party_request")
    assert "关于《婺城区停车设施建设三年\n行动方案》的请示" in text
    assert "婺政〔2026〕30号" in text and "中共金华市婺城区委员会" in text and "妥否，请批示" in text
    office.until("2026-12-08")
    early = PUBLISHED | {"channels": [CHANNELS[1] | {"published_on": "2026-12-06"}]}
    accepts = with_text(office, case)
    refused = office.answer(case, "publication", "done", accepts=accepts, dates={"published_on": "2026-12-06"}, **early)
    assert "次序不合法（MD-27）" in (refused.reason or "")
    one = PUBLISHED | {"channels": CHANNELS[:2]}
    office.sign(case, "publication", "done", accepts=accepts, dates=DATES, **one)


def test_a_refusal_keeps_the_decision_from_publication_and_sends_the_draft_back(office: Office) -> None:
    case = decided(office, needs_party_report=True)
    office.until("2026-12-07")
    office.sign(
        case, "party_report", "problems_found", reason="区委要求压缩规模", dates=REPORTED,
        **(REQUEST | {"reply": "不同意", "reply_text": "压缩规模后再报"}),
    )  # fmt: skip
    waiting = [w.step for w in office.waits(case)]
    assert waiting == ["drafting"]
    assert any("请示报告没有通过" in block["reason"] for block in office.show(case)["blocked"])


def test_the_request_is_made_before_it_is_sent(office: Office) -> None:
    case = decided(office, needs_party_report=True)
    with reading(office.home.engine) as session:
        content = request_content(session, office.home, office.catalogs, find_case(session, case))
    text = read(request_paper(content, load_wording(ROOT / "catalogs")), "请示.docx").text
    assert "合法性审查：2026年12月3日办结，结论为合法" in text
    assert "于2026年12月4日经集体讨论决定" in text
    assert "专家论证：本事项不需要。依据：" in text


# --- 公布（第32条，MD-28） --------------------------------------------------------------------------------------------

PUBLICATION_REFUSED = [
    # what is wrong, facts, changes of what is told, dates, accepted?, what the refusal says
    ("no channel", {}, {"channels": []}, DATES, True, "公布渠道"),
    ("a channel without its number", {}, {"channels": [CHANNELS[0] | {"reference": ""}]}, DATES, True, "期号（MD-28）"),
    ("a channel without its day", {}, {"channels": [CHANNELS[1] | {"published_on": ""}]}, DATES, True, "公布日期"),
    ("published tomorrow", {}, {"channels": [CHANNELS[1] | {"published_on": "2026-12-11"}]}, DATES, True, "晚于今天"),
    ("another day than the first channel", {}, {}, {"published_on": "2026-12-09"}, True, "不一致"),
    ("no day of publication", {}, {}, {}, True, "请填写公布日"),
    ("the text not accepted", {}, {}, DATES, False, "勾选认可公布的文本"),
    ("wide concern, nothing explained", {}, {"widely_concerned": True}, DATES, True, "采纳情况（MD-28）"),
    (
        "wide concern, no interpretation",
        {}, {"widely_concerned": True, "adoption": "网站“意见征集”栏"}, DATES, True, "宣传解读（MD-28）",
    ),
]  # fmt: skip


def test_what_a_publication_must_tell(office: Office) -> None:
    case = decided(office)
    office.until("2026-12-10")
    refused = office.answer(case, "publication", "done", dates=DATES, **PUBLISHED)
    assert "公布的文本尚未收到" in (refused.reason or "")
    accepts = with_text(office, case)
    for situation, _, told, dates, is_accepted, why in PUBLICATION_REFUSED:
        more = {"accepts": accepts} if is_accepted else {}
        refused = office.answer(case, "publication", "done", dates=dates, **more, **(PUBLISHED | told))
        assert not refused.accepted, situation
        assert why in (refused.reason or ""), (situation, refused.reason)


@pytest.mark.parametrize("fact", ["professional", "vital_interests_dispute"])
def test_what_the_facts_say_is_of_wide_concern_must_be_explained(office: Office, fact: str) -> None:
    case = office.submit(a_decision(facts={fact: True}, papers=ADOPTED | {"expert_opinion": "论证意见：可行"}))
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="合法")
    office.until("2026-12-04")
    office.sign(case, "collective_discussion", "approved", meeting=MEETING)
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    office.advance(case)
    office.until("2026-12-10")
    accepts = with_text(office, case)
    refused = office.answer(case, "publication", "done", dates=DATES, accepts=accepts, **PUBLISHED)
    assert "采纳情况（MD-28）" in (refused.reason or "")
    explained = {"adoption": "政府网站意见征集栏", "interpretation": "2026-12-09 新闻发布会"}
    office.sign(case, "publication", "done", dates=DATES, accepts=accepts, **PUBLISHED, **explained)


def test_a_published_text_that_was_not_discussed_is_a_finding_and_holds_the_step_up(office: Office) -> None:
    case = decided(office)
    office.until("2026-12-10")
    changed = with_text(office, case, TEXT.replace("区建设局", "区城投公司"))
    refused = office.answer(case, "publication", "done", accepts=changed, dates=DATES, **PUBLISHED)
    assert "文字不同" in (refused.reason or "") and "区城投公司" in (refused.reason or "")
    right = with_text(office, case)
    office.sign(case, "publication", "done", accepts=right, dates=DATES, **PUBLISHED)
    assert findings(office, case) == ["published_text.differs"]


def test_a_channel_that_the_regulation_names_and_nobody_used_is_a_finding(office: Office) -> None:
    case = decided(office)
    office.until("2026-12-10")
    told = PUBLISHED | {"channels": CHANNELS[:2], "channels_reason": "报纸版面已排期，12月20日刊登"}
    office.sign(case, "publication", "done", accepts=with_text(office, case), dates=DATES, **told)
    assert findings(office, case) == ["publication.channel_not_used"]
    assert sorted(w.step for w in office.waits(case)) == ["archiving", "execution"]


def test_a_published_decision_is_not_changed_by_a_new_draft(office: Office) -> None:
    """MD-32: only through the procedure, in a matter of its own."""
    case = published(office)
    with pytest.raises(ReviewFlowsError, match="不能再以新的草案变更"):
        office.send(case, {"review_draft": TEXT.replace("区建设局", "区城投公司")})


# --- 归档（第33条，MD-29） --------------------------------------------------------------------------------------------


def test_what_belongs_in_the_archive_and_is_not_there_is_named(office: Office) -> None:
    case = published(office, needs_party_report=False)
    with reading(office.home.engine) as session:
        found = archiving.belonging(session, office.catalogs, find_case(session, case))
    assert found.lacking == ()
    office.sign(case, "archiving", "done", archive_number="W-2026-永久-0012", handed_to="区政府办档案室")
    index = paper_text(office, case, "archive_index")
    listed = paper_text(office, case, "transfer_list")
    assert "婺城区停车设施建设三年行动方案送审稿（第1版）" in index and "永久" in index and "待核" in index
    assert "婺司" in index or "审〔2026〕1号" in index
    assert "W-2026-永久-0012" in listed and "已经齐全" in listed
    assert shas(office, case, "archive_index")[-1] in listed


def test_an_incomplete_archive_needs_a_reason_and_stays_a_finding(office: Office) -> None:
    case = decided(office, needs_party_report=True)
    office.until("2026-12-07")
    office.sign(case, "party_report", "done", dates=REPORTED, **REQUEST)
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    office.until("2026-12-10")
    office.sign(case, "publication", "done", accepts=with_text(office, case), dates=DATES, **PUBLISHED)
    refused = office.answer(case, "archiving", "done")
    assert "还缺：党委批复" in (refused.reason or "")
    office.sign(case, "archiving", "done", lacking_reason="批复原件在区委办，借阅手续办理中")
    assert findings(office, case) == ["archive.incomplete"]


# --- 执行（第34、35条，MD-30） ----------------------------------------------------------------------------------------

DUE = (date(2026, 12, 31), date(2027, 6, 30))


def assigned(office: Office) -> str:
    """A published decision with one executing unit that reports twice."""
    case = published(office)
    act(office, execution.assign, case, "registrar", unit="婺城区建设局", measures="建成停车泊位三千个", due=DUE)
    return case


def reported(office: Office, case: str, due: date, on: str, name: str = "情况") -> Any:
    office.send(case, {"execution_report": f"执行情况报告：{name}"}, step="execution")
    sha = shas(office, case, "execution_report")[-1]
    return act(
        office, execution.report, case, "handler", task=1, due_on=due, reported_on=date.fromisoformat(on),
        summary="已建成八百个", paper_sha256=sha,
    )  # fmt: skip


LIGHTS = [
    # on which day, the lights of the two reports when nothing has come
    ("2026-12-10", ["green", "green"]),
    ("2026-12-16", ["yellow", "green"]),
    ("2026-12-31", ["yellow", "green"]),
    ("2027-01-01", ["red", "green"]),
    ("2027-07-01", ["red", "red"]),
]


def test_reports_that_are_due_turn_yellow_and_red(office: Office) -> None:
    case = assigned(office)
    with reading(office.home.engine) as session:
        for day, lights in LIGHTS:
            rows = execution.listed(session, office.catalogs, date.fromisoformat(day), case=case)
            assert [row["light"] for row in rows] == lights, day


def test_a_late_report_is_a_finding_and_a_report_comes_once(office: Office) -> None:
    case = assigned(office)
    office.until("2027-01-05")
    reported(office, case, DUE[0], "2027-01-05")
    assert findings(office, case) == ["execution_report.late"]
    with pytest.raises(ReviewFlowsError, match="已经登记"):
        reported(office, case, DUE[0], "2027-01-05", "更正")


EXECUTION_REFUSED = [
    # what is wrong, who, the act, what the refusal says
    ("a unit without a day to report", "registrar", {"due": ()}, "何时报告"),
    ("no measures", "registrar", {"measures": " "}, "执行措施"),
    ("the drafting unit names itself", "handler", {}, "应由决策机关"),
]


@pytest.mark.parametrize(("situation", "role", "told", "why"), EXECUTION_REFUSED, ids=[r[0] for r in EXECUTION_REFUSED])
def test_naming_an_executing_unit(office: Office, situation: str, role: str, told: dict[str, Any], why: str) -> None:
    case = published(office)
    with pytest.raises(ReviewFlowsError, match=why):
        act(office, execution.assign, case, role, **{"unit": "婺城区建设局", "measures": "建设", "due": DUE} | told)


def test_execution_ends_with_its_reports_or_with_a_reason(office: Office) -> None:
    case = published(office)
    office.until("2027-01-05")
    refused = office.answer(case, "execution", "done", execution_result="完成")
    assert "没有明确执行单位" in (refused.reason or "") and "MD-30" in (refused.reason or "")
    act(office, execution.assign, case, "registrar", unit="婺城区建设局", measures="建设", due=DUE)
    refused = office.answer(case, "execution", "done", execution_result="完成")
    assert "婺城区建设局（2026-12-31）" in (refused.reason or "")
    office.sign(case, "execution", "done", execution_result="提前完成", reason="并入年度总结一并报告")
    assert findings(office, case) == ["execution_report.missing"]


def test_a_report_needs_its_paper_and_its_unit(office: Office) -> None:
    case = assigned(office)
    told = {"task": 1, "due_on": DUE[0], "reported_on": date(2026, 12, 10), "summary": "进行中"}
    with pytest.raises(ReviewFlowsError, match="报告尚未收到"):
        act(office, execution.report, case, "handler", paper_sha256="0" * 64, **told)
    stranger = office.add_person("li", "handler", "finance", "李四")
    with writing(office.home.engine) as session, pytest.raises(ReviewFlowsError, match="执行单位是婺城区建设局"):
        execution.report(session, office.catalogs, case, find(session, stranger), now=office.now(), **told)


# --- 中止、调整（第37条，MD-32） --------------------------------------------------------------------------------------

HELD = MeetingHeld("区政府第41次常务会议", date(2026, 12, 20))


def test_decision_adjusted_after_execution_began(office: Office) -> None:
    """A major adjustment runs the procedure again in a new case; the old one stands until the new one is published."""
    old = assigned(office)
    office.until("2026-12-15")
    new = office.submit(a_decision(title="婺城区停车设施建设行动方案（调整）", papers=ADOPTED))
    with writing(office.home.engine) as session:
        changes.adjust(
            session, office.catalogs, old, new, person(office, session, "registrar"), reason="专项债券额度核减",
            now=office.now(),
        )  # fmt: skip
    assert [(one["label"], one["case"]) for one in office.show(old)["links"]] == [("由其调整", new)]
    assert [(one["label"], one["case"]) for one in office.show(new)["links"]] == [("调整", old)]
    assert standing(office, old) == "being_adjusted"
    assert [step["state"] for step in office.show(new)["steps"] if step["step"] == "legality_review"] == ["waiting"]
    office.until("2026-12-28")
    office.sign(new, "legality_review", "lawful", reason="合法")
    office.sign(new, "collective_discussion", "approved", meeting=MEETING | {"held_on": "2026-12-28"})
    issue_papers(office.home, office.catalogs, new, office.now(), WORKS)
    office.advance(new)
    on = {
        "channels": [channel | {"published_on": "2026-12-28"} for channel in CHANNELS],
        "document_number": "婺政发〔2026〕19号",
    }
    office.sign(new, "publication", "done", accepts=with_text(office, new), dates={"published_on": "2026-12-28"}, **on)
    assert standing(office, old) == "adjusted"
    office.sign(old, "execution", "done", execution_result=f"由 {new} 调整，原方案停止执行")


def standing(office: Office, case: str) -> str:
    with reading(office.home.engine) as session:
        return changes.standing(session, find_case(session, case))


def test_in_an_emergency_the_chief_suspends_first_and_puts_it_to_the_meeting(office: Office) -> None:
    case = assigned(office)
    office.until("2026-12-15")
    made = act(
        office, changes.suspend_first, case, "unit_head", situation="force_majeure", reason="施工区域发生地质灾害"
    )
    assert (made.state, standing(office, case)) == ("awaiting_meeting", "suspended")
    assert findings(office, case) == ["decision.suspended_first"]
    refused = office.answer(case, "execution", "done", execution_result="停")
    assert "尚未提请集体讨论" in (refused.reason or "")
    with reading(office.home.engine) as session:
        rows = execution.listed(session, office.catalogs, date(2027, 1, 31), case=case)
    assert rows[0]["light"] is None  # nothing is overdue while the execution stands still
    office.until("2026-12-21")
    act(office, changes.put_to_meeting, case, "meeting_secretary", made.number, meeting=HELD, result="confirmed",
        reason="同意中止，排险后恢复")  # fmt: skip
    assert standing(office, case) == "suspended"
    office.until("2027-02-01")
    act(office, changes.decide, case, "meeting_secretary", "resumption", reason="排险完成",
        meeting=MeetingHeld("区政府第45次常务会议", date(2027, 1, 31)))  # fmt: skip
    assert standing(office, case) == "in_force"


def test_a_suspension_that_the_meeting_does_not_confirm_falls(office: Office) -> None:
    case = assigned(office)
    office.until("2026-12-15")
    made = act(office, changes.suspend_first, case, "unit_head", situation="problem", reason="测算有误")
    office.until("2026-12-21")
    act(office, changes.put_to_meeting, case, "meeting_secretary", made.number, meeting=HELD, result="not_confirmed",
        reason="测算复核无误")  # fmt: skip
    assert standing(office, case) == "in_force"
    assert "decision.resumed" in office.events(case)


CHANGE_REFUSED: list[tuple[str, str, Any, tuple[Any, ...], dict[str, Any], str]] = [
    # what is wrong, who, the act, its arguments, the refusal
    ("suspended first without a legal situation", "unit_head", changes.suspend_first, (),
     {"situation": "budget", "reason": "资金紧张"}, "限于情况紧急的法定情形（MD-32）"),
    ("suspended first by a secretary", "meeting_secretary", changes.suspend_first, (),
     {"situation": "problem", "reason": "有误"}, "应由决策机关婺城区人民政府的单位负责人"),
    ("suspended first without a reason", "unit_head", changes.suspend_first, (),
     {"situation": "problem", "reason": " "}, "写明理由"),
    ("stopped without the meeting", "registrar", changes.decide, ("stop",),
     {"reason": "不再需要"}, "未经法定程序不得变更或者停止执行（MD-32）"),
    ("a minor change without an authority", "registrar", changes.decide, ("minor",),
     {"reason": "完工日期顺延"}, "批准依据"),
    ("resumed although it runs", "registrar", changes.decide, ("resumption",),
     {"reason": "恢复", "meeting": MeetingHeld("区政府第41次常务会议", date(2026, 12, 14))}, "无须恢复"),
    ("a meeting that is still to come", "registrar", changes.decide, ("stop",),
     {"reason": "停", "meeting": HELD}, "晚于今天"),
    ("a major change under another name", "registrar", changes.decide, ("major",),
     {"reason": "调整"}, "重大调整用 decisions change adjust"),
    ("changed by the drafting unit", "handler", changes.decide, ("minor",),
     {"reason": "顺延", "authority": "分管副区长"}, "应由决策机关"),
]  # fmt: skip


def test_changes_outside_the_procedure_are_refused(office: Office) -> None:
    case = assigned(office)
    office.until("2026-12-15")
    for situation, role, what, args, told, why in CHANGE_REFUSED:
        with pytest.raises(ReviewFlowsError) as caught:
            act(office, what, case, role, *args, **told)
        assert why in str(caught.value), (situation, str(caught.value))
    assert "decision.stopped" not in office.events(case)


def test_a_minor_change_keeps_its_reason_and_authority(office: Office) -> None:
    case = assigned(office)
    made = act(
        office, changes.decide, case, "registrar", "minor", reason="完工日期顺延一个月", authority="婺政办抄〔2026〕7号"
    )
    assert (made.state, made.authority, standing(office, case)) == ("decided", "婺政办抄〔2026〕7号", "in_force")


def in_procedure_too(office: Office) -> str:
    """Another decision, later, that the meeting has passed and nobody has published."""
    case = office.submit(a_decision(title="婺城区停车收费改革方案", papers=ADOPTED))
    office.until("2026-12-22")
    office.sign(case, "legality_review", "lawful", reason="合法")
    office.sign(case, "collective_discussion", "approved", meeting=MEETING | {"held_on": "2026-12-22"})
    return case


def test_an_adjustment_that_is_no_new_procedure_is_refused(office: Office) -> None:
    old, other = assigned(office), in_procedure_too(office)
    with writing(office.home.engine) as session:
        who = person(office, session, "registrar")
        with pytest.raises(ReviewFlowsError, match="已经集体讨论决定"):
            changes.adjust(session, office.catalogs, old, other, who, reason="调整", now=office.now())
        with pytest.raises(ReviewFlowsError, match="还没有公布施行"):
            changes.adjust(session, office.catalogs, other, old, who, reason="调整", now=office.now())


# --- 后评估（第36条，MD-31） ------------------------------------------------------------------------------------------

REPORT: dict[str, Any] = {
    "effects": "建成泊位八百个，完成计划的百分之二十七。", "deviations": "进度慢于计划，用地未落实。",
    "public_opinion": "问卷三百份，七成认为停车难没有缓解。", "problems": "债券额度核减。",
    "suggestion": "调整", "suggestion_detail": "压缩立体停车库规模",
}  # fmt: skip


def with_experts(office: Office) -> str:
    """A published decision that an expert of a university argued for, and a company assessed the risk of."""
    case = published(office)
    with writing(office.home.engine) as session:
        experts.add_expert(
            session, "e1", name="王教授", unit="浙江师范大学", fields=["交通"], actor=SYSTEM, at=office.now()
        )
        expert_opinions.name_expert(
            session, office.catalogs, case, "e1", reason="区内唯一的停车规划专家", actor=SYSTEM, at=office.now()
        )
    act(office, post_evaluation.register_work, case, "handler", name="金华某咨询有限公司", step="risk_assessment",
        work="编制社会稳定风险评估报告")  # fmt: skip
    return case


START = {"ground": "below_expectation", "reason": "进度明显落后", "evaluator": "浙江某评估院"}
EVALUATION_REFUSED = [
    # what is wrong, who, what differs, what the refusal says
    ("the expert of the decision", "registrar", {"evaluator": "王教授"}, "是本决策的论证专家，不得承担"),
    ("the unit of the expert", "registrar", {"evaluator": "浙江师范大学"}, "是论证专家王教授的任职单位"),
    ("who assessed the risk", "registrar", {"evaluator": "金华某咨询有限公司"}, "承担了决策前的风险评估"),
    ("spaces in the name", "registrar", {"evaluator": "金华某咨询 有限公司"}, "承担了决策前的风险评估"),
    ("on no ground of the regulation", "registrar", {"ground": "routine"}, "请选开展后评估的情形（MD-31）"),
    ("without a reason", "registrar", {"reason": ""}, "请写明开展后评估的理由"),
    ("started by the drafting unit", "handler", {}, "应由决策机关"),
]


def test_who_may_not_evaluate(office: Office) -> None:
    case = with_experts(office)
    for situation, role, told, why in EVALUATION_REFUSED:
        with pytest.raises(ReviewFlowsError) as caught:
            act(office, post_evaluation.start, case, role, **(START | told))
        assert why in str(caught.value), (situation, str(caught.value))


def test_an_evaluation_reports_and_its_suggestion_waits_for_the_meeting(office: Office) -> None:
    case = with_experts(office)
    act(office, post_evaluation.start, case, "registrar", **START)
    assert "post_evaluation" in [w.step for w in office.waits(case)]
    refused = office.answer(case, "post_evaluation", "done", **(REPORT | {"effects": "", "suggestion": "未填"}))
    assert "还缺：实施效果、评估建议（MD-31）" in (refused.reason or "")
    refused = office.answer(case, "post_evaluation", "done", **(REPORT | {"suggestion_detail": ""}))
    assert "须写明内容和理由" in (refused.reason or "")
    office.sign(case, "post_evaluation", "done", **REPORT)
    text = paper_text(office, case, "post_evaluation_report")
    assert "建成泊位八百个" in text and "压缩立体停车库规模" in text and "浙江某评估院" in text
    assert "王教授、浙江师范大学、金华某咨询有限公司" in text
    with reading(office.home.engine) as session:
        proposed = changes.changes_of(session, case)
    assert [(change.kind, change.state, change.origin) for change in proposed] == [
        ("major", "proposed", "post_evaluation")
    ]
    assert standing(office, case) == "in_force"  # a suggestion changes nothing by itself


def test_a_decision_carried_out_can_still_be_evaluated(office: Office) -> None:
    """The case had ended; the organ's decision opens the step again."""
    case = assigned(office)
    office.sign(case, "archiving", "done")
    office.sign(case, "execution", "done", execution_result="完成")
    assert office.show(case)["state"] == "completed"
    act(office, post_evaluation.start, case, "registrar", **START)
    assert office.show(case)["state"] == "open"
    office.sign(case, "post_evaluation", "done", **(REPORT | {"suggestion": "继续实施"}))
    assert office.show(case)["state"] == "completed"


def test_without_a_registered_assessor_whoever_did_the_risk_assessment_may_not_evaluate(office: Office) -> None:
    case = office.submit(a_decision(facts={"social_risk": True}, asks_for="risk_assessment", papers=ADOPTED))
    office.send(case, {"risk_report": "风险评估报告：风险点、措施、预案，低风险"}, step="risk_assessment")
    office.sign(case, "risk_assessment", "done", accepts=shas(office, case, "risk_report"))
    with reading(office.home.engine) as session:
        found = post_evaluation.barred(session, office.catalogs, find_case(session, case))
    assert list(found) == ["婺城区建设局"]


# --- 终身责任（第38条，MD-33） ----------------------------------------------------------------------------------------


def test_who_said_what_on_which_version_with_dissent_marked(office: Office) -> None:
    case = assigned(office)
    with reading(office.home.engine) as session:
        found = responsibility_of(session, office.home, office.catalogs, find_case(session, case))
    assert [line.who for line in found.dissent] == ["许军"]
    assert found.chain_reason == ""
    by_stage = {(line.stage, line.who): line for line in found.lines}
    review = by_stage["legality_review", "测试审核员"]
    assert (review.act, review.version, review.proof, review.mismatch) == ("合法", 1, "proof_code", False)
    assert by_stage["collective_discussion", "许军"].words == "债券占比偏高，建议压缩规模。"
    assert by_stage["collective_discussion", "许军"].on == date(2026, 12, 4)
    task = by_stage["execution", "测试登记人员"]
    assert (task.act, task.words) == ("明确执行单位和报告日期", "建成停车泊位三千个")
    assert all(line.seq for line in found.lines)
    sent = [line for line in found.lines if line.act == "收到材料"]
    assert {(line.who, line.unit) for line in sent} == {("张三", "婺城区建设局")}  # the contact of the drafting unit
    assert "review_draft.txt" in [line.words for line in sent]
    assert "婺政发〔2026〕12号" in by_stage["publication", "测试登记人员"].words
    text = read(responsibility_paper(found, office.catalogs, load_wording(ROOT / "catalogs")), "责任档案.docx").text
    assert "【不同意见，如实记录】" in text and "许军" in text and "审计链校验：相符" in text


def test_an_answer_that_was_altered_in_the_database_shows_in_the_record(office: Office) -> None:
    from sqlalchemy import text as sql

    case = published(office)
    with office.home.engine.begin() as connection:  # the owner of the database can take its guards off
        connection.execute(sql("DROP TRIGGER sign_offs_no_update"))
        connection.execute(
            sql("UPDATE sign_offs SET answer = '{\"conclusion\": \"合法\"}' WHERE step = 'legality_review'")
        )
    with reading(office.home.engine) as session:
        found = responsibility_of(session, office.home, office.catalogs, find_case(session, case))
    assert [line.stage for line in found.lines if line.mismatch] == ["legality_review"]


def test_papers_are_made_once_however_often_they_are_asked_for(office: Office) -> None:
    case = published(office)
    office.sign(case, "archiving", "done")
    first = issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    office.until("2026-12-20")
    assert {"卷内文件目录.docx", "归档移交清单.docx"} <= set(first)
    assert issue_papers(office.home, office.catalogs, case, office.now(), WORKS) == []
    assert datetime.fromisoformat("2026-12-20T09:00:00+08:00") <= office.now()

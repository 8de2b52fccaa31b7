"""Hearings: announced, chosen by a draw that anybody can repeat, materials in time, recorded, confirmed by each."""

from collections.abc import Callable, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from review_flows.cases.papers import issue_papers
from review_flows.decisions import hearing_acts, hearing_files, hearing_papers, hearing_people, hearings
from review_flows.decisions.hearing_acts import Course, HearingDraft, Spoken
from review_flows.decisions.hearing_people import Applicant
from review_flows.decisions.hearings import Hearing
from review_flows.errors import ReviewFlowsError
from review_flows.flows.steps import WORKS
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import SYSTEM
from review_flows.records.database import reading, writing
from review_flows.text.reading import read
from tests.cases.building import ROOT, Office, a_decision, a_document

STEP = "public_participation"
HELD_ON, LAST_DELIVERY = date(2026, 12, 21), date(2026, 12, 14)  # Mondays: MD-10 counts seven days back
WORDING = load_wording(ROOT / "catalogs")
COURSE = Course(
    "王五",
    "赵六",
    "区建设局 张三",
    (
        Spoken("presentation", "张三", "方案的背景、主要内容和论证情况。"),
        Spoken("statement", "李甲", "收费标准偏高，建议分区定价。"),
        Spoken("question", "李乙", "夜间是否收费？"),
        Spoken("answer", "张三", "夜间不收费。"),
    ),
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def a_draft(**changes: Any) -> HearingDraft:
    told: dict[str, Any] = {
        "held_on": HELD_ON,
        "at": "上午9时",
        "place": "婺城区行政中心1号楼301会议室",
        "seats": {"利害关系人": 2, "公众": 1},
        "selection": "按类别报名，超过名额的随机抽取",
        "register_how": "持身份证明到区建设局法规科报名，或者网上报名",
        "register_until": date(2026, 12, 4),
        "contact": "区建设局 张三，0579-82000000",
    }
    return HearingDraft(**told | changes)


def announced(office: Office, case: str | None = None, **changes: Any) -> str:
    case = case or office.submit(a_decision(asks_for=STEP, facts={"vital_interests_dispute": True}))
    with writing(office.home.engine) as session:
        made = hearing_acts.announce(session, office.catalogs, case, a_draft(**changes), actor=SYSTEM, at=office.now())
        hearing_papers.file_notice(session, office.home, office.catalogs, made, SYSTEM, office.now())
    return case


def act(office: Office, case: str, what: Callable[..., Any], *given: Any, **told: Any) -> Any:
    """One act on the hearing that stands, in a transaction of its own."""
    with writing(office.home.engine) as session:
        hearing = hearings.open_hearing(session, case)
        return what(session, hearing, *given, actor=SYSTEM, at=office.now(), **told)


def the_hearing(office: Office, case: str) -> Hearing:
    with reading(office.home.engine) as session:
        return hearings.find_hearing(session, case)


def people(office: Office, case: str) -> list[hearings.HearingParticipant]:
    with reading(office.home.engine) as session:
        return hearings.participants_of(session, hearings.find_hearing(session, case))


CROWD = [
    Applicant(name, "利害关系人", "停车企业", f"1380000000{n}")
    for n, name in enumerate(("李甲", "李乙", "李丙", "李丁"))
]


def registered(office: Office, **changes: Any) -> str:
    case = announced(office, **changes)
    act(office, case, hearing_people.register, [*CROWD, Applicant("孙戊", "公众")])
    office.until("2026-12-07")
    return case


def listed(office: Office) -> str:
    """Participants drawn and published."""
    case = registered(office)
    seed = act(office, case, hearing_people.commit_draw)
    act(office, case, hearing_people.draw, seed)
    act(office, case, hearing_people.publish_list, on=date(2026, 12, 7))
    return case


def delivered(office: Office) -> str:
    case = listed(office)
    act(office, case, hearing_acts.deliver, on=date(2026, 12, 7))
    return case


def held(office: Office, course: Course = COURSE) -> str:
    case = delivered(office)
    office.until("2026-12-21")
    act(office, case, hearing_acts.write_record, course)
    return case


# --- the notice ------------------------------------------------------------------------------------------------------

WRONG_DRAFTS = [
    ("no seats", {"seats": {}}, "名额"),
    ("today", {"held_on": date(2026, 11, 23)}, "提前公告"),
    ("registration ends after the day", {"register_until": HELD_ON}, "报名截止日"),
    ("no way of selection", {"selection": " "}, "遴选办法"),
    ("no place", {"place": ""}, "地点"),
]


@pytest.mark.parametrize(("what", "changes", "match"), WRONG_DRAFTS, ids=[row[0] for row in WRONG_DRAFTS])
def test_a_notice_that_leaves_something_out_is_refused(
    office: Office, what: str, changes: Mapping[str, Any], match: str
) -> None:
    with pytest.raises(ReviewFlowsError, match=match):
        announced(office, **changes)


def test_announcing_makes_the_hearing_a_fact_and_its_rules_bind(office: Office) -> None:
    case = announced(office)
    assert "MD-10" in office.step(case, STEP)["rules"]
    assert the_hearing(office, case).latest_delivery_on == LAST_DELIVERY
    assert {"hearing.announced", "facts.changed"} <= set(office.events(case))
    (paper,) = [d for d in office.show(case)["documents"] if d["role"] == "hearing_notice"]
    told = "".join(b.text for b in read(office.home.store.read(paper["sha256"]), paper["name"]).blocks)
    for words in (
        "2026年12月21日上午9时",
        "301会议室",
        "利害关系人2名",
        "随机抽取",
        "报名截止日为2026年12月4日",
        "2026年12月14日前",
    ):
        assert words in told


def test_a_hearing_that_is_put_off_is_announced_anew_with_a_reason(office: Office) -> None:
    case = announced(office)
    with pytest.raises(ReviewFlowsError, match="改期须写明理由"):
        announced(office, case, held_on=date(2026, 12, 28))
    announced(office, case, held_on=date(2026, 12, 28), reason="会场检修")
    again = the_hearing(office, case)
    assert (again.number, again.latest_delivery_on) == (2, date(2026, 12, 21))
    with reading(office.home.engine) as session:
        assert [h.replaced_by for h in hearings.hearings_of(session, case)] == [2, None]


def test_a_hearing_that_is_cancelled_with_a_reason_no_longer_holds_the_step_up(office: Office) -> None:
    case = announced(office)
    with writing(office.home.engine) as session:
        hearing = hearings.open_hearing(session, case)
        how: dict[str, Any] = {"actor": SYSTEM, "at": office.now()}
        with pytest.raises(ReviewFlowsError, match="须写明理由"):
            hearing_acts.cancel(session, office.catalogs, hearing, reason="", **how)
        hearing_acts.cancel(session, office.catalogs, hearing, reason="各方已达成一致", **how)
    assert office.show(case)["facts"]["hearing"] is False
    assert [f["kind"] for f in office.show(case)["findings"]] == ["hearing.cancelled"]
    office.until("2026-12-24")
    office.send(case, {"comment_adoption_report": "采纳情况"}, step=STEP)
    sent = [d["sha256"] for d in office.show(case)["documents"] if d["role"] == "comment_adoption_report"]
    office.sign(case, STEP, "done", accepts=sent)


def test_a_document_may_be_heard_too_though_no_period_binds_it(office: Office) -> None:
    case = office.submit(a_document(asks_for="public_comment"))
    announced(office, case)
    assert the_hearing(office, case).latest_delivery_on is None


# --- who takes part --------------------------------------------------------------------------------------------------


def test_the_draw_is_fixed_before_anybody_knows_it_and_anybody_can_repeat_it(office: Office) -> None:
    case = registered(office)
    with pytest.raises(ReviewFlowsError, match="还没有抽取"):
        act(office, case, hearing_people.publish_list, on=date(2026, 12, 7))
    seed = act(office, case, hearing_people.commit_draw)
    with pytest.raises(ReviewFlowsError, match="候选名单已经固定"):
        act(office, case, hearing_people.register, [Applicant("后来者", "公众")])
    with pytest.raises(ReviewFlowsError, match="不符"):
        act(office, case, hearing_people.draw, "0" * 64)
    chosen = act(office, case, hearing_people.draw, seed)
    with pytest.raises(ReviewFlowsError, match="不能重抽"):
        act(office, case, hearing_people.draw, seed)
    hearing, there = the_hearing(office, case), people(office, case)
    assert len(chosen) == 2
    assert hearing_people.verify_draw(there, hearing) == []
    there[0].selected_by = None if there[0].is_selected else hearings.LOT
    assert hearing_people.verify_draw(there, hearing) == ["按种子重新抽取的结果与记录不符"]


def test_where_seats_are_enough_all_take_part_and_there_is_nothing_to_draw(office: Office) -> None:
    case = announced(office)
    act(office, case, hearing_people.register, CROWD[:2])
    office.until("2026-12-07")
    with pytest.raises(ReviewFlowsError, match="不必抽取"):
        act(office, case, hearing_people.commit_draw)
    chosen = act(office, case, hearing_people.publish_list, on=date(2026, 12, 7))
    assert [p.selected_by for p in chosen] == [hearings.ALL, hearings.ALL]


def test_a_participant_taken_by_name_has_a_reason_and_takes_a_seat(office: Office) -> None:
    case = registered(office)
    with pytest.raises(ReviewFlowsError, match="须写明理由"):
        act(office, case, hearing_people.name, 1, reason=" ")
    act(office, case, hearing_people.name, 1, reason="唯一的残疾人代表")
    seed = act(office, case, hearing_people.commit_draw)
    assert the_hearing(office, case).lots == {"利害关系人": 1}
    act(office, case, hearing_people.draw, seed)
    chosen = act(office, case, hearing_people.publish_list, on=date(2026, 12, 7))
    assert len(chosen) == 3
    assert chosen[0].selected_by == "唯一的残疾人代表"


WRONG_LISTS = [
    ("another category", [Applicant("甲", "记者")], "不在公告的类别之内"),
    ("twice the same", [Applicant("甲", "公众", phone="1"), Applicant("甲", "公众", phone="1")], "重复报名"),
]


@pytest.mark.parametrize(("what", "applicants", "match"), WRONG_LISTS, ids=[row[0] for row in WRONG_LISTS])
def test_a_list_with_faults_registers_nobody(
    office: Office, what: str, applicants: list[Applicant], match: str
) -> None:
    case = announced(office)
    with pytest.raises(ReviewFlowsError, match=match):
        act(office, case, hearing_people.register, [*CROWD, *applicants])
    assert people(office, case) == []


PUBLISHED = [("on the day of the hearing", "2026-12-21", HELD_ON), ("later", "2026-12-22", date(2026, 12, 22))]


@pytest.mark.parametrize(("what", "now", "on"), PUBLISHED, ids=[row[0] for row in PUBLISHED])
def test_the_list_is_published_before_the_day(office: Office, what: str, now: str, on: date) -> None:
    case = announced(office)
    act(office, case, hearing_people.register, CROWD[:2])
    office.until(now)
    with pytest.raises(ReviewFlowsError, match="MD-11"):
        act(office, case, hearing_people.publish_list, on=on)


# --- materials -------------------------------------------------------------------------------------------------------

DELIVERIES = [
    # how many days before, on, reason, refused, a finding
    ("fourteen days before", date(2026, 12, 7), "", False, False),
    ("seven days before", LAST_DELIVERY, "", False, False),
    ("six days before, without a reason", date(2026, 12, 15), "", True, False),
    ("six days before, with a reason", date(2026, 12, 15), "参加人12月14日才确定地址", False, True),
    ("on the day, without a reason", HELD_ON, " ", True, False),
]


@pytest.mark.parametrize(("what", "on", "reason", "refused", "finding"), DELIVERIES, ids=[row[0] for row in DELIVERIES])
def test_materials_come_seven_days_before_or_with_a_reason(
    office: Office, what: str, on: date, reason: str, refused: bool, finding: bool
) -> None:
    case = listed(office)
    office.until("2026-12-21")
    if refused:
        with pytest.raises(ReviewFlowsError, match=r"最迟应于 2026-12-14 送达（MD-10）"):
            act(office, case, hearing_acts.deliver, on=on, reason=reason)
    else:
        assert act(office, case, hearing_acts.deliver, on=on, reason=reason) == 3
    found = [(f["kind"], f["rule"]) for f in office.show(case)["findings"]]
    assert found == ([("hearing.materials_late", "MD-10")] if finding else [])


# --- the day and after -----------------------------------------------------------------------------------------------

WRONG_COURSES = [
    ("before the day", {}, "2026-12-20", "还没有举行"),
    ("nobody came", {"absent": frozenset({1, 2, 3, 4, 5})}, "2026-12-21", "不成其为听证会|听证参加人"),
    ("statements before the presentation", {"statements": COURSE.statements[::-1]}, "2026-12-21", "先由承办单位陈述"),
    ("no statement", {"statements": COURSE.statements[:1]}, "2026-12-21", "听证参加人的意见"),
    ("no host", {"host": " "}, "2026-12-21", "主持人"),
    ("somebody unknown absent", {"absent": frozenset({99})}, "2026-12-21", "99"),
]


@pytest.mark.parametrize(("what", "changes", "now", "match"), WRONG_COURSES, ids=[row[0] for row in WRONG_COURSES])
def test_a_record_that_cannot_be_one_is_refused(
    office: Office, what: str, changes: Mapping[str, Any], now: str, match: str
) -> None:
    case = delivered(office)
    office.until(now)
    told: dict[str, Any] = vars(COURSE) | dict(changes)
    with pytest.raises(ReviewFlowsError, match=match):
        act(office, case, hearing_acts.write_record, Course(**told))


def test_no_record_without_delivery(office: Office) -> None:
    case = listed(office)
    office.until("2026-12-21")
    with pytest.raises(ReviewFlowsError, match="送达"):
        act(office, case, hearing_acts.write_record, COURSE)


def test_a_hearing_behind_closed_doors_is_a_finding(office: Office) -> None:
    case = held(office, Course(**vars(COURSE) | {"closed_reason": "涉及商业秘密的部分"}))
    assert [(f["kind"], f["rule"]) for f in office.show(case)["findings"]] == [("hearing.closed", "MD-11")]


def test_each_participant_confirms_and_a_refusal_is_noted_before_the_step_may_end(office: Office) -> None:
    case = held(office)
    took_part = [p for p in people(office, case) if p.is_selected]
    office.until("2026-12-24")
    refused = office.answer(case, STEP, "done", reason="听证代替公开征求意见")
    assert "没有确认听证记录" in (refused.reason or "")
    first, *others = took_part
    with pytest.raises(ReviewFlowsError, match="须记明情况"):
        act(office, case, hearing_acts.confirm, first.number, refused=True)
    act(
        office,
        case,
        hearing_acts.confirm,
        first.number,
        refused=True,
        note="认为记录遗漏其关于夜间收费的意见，已补记仍不签",
    )
    for person in others:
        act(office, case, hearing_acts.confirm, person.number)
    with pytest.raises(ReviewFlowsError, match="已经签字"):
        act(office, case, hearing_acts.confirm, others[0].number)
    office.sign(case, STEP, "done", reason="听证代替公开征求意见")
    made = issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    assert {"听证会记录.docx", "公众意见采纳情况报告.docx"} <= set(made)
    (paper,) = [d for d in office.show(case)["documents"] if d["role"] == "hearing_record"]
    told = "".join(b.text for b in read(office.home.store.read(paper["sha256"]), paper["name"]).blocks)
    for words in ("公开举行", "拒绝签字", "已补记仍不签", "夜间不收费", first.name):
        assert words in told
    assert "1380000000" not in told


def test_a_hearing_that_was_not_held_holds_the_step_up(office: Office) -> None:
    case = office.submit(a_decision(asks_for=STEP, facts={"hearing": True}))
    office.send(case, {"comment_adoption_report": "采纳情况"}, step=STEP)
    sent = [d["sha256"] for d in office.show(case)["documents"] if d["role"] == "comment_adoption_report"]
    office.until("2026-12-24")
    refused = office.answer(case, STEP, "done", accepts=sent)
    assert "听证会记录" in (refused.reason or "")
    announced(office, case, held_on=date(2027, 1, 20), register_until=date(2026, 12, 31))
    refused = office.answer(case, STEP, "done", accepts=sent)
    assert "听证会" in (refused.reason or "")


def test_who_did_not_come_confirms_nothing(office: Office) -> None:
    case = delivered(office)
    office.until("2026-12-21")
    chosen = [p.number for p in people(office, case) if p.is_selected]
    act(office, case, hearing_acts.write_record, Course(**vars(COURSE) | {"absent": frozenset(chosen[:1])}))
    with pytest.raises(ReviewFlowsError, match="没有到会"):
        act(office, case, hearing_acts.confirm, chosen[0])


def test_the_list_names_people_and_how_they_were_chosen_without_their_telephones(office: Office) -> None:
    case = listed(office)
    with writing(office.home.engine) as session:
        hearing = hearings.find_hearing(session, case)
        data = hearing_papers.file_list(session, office.home, office.catalogs, hearing, SYSTEM, office.now())
        seed = hearing.seed or ""
    told = "".join(b.text for b in read(data, "名单.docx").blocks)
    assert seed in told
    assert "抽取" in told
    assert "报名未超过名额" in told
    assert "1380000000" not in told


# --- lists in --------------------------------------------------------------------------------------------------------


def test_lists_are_read_with_all_faults_at_once() -> None:
    told = "姓名,类别,联系电话\n李甲,公众,13800000000\n,公众,\n李乙,,1\n"
    with pytest.raises(ReviewFlowsError) as refused:
        hearing_files.read_applicants(told.encode("gb18030"), "报名.csv")
    assert "A3（姓名）" in str(refused.value)
    assert "B4（类别）" in str(refused.value)


def test_statements_are_read_by_the_names_of_their_parts() -> None:
    book = Workbook()
    for row in (("环节", "发言人", "内容"), ("承办单位陈述", "张三", "背景"), ("听证参加人陈述意见", "李甲", "偏高")):
        book.active.append(row)
    buffer = BytesIO()
    book.save(buffer)
    said = hearing_files.read_statements(buffer.getvalue(), "记录.xlsx", WORDING)
    assert [one.part for one in said] == ["presentation", "statement"]

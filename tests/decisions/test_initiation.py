"""Initiation against the catalogue: the item that a case carries out, or the recorded reason why it stands outside.

《重大行政决策程序暂行条例》第三条第三款（MD-03）、第十条（MD-04）.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from review_flows.cases.forms import form_for
from review_flows.decisions.catalog import link_of
from review_flows.decisions.catalog_progress import decision_cases
from review_flows.errors import IntakeError
from review_flows.flows.steps import WORKS
from review_flows.records.database import reading
from tests.cases.building import Office, a_decision
from tests.decisions.catalog_desk import YEAR, Desk, a_draft

TITLE = "婺城区停车设施建设三年行动方案"
LABEL = f"2026年第1项 {TITLE}"
OUTSIDE = "上级部署或者上级政策有新的要求"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def to_initiate(office: Office, **facts: Any) -> str:
    """A case that is walked from its initiation."""
    return office.submit(a_decision(asks_for="initiation", facts=facts))


def sent(office: Office, **facts: Any) -> str:
    """A case sent for legality review; its initiation was before."""
    return office.submit(a_decision(facts=facts, papers={"comment_adoption_report": "采纳情况"}))


def where(office: Office, case: str) -> str:
    with reading(office.home.engine) as session:
        return next(each.where for each in decision_cases(session, YEAR) if each.case.number == case)


ANSWERS: list[tuple[str, dict[str, Any], str, str]] = [
    # situation, answer, what is said where it is refused, else where the case stands
    ("an item", {"catalog_item": LABEL}, "", "inside"),
    ("outside with the reason", {"outside_catalog": OUTSIDE, "outside_catalog_reason": "省专项行动"}, "", "outside"),
    ("the reason in the form's own field", {"outside_catalog": OUTSIDE, "reason": "省专项行动"}, "", "outside"),
    ("not a word", {}, "请选择对应的目录事项.*MD-03", ""),
    ("outside without a reason", {"outside_catalog": OUTSIDE}, "情形和理由都要写明", ""),
    ("a reason without its kind", {"outside_catalog_reason": "忘了"}, "情形和理由都要写明", ""),
    ("both", {"catalog_item": LABEL, "outside_catalog": OUTSIDE, "outside_catalog_reason": "x"}, "不再填写", ""),
    ("an item that is not there", {"catalog_item": "2026年第9项 甲"}, "表单填写有误", ""),
    ("returned", {"conclusion": "returned", "reason": "论证不充分"}, "", "untold"),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "told", "said", "stands"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_a_decision_is_initiated_from_the_catalogue_or_with_a_recorded_reason(
    desk: Desk, office: Office, situation: str, told: dict[str, Any], said: str, stands: str
) -> None:
    desk.published(a_draft(TITLE))
    case = to_initiate(office)
    given = {"conclusion": "done", "reason": ""} | told
    taken = office.answer(case, "initiation", given.pop("conclusion"), **given)
    if said:
        assert not taken.accepted
        assert re.search(said, taken.reason or "")
        assert office.step(case, "initiation")["state"] == "waiting"
        return
    assert taken.accepted, taken.reason
    assert where(office, case) == stands
    if stands == "inside":
        assert desk.standing(1).state == "started"
        assert "decision_case.linked" in office.events(case)


def test_where_no_catalogue_was_published_nothing_is_asked(office: Office) -> None:
    """MD-03 is a power, not a duty: an organ without a catalogue initiates as before."""
    case = to_initiate(office)
    office.sign(case, "initiation", "done")
    assert "drafting" in [wait.step for wait in office.waits(case)]
    assert where(office, case) == "untold"


def test_the_form_shows_the_free_items_and_the_one_of_the_same_name(desk: Desk, office: Office) -> None:
    desk.published(a_draft(TITLE, facts={"social_risk": True}), a_draft("另一事项"))
    desk.link(sent(office), 2)
    case = to_initiate(office)
    with reading(office.home.engine) as session:
        form = form_for(session, office.catalogs, office.wait(case, "initiation"), links=lambda _: None, works=WORKS)
    choices = form.model.model_json_schema()["properties"]["catalog_item"]["enum"]
    assert choices == ["未选", LABEL]
    assert "与本事项同名：2026年第1项" in form.description
    assert "风险评估（重大行政决策程序暂行条例(国务院令713号) 第22、23条）" in form.description


def test_who_holds_the_form_when_the_catalogue_is_published_gets_it_anew_with_the_items(
    desk: Desk, office: Office
) -> None:
    case = to_initiate(office)
    before = office.wait(case, "initiation")
    desk.published(a_draft(TITLE))
    now = office.wait(case, "initiation")
    assert (now.attempt, now.previous_id) == (before.attempt + 1, before.id)
    office.sign(case, "initiation", "done", catalog_item=LABEL)
    assert where(office, case) == "inside"


# --- packages --------------------------------------------------------------------------------------------------------

PACKAGES: list[tuple[str, dict[str, Any], str]] = [
    ("the item's number", {"catalog_item": "1"}, "inside"),
    ("year and number", {"catalog_item": "2026-1"}, "inside"),
    (
        "outside, with the reason",
        {"outside_catalog": "urgent", "outside_catalog_reason": "汛前须完成"},
        "outside",
    ),
    ("not a word", {}, "untold"),
]


@pytest.mark.parametrize(("situation", "facts", "stands"), PACKAGES, ids=[row[0] for row in PACKAGES])
def test_a_package_says_where_it_stands_and_silence_is_let_through(
    desk: Desk, office: Office, situation: str, facts: dict[str, Any], stands: str
) -> None:
    desk.published(a_draft(TITLE))
    case = sent(office, **facts)
    assert office.show(case)["state"] == "open"
    assert where(office, case) == stands


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no such item", {"catalog_item": "9"}, "没有找到2026年目录事项“9”"),
    ("no such year", {"catalog_item": "2025-1"}, "没有找到2025年目录事项"),
    ("no number", {"catalog_item": "停车"}, "不是目录事项的序号"),
    ("taken out", {"catalog_item": "2"}, "已移出”，不在公布的目录里"),
    ("both", {"catalog_item": "1", "outside_catalog": "urgent", "outside_catalog_reason": "x"}, "不再写"),
    ("no reason", {"outside_catalog": "urgent"}, "都要写明"),
    ("a kind nobody knows", {"outside_catalog": "hurry", "outside_catalog_reason": "x"}, "只能是"),
    ("macro control", {"excluded_matter": "macro_control"}, "第3条第2款"),
    ("legislation", {"excluded_matter": "legislation"}, "不适用重大行政决策程序"),
    ("emergency response", {"excluded_matter": "emergency_response"}, "不适用重大行政决策程序"),
    ("a price hearing", {"excluded_matter": "other_law"}, "其他法律、行政法规对决策程序另有规定"),
    ("voted by the congress", {"excluded_matter": "peoples_congress"}, "国家发展规划法"),
]


@pytest.mark.parametrize(("situation", "facts", "said"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_package_that_tells_what_cannot_be_is_not_registered(
    desk: Desk, office: Office, situation: str, facts: dict[str, Any], said: str
) -> None:
    desk.published(a_draft(TITLE), a_draft("乙"))
    desk.remove(2)
    with pytest.raises(IntakeError, match=said):
        sent(office, **facts)
    with reading(office.home.engine) as session:
        assert decision_cases(session, YEAR) == []
    assert list(office.home.quarantine.iterdir())


def test_an_item_is_carried_out_by_one_case_only(desk: Desk, office: Office) -> None:
    desk.published(a_draft(TITLE))
    first = sent(office, catalog_item="1")
    with pytest.raises(IntakeError, match=f"已由 {first} 办理"):
        office.submit(a_decision(title="又一件", facts={"catalog_item": "1"}, papers={"comment_adoption_report": "无"}))


def test_a_later_package_may_say_it_and_a_person_may_too(desk: Desk, office: Office) -> None:
    desk.published(a_draft(TITLE))
    case = sent(office)
    office.send(case, {"other": "说明"}, facts={"outside_catalog": "missed", "outside_catalog_reason": "编制时遗漏"})
    assert where(office, case) == "outside"
    desk.link(case, 1)
    assert where(office, case) == "inside"
    with reading(office.home.engine) as session:
        link = link_of(session, case)
    assert link is not None
    assert link.person == "test-registrar"


def test_what_was_told_when_it_came_is_not_asked_again_at_its_initiation(desk: Desk, office: Office) -> None:
    desk.published(a_draft(TITLE))
    case = to_initiate(office, catalog_item="1")
    office.sign(case, "initiation", "done")
    assert where(office, case) == "inside"

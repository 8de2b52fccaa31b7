"""The way of a kind in words: what a chart says about each step."""

from datetime import date

import pytest

from review_flows.law.way import WayStep, way
from tests.law.matters import DATA, EN, GC, MD, ND


def step(kind: str, name: str, on: str = "2026-11-23") -> WayStep:
    return next(found for found in way(DATA, kind, date.fromisoformat(on)) if found.step == name)


@pytest.mark.parametrize(
    ("kind", "name", "condition"),
    [
        (ND, "legality_review", ""),
        (ND, "fair_competition_review", "涉及经营者经济活动"),
        (ND, "public_comment", "依法不予公开的除外"),
        (ND, "internal_legality_review", "区政府（含办公室）"),
        (ND, "feasibility_assessment", ""),
        (MD, "risk_assessment", "可能造成不利影响；已按规定评估的除外"),
        (MD, "expert_argumentation", "专业性技术性较强"),
        (MD, "post_evaluation", "决定开展后评估"),
        (GC, "publication", "属于政府采购"),
        (EN, "collective_discussion", "执法决定种类为行政处罚、情节复杂或重大违法"),
    ],
)
def test_the_condition_is_that_of_the_rules_that_ask(kind: str, name: str, condition: str) -> None:
    assert step(kind, name).condition == condition


def test_who_answers_follows_the_day() -> None:
    joint = "区政府（含办公室）：市场监管部门会同起草单位（公平竞争审查员）；其他：起草单位（公平竞争审查员）"
    assert step(ND, "fair_competition_review").who == joint
    assert step(ND, "fair_competition_review", "2024-07-31").who == "起草单位（公平竞争审查员）"
    assert step(ND, "legality_review").who == "乡镇（街道）：制定主体（审核员）；其他：审核机构（审核员）"
    assert step(ND, "legality_review", "2023-12-31").who == "审核机构（审核员）"


def test_periods_say_what_they_are_and_whether_they_are_to_be_checked() -> None:
    review = step(ND, "legality_review").periods
    assert "不少于5个工作日（ND-11" in review and "不超过15个工作日（ND-12" in review
    assert "待核" in step(ND, "filing").periods
    assert step(EN, "legality_review").periods == "", "another place's limit is nobody's period here"


def test_the_ground_begins_with_the_highest_layer() -> None:
    assert step(ND, "legality_review").basis.startswith("国办发〔2018〕115号")
    assert step(GC, "approval").basis == DATA.own_flow.citation

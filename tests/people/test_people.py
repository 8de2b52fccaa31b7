"""Persons, substitution and conflicts: who may sign, for whom, and why not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from review_flows.errors import NotFound, ReviewFlowsError, SignOffError
from review_flows.law.catalogs import load
from review_flows.people import codes, conflicts, delegation, person, rehearsal
from review_flows.people.conflicts import InterestKind
from review_flows.people.person import Role, people
from review_flows.people.standing import standing
from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.database import reading, writing
from tests.people.conftest import CONSOLE, Office

CATALOGS = Path(__file__).parents[2] / "catalogs"
CASE = "2026-ND-0001"


def change(office: Office, act: Callable[..., Any], *arguments: Any, **facts: Any) -> Any:
    with writing(office.home.engine) as session:
        return act(session, *arguments, actor=CONSOLE, at=office.now, **facts)


def acting(office: Office, name: str, role: str = "legal_reviewer", unit: str = "justice", **more: Any) -> Actor:
    with reading(office.home.engine) as session:
        return standing(session, name, role=role, unit=unit, on=office.now.date(), **more)


def refusal(office: Office, name: str, role: str = "legal_reviewer", unit: str = "justice", **more: Any) -> str:
    with pytest.raises(SignOffError) as caught:
        acting(office, name, role, unit, **more)
    return str(caught.value)


def delegate(office: Office, principal: str, substitute: str, **changes: Any) -> delegation.Delegation:
    today = office.now.date()
    facts: dict[str, Any] = {
        "role": "review_head",
        "starts_on": today,
        "ends_on": today + timedelta(days=7),
        "reason": "外出培训",
    } | changes
    made: delegation.Delegation = change(office, delegation.delegate, principal, substitute, **facts)
    return made


def test_people_are_listed_by_role_and_unit(office: Office) -> None:
    with reading(office.home.engine) as session:
        listed = [
            [found.id for found in people(session, **wanted)]
            for wanted in ({}, {"role": "legal_reviewer"}, {"unit": "construction"}, {"limit": 1})
        ]
    assert listed == [["li", "wang", "zhang", "zhao"], ["li", "zhang"], ["wang", "zhao"], ["li"]]


@pytest.mark.parametrize(
    ("id", "changes", "sentence"),
    [
        ("zhang", {}, "已有人员"),
        ("system", {}, "不能用"),
        ("张三", {}, "不能用"),
        ("Z", {}, "不能用"),
        ("new", {"roles": ["judge"]}, "没有角色“judge”；可用的是 handler 经办人"),
        ("new", {"roles": []}, "至少写明一个角色"),
        ("new", {"name": "  "}, "写明人员姓名"),
    ],
)
def test_a_person_that_cannot_be_added_is_refused(
    office: Office, id: str, changes: dict[str, Any], sentence: str
) -> None:
    facts = {"name": "某人", "unit": "justice", "roles": ["handler"]} | changes
    with pytest.raises(ReviewFlowsError, match=sentence):
        change(office, person.add, id, **facts)


def test_role_labels_are_those_of_the_catalog() -> None:
    terms = load(CATALOGS)
    assert {role.value: role.label for role in Role} == {role.value: terms.label(role.value) for role in Role}


def test_every_kind_of_interest_has_a_label() -> None:
    assert len({kind.label for kind in InterestKind}) == len(InterestKind)


def test_a_person_acts_in_their_role_for_their_unit(office: Office) -> None:
    assert acting(office, "zhang") == Actor("zhang", "legal_reviewer", "justice")


@pytest.mark.parametrize(
    ("name", "role", "unit", "sentence"),
    [
        ("nobody", "legal_reviewer", "justice", "没有在岗人员“nobody”"),
        ("wang", "legal_reviewer", "justice", "没有“审核员”的角色"),
        ("zhang", "legal_reviewer", "construction", "不是本环节承办单位 construction 的人员"),
    ],
)
def test_who_may_not_act_is_told_why(office: Office, name: str, role: str, unit: str, sentence: str) -> None:
    assert sentence in refusal(office, name, role, unit)


def test_who_has_left_acts_no_more_and_stays_known(office: Office) -> None:
    change(office, person.leave, "zhang", reason="调离")
    assert "没有在岗人员" in refusal(office, "zhang")
    with reading(office.home.engine) as session:
        assert person.find(session, "zhang").left_at == office.now
        assert [found.id for found in people(session, role="legal_reviewer")] == ["li"]
    with pytest.raises(ReviewFlowsError, match="已经离岗"):
        change(office, person.leave, "zhang", reason="再次")


def test_a_transfer_takes_effect_at_once_and_shows_before_and_after(office: Office) -> None:
    change(office, person.change, "wang", unit="justice", roles=["legal_reviewer"], reason="调入")
    assert acting(office, "wang").unit == "justice"
    with reading(office.home.engine) as session:
        (entry,) = audit.entries(session, event="person.changed")
    assert entry.payload == {
        "before": {"unit": "construction", "roles": ["handler"]},
        "after": {"unit": "justice", "roles": ["legal_reviewer"]},
    }


def test_a_substitute_acts_in_the_period_and_both_are_named(office: Office) -> None:
    delegate(office, "zhang", "li")
    assert acting(office, "li", "review_head") == Actor("li", "review_head", "justice", on_behalf_of="zhang")
    office.now += timedelta(days=7)
    assert acting(office, "li", "review_head").on_behalf_of == "zhang", "the last day counts"
    office.now += timedelta(days=1)
    assert "没有受托代理" in refusal(office, "li", "review_head")


def test_a_substitute_acts_in_that_role_only(office: Office) -> None:
    delegate(office, "zhang", "wang")
    assert acting(office, "wang", "review_head").on_behalf_of == "zhang"
    assert "没有“审核员”的角色" in refusal(office, "wang", "legal_reviewer")


def test_a_delegation_ends_when_it_is_ended_or_its_giver_leaves_or_loses_the_role(office: Office) -> None:
    made = delegate(office, "zhang", "li")
    change(office, delegation.end_delegation, made.id, reason="提前返岗")
    assert "没有“审核机构负责人”的角色" in refusal(office, "li", "review_head")
    with pytest.raises(NotFound):
        change(office, delegation.end_delegation, made.id, reason="再次")
    delegate(office, "zhang", "li")
    change(office, person.change, "zhang", roles=["legal_reviewer"], reason="免职")
    assert "没有“审核机构负责人”的角色" in refusal(office, "li", "review_head")


def test_a_substitute_cannot_pass_it_on(office: Office) -> None:
    delegate(office, "zhang", "li")
    with pytest.raises(ReviewFlowsError, match="没有“审核机构负责人”这一角色"):
        delegate(office, "li", "wang")


@pytest.mark.parametrize(
    ("principal", "substitute", "changes", "sentence"),
    [
        ("zhang", "zhang", {}, "不能代理自己"),
        ("zhang", "li", {"role": "registrar"}, "没有“登记人员”这一角色"),
        ("zhang", "li", {"days": (-1, 5)}, "不能早于今天"),
        ("zhang", "li", {"days": (3, 2)}, "止日不能早于起日"),
        ("zhang", "li", {"reason": " "}, "写明代理的事由"),
        ("zhang", "nobody", {}, "没有找到人员"),
    ],
)
def test_a_delegation_that_cannot_be_is_refused(
    office: Office, principal: str, substitute: str, changes: dict[str, Any], sentence: str
) -> None:
    first, last = changes.pop("days", (0, 5))
    days = {"starts_on": office.now.date() + timedelta(days=first), "ends_on": office.now.date() + timedelta(days=last)}
    with pytest.raises(ReviewFlowsError, match=sentence):
        delegate(office, principal, substitute, **(days | changes))


def test_a_drafter_never_reviews_their_own_draft(office: Office) -> None:
    change(office, conflicts.declare, "zhang", CASE, kind="drafter", reason="参与起草")
    assert "参与起草或承办" in refusal(office, "zhang", untied_to=CASE)
    assert acting(office, "zhang", untied_to="2026-ND-0002").person == "zhang"
    assert acting(office, "zhang").person == "zhang", "acts that are no review ask for no distance"


def test_a_substitute_is_bound_by_the_ties_of_both(office: Office) -> None:
    delegate(office, "zhang", "li")
    change(office, conflicts.declare, "zhang", CASE, kind="relative", reason="配偶为当事人")
    assert "zhang 与 2026-ND-0001 有利害关系" in refusal(office, "li", "review_head", untied_to=CASE)


def test_a_tie_declared_in_error_is_withdrawn_with_a_reason(office: Office) -> None:
    made = change(office, conflicts.declare, "zhang", CASE, kind="other", reason="误报")
    again = change(office, conflicts.declare, "zhang", CASE, kind="other", reason="误报")
    assert again.id == made.id
    change(office, conflicts.withdraw, made.id, reason="核实无此关系")
    assert acting(office, "zhang", untied_to=CASE).person == "zhang"
    assert office.events(case=CASE) == ["interest.declared", "interest.withdrawn"]
    with pytest.raises(ReviewFlowsError, match="没有利害关系“friend”"):
        change(office, conflicts.declare, "zhang", CASE, kind="friend", reason="x")


def test_test_people_stand_in_every_role_for_every_unit(office: Office) -> None:
    organs = load(CATALOGS).organs
    for _ in range(2):
        with writing(office.home.engine) as session:
            made = rehearsal.test_people(session, office.home.keys, organs, at=office.now)
    assert [found.roles for found in made] == [[role.value] for role in Role]
    assert all(found.is_test and found.unit in organs.by_id for found in made)
    assert acting(office, "test-legal-reviewer", unit="construction").unit == "construction"
    with reading(office.home.engine) as session:
        assert all(codes.is_enrolled(session, found.id) for found in made)

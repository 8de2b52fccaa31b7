"""Who argues a decision: conflicts, a draw that anybody can repeat, dissent that stays."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_flows.decisions import experts
from review_flows.errors import ReviewFlowsError
from review_flows.records.audit import SYSTEM, entries
from review_flows.records.database import reading, writing
from tests.cases.building import Office, a_decision

BIDDER = "某停车科技有限公司"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    with writing(made.home.engine) as session:
        for number in range(1, 8):
            experts.add_expert(
                session, f"e{number}", name=f"专家{number}", unit=BIDDER if number == 3 else f"高校{number}",
                fields=["城市规划"], actor=SYSTEM, at=made.now(),
            )  # fmt: skip
    return made


def test_the_draw_follows_from_a_seed_that_was_fixed_before(office: Office) -> None:
    case = office.submit(a_decision(facts={"professional": True}))
    with writing(office.home.engine) as session:
        fixed = experts.commit_draw(
            session, case, field="城市规划", wanted=3, parties=[BIDDER], actor=SYSTEM, at=office.now()
        )
    assert "e3" not in fixed.candidates  # works for the bidder (MD-13)
    with writing(office.home.engine) as session:
        drawn = experts.open_draw(session, case, fixed.draw, fixed.seed, actor=SYSTEM, at=office.now())
    assert [expert.id for expert in drawn] == experts.order(fixed.seed, fixed.candidates)[:3]
    with reading(office.home.engine) as session:
        assert experts.verify_draw(experts.find_draw(session, case, 1)) == []
        told = [entry.event for entry in entries(session, case=case) if entry.event.startswith("experts.")]
    assert told == ["experts.draw_committed", "experts.drawn"]


def test_another_seed_a_second_opening_and_too_few_candidates_are_refused(office: Office) -> None:
    case = office.submit(a_decision(facts={"professional": True}))
    with writing(office.home.engine) as session:
        fixed = experts.commit_draw(
            session, case, field="城市规划", wanted=2, parties=[], actor=SYSTEM, at=office.now()
        )
        with pytest.raises(ReviewFlowsError, match="哈希不符"):
            experts.open_draw(session, case, fixed.draw, "另一个种子", actor=SYSTEM, at=office.now())
        experts.open_draw(session, case, fixed.draw, fixed.seed, actor=SYSTEM, at=office.now())
        with pytest.raises(ReviewFlowsError, match="不能重抽"):
            experts.open_draw(session, case, fixed.draw, fixed.seed, actor=SYSTEM, at=office.now())
        with pytest.raises(ReviewFlowsError, match="不足"):
            experts.commit_draw(session, case, field="水利", wanted=1, parties=[], actor=SYSTEM, at=office.now())


def test_a_changed_result_is_found(office: Office) -> None:
    case = office.submit(a_decision(facts={"professional": True}))
    with writing(office.home.engine) as session:
        fixed = experts.commit_draw(
            session, case, field="城市规划", wanted=2, parties=[], actor=SYSTEM, at=office.now()
        )
        experts.open_draw(session, case, fixed.draw, fixed.seed, actor=SYSTEM, at=office.now())
        draw = experts.find_draw(session, case, 1)
        draw.drawn = [expert for expert in draw.candidates if expert not in draw.drawn][:2]
        assert experts.verify_draw(draw) == ["按种子重新抽取的结果与记录不符"]
        session.rollback()


def test_a_named_expert_needs_a_reason_and_no_conflict_and_an_opinion_is_never_replaced(office: Office) -> None:
    case = office.submit(a_decision(facts={"professional": True}))
    with writing(office.home.engine) as session:
        with pytest.raises(ReviewFlowsError, match="直接利害关系"):
            experts.name_expert(session, case, "e3", reason="唯一熟悉", parties=[BIDDER], actor=SYSTEM, at=office.now())
        with pytest.raises(ReviewFlowsError, match="理由"):
            experts.name_expert(session, case, "e1", reason=" ", parties=[BIDDER], actor=SYSTEM, at=office.now())
        experts.name_expert(
            session, case, "e1", reason="本市唯一的停车规划专家", parties=[BIDDER], actor=SYSTEM, at=office.now()
        )
        told = {
            "sha256_of_paper": "a" * 64,
            "stance": "disagree",
            "opinion": "泊位预测偏高",
            "actor": SYSTEM,
            "at": office.now(),
        }
        experts.give_opinion(session, case, "e1", **told)  # type: ignore[arg-type]
        with pytest.raises(ReviewFlowsError, match="不能更换"):
            experts.give_opinion(session, case, "e1", **told | {"stance": "agree"})  # type: ignore[arg-type]
        assert [(e.expert, e.stance) for e in experts.engagements(session, case)] == [("e1", "disagree")]


@given(st.text(min_size=1), st.lists(st.text(min_size=1), unique=True, max_size=20))
def test_the_order_is_a_permutation_that_does_not_depend_on_how_the_list_was_sorted(
    seed: str, candidates: list[str]
) -> None:
    found = experts.order(seed, candidates)
    assert sorted(found) == sorted(candidates)
    assert found == experts.order(seed, list(reversed(candidates)))

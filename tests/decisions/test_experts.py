"""Who argues a decision: conflicts, a draw that anybody can repeat, signed opinions, dissent that stays.

《重大行政决策程序暂行条例》第十九条至第二十一条、第四十一条; MD-12, MD-13, MD-22 of the law data.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from review_flows.cases.papers import issue_papers
from review_flows.cases.standing import find_case
from review_flows.decisions import expert_draws, expert_opinions, experts
from review_flows.decisions.expert_draws import order
from review_flows.errors import DraftError, NotFound, ReviewFlowsError, SignOffError
from review_flows.flows.steps import WORKS
from review_flows.people.person import find as find_person
from review_flows.records.audit import SYSTEM, entries
from review_flows.records.database import reading, writing
from review_flows.text.reading import read
from tests.cases.building import ROOT, Office, a_decision

STEP = "expert_argumentation"
BIDDER, FIELD, TODAY = "某停车科技有限公司", "城市规划", date(2026, 11, 23)
SUMMARY = "方案必要、总体可行，泊位预测方法科学性有待加强。"


class Experts:
    """An office with nine experts of one field, e3 of the bidder; its acts in short."""

    def __init__(self, office: Office) -> None:
        self.office = office
        with writing(office.home.engine) as session:
            for number in range(1, 10):
                unit = BIDDER if number == 3 else f"第{number}高等学校"
                experts.add_expert(
                    session, f"e{number}", name=f"专家{number}", unit=unit, fields=[FIELD], actor=SYSTEM,
                    at=office.now(),
                )  # fmt: skip
        package = a_decision(
            facts={"professional": True}, papers={"comment_adoption_report": "采纳情况"}, asks_for=STEP
        )
        self.case = office.submit(package)

    @property
    def how(self) -> dict[str, Any]:
        return {"actor": SYSTEM, "at": self.office.now()}

    def commit(self, session: Session, wanted: int = 3, **more: Any) -> expert_draws.Commitment:
        more = {"field": FIELD, "parties": [BIDDER]} | more
        return expert_draws.commit_draw(session, self.office.catalogs, self.case, wanted=wanted, **more, **self.how)

    def open(self, session: Session, fixed: expert_draws.Commitment) -> list[str]:
        how = self.how
        found = expert_draws.open_draw(session, self.office.catalogs, self.case, fixed.draw, fixed.seed, **how)
        return [expert.id for expert in found]

    def draw(self, wanted: int = 3) -> list[str]:
        """The ids drawn, in their order."""
        with writing(self.office.home.engine) as session:
            return self.open(session, self.commit(session, wanted))

    def name(self, session: Session, expert: str, reason: str = "本市唯一的停车规划专家", **more: Any) -> None:
        expert_opinions.name_expert(session, self.office.catalogs, self.case, expert, reason=reason, **more, **self.how)

    def say(self, expert: str, stance: str = "agree", opinion: str = "必要、可行。", **more: Any) -> None:
        told = {"stance": stance, "opinion": opinion, "signed_on": TODAY, "today": TODAY} | more
        with writing(self.office.home.engine) as session:
            expert_opinions.give_opinion(
                session, self.office.catalogs, self.office.home.store, self.case, expert, **told, **self.how
            )

    def release(self, expert: str, reason: str = "因公出国") -> str | None:
        with writing(self.office.home.engine) as session:
            catalogs = self.office.catalogs
            found = expert_draws.release(session, catalogs, self.case, expert, reason=reason, **self.how)
            return found.expert if found else None

    def verify(self, number: int = 1) -> list[str]:
        with reading(self.office.home.engine) as session:
            return expert_draws.verify_draw(session, expert_draws.find_draw(session, self.case, number))

    def answer(self, **told: Any) -> str:
        """Why the step may not end so; empty where it did."""
        taken = self.office.answer(self.case, STEP, "done", **told)
        return "" if taken.accepted else taken.reason or "refused"

    def adopted(self, *experts_: str, response: str = "采纳", reason: str = "") -> list[dict[str, str]]:
        return [{"expert": f"{e} 专家{e[1:]}", "response": response, "reason": reason} for e in experts_]


@pytest.fixture
def bank(tmp_path: Path) -> Experts:
    return Experts(Office(tmp_path))


# ---- who may argue ----


@pytest.mark.parametrize(
    ("unit", "kept_out"),
    [
        (BIDDER, "利害关系单位"),  # works for the bidder
        ("某停车科技有限公司　金华分公司", "利害关系单位"),  # a branch of it
        ("婺城区建设局", "承办单位"),  # the drafting unit
        ("区建设局", "承办单位"),  # by its short name in the register
        ("婺城区建设局规划科", "承办单位"),  # an office within it
        ("婺城区教育局", ""),
        ("某停车设备协会", ""),
    ],
)
def test_an_expert_of_a_unit_with_an_interest_is_kept_out_and_the_reason_shown(
    bank: Experts, unit: str, kept_out: str
) -> None:
    """An expert who works for the bidder (MD-13, 第十九条第二款)."""
    with writing(bank.office.home.engine) as session:
        experts.add_expert(session, "x", name="某专家", unit=unit, fields=[FIELD], **bank.how)
        fixed = bank.commit(session)
    reasons = {one.expert: one.reason for one in fixed.excluded}
    assert ("x" in fixed.candidates) is (not kept_out)
    assert kept_out in reasons.get("x", "")
    assert reasons["e3"] == f"任职单位{BIDDER}是本事项的利害关系单位，有直接利害关系"


def test_the_counterparty_of_a_contract_is_a_party_without_being_named(bank: Experts) -> None:
    from tests.cases.building import a_contract

    case = bank.office.submit(a_contract(facts={"counterparty": BIDDER}))
    with reading(bank.office.home.engine) as session:
        free, excluded = expert_draws.candidates_for(session, bank.office.catalogs, find_case(session, case), FIELD)
    assert [one.expert for one in excluded] == ["e3"] and "合同相对方" in excluded[0].reason
    assert len(free) == 8


def test_declared_interests_and_misconduct_end_the_selection(bank: Experts) -> None:
    with writing(bank.office.home.engine) as session:
        experts.declare_conflict(session, "e1", case=bank.case, reason="配偶在项目公司任职", **bank.how)
        experts.declare_conflict(session, "e2", unit=BIDDER, reason="持有股份", **bank.how)
        experts.disqualify(session, "e4", reason="收受投标人财物", **bank.how)
        fixed = bank.commit(session)
        told = {one.expert: one.reason for one in fixed.excluded}
        assert set(fixed.candidates) == {"e5", "e6", "e7", "e8", "e9"}
        assert "配偶在项目公司任职" in told["e1"] and "持有股份" in told["e2"]
        assert told["e4"] == "已移出专家库（收受投标人财物）"
        with pytest.raises(ReviewFlowsError, match="已移出专家库"):
            bank.name(session, "e4")
        with pytest.raises(ReviewFlowsError, match="已经移出"):
            experts.disqualify(session, "e4", reason="再次", **bank.how)
    with reading(bank.office.home.engine) as session:
        assert "e4" not in [expert.id for expert in experts.bank(session, field=FIELD)]
        assert "e4" in [expert.id for expert in experts.bank(session, disqualified=True)]


def test_the_bank_remembers_past_work(bank: Experts) -> None:
    with writing(bank.office.home.engine) as session:
        how = bank.how | {"today": TODAY}
        experts.add_work(session, "e1", done_on=date(2024, 5, 6), matter="金华市停车专项规划评审", result="采纳", **how)
        experts.add_work(session, "e1", done_on=date(2026, 3, 2), matter="绿道规划论证", **how)
        with pytest.raises(ReviewFlowsError, match="晚于今天"):
            experts.add_work(session, "e1", done_on=date(2026, 12, 1), matter="未来", **how)
        assert [done.matter for done in experts.works_of(session, "e1")] == ["绿道规划论证", "金华市停车专项规划评审"]


def test_only_those_concerned_act(bank: Experts) -> None:
    """The bank is kept by its keepers, experts are engaged by the drafting unit."""
    bank.office.add_person("zhao", "handler", "jiaoyu")
    bank.office.add_person("qian", "registrar", "justice")
    with reading(bank.office.home.engine) as session:
        case, catalogs = find_case(session, bank.case), bank.office.catalogs
        assert experts.keeper(find_person(session, "qian")).role == "registrar"
        with pytest.raises(SignOffError, match="维护专家库"):
            experts.keeper(find_person(session, "zhao"))
        with pytest.raises(SignOffError, match="不是 2026-MD-0001 承办单位的人员"):
            experts.engager(catalogs, case, find_person(session, "zhao"))
        assert experts.engager(catalogs, case, find_person(session, "test-handler")).person == "test-handler"


# ---- the draw ----


def test_the_draw_follows_from_a_seed_that_was_fixed_before(bank: Experts) -> None:
    with writing(bank.office.home.engine) as session:
        fixed = bank.commit(session)
    with writing(bank.office.home.engine) as session:
        drawn = bank.open(session, fixed)
    assert drawn == order(fixed.seed, fixed.candidates)[:3]
    assert bank.verify() == []
    with reading(bank.office.home.engine) as session:
        told = [entry for entry in entries(session, case=bank.case) if entry.event.startswith("experts.")]
    assert [entry.event for entry in told] == ["experts.draw_committed", "experts.drawn"]
    assert told[0].payload["excluded"][0]["name"] == "专家3" and BIDDER in told[0].payload["parties"]
    assert "seed" not in told[0].payload  # only its hash, until it is opened


def test_a_stranger_repeats_the_draw_with_the_two_lines_of_the_docs(bank: Experts) -> None:
    text = (ROOT / "docs" / "experts.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    drawn = bank.draw()
    with reading(bank.office.home.engine) as session:
        fixed, opened = (
            entries(session, case=bank.case, event=f"experts.{name}")[0].payload for name in ("draw_committed", "drawn")
        )
    found: dict[str, Any] = {"fixed": fixed, "opened": opened}
    exec(code, found)  # noqa: S102 - it is the documented code that is tried
    assert found["ok"] is True
    assert drawn == opened["drawn"]
    found["opened"] = opened | {"drawn": list(reversed(drawn))}
    exec(code, found)  # noqa: S102
    assert found["ok"] is False


def test_another_seed_a_second_opening_and_too_few_candidates_are_refused(bank: Experts) -> None:
    with writing(bank.office.home.engine) as session:
        fixed = bank.commit(session, 2)
        with pytest.raises(ReviewFlowsError, match="哈希不符"):
            expert_draws.open_draw(session, bank.office.catalogs, bank.case, fixed.draw, "另一个种子", **bank.how)
        bank.open(session, fixed)
        with pytest.raises(ReviewFlowsError, match="不能重抽"):
            bank.open(session, fixed)
        with pytest.raises(ReviewFlowsError, match="不足抽取 1 名"):
            bank.commit(session, 1, field="水利")
        with pytest.raises(ReviewFlowsError, match=f"不足抽取 9 名.*已排除：.*专家3（任职单位{BIDDER}"):
            bank.commit(session, 9)


def test_whoever_declines_is_followed_by_the_next_of_the_same_order(bank: Experts) -> None:
    with writing(bank.office.home.engine) as session:
        fixed = bank.commit(session)
        drawn = bank.open(session, fixed)
    following = order(fixed.seed, fixed.candidates)
    with writing(bank.office.home.engine) as session:  # the fourth has come to be an interested one
        experts.declare_conflict(session, following[3], case=bank.case, reason="项目顾问", **bank.how)
    assert bank.release(drawn[0]) == following[4]
    assert bank.release(following[4], "健康原因") == following[5]
    assert bank.verify() == []
    with reading(bank.office.home.engine) as session:
        active = [e.expert for e in expert_draws.engagements(session, bank.case) if e.is_active]
        stepped = entries(session, case=bank.case, event="expert.stepped_in")
    assert active == [*drawn[1:], following[5]]
    assert stepped[0].payload["skipped"][0]["expert"] == following[3]
    with writing(bank.office.home.engine) as session:
        with pytest.raises(ReviewFlowsError, match="已经退出"):
            expert_draws.release(session, bank.office.catalogs, bank.case, drawn[0], reason="再次", **bank.how)
        for expert in (drawn[1], drawn[2], following[5]):  # two are left in the order
            last = expert_draws.release(session, bank.office.catalogs, bank.case, expert, reason="有事", **bank.how)
        assert last is None


@pytest.mark.parametrize("cheat", ["another result", "another substitute", "another seed"])
def test_a_changed_record_of_a_draw_is_found(bank: Experts, cheat: str) -> None:
    drawn = bank.draw(2)
    bank.release(drawn[0])
    with writing(bank.office.home.engine) as session:
        draw = expert_draws.find_draw(session, bank.case, 1)
        if cheat == "another result":
            draw.drawn = list(reversed(draw.drawn))
        elif cheat == "another seed":
            draw.seed = "另一个种子"
        else:
            last = expert_draws.engagements(session, bank.case)[-1]
            last.expert = order(draw.seed or "", draw.candidates)[-1]
        session.flush()
        faults = expert_draws.verify_draw(session, draw)
        session.rollback()
    expected = {
        "another result": "结果与记录不符",
        "another seed": "哈希不符",
        "another substitute": "不是按种子的次序",
    }
    assert any(expected[cheat] in fault for fault in faults)


def test_a_draw_whose_seed_was_lost_is_given_up_before_everybodys_eyes(bank: Experts) -> None:
    with writing(bank.office.home.engine) as session:
        fixed = bank.commit(session)
    assert "种子尚未公开" in bank.answer(summary=SUMMARY)
    with writing(bank.office.home.engine) as session:
        expert_draws.abandon_draw(session, bank.office.catalogs, bank.case, 1, reason="种子遗失", **bank.how)
        with pytest.raises(ReviewFlowsError, match="已经作废（种子遗失）"):
            bank.open(session, fixed)
    assert bank.verify() == ["已经作废：种子遗失"]
    assert len(bank.draw()) == 3 and bank.verify(2) == []


@given(st.text(min_size=1), st.lists(st.text(min_size=1), unique=True, max_size=20))
def test_the_order_is_a_permutation_that_does_not_depend_on_how_the_list_was_sorted(
    seed: str, candidates: list[str]
) -> None:
    found = order(seed, candidates)
    assert sorted(found) == sorted(candidates)
    assert found == order(seed, list(reversed(candidates)))


# ---- named experts, opinions ----


def test_a_named_expert_needs_a_reason_and_no_conflict(bank: Experts) -> None:
    with writing(bank.office.home.engine) as session:
        with pytest.raises(ReviewFlowsError, match=r"直接利害关系（MD-13）"):
            bank.name(session, "e3", parties=(BIDDER,))
        with pytest.raises(ReviewFlowsError, match="理由"):
            bank.name(session, "e1", reason=" ")
        bank.name(session, "e1")
        with pytest.raises(ReviewFlowsError, match="不能再次选定"):
            bank.name(session, "e1")
        with pytest.raises(NotFound):
            bank.name(session, "nobody")


OPINIONS = [
    # what is wrong, what is told, what the refusal says
    ("no words", {"opinion": " "}, "不能为空"),
    ("no such stance", {"stance": "maybe"}, "没有“maybe”这种态度"),
    ("signed in the future", {"signed_on": date(2026, 12, 1)}, "晚于今天"),
    ("a macro document", {"paper": ("意见.docm", b"PK")}, "另存为"),
    ("a picture that is none", {"paper": ("意见.jpg", b"not a picture")}, "内容不是 .jpg 文件"),
]


@pytest.mark.parametrize(("situation", "told", "why"), OPINIONS, ids=[row[0] for row in OPINIONS])
def test_an_opinion_that_is_none_is_refused(bank: Experts, situation: str, told: dict[str, Any], why: str) -> None:
    (expert,) = bank.draw(1)
    with pytest.raises((ReviewFlowsError, DraftError), match=why):
        bank.say(expert, **told)


def test_an_opinion_is_never_replaced_and_its_author_not_got_rid_of(bank: Experts) -> None:
    (expert,) = bank.draw(1)
    bank.say(expert, "disagree", "泊位预测偏高，不宜实施。", paper=("意见.pdf", b"%PDF-1.7 signed"))
    with pytest.raises(ReviewFlowsError, match="不能更换"):
        bank.say(expert, "agree")
    with pytest.raises(ReviewFlowsError, match="没有利害关系的不能退出"):
        bank.release(expert)
    with writing(bank.office.home.engine) as session:
        experts.declare_conflict(session, expert, case=bank.case, reason="投标人顾问", **bank.how)
    assert bank.release(expert, "回避") is not None  # an interest found later takes the author out, the words stay
    with reading(bank.office.home.engine) as session:
        assert expert_draws.find_engagement(session, bank.case, expert).opinion == "泊位预测偏高，不宜实施。"
    papers = [d for d in bank.office.show(bank.case)["documents"] if d["role"] == "signed_expert_opinion"]
    assert [d["name"] for d in papers] == [f"专家论证意见（专家{expert[1:]}）.pdf"]


# ---- the step ----


def test_the_step_ends_only_with_every_opinion_signed_and_answered(bank: Experts) -> None:
    one, two, three = bank.draw()
    assert "还有3名专家没有出具论证意见" in bank.answer(summary=SUMMARY)
    bank.say(one)
    bank.say(two, "disagree", "泊位预测偏高。\n建议压缩规模。")
    assert f"还有1名专家没有出具论证意见：专家{three[1:]}（MD-13）" in bank.answer(summary=SUMMARY)
    bank.say(three, "suggest", "分期实施。", signed_on=None)
    assert f"尚未署名的有：专家{three[1:]}（MD-13）" in bank.answer(summary=SUMMARY)
    with writing(bank.office.home.engine) as session:
        expert_opinions.sign_opinion(
            session, bank.office.catalogs, bank.office.home.store, bank.case, three, signed_on=TODAY, today=TODAY,
            **bank.how,
        )  # fmt: skip
    assert f"采纳情况：专家{two[1:]}、专家{three[1:]}（MD-22" in bank.answer(summary=SUMMARY)
    declined = bank.adopted(two, response="不采纳")
    assert "须写明理由（MD-22）" in bank.answer(summary=SUMMARY, adoptions=[*declined, *bank.adopted(three)])
    declined = bank.adopted(two, response="不采纳", reason="预测采用2025年普查数据")
    assert "必要性、可行性、科学性" in bank.answer(adoptions=[*declined, *bank.adopted(three)])
    assert bank.answer(summary=SUMMARY, adoptions=[*declined, *bank.adopted(three)]) == ""
    with reading(bank.office.home.engine) as session:
        found = {e.expert: (e.response, e.response_reason) for e in expert_draws.engagements(session, bank.case)}
    assert found == {one: ("adopted", ""), two: ("declined", "预测采用2025年普查数据"), three: ("adopted", "")}


def report_of(bank: Experts) -> str:
    office = bank.office
    issue_papers(office.home, office.catalogs, bank.case, office.now(), WORKS)
    office.advance(bank.case)
    papers = [d for d in office.show(bank.case)["documents"] if d["role"] == "expert_opinion"]
    blocks = read(office.home.store.read(papers[-1]["sha256"]), "报告.docx").blocks
    return "\n".join([papers[-1]["name"], *(block.text for block in blocks)])


def test_the_report_is_made_here_with_dissent_word_for_word(bank: Experts) -> None:
    one, two = bank.draw(2)
    stepped_in = bank.release(one, "因公出国")
    assert stepped_in is not None
    with writing(bank.office.home.engine) as session:
        bank.name(session, next(e for e in ("e1", "e2", "e4", "e5") if e not in (one, two, stepped_in)))
    named = _named(bank)
    bank.say(stepped_in)
    bank.say(two, "disagree", "泊位预测偏高。\n建议压缩规模。", paper=("意见.pdf", b"%PDF-1.7 signed"))
    bank.say(named, "reserve", "专项债券占比偏高，保留意见。")
    adoptions = [
        *bank.adopted(two, response="不采纳", reason="以普查数据为准"),
        *bank.adopted(named, response="部分采纳", reason="压缩首批"),
    ]
    assert bank.answer(summary=SUMMARY, adoptions=adoptions) == ""
    text = report_of(bank)
    for said in (
        "专家论证报告", "泊位预测偏高。", "建议压缩规模。", "专项债券占比偏高，保留意见。", "不采纳", "以普查数据为准",
        f"未列入候选：专家3，任职单位{BIDDER}", f"专家{one[1:]}退出论证：因公出国", f"替补专家{one[1:]}",
        f"指定专家{named[1:]}，理由：本市唯一的停车规划专家", f"专家{two[1:]}、专家{named[1:]}没有表示同意",
        "署名原件为纸质", "署名原件（sha256前16位）", SUMMARY, "候选专家8名",
    ):  # fmt: skip
        assert said in text, said
    assert [w.step for w in bank.office.waits(bank.case)] == ["legality_review"]


def _named(bank: Experts) -> str:
    with reading(bank.office.home.engine) as session:
        return next(e.expert for e in expert_draws.engagements(session, bank.case) if e.named_reason)


def test_an_opinion_of_one_with_an_interest_does_not_end_the_step(bank: Experts) -> None:
    """The interest may come to light after the draw: the bidder is named, or the expert declares it (MD-13)."""
    one, two = bank.draw(2)
    bank.say(one)
    bank.say(two)
    with writing(bank.office.home.engine) as session:
        experts.add_parties(session, bank.case, [f"第{two[1:]}高等学校"], **bank.how)
    refused = bank.answer(summary=SUMMARY)
    assert f"专家{two[1:]}不能参加论证" in refused and "MD-13" in refused
    stepped_in = bank.release(two, "任职单位参与投标")
    assert stepped_in is not None
    bank.say(stepped_in)
    assert bank.answer(summary=SUMMARY) == ""


def test_a_form_that_was_open_shows_the_experts_that_have_come_since(bank: Experts) -> None:
    before = bank.office.wait(bank.case, STEP)
    drawn = bank.draw(1)
    after = bank.office.wait(bank.case, STEP)
    assert after.id != before.id
    from review_flows.cases.forms import form_for

    with reading(bank.office.home.engine) as session:
        form = form_for(session, bank.office.catalogs, after, links=lambda _: None, works=WORKS)
    assert f"{drawn[0]} 专家{drawn[0][1:]}" in form.description and "意见尚未收到" in form.description
    assert "已排除 专家3：任职单位" in form.description
    assert {"summary", "adoptions"} <= set(form.model.model_fields)


def test_an_opinion_paper_that_was_sent_is_enough_where_nobody_was_engaged(bank: Experts) -> None:
    assert "尚未收到" in bank.answer()
    bank.office.send(bank.case, {"expert_opinion": "专家论证意见（署名、盖章）"}, step=STEP)
    papers = [d["sha256"] for d in bank.office.show(bank.case)["documents"] if d["role"] == "expert_opinion"]
    assert bank.answer(accepts=papers) == ""

# ruff: noqa: E501 - the rows of the table are read across
"""What the law requires in a situation: a table of situations with the provisions, then the shape of the answer."""

import json
import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from review_flows.law.matter import HistoryEntry
from review_flows.law.planning import plan
from tests.law.matters import DATA, EN, GC, MD, ND, a_matter, periods, planned, required, rules

AWARD = date(2026, 11, 2)


@dataclass(frozen=True)
class Situation:
    """A situation and what the law makes of it; everything left out is not asserted.

    `yes`, `no`, `open`: steps. `because`, `not_because`: step:rule. `ends`: step:rule=end, all periods of the step.
    `dates`: step:earliest/due. `papers`: required ones. `asks`: all questions.
    """

    says: str
    kind: str
    level: str = "government"
    on: str = "2026-11-23"
    facts: tuple[tuple[str, Any], ...] = ()
    without: str = ""
    yes: str = ""
    no: str = ""
    open: str = ""
    because: str = ""
    not_because: str = ""
    ends: str = ""
    dates: str = ""
    papers: str = ""
    no_papers: str = ""
    asks: str | None = None


def when(
    says: str, kind: str, level: str = "government", on: str = "2026-11-23", without: str = "", **facts: Any
) -> "_When":
    """The first half of a row."""
    return _When(says, kind, level, on, without, tuple(facts.items()))


@dataclass(frozen=True)
class _When:
    says: str
    kind: str
    level: str
    on: str
    without: str
    facts: tuple[tuple[str, Any], ...]

    def then(self, **expected: Any) -> Situation:
        """The second half of a row."""
        return Situation(self.says, self.kind, self.level, self.on, self.facts, without=self.without, **expected)


DOCUMENTS = [
    when("县级政府文件：评估论证、征求意见、审核、讨论、公布、备案都要有（地方组织法75）", ND).then(
        yes="drafting feasibility_assessment public_comment internal_legality_review legality_review "
        "collective_discussion registration publication interpretation filing",
        no="fair_competition_review",
        because="feasibility_assessment:ND-05 public_comment:ND-05.1 publication:ND-05.1 filing:ND-35",
        papers="review_draft drafting_note basis consultation_summary feasibility_report internal_legality_opinion",
        asks="",
    ),
    when("合法性审核5至15个工作日（115号（五））", ND).then(
        ends="legality_review:ND-11=2026-11-30 legality_review:ND-12=2026-12-14",
        dates="legality_review:2026-11-30/2026-12-14",
        because="legality_review:ND-11 legality_review:ND-12 legality_review:ND-18 legality_review:TW-03",
    ),
    when("涉企文件公开征求意见30日（营商条例62）", ND, business_related=True).then(
        ends="public_comment:ND-06=2026-12-23 public_comment:ND-07=2026-12-23",
        dates="public_comment:2026-12-23/",
    ),
    when("涉企的部门文件也要30日，参照规章的规定不适用", ND, "department", business_related=True).then(
        ends="public_comment:ND-06=2026-12-23"
    ),
    when("不涉企的部门文件没有全国的征求意见期限", ND, "department").then(ends="public_comment:", yes="public_comment"),
    when("不涉企的县级政府文件参照规章，30日（规章程序条例15、36）", ND).then(ends="public_comment:ND-07=2026-12-23"),
    when("2019年的涉企文件：营商条例还没有施行", ND, on="2019-06-03", business_related=True).then(
        ends="public_comment:ND-07=2019-07-03", no="fair_competition_review", because="fair_competition_review:CHAIN"
    ),
    when("紧急命令免除审核时限（115号（五）），审核本身不免", ND, emergency=True).then(
        yes="legality_review",
        ends="legality_review:",
        dates="legality_review:/",
        not_because="legality_review:ND-11 legality_review:ND-12",
        because="legality_review:ND-18",
    ),
    when("2024-08-01起政府文件由市场监管部门会同起草单位审查（783号14）", ND, business_related=True).then(
        yes="fair_competition_review",
        because="fair_competition_review:FC-03 fair_competition_review:FC-01 fair_competition_review:ND-08",
        not_because="fair_competition_review:FC-02",
        papers="fair_competition_opinion",
    ),
    when("部门文件由起草单位审查（783号13）", ND, "department", business_related=True).then(
        because="fair_competition_review:FC-02", not_because="fair_competition_review:FC-03 fair_competition_review:FC-11"
    ),
    when("2024-07-31：公平竞争审查依营商条例63，由起草单位作", ND, on="2024-07-31", business_related=True).then(
        yes="fair_competition_review",
        because="fair_competition_review:ND-08.1 fair_competition_review:FC-08",
        not_because="fair_competition_review:FC-03 fair_competition_review:FC-01",
        papers="fair_competition_opinion",
    ),
    when("2024-03-31：浙江办法还没有施行", ND, on="2024-03-31", business_related=True).then(
        because="fair_competition_review:ND-08.1", not_because="fair_competition_review:FC-08 legality_review:FC-08"
    ),
    when("2024-04-01起未经公平竞争审查不得送合法性审核（浙江）", ND, on="2024-04-01", business_related=True).then(
        because="legality_review:FC-08 fair_competition_review:FC-08"
    ),
    when("乡镇文件同样须先过公平竞争审查（浙江）", ND, "township", business_related=True).then(
        yes="fair_competition_review", because="legality_review:FC-08 fair_competition_review:FC-02"
    ),
    when("是否涉企没有回答：公平竞争审查待定，列为问题", ND, without="business_related").then(
        open="fair_competition_review", asks="business_related", no_papers="fair_competition_opinion"
    ),
    when("是否影响权利义务没有回答：环节不因此增加", ND, without="affects_rights").then(
        yes="feasibility_assessment public_comment publication filing", asks="", not_because="filing:ND-05"
    ),
    when("五问：不影响权利义务的不是规范性文件（37号）", ND, affects_rights=False).then(
        no="legality_review collective_discussion filing publication drafting", because="legality_review:ND-01.1", asks=""
    ),
    when("五问：没有普遍约束力", ND, generally_binding=False).then(no="legality_review", because="drafting:ND-01.2"),
    when("五问：不反复适用", ND, repeatedly_applicable=False).then(no="legality_review", because="filing:ND-01.3"),
    when("内部管理文件不纳入（115号（三））", ND, internal_only=True).then(no="legality_review", because="filing:ND-02"),
    when("排除之后没有问题、没有缺项", ND, internal_only=True, without="business_related").then(asks="", no="filing"),
    when("依法不予公开：不征求意见、不公布、不解读，仍要审核和备案", ND, not_public=True).then(
        no="public_comment publication interpretation",
        yes="legality_review collective_discussion filing",
        because="public_comment:ND-33 publication:ND-34 interpretation:ND-34",
    ),
    when("涉密当然不予公开", ND, state_secret=True).then(no="public_comment publication", yes="legality_review"),
    when("部门文件：不另设起草单位自审，由有机构的自己审核（115号（四）3）", ND, "department").then(
        no="internal_legality_review",
        because="internal_legality_review:ND-09.1 legality_review:ND-14",
        not_because="legality_review:ND-13 filing:ND-05 filing:ND-25",
        yes="feasibility_assessment public_comment legality_review collective_discussion filing",
    ),
    when("县级政府文件：起草单位先自审，再由政府审核机构审核（115号（四）1）", ND).then(
        because="internal_legality_review:ND-09.1 legality_review:ND-13", not_because="legality_review:ND-14"
    ),
    when("乡镇文件2022年：只有115号", ND, "township", on="2022-06-01").then(
        yes="legality_review", because="legality_review:ND-14", not_because="legality_review:TW-01 legality_review:TW-03"
    ),
    when("乡镇文件2023年：浙江规定（TW-03）", ND, "township", on="2023-04-01").then(
        because="legality_review:TW-03", not_because="legality_review:TW-01 legality_review:TW-02"
    ),
    when("乡镇文件2024年：金华64号（TW-01、TW-02）", ND, "township", on="2024-01-01").then(
        because="legality_review:TW-01 legality_review:TW-02 legality_review:TW-03"
    ),
    when("备案15日，落在休息日的顺延；报人大只是提醒", ND, on="2026-11-20").then(
        ends="filing:ND-24=2026-12-07 filing:ND-25=2026-12-21", dates="filing:/2026-12-07"
    ),
    when("部门文件不报人大", ND, "department").then(ends="filing:ND-24=2026-12-08"),
    when("文件20个工作日内公开（公开条例26）", ND).then(
        ends="publication:ND-31=2026-12-21", dates="publication:/2026-12-21"
    ),
    when("2021年的政府文件：地方组织法75还不是这样写", ND, on="2021-06-01").then(
        not_because="filing:ND-05 public_comment:ND-05.1", yes="feasibility_assessment public_comment filing"
    ),
    when("2018年6月：115号还没有，审核是本区流程", ND, on="2018-06-01").then(
        yes="legality_review feasibility_assessment", because="legality_review:CHAIN", ends="legality_review:"
    ),
    when("2017年：没有规则要求评估论证", ND, on="2017-06-01").then(
        no="feasibility_assessment public_comment publication", because="feasibility_assessment:CHAIN"
    ),
]  # fmt: skip

DECISIONS = [
    when("县级重大决策：公众参与、审查、讨论、公布、归档、执行", MD).then(
        yes="initiation drafting public_participation legality_review collective_discussion publication archiving execution",
        no="expert_argumentation risk_assessment fair_competition_review party_report post_evaluation",
        papers="review_draft drafting_note basis comment_adoption_report meeting_record",
        asks="",
    ),
    when("审查至少7个工作日，没有全国最长期限（713号26）", MD).then(
        ends="legality_review:MD-18=2026-12-02", dates="legality_review:2026-12-02/"
    ),
    when("公开征求意见30日是稳妥的缺省，依据写在because里（713号14、15）", MD).then(
        ends="public_participation:MD-07=2026-12-23",
        because="public_participation:MD-06 public_participation:MD-07",
        dates="public_participation:2026-12-23/",
    ),
    when("专业性强：专家论证（713号19）", MD, professional=True).then(
        yes="expert_argumentation", papers="expert_opinion", because="expert_argumentation:MD-12 expert_argumentation:MD-13"
    ),
    when("可能危害社会稳定：风险评估，可控后方可决策（713号22、24）", MD, social_risk=True).then(
        yes="risk_assessment", papers="risk_report", because="risk_assessment:MD-14 collective_discussion:MD-15"
    ),
    when("已按规定评估的不重复，理由写明", MD, social_risk=True, risk_already_assessed=True).then(
        no="risk_assessment", because="risk_assessment:MD-14 collective_discussion:MD-15", no_papers="risk_report"
    ),
    when("只有利益争议：没有风险评估义务，可以听证（713号16）", MD, vital_interests_dispute=True).then(
        no="risk_assessment", because="public_participation:MD-09", no_papers="hearing_record"
    ),
    when("举行听证会：7日前送达材料，从听证会倒推；参加人在记录上签字", MD, hearing=True).then(
        ends="public_participation:MD-07=2026-12-23 public_participation:MD-10=None",
        dates="public_participation:2026-12-23/",
        papers="hearing_record",
        because="public_participation:MD-11",
    ),
    when("依法不予公开：没有公众参与，不公布", MD, not_public=True).then(
        no="public_participation publication", because="public_participation:MD-06 publication:MD-28"
    ),
    when("不公开的不听证", MD, not_public=True, hearing=True).then(no="public_participation", no_papers="hearing_record"),
    when("须请示报告（713号31）", MD, needs_party_report=True).then(yes="party_report", because="party_report:MD-27"),
    when("涉及经营者：政府决策由市场监管会同审查", MD, business_related=True).then(
        yes="fair_competition_review", because="fair_competition_review:FC-03 legality_review:FC-08",
        papers="fair_competition_opinion",
    ),
    when("决策2024年5月：浙江办法已经要求公平竞争审查", MD, on="2024-05-06", business_related=True).then(
        yes="fair_competition_review", because="fair_competition_review:FC-08", no_papers="fair_competition_opinion"
    ),
    when("决策2024年3月：没有规则要求公平竞争审查", MD, on="2024-03-29", business_related=True).then(
        no="fair_competition_review", because="fair_competition_review:CHAIN"
    ),
    when("四个问题都没有回答", MD, without="business_related professional social_risk needs_party_report").then(
        open="expert_argumentation risk_assessment fair_competition_review party_report",
        asks="business_related professional social_risk needs_party_report",
        no_papers="expert_opinion risk_report fair_competition_opinion",
    ),
    when("没有回答是否有风险，但已经评估过：不是问题", MD, without="social_risk", risk_already_assessed=True).then(
        no="risk_assessment", asks=""
    ),
    when("宏观调控不适用（713号3）", MD, excluded_matter="macro_control").then(no="legality_review", because="initiation:MD-02"),
    when("政府立法不适用", MD, excluded_matter="legislation").then(no="legality_review", because="initiation:MD-02"),
    when("应急处置不适用", MD, excluded_matter="emergency_response").then(no="legality_review", because="execution:MD-02"),
    when("其他法律另有程序（价格听证）不适用", MD, excluded_matter="other_law").then(no="drafting", because="drafting:MD-02"),
    when("人大票决的事项自2026-03-12起依发展规划法", MD, excluded_matter="peoples_congress").then(
        no="legality_review", because="drafting:MD-34", not_because="drafting:MD-02"
    ),
    when("2026-03-11还没有这条排除", MD, on="2026-03-11", excluded_matter="peoples_congress").then(yes="legality_review"),
    when("不属于排除事项", MD, excluded_matter="none").then(yes="legality_review"),
    when("乡镇决策2022年：参照713号", MD, "township", on="2022-05-05").then(
        yes="legality_review", because="legality_review:MD-16", not_because="legality_review:TW-03 legality_review:TW-01"
    ),
    when("乡镇决策2023年", MD, "township", on="2023-04-03").then(because="legality_review:TW-03", not_because="legality_review:TW-01"),
    when("乡镇决策2024年", MD, "township", on="2024-01-02").then(because="legality_review:TW-01 legality_review:TW-02"),
    when("决策2019-08-31：713号还没有施行", MD, on="2019-08-31").then(
        yes="legality_review collective_discussion", because="legality_review:CHAIN",
        no="public_participation publication", not_because="legality_review:MD-16",
    ),
    when("后评估是可以，不是应当（713号36）", MD).then(no="post_evaluation", because="post_evaluation:MD-31"),
    when("探索性改革照样要审查", MD, exploratory_reform=True).then(yes="legality_review", because="legality_review:MD-17"),
    when("紧急情况不免决策的审查时间", MD, emergency=True).then(ends="legality_review:MD-18=2026-12-02"),
    when("跨年的期限是暂定的", MD, on="2026-12-24").then(ends="legality_review:MD-18=2027-01-05"),
]  # fmt: skip

CONTRACTS = [
    when("政府合同：审核、审批、签订、备案、履行", GC).then(
        yes="drafting legality_review approval signing filing performance",
        no="publication fair_competition_review",
        because="signing:CHAIN approval:CHAIN filing:CHAIN performance:CT-11 publication:CT-16",
        papers="contract_text counterparty_papers",
        asks="",
    ),
    when("外地的5个工作日只是提醒", GC).then(ends="legality_review:CT-03=2026-11-30", dates="legality_review:/"),
    when("政府采购：30日内签订，从中标通知书发出起算（采购法46）", GC, procurement_award_on=AWARD).then(
        yes="publication", ends="signing:CT-06=2026-12-02", dates="signing:/2026-12-02", because="signing:CHAIN signing:CT-06"
    ),
    when("政府采购：2个工作日内公告，7个工作日内备案", GC, procurement_award_on=AWARD).then(
        ends="publication:CT-08=2026-11-25 filing:CT-07=2026-12-02",
        because="publication:CT-16 filing:CT-16",
        dates="publication:/2026-11-25 filing:/2026-12-02",
    ),
    when("是否政府采购没有回答：公告待定", GC, without="procurement_award_on").then(
        open="publication", asks="procurement_award_on", yes="filing"
    ),
    when("相对方是中小企业：30日付款（款项支付条例9）", GC, counterparty_is_sme=True).then(
        ends="performance:CT-09=2026-12-23", because="performance:CT-10 performance:CT-14"
    ),
    when("2025年5月还没有这项付款期限", GC, on="2025-05-06", counterparty_is_sme=True).then(ends="performance:"),
    when("没有回答是否中小企业：不增加环节和材料", GC, without="counterparty_is_sme").then(asks="", ends="performance:"),
    when("与经营者签的协议要公平竞争审查（99号令2）", GC, business_related=True).then(
        yes="fair_competition_review", because="fair_competition_review:FC-09", papers="fair_competition_opinion",
        not_because="legality_review:FC-08",
    ),
    when("2025-04-19：99号令还没有施行", GC, on="2025-04-19", business_related=True).then(
        not_because="fair_competition_review:FC-09", no_papers="fair_competition_opinion"
    ),
    when("2024年7月的合同没有公平竞争审查", GC, on="2024-07-01", business_related=True).then(
        no="fair_competition_review", because="fair_competition_review:CHAIN"
    ),
    when("劳动合同不纳入", GC, contract_exclusion="labour").then(no="legality_review signing", because="signing:CT-02"),
    when("限额以下采购不纳入", GC, contract_exclusion="below_threshold").then(no="legality_review", because="drafting:CT-02"),
    when("不属于排除的合同", GC, contract_exclusion="none").then(yes="legality_review"),
    when("不得提供担保（民法典683）自2021年", GC, on="2020-12-31").then(not_because="legality_review:CT-05"),
    when("四类保证金以外不得收取（款项支付条例13）", GC).then(because="legality_review:CT-13 legality_review:CT-05"),
]  # fmt: skip

ENFORCEMENT = [
    when("许可决定：法制审核、决定、7个工作日公开（118号）", EN).then(
        yes="drafting legality_review decision disclosure",
        no="collective_discussion",
        ends="disclosure:ME-08=2026-12-02 legality_review:",
        dates="disclosure:/2026-12-02 legality_review:/",
        because="disclosure:ME-13 decision:CHAIN drafting:CHAIN collective_discussion:ME-12",
        papers="proposed_decision investigation_record evidence_file",
        asks="",
    ),
    when("处罚四种情形：未审核不得决定（处罚法58）", EN, enforcement_type="penalty").then(
        because="legality_review:ME-01 legality_review:TW-03", ends="disclosure:ME-08=2026-12-02 legality_review:"
    ),
    when("复杂的处罚：负责人集体讨论（处罚法57）", EN, enforcement_type="penalty", complex_case=True).then(
        yes="collective_discussion", because="collective_discussion:ME-12"
    ),
    when("复杂但不是处罚：没有集体讨论义务", EN, enforcement_type="coercion", complex_case=True).then(no="collective_discussion"),
    when("强制决定20个工作日公开", EN, enforcement_type="coercion").then(
        ends="disclosure:ME-09=2026-12-21", not_because="legality_review:ME-01"
    ),
    when("种类没有回答：不增加环节，也没有公开期限", EN, without="enforcement_type").then(
        asks="", no="collective_discussion", yes="disclosure", ends="disclosure:", because="disclosure:CHAIN"
    ),
    when("复杂案件而种类没有回答：集体讨论待定", EN, without="enforcement_type", complex_case=True).then(
        open="collective_discussion", asks="enforcement_type"
    ),
    when("2021-07-14：新处罚法还没有施行", EN, on="2021-07-14", enforcement_type="penalty", complex_case=True).then(
        no="collective_discussion", not_because="legality_review:ME-01", because="legality_review:ME-05"
    ),
    when("2018年：只有本区流程", EN, on="2018-06-01").then(
        yes="legality_review disclosure", because="legality_review:CHAIN disclosure:CHAIN", no_papers="proposed_decision"
    ),
    when("乡镇执法2024年（金华64号）", EN, "township", on="2024-02-01").then(because="legality_review:TW-01"),
]  # fmt: skip

SITUATIONS = [*DOCUMENTS, *DECISIONS, *CONTRACTS, *ENFORCEMENT]


@pytest.mark.parametrize("row", SITUATIONS, ids=lambda row: row.says)
def test_what_the_law_requires(row: Situation) -> None:
    found = planned(row.kind, row.level, row.on, without=row.without, **dict(row.facts))
    for wanted, steps in ((True, row.yes), (False, row.no), (None, row.open)):
        for step in steps.split():
            assert found.step(step).required is wanted, step
    for step, rule in _pairs(row.because):
        assert rule in rules(found, step), (step, rule)
    for step, rule in _pairs(row.not_because):
        assert rule not in rules(found, step), (step, rule)
    for step, expected in _periods(row.ends).items():
        assert periods(found, step) == expected, step
    for step, span in _pairs(row.dates):
        planned_step = found.step(step)
        assert span == f"{planned_step.earliest_end_on or ''}/{planned_step.due_on or ''}", step
    papers = {material.role for material in found.materials if material.required}
    assert papers >= set(row.papers.split())
    assert not papers & set(row.no_papers.split())
    if row.asks is not None:
        assert set(found.questions) == set(row.asks.split())


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(step, rest) for step, _, rest in (item.partition(":") for item in text.split())]


def _periods(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for step, rest in _pairs(text):
        rule, _, end = rest.partition("=")
        found.setdefault(step, {}).update({rule: end} if rule else {})
    return found


def test_the_table_is_long_enough_and_no_situation_stands_twice() -> None:
    assert len(SITUATIONS) >= 60
    assert len({row.says for row in SITUATIONS}) == len(SITUATIONS)


@pytest.mark.parametrize("row", SITUATIONS, ids=lambda row: row.says)
def test_every_plan_is_whole(row: Situation) -> None:
    """Every step of the chain, grounds never empty and in force, periods and open questions only where they belong."""
    found = planned(row.kind, row.level, row.on, without=row.without, **dict(row.facts))
    on = date.fromisoformat(row.on)
    assert [step.step for step in found.steps] == list(DATA.chains[row.kind].steps)
    for step in found.steps:
        assert step.because
        assert step.required is True or not step.periods
        for ground in step.because:
            assert ground.citation
            rule = DATA.rules.get(ground.rule)
            assert ground.rule == "CHAIN" or (rule and rule.version_on(on) and row.kind in rule.kinds)
        assert len({ground.rule for ground in step.because}) == len(step.because)
        asking = {ground.kind for ground in step.because} & {"must", "block"}
        assert step.required is not True or asking, "a required step rests on a rule that asks, or on CHAIN"
    assert len({material.role for material in found.materials}) == len(found.materials)
    assert bool(found.questions) == any(step.required is None for step in found.steps)
    assert set(found.lacking) <= {material.role for material in found.materials if material.required}


def test_the_json_is_as_agreed() -> None:
    answer = json.loads(json.dumps(planned(ND, business_related=True, papers="review_draft").to_json()))
    assert set(answer) >= {"kind", "on", "catalogs", "steps", "materials", "lacking", "questions"}
    assert (answer["kind"], answer["on"], answer["catalogs"]) == (ND, "2026-11-23", DATA.sha256)
    review = next(step for step in answer["steps"] if step["step"] == "legality_review")
    assert set(review) >= {"step", "required", "because", "periods", "earliest_end_on", "due_on", "provisional"}
    assert (review["earliest_end_on"], review["due_on"], review["provisional"]) == ("2026-11-30", "2026-12-14", False)
    assert {key: review["periods"][0][key] for key in ("rule", "kind", "number", "unit")} == {
        "rule": "ND-11",
        "kind": "min",
        "number": 5,
        "unit": "working_day",
    }
    assert set(review["because"][0]) >= {"rule", "citation", "confidence", "text", "fact"}
    draft = next(material for material in answer["materials"] if material["role"] == "review_draft")
    assert {key: draft[key] for key in ("required", "present", "rule", "needed_for")} == {
        "required": True,
        "present": True,
        "rule": "ND-09",
        "needed_for": "legality_review",
    }
    assert "review_draft" not in answer["lacking"]
    assert "basis" in answer["lacking"]


@pytest.mark.parametrize(
    ("kind", "facts", "step", "rule", "fact"),
    [
        (MD, {"social_risk": False}, "risk_assessment", "MD-14", "social_risk"),
        (MD, {"social_risk": True}, "risk_assessment", "MD-14", "social_risk"),
        (MD, {"social_risk": True, "risk_already_assessed": True}, "risk_assessment", "MD-14", "risk_already_assessed"),
        (MD, {"not_public": True}, "public_participation", "MD-06", "not_public"),
        (MD, {"state_secret": True}, "publication", "MD-28", "not_public"),
        (MD, {}, "public_participation", "MD-06", None),
        (ND, {"business_related": False}, "fair_competition_review", "FC-03", "business_related"),
        (ND, {}, "legality_review", "ND-13", "level"),
        (ND, {"internal_only": True}, "filing", "ND-02", "internal_only"),
        (GC, {"procurement_award_on": None}, "publication", "CT-16", "procurement_award_on"),
        (EN, {"enforcement_type": "penalty"}, "collective_discussion", "ME-12", "complex_case"),
        (EN, {"enforcement_type": "licence", "complex_case": True}, "collective_discussion", "ME-12", "enforcement_type"),
        (EN, {"enforcement_type": "penalty", "complex_case": True}, "collective_discussion", "ME-12", "complex_case"),
    ],
)  # fmt: skip
def test_the_ground_names_the_fact_that_decided(
    kind: str, facts: dict[str, Any], step: str, rule: str, fact: str | None
) -> None:
    ground = next(ground for ground in planned(kind, **facts).step(step).because if ground.rule == rule)
    assert ground.fact == fact


def test_an_unanswered_fact_is_named_where_it_leaves_a_step_open() -> None:
    step = planned(MD, without="professional").step("expert_argumentation")
    assert {ground.fact for ground in step.because} == {"professional"}


def test_an_exempting_fact_leaves_the_rule_visible_as_set_aside() -> None:
    step = planned(ND, emergency=True).step("legality_review")
    assert {ground.rule: ground.fact for ground in step.set_aside} == {"ND-11": "emergency", "ND-12": "emergency"}


def test_because_of_an_excluded_matter_begins_with_the_exclusion() -> None:
    found = planned(MD, excluded_matter="legislation", social_risk=True)
    assert required(found) == set()
    assert all(step.because[0].rule == "MD-02" and not step.periods for step in found.steps)
    assert (found.lacking, found.questions, found.materials) == ((), (), ())


def test_what_is_not_proved_by_its_text_is_marked() -> None:
    grounds = {ground.rule: ground for ground in planned(ND).step("filing").because}
    assert grounds["ND-24"].unverified
    assert not grounds["ND-05"].unverified


def test_another_places_limit_is_shown_and_binds_nobody() -> None:
    review = planned(EN).step("legality_review")
    assert [period.rule for period in review.examples] == ["ME-07"]
    assert (review.due_on, str(review.remind_on)) == (None, "2026-11-30")
    assert "ME-07" not in {ground.rule for ground in review.because}


def test_a_reminder_that_reaches_further_does_not_make_the_due_date_an_estimate() -> None:
    filing = planned(ND, on="2026-12-07").step("filing")
    assert (str(filing.due_on), str(filing.remind_on), filing.provisional) == ("2026-12-22", "2027-01-06", False)


def test_effect_is_bounded_from_the_thirty_first_day_and_publication_is_not() -> None:
    found = planned(ND)
    assert [(period.rule, period.bounds, str(period.ends_on)) for period in found.bounds] == [
        ("ND-22", "effective_on", "2026-12-24")
    ]
    assert "ND-22" not in periods(found, "publication")
    assert planned(ND, "department").bounds == ()


def test_a_date_in_an_unannounced_year_is_provisional() -> None:
    review = planned(ND, on="2026-12-11").step("legality_review")
    assert (str(review.due_on), review.provisional) == ("2027-01-04", True)
    assert not planned(ND, on="2026-12-10").step("legality_review").provisional


def test_recorded_dates_come_before_the_day_of_the_plan() -> None:
    from dataclasses import replace

    matter = replace(
        a_matter(MD, hearing=True), dates={"hearing_on": date(2026, 10, 8), "package_complete_on": date(2026, 9, 18)}
    )
    found = plan(DATA, matter, date(2026, 9, 21))
    assert periods(found, "public_participation")["MD-10"] == "2026-09-30"
    assert periods(found, "legality_review") == {"MD-18": "2026-09-29"}


def test_an_award_stored_as_text_counts_like_a_date() -> None:
    assert periods(planned(GC, procurement_award_on="2026-11-02"), "signing") == {"CT-06": "2026-12-02"}


PROVED = HistoryEntry("public_participation", date(2026, 10, 8), "consultation_summary", date(2026, 9, 1), "区政府网站")


def test_a_step_done_before_sending_is_proved_by_its_paper_and_its_result_is_not_asked_again() -> None:
    found = planned(MD, papers="consultation_summary", history=(PROVED,))
    assert found.step("public_participation").required is True
    assert found.step("public_participation").proved_by == "consultation_summary"
    assert "comment_adoption_report" not in found.lacking


def test_a_step_said_to_be_done_whose_proof_is_not_there_lacks_it() -> None:
    found = planned(MD, history=(PROVED,))
    assert {"consultation_summary", "comment_adoption_report"} <= set(found.lacking)


def test_papers_that_a_later_step_makes_are_lacking_too() -> None:
    found = planned(MD, papers="review_draft drafting_note basis comment_adoption_report")
    assert found.lacking == ("meeting_record",)
    assert [material.needed_for for material in found.materials if material.role == "meeting_record"] == ["publication"]


def test_a_plan_takes_less_than_ten_milliseconds() -> None:
    matter = a_matter(ND, business_related=True)
    started = time.perf_counter()
    for _ in range(50):
        plan(DATA, matter, date(2026, 11, 23))
    assert (time.perf_counter() - started) / 50 < 0.010

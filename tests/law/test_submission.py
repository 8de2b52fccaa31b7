# ruff: noqa: E501 - the rows of the table are read across
"""submission.yaml: what is read from it, and everything wrong with it named at once in Chinese."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_flows.errors import IntakeError
from review_flows.law import catalogs
from review_flows.law.submission import SubmittedPaper, parse

DATA = catalogs.load(Path(__file__).parents[2] / "catalogs")

WHOLE = """
kind: normative_document
title: 婺城区公共租赁住房租金补贴管理办法
issuing_organ: 区政府
drafting_unit: [区建设局, 区财政局]
level: government
contact: {name: 张三, phone: 0579-00000000}
received_on: 2026-11-23
facts:
  affects_rights: true
  business_related: false
  shorter_period_reason: 上级限期印发
materials:
  - {role: review_draft, file: 送审稿.docx}
  - {role: evidence_file, file: 附件/一.docx}
  - {role: evidence_file, file: 附件/二.docx}
asks_for: legality_review
compare_with: 现行文本.docx
history:
  - {step: public_comment, started_on: 2026-09-01, ended_on: 2026-10-08, channel: 区政府网站, evidence: consultation_summary}
"""
SHORT = "kind: government_contract\ntitle: 甲合同\nissuing_organ: 婺城区人民政府\ndrafting_unit: 区建设局\n"


def test_a_whole_submission_is_read() -> None:
    sent = parse(WHOLE, DATA)
    assert (sent.kind, sent.organ, sent.level) == ("normative_document", "wucheng-government", "government")
    assert sent.drafting_units == ("婺城区建设局", "婺城区财政局")
    assert sent.contact is not None and sent.contact.phone == "0579-00000000"
    assert sent.received_on == date(2026, 11, 23)
    assert sent.facts == {"affects_rights": True, "business_related": False, "shorter_period_reason": "上级限期印发"}
    assert sent.materials[0] == SubmittedPaper("review_draft", "送审稿.docx")
    matter = sent.matter
    assert matter.facts["level"] == "government"
    assert matter.present == {"review_draft", "evidence_file"}
    assert matter.history["public_comment"].ended_on == date(2026, 10, 8)


def test_null_is_an_answer_and_a_fact_left_out_is_none() -> None:
    sent = parse(SHORT + "facts: {procurement_award_on: null, counterparty: null}", DATA)
    assert sent.facts == {"procurement_award_on": None, "counterparty": None}
    assert "business_related" not in sent.facts


def test_dates_and_amounts_keep_their_types() -> None:
    sent = parse(SHORT + "facts: {procurement_award_on: 2026-11-02, amount: 1250000.50}", DATA)
    assert sent.facts == {"procurement_award_on": date(2026, 11, 2), "amount": "1250000.50"}


def test_papers_for_an_open_case_need_no_heading() -> None:
    sent = parse("case: 2026-ND-0001\nstep: public_comment\nmaterials: [{role: basis, file: 依据.docx}]", DATA)
    assert (sent.case, sent.step, sent.kind) == ("2026-ND-0001", "public_comment", None)
    assert parse("case: 2026-ND-0001\nfacts: {social_risk: true}", DATA).facts == {"social_risk": True}


def test_a_plan_needs_neither_title_nor_drafting_unit_nor_files() -> None:
    text = "kind: major_decision\nissuing_organ: 白龙桥镇\nmaterials: [{role: basis}]\n"
    sent = parse(text, DATA, registering=False)
    assert (sent.level, sent.matter.present) == ("township", {"basis"})
    with pytest.raises(IntakeError, match="title：缺少这一项；drafting_unit：缺少这一项"):
        parse(text, DATA)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (SHORT.replace("government_contract", "contract"), ["kind：没有事项种类 contract", "government_contract"]),
        (SHORT.replace("婺城区人民政府", "婺城区人民政"), ["制定主体清单中没有 婺城区人民政", "婺城区人民政府"]),
        (SHORT + "level: department", ["level：婺城区人民政府是区政府", "应为 government"]),
        (SHORT + "level: county", ["level", "government"]),
        (SHORT + "facts: {bussiness_related: true}", ["没有这一项事实", "business_related"]),
        (SHORT + "facts: {level: government}", ["facts.level：没有这一项事实"]),
        (SHORT + "facts: {business_related: no}", ["只能写 true 或 false"]),
        (SHORT + "facts: {business_related: 1}", ["只能写 true 或 false"]),
        (SHORT + "facts: {contract_exclusion: labor}", ["contract_exclusion", "labour"]),
        (SHORT + "facts: {procurement_award_on: 2026-02-30}", ["procurement_award_on", "日期"]),
        (SHORT + "facts: {amount: 一万}", ["amount", "金额"]),
        (SHORT + "facts: {amount: -5}", ["金额"]),
        (SHORT + "facts: [business_related]", ["facts：必须是“键: 值”"]),
        (SHORT + "materials: [{role: contract, file: 一.docx}]", ["没有材料角色 contract", "contract_text"]),
        (SHORT + "materials: [{role: contract_text}]", ["要写 file"]),
        (SHORT + "materials: [{role: contract_text, file: ../一.docx}]", ["只能是送审文件夹里的文件名"]),
        (SHORT + "materials: [{role: contract_text, file: /etc/passwd}]", ["只能是送审文件夹里的文件名"]),
        (SHORT + 'materials: [{role: contract_text, file: "C:\\\\一.docx"}]', ["只能是送审文件夹里的文件名"]),
        (SHORT + "materials: [{role: contract_text, paper: true}]", ["只有涉密事项"]),
        (SHORT + "materials: [{role: other, file: 一.docx}, {role: other, file: 一.docx}]", ["列了两次"]),
        (SHORT + "materials: {role: other}", ["materials：必须是列表"]),
        (SHORT + "asks_for: collective_discussion", ["没有环节 collective_discussion"]),
        (SHORT + "step: signing", ["只有给已登记的事项补交材料"]),
        (SHORT + "case: 26-1", ["不是案号"]),
        (SHORT + "received_on: 2026-1-5", ["received_on"]),
        (SHORT + "contact: {phone: 1}", ["contact.name：缺少这一项"]),
        (SHORT + "history: [{step: signing, ended_on: 2026-01-02}]", ["evidence：缺少这一项"]),
        (SHORT + "history: [{step: signing, started_on: 2026-02-02, ended_on: 2026-01-02, evidence: other}]", ["早于 started_on"]),
        (SHORT + "histry: []", ["没有这一项", "history"]),
        (SHORT + "title: 乙", ["键 title 重复"]),
        (SHORT.replace("甲合同", "甲" * 201), ["标题只能是一行"]),
        (SHORT.replace("区建设局", "[]"), ["至少要有一个单位"]),
        (SHORT + "facts: {state_secret: true}\nmaterials: [{role: contract_text, file: 一.docx}]", ["涉密事项不收文件"]),
        (SHORT + "facts: &a {hearing: true}", ["锚点"]),
        ("[" * 5000, ["嵌套超过"]),
        ("- 甲", ["必须是“键: 值”"]),
        ("", ["必须是“键: 值”", "kind：缺少这一项"]),
        ("kind: [", ["不是有效的 YAML"]),
        ("甲" * 200_001, ["超过 200000 个字符"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(text: str, reasons: list[str]) -> None:
    with pytest.raises(IntakeError) as caught:
        parse(text, DATA)
    sentence = str(caught.value)
    assert sentence.endswith(("。", "？")) and "\n" not in sentence
    for reason in reasons:
        assert reason in sentence, sentence


def test_everything_wrong_is_named_at_once() -> None:
    text = "kind: contract\nissuing_organ: 某某\nfacts: {abc: 1}\nmaterials: [{role: x, file: ..}]\nfoo: 1"
    with pytest.raises(IntakeError) as caught:
        parse(text, DATA)
    for key in ("kind", "title", "issuing_organ", "drafting_unit", "facts.abc", "materials[1].role", "foo"):
        assert key in str(caught.value)


def test_a_secret_matter_comes_on_paper_only() -> None:
    sent = parse(SHORT + "facts: {state_secret: true}\nmaterials: [{role: contract_text, paper: true}]", DATA)
    assert sent.is_secret
    assert sent.matter.present == {"contract_text"}


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused_in_chinese(text: str) -> None:
    with pytest.raises(IntakeError):
        parse(text, DATA)


@given(st.recursive(st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)), st.sampled_from(["facts", "materials", "history", "contact", "drafting_unit", "level", "asks_for"]))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_any_value_at_any_key_is_read_or_refused(value: object, key: str) -> None:
    import json

    try:
        parse(SHORT.replace("drafting_unit", "_" if key == "drafting_unit" else "drafting_unit") + f"{key}: {json.dumps(value, ensure_ascii=False)}", DATA)  # fmt: skip
    except IntakeError as error:
        assert str(error).endswith("。")

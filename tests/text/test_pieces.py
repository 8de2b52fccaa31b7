"""Word marking: pieces join to both texts, tokens stay whole, no confetti."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from review_flows.text import pieces as module
from review_flows.text.diff import diff_text
from review_flows.text.pieces import tokens

LEGAL = st.text(
    alphabet="应当可以不得在三十日内第条款项（）《》，。；、的和或元万千百五2024年月号〔〕 \n　"
    "ABab𠮷𪛖e\u0301\U000e0100\U00100000",
    max_size=60,
)


def marked(old: str, new: str) -> str:
    brackets = {"equal": "{}", "delete": "[-{}]", "insert": "[+{}]"}
    return "".join(brackets[piece.kind].format(piece.text) for piece in diff_text(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("依照第三十七条处罚", "依照第六十三条处罚", "依照[-第三十七条][+第六十三条]处罚"),
        ("第十条　申请", "第十条之一　申请", "[-第十条][+第十条之一]　申请"),
        ("第三条第二款", "第三条第三款", "第三条[-第二款][+第三款]"),
        ("罚款五万元以下", "罚款二十万元以下", "罚款[-五万元][+二十万元]以下"),
        ("缴纳1,500.50元整", "缴纳1,800.50元整", "缴纳[-1,500.50元][+1,800.50元]整"),
        ("自2024年1月1日起施行", "自2025年3月1日起施行", "自[-2024年1月1日][+2025年3月1日]起施行"),
        (
            "自二〇二四年一月一日起施行",
            "自二〇二五年一月一日起施行",
            "自[-二〇二四年一月一日][+二〇二五年一月一日]起施行",
        ),
        ("国办发〔2018〕115号文件", "国办发〔2019〕15号文件", "国办发[-〔2018〕115号][+〔2019〕15号]文件"),
        ("依照《招标投标法》规定", "依照《政府采购法》规定", "依照[-《招标投标法》][+《政府采购法》]规定"),
        (
            "《关于〈规定〉的通知》印发",
            "《关于〈办法〉的通知》印发",
            "[-《关于〈规定〉的通知》][+《关于〈办法〉的通知》]印发",
        ),
        ("使用OpenStack平台", "使用OpenShift平台", "使用[-OpenStack][+OpenShift]平台"),
        ("在三十日内提出", "在十五个工作日内提出", "在[-三十日][+十五个工作日]内提出"),
        ("不低于百分之三十五", "不低于百分之四十五", "不低于[-百分之三十五][+百分之四十五]"),
        ("（十一）其他情形", "（十二）其他情形", "（[-十一][+十二]）其他情形"),
        ("申请人应当提交材料", "申请人可以提交材料", "申请人[-应当][+可以]提交材料"),
        ("经营者不得拒绝", "经营者拒绝", "经营者[-不得]拒绝"),
        ("甲、乙", "甲、乙、丙", "甲、乙[+、丙]"),
        (
            "起施行，原规定同时废止。",
            "起施行，原办法同时废止，原规定同时废止。",
            "起施行，[+原办法同时废止，]原规定同时废止。",
        ),
        (
            "区政府负责。区财政局配合。",
            "区政府负责。区政府统筹。区财政局配合。",
            "区政府负责。[+区政府统筹。]区财政局配合。",
        ),
        (
            "单位应当报告，单位应当登记，单位应当备案。",
            "单位应当报告，单位应当备案。",
            "单位应当报告，[-单位应当登记，]单位应当备案。",
        ),
        ("𠮷野家应当依法办理", "𠮷野家应当及时办理", "𠮷野家应当[-依法][+及时]办理"),
        ("\U000e0041应当", "\U000e0042应当", "[-\U000e0041][+\U000e0042]应当"),
        (
            "第十三条　公司法定代表人变更的，公司应当办理变更登记，并换发营业执照。",
            "第十三条　公司可以设立子公司，子公司具有法人资格，独立承担责任。",
            "第十三条　公司[-法定代表人变更的，公司应当办理变更登记，并换发营业执照]"
            "[+可以设立子公司，子公司具有法人资格，独立承担责任]。",
        ),
        ("", "新增", "[+新增]"),
        ("删去", "", "[-删去]"),
        ("", "", ""),
    ],
)
def test_a_change_is_marked_as_a_lawyer_would_mark_it(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("（十一）其他情形", "（十二）其他情形", "[-（十一）][+（十二）]其他情形"),
        ("本法自公布施行", "本条例自公布施行", "[-本法][+本条例]自公布施行"),
        ("申请人应当报告", "申请人可以报告", "申请人[-应当][+可以]报告"),
    ],
)
def test_after_a_mark_no_single_character_is_kept_at_the_head(old: str, new: str, expected: str) -> None:
    brackets = {"equal": "{}", "delete": "[-{}]", "insert": "[+{}]"}
    found = diff_text(old, new, after_mark=True)
    assert "".join(brackets[piece.kind].format(piece.text) for piece in found) == expected


@given(LEGAL, LEGAL)
@example("第", "第十条")
@example("《", "《甲》")
@example("\U000f0000甲第一条", "乙\U000f0000第二条")
@settings(max_examples=300, deadline=None)
def test_pieces_join_to_the_old_and_to_the_new_text(old: str, new: str) -> None:
    for found in (diff_text(old, new), diff_text(old, new, after_mark=True)):
        assert "".join(p.text for p in found if p.kind != "insert") == old
        assert "".join(p.text for p in found if p.kind != "delete") == new
        assert all(p.text for p in found)


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text


@given(LEGAL, LEGAL)
@settings(max_examples=200, deadline=None)
def test_no_mark_cuts_a_token(old: str, new: str) -> None:
    found = diff_text(old, new)
    for text, hidden in ((old, "insert"), (new, "delete")):
        edges, at = {0}, 0
        for token in tokens(text):
            at += len(token)
            edges.add(at)
        at = 0
        for piece in found:
            at += len(piece.text) if piece.kind != hidden else 0
            assert at in edges


@given(LEGAL, LEGAL)
@settings(max_examples=300, deadline=None)
def test_no_single_character_stands_unmarked_between_two_marks(old: str, new: str) -> None:
    found = diff_text(old, new)
    inner = [p for n, p in enumerate(found) if 0 < n < len(found) - 1 and p.kind == "equal"]
    assert all(len(p.text) > 1 for p in inner if _between_marks(found, p))


def _between_marks(found: list[module.Piece], piece: module.Piece) -> bool:
    at = next(n for n, p in enumerate(found) if p is piece)
    return found[at - 1].kind != "equal" and found[at + 1].kind != "equal"


def test_long_passages_are_cut_at_what_both_share_and_cost_no_more_than_the_exact_alignment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = "".join(
        f"第{n}项：行政机关应当在{n}日内将第{n}号决定送达当事人，并告知其申请复议的权利；" for n in range(10, 40)
    )
    new = old.replace("应当", "可以").replace("复议", "行政复议").replace("当事人", "申请人")
    exact = diff_text(old, new)
    monkeypatch.setattr(module, "MOST_STARTS", 100)
    assert module._starts(tokens(old), tokens(new)) > module.MOST_STARTS
    quick = diff_text(old, new)
    assert _cost(quick) <= _cost(exact) * 1.02


def _cost(found: list[module.Piece]) -> int:
    hunks = sum(
        1 for a, b in zip([None, *found], found, strict=False) if b.kind != "equal" and (not a or a.kind == "equal")
    )
    return sum(len(p.text) for p in found if p.kind != "equal") + 4 * hunks


@pytest.mark.parametrize(
    "setting", [{"MOST_STARTS": 5}, {"MOST_STARTS": 5, "INDEL_CELLS": 0}, {"MOST_STARTS": 0, "SOLID": 4}]
)
def test_every_kernel_keeps_the_laws_of_the_engine(setting: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in setting.items():
        monkeypatch.setattr(module, name, value)
    old = "第三条　申请人应当在收到通知之日起十日内提交材料；逾期不提交的，视为放弃。𠮷野家应当依法办理。" * 3
    new = "第五条　申请人可以在收到通知之日起十五日内补交材料；逾期不交的，视为撤回。𠮷野家应当及时办理。" * 3
    found = diff_text(old, new)
    assert "".join(p.text for p in found if p.kind != "insert") == old
    assert "".join(p.text for p in found if p.kind != "delete") == new
    assert sum(len(p.text) for p in found if p.kind == "equal") > len(old) / 2
    inner = [p for p in found[1:-1] if p.kind == "equal" and _between_marks(found, p)]
    assert all(len(p.text) > 1 for p in inner)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("一" * 30_000, "二" * 30_000),
        ("甲" * 10_000, "乙甲" * 5_000),
        ("《" * 8_000, "《a" * 4_000),
        ("第" * 10_000, "第一" * 5_000),
        ("（" * 8_000 + "条", "（一" * 4_000),
    ],
)
def test_no_text_however_odd_makes_it_hang(old: str, new: str) -> None:
    found = diff_text(old, new)
    assert "".join(p.text for p in found if p.kind != "insert") == old
    assert "".join(p.text for p in found if p.kind != "delete") == new


def test_the_pure_python_kernel_finds_the_same_common_sequence_of_a_simple_change() -> None:
    x, y = "申请人应当在收到通知后提交材料", "申请人可以在收到通知后提交补充材料"
    length = sum(n for _, _, n in module._common_runs(x, y))
    assert sum(n for _, _, n in module._common_runs_in_pure_python(x, y)) == length
    for i, j, n in module._common_runs_in_pure_python(x, y):
        assert x[i : i + n] == y[j : j + n]

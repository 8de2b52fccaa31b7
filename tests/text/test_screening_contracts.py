"""Checks of whole contracts: what lacks, blanks, amounts, parties, payment, disputes."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from review_flows.errors import CatalogError
from review_flows.text import contract_rules
from review_flows.text.contract_checks import amount_in_figures, amount_in_words, check_contract
from review_flows.text.reading import read
from review_flows.text.screening import load_rules, screen

CATALOGS = Path(__file__).parents[2] / "catalogs"
RULES = contract_rules.load(CATALOGS)

COMPLETE = """区智慧停车设备采购合同
甲方：婺城区综合行政执法局
乙方：金华远行科技有限公司
第一条　标的：停车道闸二十套，质量符合国家标准。
第二条　合同价款为人民币120000元（大写：壹拾贰万元整）。
第三条　乙方于2026年5月1日前在婺城区交付，甲方验收合格之日起30日内支付价款。
第四条　一方违约的，应当赔偿对方的损失。
第五条　因本合同发生的争议，由甲方所在地人民法院管辖。
"""


def _found(text: str) -> list[tuple[str, str]]:
    draft = read(text.encode(), "合同.txt")
    return [(finding.rule, finding.place.text) for finding in check_contract(draft, RULES)]


def test_a_complete_contract_raises_nothing() -> None:
    assert _found(COMPLETE) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "words"),
    [
        ("30日内支付", "90日内支付", "CT-09", "90日内支付"),
        ("30日内支付", "三个月内付清", "CT-09", "三个月内付清"),
        ("30日内支付", "45个工作日内支付", "CT-09", "45个工作日内支付"),
        ("壹拾贰万元整", "壹拾叁万元整", "CT_AMOUNT", "人民币120000元（大写：壹拾叁万元整"),
        ("人民币120000元（大写：壹拾贰万元整）", "壹拾贰万元整（￥12000.00）", "CT_AMOUNT", "壹拾贰万元整（￥12000.00"),
        ("由甲方所在地人民法院管辖", "向仲裁委员会申请仲裁或者向人民法院起诉", "CT_DISPUTE", "仲裁"),
        ("2026年5月1日前", "____年__月__日前", "CT_BLANK", "____"),
        ("停车道闸二十套", "停车道闸${count}套", "CT_BLANK", "${count}"),
        ("停车道闸二十套", "停车道闸{{r count}}套", "CT_BLANK", "{{r count}}"),
        ("停车道闸二十套", "停车道闸[填写数量]套", "CT_BLANK", "[填写数量]"),
        ("停车道闸二十套", "停车道闸，场地面积： 平方米，", "CT_BLANK", "： 平方米"),
        ("停车道闸二十套", "停车道闸，场地面积 平方米", "CT_BLANK", "面积 "),
        ("一方违约的，应当赔偿对方的损失。", "双方应当友好合作。", "CT_MISSING", "合同"),
        ("因本合同发生的争议，由甲方所在地人民法院管辖。", "本合同一式四份。", "CT_MISSING", "合同"),
        (
            "第五条",
            "甲方：婺城区住房和城乡建设局\n第五条",
            "CT_PARTY",
            "甲方：婺城区住房和城乡建设局",
        ),
        ("乙方于2026年", "乙方金华远航科技公司于2026年", "CT_PARTY", "远航科技公司"),
        ("应当赔偿对方的损失", "由远行科贸有限公司承担责任", "CT_PARTY", "远行科贸有限公司"),
    ],
)
def test_a_fault_is_found_at_its_place(old: str, new: str, rule: str, words: str) -> None:
    assert old in COMPLETE
    ((found, place),) = _found(COMPLETE.replace(old, new, 1))
    assert found == rule
    assert words in place


@pytest.mark.parametrize(
    "lawful",
    [
        "质量保证金在缺陷责任期满后90日内返还并付清。",
        "甲方（盖章）：",
        "远行公司（乙方）的收款账户见附件。",
        "金华远行科技有限公司兰溪分公司、金华市远通物流有限公司协助交付。",
        "第一期款项在六十日内支付。",
    ],
)
def test_lawful_terms_are_left_alone(lawful: str) -> None:
    assert _found(COMPLETE + "第六条　" + lawful + "\n") == []


@pytest.mark.parametrize(
    ("words", "yuan"),
    [
        ("壹拾贰万元整", "120000"),
        ("壹亿贰仟叁佰万零伍拾元整", "123000050"),
        ("伍元零叁分", "5.03"),
        ("贰仟零壹拾圆伍角整", "2010.5"),
        ("拾万元正", "100000"),
        ("万元", None),
        ("元整", None),
        ("壹贰叁", None),
    ],
)
def test_amounts_in_words(words: str, yuan: str | None) -> None:
    assert amount_in_words(words) == (None if yuan is None else Decimal(yuan))


@pytest.mark.parametrize(
    ("figures", "unit", "yuan"), [("12,000.50", "元", "12000.5"), ("1.2", "万元", "12000"), ("3", "亿元", "300000000")]
)
def test_amounts_in_figures(figures: str, unit: str, yuan: str) -> None:
    assert amount_in_figures(figures, unit) == Decimal(yuan)


def test_screening_a_contract_adds_its_checks_and_leaves_the_form_of_official_documents_alone() -> None:
    text = COMPLETE.replace("第四条", "第四条　甲方为乙方的贷款提供担保。\n第四条之一").replace(
        "30日内支付", "100日内支付"
    )
    screened = screen(read(text.encode(), "合同.txt"), load_rules(CATALOGS), on=date(2026, 11, 23))
    assert screened.context.doc_type == "合同"
    rules = {finding.rule for finding in screened.findings}
    assert {"CT-05", "CT-09"} <= rules
    assert not rules & {"RF16", "RF17", "RF18"}


def test_a_faulty_catalog_is_refused_with_its_key(tmp_path: Path) -> None:
    source = (CATALOGS / "screening" / "contracts.yaml").read_text("utf-8")
    target = tmp_path / "screening" / "contracts.yaml"
    target.parent.mkdir()
    target.write_text(source.replace('longest_payment_days: "60"', "longest_payment_days: 六十"), "utf-8")
    with pytest.raises(CatalogError, match="longest_payment_days"):
        contract_rules.load(tmp_path)


@pytest.mark.parametrize(("title", "told"), [("智慧停车系统施工合同", True), ("食堂食材采购合同", False)])
def test_a_deposit_beyond_the_four_is_told_where_the_title_says_that_it_is_about_works(title: str, told: bool) -> None:
    text = COMPLETE.replace("区智慧停车设备采购合同", title) + "第六条　乙方另缴纳廉政保证金五万元。\n"
    rules = load_rules(CATALOGS)
    found = screen(read(text.encode(), "合同.txt"), rules, on=date(2026, 3, 1), kind="government_contract")
    assert ("CT-13" in {finding.rule for finding in found.findings}) == told

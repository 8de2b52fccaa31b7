"""What a reviewer must see in a change, and what is none of it."""

import pytest

from review_flows.text.diff import diff_text
from review_flows.text.meaning import substance


def told(old: str, new: str) -> list[tuple[str, str | None, str | None]]:
    return [(found.type, found.old, found.new) for found in substance(diff_text(old, new))]


def test_a_limit_in_other_words_is_no_vanished_ban() -> None:
    assert told("期限不得超过三日", "期限不超过三日") == [("scope", "不得超过", "不超过")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("申请人应当提交材料", "申请人可以提交材料", ("deontic", "应当", "可以")),
        ("经营者不得拒绝检查", "经营者拒绝检查", ("deontic", "不得", None)),
        ("犬绳长度不得超过二米", "犬绳长度超过二米", ("deontic", "不得", None)),
        ("押金不得低于五千元", "押金可以低于五千元", ("deontic", "不得", "可以")),
        ("应当公开", "不应当公开", ("deontic", "应当", "不应当")),
        ("必须备案", "应当备案", ("deontic", "必须", "应当")),
        ("未经批准施工", "经批准施工", ("negation", "未经", None)),
        ("不再收取费用", "收取费用", ("negation", "不再", None)),
        ("年满十八周岁", "年满十六周岁", ("number", "十八周岁", "十六周岁")),
        ("超过百分之三十的", "超过百分之四十的", ("number", "百分之三十", "百分之四十")),
        ("处五千元罚款", "处一万元罚款", ("amount", "五千元", "一万元")),
        ("在三十日内提出", "在十五个工作日内提出", ("period", "三十日", "十五个工作日")),
        ("有效期五年", "有效期二年", ("period", "五年", "二年")),
        ("自2024年1月1日起施行", "自2025年3月1日起施行", ("date", "2024年1月1日", "2025年3月1日")),
        ("由财政部门负责监督", "由审计机关负责监督", ("subject", "财政部门", "审计机关")),
        ("由有限责任公司负责", "由合伙企业负责", ("subject", "有限责任公司", "合伙企业")),
        ("向依托单位提出", "向所在地农业农村部门提出", ("subject", "依托单位", "所在地农业农村部门")),
        ("应当加强宣传", "应当发挥基层群众性自治组织的作用，加强宣传", ("subject", None, "基层群众性自治组织")),
        ("报本级人民政府批准", "报当地人民政府批准", ("subject", "本级人民政府", "当地人民政府")),
        ("由区建设局负责", "由区住房和城乡建设局负责", ("subject", "区建设局", "住房和城乡建设局")),
        ("应当遵守规定", "应当遵守国务院税务主管部门规定", ("subject", None, "国务院税务主管部门")),
        ("保障当事人的权益", "保障监察对象及相关人员的权益", ("subject", "当事人", "人员")),
        ("学历证书、身份证明等材料", "学历证书、身份证明材料", ("scope", "等", None)),
        ("三年以上的", "三年以下的", ("scope", "以上", "以下")),
        ("人民政府及其部门", "人民政府的部门", ("scope", "及其", None)),
        ("期限不超过三个月", "期限不少于三个月", ("scope", "不超过", "不少于")),
        ("处警告和罚款", "处警告或者罚款", ("scope", None, "或者")),
        ("依照第三十七条处理", "依照第六十三条处理", ("reference", "第三十七条", "第六十三条")),
        ("依照前款规定处理", "依照前两款规定处理", ("reference", "前款", "前两款")),
        ("违反《招标投标法》的", "违反《政府采购法》的", ("reference", "《招标投标法》", "《政府采购法》")),
    ],
)
def test_substance_is_named_with_its_old_and_new_words(
    old: str, new: str, expected: tuple[str, str | None, str | None]
) -> None:
    assert expected in told(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("应当依法办理。", "应当依法及时办理。"),
        ("申请人应当提交材料", "申请人应当提供材料"),
        ("供应商相应适应", "供应商相应适合"),
        ("高等学校同等条件", "高等学校同等情形"),
        ("监督机构可以列席会议", "监督机构成员可以列席会议"),
        ("在5个工作日内确认种类，发给簿册", "确认种类，在5个工作日内发给簿册"),
    ],
)
def test_other_words_are_not_substantive(old: str, new: str) -> None:
    assert told(old, new) == []


def test_words_that_stand_on_both_sides_of_one_mark_cancel() -> None:
    found = told("乡镇应当在十日内上报情况", "街道应当在十日内上报情况")
    assert ("deontic", "应当", "应当") not in found
    assert all(old != new for _, old, new in found)


def test_full_width_digits_are_the_same_number() -> None:
    assert told("处１０００元罚款", "处1000元罚款") == []


def test_a_reference_that_follows_the_renumbering_is_marked_as_such() -> None:
    pieces = diff_text("违反第五条规定的", "违反第六条规定的")
    (found,) = substance(pieces, follows=lambda old, new: (old, new) == ("第五条", "第六条"))
    assert found.renumbered
    assert found.to_json() == {"type": "reference", "old": "第五条", "new": "第六条", "renumbered": True}

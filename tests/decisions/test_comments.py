"""Public comments: nothing lost, repeated ones grouped, answered in bulk, reported with figures."""

import time
from datetime import date
from pathlib import Path

import pytest

from review_flows.decisions import comments
from review_flows.errors import ReviewFlowsError
from review_flows.papers import sheets
from review_flows.records.audit import SYSTEM
from review_flows.records.database import reading, writing
from review_flows.text.reading import read
from tests.cases.building import Office, a_decision

DAY = date(2026, 11, 20)
SOURCE = "a" * 64


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def said(*texts: str) -> list[comments.Said]:
    return [comments.Said(text, "张三", "区政府网站", DAY) for text in texts]


def filed(office: Office, *texts: str) -> str:
    case = office.submit(a_decision())
    with writing(office.home.engine) as session:
        comments.bring_in(session, case, said(*texts), source_sha256=SOURCE, actor=SYSTEM, at=office.now())
    return case


def test_what_says_the_same_is_grouped_and_kept(office: Office) -> None:
    case = filed(
        office,
        "第三条规定的收费标准太高，建议降低到每小时三元以内。",
        "第三条规定的收费标准太高，建议降低到每小时三元以内",
        "第三条规定的收费标准太高了，建议降低到每小时三元以内！",
        "第四条应当增加夜间停车的规定，方便上夜班的群众。",
    )
    with reading(office.home.engine) as session:
        found = comments.comments_of(session, case)
    assert [c.group for c in found] == [1, 1, 1, 4]
    assert [c.article for c in found] == ["第三条", "第三条", "第三条", "第四条"]
    assert comments.figures(found) == comments.Figures(4, 2, {}, 2)


def test_not_adopting_needs_a_reason_and_the_report_waits_for_all_answers(office: Office) -> None:
    case = filed(office, "第三条收费太高", "第四条增加夜间停车，联系我13812345678")
    with writing(office.home.engine) as session:
        with pytest.raises(ReviewFlowsError, match="理由"):
            comments.answer(session, case, [1], answer="declined", reason=" ", actor=SYSTEM, at=office.now())
        comments.answer(session, case, [1], answer="declined", reason="按成本核定", actor=SYSTEM, at=office.now())
        with pytest.raises(ReviewFlowsError, match="还有 1 条"):
            comments.report(session, office.catalogs, case)
        comments.answer(session, case, [2], answer="adopted", reason="", actor=SYSTEM, at=office.now())
        paper = comments.report(session, office.catalogs, case)
    text = "".join(block.text for block in read(paper, "报告.docx").blocks)
    assert "2条意见中，采纳1条，部分采纳0条，不采纳1条" in text
    assert "138****5678" in text
    assert "13812345678" not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("身份证330702199001011234", "身份证330702********1234"),
        ("电话13812345678。", "电话138****5678。"),
        ("发邮件到 zhang.san@example.com 联系", "发邮件到 （邮箱略） 联系"),
        ("座机0579-82345678", "座机（电话略）"),
        ("2026年11月23日前，20000元", "2026年11月23日前，20000元"),
    ],
)
def test_personal_data_is_masked_in_what_is_published(text: str, shown: str) -> None:
    assert comments.masked(text) == shown


def test_every_fault_of_a_table_is_told_and_nothing_is_brought_in() -> None:
    table = "意见内容,提出人,渠道,收到日期\n,李四,信件,2026-11-20\n太贵,王五,网站,昨天\n"
    with pytest.raises(ReviewFlowsError) as refused:
        comments.read_comments(table.encode("gb18030"), "意见.csv", channel="", received_on=DAY)
    assert "第2行没有意见内容" in str(refused.value)
    assert "第3行“收到日期”不是日期" in str(refused.value)


def test_text_files_are_read_block_by_block() -> None:
    found = comments.read_comments("甲意见\n续行\n\n乙意见\n".encode(), "来信.txt", channel="信件", received_on=DAY)
    assert [one.text for one in found] == ["甲意见\n续行", "乙意见"]


def test_five_thousand_comments_are_brought_in_and_answered_without_a_wait(office: Office) -> None:
    rows: list[dict[str, sheets.Value]] = [
        {
            "text": f"第{n % 40 + 1}条建议调整第{n % 700}号泊位的收费和开放时间",
            "sender": f"市民{n}",
            "channel": "网站",
            "received_on": DAY,
        }
        for n in range(5000)
    ]
    data = sheets.write_table(comments.FIELDS, rows, title="意见")
    case = office.submit(a_decision())
    before = time.process_time()
    given = comments.read_comments(data, "意见.xlsx", channel="网站", received_on=DAY)
    with writing(office.home.engine) as session:
        made = comments.bring_in(session, case, given, source_sha256=SOURCE, actor=SYSTEM, at=office.now())
    with writing(office.home.engine) as session:
        groups = sorted({comment.group for comment in made})
        assert (
            comments.answer(session, case, groups, answer="adopted", reason="", actor=SYSTEM, at=office.now()) == 5000
        )
    print(f"{time.process_time() - before:.1f} CPU s for 5,000 comments, {len(groups)} opinions")
    assert len(made) == 5000
    assert len(groups) == 1400  # as many as there are pairs of article and berth

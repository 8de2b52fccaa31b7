"""Public comments: nothing lost, repeated ones grouped, answered one by one or by a sheet, masked where published."""

from collections.abc import Sequence
from datetime import date
from email.message import EmailMessage
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlmodel import select

from review_flows.decisions import comment_files, comments
from review_flows.decisions.comment_files import Told
from review_flows.decisions.comment_groups import Groups, article_of, article_order
from review_flows.decisions.comments import Answered, PublicComment, Said, Source
from review_flows.decisions.masking import masked, masked_name
from review_flows.errors import DraftError, NotFound, ReviewFlowsError
from review_flows.papers import sheets
from review_flows.records.audit import SYSTEM, entries
from review_flows.records.database import reading, writing
from tests.cases.building import Office, a_contract, a_decision

DAY = date(2026, 11, 20)
TOLD = Told(today=date(2026, 11, 23))
DEAR = "第三条规定的收费标准太高，建议降低到每小时三元以内。"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def said(*texts: str) -> list[Said]:
    return [Said(text, "张三", "区政府网站", DAY) for text in texts]


def source_of(name: str) -> Source:
    return Source(sha256(name.encode()).hexdigest(), name)


def bring_in(office: Office, case: str, given: Sequence[Said], name: str = "意见.xlsx") -> list[PublicComment]:
    with writing(office.home.engine) as session:
        return comments.bring_in(
            session, office.catalogs, case, given, source=source_of(name), actor=SYSTEM, at=office.now()
        )


def filed(office: Office, *texts: str) -> str:
    case = office.submit(a_decision(asks_for="public_participation"))
    bring_in(office, case, said(*texts))
    return case


def there(office: Office, case: str) -> list[PublicComment]:
    with reading(office.home.engine) as session:
        return comments.comments_of(session, case)


def answer(office: Office, case: str, *answers: Answered) -> int:
    with writing(office.home.engine) as session:
        return comments.answer(session, office.catalogs, case, answers, actor=SYSTEM, at=office.now())


# --- grouping --------------------------------------------------------------------------------------------------------

SAME = [
    ("the same words", DEAR, DEAR, True),
    ("other punctuation", DEAR, DEAR.replace("，", " ").rstrip("。"), True),
    ("a word more", DEAR, DEAR.replace("太高", "太高了"), True),
    ("another number", "第3号泊位收费过高，建议降低", "第8号泊位收费过高，建议降低", False),
    ("the opposite", "我赞成第三条规定的收费标准和时间安排", "我不赞成第三条规定的收费标准和时间安排", False),
    ("up for down", "建议提高停车费标准，让车位周转得更快一些", "建议降低停车费标准，让车位周转得更快一些", False),
    ("another subject", DEAR, "第四条应当增加夜间停车的规定，方便上夜班的群众。", False),
]


@pytest.mark.parametrize(("what", "one", "other", "same"), SAME, ids=[row[0] for row in SAME])
def test_what_says_the_same_is_one_opinion(office: Office, what: str, one: str, other: str, same: bool) -> None:
    found = there(office, filed(office, one, other))
    assert [c.group for c in found] == ([1, 1] if same else [1, 2])
    assert [c.text for c in found] == [one, other]  # kept as they came, whatever the group


def test_the_same_comment_two_hundred_times_is_two_hundred_voices_and_one_opinion(office: Office) -> None:
    case = filed(office, *[DEAR] * 200)
    found = there(office, case)
    assert comments.figures(found) == comments.Figures(200, 1, {}, 1)
    assert answer(office, case, Answered(1, "adopted")) == 200
    assert comments.figures(there(office, case)).by_answer == {"adopted": 1}


ARTICLES = [
    ("第3条太严", "第三条"),
    ("第一百零五条之一不妥", "第一百零五条之一"),
    ("收费太高", None),
    ("《价格法》第二十三条要求听证，本方案第五条没有写", "第五条"),
    ("价格法第二十三条要求听证", None),
    ("《婺城区停车设施建设三年行动方案》第六条写得好", "第六条"),
    ("本办法第七条可以删去", "第七条"),
    ("第〇条", None),
    ("二、（三）三十分钟太短", "二、（三）"),
    ("建议修改第三部分第（二）项", "三、（二）"),
    ("第二部分写得太原则", "二、"),
    ("一、同意方案；二、建议加快", None),
    ("三、（一）与第四条重复", "第四条"),
]


@pytest.mark.parametrize(("text", "article"), ARTICLES)
def test_a_comment_speaks_of_an_article_of_the_draft_not_of_another_law(text: str, article: str | None) -> None:
    assert article_of(text, "婺城区停车设施建设三年行动方案") == article


def test_places_of_a_draft_without_articles_stand_in_its_order() -> None:
    places = ["全文", "十、（一）", "二、（十）", "二、（三）", "一、"]
    assert sorted(places, key=article_order) == ["一、", "二、（三）", "二、（十）", "十、（一）", "全文"]


def test_groups_stand_in_the_order_of_the_articles(office: Office) -> None:
    case = filed(office, "总体上同意", "第十二条要改", "第二条要改", "第二条要删")
    groups = comments.groups_of(there(office, case))
    assert [comments.article_of_group(group) for group in groups] == ["第二条", "第二条", "第十二条", None]


WORDS = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from([DEAR, DEAR + "！", "同意", "不同意", "第三条", "，。", "👍", "\ud7ff"]),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(texts=WORDS)
def test_grouping_loses_no_comment_whatever_is_said(texts: list[str]) -> None:
    """import∘group: every comment is in exactly one group, and a group is known by its first comment."""
    groups = Groups()
    placed = [groups.place(text, number) for number, text in enumerate(texts, 1)]
    assert len(placed) == len(texts)
    for number, group in enumerate(placed, 1):
        assert 1 <= group <= number
        assert placed[group - 1] == group
    assert all(placed[i] == placed[j] for i, a in enumerate(texts) for j, b in enumerate(texts) if a == b)


def test_a_wrong_group_is_put_right_by_hand_and_nothing_is_lost(office: Office) -> None:
    case = filed(office, DEAR, DEAR + "！", DEAR + "？", "第四条要改")
    answer(office, case, Answered(4, "adopted"))
    with writing(office.home.engine) as session:
        how: dict[str, Any] = {"reason": "第1号另有所指", "actor": SYSTEM, "at": office.now()}
        assert comments.regroup(session, office.catalogs, case, [1], to=4, **how) == 4
        with pytest.raises(ReviewFlowsError, match="理由"):
            comments.regroup(session, office.catalogs, case, [2], to=None, **how | {"reason": " "})
        with pytest.raises(NotFound, match="意见组"):
            comments.regroup(session, office.catalogs, case, [2], to=99, **how)
    found = there(office, case)
    assert [c.group for c in found] == [4, 2, 2, 4]  # the rest is known by the first that stays
    assert [c.answer for c in found] == ["adopted", None, None, "adopted"]


# --- kept as they came -----------------------------------------------------------------------------------------------


def test_each_comment_keeps_words_hash_place_channel_and_day_and_the_file_counts_once(office: Office) -> None:
    case = filed(office, DEAR)
    (one,) = there(office, case)
    assert one.text_sha256 == sha256(DEAR.encode()).hexdigest()
    assert (one.channel, one.received_on, one.source_sha256) == ("区政府网站", DAY, source_of("意见.xlsx").sha256)
    with pytest.raises(ReviewFlowsError, match="已经导入过"):
        bring_in(office, case, said("另一条"))
    with reading(office.home.engine) as session:
        (event,) = entries(session, case=case, event="comments.received")
    assert event.documents == (one.source_sha256,)


def test_words_changed_behind_our_back_are_noticed(office: Office) -> None:
    case = filed(office, DEAR, "第四条要改")
    with writing(office.home.engine) as session:
        session.exec(select(PublicComment).where(PublicComment.number == 2)).one().text = "第四条很好"
    assert comments.altered(there(office, case)) == [2]


def test_a_contract_has_no_step_that_hears_the_public(office: Office) -> None:
    case = office.submit(a_contract())
    with pytest.raises(ReviewFlowsError, match="没有公众参与的环节"):
        bring_in(office, case, said(DEAR))


# --- files -----------------------------------------------------------------------------------------------------------

TABLE = '意见内容,提出人,渠道,收到日期\n收费太贵,李四,信件,2026-11-20\n"第一行\n第二行",王五,网站,2026年11月19日\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_a_table_is_read_in_whatever_encoding_it_came(encoding: str) -> None:
    found = comment_files.read_comments(TABLE.encode(encoding), "意见.csv", TOLD)
    assert [(one.text, one.sender, one.channel, one.received_on.day, one.place) for one in found] == [
        ("收费太贵", "李四", "信件", 20, "第2行"),
        ("第一行\n第二行", "王五", "网站", 19, "第3行"),
    ]


def test_what_a_table_leaves_out_is_said_at_the_import() -> None:
    told = Told(TOLD.today, channel="座机", received_on=DAY)
    found = comment_files.read_comments("意见内容\n太贵\n".encode(), "意见.csv", told)
    assert [(one.channel, one.received_on) for one in found] == [("座机", DAY)]


def workbook(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    for row in (("意见内容", "提出人", "渠道", "收到日期"), *rows):
        book.active.append(row)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


BAD_FILES = [
    ("no words and a strange day", "意见.csv", "意见内容,渠道,收到日期\n,信件,2026-11-20\n太贵,网站,昨天\n".encode(),
     ["A2（意见内容）：必须填写", "C3（收到日期）：“昨天”不是日期"]),
    ("no channel anywhere", "意见.csv", "意见内容,收到日期\n太贵,2026-11-20\n".encode(), ["第2行没有渠道"]),
    ("a day to come", "意见.csv", "意见内容,渠道,收到日期\n太贵,网站,2027-01-01\n".encode(), ["晚于今天"]),
    ("a formula", "意见.xlsx", workbook(("=HYPERLINK(\"http://x\")", "张三", "网站", DAY)), ["A2（意见内容）：是公式"]),
    ("an open quote over a large cell", "意见.csv", "意见内容\n\"".encode() + b"x" * 200_000, ["引号不成对"]),
    ("no heading", "意见.csv", "甲,乙\n丙,丁\n".encode(), ["找不到表头"]),
    ("nothing at all", "意见.csv", b" \n", ["是空的"]),
    ("a picture by the name of a text", "来信.txt", b"\x00\x01\x02\x03" * 100, ["不是文本文件"]),
    ("another format", "意见.doc", b"x", ["意见应为 .xlsx"]),
    ("too large", "意见.csv", b"x" * (10 * 1024 * 1024 + 1), ["超过 10 MB"]),
    ("no workbook", "意见.xlsx", b"PK\x03\x04 broken", ["损坏"]),
    ("a mail without words", "来信.eml", b"From: a@b.cn\nDate: Fri, 20 Nov 2026 09:00:00 +0800\n\n", ["没有文字"]),
    ("a mail without a day", "来信.eml", b"From: a@b.cn\nSubject: hello\n\nwords", ["没有写明日期"]),
    ("a mail in a mail in a mail", "来信.eml", b"Content-Type: message/rfc822\n\n" * 3000 + b"x", ["疑似恶意文件"]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "name", "data", "told"), BAD_FILES, ids=[row[0] for row in BAD_FILES])
def test_every_fault_of_a_file_is_told_at_once_and_nothing_is_brought_in(
    what: str, name: str, data: bytes, told: list[str]
) -> None:
    with pytest.raises(ReviewFlowsError) as refused:
        comment_files.read_comments(data, name, TOLD)
    assert [sentence for sentence in told if sentence not in str(refused.value)] == []


def test_text_files_are_read_block_by_block_or_whole() -> None:
    data = "甲意见\n续行\n　\n乙意见\n".encode("gb18030")
    found = comment_files.read_comments(data, "来信.txt", TOLD)
    assert [(one.text, one.channel, one.received_on) for one in found] == [
        ("甲意见\n续行", "来信", TOLD.today),
        ("乙意见", "来信", TOLD.today),
    ]
    (one,) = comment_files.read_comments(data, "来信.txt", Told(TOLD.today, whole=True))
    assert one.text == "甲意见\n续行\n　\n乙意见"


def a_mail(html: bool = False) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "张三 <zhang@example.com>", "关于停车收费的意见"
    mail["Date"] = "Fri, 20 Nov 2026 20:30:00 +0000"  # the next day here
    if html:
        mail.set_content("<style>p {color: red}</style><p>第三条<b>收费</b>太高</p><p>请降低</p>", subtype="html")
    else:
        mail.set_content("第三条收费太高\n请降低\n", charset="gb18030")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="附图.pdf")
    return mail.as_bytes()


@pytest.mark.parametrize("html", [False, True], ids=["plain", "html"])
def test_a_mail_is_one_comment_with_its_subject_and_what_is_attached_is_named(html: bool) -> None:
    (one,) = comment_files.read_comments(a_mail(html), "来信.eml", TOLD)
    assert one.text == "关于停车收费的意见\n第三条收费太高\n请降低\n（邮件附有：附图.pdf，见原件）"
    assert (one.sender, one.channel) == ("张三 <zhang@example.com>", "电子邮件")
    assert one.received_on == date(2026, 11, 21)


def test_a_mail_that_lies_about_its_encoding_is_read_all_the_same() -> None:
    data = "From: a@b.cn\nDate: Fri, 20 Nov 2026 09:00:00 +0800\nContent-Type: text/plain; charset=nonsense\n"
    data += "Content-Transfer-Encoding: 8bit\n\n"
    (one,) = comment_files.read_comments(data.encode() + "收费太高".encode("gb18030"), "来信.eml", TOLD)
    assert one.text == "收费太高"


# --- answers ---------------------------------------------------------------------------------------------------------

WRONG_ANSWERS = [
    ("not adopted without a reason", Answered(1, "declined", " "), "须写明理由"),
    ("partly adopted without a reason", Answered(1, "partly_adopted"), "须写明理由"),
    ("an answer that there is not", Answered(1, "noted"), "没有“noted”这种处理"),
    ("a group that there is not", Answered(7, "adopted"), "7"),
]


@pytest.mark.parametrize(("what", "told", "match"), WRONG_ANSWERS, ids=[row[0] for row in WRONG_ANSWERS])
def test_an_answer_that_may_not_be_given_is_refused_whole(
    office: Office, what: str, told: Answered, match: str
) -> None:
    case = filed(office, DEAR, "第四条要改")
    with pytest.raises(ReviewFlowsError, match=match):
        answer(office, case, Answered(2, "adopted"), told)
    assert {c.answer for c in there(office, case)} == {None}


def sheet_of(office: Office, case: str, **how: bool) -> list[list[Any]]:
    data = comment_files.to_sheet(office.catalogs, case, there(office, case), **how)
    return [list(row) for row in load_workbook(BytesIO(data)).active.iter_rows(values_only=True)]


def as_file(rows: Sequence[Sequence[object]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read_back(office: Office, case: str, rows: Sequence[Sequence[object]]) -> tuple[list[Answered], int]:
    return comment_files.from_sheet(office.catalogs, as_file(rows), "答复.xlsx", there(office, case))


def test_a_sheet_goes_out_with_the_groups_and_comes_back_filled(office: Office) -> None:
    case = filed(office, "总体同意", DEAR, DEAR.replace("太高", "太高了"), "第四条要改")
    head, *rows = sheet_of(office, case)
    assert head[:4] == ["组号", "涉及条款", "人次", "意见"]
    assert [row[:4] for row in rows] == [
        [2, "第三条", 2, DEAR],
        [4, "第四条", 1, "第四条要改"],
        [1, "全文", 1, "总体同意"],
    ]
    assert rows[0][4] == DEAR.replace("太高", "太高了")  # how others put it
    rows[0][5:7] = ["不采纳", "按成本监审核定"]
    rows[1][5] = "采纳"
    answers, left = read_back(office, case, [head, *rows])
    assert answers == [Answered(2, "declined", "按成本监审核定"), Answered(4, "adopted")]
    assert left == 1
    assert answer(office, case, *answers) == 3
    assert [row[0] for row in sheet_of(office, case)[1:]] == [1]
    assert [row[0] for row in sheet_of(office, case, everything=True)[1:]] == [2, 4, 1]


WRONG_ROWS = [
    ("a group that there is not", [9, None, 1, "", "", "采纳", None, "x"], "没有第 9 组意见"),
    ("a row of another case", [2, None, 1, "", "", "采纳", None, "000000000000"], "与第 2 组意见对不上"),
    ("no such answer", [2, None, 1, "", "", "考虑", None, "MARK"], "“考虑”不在可选范围内"),
    ("declined without a reason", [2, None, 1, "", "", "不采纳", None, "MARK"], "须写明理由"),
    ("a reason without an answer", [2, None, 1, "", "", None, "已研究", "MARK"], "没有选采纳情况"),
    ("a formula", [2, None, 1, "", "", "不采纳", "=A1", "MARK"], "是公式"),
]


def test_all_faults_of_a_filled_sheet_are_told_at_once_and_nothing_counts(office: Office) -> None:
    case = filed(office, DEAR, "第四条要改")
    head, *rows = sheet_of(office, case)
    mark = next(row[7] for row in rows if row[0] == 2)
    wrong = [[mark if cell == "MARK" else cell for cell in row] for _, row, _ in WRONG_ROWS]
    first = [1, None, 1, "", "", "采纳", None, next(row[7] for row in rows if row[0] == 1)]
    with pytest.raises(ReviewFlowsError) as refused:
        read_back(office, case, [head, first, first, *wrong])
    told = str(refused.value)
    assert "第3行第 1 组填了两次" in told
    assert [match for _, _, match in WRONG_ROWS if match not in told] == []
    assert f"有 {len(WRONG_ROWS) + 1} 处要改" in told


def test_an_empty_sheet_is_no_answer(office: Office) -> None:
    case = filed(office, DEAR)
    with pytest.raises(ReviewFlowsError, match="没有一组填了采纳情况"):
        read_back(office, case, sheet_of(office, case))


def test_a_voice_that_joins_an_answered_group_opens_it_again(office: Office) -> None:
    case = filed(office, DEAR)
    answer(office, case, Answered(1, "declined", "按成本核定"))
    bring_in(office, case, said(DEAR), "第二批.csv")
    assert comments.figures(there(office, case)).open == 1
    (row,) = sheet_of(office, case)[1:]
    assert row[5:7] == ["不采纳", "按成本核定"]  # what was answered before stands in the sheet


# --- masking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("身份证330702199001011234", "身份证330702********1234"),
        ("身份证３３０７０２１９９００１０１１２３Ｘ", "身份证３３０７０２********１２３Ｘ"),
        ("老身份证330702900101123", "老身份证330702*****1123"),
        ("电话13812345678。", "电话138****5678。"),
        ("手机 138 1234 5678", "手机 138****5678"),
        ("+86-138-1234-5678", "+86*******5678"),
        ("发邮件到 zhang.san@example.com 联系", "发邮件到 （邮箱略） 联系"),
        ("座机0579-82345678", "座机（电话略）"),
        ("联系电话：82345678", "联系电话：（电话略）"),
        ("卡号6222 0212 3456 7890 123", "卡号（账号略）"),
        ("微信号：zhangsan_88", "微信号：（账号略）"),
        ("我的车浙G·12345停不进", "我的车浙G*****停不进"),
        ("住在幸福小区12幢3单元502室", "住在幸福小区（门牌略）"),
        ("我叫张三丰，住在城西", "我叫张某，住在城西"),
        ("2026年11月23日前，20000元", "2026年11月23日前，20000元"),
        ("浙政办发〔2013〕37号第12条", "浙政办发〔2013〕37号第12条"),
    ],
)
def test_personal_data_is_masked_in_what_is_published(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked(shown) == shown


def test_a_name_is_shown_by_its_family_name() -> None:
    assert [masked_name(name) for name in ("张三丰", "李", "")] == ["张**", "李", ""]


def test_five_thousand_comments_are_brought_in_and_answered_by_a_sheet(office: Office) -> None:
    """How long it takes is measured by benchmarks/bench_comments.py; here it counts that nothing is lost."""
    rows: list[dict[str, sheets.Value]] = [
        {
            "text": f"第{n % 40 + 1}条建议调整第{n % 700}号泊位的收费和开放时间",
            "sender": f"市民{n}",
            "channel": "网站",
            "received_on": DAY,
        }
        for n in range(5000)
    ]
    case = office.submit(a_decision(asks_for="public_participation"))
    data = sheets.write_table(comment_files.FIELDS, rows, title="意见")
    made = bring_in(office, case, comment_files.read_comments(data, "意见.xlsx", TOLD))
    assert [one.text for one in made] == [row["text"] for row in rows]
    groups = {comment.group for comment in made}
    assert len(groups) == 1400  # as many as there are pairs of article and berth
    assert answer(office, case, *(Answered(group, "adopted") for group in sorted(groups))) == 5000
    assert comments.figures(there(office, case)).open == 0


def test_a_broken_package_is_a_draft_error() -> None:
    with pytest.raises(DraftError):
        comment_files.read_comments(b"", "意见.xlsx", TOLD)

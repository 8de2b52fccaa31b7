"""The papers of a case: what opinion, sign-off sheet, dossier index and meeting record say, and how they look."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from review_flows.cases.dossier_index import IndexContent, IndexLine, index_paper
from review_flows.cases.opinion import (
    AnsweredItem,
    CheckAnswer,
    Contact,
    MaterialLine,
    OpinionContent,
    OpinionItem,
    feedback_paper,
    opinion_paper,
)
from review_flows.cases.sheet import (
    FindingLine,
    PeriodLine,
    SheetContent,
    SignatureLine,
    StepLine,
    WaitLine,
    sheet_paper,
)
from review_flows.decisions.meeting_record import MeetingContent, ReviewedText, StatementLine, meeting_paper
from review_flows.errors import CatalogError
from review_flows.law import catalogs as law
from review_flows.papers import wording as words
from tests.papers.structure import same_as_golden, structure

CATALOGS = Path(__file__).parents[2] / "catalogs"
LAW = law.load(CATALOGS)
WORDS = words.load(CATALOGS)
KINDS = ("normative_document", "major_decision", "government_contract", "enforcement_decision")
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CHINA = timezone(timedelta(hours=8))

LOCAL_ONLY = OpinionItem(
    1, "第六条第（三）项", "限定本地登记注册企业的职工", "《公平竞争审查条例》第九条", "删去该限定", "must_change"
)
CERTIFICATE = OpinionItem(2, "第九条", "要求社区出具证明。", "", "", "should_change")
UNCLEAR = OpinionItem(3, "", "“情节严重的”缺少界定", "", "明确情形", "note")


def an_opinion(**changes: object) -> OpinionContent:
    lawful = OpinionContent(
        case="2026-ND-0001",
        kind="normative_document",
        title="婺城区公共租赁住房租金补贴管理办法",
        draft_role="review_draft",
        draft_version=1,
        draft_sha256=SHA,
        reviewing_organ="婺城区司法局",
        addressee="婺城区建设局",
        received_on=date(2026, 11, 23),
        package_complete_on=date(2026, 11, 24),
        issued_on=date(2026, 12, 3),
        conclusion="lawful",
        rules=("ND-05", "ND-15.1", "ND-06", "FC-08"),
        materials=(
            MaterialLine("送审稿", "送审稿.docx", 1, SHA),
            MaterialLine("起草说明", "起草说明（纸质）", 1, None),
        ),
    )
    return replace(lawful, **changes)


def opinion_text(**changes: object) -> str:
    return structure(opinion_paper(an_opinion(**changes), LAW, WORDS))


def a_sheet(**changes: object) -> SheetContent:
    opened = datetime(2026, 11, 23, 9, 5, tzinfo=CHINA)
    waiting = SheetContent(
        case="2026-ND-0001",
        kind="normative_document",
        title="婺城区公共租赁住房租金补贴管理办法",
        state="open",
        issuing_organ="婺城区人民政府",
        drafting_units=("婺城区建设局",),
        opened_at=opened,
        received_on=date(2026, 11, 23),
        at=datetime(2026, 11, 26, 16, 30, tzinfo=CHINA),
        package_complete_on=date(2026, 11, 24),
        steps=(
            StepLine("public_comment", 1, "done", "done", date(2026, 9, 1), date(2026, 10, 8), before_sending=True),
            StepLine(
                "legality_review",
                1,
                "waiting",
                started_on=date(2026, 11, 24),
                earliest=PeriodLine(date(2026, 12, 1), "ND-11"),
                due=PeriodLine(date(2026, 12, 15), "ND-12"),
            ),
        ),
        waits=(WaitLine("legality_review", "审核员（婺城区司法局）", date(2026, 11, 24), date(2026, 12, 15)),),
    )
    return replace(waiting, **changes)


A_SIGNATURE = SignatureLine(
    "legality_review",
    1,
    "李四",
    "legal_reviewer",
    "婺城区司法局",
    "to_be_amended",
    datetime(2026, 11, 27, 10, 0, tzinfo=CHINA),
    "code",
    reason="存在限定本地企业的内容",
    on_behalf_of="王五",
    natures=("must_change", "must_change", "note"),
    shown=(SHA,),
)


def a_meeting(**changes: object) -> MeetingContent:
    statements = (
        StatementLine("赵一", "agree", "方案可行。", "副区长"),
        StatementLine("钱二", "reserve", "资金来源还需落实。", "区财政局局长"),
        StatementLine("孙三", "agree", "同意，资金分年安排。", "区长", is_chief=True),
    )
    held = MeetingContent(
        case="2026-MD-0001",
        kind="major_decision",
        title="婺城区城区停车设施建设三年行动方案",
        meeting="区政府第38次常务会议",
        held_on=date(2026, 12, 10),
        time="上午9时",
        result="passed_amended",
        place="区政府三楼会议室",
        host="孙三",
        recorder="周五",
        presenter="区住房和城乡建设局",
        attendees=("孙三", "赵一", "钱二"),
        absentees=("李四（出差）",),
        due=4,
        materials=("决策草案", "公众意见采纳情况报告", "合法性审查意见书"),
        statements=statements,
        reviewed=ReviewedText(SHA, "lawful", "婺司审〔2026〕2号"),
        minutes_number="婺政常纪〔2026〕38号",
    )
    return replace(held, **changes)


# ---- golden structures


def test_golden_opinion_that_asks_for_amendment() -> None:
    earlier = (
        AnsweredItem(LOCAL_ONLY, "adopted"),
        AnsweredItem(CERTIFICATE, "declined", "系统尚未联通"),
        AnsweredItem(UNCLEAR),
    )
    content = an_opinion(
        conclusion="to_be_amended",
        number="婺司审〔2026〕3号",
        round=2,
        earlier_number="婺司审〔2026〕1号",
        items=(LOCAL_ONLY, CERTIFICATE, UNCLEAR),
        earlier=earlier,
        checks=(CheckAnswer("issuer", "sound"), CheckAnswer("content", "items", items=(1, 2))),
        notes=("公开征求意见少于三十日，公告中已说明理由。",),
        signed_by=("李四", "王五"),
        contact=Contact("李四", "0579-00000000"),
        copies_to=("区政府办公室", "区市场监督管理局"),
        supplementary_record=True,
        catalogs_sha256=SHA,
        is_demo=True,
    )
    same_as_golden("opinion_to_be_amended", opinion_paper(content, LAW, WORDS))
    same_as_golden("feedback_table", feedback_paper(content, LAW, WORDS))


@pytest.mark.parametrize("kind", KINDS)
def test_golden_lawful_opinion_of_every_kind(kind: str) -> None:
    drafts = dict(zip(KINDS, ("review_draft", "review_draft", "contract_text", "proposed_decision"), strict=True))
    conclusion = "approved" if kind == "enforcement_decision" else "lawful"
    content = an_opinion(kind=kind, draft_role=drafts[kind], conclusion=conclusion, rules=("MD-20", "ME-05", "CT-05"))
    same_as_golden(f"opinion_{kind}", opinion_paper(content, LAW, WORDS))


def test_golden_sheet_of_a_case_on_its_way() -> None:
    sheet = a_sheet(
        signatures=(A_SIGNATURE,),
        findings=(FindingLine("审核时间少于法定最短期限", "legality_review", "ND-11", "会议已定于近日召开"),),
        supplementary_record=True,
        is_demo=True,
    )
    same_as_golden("sign_off_sheet", sheet_paper(sheet, LAW, WORDS))


def test_golden_meeting_record() -> None:
    same_as_golden("meeting_record", meeting_paper(a_meeting(), LAW, WORDS))


def test_golden_dossier_index() -> None:
    lines = (
        IndexLine("合法性审核意见书.docx", "婺城区司法局", date(2026, 12, 3), SHA, number="婺司审〔2026〕1号"),
        IndexLine("送审稿.docx", "婺城区建设局", date(2026, 11, 23), SHA, pages=12),
        IndexLine("会议签到表", "区政府办公室", None, note="原件存档案室"),
    )
    content = IndexContent(
        "2026-ND-0001", "婺城区停车管理办法", "婺城区司法局", date(2026, 12, 20), lines, is_demo=True
    )
    same_as_golden("dossier_index", index_paper(content, WORDS))


# ---- what they must never say


@pytest.mark.parametrize("state", ["lacking", "open", "suspended"])
def test_the_sheet_of_an_open_case_says_so_and_shows_no_conclusion(state: str) -> None:
    text = structure(sheet_paper(a_sheet(state=state), LAW, WORDS))
    assert "事项尚未办结，不得作为审核通过的凭据" in text
    assert "合法性审核 | 第1轮 | 待办 | 2026年11月24日起" in text
    assert "通过" not in text.replace("审核通过的凭据", "")


def test_the_sheet_of_a_finished_case_names_its_state() -> None:
    text = structure(sheet_paper(a_sheet(state="withdrawn", waits=()), LAW, WORDS))
    assert "事项状态为：已撤回" in text
    assert "尚未办结" not in text


def test_signatures_stand_in_the_order_in_which_they_were_given() -> None:
    later = replace(A_SIGNATURE, person="后签", signed_at=A_SIGNATURE.signed_at + timedelta(hours=1))
    text = structure(sheet_paper(a_sheet(signatures=(later, A_SIGNATURE)), LAW, WORDS))
    assert text.index("李四") < text.index("后签")
    assert "代 王五" in text
    assert "证明方式：本人动态口令" in text


def test_an_opinion_without_items_answers_every_check_of_its_kind() -> None:
    text = opinion_text()
    assert text.count("未提出意见。") == len(LAW.checks["normative_document"]) + 1  # each, and all together
    assert "采纳情况反馈表" not in text


def test_items_that_name_no_check_leave_no_check_said_to_be_without_one() -> None:
    text = opinion_text(items=(LOCAL_ONLY,), conclusion="to_be_amended")
    assert "本次对下列内容进行了审核" in text
    assert "是否合法。未提出意见" not in text


def test_a_check_nobody_answered_is_shown_as_such_beside_those_answered() -> None:
    text = opinion_text(checks=(CheckAnswer("issuer", "sound"),))
    assert "制定主体是否合法。未发现问题。" in text
    assert text.count("未单独作出说明。") == len(LAW.checks["normative_document"]) - 1


def test_only_grounds_in_force_for_the_case_are_cited_and_unread_ones_are_marked() -> None:
    text = opinion_text(rules=("ND-06", "FC-08"))
    assert "《优化营商环境条例》第六十二条；《浙江省公平竞争审查办法》（待核）。" in text
    assert "第七十五条" not in text


def test_a_secret_matter_shows_neither_text_nor_hash() -> None:
    text = opinion_text(is_secret=True, draft_sha256=None, title="第7号事项")
    assert "本事项涉密" in text
    assert SHA[:16] in text  # of the materials list only
    assert "所审文本" not in text


def test_words_of_a_person_are_never_read_as_places_of_a_sentence() -> None:
    text = opinion_text(title="{case}", items=(replace(LOCAL_ONLY, problem="{0.__class__}"),))
    assert "《{case}（送审稿）》" in text
    assert "{0.__class__}" in text


def test_a_title_within_a_title_takes_single_marks() -> None:
    text = opinion_text(title="关于修改《婺城区停车管理办法》的决定")
    assert "报送的《关于修改〈婺城区停车管理办法〉的决定（送审稿）》" in text


def test_a_record_in_which_the_chief_did_not_speak_last_says_so_with_its_ground() -> None:
    meeting = a_meeting()
    text = structure(meeting_paper(replace(meeting, statements=meeting.statements[::-1]), LAW, WORDS))
    assert "并非最后发表意见" in text
    assert LAW.rule("MD-24").versions[0].citation in text


def test_dissent_is_named_even_where_nobody_wrote_of_differences() -> None:
    assert "钱二表示不同意见，已如实记录。" in structure(meeting_paper(a_meeting(), LAW, WORDS))


# ---- the wording itself


def test_every_ground_and_check_names_a_rule_of_the_law_data() -> None:
    named = [ground.rule for ground in WORDS.grounds] + [c.rule for checks in LAW.checks.values() for c in checks]
    assert [rule for rule in named if rule not in LAW.rules] == []
    assert {f"ND-15.{number}" for number in range(1, 8)} == {c.rule for c in LAW.checks["normative_document"]}


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("  signed:", "  signed: a\n  signed:", "重复"),
        ("{names}", "{names!r}", "花括号里只能是名称"),
        ("{names}", "{names.__class__}", "花括号里只能是名称"),
        ("{names}", "{names", "花括号不成对"),
        ("basis:\n  - {rule: ND-05,", "basis:\n  - {rule: ND-05, extra: 1,", "没有这一项"),
        ("common:", "unknown: {a: b}\ncommon:", "没有这一项"),
    ],
)
def test_faulty_wording_is_refused_with_its_key(before: str, after: str, reason: str) -> None:
    text = (CATALOGS / words.FILE).read_text("utf-8").replace(before, after, 1)
    with pytest.raises(CatalogError, match=reason):
        words.read(text)


def test_a_sentence_that_is_missing_or_has_a_place_without_value_is_an_error_with_its_name() -> None:
    with pytest.raises(CatalogError, match="opinion.nothing"):
        WORDS.say("opinion", "nothing")
    with pytest.raises(CatalogError, match="round"):
        WORDS.say("sheet", "round")

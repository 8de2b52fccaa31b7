"""集体讨论: what may come before a meeting, what the record must say, what each result makes happen."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, update

from review_flows.cases import moves
from review_flows.cases.papers import issue_papers
from review_flows.decisions import agenda, amended_text, discussions, meeting_show
from review_flows.decisions import meeting as book
from review_flows.decisions.meeting_pack import pack_files, zipped
from review_flows.decisions.meeting_papers import agenda_paper, minutes_paper, refile_record
from review_flows.errors import ReviewFlowsError
from review_flows.flows.steps import WORKS
from review_flows.people.person import Person, find
from review_flows.records.audit import SYSTEM, verify
from review_flows.records.database import reading, writing
from review_flows.text.reading import read
from tests.cases.building import DRAFT, Office, Package, a_contract, a_decision, a_document, a_penalty

STEP = "collective_discussion"
SECRETARY = "test-meeting-secretary"
MUST = {
    "article": "第二条",
    "problem": "缩小了保障范围",
    "basis": "上位法",
    "suggestion": "删去",
    "nature": "must_change",
}
STATEMENTS = [
    {"name": "方文", "post": "副区长", "stance": "agree", "words": "目标明确，措施可行。"},
    {"name": "许军", "post": "副区长", "stance": "disagree", "words": "收入测算偏乐观，建议压缩规模。"},
    {"name": "吴敏", "post": "副区长", "stance": "agree", "words": "没有补充意见。"},
    {
        "name": "陈立",
        "post": "区长",
        "stance": "agree",
        "words": "同意，许军同志的意见请承办单位吸收。",
        "is_chief": True,
    },
]
ATTENDEES = ["陈立（区长）", "方文（副区长）", "许军（副区长）", "吴敏（副区长）"]


class Chamber:
    """The meetings of an office: its secretary acts, each time with the clock of the office."""

    def __init__(self, office: Office) -> None:
        self.office, self.home, self.catalogs = office, office.home, office.catalogs

    def act(self, do: Callable[[Session, Person], Any], person: str = SECRETARY) -> Any:
        """What an act of a person gives, in a transaction of its own."""
        with writing(self.home.engine) as session:
            return do(session, find(session, person))

    def call(self, on: str, number: int | None = 12, kind: str = "常务会议", organ: str = "区政府", **more: Any) -> str:
        told = {"host": "陈立", "recorder": "周宁", "time": "9时30分", "place": "区政府三楼会议室"} | more
        made = self.act(
            lambda s, p: book.call(
                s, self.catalogs, p, organ=organ, kind=kind, number=number, held_on=date.fromisoformat(on),
                now=self.office.now(), **told,
            )
        )  # fmt: skip
        return str(made.id)

    def put(self, meeting: str, case: str, **more: Any) -> Any:
        issue_papers(self.home, self.catalogs, case, self.office.now(), WORKS)
        return self.act(lambda s, p: agenda.put(s, self.catalogs, meeting, case, p, now=self.office.now(), **more))

    def refusal(self, meeting: str, case: str) -> str:
        """The sentence with which a case is kept off an agenda."""
        with pytest.raises(ReviewFlowsError) as refused:
            self.put(meeting, case)
        return str(refused.value)

    def hold(self, meeting: str, **more: Any) -> Any:
        told: dict[str, Any] = {
            "attendees": ATTENDEES,
            "absentees": ["何芳（因公出差）"],
            "observers": ["区司法局"],
        } | more
        return self.act(lambda s, p: book.hold(s, meeting, p, now=self.office.now(), **told))

    def lacks(self, case: str, meeting: str | None = None) -> list[str]:
        with reading(self.home.engine) as session:
            from review_flows.cases.standing import find_case

            at = book.find_meeting(session, meeting) if meeting else None
            found = agenda.lacks_of(session, self.catalogs, find_case(session, case), now=self.office.now(), meeting=at)
        return [str(lack) for lack in found]

    def show(self, meeting: str) -> Any:
        with reading(self.home.engine) as session:
            return meeting_show.show(session, self.catalogs, meeting, self.office.now())

    def confirm(self, case: str, person: str, signs_as: str | None = None) -> Any:
        now = self.office.now()
        made = self.act(
            lambda s, p: discussions.confirm(
                s, self.catalogs, discussions.newest(s, case), p, signs_as=signs_as, now=now
            ),
            person,
        )
        refile_record(self.home, self.catalogs, case, now)
        return made

    def amended(self, case: str, *, substantial: bool, reason: str = "") -> None:
        def settle(session: Session, person: Person) -> None:
            found = amended_text.amendment_of(session, self.home, self.catalogs, case)
            amended_text.settle(
                session, self.catalogs, found, person, substantial=substantial, reason=reason, now=self.office.now()
            )

        self.act(settle)
        self.office.advance(case)

    def text(self, data: bytes) -> str:
        return "\n".join(block.text for block in read(data, "文书.docx").blocks)

    def paper(self, case: str, role: str = "meeting_record") -> str:
        """The newest paper of a role, as text."""
        issue_papers(self.home, self.catalogs, case, self.office.now(), WORKS)
        papers = [d for d in self.office.show(case)["documents"] if d["role"] == role]
        return self.text(self.home.store.read(papers[-1]["sha256"]))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def chamber(office: Office) -> Chamber:
    return Chamber(office)


def heard(package: Package) -> Package:
    """A decision whose public participation was done before it was sent."""
    return package.but(papers={"comment_adoption_report": "公众意见采纳情况：收到12条，采纳9条。"})


def reviewed(office: Office, package: Package | None = None) -> str:
    """A case that waits for its discussion: reviewed as lawful on 2026-12-03."""
    case = office.submit(package or heard(a_decision()))
    office.until("2026-12-03")
    conclusion = "approved" if package and package.kind == "enforcement_decision" else "lawful"
    office.sign(case, "legality_review", conclusion, reason="合法")
    return case


def discussed(chamber: Chamber, case: str, conclusion: str, result: str | None = None, **more: Any) -> str:
    """The case put on a meeting of 2026-12-08 and discussed there; returns the meeting."""
    meeting = chamber.call("2026-12-08")
    chamber.put(meeting, case, presenter="郑华（区建设局局长）")
    chamber.office.until("2026-12-08")
    chamber.hold(meeting)
    told = {"statements": STATEMENTS} | more.pop("meeting", {})
    given = {"result": result} if result else {}
    chamber.office.sign(case, STEP, conclusion, meeting=told, **given, **more)
    issue_papers(chamber.home, chamber.catalogs, case, chamber.office.now(), WORKS)
    chamber.office.advance(case)
    return meeting


# --- what may come before a meeting ----------------------------------------------------------------------------------

NOT_READY = [
    # situation, the package, the meeting, what the refusal names with its rule
    (
        "the opinion is not there",
        lambda: heard(a_decision()), {}, ["合法性审查尚未办结", "第25条", "MD-17"],
    ),
    (
        "social risk without assessment",
        lambda: heard(a_decision(facts={"social_risk": True})), {}, ["风险评估报告", "第22、23条", "MD-14"],
    ),
    (
        "professional matter without experts",
        lambda: heard(a_decision(facts={"professional": True})), {}, ["专家论证意见", "第19条", "MD-12"],
    ),
    (
        "business without fair competition review",
        lambda: heard(a_decision(facts={"business_related": True})), {}, ["公平竞争审查尚未办结", "FC-06"],
    ),
    (
        "the public was not heard",
        lambda: a_decision(), {}, ["公众意见采纳情况报告", "第14条"],
    ),
    (
        "the meeting of another organ",
        lambda: heard(a_decision()), {"organ": "区建设局", "kind": "办公会议"}, ["区建设局", "婺城区人民政府讨论"],
    ),
    (
        "a kind of meeting that does not decide it",
        lambda: heard(a_decision()),
        {"kind": "负责人集体讨论", "number": None}, ["应当由常务会议、全体会议讨论", "MD-23"],
    ),
    (
        "a document without its feasibility report",
        lambda: a_document(without=["feasibility_report"]), {}, ["评估论证报告"],
    ),
    ("a contract is approved, not discussed", lambda: a_contract(), {}, ["没有集体讨论环节"]),
    (
        "a simple penalty needs none",
        lambda: a_penalty(facts={"complex_case": False}),
        {"organ": "区建设局", "kind": "负责人集体讨论", "number": None}, ["不需要负责人集体讨论", "ME-12"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "package", "meeting", "named"), NOT_READY, ids=[row[0] for row in NOT_READY])
def test_a_case_that_is_not_ready_is_kept_off_the_agenda_with_everything_that_lacks(
    chamber: Chamber, situation: str, package: Callable[[], Package], meeting: dict[str, Any], named: list[str]
) -> None:
    case = chamber.office.submit(package())
    reason = chamber.refusal(chamber.call("2026-12-08", **meeting), case)
    for words in named:
        assert words in reason, (situation, reason)


def test_everything_that_lacks_is_named_at_once(chamber: Chamber) -> None:
    facts = {"social_risk": True, "professional": True, "business_related": True}
    case = chamber.office.submit(a_decision(facts=facts))
    reason = chamber.refusal(chamber.call("2026-12-08"), case)
    for lacking in ("公众意见采纳情况报告", "专家论证意见", "风险评估报告", "公平竞争审查", "合法性审查"):
        assert lacking in reason
    assert reason.count("713号") >= 4


def test_a_must_item_without_an_answer_keeps_the_case_off_and_a_declined_one_is_told_to_the_meeting(
    chamber: Chamber,
) -> None:
    """国办发〔2018〕115号（六）: declined items are explained when the text is put to the meeting."""
    office = chamber.office
    case = office.submit(a_document())
    office.until("2026-12-03")
    office.sign(case, "legality_review", "to_be_amended", items=[MUST])
    meeting = chamber.call("2026-12-08")
    assert "1 项应当修改的，既未采纳也未说明理由" in chamber.refusal(meeting, case)
    declined = [{"item": 1, "response": "declined", "reason": "上位法允许本级规定范围"}]
    office.sign(case, "drafting", "done", responses=declined)
    chamber.put(meeting, case)
    files = packed(chamber, meeting, case)
    listed = chamber.text(files["目录.docx"])
    assert "上位法允许本级规定范围" in listed
    assert "未完全采纳的应当修改意见1条" in listed


def test_the_meeting_on_the_day_before_the_opinion(chamber: Chamber) -> None:
    """MD-16, 713 art. 25: on the day of the opinion it may be, the day before it may not."""
    case = reviewed(chamber.office)
    refused = chamber.refusal(chamber.call("2026-12-02", number=11), case)
    assert "会议日期（2026-12-02）早于合法性审查办结之日（2026-12-03）" in refused
    assert "第25条" in refused
    chamber.put(chamber.call("2026-12-03"), case)


def test_a_meeting_that_has_not_been_held_cannot_be_recorded(chamber: Chamber) -> None:
    case = reviewed(chamber.office)
    future = {"name": "第12次常务会议", "held_on": "2026-12-08", "statements": STATEMENTS}
    refused = chamber.office.answer(case, STEP, "approved", meeting=future)
    assert "晚于今天" in (refused.reason or "")
    meeting = chamber.call("2026-12-08")
    chamber.put(meeting, case)
    with pytest.raises(ReviewFlowsError, match="还没有召开"):
        chamber.hold(meeting)
    refused = chamber.office.answer(case, STEP, "approved", meeting={"statements": STATEMENTS})
    assert "还没有召开" in (refused.reason or "")


def test_an_office_paper_goes_to_the_governments_meeting(chamber: Chamber) -> None:
    case = reviewed(chamber.office, a_document(issuing_organ="婺城区人民政府办公室"))
    chamber.put(chamber.call("2026-12-08"), case)


def test_a_complex_penalty_is_discussed_by_the_heads(chamber: Chamber) -> None:
    """ME-12, 行政处罚法第57条第2款."""
    case = reviewed(chamber.office, a_penalty())
    meeting = chamber.call("2026-12-08", kind="负责人集体讨论", organ="区建设局", number=None)
    chamber.put(meeting, case)
    assert chamber.show(meeting)["name"] == "婺城区建设局2026年12月8日负责人集体讨论"
    wrong = chamber.call("2026-12-08", kind="办公会议", organ="区建设局", number=3)
    assert "应当由负责人集体讨论讨论" in chamber.refusal(wrong, case) or "ME-12" in chamber.refusal(wrong, case)


KINDS = [
    # organ, kind of meeting, whether such a meeting can be called there
    ("区政府", "常务会议", True), ("区政府", "全体会议", True), ("区政府", "办公会议", False),
    ("区建设局", "办公会议", True), ("区建设局", "常务会议", False), ("白龙桥镇", "党政会议", True),
]  # fmt: skip


@pytest.mark.parametrize(("organ", "kind", "may"), KINDS)
def test_the_kinds_of_meeting_are_those_of_the_rules(chamber: Chamber, organ: str, kind: str, may: bool) -> None:
    """MD-23, ND-19, ME-12: 常务会议 or 全体会议 of governments, 办公会议 of departments, 党政会议 of townships."""
    if may:
        chamber.call("2026-12-08", organ=organ, kind=kind)
        return
    with pytest.raises(ReviewFlowsError, match="会议种类没有"):
        chamber.call("2026-12-08", organ=organ, kind=kind)


def test_only_the_secretary_of_the_organ_acts(chamber: Chamber) -> None:
    office = chamber.office
    office.add_person("wang", "meeting_secretary", office.catalogs.organs.get("区建设局").id)
    with pytest.raises(ReviewFlowsError, match="不是本环节承办单位"):
        chamber.act(
            lambda s, p: book.call(
                s, office.catalogs, p, organ="区政府", kind="常务会议", number=1, held_on=date(2026, 12, 8),
                now=office.now(),
            ),
            "wang",
        )  # fmt: skip
    with pytest.raises(ReviewFlowsError, match="已有第12次常务会议"):
        chamber.call("2026-12-08")
        chamber.call("2026-12-15")


# --- the agenda as time goes on --------------------------------------------------------------------------------------


def test_a_case_whose_draft_changes_stands_blocked_and_is_not_printed(chamber: Chamber) -> None:
    case = reviewed(chamber.office)
    meeting = chamber.call("2026-12-20")
    chamber.put(meeting, case)
    office = chamber.office
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区建设局、区财政局负责")})
    [item] = chamber.show(meeting)["agenda"]
    assert not item["ready"]
    assert "合法性审查" in item["lacks"][0]["reason"]
    with reading(office.home.engine) as session:
        printed = chamber.text(agenda_paper(session, office.home, office.catalogs, book.find_meeting(session, meeting)))
    assert case not in printed
    office.until("2026-12-17")
    office.sign(case, "legality_review", "lawful", reason="复审合法")
    [item] = chamber.show(meeting)["agenda"]
    assert "新的版本" in item["lacks"][0]["reason"]
    chamber.put(meeting, case)
    assert chamber.show(meeting)["agenda"][0]["ready"]


def test_items_keep_their_order_and_those_taken_off_their_reason(chamber: Chamber) -> None:
    office = chamber.office
    cases = [office.submit(heard(a_decision(title=f"方案{n}"))) for n in (1, 2, 3)]
    office.until("2026-12-03")
    for case in cases:
        office.sign(case, "legality_review", "lawful", reason="合法")
    meeting, other = chamber.call("2026-12-08"), chamber.call("2026-12-15", number=13)
    chamber.put(meeting, cases[0])
    chamber.put(meeting, cases[1])
    chamber.put(meeting, cases[2], ordinal=1)
    assert [i["case"] for i in chamber.show(meeting)["agenda"]] == [cases[2], cases[0], cases[1]]
    assert "已经列入" in chamber.refusal(other, cases[0])
    now = office.now()
    chamber.act(lambda s, p: agenda.take_off(s, office.catalogs, meeting, cases[0], p, reason="分管领导外出", now=now))
    chamber.put(other, cases[0])
    shown = chamber.show(meeting)
    assert [i["case"] for i in shown["agenda"]] == [cases[2], cases[1]]
    assert [(i["case"], i["reason"]) for i in shown["taken_off"]] == [(cases[0], "分管领导外出")]
    chamber.act(lambda s, p: book.cancel(s, other, p, reason="与全区会议冲突", now=now))
    chamber.put(meeting, cases[0])
    assert office.events(cases[0]).count("agenda.put") == 3


def test_ready_lists_every_case_with_what_it_lacks(chamber: Chamber) -> None:
    office = chamber.office
    waiting = office.submit(heard(a_decision(title="等待审查的方案")))
    ready = reviewed(office)
    issue_papers(office.home, office.catalogs, ready, office.now(), WORKS)
    with reading(office.home.engine) as session:
        found = meeting_show.ready_cases(
            session, office.catalogs, office.catalogs.organs.get("区政府").id, now=office.now(), limit=10
        )
    assert {c["case"]: c["ready"] for c in found} == {waiting: False, ready: True}


# --- the package -----------------------------------------------------------------------------------------------------


def packed(chamber: Chamber, meeting: str, case: str | None = None) -> dict[str, bytes]:
    def make(session: Session, person: Person) -> dict[str, bytes]:
        found = book.find_meeting(session, meeting)
        return pack_files(session, chamber.home, chamber.catalogs, found, case=case, actor=SYSTEM)

    files: dict[str, bytes] = chamber.act(make)
    return files


def test_the_package_is_in_the_order_of_article_29_and_says_what_is_not_concerned(chamber: Chamber) -> None:
    """MD-22: draft, fair competition, public, experts, risk, opinion; what is 不涉及 stands with its ground."""
    case = reviewed(chamber.office)
    meeting = chamber.call("2026-12-08")
    chamber.put(meeting, case)
    files = packed(chamber, meeting, case)
    names = [name for name in files if name[:2].isdigit()]
    assert [name.split("-")[1] for name in names] == [
        "决策草案", "起草说明", "制定依据", "公众意见采纳情况", "合法性审查意见"
    ]  # fmt: skip
    listed = chamber.text(files["目录.docx"])
    for label, why, rule in (
        ("公平竞争审查情况", "不属于“涉及经营者经济活动”的情形", "FC-01"),
        ("专家论证意见采纳情况", "不属于“专业性技术性较强”的情形", "MD-12"),
        ("风险评估报告", "不属于“可能造成不利影响”的情形", "MD-14"),
    ):
        assert label in listed
        assert f"不涉及：{why}（{chamber.catalogs.rule(rule).versions[-1].citation}，{rule}）" in listed
    assert chamber.catalogs.rule("MD-22").versions[-1].citation in listed
    draft = next(name for name in names if "决策草案" in name)
    assert sha256(files[draft]).hexdigest()[:16] in listed
    assert "meeting.pack_made" in chamber.office.events(case)


def test_the_package_of_a_meeting_is_one_file_that_checks_itself(chamber: Chamber) -> None:
    cases = [reviewed(chamber.office), chamber.office.submit(a_document())]
    chamber.office.until("2026-12-07")
    chamber.office.sign(cases[1], "legality_review", "lawful", reason="合法")
    meeting = chamber.call("2026-12-08")
    for case in cases:
        chamber.put(meeting, case)
    with zipfile.ZipFile(io.BytesIO(zipped(packed(chamber, meeting)))) as archive:
        names = set(archive.namelist())
        assert {"议程.docx", f"议题1-{cases[0]}/目录.docx", f"议题2-{cases[1]}/目录.docx"} <= names
        for line in archive.read("manifest-sha256.txt").decode().splitlines():
            digest, name = line.split("  ", 1)
            assert sha256(archive.read(name)).hexdigest() == digest
            names.remove(name)
    assert names == {"manifest-sha256.txt"}


# --- the record ------------------------------------------------------------------------------------------------------

FIRST_CHIEF = [STATEMENTS[3], *STATEMENTS[:3]]
THIRD_CHIEF = [*STATEMENTS[:2], STATEMENTS[3], STATEMENTS[2]]
MOST_AGAINST = [
    STATEMENTS[0],
    *({"name": name, "stance": "disagree", "words": "不同意"} for name in ("许军", "吴敏")),
    STATEMENTS[3],
]
REFUSED = [
    # situation, conclusion, result, what the meeting's form tells, what the refusal says
    ("the chief speaks third", "approved", None, {"statements": THIRD_CHIEF}, ["末位表态", "第30条第2款", "MD-24"]),
    ("the chief speaks first", "approved", None, {"statements": FIRST_CHIEF}, ["末位表态"]),
    (
        "against the majority without the reason",
        "approved", None, {"statements": MOST_AGAINST}, ["多数人的意见不一致", "第30条第2款", "MD-25"],
    ),
    (
        "refused although most agreed, without the reason",
        "problems_found", "refused", {}, ["多数人的意见不一致", "MD-25"],
    ),
    ("a result against the conclusion", "approved", "refused", {}, ["与结论不符"]),
    ("approved in principle, what is to be amended unsaid", "approved", "passed_amended", {}, ["会议的要求"]),
    ("nobody spoke", "approved", None, {"name": "第12次常务会议", "statements": []}, ["逐人记录发言"]),
    ("another meeting than that of the agenda", "approved", None, {"name": "第99次常务会议"}, ["与所填会议不同"]),
    (
        "an observer speaks as a member",
        "approved", None, {"statements": [{"name": "李法", "stance": "agree"}, *STATEMENTS]}, ["李法不在出席人员之中"],
    ),
    ("host and recorder are one", "approved", None, {"recorder": "陈立"}, ["不是同一人"]),
    ("a day that is no day", "approved", None, {"held_on": "十二月八日"}, ["不是日期"]),
    ("a day that is no day, and nothing else", "approved", None, {"held_on": "8日", "statements": []}, ["不是日期"]),
    (
        "more came than were due",
        "approved", None, {"due": 2, "attendees": ATTENDEES, "absentees": []}, ["应到2人，与出席4人"],
    ),
    (
        "somebody stayed away for no reason",
        "approved", None, {"attendees": ATTENDEES, "absentees": ["何芳"]}, ["写明原因"],
    ),
]  # fmt: skip


def test_a_record_that_may_not_count_is_refused_with_its_ground(chamber: Chamber) -> None:
    case = reviewed(chamber.office)
    meeting = chamber.call("2026-12-08")
    chamber.put(meeting, case)
    chamber.office.until("2026-12-08")
    chamber.hold(meeting)
    for situation, conclusion, result, told, named in REFUSED:
        reason = "" if result == "passed_amended" else "理由" if conclusion == "problems_found" else ""
        given = {"statements": STATEMENTS} | told
        refused = chamber.office.answer(
            case, STEP, conclusion, reason=reason, meeting=given, **({"result": result} if result else {})
        )
        assert not refused.accepted, situation
        for words in named:
            assert words in (refused.reason or ""), (situation, refused.reason)
    chamber.office.sign(case, STEP, "approved", meeting={"statements": STATEMENTS})


def test_an_order_that_was_really_violated_is_recorded_and_stays_a_finding(chamber: Chamber) -> None:
    """MD-24, 713 art. 30: the record must be true (art. 30 para. 3), and what it shows cannot be hidden."""
    case = reviewed(chamber.office)
    told = {"statements": THIRD_CHIEF, "order_explained": "吴敏同志中途到会，会后补充发言"}
    discussed(chamber, case, "approved", meeting=told)
    found = [f for f in chamber.office.show(case)["findings"] if f["kind"] == "meeting.chief_not_last"]
    assert [(f["rule"], f["reason"]) for f in found] == [("MD-24", "吴敏同志中途到会，会后补充发言")]
    assert "finding.noted" in chamber.office.events(case)
    paper = chamber.paper(case)
    assert "并非最后发表意见" in paper
    assert "中途到会" in paper


def test_a_chief_who_differs_with_a_reason_is_recorded_with_it(chamber: Chamber) -> None:
    case = reviewed(chamber.office)
    told = {"statements": MOST_AGAINST, "reason_for_differing": "省定任务年底前须完成"}
    discussed(chamber, case, "approved", meeting=told)
    paper = chamber.paper(case)
    assert "省定任务年底前须完成" in paper
    assert "许军、吴敏表示不同意见，已如实记录" in paper


def test_too_few_members_are_a_finding(chamber: Chamber) -> None:
    case = reviewed(chamber.office)
    meeting = chamber.call("2026-12-08")
    chamber.put(meeting, case)
    chamber.office.until("2026-12-08")
    away = [f"委员{n}（出差）" for n in range(5)]
    chamber.hold(meeting, absentees=away)
    chamber.office.sign(case, STEP, "approved", meeting={"statements": STATEMENTS})
    [found] = chamber.office.show(case)["findings"]
    assert (found["kind"], found["rule"], found["reason"]) == ("meeting.quorum_short", "CM-01", "应到9人，实到4人")


def test_dissent_cannot_vanish_and_a_correction_is_a_further_entry(chamber: Chamber) -> None:
    """MD-26: neither a person nor the database takes a word away."""
    case = reviewed(chamber.office)
    discussed(chamber, case, "approved")
    with pytest.raises(DatabaseError), writing(chamber.home.engine) as session:
        session.connection().execute(update(discussions.Discussion).values(told={"statements": []}))
    now = chamber.office.now()
    chamber.paper(case)
    chamber.act(
        lambda s, p: discussions.correct(
            s, chamber.catalogs, case, p, text="许军的意见应为“保留意见”", reason="本人提出更正", now=now
        )
    )
    refile_record(chamber.home, chamber.catalogs, case, now)
    paper = chamber.paper(case)
    assert "收入测算偏乐观" in paper
    assert "不同意" in paper
    assert "许军的意见应为“保留意见”" in paper
    assert len([d for d in chamber.office.show(case)["documents"] if d["role"] == "meeting_record"]) == 2


def test_a_record_is_signed_only_when_host_and_recorder_have_both_confirmed_it(chamber: Chamber) -> None:
    office = chamber.office
    government = office.catalogs.organs.get("区政府").id
    for person, name in (("chen", "陈立"), ("zhou", "周宁"), ("fang", "方文")):
        office.add_person(person, "meeting_secretary" if person == "zhou" else "unit_head", government, name)
    case = reviewed(office)
    meeting = discussed(chamber, case, "approved")
    chamber.paper(case)

    def unsigned() -> list[str]:
        with reading(office.home.engine) as session:
            return [one["case"] for one in meeting_show.unsigned_records(session, limit=10)]

    assert unsigned() == [case]
    with pytest.raises(ReviewFlowsError, match="方文不能确认"):
        chamber.confirm(case, "fang")
    assert chamber.confirm(case, "chen").signs_as == "host"
    assert unsigned() == [case]
    assert chamber.confirm(case, "zhou").signs_as == "recorder"
    assert unsigned() == []
    assert chamber.confirm(case, "zhou") is None
    assert chamber.show(meeting)["records"][0]["signed"]
    assert "陈立，2026年12月8日" in chamber.paper(case)
    now = office.now()
    chamber.act(lambda s, p: discussions.correct(s, office.catalogs, case, p, text="地点有误", reason="核对", now=now))
    assert unsigned() == [case]  # what they confirmed is not what stands there now


def test_a_secret_matter_is_discussed_on_paper_and_the_trail_still_verifies(chamber: Chamber) -> None:
    """涉密: no file, no paper made here; the agenda and the package list what goes round on paper."""
    office = chamber.office
    papers = dict.fromkeys(a_decision().papers)
    case = office.submit(a_decision(title="代号011", facts={"state_secret": True, "not_public": True}, papers=papers))
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="合法")
    meeting = chamber.call("2026-12-08")
    chamber.put(meeting, case)
    assert "纸质" in chamber.text(packed(chamber, meeting, case)["目录.docx"])
    office.until("2026-12-08")
    chamber.hold(meeting)
    office.sign(case, STEP, "approved", meeting={"statements": STATEMENTS})
    assert [d for d in office.show(case)["documents"] if d["role"] == "meeting_record"] == []
    with reading(office.home.engine) as session:
        found = verify(session, office.home.store)
    assert found.ok, found


# --- what each result makes happen -----------------------------------------------------------------------------------


def test_passed_goes_on(chamber: Chamber) -> None:
    case = reviewed(chamber.office, heard(a_decision(facts={"needs_party_report": True})))
    discussed(chamber, case, "approved", "passed")
    assert [w.step for w in chamber.office.waits(case)] == ["party_report"]
    assert "会议决定：通过" in chamber.paper(case)


def test_passed_in_principle_waits_for_the_amended_text_and_goes_on_when_it_is_as_decided(chamber: Chamber) -> None:
    office = chamber.office
    case = reviewed(office)
    discussed(chamber, case, "approved", "原则通过，修改后印发", reason="第三条补充区财政局为责任单位")
    assert [w.step for w in office.waits(case)] == ["drafting"]
    assert any("修改后的文稿还没有送来" in b["reason"] for b in office.show(case)["blocked"])
    with pytest.raises(ReviewFlowsError, match="还没有送来修改稿"):
        chamber.amended(case, substantial=False)
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区建设局、区财政局负责")})
    assert [w.step for w in office.waits(case)] == []
    assert any("尚待核对" in b["reason"] for b in office.show(case)["blocked"])
    with reading(office.home.engine) as session:
        shown = amended_text.amendment_of(session, office.home, office.catalogs, case).to_json()
    assert shown["compared"]
    assert [c["new"]["article"] for c in shown["changes"]] == ["第三条"]
    if shown["substantive"]:
        with pytest.raises(ReviewFlowsError, match="须写明理由"):
            chamber.amended(case, substantial=False)
    chamber.amended(case, substantial=False, reason="增列责任单位系会议决定")
    assert office.waits(case)[0].step == "publication"
    assert [f["kind"] for f in office.show(case)["findings"]] == ["amended_text.substantive"] * bool(
        shown["substantive"]
    )


def test_an_amended_text_that_differs_in_substance_is_reviewed_again_before_it_goes_on(chamber: Chamber) -> None:
    """FC-10 for the competition, MD-16 for the legality; no second meeting is needed."""
    office = chamber.office
    case = reviewed(office)
    discussed(chamber, case, "approved", "passed_amended", reason="补贴范围调整")
    office.send(case, {"review_draft": DRAFT.replace("本办法适用于本区", "本办法不适用于本区")})
    chamber.amended(case, substantial=True, reason="适用范围相反")
    assert [w.step for w in office.waits(case)] == ["legality_review"]
    assert any("须重新审核" in b["reason"] for b in office.show(case)["blocked"] if b["step"] == "publication")
    office.until("2026-12-22")
    office.sign(case, "legality_review", "lawful", reason="修改稿合法")
    assert [w.step for w in office.waits(case)] == ["publication"]


def test_a_substantial_amendment_of_a_business_matter_is_reviewed_for_competition_first(chamber: Chamber) -> None:
    office = chamber.office
    case = office.submit(
        heard(a_decision(facts={"business_related": True}, papers={"fair_competition_opinion": "审查意见：可以出台"}))
    )
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="合法")
    discussed(chamber, case, "approved", "passed_amended", reason="调整准入条件")
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区建设局只能委托一家企业负责")})
    chamber.amended(case, substantial=True, reason="准入条件变化")
    assert [w.step for w in office.waits(case)] == ["fair_competition_review"]
    assert office.step(case, "fair_competition_review")["round"] == 2


def test_again_opens_another_round_for_another_meeting(chamber: Chamber) -> None:
    office = chamber.office
    case = reviewed(office)
    told = {"reason_for_differing": "意见分歧较大"}
    discussed(chamber, case, "problems_found", "again", reason="资金来源须进一步落实", meeting=told)
    assert [(w.step, w.round) for w in office.waits(case)] == [(STEP, 2)]
    assert office.show(case)["state"] == "open"
    chamber.put(chamber.call("2026-12-15", number=13), case)


def test_refused_ends_the_case(chamber: Chamber) -> None:
    case = reviewed(chamber.office)
    told = {"reason_for_differing": "财政承受能力不足"}
    discussed(chamber, case, "problems_found", "refused", reason="财政承受能力不足", meeting=told)
    shown = chamber.office.show(case)
    assert (shown["state"], shown["waiting_for"]) == ("rejected", [])
    assert "会议决定：不予通过" in chamber.paper(case)


def test_shelved_rests_until_it_is_resumed_and_is_then_discussed_again(chamber: Chamber) -> None:
    office = chamber.office
    case = reviewed(office)
    told = {"reason_for_differing": "上级政策即将调整"}
    discussed(chamber, case, "problems_found", "shelved", reason="待上级政策明确", meeting=told)
    assert office.show(case)["state"] == "suspended"
    assert "已中止，不能上会" in " ".join(chamber.lacks(case))
    now = office.now()
    chamber.act(lambda s, p: moves.resume(s, office.catalogs, case, p, reason="政策已明确", now=now))
    office.advance(case)
    assert [(w.step, w.round) for w in office.waits(case)] == [(STEP, 2)]
    chamber.put(chamber.call("2026-12-15", number=13), case)


def test_an_answer_without_a_result_goes_on_as_its_conclusion_says(chamber: Chamber) -> None:
    office = chamber.office
    case = reviewed(office)
    office.sign(case, STEP, "problems_found", reason="会议要求补充测算")
    assert [w.step for w in office.waits(case)] == ["drafting"]


# --- papers of the meeting -------------------------------------------------------------------------------------------


def test_the_minutes_tell_every_item_its_dissent_and_what_follows(chamber: Chamber) -> None:
    office = chamber.office
    case = reviewed(office)
    meeting = discussed(
        chamber,
        case,
        "approved",
        "passed_amended",
        reason="第三条补充责任单位",
        meeting={"differences": "规模是否压缩"},
    )
    with reading(office.home.engine) as session:
        found = book.find_meeting(session, meeting)
        text = chamber.text(minutes_paper(session, office.home, office.catalogs, found, number="〔2026〕12号"))
    for words in (
        "常务会议纪要", "〔2026〕12号", "陈立主持召开", "郑华（区建设局局长）", "规模是否压缩", "许军表示不同意见",
        "会议决定：原则通过，修改后印发", "第三条补充责任单位", "修改稿有实质性修改的，重新审核", "应到5人，实到4人",
        "何芳（因公出差）", "区司法局", f"尚未经主持人和记录人确认，本纪要为草稿：{case}",
    ):  # fmt: skip
        assert words in text, words


def test_minutes_of_a_meeting_without_records_are_refused(chamber: Chamber) -> None:
    meeting = chamber.call("2026-12-08")
    with reading(chamber.home.engine) as session, pytest.raises(ReviewFlowsError, match="还没有讨论记录"):
        minutes_paper(session, chamber.home, chamber.catalogs, book.find_meeting(session, meeting))

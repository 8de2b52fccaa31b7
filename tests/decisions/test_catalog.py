"""The yearly catalogue: proposed, studied, consented to, published, adjusted, rolled over, linked to its cases.

《重大行政决策程序暂行条例》第三条、第十条（MD-02、MD-03、MD-04、MD-34）；浙法联办〔2021〕1号（MD-35）.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from review_flows.decisions import catalog as book
from review_flows.decisions import catalog_acts as acts
from review_flows.decisions.catalog_hand import Hand
from review_flows.decisions.catalog_progress import light, statistics, unanswered, unpublished
from review_flows.errors import NotFound, ReviewFlowsError, SignOffError
from review_flows.records.audit import entries
from review_flows.records.database import reading
from tests.cases.building import Office, a_contract, a_decision
from tests.decisions.catalog_desk import CONSENTED_ON, ORGAN, PUBLISHED_ON, STUDIED_ON, YEAR, Desk, a_draft

DEPUTY = {"kind": "deputy", "name": "区人大代表李某", "reference": "婺人建〔2026〕12号"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def completed(office: Office, title: str) -> str:
    """A decision that ran to its end (as the record has it)."""
    from review_flows.cases.advance import end_case
    from review_flows.cases.standing import find_case
    from review_flows.records.database import writing

    case = office.submit(a_decision(title=title, papers={"comment_adoption_report": "采纳情况"}))
    with writing(office.home.engine) as session:
        end_case(session, find_case(session, case), "completed", now=office.now())
    return case


def in_hand(office: Office, title: str = "停车设施建设", **facts: Any) -> str:
    return office.submit(a_decision(title=title, facts=facts, papers={"comment_adoption_report": "采纳情况"}))


# --- what an item is -------------------------------------------------------------------------------------------------

PROCEDURES = [
    # situation, facts, the steps beside public participation, legality review and discussion, their rules
    ("ordinary", {}, {}),
    ("professional", {"professional": True}, {"expert_argumentation": "MD-12"}),
    ("risk", {"social_risk": True}, {"risk_assessment": "MD-14"}),
    ("risk assessed elsewhere", {"social_risk": True, "risk_already_assessed": True}, {}),
    ("business", {"business_related": True}, {"fair_competition_review": "FC-01"}),
]
ALWAYS = {"public_participation": "MD-06", "legality_review": "MD-16", "collective_discussion": "MD-23"}


@pytest.mark.parametrize(("situation", "facts", "more"), PROCEDURES, ids=[row[0] for row in PROCEDURES])
def test_each_item_names_its_procedures_and_why(
    desk: Desk, situation: str, facts: Mapping[str, Any], more: Mapping[str, str]
) -> None:
    """MD-35: 目录载明每一事项应履行的程序；涉及经营者的载明公平竞争审查."""
    (number,) = desk.propose(a_draft(facts=facts))
    named = {entry["step"]: entry for entry in desk.item(number).procedures}
    assert set(named) == {*ALWAYS, *more}
    for step, rule in (ALWAYS | dict(more)).items():
        assert named[step]["rule"] == rule
    for entry in named.values():
        assert entry["required"] is True
        assert entry["citation"]
        assert entry["confidence"] in desk.office.catalogs.terms["confidences"]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("macro control", {"facts": {"excluded_matter": "macro_control"}}, "不适用重大行政决策程序.*第3条第2款.*MD-02"),
    ("legislation", {"facts": {"excluded_matter": "legislation"}}, "MD-02"),
    ("emergency response", {"facts": {"excluded_matter": "emergency_response"}}, "MD-02"),
    ("price hearing under the price law", {"facts": {"excluded_matter": "other_law"}}, "MD-02"),
    ("voted by the people's congress", {"facts": {"excluded_matter": "peoples_congress"}}, "国家发展规划法.*MD-34"),
    ("state secret", {"facts": {"state_secret": True}}, "涉密事项不列入目录"),
    ("no title", {"title": " "}, "没有事项名称"),
    ("no unit", {"units": ()}, "没有承办单位"),
    ("unknown unit", {"units": ("火星局",)}, "“火星局”不在制定主体清单中"),
    ("a unit twice", {"units": ("婺城区建设局", "区建设局")}, "承办单位有重复"),
    ("no basis", {"basis": ""}, "没有依据"),
    ("unknown proposer", {"initiator": {"kind": "王某"}}, "没有提出人种类"),
    ("deputies without a number", {"initiator": {"kind": "deputy", "name": "李某"}}, "人大代表建议须写明编号"),
    ("a citizen without a name", {"initiator": {"kind": "public"}}, "须写明提出人"),
    ("a fact of a case", {"facts": {"catalog_item": "3"}}, "没有这一项情况 catalog_item"),
]


@pytest.mark.parametrize(("situation", "changes", "said"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_stand_in_a_catalogue_is_refused_with_the_ground(
    desk: Desk, situation: str, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ReviewFlowsError, match=said):
        desk.propose(a_draft(**{"title": "城市供水价格"} | changes))
    with reading(desk.office.home.engine) as session, pytest.raises(NotFound):
        desk.catalog(session)  # nothing was made


def test_all_faults_of_all_drafts_are_told_at_once_and_none_is_taken(desk: Desk) -> None:
    with pytest.raises(ReviewFlowsError) as refused:
        desk.propose(a_draft("甲", units=("火星局",)), a_draft("乙"), a_draft("乙", basis=""))
    said = str(refused.value)
    assert "有 3 处要改" in said
    assert "第1项《甲》：承办单位“火星局”" in said
    assert "第3项《乙》：没有依据" in said
    assert "第3项《乙》：与第 2 项同名" in said


# --- no state is skipped ---------------------------------------------------------------------------------------------


def test_an_item_goes_from_proposal_over_study_and_consent_to_publication(desk: Desk) -> None:
    desk.published()
    standing = desk.standing(1)
    assert standing.state == "published"
    assert [(move.act, move.done_on) for move in standing.moves[1:]] == [
        ("studied", STUDIED_ON),
        ("consented", CONSENTED_ON),
        ("published", PUBLISHED_ON),
    ]
    studied, consented, published = standing.moves[1:]
    assert studied.reason == "必要、可行"
    assert consented.paper is not None
    assert desk.office.home.store.read(consented.paper["sha256"])
    assert published.channel == "区政府网站"
    assert {move.person for move in standing.moves} == {"test-registrar"}


SKIPPED: list[tuple[str, Callable[[Desk], None], str]] = [
    ("consent before study", lambda d: d.consent(), "还没有研究论证.*第10、11条"),
    ("publication before study", lambda d: d.publish(), "还没有同级党委同意.*第3条第3款"),
    ("publication before consent", lambda d: (d.study(), d.publish())[-1], "还没有同级党委同意"),
    ("studied twice", lambda d: (d.study(1), d.study(1))[-1], "研究论证通过”，不是“已提出建议"),
    ("study without a reason", lambda d: d.study(reason=" "), "理由"),
    ("study of tomorrow", lambda d: d.study(on=date(2026, 11, 24)), "晚于今天"),
    ("consent before the study", lambda d: (d.study(), d.consent(on=date(2026, 1, 5)))[-1], "早于第 1 项“研究论证"),
    (
        "publication before the consent",
        lambda d: (d.study(), d.consent(), d.publish(on=date(2026, 1, 15)))[-1],
        "早于第 1 项“同级党委同意”",
    ),
    ("no channel", lambda d: (d.study(), d.consent(), d.publish(channel=" "))[-1], "渠道"),
    ("a department without its argument", lambda d: d.study(paper=None), "论证材料.*第10、11条"),
    ("adjusted before publication", lambda d: d.adjust(1, {"title": "新"}), "还没有公布"),
    ("linked before publication", lambda d: d.link(in_hand(d.office), 1), "不在公布的目录里"),
]


@pytest.mark.parametrize(("situation", "act", "said"), SKIPPED, ids=[row[0] for row in SKIPPED])
def test_no_state_is_skipped(desk: Desk, situation: str, act: Callable[[Desk], None], said: str) -> None:
    desk.propose(a_draft())
    with pytest.raises(ReviewFlowsError, match=said):
        act(desk)
    assert "published" not in desk.acts(1)


def test_a_late_proposal_needs_its_own_consent(desk: Desk) -> None:
    desk.propose(a_draft("甲"))
    desk.study()
    desk.consent()
    desk.propose(a_draft("乙"))
    with pytest.raises(ReviewFlowsError, match="第 2 项（已提出建议）还没有同级党委同意"):
        desk.publish()
    desk.study(2)
    desk.consent(on=date(2026, 1, 25))
    desk.publish()
    assert [item.state for item in desk.items()] == ["published", "published"]


def test_a_fact_left_out_is_settled_before_the_study(desk: Desk) -> None:
    """A fact left out is a question, not a no: what is not known cannot be published as not required."""
    desk.propose(a_draft(unasked=["social_risk", "business_related"]))
    open_steps = {entry["step"] for entry in desk.item(1).procedures if entry["required"] is None}
    assert open_steps == {"risk_assessment", "fair_competition_review"}
    with pytest.raises(ReviewFlowsError, match="第 1 项应履行哪些程序还不能确定.*social_risk.*business_related"):
        desk.study()
    with desk.hand() as hand:
        acts.revise(hand, YEAR, ORGAN, 1, {"facts": {"social_risk": True, "business_related": False}})
    with pytest.raises(ReviewFlowsError, match="早于第 1 项“公布前修改”"):
        desk.study()
    desk.study(on=desk.office.now().date())
    assert [entry["step"] for entry in desk.item(1).procedures if entry["rule"] == "MD-14"] == ["risk_assessment"]


def test_a_revised_proposal_is_studied_again(desk: Desk) -> None:
    desk.propose(a_draft())
    desk.study()
    desk.consent()
    with desk.hand() as hand:
        acts.revise(hand, YEAR, ORGAN, 1, {"facts": {"business_related": True}}, "涉及停车经营者")
    item = desk.item(1)
    assert item.state == "proposed"
    assert "fair_competition_review" in {entry["step"] for entry in item.procedures}
    assert desk.acts(1) == ["proposed", "studied", "consented", "revised"]
    with pytest.raises(ReviewFlowsError, match="还没有同级党委同意"):
        desk.publish()


def test_a_declined_proposal_is_not_published_and_its_proposer_is_told(desk: Desk) -> None:
    """713 art. 10: what became of the proposal of a deputy."""
    desk.propose(a_draft("甲"), a_draft("乙", initiator=DEPUTY))
    desk.study(1)
    desk.study(2, accepted=False, reason="已由市级项目实施，不重复立项", paper=None)
    assert unanswered(desk.office.catalogs, desk.standing(2))
    with desk.hand() as hand:
        acts.reply(hand, YEAR, ORGAN, 2, on=date(2026, 1, 16), text="不列入的理由已当面说明")
    assert not unanswered(desk.office.catalogs, desk.standing(2))
    desk.consent()
    desk.publish()
    assert [item.state for item in desk.items()] == ["published", "declined"]
    assert desk.acts(2) == ["proposed", "declined", "replied"]
    assert desk.item(2).initiator == DEPUTY


def test_a_proposer_is_not_answered_before_the_study(desk: Desk) -> None:
    desk.propose(a_draft(initiator=DEPUTY))
    with desk.hand() as hand, pytest.raises(ReviewFlowsError, match="还没有研究论证"):
        acts.reply(hand, YEAR, ORGAN, 1, on=date(2026, 1, 16), text="已收到")


# --- who acts --------------------------------------------------------------------------------------------------------

ACTORS = [
    # person, role, unit, may propose, may study
    ("gov", "registrar", "government-office", True, True),
    ("sec", "meeting_secretary", "wucheng-government", True, True),
    ("builder", "handler", "housing", True, False),
    ("stranger", "handler", "education", False, False),
    ("reviewer", "legal_reviewer", "justice", False, False),
    ("other", "registrar", "education", False, False),
]


@pytest.mark.parametrize(("person", "role", "unit", "proposes", "studies"), ACTORS, ids=[row[0] for row in ACTORS])
def test_each_act_is_that_of_a_person_with_the_office(
    desk: Desk, person: str, role: str, unit: str, proposes: bool, studies: bool
) -> None:
    unit = desk.office.catalogs.organs.get("婺城区建设局").id if unit == "housing" else unit
    desk.office.add_person(person, role, unit)
    desk.propose(a_draft("已有的事项"))

    def may(act: Callable[[Hand], object]) -> bool:
        try:
            with desk.hand(person) as hand:
                act(hand)
        except SignOffError:
            return False
        return True

    assert may(lambda hand: acts.propose(hand, YEAR, ORGAN, [a_draft("又一事项")])) is proposes
    told = {"accepted": True, "on": STUDIED_ON, "reason": "可行", "paper": desk.paper("论证.pdf")}
    assert may(lambda hand: acts.study(hand, YEAR, ORGAN, [1], **told)) is studies  # type: ignore[arg-type]


def test_the_console_may_bring_in_proposals_and_nothing_else(desk: Desk) -> None:
    desk.propose(a_draft(), person=None)
    assert desk.standing(1).moves[0].person == "console"
    with desk.hand(None) as hand, pytest.raises(SignOffError, match="--as"):
        acts.study(hand, YEAR, ORGAN, (), accepted=True, on=STUDIED_ON, reason="可行")


def test_every_act_is_in_the_trail_with_its_person_and_paper(desk: Desk) -> None:
    desk.published()
    desk.adjust(1, {"title": "新名称"})
    with reading(desk.office.home.engine) as session:
        told = [entry for entry in entries(session, event="decision_*") if entry.actor.role == "registrar"]
    assert [entry.event for entry in told] == [
        "decision_catalog.made",
        "decision_item.added",
        "decision_items.studied",
        "decision_catalog.consented",
        "decision_catalog.published",
        "decision_item.adjusted",
    ]
    labels = desk.office.catalogs.terms["events"]
    assert all(entry.event in labels for entry in told)
    consented, adjusted = told[3], told[5]
    assert consented.documents == (desk.paper("区委常委会会议纪要〔2026〕3号.pdf").sha256,)
    assert adjusted.payload is not None
    assert adjusted.payload["before"]["title"] != adjusted.payload["after"]["title"]


# --- adjustment ------------------------------------------------------------------------------------------------------


def test_an_adjustment_keeps_both_texts_who_approved_it_and_the_paper(desk: Desk) -> None:
    desk.published(a_draft("甲"), a_draft("乙"))
    desk.adjust(1, {"title": "甲（二期）", "facts": {"social_risk": True}})
    desk.remove(2, reason="并入甲")
    added = desk.add(a_draft("丙"), reason="上级部署")
    assert [item.state for item in desk.items()] == ["published", "removed", "published"]
    assert "risk_assessment" in {entry["step"] for entry in desk.item(1).procedures}
    with reading(desk.office.home.engine) as session:
        made = [
            (item.number, move.act, (move.before or {}).get("title"), (move.after or {}).get("title"), move.approved_by)
            for item, move in book.adjustments_of(session, desk.catalog(session))
        ]
    approved = "区政府第12次常务会议"
    assert made == [
        (1, "changed", "甲", "甲（二期）", approved),
        (2, "removed", "乙", None, approved),
        (added, "added", None, "丙", approved),
    ]


WRONG_ADJUSTMENTS: list[tuple[str, Callable[[Desk], object], str]] = [
    ("no reason", lambda d: d.adjust(1, {"title": "新"}, reason=" "), "理由.*第3条第3款"),
    ("nobody approved", lambda d: d.adjust(1, {"title": "新"}, approved_by=""), "批准机关"),
    ("before publication", lambda d: d.adjust(1, {"title": "新"}, on=date(2026, 1, 1)), "早于目录公布"),
    ("of tomorrow", lambda d: d.adjust(1, {"title": "新"}, on=date(2026, 11, 24)), "晚于今天"),
    ("nothing changed", lambda d: d.adjust(1, {}), "没有写明要改什么"),
    ("the same text again", lambda d: d.adjust(1, {"title": "甲"}), "与调整前相同"),
    ("another item's title", lambda d: d.adjust(1, {"title": "乙"}), "同名"),
    ("an excluded matter", lambda d: d.adjust(1, {"facts": {"excluded_matter": "legislation"}}), "MD-02"),
    ("no such item", lambda d: d.adjust(9, {"title": "新"}), "没有找到"),
    ("taken out twice", lambda d: (d.remove(2), d.remove(2))[-1], "已移出”，不在公布的目录里"),
    ("proposed after publication", lambda d: d.propose(a_draft("丁")), "adjust --add"),
    ("published twice", lambda d: d.publish(), "已于 2026-02-01 公布"),
]


@pytest.mark.parametrize(("situation", "act", "said"), WRONG_ADJUSTMENTS, ids=[row[0] for row in WRONG_ADJUSTMENTS])
def test_an_adjustment_without_ground_is_refused(
    desk: Desk, situation: str, act: Callable[[Desk], object], said: str
) -> None:
    desk.published(a_draft("甲"), a_draft("乙"))
    with pytest.raises(ReviewFlowsError, match=said):
        act(desk)
    assert desk.item(1).title == "甲"


def test_an_item_whose_decision_is_in_hand_is_not_taken_out(desk: Desk) -> None:
    desk.published()
    case = in_hand(desk.office)
    desk.link(case, 1)
    with pytest.raises(ReviewFlowsError, match=f"正由 {case} 办理"):
        desk.remove(1)


# --- progress --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "planned_on", "colour"),
    [
        ("published", date(2026, 11, 22), "red"),
        ("published", date(2026, 11, 23), "yellow"),
        ("started", date(2026, 12, 23), "yellow"),
        ("started", date(2026, 12, 24), "green"),
        ("finished", date(2026, 1, 1), "green"),
        ("removed", date(2026, 1, 1), "green"),
    ],
)
def test_progress_is_green_yellow_or_red(state: str, planned_on: date, colour: str) -> None:
    assert light(state, planned_on, date(2026, 11, 23), 30) == colour


def test_an_item_is_started_and_finished_with_its_real_case(desk: Desk, office: Office) -> None:
    desk.published(a_draft("甲", planned_on=date(2026, 6, 30)), a_draft("乙", planned_on=date(2026, 6, 30)))
    desk.link(case := in_hand(office), 1)
    desk.link(done := completed(office, "乙"), 2)
    first, second = desk.standing(1), desk.standing(2)
    assert (first.state, first.light, first.case and first.case.number) == ("started", "red", case)
    assert (second.state, second.light, second.case and second.case.number) == ("finished", "green", done)
    assert [each.item.number for each in desk.standings() if each.warns] == [1]


def test_an_item_is_free_again_when_its_case_is_given_up(desk: Desk, office: Office) -> None:
    from review_flows.cases.moves import withdraw

    desk.published()
    desk.link(first := in_hand(office), 1)
    second = in_hand(office, "停车设施建设（重新报送）")
    with pytest.raises(ReviewFlowsError, match=f"已由 {first} 办理"):
        desk.link(second, 1)
    with desk.hand("test-handler") as hand:
        assert hand.person is not None
        withdraw(hand.session, office.catalogs, first, hand.person, reason="重新论证", now=office.now())
    assert desk.standing(1).state == "published"
    desk.link(second, 1)
    assert desk.standing(1).state == "started"


def test_a_contract_is_no_decision(desk: Desk, office: Office) -> None:
    desk.published()
    with pytest.raises(ReviewFlowsError, match="只对应重大行政决策"):
        desk.link(office.submit(a_contract()), 1)


# --- the turn of the year --------------------------------------------------------------------------------------------


def test_what_is_not_finished_is_carried_into_the_next_year_once(desk: Desk, office: Office) -> None:
    desk.published(a_draft("甲"), a_draft("乙"), a_draft("丙"))
    desk.link(completed(office, "甲"), 1)
    desk.link(case := in_hand(office, "乙"), 2)
    office.until("2027-01-05")
    assert desk.roll() == [1, 2]
    assert desk.roll() == []
    new = Desk(office, year=2027)
    carried = new.items()
    assert [(item.title, item.carried_year, item.carried_number, item.state) for item in carried] == [
        ("乙", 2026, 2, "proposed"),
        ("丙", 2026, 3, "proposed"),
    ]
    assert [each.carried_to for each in desk.standings()] == [None, 1, 2]
    assert [each.item.number for each in desk.standings() if each.warns] == []  # they are looked after in the new year
    with pytest.raises(ReviewFlowsError, match="还没有同级党委同意"):
        new.publish(on=date(2027, 1, 5))
    new.study(on=date(2027, 1, 5))
    new.consent(on=date(2027, 1, 5))
    new.publish(on=date(2027, 1, 5))
    assert new.standing(1).state == "started"  # its case goes on
    assert (found := new.standing(1).case) is not None
    assert found.number == case
    other = in_hand(office, "乙（另案）")
    with pytest.raises(ReviewFlowsError, match=f"已由 {case} 办理"):
        new.link(other, 1)


def test_a_matter_carried_twice_keeps_its_case(desk: Desk, office: Office) -> None:
    desk.published(a_draft("甲"))
    desk.link(case := in_hand(office, "甲"), 1)
    for year in (2027, 2028):
        office.until(f"{year}-01-05")
        Desk(office, year=year - 1).roll()
        new = Desk(office, year=year)
        new.study(on=date(year, 1, 5))
        new.consent(on=date(year, 1, 5))
        new.publish(on=date(year, 1, 5))
    found = Desk(office, year=2028).standing(1)
    assert (found.state, found.case and found.case.number) == ("started", case)


# --- inside and outside ----------------------------------------------------------------------------------------------


def counted(office: Office) -> Mapping[str, Any]:
    with reading(office.home.engine) as session:
        return statistics(session, office.catalogs, YEAR, office.now().date())  # type: ignore[return-value]


def test_cases_outside_the_catalogue_are_counted_with_their_reasons_per_organ(desk: Desk, office: Office) -> None:
    desk.published()
    inside, untold, outside = (in_hand(office, title) for title in ("甲", "乙", "丙"))
    department = office.submit(
        a_decision(title="丁", issuing_organ="婺城区建设局", papers={"comment_adoption_report": "采纳情况"})
    )
    desk.link(inside, 1)
    desk.outside(outside, "superior_order", "省政府2026年专项行动部署")
    with pytest.raises(ReviewFlowsError, match="须写明理由"):
        desk.outside(department, "urgent", " ")
    desk.outside(department, "urgent", "汛前须完成")
    told = counted(office)
    assert told["cases"] == {
        "total": 4, "inside": 1, "outside": 2, "untold": 1, "reasons": {"superior_order": 1, "urgent": 1},
    }  # fmt: skip
    by_organ = {row["organ"]: row["cases"] for row in told["organs"]}
    assert by_organ[ORGAN]["untold"] == 1
    assert by_organ["婺城区建设局"]["reasons"] == {"urgent": 1}
    listed = {each["case"]: each["reason"] for each in told["outside"]}
    assert listed == {untold: None, outside: "省政府2026年专项行动部署", department: "汛前须完成"}


def test_the_newest_word_on_a_case_counts_and_both_stay(desk: Desk, office: Office) -> None:
    desk.published()
    case = in_hand(office)
    desk.outside(case, "missed", "编制时遗漏")
    desk.link(case, 1)
    assert counted(office)["cases"]["inside"] == 1
    events = [event for event in office.events(case) if event.startswith("decision_case")]
    assert events == ["decision_case.outside", "decision_case.linked"]


def test_units_that_have_not_published_are_listed(desk: Desk, office: Office) -> None:
    """婺城区2019年度法治政府建设报告：督促部门和乡镇（街道）制定并公布目录；区政府办公室没有自己的目录."""
    desk.published()
    Desk(office, organ="白龙桥镇人民政府").propose(a_draft(units=("白龙桥镇人民政府",)))
    with reading(office.home.engine) as session:
        missing = {organ.name: count for organ, count in unpublished(session, office.catalogs, YEAR)}
    assert ORGAN not in missing
    assert "婺城区人民政府办公室" not in missing
    assert missing["白龙桥镇人民政府"] == 1
    assert missing["婺城区建设局"] is None
    assert len(missing) == len(office.catalogs.organs.by_id) - 2

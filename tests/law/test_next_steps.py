# ruff: noqa: E501 - the rows of the table are read across
"""What may start next: the order, the gates, what was done before sending, who answers; then the laws as properties."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_flows.law.facts import Value
from review_flows.law.matter import HistoryEntry, Matter, NextSteps, Progress, StepState
from review_flows.law.planning import plan
from review_flows.law.procedure import done_on_arrival, lacking_for, next_steps, responsible
from tests.law.matters import DATA, EN, GC, MD, ND, PLAIN, a_matter

ON = date(2026, 11, 23)
DRAFT, OLDER = "a" * 64, "b" * 64

PACKAGES = {
    ND: "review_draft drafting_note basis consultation_summary feasibility_report internal_legality_opinion",
    MD: "review_draft drafting_note basis comment_adoption_report",
    GC: "contract_text counterparty_papers",
    EN: "proposed_decision investigation_record evidence_file",
}
PASSED = {ND: "lawful", MD: "lawful", GC: "lawful", EN: "approved"}


def complete(kind: str, **more: Any) -> Matter:
    """A matter whose package for the legality review is complete."""
    return a_matter(kind, papers=PACKAGES[kind] + " " + more.pop("papers", ""), **more)


def states(**conclusions: str | None) -> dict[str, StepState]:
    """Steps done on the draft of today, by conclusion; a conclusion `waiting` or `returned` is a state."""
    return {
        step: StepState(step, state=word, draft_sha256=DRAFT)
        if word in ("waiting", "running", "returned")
        else StepState(step, state="done", conclusion=word, draft_sha256=DRAFT)
        for step, word in conclusions.items()
    }


def after(matter: Matter, on: date = ON, *, older: str = "", stale: str = "", **more: Any) -> NextSteps:
    """What comes next once the steps named are done so; those in `older` were done on an older draft."""
    keys = {"must_items_open", "risk_stated"}
    steps = states(**{step: word for step, word in more.items() if step not in keys})
    steps |= {step: replace(steps[step], draft_sha256=OLDER) for step in older.split()}
    steps |= {step: replace(steps[step], stale=True) for step in stale.split()}
    progress = Progress(steps, DRAFT, more.get("must_items_open", 0), more.get("risk_stated", False))
    return next_steps(DATA, matter, progress, on)


@pytest.mark.parametrize("kind", [ND, MD, GC, EN])
def test_a_complete_package_goes_to_the_legality_review(kind: str) -> None:
    assert after(complete(kind)).ready == ("legality_review",)


@pytest.mark.parametrize("kind", [ND, MD, GC, EN])
def test_nothing_else_starts_while_the_review_is_in_hand(kind: str) -> None:
    assert after(complete(kind), legality_review="waiting").ready == ()


@pytest.mark.parametrize(
    ("kind", "following"), [(ND, "collective_discussion"), (MD, "collective_discussion"), (GC, "approval"), (EN, "decision")]
)  # fmt: skip
def test_a_review_that_passed_on_this_draft_opens_the_decision(kind: str, following: str) -> None:
    assert after(complete(kind), legality_review=PASSED[kind]).ready == (following,)
    assert after(complete(kind), legality_review=PASSED[kind], older="legality_review").ready == ("legality_review",)


@pytest.mark.parametrize("kind", [ND, MD, GC])
def test_to_be_amended_opens_it_only_when_every_must_item_is_settled(kind: str) -> None:
    matter = complete(kind)
    assert after(matter, legality_review="to_be_amended", must_items_open=1).ready == ()
    assert len(after(matter, legality_review="to_be_amended", must_items_open=0).ready) == 1
    blocked = after(matter, legality_review="to_be_amended", must_items_open=2).blocked[0]
    assert "2 项应当修改" in blocked.reason


@pytest.mark.parametrize(
    ("kind", "word"), [(ND, "unlawful"), (MD, "unlawful"), (GC, "unlawful"), (EN, "problems_found")]
)
def test_a_review_that_did_not_pass_waits_for_a_new_version(kind: str, word: str) -> None:
    assert after(complete(kind), legality_review=word).ready == ()
    assert after(complete(kind), legality_review=word, older="legality_review").ready == ("legality_review",)


def test_an_exploratory_reform_may_be_submitted_with_its_risk_stated() -> None:
    reform = complete(MD, exploratory_reform=True)
    assert after(reform, legality_review="unlawful", risk_stated=True).ready == ("collective_discussion",)
    assert "明示法律风险" in after(reform, legality_review="unlawful").blocked[0].reason
    assert after(complete(MD), legality_review="unlawful", risk_stated=True).ready == ()
    assert after(complete(ND, exploratory_reform=True), legality_review="unlawful", risk_stated=True).ready == ()
    before_the_rule = date(2019, 8, 31)
    assert after(reform, before_the_rule, legality_review="unlawful", risk_stated=True).ready == ()


def test_a_failed_fair_competition_review_stops_the_legality_review_in_zhejiang() -> None:
    matter = complete(ND, business_related=True, papers="fair_competition_opinion")
    blocked = after(matter, fair_competition_review="problems_found").blocked[0]
    assert (blocked.step, blocked.rule) == ("legality_review", "FC-08")
    assert after(matter, fair_competition_review="approved").ready == ("legality_review",)
    before = date(2024, 3, 29)
    assert after(matter, before, fair_competition_review="problems_found").ready == ("legality_review",)


def test_a_missing_fair_competition_review_stops_it_too() -> None:
    found = after(complete(ND, business_related=True))
    assert found.ready == ()
    assert found.blocked[0].lacking == ("fair_competition_opinion",)


def test_an_agreement_is_not_approved_without_that_review() -> None:
    matter = complete(GC, business_related=True, papers="fair_competition_opinion")
    found = after(matter, fair_competition_review="problems_found", legality_review="lawful")
    assert (found.ready, found.blocked[0].rule) == ((), "FC-06")


def test_a_risk_that_cannot_be_controlled_stops_the_decision() -> None:
    matter = complete(MD, social_risk=True, papers="risk_report")
    found = after(matter, risk_assessment="problems_found", legality_review="lawful")
    assert (found.ready, found.blocked[0].rule) == ((), "MD-15")
    assert after(matter, risk_assessment="done", legality_review="lawful").ready == ("collective_discussion",)


def test_what_the_law_lets_run_side_by_side_starts_side_by_side() -> None:
    decision = a_matter(MD, professional=True, social_risk=True, asks_for="public_participation", papers="review_draft")
    assert after(decision).ready == ("public_participation", "expert_argumentation", "risk_assessment")
    document = a_matter(ND, asks_for="feasibility_assessment", papers="review_draft")
    assert after(document).ready == ("feasibility_assessment", "public_comment")


def test_a_case_that_asks_for_an_earlier_step_is_walked_from_there() -> None:
    document = a_matter(ND, asks_for="drafting")
    assert after(document).ready == ("drafting",)
    assert after(document, drafting="done").ready == ("feasibility_assessment", "public_comment")
    ready = after(document, drafting="done", feasibility_assessment="done", public_comment="waiting").ready
    assert ready == ()


def test_after_the_discussion_come_registration_publication_and_filing() -> None:
    done: dict[str, str] = {"legality_review": "lawful", "collective_discussion": "done"}
    matter = complete(ND)
    assert after(matter, **done).ready == ("registration",)
    done["registration"] = "done"
    assert after(matter, **done).ready == ("publication", "interpretation")
    done["publication"] = "done"
    assert after(matter, **done).ready == ("interpretation", "filing")


def test_a_discussion_that_did_not_pass_stops_everything_after_it() -> None:
    found = after(complete(ND), legality_review="lawful", collective_discussion="problems_found")
    assert found.ready == ()
    assert "没有通过" in found.blocked[0].reason


def test_a_returned_step_waits_for_its_sender() -> None:
    matter = complete(ND)
    assert after(matter, legality_review="returned").ready == ()
    assert after(matter, legality_review="returned", older="legality_review").ready == ("legality_review",)


def test_a_stale_step_is_done_again_and_what_rests_on_it_waits() -> None:
    matter = complete(MD, professional=True, papers="expert_opinion")
    found = after(matter, expert_argumentation="done", stale="expert_argumentation")
    assert found.ready == ("expert_argumentation",)


def test_a_draft_changed_after_the_discussion_does_not_reopen_the_review_by_itself() -> None:
    done = {"legality_review": "lawful", "collective_discussion": "done"}
    assert after(complete(ND), older="legality_review collective_discussion", **done).ready == ("registration",)


def test_an_open_question_blocks_what_hangs_on_it() -> None:
    found = after(complete(MD, without="social_risk"))
    assert found.ready == ()
    first = found.blocked[0]
    assert (first.step, first.rule) == ("risk_assessment", "MD-14")
    assert DATA.facts["social_risk"].label in first.reason


def test_nothing_starts_where_the_matter_is_excluded() -> None:
    found = after(complete(MD, excluded_matter="legislation"))
    assert found.ready == ()
    assert {block.rule for block in found.blocked} == {"MD-02"}


def test_everything_that_a_package_lacks_is_named_at_once() -> None:
    matter = a_matter(MD, papers="review_draft", professional=True, social_risk=True, business_related=True)
    lacking = {material.role for material in lacking_for(DATA, matter, "legality_review", ON)}
    assert lacking == {
        "drafting_note",
        "basis",
        "comment_adoption_report",
        "expert_opinion",
        "risk_report",
        "fair_competition_opinion",
    }
    assert "meeting_record" in {material.role for material in lacking_for(DATA, matter, "party_report", ON)}


def test_steps_count_as_done_on_arrival_by_history_or_result() -> None:
    entry = HistoryEntry("public_participation", date(2026, 10, 8), "consultation_summary")
    papers = "review_draft consultation_summary expert_opinion"
    matter = a_matter(MD, papers=papers, history=(entry,), professional=True, social_risk=True)
    assert done_on_arrival(DATA, matter, ON) == {
        "initiation": None,
        "drafting": "review_draft",
        "public_participation": "consultation_summary",
        "expert_argumentation": "expert_opinion",
    }


@pytest.mark.parametrize(
    ("kind", "organ", "on", "step", "business", "expected"),
    [
        (ND, "区政府", "2026-11-23", "legality_review", False, ("legal_reviewer", "婺城区司法局", "ND-13", None)),
        (ND, "区府办", "2026-11-23", "legality_review", False, ("legal_reviewer", "婺城区司法局", "ND-13", None)),
        (ND, "区建设局", "2026-11-23", "legality_review", False, ("legal_reviewer", "婺城区建设局", "ND-14", None)),
        (ND, "区教育局", "2026-11-23", "legality_review", False, ("legal_reviewer", "婺城区司法局", "ND-14", None)),
        (ND, "白龙桥镇", "2024-01-01", "legality_review", False, ("legal_reviewer", "白龙桥镇人民政府", "TW-02", None)),
        (ND, "白龙桥镇", "2023-12-31", "legality_review", False, ("legal_reviewer", "婺城区司法局", "ND-14", None)),
        (GC, "区政府", "2026-11-23", "legality_review", False, ("legal_reviewer", "婺城区司法局", "CT-04", None)),
        (EN, "区综合执法局", "2026-11-23", "legality_review", False, ("legal_reviewer", "婺城区综合行政执法局", "CHAIN", None)),
        (ND, "区政府", "2024-08-01", "fair_competition_review", True, ("competition_reviewer", "婺城区市场监督管理局", "FC-03", "婺城区建设局")),
        (ND, "区政府", "2024-07-31", "fair_competition_review", True, ("competition_reviewer", "婺城区建设局", "CHAIN", None)),
        (ND, "区教育局", "2026-11-23", "fair_competition_review", True, ("competition_reviewer", "婺城区建设局", "CHAIN", None)),
        (ND, "区政府", "2026-11-23", "internal_legality_review", False, ("legal_reviewer", "婺城区建设局", "CHAIN", None)),
        (ND, "区政府", "2026-11-23", "collective_discussion", False, ("meeting_secretary", "婺城区人民政府", "CHAIN", None)),
    ],
)  # fmt: skip
def test_who_answers_a_step(
    kind: str, organ: str, on: str, step: str, business: bool, expected: tuple[str, str, str, str | None]
) -> None:
    found = DATA.organs.get(organ)
    matter = a_matter(kind, found.level, business_related=business)
    matter = replace(matter, organ=found.id, drafting_units=("区建设局",))
    who = responsible(DATA, matter, step, date.fromisoformat(on))
    assert (who.role, who.unit, who.rule, who.jointly_with) == expected


# ---- laws of the procedure, as properties ----

KINDS = st.sampled_from([ND, MD, GC, EN])
DAYS = st.dates(date(2018, 1, 1), date(2027, 12, 31))
LEVELS = st.sampled_from(["government", "department", "township"])


def answers_to(fact: str) -> st.SearchStrategy[Value]:
    found = DATA.facts[fact]
    if found.type == "yes_no":
        return st.booleans()
    if found.values:
        return st.sampled_from([*found.values])
    return st.sampled_from([None, date(2026, 11, 2)]) if found.type == "day" else st.just("甲")


@st.composite
def matters(draw: st.DrawFn) -> Matter:
    """Any matter: any facts answered any way, any papers there."""
    kind = draw(KINDS)
    names = [fact.id for fact in DATA.facts.values() if kind in fact.asked_of]
    facts = {name: draw(answers_to(name)) for name in names if draw(st.integers(0, 4))}
    # Mostly matters that are none of the excluded: else the properties would say little.
    if draw(st.integers(0, 9)):
        facts |= {name: value for name, value in NOT_EXCLUDED.items() if name in names}
    roles = [role for role in DATA.roles if draw(st.integers(0, 5))]
    return Matter(kind, {**facts, "level": draw(LEVELS)}, frozenset(roles))


NOT_EXCLUDED: dict[str, Value] = {
    "excluded_matter": "none",
    "contract_exclusion": "none",
    "internal_only": False,
    "affects_rights": True,
    "generally_binding": True,
    "repeatedly_applicable": True,
}


@st.composite
def walks(draw: st.DrawFn) -> tuple[Matter, Progress, date]:
    """Any matter in any state, however odd."""
    matter = draw(matters())
    steps = {}
    for step in DATA.chains[matter.kind].steps.values():
        state = draw(st.sampled_from(["not_started", "done", "done", "done", "waiting", "returned"]))
        conclusion = draw(st.sampled_from(step.conclusions)) if state == "done" else None
        sha = draw(st.sampled_from([DRAFT, DRAFT, DRAFT, OLDER]))
        steps[step.id] = StepState(step.id, 1, state, conclusion, sha, stale=not draw(st.integers(0, 5)))
    for step in ("collective_discussion", "approval", "signing", "decision"):
        if step in steps and draw(st.booleans()):
            steps[step] = StepState(step)
    return matter, Progress(steps, DRAFT, draw(st.integers(0, 2)), draw(st.booleans())), draw(DAYS)


DECISIVE = {ND: ("collective_discussion",), MD: ("collective_discussion",), GC: ("approval", "signing"), EN: ("collective_discussion", "decision")}  # fmt: skip


@given(walks())
@settings(max_examples=250, deadline=None)
def test_no_decision_without_a_review_of_exactly_this_draft_that_lets_it_pass(
    walk: tuple[Matter, Progress, date],
) -> None:
    matter, progress, on = walk
    ready = next_steps(DATA, matter, progress, on).ready
    if set(ready) & set(DECISIVE[matter.kind]):
        review = progress.of("legality_review")
        assert review.state == "done" and not review.stale
        assert review.draft_sha256 == progress.draft_sha256
        settled = review.conclusion == "to_be_amended" and progress.must_items_open == 0
        reform = matter.kind == MD and matter.facts.get("exploratory_reform") is True and on >= date(2019, 9, 1)
        stated = review.conclusion == "unlawful" and reform and progress.risk_stated
        assert review.conclusion == PASSED[matter.kind] or settled or stated


@given(walks())
@settings(max_examples=100, deadline=None)
def test_no_legality_review_in_zhejiang_before_fair_competition_passed(walk: tuple[Matter, Progress, date]) -> None:
    matter, progress, on = walk
    ready = next_steps(DATA, matter, progress, on).ready
    binds = matter.kind in (ND, MD) and matter.facts.get("business_related") is True and on >= date(2024, 4, 1)
    if binds and "legality_review" in ready:
        review = progress.of("fair_competition_review")
        proved = "fair_competition_review" in done_on_arrival(DATA, matter, on)
        assert (review.state == "done" and review.conclusion == "approved") or (
            review.state == "not_started" and proved and "fair_competition_opinion" in matter.present
        )


@given(walks())
@settings(max_examples=100, deadline=None)
def test_a_step_is_ready_or_blocked_or_in_hand_or_over_and_a_block_has_its_reason(
    walk: tuple[Matter, Progress, date],
) -> None:
    matter, progress, on = walk
    found = next_steps(DATA, matter, progress, on)
    blocked = [block.step for block in found.blocked]
    assert not set(found.ready) & set(blocked)
    assert len(set(blocked)) == len(blocked)
    for block in found.blocked:
        assert block.reason.endswith("。") and block.citation
        assert block.rule == "CHAIN" or block.rule in DATA.rules
    for step in found.ready:
        assert progress.of(step).state not in ("waiting", "running")
        assert plan(DATA, matter, on).step(step).required


@given(matters(), DAYS, st.data())
@settings(max_examples=100, deadline=None)
def test_a_fact_takes_a_requirement_away_only_where_a_rule_in_force_names_it(
    matter: Matter, on: date, data: st.DataObject
) -> None:
    fact = data.draw(st.sampled_from([name for name in DATA.facts if matter.kind in DATA.facts[name].asked_of]))
    changed = replace(matter, facts={**matter.facts, fact: data.draw(answers_to(fact))})
    before, now = plan(DATA, matter, on), plan(DATA, changed, on)
    named = {fact, *DATA.facts[fact].implies}
    for old, new in zip(before.steps, now.steps, strict=True):
        if old.required and new.required is False:
            grounds = [ground for ground in new.because if ground.fact in named]
            assert grounds, (fact, old.step)
            for ground in grounds:
                rule = DATA.rules[ground.rule]
                conditions = {item.fact for item in rule.when} | {item.fact for group in rule.unless for item in group}
                assert rule.version_on(on) and conditions & named


@given(KINDS, LEVELS, DAYS, st.data())
@settings(max_examples=80, deadline=None)
def test_silence_is_a_question_exactly_where_an_answer_would_add_a_step_or_paper(
    kind: str, level: str, on: date, data: st.DataObject
) -> None:
    facts: dict[str, Value] = {**PLAIN[kind], "level": level}
    fact = data.draw(st.sampled_from([name for name in DATA.facts if kind in DATA.facts[name].asked_of]))
    facts.pop(fact, None)
    silent = plan(DATA, Matter(kind, facts), on)
    base = _asked(silent)
    found = DATA.facts[fact]
    possible: list[Any] = [True, False] if found.type == "yes_no" else [*found.values] or [None, date(2026, 1, 5), "甲"]
    if found.type != "day":
        possible = [value for value in possible if not isinstance(value, date)]
    elif "甲" in possible:
        possible.remove("甲")
    adds = any(_asked(plan(DATA, Matter(kind, {**facts, fact: value}), on)) - base for value in possible)
    # A choice: silence makes none.
    is_choice = fact in ("hearing", "complex_case", "post_evaluation_decided")
    assert (fact in silent.questions) == (adds and not is_choice)


def _asked(found: Any) -> set[str]:
    """The steps and papers that are required."""
    steps = {step.step for step in found.steps if step.required}
    return steps | {f"paper {material.role}" for material in found.materials if material.required}


@given(matters(), DAYS)
@settings(max_examples=80, deadline=None)
def test_plans_are_the_same_for_the_same_question(matter: Matter, on: date) -> None:
    assert plan(DATA, matter, on).to_json() == plan(DATA, matter, on).to_json()


@given(matters(), DAYS)
@settings(max_examples=80, deadline=None)
def test_no_period_ends_before_it_begins_and_the_step_takes_the_strictest(matter: Matter, on: date) -> None:
    for step in plan(DATA, matter, on).steps:
        for period in step.periods:
            if period.direction == "forward" and period.ends_on and period.counted_on:
                assert period.ends_on > period.counted_on
        mins = [period.ends_on for period in step.periods if period.kind == "min" and period.direction == "forward"]
        assert step.earliest_end_on == max((day for day in mins if day), default=None)
        if step.due_on and not step.provisional:
            assert DATA.calendar.is_working_day(step.due_on)
            assert step.due_on - on < timedelta(days=120) or step.step == "signing"

"""A case walks through Prefect: form, suspension, answer, next form; what does not count is asked again."""

import json
from datetime import timedelta

import httpx
import pytest

from review_flows.flows import answering
from review_flows.flows.client import Prefect
from review_flows.records.sealing import seal
from tests.cases.building import a_contract, a_decision
from tests.flows.harness import Office, until

pytestmark = pytest.mark.prefect


def test_a_case_walks_from_the_folder_to_its_next_step(office: Office) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, "legality_review")
    run = office.run_of(wait)
    assert run.name == f"{case} 合同合法性审核 第1轮"
    assert {f"case:{case}", "kind:government_contract", "step:legality_review", "unit:justice"} <= set(run.tags)
    assert (run.state, run.state_name, run.key) == ("PAUSED", "Suspended", wait.key)

    given = office.sign(case, "legality_review", "lawful")

    assert office.step(case, "legality_review")["state"] == "done"
    [sign_off] = office.sign_offs(case, "legality_review")
    assert (sign_off.proof, sign_off.conclusion) == ("code", "lawful")
    assert office.waiting(case, "approval").round == 1
    assert until(lambda: (run := office.prefect.run(given.run)) and run.state == "COMPLETED", "the run ends")
    assert given.seconds < 5  # 0.4 s on an idle machine


def test_the_form_shows_the_matter_its_papers_and_chinese_fields(office: Office) -> None:
    case = office.submit(a_contract(title="停车平台合同（表单）"))
    wait = office.waiting(case, "legality_review")
    inputs = office.prefect.inputs(wait.run_id or "", wait.key)
    assert "停车平台合同（表单）" in inputs.description
    assert f"http://127.0.0.1:{office.place.settings.documents_port}/documents/" in inputs.description
    assert inputs.schema["properties"]["conclusion"]["title"] == "结论"
    assert "conclusion" in inputs.schema["required"]
    assert inputs.schema["additionalProperties"] is False


def test_the_links_of_a_form_open_the_papers_and_every_fetch_is_in_the_trail(office: Office) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, "legality_review")
    text = office.prefect.inputs(wait.run_id or "", wait.key).description
    address = text[text.index("http://127.0.0.1") :].split(")")[0]
    fetched = httpx.get(address, trust_env=False)
    assert fetched.status_code == 200
    assert "智慧停车平台" in fetched.text
    [entry] = office.events(case, "document.fetched")
    assert (entry.actor.role, entry.documents) == ("legal_reviewer", (address.split("/")[-1].split("?")[0],))


def test_a_wrong_code_is_refused_and_asked_again_under_the_next_key_with_the_reason_on_top(office: Office) -> None:
    case = office.submit(a_contract())
    first = office.waiting(case, "legality_review")
    reason = office.refused(case, "legality_review", "lawful", code="000000")
    assert "验证码" in reason
    second = office.waiting(case, "legality_review")
    assert (second.previous_id, second.attempt, second.run_id) == (first.id, 2, first.run_id)
    assert reason in office.prefect.inputs(second.run_id or "", second.key).description
    assert office.sign_offs(case, "legality_review") == []
    [refused] = office.events(case, "sign_off.refused")
    assert "000000" not in json.dumps(refused.to_json(), ensure_ascii=False)
    office.sign(case, "legality_review", "lawful")
    assert len(office.sign_offs(case, "legality_review")) == 1


def test_an_answer_that_does_not_fit_the_form_is_refused_by_prefect_itself(office: Office) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, "legality_review")
    for answer in ({"conclusion": "同意，谢谢", "person": "x", "code": "1"}, {}, {"conclusion": "合法", "extra": 1}):
        resumed = office.prefect.resume(wait.run_id or "", answer)
        assert (resumed.accepted, resumed.status) == (False, "REJECT")
    assert office.run_of(wait).state == "PAUSED"
    assert office.row(wait).closed_at is None


def test_of_two_resumes_one_counts(office: Office) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, "legality_review")
    office.sign(case, "legality_review", "lawful", wait=wait)
    again = office.prefect.resume(wait.run_id or "", {"conclusion": "合法"})
    assert not again.accepted
    assert len(office.sign_offs(case, "legality_review")) == 1


def test_several_reviewers_answer_side_by_side_and_a_refusal_hides_no_other_answer(office: Office) -> None:
    from review_flows.cases.moves import name_reviewers
    from review_flows.people import person as persons
    from review_flows.records.database import reading, writing

    case = office.submit(a_contract())
    office.waiting(case, "legality_review")
    head, one, two = office.person("review_head"), office.person("legal_reviewer"), office.person("legal_reviewer")
    with writing(office.place.home.engine) as session:
        waits = name_reviewers(
            session, office.place.catalogs, case, persons.find(session, head), step="legality_review",
            reviewers=[one, two], now=office.place.home.now(),
        )  # fmt: skip
    for wait in waits:
        until(lambda wait=wait: office.row(wait).run_id, "each reviewer has a run")  # type: ignore[misc]
    assert len({office.row(wait).run_id for wait in waits}) == 2
    by_person = {wait.assignee: wait for wait in waits}
    office.sign(case, "legality_review", "lawful", wait=by_person[one], person=one)
    assert office.step(case, "legality_review")["state"] == "waiting"
    reason = _refused(office, case, by_person[two], two)
    assert "验证码" in reason
    assert [s.person for s in office.sign_offs(case, "legality_review")] == [one]
    with reading(office.place.home.engine) as session:
        open_for_two = answering.waiting(office.place, case, "legality_review", person=two)
        del session
    office.sign(case, "legality_review", "lawful", wait=open_for_two, person=two)
    assert office.step(case, "legality_review")["state"] == "done"
    assert office.waiting(case, "approval")


def _refused(office: Office, case: str, wait: object, person: str) -> str:
    from review_flows.cases.case import Wait
    from review_flows.errors import SignOffError

    assert isinstance(wait, Wait)
    with pytest.raises(SignOffError) as refused:
        answering.answer(
            office.place, office.prefect, wait, person=person, code="000000", given={"conclusion": "lawful"}
        )
    return str(refused.value)


def test_a_withdrawn_case_leaves_no_open_form(office: Office) -> None:
    from review_flows.cases.moves import withdraw
    from review_flows.people import person as persons
    from review_flows.records.database import writing

    case = office.submit(a_contract())
    wait = office.waiting(case, "legality_review")
    sender = office.person("handler")
    with writing(office.place.home.engine) as session:
        person = persons.find(session, sender)
        withdraw(session, office.place.catalogs, case, person, reason="另行研究", now=office.place.home.now())
    until(lambda: office.run_of(wait).state == "CANCELLED", "the run is cancelled")
    assert office.show(case)["state"] == "withdrawn"


def test_nothing_of_a_code_is_left_where_it_could_be_used(office: Office) -> None:
    """The answer lies in Prefect's database, its code with it; the code was burnt when it was read."""
    case = office.submit(a_contract())
    wait = office.waiting(case, "legality_review")
    person = office.person("legal_reviewer")
    code = office.code(person)
    office.sign(case, "legality_review", "lawful", person=person)
    assert code in json.dumps(office.prefect.inputs(wait.run_id or "", wait.key).response)
    assert office.waiting(case, "approval")
    case = office.submit(a_contract(title="另一份合同"))
    assert "用过" in office.refused(case, "legality_review", "lawful", code=code, person=person, reason="理由")


def test_the_trail_stays_whole(office: Office) -> None:
    assert seal(office.place.home).size > 0


def test_a_server_that_is_not_there_is_said_in_one_sentence() -> None:
    from review_flows.flows.client import PrefectUnreachable

    with pytest.raises(PrefectUnreachable, match="没有响应"), Prefect("http://127.0.0.1:9/api", pause=0) as nowhere:
        nowhere.run("0")


def test_public_participation_is_told_in_the_form_and_its_report_is_made(office: Office) -> None:
    case = office.submit(a_decision(asks_for="public_participation"))
    today = office.place.home.now().date()
    days = {"comment_published_on": today - timedelta(days=40), "comment_closed_on": today - timedelta(days=8)}
    symposium = {
        "form": "座谈会", "started_on": str(today - timedelta(days=20)), "who": "停车企业代表", "people": 12,
        "result": "建议分区定价，已采纳",
    }  # fmt: skip
    office.sign(
        case, "public_participation", "done", dates={name: str(day) for name, day in days.items()},
        forms=["向社会公开征求意见", "座谈会"], channel="区政府门户网站", activities=[symposium],
    )  # fmt: skip
    assert office.step(case, "public_participation")["state"] == "done"
    made = until(lambda: office.events(case, "document.made"), "the report is made")
    assert made[0].payload["name"] == "公众意见采纳情况报告.docx"
    assert office.waiting(case, "legality_review").round == 1

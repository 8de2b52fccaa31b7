"""A person acts at the command line: only with a code of their own, and a wrong one is counted whatever happens."""

import pytest

from review_flows.cli.main import _run
from review_flows.errors import NotFound, SignOffError
from review_flows.people import codes
from review_flows.people.codes import CodeSecret
from review_flows.records.database import reading
from tests.cases.building import Office, a_document

HANDLER = "test-handler"


def code_of(office: Office, person: str = HANDLER) -> str:
    with reading(office.home.engine) as session:
        return codes.current_code(session, office.home.keys, person, now=office.now())


def test_a_move_counts_with_the_persons_own_code(office: Office) -> None:
    case = office.submit(a_document())
    words = ["case", "withdraw", case, "--as", HANDLER, "--code", code_of(office), "--reason", "不再推进"]
    assert _run(words) == 0
    assert office.show(case)["state"] == "withdrawn"


def test_a_wrong_code_is_refused_and_counted_and_nothing_is_done(office: Office) -> None:
    case = office.submit(a_document())
    with pytest.raises(SignOffError):
        _run(["case", "withdraw", case, "--as", HANDLER, "--code", "000000", "--reason", "不再推进"])
    assert office.show(case)["state"] == "open"
    with reading(office.home.engine) as session:
        stored = session.get(CodeSecret, HANDLER)
    assert stored is not None
    assert stored.wrong_codes == 1


def test_a_code_counts_once(office: Office) -> None:
    case, code = office.submit(a_document()), code_of(office)
    assert _run(["case", "suspend", case, "--as", HANDLER, "--code", code, "--reason", "等待批复"]) == 0
    with pytest.raises(SignOffError, match="下一个"):
        _run(["case", "resume", case, "--as", HANDLER, "--code", code, "--reason", "批复已到"])
    assert office.show(case)["state"] == "suspended"


def test_nobody_is_not_a_person(office: Office) -> None:
    case = office.submit(a_document())
    with pytest.raises(NotFound, match="没有找到人员"):
        _run(["case", "withdraw", case, "--as", "nobody", "--code", "000000", "--reason", "不再推进"])

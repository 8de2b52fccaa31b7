"""The document server: a link opens one document for one wait, for a time; every use of it is in the trail."""

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from httpx import Response
from sqlmodel import select

from review_flows.cases.case import CaseDocument, Wait
from review_flows.flows.links import LONGEST_VALIDITY, links_for, token
from review_flows.records.audit import entries
from review_flows.records.database import reading, writing
from review_flows.web.documents import application
from tests.cases.building import Office, a_contract


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


class Client:
    """Asks the application, without a port."""

    def __init__(self, app: FastAPI) -> None:
        # What the application does not foresee comes back as its answer, as it would over the wire.
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def get(self, path: str) -> Response:
        async def ask() -> Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://documents") as client:
                return await client.get(path)

        return asyncio.run(ask())


@pytest.fixture
def client(office: Office) -> Client:
    return Client(application(office.home))


@pytest.fixture
def wait(office: Office) -> Wait:
    return office.wait(office.submit(a_contract()), "legality_review")


def _paper(office: Office, case: str, role: str = "contract_text") -> CaseDocument:
    with reading(office.home.engine) as session:
        return session.exec(select(CaseDocument).where(CaseDocument.case == case, CaseDocument.role == role)).one()


def _link(office: Office, wait: Wait, sha256: str | None) -> str:
    address = links_for(office.home, wait.id or 0, now=office.now())(sha256 or "")
    assert address is not None
    return address.removeprefix(f"http://127.0.0.1:{office.home.settings.documents_port}")


def _events(office: Office) -> list[str]:
    with reading(office.home.engine) as session:
        told = [entry.event for entry in entries(session, event="document.*")]
    return [event for event in told if event != "document.received"]


def test_a_link_gives_exactly_the_document_under_its_name(office: Office, client: Client, wait: Wait) -> None:
    paper = _paper(office, wait.case)
    answer = client.get(_link(office, wait, paper.sha256))
    assert answer.status_code == 200
    assert answer.content == office.home.store.read(paper.sha256 or "")
    assert "filename*=UTF-8''contract_text.txt" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    with reading(office.home.engine) as session:
        [fetched] = entries(session, event="document.fetched")
    assert (fetched.case, fetched.actor.role, fetched.documents) == (wait.case, "legal_reviewer", (paper.sha256,))


def test_a_link_opens_no_other_document_and_no_other_wait(office: Office, client: Client, wait: Wait) -> None:
    mine, other = _paper(office, wait.case), _paper(office, wait.case, "counterparty_papers")
    given = _link(office, wait, mine.sha256).split("token=")[1]
    turned = given.replace(f"{wait.id}-", f"{(wait.id or 0) + 1}-", 1)
    for sha256, tried in ((other.sha256, given), (mine.sha256, turned), (mine.sha256, given[:-1] + "0")):
        if tried == given and sha256 == mine.sha256:
            continue  # the last digit was 0 already
        assert client.get(f"/documents/{sha256}?token={tried}").status_code == 403
    assert _events(office) == []


@pytest.mark.parametrize("given", ["", "x", "1-", "1-zz", "-1-00", "1-" + "0" * 60, "²-00", "1-ab%00"])
def test_what_is_no_token_opens_nothing(office: Office, client: Client, wait: Wait, given: str) -> None:
    paper = _paper(office, wait.case)
    _refused(client.get(f"/documents/{paper.sha256}?token={given}"), 403)


@pytest.mark.parametrize("path", ["..%2f..%2fetc%2fpasswd", "0" * 64, "x"])
def test_what_is_no_document_is_not_looked_for(office: Office, client: Client, wait: Wait, path: str) -> None:
    made = token(office.home, wait.id or 0, path, until=office.now() + timedelta(days=1))
    assert client.get(f"/documents/{path}?token={made}").status_code in (403, 404)


def test_a_link_ends_after_thirty_days(office: Office, client: Client, wait: Wait) -> None:
    paper = _paper(office, wait.case)
    link = _link(office, wait, paper.sha256)
    office.later(days=LONGEST_VALIDITY.days, minutes=-1)
    assert client.get(link).status_code == 200
    office.later(minutes=2)
    _refused(client.get(link), 410)
    assert _events(office) == ["document.fetched", "document.refused"]


def test_a_link_ends_with_its_wait(office: Office, client: Client, wait: Wait) -> None:
    paper = _paper(office, wait.case)
    link = _link(office, wait, paper.sha256)
    office.sign(wait.case, "legality_review", "lawful", reason="合法")
    _refused(client.get(link), 410)


def test_a_document_that_was_changed_in_the_store_is_not_sent(office: Office, client: Client, wait: Wait) -> None:
    paper = _paper(office, wait.case)
    stored = office.home.store.path(paper.sha256 or "")
    stored.chmod(0o600)
    stored.write_bytes(b"changed")
    _refused(client.get(_link(office, wait, paper.sha256)), 500)
    assert _events(office) == []


def test_a_document_of_another_case_has_no_link_here(office: Office, client: Client, wait: Wait) -> None:
    other = office.submit(a_contract(title="另一份合同", papers={"contract_text": "另一份合同\n\n第一条 内容。\n"}))
    foreign = _paper(office, other)
    _refused(client.get(_link(office, wait, foreign.sha256)), 404)


def test_a_name_cannot_break_out_of_its_header(office: Office, client: Client, wait: Wait) -> None:
    with writing(office.home.engine) as session:
        paper = session.exec(select(CaseDocument).where(CaseDocument.case == wait.case)).first()
        assert paper is not None
        paper.name = '合同"\r\nX-Evil: 1;.docx'
        session.add(paper)
    answer = client.get(_link(office, wait, paper.sha256))
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert answer.headers["content-disposition"].count('"') == 2


def test_nothing_else_is_served(client: Client) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    for path in ("/", "/docs", "/openapi.json", "/documents/"):
        assert client.get(path).status_code == 404


def _refused(answer: Response, status: int) -> None:
    assert answer.status_code == status
    assert "detail" in answer.json()

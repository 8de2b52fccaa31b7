"""Recording and reading: what an entry holds, how it is found, how personal data goes and the proof stays."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from review_flows.errors import NotFound
from review_flows.records import audit
from review_flows.records.audit import Actor, Entry, Subject
from review_flows.records.database import reading, writing

ZHANG = Actor("zhang", "legal_reviewer", "justice")
LI_FOR_ZHANG = Actor("li", "legal_reviewer", "justice", on_behalf_of="zhang")


def record(engine: Engine, event: str, at: datetime, actor: Actor = ZHANG, **facts: Any) -> Entry:
    with writing(engine) as session:
        return audit.record(session, event, actor=actor, at=at, **facts)


def events(engine: Engine, **wanted: Any) -> list[str]:
    with reading(engine) as session:
        return [entry.event for entry in audit.entries(session, **wanted)]


def test_an_entry_comes_back_as_it_was_recorded(engine: Engine, now: datetime) -> None:
    recorded = record(
        engine,
        "sign_off.given",
        now,
        LI_FOR_ZHANG,
        case="2026-ND-0001",
        step="legality_review",
        round=2,
        subject=("opinion", "7"),
        documents=["a" * 64],
        rules=["ND-11", "ND-12"],
        reason="依据充分，程序合法",
        payload={"items": [{"article": "第三条", "nature": "must_change"}], "due_on": date(2026, 12, 14)},
        happened_on=date(2026, 11, 20),
    )
    with reading(engine) as session:
        (found,) = audit.entries(session)
    assert found == recorded
    assert (found.actor, found.subject, found.round) == (LI_FOR_ZHANG, Subject("opinion", "7"), 2)
    assert (found.rules, found.happened_on, found.reason) == (
        ("ND-11", "ND-12"),
        date(2026, 11, 20),
        "依据充分，程序合法",
    )
    assert found.payload == {"items": [{"article": "第三条", "nature": "must_change"}], "due_on": "2026-12-14"}
    assert found.to_json()["actor"] == {
        "person": "li",
        "role": "legal_reviewer",
        "unit": "justice",
        "on_behalf_of": "zhang",
    }


def test_free_text_stands_outside_the_body(engine: Engine, now: datetime) -> None:
    record(engine, "case.noted", now, reason="联系人张三", payload={"phone": "0579-00000000"})
    with engine.connect() as connection:
        body = connection.execute(text("SELECT body FROM audit_entries")).scalar_one()
    assert "张三" not in body
    assert "0579" not in body
    assert "payload_sha256" in body


def test_an_entry_without_text_has_no_payload(engine: Engine, now: datetime) -> None:
    record(engine, "case.opened", now, case="2026-ND-0001")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_payloads")).scalar_one() == 0


@pytest.fixture
def history(engine: Engine, now: datetime) -> Engine:
    day = timedelta(days=1)
    record(engine, "case.opened", now, case="A", reason="登记送审稿")
    record(engine, "sign_off.given", now + day, case="A", step="legality_review", payload={"text": "应当予以修改 100%"})
    record(engine, "sign_off.refused", now + 2 * day, LI_FOR_ZHANG, case="B", step="legality_review", reason="口令不对")
    record(engine, "person.added", now + 3 * day, Actor("wang"), subject=("person", "li"))
    return engine


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["case.opened", "sign_off.given", "sign_off.refused", "person.added"]),
        ({"case": "A"}, ["case.opened", "sign_off.given"]),
        ({"case": "A", "step": "legality_review"}, ["sign_off.given"]),
        ({"person": "zhang"}, ["case.opened", "sign_off.given", "sign_off.refused"]),
        ({"person": "li"}, ["sign_off.refused"]),
        ({"event": "sign_off.given"}, ["sign_off.given"]),
        ({"event": "sign_off.*"}, ["sign_off.given", "sign_off.refused"]),
        ({"event": "sign%*"}, []),
        ({"subject": ("person", "li")}, ["person.added"]),
        ({"since": date(2026, 11, 24)}, ["sign_off.given", "sign_off.refused", "person.added"]),
        ({"until": date(2026, 11, 24)}, ["case.opened", "sign_off.given"]),
        ({"since": date(2026, 11, 25), "until": date(2026, 11, 25)}, ["sign_off.refused"]),
        ({"text": "口令"}, ["sign_off.refused"]),
        ({"text": "修改"}, ["sign_off.given"]),
        ({"text": "legality"}, ["sign_off.given", "sign_off.refused"]),
        ({"text": "100%"}, ["sign_off.given"]),
        ({"text": "%"}, ["sign_off.given"]),
        ({"text": "没有的话"}, []),
        ({"order": "newest", "limit": 2}, ["person.added", "sign_off.refused"]),
        ({"after": 2, "limit": 1}, ["sign_off.refused"]),
    ],
)
def test_entries_are_found_by_what_people_ask(history: Engine, wanted: dict[str, Any], expected: list[str]) -> None:
    assert events(history, **wanted) == expected


def test_erasing_removes_the_text_and_says_so(history: Engine, later: datetime) -> None:
    with writing(history) as session:
        said = audit.erase(session, 1, actor=ZHANG, at=later, ground="个人信息保护法第四十七条")
    with reading(history) as session:
        first = audit.entries(session, limit=1)[0]
        assert [problem.kind for problem in audit.verify(session).problems] == ["guards"]
    assert (first.erased, first.reason) == (True, None)
    assert (said.event, said.subject, said.reason) == (
        "payload.erased",
        Subject("audit_entry", "1"),
        "个人信息保护法第四十七条",
    )
    assert events(history, text="登记送审稿") == []
    with writing(history) as session, pytest.raises(NotFound):
        audit.erase(session, 1, actor=ZHANG, at=later, ground="再次")


def test_waiting_for_the_lock_is_no_fault_of_the_clock(engine: Engine, now: datetime) -> None:
    record(engine, "case.opened", now)
    second = record(engine, "case.noted", now - timedelta(seconds=5))
    assert second.at == now
    assert events(engine) == ["case.opened", "case.noted"]


def test_a_clock_that_went_back_is_said_once_and_time_stands_still(engine: Engine, now: datetime) -> None:
    record(engine, "case.opened", now)
    for minutes in (50, 40, 30):
        record(engine, "case.noted", now - timedelta(minutes=minutes))
    with reading(engine) as session:
        found = audit.entries(session)
    assert [entry.event for entry in found] == ["case.opened", "clock.went_back", *["case.noted"] * 3]
    assert {entry.at for entry in found} == {now}
    assert found[1].payload["shown"] == "2026-11-23T08:10:00.000000+08:00"


@pytest.mark.parametrize("value", [0.5, b"x"])
def test_what_cannot_be_written_is_refused_before_anything_is(engine: Engine, now: datetime, value: object) -> None:
    with pytest.raises(TypeError):
        record(engine, "case.noted", now, payload={"value": value})
    assert events(engine) == []

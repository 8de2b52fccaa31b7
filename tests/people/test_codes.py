"""One-time codes: judged at the answer, burnt for good, counted when wrong, locked after five."""

from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlparse

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from review_flows.errors import NotFound, ReviewFlowsError, SignOffError
from review_flows.people import codes, person
from review_flows.people.codes import STEP
from review_flows.records.database import writing
from tests.people.conftest import CONSOLE, Office

WRONG = "000000"


def test_the_address_opens_an_authenticator_with_the_same_codes(office: Office) -> None:
    import pyotp

    address = urlparse(office.enrol("zhang"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/法审:Zhang(zhang)"
    secret = parse_qs(address.query)["secret"][0]
    assert pyotp.TOTP(secret).at(office.now) == office.code("zhang")
    with writing(office.home.engine) as session:
        kept = session.connection().execute(text("SELECT encrypted FROM code_secrets")).scalar_one()
    assert secret not in kept


@pytest.mark.parametrize(("steps", "accepted"), [(-3, False), (-2, True), (-1, True), (0, True), (2, True), (3, False)])
def test_a_code_holds_two_steps_either_way(office: Office, steps: int, accepted: bool) -> None:
    office.enrol("zhang")
    assert office.give("zhang", office.code("zhang", office.now + steps * STEP)).accepted is accepted


@pytest.mark.parametrize("typed", [" {} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", "full width"])
def test_a_code_is_read_as_people_type_it(office: Office, typed: str) -> None:
    office.enrol("zhang")
    code = office.code("zhang")
    given = (
        code.translate({ord("0") + n: ord("０") + n for n in range(10)})
        if typed == "full width"
        else typed.format(code)
    )
    assert office.give("zhang", given).accepted


def test_a_used_code_waits_for_the_next_and_is_not_counted_as_wrong(office: Office) -> None:
    office.enrol("zhang")
    code = office.code("zhang")
    assert office.give("zhang", code).accepted
    for _ in range(7):
        verdict = office.give("zhang", code)
        assert (verdict.accepted, verdict.reason) == (False, "这个验证码已经用过，请等下一个验证码。")
    office.now += timedelta(minutes=4)
    assert "请等下一个验证码" in (office.give("zhang", code).reason or ""), "also when its time is over"
    assert office.give("zhang", office.code("zhang")).accepted
    assert "code.refused" not in office.events()


def test_each_step_within_the_window_can_be_used_once(office: Office) -> None:
    office.enrol("zhang")
    given = [office.code("zhang", office.now + steps * STEP) for steps in (-1, 0, 1)]
    assert [office.give("zhang", code).accepted for code in given] == [True, True, True]
    assert [office.give("zhang", code).accepted for code in given] == [False, False, False]


def test_a_burnt_code_cannot_be_unburnt(office: Office) -> None:
    office.enrol("zhang")
    office.give("zhang", office.code("zhang"))
    with pytest.raises(DBAPIError, match="append-only"), writing(office.home.engine) as session:
        session.connection().execute(text("DELETE FROM burnt_codes"))


def test_another_persons_code_is_wrong(office: Office) -> None:
    office.enrol("zhang")
    office.enrol("li")
    assert not office.give("zhang", office.code("li")).accepted


def test_five_wrong_codes_lock_until_an_administrator_unlocks(office: Office) -> None:
    office.enrol("zhang")
    reasons = [office.give("zhang", WRONG).reason or "" for _ in range(5)]
    assert [f"再错 {left} 次将锁定" in reason for left, reason in zip((4, 3, 2, 1), reasons, strict=False)] == [
        True
    ] * 4
    assert "已锁定" in reasons[4]
    assert "已锁定" in (office.give("zhang", office.code("zhang")).reason or ""), "the right code too"
    with writing(office.home.engine) as session:
        codes.unlock(session, "zhang", actor=CONSOLE, at=office.now, reason="本人到场核实")
    assert office.give("zhang", office.code("zhang")).accepted
    assert office.events(event="code.*") == [*["code.refused"] * 4, "code.locked", "code.unlocked"]
    with pytest.raises(ReviewFlowsError, match="没有锁定"), writing(office.home.engine) as session:
        codes.unlock(session, "zhang", actor=CONSOLE, at=office.now, reason="再次")


def test_a_right_code_forgets_the_wrong_ones_before_it(office: Office) -> None:
    office.enrol("zhang")
    for _ in range(3):
        assert [office.give("zhang", WRONG).accepted for _ in range(4)] == [False] * 4
        assert office.give("zhang", office.code("zhang")).accepted
        office.now += STEP


@pytest.mark.parametrize(("delay", "accepted"), [(0, True), (10, True), (11, False), (60 * 24, False)])
def test_a_code_read_too_late_is_not_believed_and_not_burnt(office: Office, delay: int, accepted: bool) -> None:
    office.enrol("zhang")
    code = office.code("zhang")
    verdict = office.give("zhang", code, read_after=timedelta(minutes=delay))
    assert verdict.accepted is accepted
    if not accepted:
        assert "超过十分钟" in (verdict.reason or "")
        assert office.give("zhang", code).accepted
        assert "code.refused" not in office.events()


def test_on_a_demo_home_a_code_is_judged_at_reading(office: Office) -> None:
    office.enrol("zhang")
    days = timedelta(days=30)
    later = office.code("zhang", office.now + days)
    assert office.give("zhang", later, read_after=days, is_demo=True).accepted
    assert not office.give("zhang", office.code("zhang"), read_after=days, is_demo=True).accepted


def test_enrolling_again_ends_the_former_secret_and_the_lock(office: Office) -> None:
    office.enrol("zhang")
    before = office.code("zhang")
    for _ in range(5):
        office.give("zhang", WRONG)
    office.enrol("zhang")
    assert office.code("zhang") != before
    assert office.give("zhang", office.code("zhang")).accepted


def test_who_has_no_secret_is_told_how_to_get_one(office: Office) -> None:
    assert "people enrol zhang" in (office.give("zhang", WRONG).reason or "")
    with pytest.raises(SignOffError, match="people enrol zhang"):
        office.code("zhang")
    with pytest.raises(NotFound, match="nobody"):
        office.code("nobody")


def test_who_has_left_cannot_enrol(office: Office) -> None:
    with writing(office.home.engine) as session:
        person.leave(session, "zhang", actor=CONSOLE, at=office.now, reason="调离")
    with pytest.raises(ReviewFlowsError, match="已离岗"):
        office.enrol("zhang")


def test_a_rolled_back_answer_burns_nothing(office: Office) -> None:
    """Fact, burnt code and entry stand or fall together."""
    office.enrol("zhang")
    code = office.code("zhang")
    with pytest.raises(ZeroDivisionError), writing(office.home.engine) as session:
        assert codes.check_and_burn(
            session, office.home.keys, "zhang", code, resumed_at=office.now, now=office.now
        ).accepted
        raise ZeroDivisionError
    assert office.give("zhang", code).accepted

"""One-time codes (TOTP): a code proves that its person was there when the form was answered.

A code is judged at the instant of the answer (the state timestamp of the resume), two steps of 30 seconds either
way, and burnt for good: a row per person and step that the database lets nobody change. Where more than ten minutes
lie between the answer and its reading, no code is believed, and the form asks again. Wrong codes are counted and
lock after five; an administrator unlocks. On a demo home the answer's timestamp is of another clock, so the code is
judged at reading.

`check_and_burn` answers with a verdict and raises nothing, because the count of wrong codes must be committed with the
refusal. Secrets lie in the database encrypted with the home's key, bound to their owner.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from unicodedata import normalize

from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.errors import ReviewFlowsError, SignOffError
from review_flows.people import person as persons
from review_flows.people.person import Person
from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.database import Instant
from review_flows.records.keys import Keys

if TYPE_CHECKING:
    from pyotp import TOTP

STEP = timedelta(seconds=30)
TOLERATED_STEPS = 2
LONGEST_READING_DELAY = timedelta(minutes=10)
WRONG_CODES_TO_LOCK = 5
_REMEMBERED_CODES = 10  # used codes that are recognised as used, and so not counted as wrong
_ISSUER = "法审"


class CodeSecret(SQLModel, table=True):
    """A person's secret, encrypted; how many wrong codes came in a row, and since when that locks."""

    __tablename__ = "code_secrets"

    person: str = Field(primary_key=True, foreign_key="people.id", max_length=64)
    encrypted: str
    enrolled_at: datetime = Field(sa_type=Instant)
    wrong_codes: int = 0
    locked_at: datetime | None = Field(default=None, sa_type=Instant)


class BurntCode(SQLModel, table=True):
    """A code that was used: the person and the 30-second step (counted since 1970) it belonged to."""

    __tablename__ = "burnt_codes"
    __table_args__ = {"info": {"guard": "append_only"}}

    person: str = Field(primary_key=True, foreign_key="people.id", max_length=64)
    time_step: int = Field(primary_key=True)
    burnt_at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True)
class Verdict:
    """Whether a code holds; `reason` is the Chinese sentence for the person where it does not."""

    accepted: bool
    reason: str | None = None
    time_step: int | None = None


def enrol(session: Session, keys: Keys, person: str, *, actor: Actor, at: datetime) -> str:
    """The otpauth address to be shown once and scanned; a former secret of the person holds no longer."""
    import pyotp

    owner = persons.find(session, person)
    if not owner.active:
        raise ReviewFlowsError(f"{owner.name}（{person}）已离岗，不能办理动态口令。")
    secret = pyotp.random_base32()
    stored = session.get(CodeSecret, person)
    is_again = stored is not None
    stored = stored or CodeSecret(person=person, encrypted="", enrolled_at=at)
    stored.encrypted, stored.enrolled_at = keys.encrypt(secret, person), at
    stored.wrong_codes, stored.locked_at = 0, None
    session.add(stored)
    session.flush()
    audit.record(
        session,
        "person.enrolled",
        actor=actor,
        at=at,
        subject=("person", person),
        payload={"again": True} if is_again else None,
    )
    return pyotp.TOTP(secret).provisioning_uri(name=f"{owner.name}({person})", issuer_name=_ISSUER)


def is_enrolled(session: Session, person: str) -> bool:
    """Whether the person has a secret."""
    return session.get(CodeSecret, person) is not None


def is_locked(session: Session, person: str) -> bool:
    """Whether too many wrong codes came, and no administrator has unlocked since."""
    stored = session.get(CodeSecret, person)
    return stored is not None and stored.locked_at is not None


def current_code(session: Session, keys: Keys, person: str, *, now: datetime) -> str:
    """The code of this moment; who may be told it is for the caller to judge."""
    stored = session.get(CodeSecret, persons.find(session, person).id)
    if stored is None:
        raise SignOffError(_NOT_ENROLLED.format(person=person))
    return _totp(keys, stored).at(now)


def check_and_burn(
    session: Session, keys: Keys, person: str, code: str, *, resumed_at: datetime, now: datetime, is_demo: bool = False
) -> Verdict:
    """The verdict on a code given at `resumed_at` and read at `now`; an accepted code is burnt in this session.

    Commit the session whatever the verdict: it carries the count of wrong codes and the entry in the trail.
    """
    stored = session.get(CodeSecret, person)
    if stored is None:
        return Verdict(False, _NOT_ENROLLED.format(person=person))
    if stored.locked_at is not None:
        return Verdict(False, _LOCKED)
    if not is_demo and abs(now - resumed_at) > LONGEST_READING_DELAY:
        return Verdict(False, _READ_TOO_LATE)
    verdict = _judge(session, _totp(keys, stored), person, _typed(code), now if is_demo else resumed_at)
    if verdict is not None and not verdict.accepted:
        return verdict
    return _count_wrong(session, stored, now) if verdict is None else _burn(session, stored, verdict, now)


_NOT_ENROLLED = "{person} 还没有动态口令，请管理员先办理：review-flows people enrol {person}"
_LOCKED = f"动态口令连续错误 {WRONG_CODES_TO_LOCK} 次，已锁定；请管理员核实后解锁（review-flows people unlock）。"
_READ_TOO_LATE = "从提交到读取超过十分钟，口令不再作数；请用新的验证码再次提交。"
_USED = "这个验证码已经用过，请等下一个验证码。"


def _typed(code: str) -> str:
    """The digits of what was typed: a Chinese keyboard may give them full width, an app shows them in two groups."""
    return "".join(normalize("NFKC", code).split())


def _judge(session: Session, totp: "TOTP", person: str, code: str, at: datetime) -> Verdict | None:
    """Accepted, used before, or None: the code is no code of this person at that time."""
    burnt = _burnt_steps(session, person)
    matching = [step for step in _steps_around(at) if _same(totp, step, code)]
    if fresh := [step for step in matching if session.get(BurntCode, (person, step)) is None]:
        return Verdict(True, time_step=fresh[0])
    if matching or any(_same(totp, step, code) for step in burnt):
        return Verdict(False, _USED)
    return None


def _steps_around(at: datetime) -> Iterator[int]:
    """The step of the instant, then its neighbours, nearest first."""
    middle = int(at.timestamp()) // int(STEP.total_seconds())
    yield middle
    for distance in range(1, TOLERATED_STEPS + 1):
        yield from (middle - distance, middle + distance)


def _same(totp: "TOTP", step: int, code: str) -> bool:
    return hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())


def _burnt_steps(session: Session, person: str) -> list[int]:
    wanted = select(BurntCode.time_step).where(col(BurntCode.person) == person)
    return list(session.exec(wanted.order_by(col(BurntCode.time_step).desc()).limit(_REMEMBERED_CODES)))


def _burn(session: Session, stored: CodeSecret, verdict: Verdict, now: datetime) -> Verdict:
    assert verdict.time_step is not None
    session.add(BurntCode(person=stored.person, time_step=verdict.time_step, burnt_at=now))
    if stored.wrong_codes:
        stored.wrong_codes = 0
        session.add(stored)
    session.flush()
    return verdict


def _count_wrong(session: Session, stored: CodeSecret, now: datetime) -> Verdict:
    stored.wrong_codes += 1
    is_locked = stored.wrong_codes >= WRONG_CODES_TO_LOCK
    stored.locked_at = now if is_locked else None
    session.add(stored)
    session.flush()
    audit.record(
        session,
        "code.locked" if is_locked else "code.refused",
        actor=audit.SYSTEM,
        at=now,
        subject=("person", stored.person),
        payload={"wrong_codes": stored.wrong_codes},
    )
    left = WRONG_CODES_TO_LOCK - stored.wrong_codes
    return Verdict(False, _LOCKED if is_locked else f"验证码不对；再错 {left} 次将锁定，请核对时间和账号后再试。")


def unlock(session: Session, person: str, *, actor: Actor, at: datetime, reason: str) -> Person:
    """The person, whose codes count again."""
    owner = persons.find(session, person)
    stored = session.get(CodeSecret, person)
    if stored is None or stored.locked_at is None:
        raise ReviewFlowsError(f"{owner.name}（{person}）的动态口令没有锁定，不必解锁。")
    stored.wrong_codes, stored.locked_at = 0, None
    session.add(stored)
    session.flush()
    audit.record(session, "code.unlocked", actor=actor, at=at, subject=("person", person), reason=reason)
    return owner


def _totp(keys: Keys, stored: CodeSecret) -> "TOTP":
    import pyotp

    return pyotp.TOTP(keys.decrypt(stored.encrypted, stored.person))

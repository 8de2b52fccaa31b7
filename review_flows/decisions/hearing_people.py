"""Who takes part in a hearing: those who registered, chosen by a draw that anybody can repeat, and published.

Where more registered in a category than there are seats, the draw is that of the expert bank: candidates and the
seed's hash are fixed first, the seed is opened later. Whoever is taken by name instead has a reason, which the list
shows. The list is published before the day of the hearing, with the way of selection (713 art. 16: MD-11).
"""

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlmodel import Session

from review_flows.cases.advance import office_day
from review_flows.decisions.expert_draws import order
from review_flows.decisions.hearings import (
    ALL,
    LOT,
    Hearing,
    HearingParticipant,
    note_event,
    participant,
    participants_of,
)
from review_flows.decisions.participation_step import PUBLIC, cite, grounds
from review_flows.errors import ReviewFlowsError
from review_flows.records.audit import Actor

MAX_PARTICIPANTS = 2_000


@dataclass(frozen=True)
class Applicant:
    """One who registers."""

    name: str
    category: str
    unit: str = ""
    phone: str = ""


def register(
    session: Session, hearing: Hearing, applicants: Sequence[Applicant], *, actor: Actor, at: datetime,
    source_sha256: str | None = None,
) -> list[HearingParticipant]:  # fmt: skip
    """Those who registered, in the order they came; who is there already is refused."""
    _check_before_list(hearing, "登记报名")
    if hearing.seed_sha256:
        raise ReviewFlowsError("候选名单已经固定并公布，不能再登记报名。")
    there = participants_of(session, hearing)
    if len(there) + len(applicants) > MAX_PARTICIPANTS:
        raise ReviewFlowsError(f"报名超过 {MAX_PARTICIPANTS} 人；请分次举行或者核对名册。")
    faults = list(_faults(hearing, applicants, {(p.name, p.phone) for p in there}))
    if faults:
        raise ReviewFlowsError(f"报名名册有 {len(faults)} 处要改，没有登记：{'；'.join(faults[:50])}。")
    first = len(there) + 1
    assert hearing.id is not None
    made = [
        HearingParticipant(hearing=hearing.id, number=number, **vars(applicant))
        for number, applicant in enumerate(applicants, first)
    ]
    session.add_all(made)
    session.flush()
    note_event(
        session, "hearing.registered", hearing, actor, at, documents=[source_sha256] if source_sha256 else (),
        payload={"count": len(made), "first": first},
    )  # fmt: skip
    return made


def _faults(hearing: Hearing, applicants: Sequence[Applicant], there: Collection[tuple[str, str]]) -> Iterator[str]:
    seen = set(there)
    for place, applicant in enumerate(applicants, 1):
        if applicant.category not in hearing.seats:
            yield f"第{place}人的类别“{applicant.category}”不在公告的类别之内（{'、'.join(hearing.seats)}）"
        if (applicant.name, applicant.phone) in seen:
            yield f"第{place}人“{applicant.name}”重复报名"
        seen.add((applicant.name, applicant.phone))


def commit_draw(session: Session, hearing: Hearing, *, actor: Actor, at: datetime) -> str:
    """Fix the candidates where a category has too many, and the seed's hash; returns the seed, to be opened later."""
    _check_before_list(hearing, "抽取")
    if hearing.seed_sha256:
        raise ReviewFlowsError("已经固定候选名单并公布种子的哈希，不能重来。")
    if office_day(at) <= hearing.register_until:
        raise ReviewFlowsError(f"报名到 {hearing.register_until.isoformat()} 截止，截止之后再抽取。")
    crowded = _crowded(session, hearing)
    if not crowded:
        raise ReviewFlowsError("各类报名都没有超过名额，不必抽取，直接公布名单。")
    seed = secrets.token_hex(32)
    hearing.candidates = {c: [p.number for p in people if not p.is_selected] for c, people in crowded.items()}
    hearing.lots = {c: hearing.seats[c] - sum(p.is_selected for p in people) for c, people in crowded.items()}
    if any(left < 0 for left in hearing.lots.values()):
        raise ReviewFlowsError("指定的参加人已经超过名额，请核对。")
    hearing.seed_sha256 = sha256(seed.encode()).hexdigest()
    note_event(
        session, "hearing.draw_committed", hearing, actor, at,
        payload={"candidates": hearing.candidates, "lots": hearing.lots, "seed_sha256": hearing.seed_sha256},
    )  # fmt: skip
    return seed


def draw(session: Session, hearing: Hearing, seed: str, *, actor: Actor, at: datetime) -> list[HearingParticipant]:
    """Open the seed: of each category the first ones in its order take part."""
    if hearing.seed_sha256 is None:
        raise ReviewFlowsError("还没有固定候选名单，不能抽取。请先 decisions hearing commit。")
    if hearing.seed is not None:
        raise ReviewFlowsError("抽取已经完成，不能重抽。")
    if sha256(seed.encode()).hexdigest() != hearing.seed_sha256:
        raise ReviewFlowsError("种子与事先公布的哈希不符，抽取无效。")
    hearing.seed = seed
    winners = set(drawn(hearing))
    chosen = [p for p in participants_of(session, hearing) if p.number in winners]
    for person in chosen:
        person.selected_by = LOT
    note_event(session, "hearing.drawn", hearing, actor, at, payload={"seed": seed, "drawn": sorted(winners)})
    return chosen


def drawn(hearing: Hearing) -> list[int]:
    """Who follows from the opened seed, repeated from the record alone."""
    assert hearing.seed is not None
    found: list[int] = []
    for category, numbers in hearing.candidates.items():
        ordered = order(hearing.seed, [str(number) for number in numbers])
        found += [int(number) for number in ordered[: hearing.lots[category]]]
    return found


def verify_draw(people: Sequence[HearingParticipant], hearing: Hearing) -> list[str]:
    """What does not hold of a draw, in Chinese; empty where it can be repeated, or where there was none."""
    if hearing.seed is None:
        return []
    faults = []
    if sha256(hearing.seed.encode()).hexdigest() != hearing.seed_sha256:
        faults.append("公开的种子与事先公布的哈希不符")
    if set(drawn(hearing)) != {person.number for person in people if person.selected_by == LOT}:
        faults.append("按种子重新抽取的结果与记录不符")
    return faults


def name(
    session: Session, hearing: Hearing, number: int, *, reason: str, actor: Actor, at: datetime
) -> HearingParticipant:
    """A participant taken otherwise than by lot: only with a reason, which the published list shows."""
    _check_before_list(hearing, "指定参加人")
    if not reason.strip():
        raise ReviewFlowsError("不经抽取指定听证参加人的，须写明理由（将随名单公布）。")
    person = participant(session, hearing, number)
    person.selected_by = reason.strip()
    note_event(session, "hearing.named", hearing, actor, at, reason=reason, payload={"participant": number})
    return person


def publish_list(
    session: Session, hearing: Hearing, *, on: date, actor: Actor, at: datetime
) -> list[HearingParticipant]:
    """The list of participants as published with the way they were chosen: before the day of the hearing (MD-11)."""
    if hearing.list_published_on:
        raise ReviewFlowsError("听证参加人名单已经公布。")
    if on > office_day(at):
        raise ReviewFlowsError("名单公布之后再登记，公布日不能晚于今天。")
    if on >= hearing.held_on:
        raise ReviewFlowsError(
            f"听证参加人名单应当在听证会（{hearing.held_on.isoformat()}）之前公布{cite(hearing.step, PUBLIC)}。"
        )
    chosen = choose(session, hearing)
    hearing.list_published_on = on
    note_event(
        session, "hearing.list_published", hearing, actor, at, rules=grounds(hearing.step, PUBLIC),
        payload={"published_on": on.isoformat(), "participants": [p.number for p in chosen]},
    )  # fmt: skip
    return chosen


def choose(session: Session, hearing: Hearing) -> list[HearingParticipant]:
    """Who takes part: those drawn or named, and of categories with seats enough all who registered."""
    people = participants_of(session, hearing)
    crowded = _crowded(session, hearing)
    undrawn = [c for c, found in crowded.items() if sum(p.is_selected for p in found) < hearing.seats[c]]
    if undrawn:
        raise ReviewFlowsError(f"{'、'.join(undrawn)}的报名超过名额，还没有抽取，不能公布名单。")
    for person in people:
        if person.category not in crowded and not person.is_selected:
            person.selected_by = ALL
    chosen = [person for person in people if person.is_selected]
    if not chosen:
        raise ReviewFlowsError("还没有人报名，不能公布名单。")
    return chosen


def _crowded(session: Session, hearing: Hearing) -> dict[str, list[HearingParticipant]]:
    """The categories in which more registered than there are seats."""
    people = participants_of(session, hearing)
    of_category = {category: [p for p in people if p.category == category] for category in hearing.seats}
    return {category: found for category, found in of_category.items() if len(found) > hearing.seats[category]}


def _check_before_list(hearing: Hearing, act: str) -> None:
    if hearing.list_published_on:
        raise ReviewFlowsError(f"听证参加人名单已经公布，不能再{act}。")

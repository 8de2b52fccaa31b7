"""Where a case stands, as the procedure needs to see it: rows in, `Matter` and `Progress` out. Reads only."""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlmodel import Session, col, select

from review_flows.cases.case import Case, CaseDocument, OpinionItem, SignOff, StepRecord, Wait
from review_flows.errors import NotFound
from review_flows.law.catalogs import Catalogs
from review_flows.law.chains import ChainStep
from review_flows.law.procedure import HistoryEntry, Matter, Plan, Progress, StepState, plan

PAPER_ONLY = "paper-"  # begins the identity of a draft that is on paper only


def find_case(session: Session, number: str) -> Case:
    """A case by its number; NotFound where there is none."""
    case = session.get(Case, number.strip())
    if case is None:
        raise NotFound("事项", number)
    return case


def matter_of(session: Session, case: Case) -> Matter:
    """The matter as the procedure sees it: facts, the papers that are there, recorded dates."""
    papers = session.exec(select(CaseDocument).where(CaseDocument.case == case.number)).all()
    return Matter(
        kind=case.kind,
        facts=dict(case.facts) | {"level": case.level},
        present=frozenset(paper.role for paper in papers),
        history=_history(session, case),
        asks_for=case.asks_for,
        dates=dates_of(case),
        organ=case.issuing_organ,
        drafting_units=tuple(case.drafting_units),
    )


def dates_of(case: Case) -> dict[str, date]:
    """The recorded dates by name."""
    return {name: date.fromisoformat(text) for name, text in case.dates.items()}


def told_history(case: Case) -> dict[str, HistoryEntry]:
    """What the sender told of steps done before sending, by step; told is not proved."""
    return {
        told["step"]: HistoryEntry(
            step=told["step"],
            ended_on=date.fromisoformat(told["ended_on"]),
            evidence=told["evidence"],
            started_on=date.fromisoformat(told["started_on"]) if told["started_on"] else None,
            channel=told["channel"],
        )
        for told in case.history
    }


def _history(session: Session, case: Case) -> dict[str, HistoryEntry]:
    query = select(StepRecord).where(StepRecord.case == case.number, col(StepRecord.before_sending).is_(True))
    recorded = {
        record.step: HistoryEntry(record.step, record.done_on or case.received_on, record.reason, record.started_on)
        for record in session.exec(query)
        if record.reason  # the paper that proves it; a step that leaves none needs no proof
    }
    return told_history(case) | recorded


def plan_of(session: Session, catalogs: Catalogs, case: Case, on: date) -> Plan:
    """What the law in force on a day asks of the case as it stands."""
    return plan(catalogs, matter_of(session, case), on)


def latest_records(session: Session, case: str) -> dict[str, StepRecord]:
    """The latest round of every step that has one."""
    records = session.exec(select(StepRecord).where(StepRecord.case == case).order_by(col(StepRecord.round)))
    return {record.step: record for record in records}


def draft_of(session: Session, catalogs: Catalogs, case: Case) -> CaseDocument | None:
    """The current version of the text that is reviewed (送审稿, 合同文本, 拟作出的决定)."""
    return session.exec(
        select(CaseDocument)
        .where(CaseDocument.case == case.number, CaseDocument.role == catalogs.chains[case.kind].draft)
        .order_by(col(CaseDocument.version).desc())
        .limit(1)
    ).first()


def draft_identity(session: Session, catalogs: Catalogs, case: Case) -> str | None:
    """What tells two versions of the draft apart: the hash of its bytes, or of a paper-only version its number."""
    draft = draft_of(session, catalogs, case)
    if draft is None:
        return None
    return draft.sha256 or f"{PAPER_ONLY}{draft.version}"


def on_file(*identities: str | None) -> list[str]:
    """The hashes among identities of drafts: a version on paper only (涉密) has none that the trail could name."""
    return [identity for identity in identities if identity and not identity.startswith(PAPER_ONLY)]


def opinion_items(session: Session, case: str, *, round: int | None = None) -> list[OpinionItem]:
    """The opinion items of a round (the latest by default), in order."""
    items = session.exec(
        select(OpinionItem).where(OpinionItem.case == case).order_by(col(OpinionItem.round), col(OpinionItem.ordinal))
    ).all()
    wanted = round if round is not None else max((item.round for item in items), default=0)
    return [item for item in items if item.round == wanted]


def progress_of(session: Session, catalogs: Catalogs, case: Case) -> Progress:
    """Where the case stands: the latest round of each step, and what the gates look at."""
    records, chain = latest_records(session, case.number), catalogs.chains[case.kind]
    return Progress(
        steps={step: _state(chain.steps[step], record, records.values()) for step, record in records.items()},
        draft_sha256=draft_identity(session, catalogs, case),
        must_items_open=_must_items_open(session, case, records),
        risk_stated=_is_risk_stated(session, case, records),
    )


def _state(step: ChainStep, record: StepRecord, all_records: Iterable[StepRecord]) -> StepState:
    """A returned step may start again once what it was returned for has been done: a later round of another step."""
    later = [other.step for other in all_records if other.state == "done" and (other.id or 0) > (record.id or 0)]
    settled = record.state == "returned" and bool(later)
    return StepState(
        step=record.step,
        round=record.round,
        state="not_started" if settled else record.state,
        conclusion=record.conclusion,
        draft_sha256=record.draft_sha256,
        started_on=record.started_on,
        ended_on=record.done_on,
        stale="drafting" in later and _asks_again(step, record),
        pending=record.pending,
    )


def _asks_again(step: ChainStep, record: StepRecord) -> bool:
    """Whether what did not pass is looked at again once the drafting unit has answered it, also on the same draft: the
    measures against a risk need not stand in the text. What is good for one version only waits for the next."""
    did_not_pass = record.state == "done" and record.conclusion not in (*step.passes, None)
    return did_not_pass and not step.stops and not step.this_draft


def _must_items_open(session: Session, case: Case, records: Mapping[str, StepRecord]) -> int:
    review = records.get("legality_review")
    if review is None:
        return 0
    items = opinion_items(session, case.number, round=review.round)
    return sum(1 for item in items if item.nature == "must_change" and not is_settled(item))


def is_settled(item: OpinionItem) -> bool:
    """Whether the drafting unit adopted the item, or answered it with a reason (国办发〔2018〕115号（六）, ND-17)."""
    return item.response == "adopted" or (item.response is not None and bool((item.response_reason or "").strip()))


def _is_risk_stated(session: Session, case: Case, records: Mapping[str, StepRecord]) -> bool:
    """Whether the opinion states the legal risk, as MD-17 asks before an exploratory reform may be submitted."""
    review = records.get("legality_review")
    if review is None or review.conclusion != "unlawful":
        return False
    return any(
        sign_off.reason.strip() for sign_off in sign_offs_of(session, case.number, "legality_review", review.round)
    )


def sign_offs_of(session: Session, case: str, step: str, round: int) -> list[SignOff]:
    """The sign-offs of one round of a step, in the order they were given."""
    query = (
        select(SignOff)
        .where(SignOff.case == case, SignOff.step == step, SignOff.round == round)
        .order_by(col(SignOff.id))
    )
    return list(session.exec(query))


def open_waits(session: Session, case: str | None = None) -> list[Wait]:
    """All asks that nobody has answered yet, oldest first."""
    query = select(Wait).where(col(Wait.closed_at).is_(None)).order_by(col(Wait.id))
    if case is not None:
        query = query.where(Wait.case == case)
    return list(session.exec(query))


def results_of(catalogs: Catalogs, case: Case, step: str, on: date) -> tuple[str, ...]:
    """The roles of the papers that a step itself makes, by the rules that bind the case on a day."""
    readings = catalogs.readings(case.kind, dict(case.facts) | {"level": case.level}, on)
    binding = [reading.rule for reading in readings if reading.binds and step in reading.rule.steps]
    return tuple(dict.fromkeys(role for rule in binding for role in rule.results))


def step_of_paper(catalogs: Catalogs, kind: str, role: str) -> str | None:
    """The step whose result, or proof, a paper of this role is."""
    for rule in catalogs.rules_of.get(kind, ()):
        if role in rule.results and rule.steps:
            return rule.steps[0]
    return next((step.id for step in catalogs.chains[kind].steps.values() if role in step.proved_by), None)


def citation_of(catalogs: Catalogs, rule: str, on: date) -> str:
    """Where a rule stands, on a day; empty for the district's own flow."""
    found = catalogs.rules.get(rule)
    version = found.version_on(on) if found else None
    return version.citation if version else ""


def unit_ids(catalogs: Catalogs, names: Iterable[str]) -> list[str]:
    """Units by their ids in the register; a unit that the register does not know keeps its name."""
    return [organ.id if (organ := catalogs.organs.find(name)) else name for name in names]


def unit_name(catalogs: Catalogs, unit: str) -> str:
    """The name of a unit for people."""
    organ = catalogs.organs.find(unit)
    return organ.name if organ else unit

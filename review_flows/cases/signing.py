"""Who may sign what, and what a sign-off does. `take_answer` is the only way an answer becomes part of the record.

An answer counts with a proof of who gave it (a one-time code here, or the gateway's journal), by a person whose role
and unit the step asks for (or their substitute), who has not drafted what they review, on exactly the papers that were
shown, with a conclusion the step knows. It is recorded with its event in one transaction. What does not count is
recorded too: the ask closes as refused and the next attempt, which says why, is inserted in the same transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal

from sqlmodel import Session, select

from review_flows.cases.advance import (
    ask_again,
    end_case,
    office_day,
    open_step,
    set_periods,
)
from review_flows.cases.case import (
    COPY_DIFFERS,
    FUTURE_DATES,
    OPEN_STEP_STATES,
    Case,
    CaseFinding,
    OpinionItem,
    SignOff,
    StepRecord,
    Wait,
)
from review_flows.cases.forms import Answer, latest_record, offered_papers, read_answer
from review_flows.cases.standing import (
    draft_identity,
    matter_of,
    open_waits,
    opinion_items,
    plan_of,
    progress_of,
    results_of,
    sign_offs_of,
)
from review_flows.cases.work import NO_WORKS, Asked, GoesOn, KnowsHaste, PaperMaker, StepWork, Works
from review_flows.cases.workshop import REVIEW, remarks_of, settle
from review_flows.errors import ReviewFlowsError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.procedure import PlannedPeriod, PlannedStep, blocks_of, plan
from review_flows.people import codes
from review_flows.people.delegation import principals_of
from review_flows.people.person import Person
from review_flows.people.standing import standing
from review_flows.records.audit import Actor, record
from review_flows.records.canonical import canonical, plain
from review_flows.records.home import Home

Proof = Literal["code", "gateway"]

# From the gravest down: what several reviewers of one step amount to together is the gravest that one of them said.
_GRAVITY = ("returned", "out_of_scope", "unlawful", "problems_found", "to_be_amended", "done", "lawful", "approved")
# Dates that are no floor for what comes later: one may lie ahead, the other begins anew with every draft.
MOVING_DATES = ("effective_on", "package_complete_on")
REVIEW_STEPS = ("internal_legality_review", "legality_review", "fair_competition_review")


@dataclass(frozen=True)
class Taken:
    """What became of an answer. `next_wait_id`: the ask that follows a refused one; `receipt` is for the person."""

    accepted: bool
    reason: str | None
    next_wait_id: int | None
    receipt: str


def take_answer(
    session: Session,
    home: Home,
    catalogs: Catalogs,
    wait_id: int,
    answer: Mapping[str, Any],
    *,
    resumed_at: datetime,
    now: datetime,
    via: Proof = "code",
    works: Works = NO_WORKS,
) -> Taken:
    """Record an answer as a sign-off, or as refused with the next ask; the caller's transaction carries all of it."""
    wait = session.get_one(Wait, wait_id)
    if wait.closed_at is not None:
        return _too_late(session, wait, answer, now)
    proven = False
    try:
        given = read_answer(session, catalogs, wait, answer, works)
        person = _proven_person(session, home, given, resumed_at=resumed_at, now=now, via=via)
        proven = True
        work = works.get((session.get_one(Case, wait.case).kind, wait.step))
        signing = _Signing(session, catalogs, wait, given, person, now, via, work)
        with session.begin_nested():  # days that a refused answer told are not days of the case
            signing.check()
    except ReviewFlowsError as error:
        return _refuse(session, wait, answer, str(error), now, proven=proven)
    return signing.complete()


def _proven_person(
    session: Session, home: Home, answer: Answer, *, resumed_at: datetime, now: datetime, via: Proof
) -> Person:
    person = session.get(Person, answer.person)
    if person is None or not person.active:
        raise SignOffError(f"没有在岗人员“{answer.person}”，请填写本人的人员编号。")
    if via == "code":
        verdict = codes.check_and_burn(
            session, home.keys, person.id, answer.code, resumed_at=resumed_at, now=now, is_demo=home.is_demo
        )
        if not verdict.accepted:
            raise SignOffError(verdict.reason or "动态口令不对。")
    return person


def _too_late(session: Session, wait: Wait, answer: Mapping[str, Any], now: datetime) -> Taken:
    reason = "这项待办已经结束，答复没有作数。"
    record(
        session, "sign_off.refused", actor=Actor("unproven"), at=now, case=wait.case, step=wait.step, round=wait.round,
        subject=("wait", str(wait.id)), reason=reason, payload=_kept(answer),
    )  # fmt: skip
    return Taken(False, reason, None, receipt_text(answer, accepted=False, reason=reason))


def _refuse(
    session: Session, wait: Wait, answer: Mapping[str, Any], reason: str, now: datetime, *, proven: bool
) -> Taken:
    claimed = str(answer.get("person", ""))[:64]
    record(
        session, "sign_off.refused", actor=Actor(claimed if proven else "unproven", wait.role, wait.unit), at=now,
        case=wait.case, step=wait.step, round=wait.round, subject=("wait", str(wait.id)), reason=reason,
        payload=_kept(answer) | ({} if proven else {"claimed": claimed}),
    )  # fmt: skip
    following = ask_again(session, wait, outcome="refused", reason=reason, now=now)
    return Taken(False, reason, following.id, receipt_text(answer, accepted=False, reason=reason))


def _kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as it is kept: everything but the code."""
    return {"answer": plain({key: value for key, value in answer.items() if key != "code"})}


def answer_sha256(answer: Mapping[str, Any]) -> str:
    """The hash of an answer as it was read, without its code; it stands on the receipt and in the trail."""
    return sha256(canonical(plain({key: value for key, value in answer.items() if key != "code"}))).hexdigest()


def receipt_text(answer: Mapping[str, Any], *, accepted: bool, reason: str | None = None) -> str:
    """What goes back to the person: what was read, its hash, and what became of it."""
    head = "已记录您的签批。" if accepted else f"未被接受：{reason}"
    said = [f"- {key}：{value}" for key, value in answer.items() if key != "code" and value]
    return "\n".join([head, "", "系统读到的内容：", *said, "", f"内容哈希（sha256）：{answer_sha256(answer)}"])


@dataclass(frozen=True)
class _Floor:
    """A day before which a step cannot have happened, and why."""

    what: str
    on: date
    rules: str = ""


@dataclass(frozen=True)
class _CutShort:
    """A minimum that was not kept: `what` came on `ended_on`, and might have come on `earliest`."""

    what: str
    rule: str
    earliest: date
    ended_on: date


class _Signing:
    """One answer being checked and then recorded, inside the caller's transaction."""

    def __init__(
        self,
        session: Session,
        catalogs: Catalogs,
        wait: Wait,
        answer: Answer,
        person: Person,
        now: datetime,
        via: Proof,
        work: StepWork | None,
    ) -> None:
        self.session, self.catalogs, self.wait, self.answer = session, catalogs, wait, answer
        self.person, self.now, self.via = person, now, via
        self.case = session.get_one(Case, wait.case)
        row = latest_record(session, wait.case, wait.step)
        assert row is not None  # an ask is only ever inserted with its step
        self.row: StepRecord = row
        self.judged: StepRecord = row  # the step with the periods that the dates of the answer give
        self.planned: PlannedStep | None = None
        self.bounds: tuple[PlannedPeriod, ...] = ()
        self.step = catalogs.chains[self.case.kind].steps[wait.step]
        self.today, self.work = office_day(now), work
        self.asked = Asked(session, catalogs, self.case, wait, answer)
        self.actor = Actor(person.id, wait.role, wait.unit)

    # --- may this answer count? -------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raises SignOffError where the answer may not count."""
        self._check_case()
        self._check_authority()
        self._check_no_conflict()
        self._check_shown()
        self._check_dates()
        self._check_content()
        if self.work and self.answer.conclusion != "returned":
            self.work.check(self.asked, self.answer.conclusion, self.answer.told, self.now)
        self._check_time()

    def _check_case(self) -> None:
        if self.case.state == "suspended":
            raise SignOffError(f"{self.case.number} 已中止，恢复后再办。")
        if self.case.is_ended or self.row.state not in OPEN_STEP_STATES:
            raise SignOffError("该环节已经结束，不能再签批。")

    def _check_authority(self) -> None:
        """The person has a role that may answer this step for its unit, or stands in for one who has."""
        if "@" not in self.wait.assignee and self.person.id != self.wait.assignee:
            self._check_stands_in(self.wait.assignee)
        roles = (self.wait.role, *self._alternates())
        refusal: SignOffError | None = None
        for role in roles:
            try:
                self.actor = standing(
                    self.session,
                    self.person.id,
                    role=role,
                    unit=self.wait.unit,
                    on=self.today,
                    untied_to=self._tied_case(),
                )
                return
            except SignOffError as error:
                refusal = refusal or error
        assert refusal is not None
        raise refusal

    def _alternates(self) -> tuple[str, ...]:
        """The other roles that may answer in the stead of the one asked."""
        return tuple(role for by in self.step.by if by.role == self.wait.role for role in by.also)

    def _check_stands_in(self, assignee: str) -> None:
        on_behalf = principals_of(self.session, self.person.id, role=self.wait.role, on=self.today)
        if assignee not in [principal.id for principal in on_behalf]:
            raise SignOffError(f"本项待办指定由 {assignee} 签批，{self.person.name}不能代签；如需代理请先办理委托。")

    def _tied_case(self) -> str | None:
        """Whoever reviews must have no tie to the case; the acts of the drafting unit are its own."""
        return self.case.number if self.wait.step in REVIEW_STEPS else None

    def _check_no_conflict(self) -> None:
        """A drafter never reviews their own draft; a declared interest excludes."""
        if self.wait.step not in REVIEW_STEPS:
            return
        drafted = {
            sign_off.person
            for step in ("drafting",)
            for sign_off in _all_sign_offs(self.session, self.case.number, step)
        }
        if self.person.id in drafted or self.person.name == self.case.contact.get("name"):
            raise SignOffError(f"{self.person.name}参与了起草，不能审核自己起草的文稿，请由他人审核。")
        if self.wait.step == "legality_review" and self._reviewed_for_drafter():
            raise SignOffError(f"{self.person.name}已代表起草单位出具过审核意见，不能再作为审核机构的审核人。")

    def _reviewed_for_drafter(self) -> bool:
        if self.person.is_test:
            return False
        return any(
            s.person == self.person.id
            for s in _all_sign_offs(self.session, self.case.number, "internal_legality_review")
        )

    def _check_shown(self) -> None:
        """What was shown is what is there: a draft that has changed since must be looked at again."""
        draft = draft_identity(self.session, self.catalogs, self.case)
        shown = set(self.wait.shown)
        if draft and not draft.startswith("paper-") and draft not in shown and self.step.this_draft:
            raise SignOffError("文稿在您打开表单之后有了新版本，请看过新版本再签批。")

    def _check_dates(self) -> None:
        for name, day in self.answer.dates.items():
            if day > self.today and name not in FUTURE_DATES:
                raise SignOffError(f"{self._label(name)}（{day.isoformat()}）晚于今天，不能登记还没有发生的事。")
        dates = self._dates_with_answer()
        for earlier, later in (("comment_published_on", "comment_closed_on"), ("published_on", "effective_on")):
            if earlier in dates and later in dates and dates[later] < dates[earlier]:
                raise SignOffError(f"{self._label(later)}早于{self._label(earlier)}，请核对。")
        if self.step.period_ends == "comment_closed_on" and dates.get("comment_closed_on", self.today) > self.today:
            raise SignOffError("征求意见还没有截止，请在截止之后办结本环节。")

    def _check_order(self) -> None:
        """What comes first comes first by the calendar too: no meeting before the opinion, no publication before it.

        A date that the step records is held against the days of its gates (MD-16, ND-18) and against the dates that
        earlier steps have recorded.
        """
        told = {name: day for name, day in self.answer.dates.items() if name in self.step.records}
        if self.answer.meeting and self.answer.meeting.held_on:
            told["held_on"] = _day(self.answer.meeting.held_on, "开会日期")
        for name, day in told.items():
            for floor in self._floors():
                if day < floor.on:
                    what = self._label(self.wait.step) if name == "held_on" else self._label(name)
                    raise SignOffError(
                        f"{what}（{day.isoformat()}）早于{floor.what}（{floor.on.isoformat()}），次序不合法{floor.rules}。"
                    )

    def _floors(self) -> Iterator[_Floor]:
        """The days before which this step cannot have happened."""
        for gate in self.step.gates:
            before = latest_record(self.session, self.case.number, gate.of)
            if before is not None and before.done_on is not None:
                yield _Floor(f"{self._label(gate.of)}办结之日", before.done_on, f"（{'、'.join(gate.rules)}）")
        chain = self.catalogs.chains[self.case.kind]
        earlier = [chain.steps[step] for step in chain.steps if step in chain.before(self.wait.step)]
        for name in (name for step in earlier for name in step.records):
            if name in self.case.dates and name not in MOVING_DATES:
                yield _Floor(self._label(name), date.fromisoformat(self.case.dates[name]))

    def _dates_with_answer(self) -> dict[str, date]:
        return {name: date.fromisoformat(text) for name, text in self.case.dates.items()} | dict(self.answer.dates)

    def _check_content(self) -> None:
        answer = self.answer
        musts = [item for item in answer.items if item.nature == "must_change"]
        if answer.conclusion == "to_be_amended" and not musts:
            raise SignOffError("结论为“应当予以修改”，须至少有一条“应当修改”的意见，写明问题、依据和建议。")
        if answer.conclusion in ("lawful", "approved") and musts:
            raise SignOffError("有“应当修改”的意见，结论就不能是合法（同意）。请改结论，或把意见改为“建议修改”。")
        if answer.conclusion in ("returned", "unlawful", "out_of_scope", "problems_found") and not (
            answer.reason or answer.items
        ):
            raise SignOffError(f"结论为“{self._label(answer.conclusion)}”的，须写明理由。")
        if answer.conclusion == "returned":
            return
        self._check_order()
        self._check_result_papers()
        self._check_copy()
        self._check_responses()

    def _check_result_papers(self) -> None:
        """A step whose result is a paper is done only on a paper that has come, and was accepted."""
        if self.case.is_secret or self.answer.conclusion not in self.step.passes:
            return
        wanted = results_of(self.catalogs, self.case, self.wait.step, self.today)
        made_here = {"meeting_record"} if self.answer.meeting else set()
        if isinstance(self.work, PaperMaker):
            made_here |= set(self.work.makes(self.asked, self.answer.conclusion, self.answer.told))
        accepted = {
            paper.role for paper in offered_papers(self.session, self.wait) if paper.sha256 in self.answer.accepts
        }
        here = accepted | made_here
        if lacking := [role for role in wanted if role not in here]:
            names = "、".join(self._label(role) for role in lacking)
            raise SignOffError(
                f"本环节的结果材料尚未收到或未勾选：{names}。请先以 submit --case {self.case.number} 送来，再勾选认可。"
            )

    def _check_copy(self) -> None:
        """The newest signed (published) copy must be the reviewed text; an older one that was not stays a finding."""
        copies = [paper for paper in offered_papers(self.session, self.wait) if paper.role == self.step.copy]
        if self.answer.conclusion not in self.step.passes or not copies:
            return
        query = select(CaseFinding).where(
            CaseFinding.case == self.case.number,
            CaseFinding.kind == COPY_DIFFERS.format(copy=self.step.copy),
            CaseFinding.round == max(copy.version for copy in copies),
        )
        if found := self.session.exec(query).first():
            name = self._label(self.wait.step)
            raise SignOffError(f"{found.reason}。请改用审核过的文本{name}，或将改动后的文本重新送审。")

    def _check_responses(self) -> None:
        for told in self.answer.responses:
            if told.response != "adopted" and not told.reason.strip():
                raise SignOffError(f"对第 {told.item} 条意见未完全采纳，须写明理由。")

    def _check_time(self) -> None:
        """A minimum is never a wait: earlier needs a reason, and stays a finding (period.cut_short)."""
        self._judge_periods()
        for cut in self._cut_short():
            if not self._reason_for_haste():
                raise SignOffError(
                    f"{cut.what}早于法定最短期限（{cut.rule}，最早 {cut.earliest.isoformat()}），提前请写明理由。"
                )
        if self.answer.conclusion in self.step.passes:
            self._check_gates()

    def _judge_periods(self) -> None:
        """Periods that count from a date given only now (the notice was published on …) are computed with it.

        On a copy: an answer that is refused leaves neither its dates nor its periods in the record.
        """
        if not self.answer.dates:
            return
        matter = replace(matter_of(self.session, self.case), dates=self._dates_with_answer())
        planned = plan(self.catalogs, matter, self.row.started_on or self.today)
        self.planned, self.bounds = planned.step(self.wait.step), planned.bounds
        self.judged = StepRecord(**self.row.model_dump(exclude={"id"}))
        set_periods(self.catalogs, self.judged, self.planned)

    def _cut_short(self) -> Iterator[_CutShort]:
        """The minima that this answer does not keep: of the step itself, and of a date that it tells (ND-22)."""
        if self.answer.conclusion == "returned":
            return
        earliest, ended_on = self.judged.earliest_end_on, self._ended_on()
        if earliest is not None and ended_on < earliest:
            yield _CutShort("", self.judged.earliest_rule or "", earliest, ended_on)
        dates = self._dates_with_answer()
        for period in self.bounds:
            name, ends_on = period.bounds or "", period.ends_on
            is_told = name in self.step.records and name in dates and period.counted_from in dates
            if is_told and period.kind == "min" and ends_on is not None and dates[name] < ends_on:
                yield _CutShort(f"{self._label(name)}（{dates[name].isoformat()}）", period.rule, ends_on, dates[name])

    def _ended_on(self) -> date:
        """The day the step's period ends on: the recorded date where the chain names one, else today."""
        name = self.step.period_ends
        return self._dates_with_answer().get(name, self.today) if name else self.today

    def _reason_for_haste(self) -> str:
        recorded = self.work.reason_for_haste(self.asked) if isinstance(self.work, KnowsHaste) else ""
        told = (self.answer.reason, recorded, str(self.case.facts.get("shorter_period_reason") or ""))
        return next((reason.strip() for reason in told if reason.strip()), "")

    def _check_gates(self) -> None:
        """The case may have moved since the form was opened: a gate that has closed holds the answer up."""
        progress = progress_of(self.session, self.catalogs, self.case)
        matter = matter_of(self.session, self.case)
        for block in blocks_of(self.catalogs, matter, progress, self.wait.step, self.today):
            raise SignOffError(f"现在不能办结本环节：{block.reason}")

    def _label(self, key: str) -> str:
        return self.catalogs.label(key, self.case.kind)

    # --- it counts --------------------------------------------------------------------------------------------------

    def complete(self) -> Taken:
        """Record the sign-off and what follows from it."""
        sign_off = self._record_sign_off()
        self._record_items(sign_off)
        if self.wait.step == REVIEW:
            settle(remarks_of(self.session, self.catalogs, self.case), self.answer.remarks)
        self._record_responses()
        self._record_dates()
        self._note_cut_short()
        if self.work:
            self.work.record(self.asked, self.answer.conclusion, self.answer.told, self.actor, self.now)
        self.wait.closed_at, self.wait.outcome = self.now, "answered"
        self.session.flush()
        if not any(wait.step == self.wait.step for wait in open_waits(self.session, self.case.number)):
            self._end_step()
        return Taken(True, None, None, receipt_text(self.answer.raw, accepted=True))

    def _event(self, event: str, **details: Any) -> None:
        record(
            self.session, event, actor=self.actor, at=self.now, case=self.case.number, step=self.wait.step,
            round=self.wait.round, **details,
        )  # fmt: skip

    def _record_sign_off(self) -> SignOff:
        sign_off = SignOff(
            wait=self.wait.id or 0, case=self.case.number, step=self.wait.step, round=self.wait.round,
            person=self.person.id, person_name=self.person.name,
            role=self.actor.role or self.wait.role, unit=self.wait.unit, on_behalf_of=self.actor.on_behalf_of,
            conclusion=self.answer.conclusion, reason=self.answer.reason, answer=dict(plain(dict(self.answer.raw))),
            shown=list(self.wait.shown), proof=self.via, signed_at=self.now,
        )  # fmt: skip
        self.session.add(sign_off)
        self.session.flush()
        self._event(
            "sign_off.given", documents=self.wait.shown, subject=("wait", str(self.wait.id)),
            reason=self.answer.reason or None,
            payload={
                "conclusion": self.answer.conclusion,
                "proof": self.via,
                "answer_sha256": answer_sha256(self.answer.raw),
                "accepts": list(self.answer.accepts),
            },
        )  # fmt: skip
        return sign_off

    def _record_items(self, sign_off: SignOff) -> None:
        before = opinion_items(self.session, self.case.number, round=self.wait.round)
        start = 1 + max((item.ordinal for item in before if item.step == self.wait.step), default=0)
        for ordinal, item in enumerate(self.answer.items, start):
            self.session.add(
                OpinionItem(
                    case=self.case.number,
                    step=self.wait.step,
                    round=self.wait.round,
                    ordinal=ordinal,
                    sign_off=sign_off.id or 0,
                    article=item.article,
                    problem=item.problem,
                    basis=item.basis,
                    suggestion=item.suggestion,
                    nature=item.nature,
                    concerns=item.concerns,
                )  # fmt: skip
            )
            self._event(
                "opinion_item.given", subject=("opinion_item", str(ordinal)),
                payload={"nature": item.nature, "article": item.article, "problem": item.problem},
            )  # fmt: skip

    def _record_responses(self) -> None:
        items = {item.ordinal: item for item in opinion_items(self.session, self.case.number)}
        for told in self.answer.responses:
            if (item := items.get(told.item)) is None:
                continue
            item.response, item.response_reason = told.response, told.reason
            item.responded_at, item.responded_by = self.now, self.person.id
            self._event(
                "opinion_item.answered", subject=("opinion_item", str(told.item)), reason=told.reason or None,
                payload={"response": told.response},
            )  # fmt: skip

    def _record_dates(self) -> None:
        if self.answer.dates:
            told = {name: day.isoformat() for name, day in self.answer.dates.items()}
            self.case.dates = self.case.dates | told
            earliest = min(self.answer.dates.values())
            self._event("dates.recorded", payload=told, **({"happened_on": earliest} if earliest < self.today else {}))

    def _note_cut_short(self) -> None:
        if self.planned is not None:
            set_periods(self.catalogs, self.row, self.planned)
        reason = self._reason_for_haste()
        for cut in self._cut_short():
            self.session.add(
                CaseFinding(
                    case=self.case.number,
                    kind="period.cut_short",
                    step=self.wait.step,
                    round=self.wait.round,
                    rule=cut.rule,
                    reason=reason,
                    found_at=self.now,
                )  # fmt: skip
            )
            self._event(
                "period.cut_short", rules=[cut.rule], reason=reason,
                payload={"earliest_end_on": cut.earliest.isoformat(), "ended_on": cut.ended_on.isoformat()},
            )  # fmt: skip

    def _end_step(self) -> None:
        """All who were asked have answered: the gravest of their conclusions is the step's."""
        given = [s.conclusion for s in sign_offs_of(self.session, self.case.number, self.wait.step, self.wait.round)]
        conclusion = min(given, key=_GRAVITY.index)
        row = self.row
        row.conclusion, row.done_on = conclusion, self._ended_on()
        row.reason = self.answer.reason or row.reason
        row.draft_sha256 = draft_identity(self.session, self.catalogs, self.case)
        row.state = "returned" if conclusion == "returned" else "done"
        event = "step.returned" if row.state == "returned" else "step.completed"
        self._event(event, rules=row.rules, payload={"conclusion": conclusion, "catalogs": row.catalogs})
        self._note_overdue()
        self._go_on(conclusion)

    def _note_overdue(self) -> None:
        if self.row.due_on and self._ended_on() > self.row.due_on and not self.row.suspended_on:
            self.session.add(
                CaseFinding(
                    case=self.case.number,
                    kind="period.overrun",
                    step=self.wait.step,
                    round=self.wait.round,
                    rule=self.row.due_rule,
                    reason=f"应于 {self.row.due_on.isoformat()} 前办结",
                    found_at=self.now,
                )  # fmt: skip
            )

    def _go_on(self, conclusion: str) -> None:
        if isinstance(self.work, GoesOn) and self.work.go_on(self.asked, self.row, self.actor, self.now):
            return
        if conclusion == "out_of_scope":
            end_case(self.session, self.case, "rejected", now=self.now, reason=self.answer.reason)
        elif conclusion not in self.step.passes and self.wait.step != "drafting":
            self._send_back(conclusion)
        elif self.wait.step == "drafting" and self.wait.round > 1:
            self._after_revision()

    def _send_back(self, conclusion: str) -> None:
        """What did not pass goes back to the drafting unit, which amends or answers; nothing done is lost."""
        if any(wait.step == "drafting" for wait in open_waits(self.session, self.case.number)):
            return
        planned = plan_of(self.session, self.catalogs, self.case, self.today).step("drafting")
        name = self._label(self.wait.step)
        reason = f"{name}（第{self.wait.round}轮）结论：{self.catalogs.label(conclusion, self.case.kind)}"
        open_step(self.session, self.catalogs, self.case, planned, now=self.now, reason=reason)

    def _after_revision(self) -> None:
        """The drafting unit has amended or answered: the package is complete again from today."""
        self.case.dates = self.case.dates | {"package_complete_on": self.today.isoformat()}


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SignOffError(f"“{name}”不是日期：{text}，应写成 2026-11-23 的样子。") from error


def _all_sign_offs(session: Session, case: str, step: str) -> Sequence[SignOff]:
    return session.exec(select(SignOff).where(SignOff.case == case, SignOff.step == step)).all()

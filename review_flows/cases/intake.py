"""A folder becomes a case, papers for one, or a quarantine entry with its reason.

`take_folder` reads the folder (never writes to it), understands its submission.yaml, checks every file, and registers
all of it in one transaction, or nothing. What lacks is told at once (一次性告知): the case is `lacking` until it is
complete. What cannot be understood goes to quarantine and raises the error, whose sentence is also the receipt's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from review_flows.cases.advance import (
    close_waits,
    new_draft_arrived,
    office_day,
    set_dates,
    show_again,
)
from review_flows.cases.arrivals import keep_history, question, record_arrivals, unexplained
from review_flows.cases.case import (
    COPY_DIFFERS,
    FUTURE_DATES,
    Case,
    CaseCounter,
    CaseDocument,
    CaseFinding,
    Submission,
)
from review_flows.cases.files import check_file
from review_flows.cases.folder import SUBMISSION, Folder, read_folder
from review_flows.cases.standing import (
    citation_of,
    draft_identity,
    draft_of,
    find_case,
    latest_records,
    matter_of,
    opinion_items,
    plan_of,
    step_of_paper,
)
from review_flows.cases.work import NO_ARRIVALS, Arrivals, Arrived
from review_flows.errors import IntakeError, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.law.procedure import Material, Plan, lacking_for, plan
from review_flows.law.strict import near
from review_flows.law.submission import Submission as Asked
from review_flows.law.submission import parse
from review_flows.records.audit import Actor, record
from review_flows.records.database import reading, writing
from review_flows.records.documents import keep
from review_flows.records.home import Home

INTAKE = Actor("intake")
MAX_QUARANTINED_BYTES = 20 * 1024 * 1024
QUARANTINE_NAME_CHARACTERS = 60  # Chinese ones take three bytes each, and a file name may have 255


@dataclass(frozen=True)
class Lack:
    """A paper that lacks, or a question that is open, with the provision that asks for it."""

    name: str
    citation: str


@dataclass(frozen=True)
class Receipt:
    """What the sender is told (回执): the case, its state, and everything that lacks, at once."""

    case: str
    title: str
    state: str
    lacks: tuple[Lack, ...]
    questions: tuple[Lack, ...]
    is_supplement: bool
    folder: str

    @property
    def is_lacking(self) -> bool:
        return self.state == "lacking"

    def text(self, catalogs: Catalogs) -> str:
        """The receipt as the sender reads it."""
        lines = [f"案号：{self.case}", f"事项：{self.title}", f"状态：{catalogs.label(self.state)}"]
        if self.lacks:
            lines += ["", "尚缺下列材料，请一次补齐：", *_numbered(self.lacks)]
        if self.questions:
            lines += ["", "下列情况请在 submission.yaml 的 facts 中写明：", *_numbered(self.questions)]
        if self.is_lacking:
            lines += ["", f"补充时在 submission.yaml 写 case: {self.case}，审核期限自材料齐备之日起算。"]
        elif self.is_supplement:
            lines += ["", "材料已收，并入该事项。"]
        else:
            lines += ["", "材料齐全，已受理。"]
        return "\n".join(lines) + "\n"


def _numbered(lacks: Iterable[Lack]) -> list[str]:
    return [f"  {n}. {lack.name}{f'（{lack.citation}）' if lack.citation else ''}" for n, lack in enumerate(lacks, 1)]


def take_folder(
    home: Home,
    catalogs: Catalogs,
    folder: Path,
    *,
    now: datetime,
    case: str | None = None,
    step: str | None = None,
    actor: Actor = INTAKE,
    arrivals: Arrivals = NO_ARRIVALS,
) -> Receipt:
    """Register what a folder holds; raises the error that put it into quarantine, after quarantining it.

    `case` and `step` (of the command line) stand in for those of submission.yaml. `arrivals`: what lines of business
    do with the facts of a package.
    """
    taken: Folder | None = None
    try:
        taken = read_folder(folder)
        with reading(home.engine) as session:
            _refuse_seen(session, taken)
        asked = parse(taken.submission, catalogs, case=case, step=step)
        _refuse_future(asked, office_day(now))
        _refuse_excluded(catalogs, asked, now)
        papers = _papers(asked, taken)
        with writing(home.engine) as session:
            _refuse_seen(session, taken)  # another process may have taken it meanwhile
            return _Registration(session, home, catalogs, asked, taken, papers, now, actor, arrivals).run()
    except _SeenBefore as error:
        raise IntakeError(folder.name, error.reason) from error
    except ReviewFlowsError as error:
        _quarantine(home, folder, taken, str(error), now, actor)
        raise


class _SeenBefore(ReviewFlowsError):
    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def _refuse_seen(session: Session, folder: Folder) -> None:
    seen = session.get(Submission, folder.sha256)
    if seen is None:
        return
    when = seen.received_at.strftime("%Y-%m-%d %H:%M")
    if seen.quarantined:
        raise _SeenBefore(f"与 {when} 未能登记的材料完全相同：{seen.reason} 请改正后再送。")
    raise _SeenBefore(f"与 {when} 已登记的材料完全相同（{seen.case}），没有重复登记。")


def _refuse_future(asked: Asked, today: date) -> None:
    """What is said to have happened has happened: a step of tomorrow is not done before sending."""
    told = {"received_on": asked.received_on} | {f"history 的 {entry.step}": entry.ended_on for entry in asked.history}
    for name, day in told.items():
        if day is not None and day > today:
            raise IntakeError(SUBMISSION, f"{name}（{day.isoformat()}）晚于今天。请改正。")


def _refuse_excluded(catalogs: Catalogs, asked: Asked, now: datetime) -> None:
    """Where an exclude rule binds, this is no matter of this kind: refused with the ground (MD-02, ND-02, CT-02)."""
    if asked.case:
        return
    excluded = plan(catalogs, asked.matter, office_day(now)).excluded
    if excluded:
        ground = excluded[0]
        assert asked.kind is not None and asked.title is not None  # parse() asks for both
        kind = catalogs.label(asked.kind)
        raise IntakeError(
            asked.title, f"不适用{kind}程序：{ground.text}（{ground.citation}）。如所填情况有误，请更正 facts 后再送。"
        )


@dataclass(frozen=True)
class _Paper:
    role: str
    name: str
    data: bytes | None  # None: on paper only


def _papers(asked: Asked, folder: Folder) -> list[_Paper]:
    if asked.is_secret and (others := sorted(name for name in folder.files if name != SUBMISSION)):
        raise IntakeError(
            others[0], "涉密事项不收电子文件。请只报 submission.yaml，材料写 paper: true，纸质件按保密规定另送。"
        )
    papers = [_paper(folder, entry.role, entry.file) for entry in asked.materials]
    if asked.compare_with:
        papers.append(_paper(folder, "text_in_force", asked.compare_with))
    return papers


def _paper(folder: Folder, role: str, file: str | None) -> _Paper:
    if file is None:
        return _Paper(role, "纸质材料", None)
    data = folder.files.get(Path(file).as_posix())
    if data is None:
        raise IntakeError(file, "submission.yaml 里写了这个文件，文件夹里没有。请补上，或改正文件名。")
    check_file(role, file, data)
    return _Paper(role, Path(file).name, data)


@dataclass
class _Registration:
    """One folder going into the records, inside one transaction."""

    session: Session
    home: Home
    catalogs: Catalogs
    asked: Asked
    folder: Folder
    papers: list[_Paper]
    now: datetime
    actor: Actor
    arrivals: Arrivals

    def run(self) -> Receipt:
        case = self._supplement() if self.asked.case else self._open()
        if arrival := self.arrivals.get(case.kind):
            told = _plain(self.asked.facts)
            arrival.take(Arrived(self.session, self.catalogs, case, told, self.actor, self.now))
        self.session.add(
            Submission(
                folder_sha256=self.folder.sha256, folder=self.folder.name, case=case.number, received_at=self.now
            )
        )
        lacks, questions = outstanding(self.session, self.catalogs, case, self.now)
        self._settle_state(case, bool(lacks or questions))
        self.session.flush()
        supplement = self.asked.case is not None
        return Receipt(case.number, case.title, case.state, lacks, questions, supplement, self.folder.name)

    def _open(self) -> Case:
        asked, today = self.asked, office_day(self.now)
        assert asked.kind and asked.title and asked.organ and asked.level  # parse() asks for all of them
        received_on = asked.received_on or today
        case = Case(
            number=next_number(self.session, self.catalogs, asked.kind, today.year),
            kind=asked.kind,
            title=asked.title,
            issuing_organ=asked.organ,
            level=asked.level,
            drafting_units=list(asked.drafting_units),
            contact=vars(asked.contact) if asked.contact else {},
            state="lacking",
            facts=_plain(asked.facts),
            asks_for=asked.asks_for,
            opened_at=self.now,
            received_on=received_on,
            supplementary_record=received_on < today,
            catalogs=self.catalogs.sha256,
        )
        self.session.add(case)
        self.session.flush()
        happened = {"happened_on": received_on} if case.supplementary_record else {}
        self._event(case, "case.opened", payload=self._opening(case), **happened)
        self._keep_papers(case)
        keep_history(self.session, self.catalogs, case, asked.history, SUBMISSION)
        self._record_arrivals(case)
        return case

    def _record_arrivals(self, case: Case) -> None:
        today = office_day(self.now)
        record_arrivals(self.session, self.catalogs, case, today=today, now=self.now, actor=self.actor)

    def _opening(self, case: Case) -> dict[str, Any]:
        return {
            "kind": case.kind,
            "title": case.title,
            "issuing_organ": case.issuing_organ,
            "drafting_units": case.drafting_units,
            "facts": case.facts,
            "catalogs": case.catalogs,
            "folder": self.folder.sha256,
        } | ({"history": [vars(entry) for entry in self.asked.history]} if self.asked.history else {})

    def _supplement(self) -> Case:
        case = find_case(self.session, self.asked.case or "")
        if case.is_ended:
            raise IntakeError(
                self.folder.name, f"{case.number} 已经{self.catalogs.label(case.state)}，不能再补充材料。"
            )
        self._check_fits(case)
        if case.is_secret and any(paper.data is not None for paper in self.papers):
            raise IntakeError(self.folder.name, f"{case.number} 是涉密事项，不收电子文件。")
        before = draft_identity(self.session, self.catalogs, case)
        self._change_facts(case)
        self._take_history(case)
        steps = self._keep_papers(case)
        self._take_responses(case)
        self._record_dates(case)
        self._record_arrivals(case)
        is_new_draft = before not in (None, draft_identity(self.session, self.catalogs, case))
        if is_new_draft:
            self._check_not_issued(case)
            self._take_new_draft(case)
        show_again(self.session, self.catalogs, case, None if is_new_draft else steps, actor=self.actor, now=self.now)
        return case

    def _check_fits(self, case: Case) -> None:
        """What the file says of the matter is what the case is; a step is one of its chain."""
        asked, chain = self.asked, self.catalogs.chains[case.kind]
        if asked.kind not in (None, case.kind) or asked.organ not in (None, case.issuing_organ):
            raise IntakeError(
                SUBMISSION, f"事项种类或制定主体与 {case.number}（{case.title}）不符，请核对案号，或作为新的事项送审。"
            )
        if asked.step is not None and asked.step not in chain.steps:
            raise IntakeError(
                SUBMISSION, f"{self.catalogs.label(case.kind)}没有环节 {asked.step}{near(asked.step, chain.steps)}。"
            )

    def _take_history(self, case: Case) -> None:
        """Steps that a supplement tells were done before sending; once the review has begun only with their reason."""
        if not keep_history(self.session, self.catalogs, case, self.asked.history, SUBMISSION):
            return
        self._event(case, "history.told", payload={"history": [vars(entry) for entry in self.asked.history]})
        if case.package_complete_on is not None:
            for short in unexplained(self.session, self.catalogs, case):
                raise IntakeError(SUBMISSION, f"{question(self.catalogs, case, short)}（{short.citation}）。")

    def _record_dates(self, case: Case) -> None:
        """Days that have come to be known: the periods of the open steps that count from them begin to run."""
        told, today = self.asked.dates, office_day(self.now)
        if not told:
            return
        for name, day in told.items():
            if day > today and name not in FUTURE_DATES:
                raise IntakeError(
                    SUBMISSION, f"{self.catalogs.dates[name]}（{day.isoformat()}）晚于今天，请改正 dates。"
                )
        set_dates(self.session, self.catalogs, case, told, today)
        happened = {"happened_on": min(told.values())} if min(told.values()) < today else {}
        payload = {name: day.isoformat() for name, day in told.items()}
        self._event(case, "dates.recorded", payload=payload, **happened)

    def _check_not_issued(self, case: Case) -> None:
        """What was signed or published is not changed by a new draft, but by a matter of its own (MD-32)."""
        records = latest_records(self.session, case.number)
        for step in self.catalogs.chains[case.kind].steps.values():
            row = records.get(step.id)
            if step.copy and row is not None and row.state == "done":
                raise IntakeError(
                    self.folder.name,
                    f"{case.number} 的文本已经{self.catalogs.label(step.id, case.kind)}，不能再以新的草案变更；"
                    "需要修改的，请作为新的事项送审，重新履行程序。",
                )

    def _take_new_draft(self, case: Case) -> None:
        """A new version ends the revision that was asked for; what was done on the old one is shown stale."""
        new_draft_arrived(self.session, self.catalogs, case, self.now)
        self._end_revision(case, "已收到修改稿")

    def _end_revision(self, case: Case, reason: str) -> None:
        """The round of drafting that an opinion has asked for ends: the drafting unit has sent what it was asked."""
        row = latest_records(self.session, case.number).get("drafting")
        if row and row.state == "waiting":
            row.state, row.done_on, row.conclusion = "done", office_day(self.now), "done"
            row.draft_sha256 = draft_identity(self.session, self.catalogs, case)
            close_waits(self.session, case.number, outcome="superseded", now=self.now, steps=["drafting"])
            self._event(case, "step.completed", step="drafting", round=row.round, reason=reason)

    def _change_facts(self, case: Case) -> None:
        changed = {
            name: value for name, value in _plain(self.asked.facts).items() if case.facts.get(name, ...) != value
        }
        if not changed:
            return
        if changed.get("state_secret") is True and self._has_files(case):
            raise IntakeError(
                self.folder.name, f"{case.number} 已有电子文件，不能改为涉密事项。请撤回，按保密规定处理后另行报送。"
            )
        before = {name: case.facts.get(name) for name in changed}
        case.facts = case.facts | changed
        self._event(case, "facts.changed", payload={"before": before, "after": changed})
        plan_now = plan_of(self.session, self.catalogs, case, office_day(self.now))
        if plan_now.excluded:
            ground = plan_now.excluded[0]
            raise IntakeError(
                self.folder.name,
                f"照所填情况，{case.number} 不适用本程序：{ground.text}（{ground.citation}）。"
                "如确属如此，请撤回，或由审核机构作出不属于审核范围的结论。",
            )

    def _has_files(self, case: Case) -> bool:
        query = select(CaseDocument).where(CaseDocument.case == case.number, col(CaseDocument.sha256).is_not(None))
        return self.session.exec(query.limit(1)).first() is not None

    def _take_responses(self, case: Case) -> None:
        """Answers of the drafting unit to the items of the latest opinion, by number (采纳情况)."""
        items = {item.ordinal: item for item in opinion_items(self.session, case.number)}
        for told in self.asked.responses:
            item = items.get(told.item)
            if item is None:
                raise IntakeError(SUBMISSION, f"最近一份意见没有第 {told.item} 条，请核对 responses。")
            if told.response != "adopted" and not told.reason.strip():
                raise IntakeError(SUBMISSION, f"对第 {told.item} 条意见未完全采纳，须写明理由（responses 的 reason）。")
            item.response, item.response_reason = told.response, told.reason
            item.responded_at, item.responded_by = self.now, self.actor.person
            self._event(
                case, "opinion_item.answered", step=item.step, round=item.round,
                subject=("opinion_item", str(item.ordinal)), reason=told.reason or None,
                payload={"response": told.response},
            )  # fmt: skip
        if self.asked.responses and all(item.response for item in items.values()):
            case.dates = case.dates | {"package_complete_on": office_day(self.now).isoformat()}
            self._end_revision(case, "已答复全部意见")

    def _keep_papers(self, case: Case) -> set[str]:
        """File the papers; returns the steps that new ones belong to."""
        steps = set()
        for paper in self.papers:
            document = keep(self.session, self.home.store, paper.data, paper.name) if paper.data is not None else None
            sha = document.sha256 if document else None
            role = self._role_of(case, paper)
            newest = _newest(self.session, case.number, role)
            if newest is not None and sha is not None and newest.sha256 == sha:
                continue
            row = CaseDocument(
                case=case.number, role=role, version=newest.version + 1 if newest else 1, sha256=sha,
                name=paper.name, step=self.asked.step or self._step_of(case, role), received_at=self.now,
            )  # fmt: skip
            self.session.add(row)
            self.session.flush()
            self._event(
                case, "document.received", step=row.step, documents=[sha] if sha else [],
                subject=("document", f"{row.role}-{row.version}"), payload={"name": row.name},
            )  # fmt: skip
            if paper.data is not None and (step := self._step_of_copy(case, role)):
                self._check_copy(case, step, row, paper.name, paper.data)
            if row.step:
                steps.add(row.step)
        return steps

    def _role_of(self, case: Case, paper: _Paper) -> str:
        """The reviewed text that comes for its signing or publication is that copy, not a new draft."""
        chain = self.catalogs.chains[case.kind]
        step = chain.steps.get(self.asked.step or "")
        return step.copy if step and step.copy and paper.role == chain.draft else paper.role

    def _step_of_copy(self, case: Case, role: str) -> str | None:
        """The step that makes a copy of this role."""
        steps = self.catalogs.chains[case.kind].steps.values()
        return next((step.id for step in steps if step.copy == role), None)

    def _check_copy(self, case: Case, step: str, row: CaseDocument, name: str, data: bytes) -> None:
        """签订（公布）稿 = 审核稿: another text is a finding, and the step waits for the reviewed one."""
        from review_flows.text.copies import difference
        from review_flows.text.reading import read

        reviewed = draft_of(self.session, self.catalogs, case)
        if reviewed is None or reviewed.sha256 in (None, row.sha256):
            return
        old, new = read(self.home.store.read(reviewed.sha256 or ""), reviewed.name), read(data, name)
        framed = self.catalogs.chains[case.kind].steps[step].framed
        found = difference(old, new, self.catalogs.follow_up.draft_marks, framed=framed)
        if found is None:
            return
        reason = (
            f"{row.name}（第{row.version}版）与审核的{reviewed.name}（第{reviewed.version}版）文字不同："
            f"审核稿“{found.reviewed[:40]}”，该件“{found.copy[:40]}”"
        )
        kind = COPY_DIFFERS.format(copy=row.role)
        self.session.add(
            CaseFinding(case=case.number, kind=kind, step=step, round=row.version, reason=reason, found_at=self.now)
        )
        self._event(case, kind, step=step, documents=[row.sha256 or ""], reason=reason)

    def _step_of(self, case: Case, role: str) -> str | None:
        """The step whose result a paper of this role is, by the rules in force."""
        return step_of_paper(self.catalogs, case.kind, role)

    def _settle_state(self, case: Case, is_lacking: bool) -> None:
        if case.state not in ("lacking", "open"):
            return
        if is_lacking and case.package_complete_on is None:
            case.state = "lacking"
            self._event(case, "case.lacking")
        elif case.state == "lacking":
            case.state, case.package_complete_on = "open", office_day(self.now)
            case.dates = case.dates | {"package_complete_on": case.package_complete_on.isoformat()}
            self._event(case, "case.package_completed")

    def _event(self, case: Case, event: str, **details: Any) -> None:
        record(self.session, event, actor=self.actor, at=self.now, case=case.number, **details)


def _newest(session: Session, case: str, role: str) -> CaseDocument | None:
    return session.exec(
        select(CaseDocument)
        .where(CaseDocument.case == case, CaseDocument.role == role)
        .order_by(col(CaseDocument.version).desc())
        .limit(1)
    ).first()


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON keeps them: a day as its ISO text."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in facts.items()}


def next_number(session: Session, catalogs: Catalogs, kind: str, year: int) -> str:
    """The next case number of a year and kind, gap-free: the counter is raised in the transaction that uses it."""
    counter = session.get(CaseCounter, (year, kind)) or CaseCounter(year=year, kind=kind, last=0)
    counter.last += 1
    session.add(counter)
    return f"{year}-{catalogs.chains[kind].code}-{counter.last:04d}"


def outstanding(
    session: Session, catalogs: Catalogs, case: Case, now: datetime
) -> tuple[tuple[Lack, ...], tuple[Lack, ...]]:
    """All that the package of the step asked for lacks, and the questions that are open."""
    today = office_day(now)
    planned: Plan = plan_of(session, catalogs, case, today)
    missing: tuple[Material, ...] = lacking_for(catalogs, matter_of(session, case), case.asks_for, today)
    by_role = {material.role: material for material in missing}
    lacks = tuple(
        Lack(catalogs.label(role, case.kind), citation_of(catalogs, material.rule, today))
        for role, material in by_role.items()
    )
    questions = tuple(Lack(f"{name}：{catalogs.facts[name].question}", "") for name in planned.questions)
    short = (Lack(question(catalogs, case, found), found.citation) for found in unexplained(session, catalogs, case))
    return lacks, (*questions, *short)


def _quarantine_place(home: Home, path: Path, now: datetime) -> Path:
    """A new folder named by time and name; a long name is cut, two of the same second are told apart."""
    name = f"{now:%Y%m%d-%H%M%S}-{path.resolve().name[:QUARANTINE_NAME_CHARACTERS]}"
    place, count = home.quarantine / name, 1
    while place.exists():
        count += 1
        place = home.quarantine / f"{name}-{count}"
    place.mkdir(parents=True)
    return place


def _quarantine(home: Home, path: Path, folder: Folder | None, reason: str, now: datetime, actor: Actor) -> None:
    """Keep what came, with the reason, outside the records proper; the sender's folder is not touched."""
    place = _quarantine_place(home, path, now)
    (place / "原因.txt").write_text(reason + "\n", "utf-8")
    if folder is not None and sum(map(len, folder.files.values())) <= MAX_QUARANTINED_BYTES:
        for name, data in folder.files.items():
            target = place / "材料" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    with writing(home.engine) as session:
        if folder is not None and session.get(Submission, folder.sha256) is None:
            session.add(
                Submission(
                    folder_sha256=folder.sha256, folder=path.name, quarantined=True, reason=reason, received_at=now
                )
            )
        record(
            session, "submission.quarantined", actor=actor, at=now, reason=reason,
            subject=("folder", folder.sha256 if folder else path.name),
        )  # fmt: skip

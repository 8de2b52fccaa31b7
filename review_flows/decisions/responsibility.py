"""终身责任 record: who said and did what at which stage on which version, from the record and the trail only (MD-33).

In: a case. Out: `Responsibility`, in the order of the procedure, every line with the number of its audit entry.
Nothing is written by hand here and nothing is left out that a person did: each entry of the trail that names a person
is a line; sign-offs are told in full and held against the hash in the trail, statements of a meeting stand one by one,
dissent marked (it reduces responsibility).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseDocument, OpinionItem, SignOff
from review_flows.cases.contents import checkpoint_line
from review_flows.cases.intake import INTAKE
from review_flows.cases.links import links_of
from review_flows.cases.signing import answer_sha256
from review_flows.cases.standing import unit_name
from review_flows.decisions import changes, expert_draws, experts
from review_flows.decisions.choices import UNTOLD
from review_flows.decisions.discussions import discussion_of
from review_flows.decisions.follow_up_shown import ResponsibilityJson, SaidJson
from review_flows.law.catalogs import Catalogs
from review_flows.people.person import Person
from review_flows.records.audit import Entry, entries, verify
from review_flows.records.home import Home

LIABLE = "MD-33"
DISSENT = ("disagree", "reserve")
MEETING = "collective_discussion"
# What is told in another line, or is no word on the matter: who looked at a paper, what was refused.
_NOT_TOLD = (
    "sign_off.refused", "document.fetched", "document.refused", "dossier.exported", "audit.exported", "links.renewed",
    "responsibility.read", "opinion_item.given", "dates.recorded", "wait.opened", "form.asked", "step.completed",
    "step.returned", "period.cut_short", "period.overrun", "finding.noted", "wait.superseded", "case.package_completed",
)  # fmt: skip
_OF_FORM = ("person", "code", "conclusion", "reason")  # fields that are told elsewhere in the line
_NOBODY = ("system", "unproven")
_PROOF = {"code": "proof_code", "gateway": "proof_gateway"}


@dataclass(frozen=True)
class ResponsibilityLine:
    """One thing that somebody said or did.

    `version` 0: it was on no version of the draft; `mismatch`: trail and record differ.
    """

    stage: str
    round: int
    on: date
    who: str
    unit: str
    role: str
    act: str
    words: str = ""
    person: str = ""  # the id, where it is a person of the system
    on_behalf_of: str = ""
    version: int = 0
    draft_sha256: str = ""
    proof: str = ""
    seq: int = 0
    stance: str = ""
    mismatch: bool = False

    @property
    def is_dissent(self) -> bool:
        """Whether it is a view against the decision, voiced at the meeting."""
        return self.stage == MEETING and self.stance in DISSENT


@dataclass(frozen=True)
class Responsibility:
    """All of it, with what is needed to check it."""

    case: str
    title: str
    organ: str
    drafting_units: tuple[str, ...]
    state: str
    lines: tuple[ResponsibilityLine, ...]
    links: tuple[tuple[str, str, str], ...]  # label, case, title
    events: int
    first_seq: int
    last_seq: int
    chain_reason: str  # empty where the trail holds
    made_on: date
    checkpoint: str = ""
    is_demo: bool = False

    @property
    def people(self) -> int:
        """How many different people are named."""
        return len({line.person or line.who for line in self.lines})

    @property
    def dissent(self) -> tuple[ResponsibilityLine, ...]:
        """The views against the decision."""
        return tuple(line for line in self.lines if line.is_dissent)

    def to_json(self) -> ResponsibilityJson:
        """The JSON of `decisions responsibility` (docs/formats.md)."""
        return {
            "case": self.case,
            "title": self.title,
            "organ": self.organ,
            "drafting_units": list(self.drafting_units),
            "standing": self.state,
            "lines": [_line_json(line) for line in self.lines],
            "dissent": [line.who for line in self.dissent],
            "links": [{"label": label, "case": case, "title": title} for label, case, title in self.links],
            "audit": {"events": self.events, "first": self.first_seq, "last": self.last_seq,
                      "ok": not self.chain_reason, "reason": self.chain_reason or None},
        }  # fmt: skip


def _line_json(line: ResponsibilityLine) -> SaidJson:
    return {
        "stage": line.stage,
        "round": line.round,
        "on": line.on.isoformat(),
        "who": line.who,
        "person": line.person or None,
        "unit": line.unit,
        "role": line.role,
        "on_behalf_of": line.on_behalf_of or None,
        "act": line.act,
        "words": line.words,
        "stance": line.stance or None,
        "dissent": line.is_dissent,
        "version": line.version or None,
        "draft_sha256": line.draft_sha256 or None,
        "proof": line.proof.removeprefix("proof_") or None,
        "seq": line.seq,
        "mismatch": line.mismatch,
    }


def responsibility_of(session: Session, home: Home, catalogs: Catalogs, case: Case) -> Responsibility:
    """Everything that people said and did in a case, in the order of the procedure."""
    reading = _Reading(session, catalogs, case)
    trail = entries(session, case=case.number)
    lines = [line for entry in trail for line in reading.lines(entry)]
    order = {step: place for place, step in enumerate(catalogs.chain(case.kind).steps)}
    lines.sort(key=lambda line: (order.get(line.stage, -1), line.round, line.seq))
    checked = verify(session)
    return Responsibility(
        case=case.number,
        title=case.title.strip("《》"),
        organ=unit_name(catalogs, case.issuing_organ),
        drafting_units=tuple(unit_name(catalogs, unit) for unit in case.drafting_units),
        state=changes.standing(session, case),
        lines=tuple(lines),
        links=tuple(_links(session, catalogs, case)),
        events=len(trail),
        first_seq=trail[0].seq if trail else 0,
        last_seq=trail[-1].seq if trail else 0,
        chain_reason=checked.first_bad.reason if checked.first_bad else "",
        made_on=office_day(home.now()),
        checkpoint=checkpoint_line(home),
        is_demo=home.is_demo,
    )


def _links(session: Session, catalogs: Catalogs, case: Case) -> Iterator[tuple[str, str, str]]:
    for row, is_own in links_of(session, case.number):
        other = session.get_one(Case, row.other if is_own else row.case)
        section = "case_relations" if is_own else "case_relations_back"
        yield catalogs.label(row.relation, section=section), other.number, other.title


def _own_words(signed: SignOff) -> str:
    """What else the form was told in words: a result, an explanation, a number."""
    said = (value for name, value in signed.answer.items() if name not in _OF_FORM)
    return "；".join(value.strip() for value in said if isinstance(value, str) and value.strip() not in ("", UNTOLD))


class _Reading:
    """One case being read: its sign-offs, drafts and people, looked up once."""

    def __init__(self, session: Session, catalogs: Catalogs, case: Case) -> None:
        self.session, self.catalogs, self.case = session, catalogs, case
        signed = session.exec(select(SignOff).where(SignOff.case == case.number))
        self.signed = {str(sign_off.wait): sign_off for sign_off in signed}
        self._answers = {(s.step, s.round, s.person, s.signed_at) for s in self.signed.values()}
        draft = select(CaseDocument).where(
            CaseDocument.case == case.number, CaseDocument.role == catalogs.chains[case.kind].draft
        )
        self.drafts = {paper.sha256: paper.version for paper in session.exec(draft.order_by(col(CaseDocument.version)))}

    def lines(self, entry: Entry) -> Iterable[ResponsibilityLine]:
        """What an entry of the trail says of people: none, one line, or the statements of a meeting."""
        if entry.event == "sign_off.given" and entry.subject and (signed := self.signed.get(entry.subject.id)):
            yield from self._of_sign_off(entry, signed)
        elif entry.event in ("expert.opinion_given", "expert.opinion_signed"):
            yield from self._of_expert(entry)
        elif entry.actor == INTAKE and entry.event not in _NOT_TOLD:
            yield self._of_sender(entry)
        elif entry.actor.person not in _NOBODY and entry.event not in _NOT_TOLD and not self._is_told_by_answer(entry):
            yield self._plain(entry)

    def _is_told_by_answer(self, entry: Entry) -> bool:
        """Whether an event only says what follows from a sign-off of the same moment, without words of its own."""
        return not entry.reason and (entry.step, entry.round, entry.actor.person, entry.at) in self._answers

    def _plain(self, entry: Entry) -> ResponsibilityLine:
        """An act as the trail has it."""
        person = self.session.get(Person, entry.actor.person)
        version, sha = self._version(entry.documents)
        return ResponsibilityLine(
            stage=entry.step or "",
            round=entry.round or 1,
            on=entry.happened_on or office_day(entry.at),
            who=person.name if person else entry.actor.person,
            unit=unit_name(self.catalogs, entry.actor.unit) if entry.actor.unit else "",
            role=self.catalogs.label(entry.actor.role, section="people") if entry.actor.role else "",
            act=self.catalogs.label(entry.event, section="events"),
            words=entry.reason or str(entry.payload.get("measures") or ""),
            person=person.id if person else "",
            on_behalf_of=entry.actor.on_behalf_of or "",
            version=version,
            draft_sha256=sha,
            seq=entry.seq,
        )

    def _of_sender(self, entry: Entry) -> ResponsibilityLine:
        """What came in a package: said by the drafting unit, under the name of its contact."""
        lead = next((unit_name(self.catalogs, unit) for unit in self.case.drafting_units), "")
        words = str(entry.payload.get("name") or entry.reason or "")
        return replace(self._plain(entry), who=str(self.case.contact.get("name") or lead), unit=lead, words=words)

    def _version(self, documents: Iterable[str]) -> tuple[int, str]:
        """The newest version of the draft among the papers that were there."""
        known = [(self.drafts[sha], sha) for sha in documents if sha in self.drafts]
        return max(known, default=(0, ""))

    def _of_sign_off(self, entry: Entry, signed: SignOff) -> Iterator[ResponsibilityLine]:
        version, sha = self._version(signed.shown)
        line = replace(
            self._plain(entry),
            who=signed.person_name,
            unit=unit_name(self.catalogs, signed.unit),
            role=self.catalogs.label(signed.role, section="people"),
            act=self.catalogs.label(signed.conclusion, signed.step, section="conclusions"),
            words="；".join(said for said in (signed.reason, _own_words(signed), self._items(signed)) if said),
            version=version,
            draft_sha256=sha,
            proof=_PROOF.get(signed.proof, ""),
            mismatch=answer_sha256(signed.answer) != entry.payload.get("answer_sha256"),
        )
        yield line
        yield from self._statements(line, signed)

    def _items(self, signed: SignOff) -> str:
        """The opinion items that came with a sign-off, and what became of each."""
        query = select(OpinionItem).where(OpinionItem.sign_off == signed.id).order_by(col(OpinionItem.ordinal))
        told = []
        for item in self.session.exec(query):
            became = f"，{self.catalogs.label(item.response, section='adoptions')}" if item.response else ""
            nature = self.catalogs.label(item.nature, section="natures")
            told.append(f"{item.ordinal}.{item.article}{item.problem}（{nature}{became}）")
        return "；".join(told)

    def _statements(self, recorded: ResponsibilityLine, signed: SignOff) -> Iterator[ResponsibilityLine]:
        """Each statement of a discussion as its record has it; the proof is that of whoever recorded it."""
        kept = discussion_of(self.session, self.case.number, signed.round) if signed.step == MEETING else None
        if kept is None or kept.wait != signed.wait:
            return
        altered = recorded.mismatch or kept.identity() != kept.sha256
        members = kept.told.get("statements", ())  # who attended without deciding dissents from nothing
        for said in (*members, *kept.told.get("others", ())):
            yield replace(
                recorded, on=kept.held_on, who=said["name"], unit="", role=said.get("post") or "", person="",
                on_behalf_of="", act=self.catalogs.label(said["stance"], section="stances"),
                words=said.get("words") or "", stance=said["stance"] if said in members else "",
                mismatch=altered,
            )  # fmt: skip

    def _of_expert(self, entry: Entry) -> Iterator[ResponsibilityLine]:
        """The signed opinion of an expert; whoever filed it is the proof."""
        for engaged in expert_draws.engagements(self.session, self.case.number):
            if entry.subject is None or engaged.expert != entry.subject.id:
                continue
            expert = experts.find_expert(self.session, engaged.expert)
            stance = engaged.stance or ""
            is_given = stance and entry.event == "expert.opinion_given"
            yield replace(
                self._plain(entry), who=expert.name, unit=expert.unit, role="", person="", stance=stance,
                act=self.catalogs.label(stance, section="stances") if is_given else self._plain(entry).act,
                words=(engaged.opinion or "") if is_given else "",
            )  # fmt: skip

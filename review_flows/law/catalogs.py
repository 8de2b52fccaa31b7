"""The law data: reads `catalogs/` strictly into one frozen value, with the sha256 of what it read.

In: the folder. Out: `Catalogs` (rules, chains, organs, facts, roles of papers, terms, calendar), or a CatalogError that
names file, key and reason in Chinese. `check()` gives all faults at once. Not read here: statutes.csv, the catalogues
of decisions (decisions/YEAR.yaml), forms/, and of screening/ all but the fair-competition standards.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from review_flows.errors import CatalogError, NotFound
from review_flows.law import chains as chainbook
from review_flows.law import follow_up as afterwards
from review_flows.law import meetings as meetingbook
from review_flows.law import rulebook
from review_flows.law.calendars import read_calendar
from review_flows.law.chains import Chain
from review_flows.law.checks import Check, read_checks
from review_flows.law.competition import CompetitionStandards, read_standards
from review_flows.law.facts import LEVEL, Answers, Fact, Value, read_facts
from review_flows.law.lifecycle import Lifecycle, read_lifecycle
from review_flows.law.meetings import MeetingLaw
from review_flows.law.organs import Organs, read_organs
from review_flows.law.participation import Participation, read_participation
from review_flows.law.risk import RiskBook, read_risk
from review_flows.law.rules import Reading, Rule, Version
from review_flows.law.strict import Fault, Section, YamlFault, near, parse
from review_flows.law.workdays import Calendar

TERMS, FACTS, ROLES, CHAINS, ORGANS = "terms.yaml", "facts.yaml", "roles.yaml", "chains.yaml", "organs.yaml"
STANDARDS = "screening/fair_competition.yaml"
RISK, PARTICIPATION, MEETINGS = "risk.yaml", "participation.yaml", "meetings.yaml"
FOLLOW_UP, CHECKS, LIFECYCLE = "follow_up.yaml", "checks.yaml", "decisions/lifecycle.yaml"
LAW = (TERMS, FACTS, ROLES, CHAINS, ORGANS)
SINGLE_FILES = (*LAW, STANDARDS, RISK, PARTICIPATION, MEETINGS, FOLLOW_UP, CHECKS, LIFECYCLE)
STATUTORY = "calendar/statutory.yaml"
FOLDERS = ("rules", "calendar")
# The sections that this room and its neighbours ask for; terms.yaml may have more.
SECTIONS = (
    "kinds",
    "steps",
    "step_states",
    "case_states",
    "conclusions",
    "natures",
    "adoptions",
    "people",
    "organ_labels",
    "places",
    "opinion_titles",
    "chart_titles",
    "rule_kinds",
    "units",
    "layers",
    "confidences",
    "stances",
    "meeting_results",
    "made_papers",
    "findings",
    "events",
    "publication_channels",
    "retention_periods",
)


@dataclass(frozen=True)
class Role:
    """The role of a paper in a package; `is_text`: a draft, of which there are versions."""

    id: str
    label: str
    is_text: bool = False


@dataclass(frozen=True)
class Term:
    """A Chinese label, with others for single kinds of case or steps."""

    label: str
    by_kind: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str | None) -> str:
        """The label for a kind."""
        return self.by_kind.get(kind or "", self.label)


@dataclass(frozen=True)
class OwnFlow:
    """The words of rule CHAIN: a step that no rule asks for, but the district's own flow has (or not)."""

    citation: str
    asked: str
    not_asked: str
    may: str  # of a step that rules only allow


@dataclass(frozen=True)
class Catalogs:
    """All law data of one folder. Rules are ordered by their ids; `sha256` is that of the files read."""

    rules: Mapping[str, Rule]
    chains: Mapping[str, Chain]
    organs: Organs
    terms: Mapping[str, Mapping[str, Term]]
    facts: Mapping[str, Fact]
    roles: Mapping[str, Role]
    dates: Mapping[str, str]
    own_flow: OwnFlow
    calendar: Calendar
    sha256: str
    competition: CompetitionStandards
    risk: RiskBook
    participation: Participation
    meetings: MeetingLaw
    follow_up: afterwards.FollowUp
    checks: Mapping[str, tuple[Check, ...]]
    lifecycle: Lifecycle
    rules_of: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)  # kind → the rules that name it

    def label(self, key: str, kind: str | None = None, *, section: str | None = None) -> str:
        """The Chinese label of a key (kind, step, state, conclusion, fact, role, …); NotFound where it has none."""
        for terms in [self.terms[section]] if section else self.terms.values():
            if key in terms:
                return terms[key].of(kind)
        raise NotFound("名称", key)

    def rule(self, rule: str) -> Rule:
        """A rule by its id; NotFound with the near ids."""
        if rule in self.rules:
            return self.rules[rule]
        raise NotFound("规则", f"{rule}{near(rule, self.rules)}")

    def chain(self, kind: str) -> Chain:
        """The chain of a kind; NotFound with the near ones."""
        if kind in self.chains:
            return self.chains[kind]
        raise NotFound("事项种类", f"{kind}{near(kind, self.chains)}")

    def text_of(self, rule: Rule, version: Version) -> str:
        """What a rule says, with its number where the words leave it out."""
        if version.number is None or version.unit is None or str(version.number) in rule.requirement:
            return rule.requirement
        return f"{rule.requirement}{version.number}{self.label(version.unit, section='units')}"

    def readings(self, kind: str, given: Mapping[str, Value], on: date) -> tuple[Reading, ...]:
        """How every rule of a kind that is in force on a day reads for these answers."""
        answers = Answers(self.facts, given)
        return tuple(reading for rule in self.rules_of.get(kind, ()) if (reading := rule.read(answers, on)))


def load(folder: Path) -> Catalogs:
    """The law data of a folder, read anew only where a file changed; CatalogError for the first fault."""
    files, faults = _collect(folder)
    if faults:
        raise faults[0]
    return _read(files)


def check(folder: Path) -> tuple[CatalogError, ...]:
    """All faults of the law data; none where it can be used."""
    files, faults = _collect(folder)
    return tuple(faults or _Reader(files).faults_of_all())


# The files as they count: (path with slashes, text with LF and without byte order mark), sorted.
Files = tuple[tuple[str, str], ...]


def _collect(folder: Path) -> tuple[Files, list[CatalogError]]:
    files: list[tuple[str, str]] = []
    faults: list[CatalogError] = []
    for path in _paths(folder):
        name = path.relative_to(folder).as_posix()
        if path.suffix != ".yaml":
            faults.append(CatalogError(name, "", "这里只放 .yaml 文件"))
            continue
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            faults.append(CatalogError(name, "", "缺少这个文件"))
        except (OSError, UnicodeDecodeError):
            faults.append(CatalogError(name, "", "读不出来：必须是 UTF-8 文本"))
        else:
            files.append((name, text.replace("\r\n", "\n")))
    return tuple(sorted(files)), faults


def _paths(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in (*SINGLE_FILES, STATUTORY))
    for name in FOLDERS:
        for path in sorted((folder / name).glob("*")):
            if not path.name.startswith(".") and path != folder / STATUTORY:
                yield path


def _digest(files: Files) -> str:
    """One hash over names and texts, so that neither an edit nor a renamed file goes unseen."""
    digest = hashlib.sha256()
    for name, text in files:
        data = text.encode()
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


@lru_cache(maxsize=4)
def _read(files: Files) -> Catalogs:
    return _Reader(files).read()


class _Reader:
    """One pass over the files; faults are gathered by file."""

    def __init__(self, files: Files) -> None:
        self.files = dict(files)
        self.sha256 = _digest(files)
        self.faults: list[CatalogError] = []

    def faults_of_all(self) -> list[CatalogError]:
        """Everything wrong with the files."""
        self._read_all()
        return self.faults

    def read(self) -> Catalogs:
        """The law data; CatalogError for the first fault."""
        found = self._read_all()
        if self.faults:
            raise self.faults[0]
        assert found is not None, "a part that cannot be read leaves a fault"
        return found

    def _open(self, file: str) -> Section:
        try:
            return Section.of(parse(self.files[file]), "", [])
        except YamlFault as error:
            self._note(file, [error.fault])
            return Section.empty()

    def _note(self, file: str, faults: list[Fault]) -> None:
        self.faults += [CatalogError(file, fault.key, fault.reason) for fault in faults]

    def _close(self, file: str, section: Section) -> None:
        section.close()
        self._note(file, section.faults)

    def _read_all(self) -> Catalogs | None:
        roots = {name: self._open(name) for name in self.files}
        if self.faults:
            return None
        terms = _read_terms(roots[TERMS])
        facts = read_facts(roots[FACTS])
        roles = _read_roles(roots[ROLES])
        dates = _read_dates(roots[CHAINS])
        own_flow = _read_own_flow(roots[CHAINS])
        rules = self._read_rules(roots, terms, facts, roles, dates)
        chains = chainbook.read_chains(
            roots[CHAINS].need("chains", Section.section, Section.empty()),
            chainbook.Known(
                conclusions=terms["conclusions"],
                people=terms["people"],
                places=terms["places"],
                dates=dates,
                roles=roles,
                facts=facts,
                rules=rules,
                steps=terms["steps"],
            ),
        )
        organs = read_organs(roots[ORGANS], facts[LEVEL].values if LEVEL in facts else {})
        tables = [root for name, root in roots.items() if name.startswith("calendar/") and name != STATUTORY]
        calendar = read_calendar(tables, roots[STATUTORY])
        standards = read_standards(roots[STANDARDS], rules)
        risk = read_risk(roots[RISK], terms["conclusions"])
        participation = read_participation(roots[PARTICIPATION])
        meetings = meetingbook.read_meetings(
            roots[MEETINGS],
            meetingbook.Known(
                results=terms["meeting_results"],
                conclusions=terms["conclusions"],
                steps=terms["steps"],
                roles=roles,
                made_papers=(*terms["opinion_titles"], *terms["made_papers"]),
                rules=rules,
                kinds=chains,
            ),
        )
        follow_up = afterwards.read_follow_up(
            roots[FOLLOW_UP],
            afterwards.Known(
                channels=terms["publication_channels"],
                retention=terms["retention_periods"],
                facts=facts,
                roles={*roles, *terms["made_papers"], *terms["opinion_titles"]},
                organs=organs.by_id,
                steps=terms["steps"],
            ),
        )
        checks = read_checks(roots[CHECKS], terms["kinds"], rules)
        lifecycle = read_lifecycle(roots[LIFECYCLE], terms["people"], rules, _steps_of(roots[CHAINS], "major_decision"))
        _check_kinds(roots, terms, chains, facts)
        for name, root in roots.items():
            self._close(name, root)
        terms = {**terms, **_terms_of(facts, roles, dates)}
        by_kind = {kind: tuple(rule for rule in rules.values() if kind in rule.kinds) for kind in chains}
        return Catalogs(
            rules, chains, organs, terms, facts, roles, dates, own_flow, calendar, self.sha256, standards, risk,
            participation, meetings, follow_up, checks, lifecycle, by_kind,
        )  # fmt: skip

    def _read_rules(
        self,
        roots: Mapping[str, Section],
        terms: Mapping[str, Mapping[str, Term]],
        facts: Mapping[str, Fact],
        roles: Mapping[str, Role],
        dates: Mapping[str, str],
    ) -> dict[str, Rule]:
        known = rulebook.Known(
            kinds=terms["kinds"],
            steps_of={kind: _steps_of(roots[CHAINS], kind) for kind in terms["kinds"]},
            facts=facts,
            roles=roles,
            dates={*dates, *(fact.id for fact in facts.values() if fact.type == "day")},
            levels=facts[LEVEL].values if LEVEL in facts else {},
        )
        rules: dict[str, Rule] = {}
        for file in (name for name in roots if name.startswith("rules/")):
            found = rulebook.read_rules(roots[file], known, file)
            for rule in found.values():
                if rule.id in rules:
                    roots[file].fault(rule.id, f"规则编号与 {rules[rule.id].file} 重复")
            rules |= found
        rules = dict(sorted(rules.items(), key=lambda item: rulebook.natural_order(item[0])))
        for rule, fault in rulebook.check_layers(rules):
            roots[rule.file].faults.append(fault)
        return rules


def _steps_of(root: Section, kind: str) -> list[str]:
    """The step ids of a kind, before the chain itself is read: rules name steps, gates name rules."""
    found: object = root.raw
    for key in ("chains", kind, "steps"):
        found = found.get(key) if isinstance(found, dict) else None
    return list(found) if isinstance(found, dict) else []


def _read_terms(root: Section) -> dict[str, dict[str, Term]]:
    terms: dict[str, dict[str, Term]] = {}
    for name in dict.fromkeys((*SECTIONS, *root.raw)):
        section = root.need(name, Section.section, Section.empty())
        terms[name] = {key: _read_term(section, key) for key in section.raw}
    return terms


def _read_term(section: Section, key: str) -> Term:
    if not isinstance(section.raw[key], dict):
        return Term(section.need(key, Section.text, ""))
    inner = section.section(key)
    label = inner.need("label", Section.text, "")
    return Term(label, {kind: inner.need(kind, Section.text, "") for kind in inner.raw if kind != "label"})


def _read_roles(root: Section) -> dict[str, Role]:
    roles = {}
    for name, section in root.sections():
        roles[name] = Role(name, section.need("label", Section.text, ""), section.maybe("text", Section.flag, False))
        section.close()
    return roles


def _read_dates(root: Section) -> dict[str, str]:
    section = root.need("dates", Section.section, Section.empty())
    return {name: section.need(name, Section.text, "") for name in section.raw}


def _read_own_flow(root: Section) -> OwnFlow:
    section = root.need("own_flow", Section.section, Section.empty())
    words = OwnFlow(*(section.need(key, Section.text, "") for key in ("citation", "asked", "not_asked", "may")))
    section.close()
    return words


def _terms_of(
    facts: Mapping[str, Fact], roles: Mapping[str, Role], dates: Mapping[str, str]
) -> dict[str, dict[str, Term]]:
    """Labels that stand elsewhere than in terms.yaml, so that one look-up finds them all."""
    return {
        "facts": {fact.id: Term(fact.label) for fact in facts.values()},
        "roles": {role.id: Term(role.label) for role in roles.values()},
        "fact_values": {word: Term(label) for fact in facts.values() for word, label in fact.values.items()},
        "dates": {name: Term(label) for name, label in dates.items()},
    }


def _check_kinds(
    roots: Mapping[str, Section],
    terms: Mapping[str, Mapping[str, Term]],
    chains: Mapping[str, Chain],
    facts: Mapping[str, Fact],
) -> None:
    kinds = terms["kinds"]
    for kind in {*kinds, *chains}:
        if kind not in kinds or kind not in chains:
            roots[CHAINS].fault(f"chains.{kind}", "事项种类须与 terms.yaml 的 kinds 一致")
    for fact in facts.values():
        for kind in fact.asked_of:
            if kind not in kinds:
                roots[FACTS].fault(f"{fact.id}.asked_of", f"没有事项种类 {kind}{near(kind, kinds)}")

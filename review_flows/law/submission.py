"""submission.yaml, read strictly: text in, `Submission` out, or everything wrong with it in one Chinese sentence.

Types come from this schema, not from YAML. Nothing is looked up on disk; whether the named files are there and can be
read is asked at intake. Relies on catalogs/organs.yaml, facts.yaml, roles.yaml and chains.yaml.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath

from review_flows.errors import IntakeError
from review_flows.law.catalogs import Catalogs
from review_flows.law.chains import Chain
from review_flows.law.facts import LEVEL, Value, read_answers
from review_flows.law.matter import LEGALITY_REVIEW, HistoryEntry, Matter
from review_flows.law.organs import Organ
from review_flows.law.strict import NO_ROWS, Fault, Raw, Section, YamlFault, near
from review_flows.law.strict import parse as parse_yaml

MAX_CHARACTERS = 200_000
MAX_TITLE = 200
_CASE = re.compile(r"\d{4}-[A-Z]{2}-\d{4,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True)
class Contact:
    """Whom to ask back."""

    name: str
    phone: str | None = None


@dataclass(frozen=True)
class SubmittedPaper:
    """One paper of the package: a file in the folder, or paper only (涉密事项)."""

    role: str
    file: str | None = None
    on_paper: bool = False


@dataclass(frozen=True)
class ItemResponse:
    """What the drafting unit says to one opinion item, by its number."""

    item: int
    response: str
    reason: str = ""


@dataclass(frozen=True)
class Submission:
    """A submission as sent. `kind` and `organ` are null only where it adds papers to an open `case`."""

    kind: str | None
    title: str | None
    organ: str | None  # id in organs.yaml
    organ_name: str | None
    level: str | None
    drafting_units: tuple[str, ...] = ()  # the lead unit first; names of the register where it has them
    contact: Contact | None = None
    received_on: date | None = None
    facts: Mapping[str, Value] = field(default_factory=dict)  # without level
    materials: tuple[SubmittedPaper, ...] = ()
    asks_for: str = LEGALITY_REVIEW
    compare_with: str | None = None
    history: tuple[HistoryEntry, ...] = ()
    case: str | None = None
    step: str | None = None
    responses: tuple[ItemResponse, ...] = ()  # answers to the latest opinion (采纳情况)
    dates: Mapping[str, date] = field(default_factory=dict)  # days to record in an open case, by their catalog names

    @property
    def is_secret(self) -> bool:
        """Whether it concerns state secrets: no files and no text may be taken."""
        return self.facts.get("state_secret") is True

    @property
    def matter(self) -> Matter:
        """The matter as the procedure sees it; only for a submission with a kind and an organ."""
        assert self.kind is not None and self.level is not None, "papers for an open case are no matter of their own"
        return Matter(
            kind=self.kind,
            facts={**self.facts, LEVEL: self.level},
            present=frozenset(paper.role for paper in self.materials),
            history={entry.step: entry for entry in self.history},
            asks_for=self.asks_for,
            organ=self.organ,
            drafting_units=self.drafting_units,
        )


def parse(
    text: str,
    catalogs: Catalogs,
    *,
    name: str = "submission.yaml",
    registering: bool = True,
    case: str | None = None,
    step: str | None = None,
) -> Submission:
    """The submission that a text is; IntakeError naming everything wrong with it.

    `case` and `step`, where given, stand in for those of the text.

    `registering`: title, drafting unit and the papers' files must be named, as `submit` needs them and `plan` does not;
    and a matter of state secrets must come on paper only, all others in files.
    """
    if len(text) > MAX_CHARACTERS:
        raise IntakeError(name, f"超过 {MAX_CHARACTERS} 个字符。")
    try:
        root = Section.of(_with_case(parse_yaml(text), case, step), "", [])
    except YamlFault as error:
        raise IntakeError(name, f"{error.fault.key}：{error.fault.reason}。") from error
    submission = _read(root, catalogs, registering)
    if registering:
        root.faults.extend(_paper_faults(submission))
    if root.faults:
        said = "；".join(_sentence(fault) for fault in root.faults)
        raise IntakeError(name, said if said.endswith("？") else f"{said}。")
    return submission


def _with_case(raw: Raw, case: str | None, step: str | None) -> Raw:
    told: dict[str, Raw] = {key: value for key, value in (("case", case), ("step", step)) if value is not None}
    return raw | told if isinstance(raw, dict) else raw


def _sentence(fault: Fault) -> str:
    return f"{fault.key}：{fault.reason}" if fault.key else fault.reason


def _read(root: Section, catalogs: Catalogs, registering: bool) -> Submission:
    case = root.maybe("case", _read_case, None)
    is_new = case is None
    kind = _text(root, "kind", is_new, lambda s, k: s.word(k, catalogs.chains, "事项种类"))
    chain = catalogs.chains.get(kind or "")
    steps = tuple(chain.steps) if chain else _all_steps(catalogs)
    organ = _read_organ(root, catalogs, is_new)
    asks_for = root.maybe("asks_for", lambda s, k: s.word(k, steps, "环节"), "") or LEGALITY_REVIEW
    submission = Submission(
        kind=kind,
        title=_text(root, "title", is_new and registering, _read_title),
        organ=organ.id if organ else None,
        organ_name=organ.name if organ else None,
        level=organ.level if organ else None,
        drafting_units=_read_units(root, catalogs, is_new and registering),
        contact=root.maybe("contact", _read_contact, None),
        received_on=root.maybe("received_on", Section.day, None),
        facts=_read_facts(root, catalogs),
        materials=_read_materials(root, catalogs, registering),
        asks_for=chain.walked_from(asks_for) if chain else asks_for,
        compare_with=root.maybe("compare_with", _read_file, None),
        history=_read_history(root, steps, catalogs),
        case=case,
        step=root.maybe("step", lambda s, k: s.word(k, steps, "环节"), None),
        responses=_read_responses(root, catalogs),
        dates=_read_dates(root, catalogs),
    )
    if chain and is_new:
        _refuse_later_history(root, submission, chain, catalogs)
    if submission.step and is_new:
        root.fault("step", "只有给已登记的事项补交材料（写了 case）时才写")
    root.close()
    return submission


def _all_steps(catalogs: Catalogs) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step for chain in catalogs.chains.values() for step in chain.steps))


def _text(root: Section, key: str, is_needed: bool, read: Callable[[Section, str], str]) -> str | None:
    """A text, or null where it is left out or faulty."""
    found = root.need(key, read, "") if is_needed else root.maybe(key, read, "")
    return found or None


def _read_case(section: Section, key: str) -> str | None:
    text = section.text(key)
    if _CASE.fullmatch(text):
        return text
    section.fault(key, "不是案号，应如 2026-ND-0001")
    return None


def _read_title(section: Section, key: str) -> str:
    text = section.text(key)
    if len(text) > MAX_TITLE or _CONTROL.search(text):
        section.fault(key, f"标题只能是一行，不超过 {MAX_TITLE} 个字")
    return text


def _read_organ(root: Section, catalogs: Catalogs, is_needed: bool) -> Organ | None:
    name = _text(root, "issuing_organ", is_needed, Section.text)
    organ = catalogs.organs.find(name) if name else None
    if name and organ is None:
        root.fault("issuing_organ", f"制定主体清单中没有 {name}{near(name, catalogs.organs.names)}")
    levels = catalogs.facts[LEVEL].values
    level = root.maybe("level", lambda s, k: s.word(k, levels, "层级"), "")
    if level and organ and level != organ.level:
        root.fault("level", f"{organ.name}是{levels[organ.level]}，应为 {organ.level}，不是 {level}")
    return organ


def _read_units(root: Section, catalogs: Catalogs, is_needed: bool) -> tuple[str, ...]:
    if not root.has("drafting_unit"):
        if is_needed:
            root.fault("drafting_unit", "缺少这一项")
        return ()
    is_list = isinstance(root.raw["drafting_unit"], list)
    names = root.texts("drafting_unit") if is_list else (root.text("drafting_unit"),)
    if is_list and not names:
        root.fault("drafting_unit", "至少要有一个单位，牵头单位在前")
    known = [(catalogs.organs.find(name), name) for name in names if name]
    return tuple(organ.name if organ else name for organ, name in known)


def _read_contact(root: Section, key: str) -> Contact:
    section = root.section(key)
    contact = Contact(section.need("name", Section.text, ""), section.maybe("phone", Section.text, None))
    section.close()
    return contact


def _read_facts(root: Section, catalogs: Catalogs) -> dict[str, Value]:
    if not root.has("facts"):
        return {}
    section = root.section("facts")
    given, faults = read_answers(catalogs.facts, section.raw)
    root.faults.extend(faults)
    return given


def _read_materials(root: Section, catalogs: Catalogs, registering: bool) -> tuple[SubmittedPaper, ...]:
    papers: list[SubmittedPaper] = []
    for row in root.maybe("materials", Section.rows, NO_ROWS):
        paper = SubmittedPaper(
            role=row.need("role", lambda s, k: s.word(k, catalogs.roles, "材料角色"), ""),
            file=row.maybe("file", _read_file, None),
            on_paper=row.maybe("paper", Section.flag, False),
        )
        is_named = paper.file is not None or paper.on_paper or "file" in _faulty(row)
        if (registering and not is_named) or (paper.file and paper.on_paper):
            row.fault("", "要写 file（文件名）；涉密的写 paper: true，不写 file")
        if paper in papers and paper.file:
            row.fault("file", f"同一份材料 {paper.file} 列了两次")
        row.close()
        papers.append(paper)
    return tuple(papers)


def _faulty(row: Section) -> set[str]:
    return {fault.key.rpartition(".")[2] for fault in row.faults if fault.key.startswith(f"{row.path}.")}


def _read_file(section: Section, key: str) -> str:
    """A file name inside the folder of the submission, without way out of it."""
    text = section.text(key)
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text or ":" in text or _CONTROL.search(text):
        section.fault(key, "只能是送审文件夹里的文件名")
    return text


def _read_history(root: Section, steps: Collection[str], catalogs: Catalogs) -> tuple[HistoryEntry, ...]:
    entries: list[HistoryEntry] = []
    for row in root.maybe("history", Section.rows, NO_ROWS):
        entry = HistoryEntry(
            step=row.need("step", lambda s, k: s.word(k, steps, "环节"), ""),
            ended_on=row.need("ended_on", Section.day, date.min),
            evidence=row.need("evidence", lambda s, k: s.word(k, catalogs.roles, "材料角色"), ""),
            started_on=row.maybe("started_on", Section.day, None),
            channel=row.maybe("channel", Section.text, None),
        )
        if entry.started_on and date.min < entry.ended_on < entry.started_on:
            row.fault("ended_on", "早于 started_on")
        if entry.step and entry.step in {other.step for other in entries}:
            row.fault("step", f"环节 {entry.step} 列了两次")
        row.close()
        entries.append(entry)
    return tuple(entries)


def _refuse_later_history(root: Section, submission: Submission, chain: Chain, catalogs: Catalogs) -> None:
    """Neither the step asked for nor what rests on it can have been done before sending."""
    not_before = {submission.asks_for, *chain.following(submission.asks_for)}
    for entry in submission.history:
        if entry.step in not_before:
            label = catalogs.label(entry.step, chain.kind, section="steps")
            asked = catalogs.label(submission.asks_for, chain.kind, section="steps")
            root.fault("history", f"{label}不在{asked}之前，不能算送审前完成，请删去这一条")


def _read_responses(root: Section, catalogs: Catalogs) -> tuple[ItemResponse, ...]:
    found: list[ItemResponse] = []
    for row in root.maybe("responses", Section.rows, NO_ROWS):
        found.append(
            ItemResponse(
                item=row.need("item", Section.whole, 0),
                response=row.need("response", lambda s, k: s.word(k, catalogs.terms["adoptions"], "采纳情况"), ""),
                reason=row.maybe("reason", Section.text, ""),
            )
        )
        row.close()
    if found and not root.has("case"):
        root.fault("responses", "只有补交材料（写了 case）时才写")
    return tuple(found)


def _read_dates(root: Section, catalogs: Catalogs) -> dict[str, date]:
    if not root.has("dates"):
        return {}
    section = root.section("dates")
    found = {name: section.need(name, Section.day, date.min) for name in section.raw if name in catalogs.dates}
    section.close()
    if found and not root.has("case"):
        root.fault("dates", "只有补交材料（写了 case）时才写；送审前的日期写在 history 里")
    return found


def _paper_faults(submission: Submission) -> list[Fault]:
    """Files of a matter of state secrets, or paper of one that is none."""
    if submission.is_secret:
        files = [paper.file for paper in submission.materials if paper.file]
        files += [submission.compare_with] if submission.compare_with else []
        reason = f"涉密事项不收文件和正文，材料只写 role 和 paper: true（列了 {'、'.join(files)}）"
        return [Fault("materials", reason)] if files else []
    if submission.case is None and any(paper.on_paper for paper in submission.materials):
        return [Fault("materials", "只有涉密事项（state_secret: true）可以只交纸质材料")]
    return []

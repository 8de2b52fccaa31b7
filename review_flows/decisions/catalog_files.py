"""The catalogue as files: .xlsx and YAML in, with every fault at once; both out again, the same that came in.

A workbook is a list of proposals, one row per item; its yes/no columns hold the facts that decide which procedures
apply. YAML is `catalogs/decisions/YEAR.yaml`: a starting list (items alone), or the published form with consent,
publication, states and adjustments, which `catalog_history` brings in with all its moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from review_flows.decisions.catalog import KIND, DecisionItem
from review_flows.decisions.catalog_checks import ItemDraft, ItemFault, faults_of, item_facts, repeated, settled
from review_flows.decisions.catalog_progress import Standing
from review_flows.errors import CatalogError, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.law.facts import read_answers
from review_flows.law.strict import NO_ROWS, NO_TEXTS, Section, YamlFault
from review_flows.law.strict import parse as parse_yaml
from review_flows.papers import sheets

# The facts that a list asks for; the others of a decision may stand in YAML.
ASKED = ("business_related", "professional", "social_risk", "vital_interests_dispute")
EXCLUDED = "excluded_matter"
UNITS = "、"
SHEET = "重大行政决策事项目录"


# ---- .xlsx


def fields(catalogs: Catalogs) -> tuple[sheets.Field, ...]:
    """The columns of the workbook; the facts' headings are those of facts.yaml."""
    asked = tuple(sheets.Field(name, catalogs.label(name), "yes_no", width=12) for name in ASKED)
    kinds = {each.id: each.label for each in catalogs.lifecycle.initiators.values()}
    return (
        sheets.Field("number", "序号", "whole", width=6),
        sheets.Field("title", "事项名称", required=True, width=40),
        sheets.Field("units", "承办单位", required=True, width=28),
        sheets.Field("basis", "依据", required=True, width=30),
        sheets.Field("planned_on", "计划完成时间", "day", required=True, width=14),
        sheets.Field("initiator_kind", "提出人种类", choices=kinds, width=18),
        sheets.Field("initiator", "提出人", width=18),
        sheets.Field("reference", "建议提案编号", width=18),
        *asked,
        sheets.Field(EXCLUDED, catalogs.label(EXCLUDED), choices=catalogs.facts[EXCLUDED].values, width=18),
    )


def told_fields(catalogs: Catalogs) -> tuple[sheets.Field, ...]:
    """The columns that are written for readers and not read back."""
    return (
        sheets.Field("procedures", "应当履行的程序及依据", width=46),
        sheets.Field("state", "状态", width=12),
        sheets.Field("adjustments", "调整情况", width=40),
        sheets.Field("carried", "结转自", width=14),
        sheets.Field("case", "案号", width=16),
    )


def template(catalogs: Catalogs, demo_mark: str = "") -> bytes:
    """An empty workbook with the headings that `read_workbook` looks for."""
    return sheets.write_table(fields(catalogs), [], title=SHEET, demo_mark=demo_mark)


def read_workbook(
    catalogs: Catalogs, data: bytes, name: str, *, organ: str, today: date, there: Sequence[DecisionItem] = ()
) -> list[ItemDraft]:
    """The items of a workbook for the catalogue of an organ; ReviewFlowsError naming every fault with its cell.

    `there`: the items that the catalogue has already.
    """
    columns = fields(catalogs)
    table = sheets.read_table(data, name, columns)
    faults = [(fault.row, str(fault)) for fault in table.faults]
    headings = {each.key: each.heading for each in columns}
    drafts = [(number, settled(catalogs, _draft(row))) for number, row in (*table.numbered, *table.faulty)]
    named = {(fault.row, fault.heading) for fault in table.faults}
    for number, draft in drafts:
        for fault in faults_of(catalogs, organ, draft, today, there):
            heading = headings.get(fault.key, "")
            if (number, heading) not in named:  # the cell is told already
                faults.append((number, f"{table.place(fault.key, number)}（{heading}）：{fault.reason}"))
    whole = [draft for _, draft in drafts]
    for at, fault in repeated(whole):
        number = drafts[at][0]
        faults.append((number, f"{table.place(fault.key, number)}（{headings[fault.key]}）：{fault.reason}"))
    if not drafts and not faults:
        raise ReviewFlowsError(f"“{name}”里没有事项，没有导入。")
    if faults:
        told = "；".join(text for _, text in sorted(faults, key=lambda found: found[0]))
        raise ReviewFlowsError(f"“{name}”有 {len(faults)} 处要改，没有导入：{told}。")
    return whole


def _draft(row: Mapping[str, Any]) -> ItemDraft:
    """A row as a draft; of one with faulty cells, what could be read of it."""
    text = str(row.get("units") or "").replace("，", UNITS).replace(",", UNITS).replace("\n", UNITS)
    initiator = {"kind": row.get("initiator_kind"), "name": row.get("initiator"), "reference": row.get("reference")}
    told = {name: str(value) for name, value in initiator.items() if value}
    return ItemDraft(
        title=str(row.get("title") or ""),
        units=tuple(part.strip() for part in text.split(UNITS) if part.strip()),
        basis=str(row.get("basis") or ""),
        planned_on=row.get("planned_on") or date.max,
        facts={name: row[name] for name in (*ASKED, EXCLUDED) if row.get(name) is not None},
        initiator=told,
        number=row.get("number"),
    )


def to_workbook(catalogs: Catalogs, found: Sequence[Standing], demo_mark: str = "") -> bytes:
    """The catalogue as .xlsx, which `read_workbook` reads again; what was removed or declined stays, and says so."""
    columns = (*fields(catalogs), *told_fields(catalogs))
    return sheets.write_table(columns, [_row(catalogs, each) for each in found], title=SHEET, demo_mark=demo_mark)


def _row(catalogs: Catalogs, standing: Standing) -> Mapping[str, sheets.Value]:
    item = standing.item
    told: dict[str, sheets.Value] = {
        "number": item.number,
        "title": item.title,
        "units": UNITS.join(item.units),
        "basis": item.basis,
        "planned_on": item.planned_on,
        "initiator_kind": item.initiator.get("kind"),
        "initiator": item.initiator.get("name"),
        "reference": item.initiator.get("reference"),
        "procedures": procedures_text(catalogs, item),
        "state": catalogs.label(standing.state, section="decision_item_states"),
        "adjustments": "；".join(adjustment_texts(catalogs, standing)),
        "carried": f"{item.carried_year}年第{item.carried_number}项" if item.carried_number else None,
        "case": standing.case.number if standing.case else None,
    }
    return told | {name: item.facts.get(name) for name in (*ASKED, EXCLUDED)}


def procedures_text(catalogs: Catalogs, item: DecisionItem) -> str:
    """The procedures of an item with what each rests on, as lists show them; an open one is called 待定."""
    return UNITS.join(
        f"{catalogs.label(entry['step'], KIND, section='steps')}（{_ground(entry)}）" for entry in item.procedures
    )


def _ground(entry: Mapping[str, Any]) -> str:
    if not entry["required"]:
        return "待定"
    return str(entry["citation"]) + ("" if entry["confidence"] == "text" else "，待核")


def adjustment_texts(catalogs: Catalogs, standing: Standing) -> list[str]:
    """What was adjusted of an item after its publication, oldest first: when, how, why, by whose approval."""
    return [
        f"{move.done_on.isoformat()} {catalogs.label(move.act, section='decision_acts')}，{move.reason}"
        f"（{move.approved_by}批准）"
        for move in standing.moves
        if move.approved_by
    ]


# ---- YAML


@dataclass(frozen=True)
class FiledMove:
    """An act that a file tells of an item."""

    act: str
    on: date
    reason: str = ""
    approved_by: str = ""
    paper: Mapping[str, str] | None = None
    channel: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class FiledItem:
    """An item as a file tells it; `history` and `procedures` only in the published form."""

    draft: ItemDraft
    state: str = "proposed"
    procedures: tuple[Mapping[str, Any], ...] = ()
    history: tuple[FiledMove, ...] = ()
    carried: tuple[int, int] | None = None  # year and number


@dataclass(frozen=True)
class FiledCatalog:
    """A catalogue file: whose, of which year, its items, and what was done about it."""

    year: int
    organ: str
    items: tuple[FiledItem, ...]
    consented_on: date | None = None
    consent_paper: Mapping[str, str] | None = None
    published_on: date | None = None
    channel: str | None = None

    @property
    def is_start(self) -> bool:
        """Whether it is only a list of proposals, with nothing done about them yet."""
        return self.published_on is None and not any(item.history for item in self.items)


def read_yaml(catalogs: Catalogs, text: str, name: str, today: date) -> FiledCatalog:
    """A catalogue file, checked; CatalogError naming every fault of its form, or of its items."""
    try:
        root = Section.of(parse_yaml(text), "", [])
    except YamlFault as error:
        raise CatalogError(name, error.fault.key, error.fault.reason) from error
    organ = root.need("organ", Section.text, "")
    found = FiledCatalog(
        year=root.need("year", Section.whole, 0),
        organ=organ,
        items=tuple(_item(catalogs, row) for row in root.maybe("items", Section.rows, NO_ROWS)),
        consented_on=root.maybe("consented_on", Section.day, None),
        consent_paper=root.maybe("consent_paper", _paper, None),
        published_on=root.maybe("published_on", Section.day, None),
        channel=root.maybe("channel", Section.text, None),
    )
    if organ and catalogs.organs.find(organ) is None:
        root.fault("organ", f"制定主体清单中没有 {organ}")
    root.close()
    if not root.faults:
        _check_items(catalogs, found, root, today)
    if root.faults:
        first, *others = root.faults
        more = "".join(f"；{fault.key}：{fault.reason}" for fault in others)
        raise CatalogError(name, first.key, first.reason + more)
    return found


def _check_items(catalogs: Catalogs, found: FiledCatalog, root: Section, today: date) -> None:
    """The faults of the items, judged on the day of their consent where the file tells it."""
    drafts = [item.draft for item in found.items]
    day = found.consented_on or today
    faults = [(at, fault) for at, draft in enumerate(drafts) for fault in faults_of(catalogs, found.organ, draft, day)]
    for at, fault in sorted([*faults, *_doubles(found)], key=lambda each: each[0]):
        root.fault(f"items[{at + 1}].{fault.key}", fault.reason)


def _doubles(found: FiledCatalog) -> list[tuple[int, ItemFault]]:
    """Titles that stand twice, but for items taken out, and numbers that stand twice."""
    live = [at for at, item in enumerate(found.items) if item.state not in ("removed", "declined")]
    titles = [(live[at], fault) for at, fault in repeated([found.items[at].draft for at in live])]
    numbers = repeated([item.draft for item in found.items])
    return [pair for pair in titles if pair[1].key == "title"] + [pair for pair in numbers if pair[1].key == "number"]


def _item(catalogs: Catalogs, section: Section) -> FiledItem:
    draft = ItemDraft(
        title=section.need("title", Section.text, ""),
        units=section.need("units", Section.texts, NO_TEXTS),
        basis=section.need("basis", Section.text, ""),
        planned_on=section.need("planned_on", Section.day, date.min),
        facts=section.maybe("facts", lambda s, k: _facts(catalogs, s, k), {}),
        initiator=section.maybe("initiator", _initiator, {}),
        number=section.maybe("number", Section.whole, None),
    )
    states = catalogs.terms["decision_item_states"]
    found = FiledItem(
        draft=settled(catalogs, draft),
        state=section.maybe("state", lambda s, k: s.word(k, states, "事项状态"), "proposed"),
        procedures=tuple(_procedure(catalogs, row) for row in section.maybe("procedures", Section.rows, NO_ROWS)),
        history=tuple(_move(catalogs, row) for row in section.maybe("history", Section.rows, NO_ROWS)),
        carried=section.maybe("carried_from", _carried, None),
    )
    section.close()
    return found


def _facts(catalogs: Catalogs, section: Section, key: str) -> dict[str, Any]:
    inner = section.section(key)
    inner.asked.update(inner.raw)
    known = {name: fact for name, fact in catalogs.facts.items() if name in item_facts(catalogs)}
    given, faults = read_answers(known, inner.raw)
    section.faults.extend(faults)
    return given


def _initiator(section: Section, key: str) -> dict[str, str]:
    inner = section.section(key)
    names = ("kind", "name", "reference")
    found = {name: inner.maybe(name, Section.text, "") for name in names}
    inner.close()
    return {name: value for name, value in found.items() if value}


def _paper(section: Section, key: str) -> dict[str, str]:
    inner = section.section(key)
    found = {name: inner.need(name, Section.text, "") for name in ("name", "sha256")}
    inner.close()
    return found


def _carried(section: Section, key: str) -> tuple[int, int]:
    inner = section.section(key)
    found = (inner.need("year", Section.whole, 0), inner.need("number", Section.whole, 0))
    inner.close()
    return found


def _procedure(catalogs: Catalogs, row: Section) -> dict[str, Any]:
    steps = catalogs.chain(KIND).steps
    found = {
        "step": row.need("step", lambda s, k: s.word(k, steps, "环节"), ""),
        "required": None if row.maybe("open", Section.flag, False) else True,
        "rule": row.need("rule", Section.text, ""),
        "citation": row.need("citation", Section.text, ""),
        "confidence": row.need("confidence", lambda s, k: s.word(k, catalogs.terms["confidences"], "核对程度"), ""),
        "fact": row.maybe("fact", Section.text, None),
    }
    row.close()
    return found


def _move(catalogs: Catalogs, row: Section) -> FiledMove:
    acts = catalogs.terms["decision_acts"]
    found = FiledMove(
        act=row.need("act", lambda s, k: s.word(k, acts, "经过"), ""),
        on=row.need("done_on", Section.day, date.min),
        reason=row.maybe("reason", Section.text, ""),
        approved_by=row.maybe("approved_by", Section.text, ""),
        paper=row.maybe("paper", _paper, None),
        channel=row.maybe("channel", Section.text, ""),
        before=row.maybe("before", lambda s, k: _quoted(catalogs, s, k), None),
        after=row.maybe("after", lambda s, k: _quoted(catalogs, s, k), None),
    )
    row.close()
    return found


def _quoted(catalogs: Catalogs, section: Section, key: str) -> dict[str, Any]:
    """The text of an item before or after an adjustment."""
    inner = section.section(key)
    found: dict[str, Any] = {
        "title": inner.need("title", Section.text, ""),
        "units": list(inner.need("units", Section.texts, NO_TEXTS)),
        "basis": inner.need("basis", Section.text, ""),
        "planned_on": inner.need("planned_on", Section.day, date.min).isoformat(),
        "initiator": _initiator(inner, "initiator") if inner.has("initiator") else {},
        "facts": _facts(catalogs, inner, "facts") if inner.has("facts") else {},
    }
    inner.close()
    return found


def to_yaml(found: FiledCatalog) -> str:
    """The file that `read_yaml` reads again: equal catalogues give equal text."""
    told = {
        "year": found.year,
        "organ": found.organ,
        "consented_on": _iso(found.consented_on),
        "consent_paper": found.consent_paper,
        "published_on": _iso(found.published_on),
        "channel": found.channel,
        "items": [_item_told(item) for item in found.items],
    }
    return yaml.safe_dump(_without_nothing(told), allow_unicode=True, sort_keys=False, width=110)


def _item_told(item: FiledItem) -> dict[str, Any]:
    draft = item.draft
    return {
        "number": draft.number,
        "title": draft.title,
        "units": list(draft.units),
        "basis": draft.basis,
        "planned_on": _iso(draft.planned_on),
        "initiator": dict(draft.initiator),
        "facts": dict(draft.facts),
        "state": item.state,
        "carried_from": {"year": item.carried[0], "number": item.carried[1]} if item.carried else None,
        "procedures": [_procedure_told(entry) for entry in item.procedures],
        "history": [_move_told(move) for move in item.history],
    }


def _move_told(move: FiledMove) -> dict[str, Any]:
    names = ("reason", "approved_by", "paper", "channel", "before", "after")
    return {"act": move.act, "done_on": _iso(move.on)} | {name: getattr(move, name) for name in names}


def _procedure_told(entry: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: entry[name] for name in ("step", "rule", "citation", "confidence", "fact")}
    return told | {"open": None if entry["required"] else True}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _without_nothing(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {key: _without_nothing(entry) for key, entry in value.items()}
        return {key: entry for key, entry in kept.items() if entry not in (None, "", {}, [])}
    return [_without_nothing(entry) for entry in value] if isinstance(value, list) else value

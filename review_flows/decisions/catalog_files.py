"""The catalogue as files: .xlsx and YAML in, with every fault at once; .xlsx, YAML and the published .docx out.

YAML is the form of `catalogs/decisions/YEAR.yaml`: year, organ, items. A workbook has one row per item; its yes/no
columns hold the facts that decide which procedures apply.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from review_flows.decisions.catalog import PROCEDURES, DecisionCatalog, DecisionItem, ItemDraft, faults_of
from review_flows.errors import CatalogError, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.law.strict import NO_ROWS, Section, YamlFault
from review_flows.law.strict import parse as parse_yaml
from review_flows.papers import sheets
from review_flows.papers.layout import render
from review_flows.papers.paper import Column, Grid, OfficialDocument, Signature

FACTS = ("business_related", "professional", "social_risk", "vital_interests_dispute")
UNITS = "、"


def fields(catalogs: Catalogs) -> tuple[sheets.Field, ...]:
    """The columns of the workbook; the facts' headings are those of facts.yaml."""
    asked = tuple(sheets.Field(name, catalogs.label(name), "yes_no", width=12) for name in FACTS)
    return (
        sheets.Field("number", "序号", "whole", width=6),
        sheets.Field("title", "事项名称", required=True, width=40),
        sheets.Field("units", "承办单位", required=True, width=28),
        sheets.Field("basis", "依据", required=True, width=30),
        sheets.Field("planned_on", "计划完成时间", "day", required=True, width=14),
        sheets.Field("initiator", "提出人", width=16),
        *asked,
    )


def read_workbook(catalogs: Catalogs, data: bytes, name: str) -> list[ItemDraft]:
    """The items of a workbook; ReviewFlowsError naming every fault with its cell."""
    table = sheets.read_table(data, name, fields(catalogs))
    drafts = [_draft(row) for row in table.rows]
    faults = [str(fault) for fault in table.faults]
    for number, draft in zip(table.numbers, drafts, strict=True):
        faults += [f"第{number}行：{fault}" for fault in faults_of(catalogs, draft)]
    if faults:
        raise ReviewFlowsError(f"“{name}”有 {len(faults)} 处要改，没有导入：{'；'.join(faults)}。")
    return drafts


def _draft(row: Mapping[str, Any]) -> ItemDraft:
    units = tuple(part.strip() for part in str(row["units"]).replace("，", UNITS).split(UNITS) if part.strip())
    facts = {name: row[name] for name in FACTS if row.get(name) is not None}
    return ItemDraft(
        title=str(row["title"]), units=units, basis=str(row["basis"]), planned_on=row["planned_on"], facts=facts,
        initiator=str(row.get("initiator") or ""), number=row.get("number"),
    )  # fmt: skip


def read_yaml(catalogs: Catalogs, text: str, name: str) -> tuple[int, str, list[ItemDraft]]:
    """Year, organ and items of a catalogue file; CatalogError naming file, key and reason of the first fault."""
    try:
        root = Section.of(parse_yaml(text), "", [])
    except YamlFault as error:
        raise CatalogError(name, error.fault.key, error.fault.reason) from error
    year = root.need("year", Section.whole, 0)
    organ = root.need("organ", Section.text, "")
    drafts = [_draft_of(section) for section in root.maybe("items", Section.rows, NO_ROWS)]
    root.close()
    if root.faults:
        raise CatalogError(name, root.faults[0].key, root.faults[0].reason)
    return year, organ, drafts


def _draft_of(section: Section) -> ItemDraft:
    facts = section.section("facts") if section.has("facts") else None
    draft = ItemDraft(
        title=section.need("title", Section.text, ""),
        units=section.need("units", Section.texts, ()),
        basis=section.need("basis", Section.text, ""),
        planned_on=section.need("planned_on", Section.day, date.min),
        facts={name: facts.need(name, Section.flag, False) for name in facts.raw} if facts else {},
        initiator=section.maybe("initiator", Section.text, ""),
        number=section.maybe("number", Section.whole, None),
    )
    if facts:
        facts.close()
    section.close()
    return draft


def soon_calendar_days(folder: Path) -> int:
    """How many calendar days before its planned day an item turns yellow (catalogs/decisions/progress.yaml)."""
    name = "decisions/progress.yaml"
    root = Section.of(parse_yaml((folder / name).read_text("utf-8")), "", [])
    days = root.need("soon_calendar_days", Section.whole, 0)
    root.close()
    if root.faults:
        raise CatalogError(name, root.faults[0].key, root.faults[0].reason)
    return days


def to_yaml(catalogs: Catalogs, catalog: DecisionCatalog, items: Sequence[DecisionItem]) -> str:
    """The catalogue as `catalogs/decisions/YEAR.yaml`, which `read_yaml` reads again."""
    told = {
        "year": catalog.year,
        "organ": catalogs.organs.get(catalog.organ).name,
        "items": [
            {
                "number": item.number,
                "title": item.title,
                "units": list(item.units),
                "basis": item.basis,
                "planned_on": item.planned_on.isoformat(),
                "initiator": item.initiator or None,
                "facts": _facts(item),
            }
            for item in items
            if item.state != "removed"
        ],
    }
    return yaml.safe_dump(_without_nothing(told), allow_unicode=True, sort_keys=False)


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(entry) for key, entry in value.items() if entry is not None}
    return [_without_nothing(entry) for entry in value] if isinstance(value, list) else value


# The fact that stands behind each procedure which a fact decides.
_FACT_OF = {
    "expert_argumentation": "professional",
    "risk_assessment": "social_risk",
    "fair_competition_review": "business_related",
}


def _facts(item: DecisionItem) -> dict[str, bool]:
    return {fact: step in item.procedures for step, fact in _FACT_OF.items() if item.procedures.get(step) != "待定"}


def to_workbook(catalogs: Catalogs, items: Sequence[DecisionItem]) -> bytes:
    """The catalogue as .xlsx, which `read_workbook` reads again."""
    rows: list[Mapping[str, sheets.Value]] = [
        {
            "number": item.number,
            "title": item.title,
            "units": UNITS.join(item.units),
            "basis": item.basis,
            "planned_on": item.planned_on,
            "initiator": item.initiator,
            **_facts(item),
        }
        for item in items
        if item.state != "removed"
    ]
    return sheets.write_table(fields(catalogs), rows, title="重大行政决策目录")


def to_paper(catalogs: Catalogs, catalog: DecisionCatalog, items: Sequence[DecisionItem], demo_mark: str = "") -> bytes:
    """The published form (公布稿) in GB/T 9704 layout, landscape, with the procedures of each item."""
    organ = catalogs.organs.get(catalog.organ).name
    columns = (
        Column("序号", 5, "center"),
        Column("事项名称", 34, "left"),
        Column("承办单位", 22, "left"),
        Column("依据", 24, "left"),
        Column("应当履行的程序", 26, "left"),
        Column("计划完成时间", 12, "center"),
    )
    rows = tuple(
        (
            str(item.number),
            item.title,
            UNITS.join(item.units),
            item.basis,
            UNITS.join(
                catalogs.label(step, "major_decision", section="steps")
                for step in PROCEDURES
                if step in item.procedures
            ),
            item.planned_on.isoformat(),
        )
        for item in items
        if item.state != "removed"
    )
    signature = Signature((organ,), catalog.published_on) if catalog.published_on else None
    return render(
        OfficialDocument(
            title=f"{organ}{catalog.year}年度重大行政决策事项目录",
            blocks=(Grid(columns, rows, 10.5),),
            signature=signature,
            landscape=True,
            demo_mark=demo_mark,
        )
    )

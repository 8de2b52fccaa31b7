"""`decisions …`: the yearly catalogue of major decisions."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from review_flows.cli import (
    comments,
    decision_exceptions,
    decision_experts,
    decision_follow_up,
    decision_hearing,
    decision_participation,
)
from review_flows.cli.home import opened
from review_flows.cli.output import print_json, print_table

if TYPE_CHECKING:
    from review_flows.decisions.catalog import DecisionItem

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, help="重大行政决策年度目录。"
)

app.add_typer(comments.app, name="comments")
app.add_typer(decision_hearing.app, name="hearing")
app.add_typer(decision_participation.app, name="participation")
app.command("notice", help="公开征求意见公告：没有理由不得短于法定期限；登记后期限开始计算。")(
    decision_participation.notice
)
app.add_typer(decision_experts.app, name="experts")
app.command(help="适用公平竞争审查例外规定的政策措施：届满的在前，应当停止执行或者再次审查。")(
    decision_exceptions.exceptions
)
decision_follow_up.add_to(app)

Year = Annotated[int, typer.Option(help="年度", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Reason = Annotated[str, typer.Option(help="理由", show_default=False)]
Approval = Annotated[str, typer.Option(help="批准文件", show_default=False)]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="日期，如 2026-11-23", show_default=False)]
_DAY = ["%Y-%m-%d"]


def _government() -> str:
    """The organ meant where none is named: the bearer of the duty `government`."""
    from review_flows import settings
    from review_flows.law.catalogs import load

    return load(settings.load().catalogs).organs.bearer("government").name


@app.command("list", help="目录及进度（红黄绿）、调整次数、目录外事项和未公布单位。")
def list_items(
    year: Year, organ: Annotated[str | None, typer.Option(help="制定机关，默认区政府")] = None, as_json: Json = False
) -> None:
    from review_flows.decisions import catalog as book
    from review_flows.decisions.catalog_files import soon_calendar_days
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = book.catalog_of(session, catalogs, year, organ or _government())
        items, today = book.items_of(session, found), home.now().date()
        soon = soon_calendar_days(home.settings.catalogs)
        told = [_told(item, book.light(item, today, soon)) for item in items]
        missing = book.unpublished(session, catalogs, year)
        outside = book.outside_catalog(session, year)
        name = catalogs.organs.get(found.organ).name
    counts = Counter(item["state"] for item in told)
    if as_json:
        print_json(
            {
                "year": year,
                "organ": name,
                "consented_on": _iso(found.consented_on),
                "published_on": _iso(found.published_on),
                "items": told,
                "counts": dict(counts),
                "outside_catalog": outside,
                "unpublished": missing,
            }  # fmt: skip
        )
        return
    print(
        f"{name}{year}年度重大行政决策目录：{len(told)} 项"
        + (f"，{found.published_on} 公布" if found.published_on else "，尚未公布")
    )
    lights = {"green": "绿", "yellow": "黄", "red": "红"}
    rows = [
        [str(i["number"]), lights[i["light"]], i["planned_on"], "、".join(i["units"]), i["title"], i["case"] or ""]
        for i in told
    ]
    print_table(["序号", "进度", "计划完成", "承办单位", "事项", "案号"], rows)
    print(f"目录外启动的决策 {len(outside)} 件；未公布本年度目录的单位 {len(missing)} 个。")


def _told(item: "DecisionItem", light: str) -> dict[str, Any]:
    return {
        "number": item.number,
        "title": item.title,
        "units": list(item.units),
        "basis": item.basis,
        "planned_on": item.planned_on.isoformat(),
        "procedures": dict(item.procedures),
        "initiator": item.initiator,
        "state": item.state,
        "light": light,
        "case": item.case,
    }


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


@app.command("import", help="导入目录：.xlsx 或 .yaml，所有错误一次列出，有错则一项也不导入。")
def import_items(
    file: Annotated[Path, typer.Argument(help="文件", exists=True, dir_okay=False, show_default=False)],
    year: Annotated[int | None, typer.Option(help="年度（.xlsx 必填）")] = None,
    organ: Annotated[str | None, typer.Option(help="制定机关，默认区政府")] = None,
) -> None:
    from review_flows.decisions import catalog as book
    from review_flows.decisions import catalog_files
    from review_flows.errors import ReviewFlowsError
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, catalogs):
        if file.suffix.lower() == ".xlsx":
            if year is None:
                raise ReviewFlowsError("导入 .xlsx 时请用 --year 写明年度。")
            drafts = catalog_files.read_workbook(catalogs, file.read_bytes(), file.name)
            named = organ or _government()
        else:
            year, named, drafts = catalog_files.read_yaml(catalogs, file.read_text("utf-8"), file.name)
        with writing(home.engine) as session:
            for draft in drafts:
                book.add_item(session, catalogs, year, named, draft, actor=Actor("catalog-import"), at=home.now())
    print(f"已导入 {len(drafts)} 项。")


@app.command("add", help="提出一项列入目录的建议。")
def add_item(
    year: Year,
    title: Annotated[str, typer.Option(help="事项名称", show_default=False)],
    unit: Annotated[list[str], typer.Option(help="承办单位，可重复，牵头单位在先", show_default=False)],
    basis: Annotated[str, typer.Option(help="依据", show_default=False)],
    planned_on: Day,
    organ: Annotated[str | None, typer.Option(help="制定机关，默认区政府")] = None,
    initiator: Annotated[str, typer.Option(help="提出人：单位、代表或者委员")] = "",
    fact: Annotated[list[str] | None, typer.Option(help="成立的情况，如 social_risk，可重复")] = None,
    excluded_matter: Annotated[str, typer.Option(help="不适用的事项种类")] = "none",
) -> None:
    from review_flows.decisions import catalog as book
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    facts: dict[str, Any] = dict.fromkeys(fact or (), True) | {"excluded_matter": excluded_matter}
    draft = book.ItemDraft(title, tuple(unit), basis, planned_on.date(), facts, initiator)
    with opened() as (home, catalogs), writing(home.engine) as session:
        item = book.add_item(
            session, catalogs, year, organ or _government(), draft, actor=Actor("catalog"), at=home.now()
        )
        print(f"已列为第 {item.number} 项。")


@app.command(help="登记同级党委同意。")
def consent(
    year: Year, on: Day, paper: Annotated[str, typer.Option(help="同意的文件", show_default=False)],
    organ: Annotated[str | None, typer.Option(help="制定机关，默认区政府")] = None,
) -> None:  # fmt: skip
    from review_flows.decisions import catalog as book
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, catalogs), writing(home.engine) as session:
        named = organ or _government()
        book.consent(session, catalogs, year, named, on=on.date(), paper=paper, actor=Actor("catalog"), at=home.now())
    print("已登记。")


@app.command(help="公布目录：须先经同级党委同意。")
def publish(
    year: Year, on: Day, organ: Annotated[str | None, typer.Option(help="制定机关，默认区政府")] = None
) -> None:
    from review_flows.decisions import catalog as book
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, catalogs), writing(home.engine) as session:
        book.publish(
            session, catalogs, year, organ or _government(), on=on.date(), actor=Actor("catalog"), at=home.now()
        )
    print("已公布。")


@app.command(help="调整已公布的目录事项：原文和改后文字都保留。")
def adjust(
    year: Year,
    number: Annotated[int, typer.Option(help="序号", show_default=False)],
    reason: Reason,
    approval: Approval,
    organ: Annotated[str | None, typer.Option(help="制定机关，默认区政府")] = None,
    title: Annotated[str | None, typer.Option(help="新的事项名称")] = None,
    basis: Annotated[str | None, typer.Option(help="新的依据")] = None,
    unit: Annotated[list[str] | None, typer.Option(help="新的承办单位，可重复")] = None,
    planned_on: Annotated[datetime | None, typer.Option(formats=_DAY, help="新的计划完成时间")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="移出目录")] = False,
) -> None:
    from review_flows.decisions import catalog as book
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    changes = {
        "title": title,
        "basis": basis,
        "units": unit,
        "planned_on": planned_on.date() if planned_on else None,
        "state": "removed" if remove else None,
    }
    with opened() as (home, catalogs), writing(home.engine) as session:
        book.adjust(
            session, catalogs, year, organ or _government(), number, reason=reason, approval=approval,
            changes={name: value for name, value in changes.items() if value is not None},
            actor=Actor("catalog"), at=home.now(),
        )  # fmt: skip
    print("已调整。")


@app.command(help="转年：未完成的事项列入下一年度目录。")
def roll(year: Year, organ: Annotated[str | None, typer.Option(help="制定机关，默认区政府")] = None) -> None:
    from review_flows.decisions import catalog as book
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, catalogs), writing(home.engine) as session:
        carried = book.roll(session, catalogs, year, organ or _government(), actor=Actor("catalog"), at=home.now())
    print(f"已转入 {year + 1} 年度 {len(carried)} 项。")


@app.command(help="导出目录：按扩展名写成 .xlsx、.docx（公布稿）或 .yaml。")
def export(
    year: Year,
    out: Annotated[Path, typer.Option(help="写到哪个文件", show_default=False)],
    organ: Annotated[str | None, typer.Option(help="制定机关，默认区政府")] = None,
) -> None:
    from review_flows.decisions import catalog as book
    from review_flows.decisions import catalog_files
    from review_flows.errors import ReviewFlowsError
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = book.catalog_of(session, catalogs, year, organ or _government())
        items = book.items_of(session, found)
        made = {
            ".xlsx": lambda: catalog_files.to_workbook(catalogs, items),
            ".docx": lambda: catalog_files.to_paper(catalogs, found, items, "演示" if home.is_demo else ""),
            ".yaml": lambda: catalog_files.to_yaml(catalogs, found, items).encode(),
        }.get(out.suffix.lower())
        if made is None:
            raise ReviewFlowsError(f"不能导出为“{out.suffix}”：请写 .xlsx、.docx 或 .yaml。")
        out.write_bytes(made())
    print(out)

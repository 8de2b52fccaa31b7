"""`decisions …`: the yearly catalogue of major decisions, in and out, how it stands; acts are in `decision_acts`."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from review_flows.cli import (
    comments,
    decision_acts,
    decision_exceptions,
    decision_experts,
    decision_follow_up,
    decision_hearing,
    decision_participation,
)
from review_flows.cli.acting import acting
from review_flows.cli.decision_acts import OrganName, Year, organ_of
from review_flows.cli.home import opened
from review_flows.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from sqlmodel import Session

    from review_flows.decisions.catalog_hand import Hand
    from review_flows.decisions.catalog_papers import Book
    from review_flows.decisions.catalog_progress import StatisticsJson
    from review_flows.decisions.catalog_shown import CatalogJson
    from review_flows.law.catalogs import Catalogs
    from review_flows.records.home import Home

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, help="重大行政决策年度目录。"
)

app.add_typer(comments.app, name="comments")
app.add_typer(decision_hearing.app, name="hearing")
app.add_typer(decision_participation.app, name="participation")
app.command("notice", help="公开征求意见公告：没有理由不得短于法定期限；登记后期限开始计算。")(
    decision_participation.notice
)
app.add_typer(decision_acts.app)
app.add_typer(decision_experts.app, name="experts")
app.command(help="适用公平竞争审查例外规定的政策措施：届满的在前，应当停止执行或者再次审查。")(
    decision_exceptions.exceptions
)
decision_follow_up.add_to(app)

Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Out = Annotated[Path, typer.Option(help="写到哪个文件", show_default=False)]
_DAY = ["%Y-%m-%d"]


@app.command("list", help="目录及进度（红黄绿）、经过、目录外事项和未公布单位；--warn 只列黄的和红的。")
def list_items(
    year: Year,
    organ: OrganName = None,
    warn: Annotated[bool, typer.Option("--warn", help="只列将到期和已逾期的事项")] = False,
    as_json: Json = False,
) -> None:
    from review_flows.decisions.catalog import catalog_of
    from review_flows.decisions.catalog_shown import shown
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = catalog_of(session, catalogs, year, organ_of(catalogs, organ))
        told = shown(session, catalogs, found, home.now().date(), only_warnings=warn)
    if as_json:
        print_json(told)
    else:
        _print_catalog(catalogs, told)


def _print_catalog(catalogs: "Catalogs", told: "CatalogJson") -> None:
    published = f"，{told['published_on']} 公布" if told["published_on"] else "，尚未公布"
    total = sum(told["counts"].values())
    print(f"{told['organ']}{told['year']}年度重大行政决策事项目录：{total} 项{published}")
    rows = [
        [
            str(item["number"]),
            catalogs.label(item["light"], section="decision_lights"),
            catalogs.label(item["state"], section="decision_item_states"),
            item["planned_on"],
            "、".join(item["units"]),
            item["title"] + (f"（调整 {item['adjusted']} 次）" if item["adjusted"] else ""),
            item["case"] or "",
        ]
        for item in told["items"]
    ]
    print_table(["序号", "进度", "状态", "计划完成", "承办单位", "事项", "案号"], rows)
    if waiting := [str(item["number"]) for item in told["items"] if item["unanswered"]]:
        print(f"建议、提案尚未答复提出人：第 {'、'.join(waiting)} 项。")
    cases = told["cases"]
    print(
        f"本年决策 {cases['total']} 件：目录内 {cases['inside']}，目录外 {cases['outside']}，未对照 {cases['untold']}。"
    )
    print(f"未公布本年度目录的单位 {len(told['unpublished'])} 个（decisions urge）。")


@app.command(help="一项的经过：何日、何事、理由、文件、何人。")
def history(
    year: Year,
    number: Annotated[int, typer.Option(help="序号", show_default=False)],
    organ: OrganName = None,
    as_json: Json = False,
) -> None:
    from review_flows.decisions.catalog import catalog_of, item_of
    from review_flows.decisions.catalog_shown import shown
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = catalog_of(session, catalogs, year, organ_of(catalogs, organ))
        item_of(session, found, number)
        told = shown(session, catalogs, found, home.now().date())
    (item,) = (item for item in told["items"] if item["number"] == number)
    if as_json:
        print_json(item)
        return
    print(f"第 {number} 项 {item['title']}〔{catalogs.label(item['state'], section='decision_item_states')}〕")
    for entry in item["procedures"]:
        step = catalogs.label(entry["step"], "major_decision", section="steps")
        mark = "待定" if entry["required"] is None else "应当"
        verified = "" if entry["confidence"] == "text" else "〔待核〕"
        print(f"  {mark}{step}：{entry['rule']} {entry['citation']}{verified}")
    rows = [
        [
            move["on"],
            catalogs.label(move["act"], section="decision_acts") + ("（导入）" if move["brought_in"] else ""),
            move["reason"] or move["channel"] or "",
            move["approved_by"] or "",
            (move["paper"] or {}).get("name", ""),
            move["person"],
        ]
        for move in item["history"]
    ]
    print_table(["日期", "经过", "理由或渠道", "批准", "文件", "登记人"], rows)


@app.command(
    "import", help="导入目录：.xlsx（建议清单）或 .yaml（起始清单、公布的目录），有错则一项也不导入，错处一次列出。"
)
def import_file(
    file: Annotated[Path, typer.Argument(help="目录文件", exists=True, dir_okay=False, show_default=False)],
    year: Annotated[int | None, typer.Option(help="年度（.xlsx 必填，.yaml 写在文件里）", show_default=False)] = None,
    organ: OrganName = None,
    person: Annotated[
        str | None, typer.Option("--as", help="本人的人员编号；不写的，由控制台导入为建议", show_default=False)
    ] = None,
    code: Annotated[str | None, typer.Option(help="动态口令", show_default=False)] = None,
) -> None:
    from review_flows.decisions.catalog_hand import Hand
    from review_flows.errors import ReviewFlowsError
    from review_flows.records.database import writing

    if bool(person) != bool(code):
        raise ReviewFlowsError("--as 和 --code 要一起写。")
    if person and code:
        with acting(person, code) as act:
            count = _import(Hand(act.session, act.catalogs, act.person, act.now), file, year, organ)
    else:
        with opened() as (home, catalogs), writing(home.engine) as session:
            count = _import(Hand(session, catalogs, None, home.now()), file, year, organ)
    print(f"已导入 {count} 项。")


def _import(hand: "Hand", file: Path, year: int | None, organ: str | None) -> int:
    from review_flows.decisions import catalog_files
    from review_flows.decisions.catalog import find_catalog, items_of
    from review_flows.decisions.catalog_acts import propose
    from review_flows.decisions.catalog_history import bring_in
    from review_flows.errors import ReviewFlowsError

    if file.suffix.lower() in (".yaml", ".yml"):
        text = _text(file)
        return len(bring_in(hand, catalog_files.read_yaml(hand.catalogs, text, file.name, hand.today), text))
    if file.suffix.lower() != ".xlsx":
        raise ReviewFlowsError(f"不能导入“{file.suffix}”：请用 .xlsx（模板见 decisions template）或 .yaml。")
    if year is None:
        raise ReviewFlowsError("导入 .xlsx 时请用 --year 写明年度。")
    place = hand.catalogs.organs.get(organ_of(hand.catalogs, organ)).id
    catalog = find_catalog(hand.session, place, year)
    drafts = catalog_files.read_workbook(
        hand.catalogs, file.read_bytes(), file.name, organ=place, today=hand.today,
        there=items_of(hand.session, catalog) if catalog else (),
    )  # fmt: skip
    return len(propose(hand, year, place, drafts))


def _text(file: Path) -> str:
    from review_flows.errors import CatalogError

    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CatalogError(file.name, "", "读不出来：必须是 UTF-8 文本") from error


@app.command(help="导入用的空白 .xlsx 模板。")
def template(out: Out) -> None:
    from review_flows import settings
    from review_flows.decisions.catalog_files import template as made
    from review_flows.law.catalogs import load

    out.write_bytes(made(load(settings.load().catalogs)))
    print(out)


@app.command(help="导出目录：按扩展名写成 .docx（公布稿）、.xlsx 或 .yaml（导入的同一格式）。")
def export(year: Year, out: Out, organ: OrganName = None) -> None:
    from review_flows.decisions.catalog import catalog_of
    from review_flows.decisions.catalog_files import to_workbook, to_yaml
    from review_flows.decisions.catalog_history import filed
    from review_flows.decisions.catalog_papers import published_form
    from review_flows.errors import ReviewFlowsError
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = catalog_of(session, catalogs, year, organ_of(catalogs, organ))
        book = _book(home, catalogs, session, year, organ)
        made = {
            ".xlsx": lambda: to_workbook(catalogs, book.standings, book.demo_mark),
            ".docx": lambda: published_form(book),
            ".yaml": lambda: to_yaml(filed(session, catalogs, found)).encode(),
        }.get(out.suffix.lower())
        if made is None:
            raise ReviewFlowsError(f"不能导出为“{out.suffix}”：请写 .docx、.xlsx 或 .yaml。")
        out.write_bytes(made())
    print(out)


@app.command(help="目录调整说明（.docx）：公布以来每次调整的前后文字、理由和批准。")
def note(year: Year, out: Out, organ: OrganName = None) -> None:
    from review_flows.decisions.catalog_papers import adjustment_note
    from review_flows.errors import ReviewFlowsError
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        book = _book(home, catalogs, session, year, organ)
        if not book.adjustments:
            raise ReviewFlowsError(f"{book.organ}{year}年目录没有调整过，没有调整说明。")
        out.write_bytes(adjustment_note(book))
    print(out)


def _book(home: "Home", catalogs: "Catalogs", session: "Session", year: int, organ: str | None) -> "Book":
    from review_flows.decisions.catalog import adjustments_of, catalog_of
    from review_flows.decisions.catalog_papers import Book
    from review_flows.decisions.catalog_progress import standings
    from review_flows.papers.wording import load

    found = catalog_of(session, catalogs, year, organ_of(catalogs, organ))
    wording = load(home.settings.catalogs)
    return Book(
        catalogs, wording, found, standings(session, catalogs, found, home.now().date()),
        adjustments_of(session, found), wording.say("common", "demo") if home.is_demo else "",
    )  # fmt: skip


@app.command(help="统计：各机关目录事项、调整，决策在目录内、目录外的件数和理由。")
def statistics(year: Year, as_json: Json = False) -> None:
    from review_flows.decisions.catalog_progress import statistics as counted
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        told = counted(session, catalogs, year, home.now().date())
    if as_json:
        print_json(told)
    else:
        _print_statistics(catalogs, told)


def _print_statistics(catalogs: "Catalogs", told: "StatisticsJson") -> None:
    rows = [
        [
            row["organ"],
            row["published_on"] or "未公布",
            str(sum(row["items"].values())),
            str(row["items"].get("finished", 0)),
            str(row["lights"].get("red", 0)),
            str(sum(row["adjustments"].values())),
            str(row["cases"]["inside"]),
            str(row["cases"]["outside"]),
            str(row["cases"]["untold"]),
        ]
        for row in told["organs"]
    ]
    print_table(["机关", "公布", "事项", "完成", "逾期", "调整", "目录内", "目录外", "未对照"], rows)
    for each in told["outside"]:
        kind = catalogs.label(each["outside"], section="fact_values") if each["outside"] else "未对照"
        why = f"{kind}，{each['reason']}" if each["reason"] else kind
        print(f"  {each['case']} {each['title']}（{each['organ']}）：{why}")
    print(f"没有公布{told['year']}年度目录的单位 {told['unpublished']} 个。")


@app.command(help="督促清单：没有公布本年度目录的单位；--docx 写成督促函。")
def urge(
    year: Year,
    docx: Annotated[Path | None, typer.Option(help="督促函写到哪个 .docx 文件", show_default=False)] = None,
    by: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="要求何日之前公布（督促函用）", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    from review_flows.decisions.catalog_papers import urging_letter
    from review_flows.decisions.catalog_progress import unpublished
    from review_flows.errors import ReviewFlowsError
    from review_flows.papers.wording import load
    from review_flows.records.database import reading

    if docx and by is None:
        raise ReviewFlowsError("写督促函请用 --by 写明要求在哪一天之前公布。")
    with opened() as (home, catalogs), reading(home.engine) as session:
        missing = unpublished(session, catalogs, year)
        if docx and by:
            wording = load(home.settings.catalogs)
            mark = wording.say("common", "demo") if home.is_demo else ""
            docx.write_bytes(
                urging_letter(catalogs, wording, year, missing, today=home.now().date(), by=by.date(), demo_mark=mark)
            )
            say(str(docx))
    if as_json:
        print_json([{"organ": organ.name, "level": organ.level, "items": count} for organ, count in missing])
        return
    levels = catalogs.facts["level"].values
    rows = [
        [organ.name, levels[organ.level], "未编制" if count is None else f"编制中，{count} 项"]
        for organ, count in missing
    ]
    print_table(["单位", "层级", "编制情况"], rows)

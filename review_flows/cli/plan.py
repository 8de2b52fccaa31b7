"""`plan` and `due`: what the law will ask of a matter before it is registered, and one period of one rule."""

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typing_extensions import TypedDict

from review_flows import settings
from review_flows.errors import IntakeError, NotFound, ReviewFlowsError
from review_flows.law import catalogs as law_data
from review_flows.law.strict import day as read_day

if TYPE_CHECKING:
    from review_flows.law.catalogs import Catalogs
    from review_flows.law.matter import Plan, PlannedStep

CHINA = timezone(timedelta(hours=8))
REQUIRED = {True: "应当", False: "不需要", None: "待定"}

DueJson = TypedDict(
    "DueJson",
    {
        "rule": str,
        "kind": str,
        "number": int | None,
        "unit": str,
        "from": str,
        "date": str,
        "provisional": bool,
        "in_force": bool,
    },
)

plan_app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
due_app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@plan_app.command()
def plan(
    file: Path = typer.Argument(..., metavar="SUBMISSION.yaml", help="送审单（submission.yaml）或它所在的文件夹"),
    on: str = typer.Option("", "--on", metavar="日期", help="按哪一天的法律计算，默认今天"),
    as_json: bool = typer.Option(False, "--json", help="输出 JSON"),
) -> None:
    """登记之前先看：法律要求哪些环节、材料、期限，各有何依据。"""
    from review_flows.law import planning, submission

    path = file / "submission.yaml" if file.is_dir() else file
    data = law_data.load(settings.load().catalogs)
    sent = submission.parse(_read(path), data, name=path.name, registering=False)
    if sent.kind is None or sent.level is None:
        raise IntakeError(path.name, "要写明 kind（事项种类）和 issuing_organ（制定主体），才能计算。")
    found = planning.plan(data, sent.matter, _day("--on", on) if on else datetime.now(CHINA).date())
    print(_dumps(found.to_json()) if as_json else _page(data, found, sent.title))


@due_app.command()
def due(
    rule: str = typer.Argument(..., metavar="规则", help="规则编号，如 ND-12"),
    start: str = typer.Option(..., "--from", metavar="日期", help="从哪一天起算（当日不计）"),
    as_json: bool = typer.Option(False, "--json", help="输出 JSON"),
) -> None:
    """计算一条规则的一个期限。"""
    data = law_data.load(settings.load().catalogs)
    found = data.rule(rule)
    event = _day("--from", start)
    version = found.version_on(event)
    period = found.period(version or found.versions[0])
    if period is None:
        raise ReviewFlowsError(f"规则 {rule} 没有可以计算的期限：{found.requirement}。")
    ends = period.ends(event, data.calendar)
    answer: DueJson = {
        "rule": period.rule,
        "kind": period.kind,
        "number": period.number,
        "unit": period.unit,
        "from": event.isoformat(),
        "date": ends.on.isoformat(),
        "provisional": ends.provisional,
        "in_force": version is not None,
    }
    print(_dumps(answer) if as_json else _due_line(data, answer))
    if version is None:
        typer.echo(f"注意：{rule} 在 {event.isoformat()} 没有施行，以上按现行数值推算。", err=True)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise NotFound("文件", str(path)) from error
    except UnicodeDecodeError as error:
        raise IntakeError(path.name, "不是 UTF-8 文本。") from error
    except OSError as error:
        raise IntakeError(path.name, "读不出来。") from error


def _day(option: str, text: str) -> date:
    found = read_day(text)
    if found is None:
        raise typer.BadParameter(f"“{text}”不是日期，应写作 2026-11-23", param_hint=option)
    return found


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _due_line(data: "Catalogs", answer: DueJson) -> str:
    kind = data.label(answer["kind"], section="rule_kinds")
    length = "" if answer["number"] is None else f"{answer['number']}{data.label(answer['unit'], section='units')}"
    mark = "（暂定：该年放假安排尚未公布）" if answer["provisional"] else ""
    return f"{answer['rule']}　{kind}{length}　自 {answer['from']} 起（当日不计）至 {answer['date']}{mark}"


def _page(data: "Catalogs", found: "Plan", title: str | None) -> str:
    """The plan as a page for people."""
    lines = [f"{data.label(found.kind)}　{title or ''}　按 {found.on.isoformat()} 的规定".replace("　　", "　"), ""]
    for step in found.steps:
        lines += _step_lines(data, found.kind, step)
    names = [data.label(role, section="roles") for role in found.lacking]
    lines += ["", "还缺的材料：" + ("、".join(names) or "无")]
    if found.questions:
        lines += ["需要回答：", *(f"  {fact}：{data.facts[fact].question}" for fact in found.questions)]
    return "\n".join(lines)


def _step_lines(data: "Catalogs", kind: str, step: "PlannedStep") -> list[str]:
    dates = [
        f"最早 {step.earliest_end_on} 可结束" if step.earliest_end_on else "",
        f"最迟 {step.due_on}" if step.due_on else "",
        f"提醒 {step.remind_on}" if step.remind_on else "",
        "（暂定）" if step.provisional else "",
    ]
    head = f"{data.label(step.step, kind, section='steps')}　{REQUIRED[step.required]}　{' '.join(filter(None, dates))}"
    shown = [
        f"    {ground.rule}　{ground.citation}{'（待核）' if ground.unverified else ''}　{ground.text}"
        + (f"（{data.facts[ground.fact].label}）" if ground.fact else "")
        for ground in step.because
    ]
    return [head.rstrip("　"), *shown]

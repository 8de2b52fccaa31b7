"""`catalog check | list | show | chart`: the law data, and the way of each kind of case drawn from it."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from review_flows import settings
from review_flows.cli.output import print_json, print_table, say
from review_flows.errors import CatalogError, NotFound
from review_flows.law import catalogs as law_data
from review_flows.law.strict import day as read_day
from review_flows.law.strict import near

if TYPE_CHECKING:
    from review_flows.law.catalogs import Catalogs
    from review_flows.law.facts import Condition, Fact
    from review_flows.law.rules import Rule, Version
    from review_flows.law.way import WayStep
    from review_flows.papers.flowchart import Box

CHINA = timezone(timedelta(hours=8))

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def check(as_json: bool = typer.Option(False, "--json", help="输出 JSON")) -> None:
    """检查全部法律数据：一次列出每一处错误；有错误时退出码为 1。"""
    folder = settings.load().catalogs
    faults = [*law_data.check(folder), *_screening_faults(folder)]
    if as_json:
        listed = [{"file": fault.file, "key": fault.key, "reason": fault.reason} for fault in faults]
        print_json({"ok": not faults, "faults": listed})
    else:
        for fault in faults:
            say(str(fault))
        if not faults:
            data = law_data.load(folder)
            print(f"法律数据无误：{len(data.rules)} 条规则，{len(data.organs.by_id)} 个制定主体，指纹 {data.sha256}")
    if faults:
        raise typer.Exit(1)


def _screening_faults(folder: Path) -> list[CatalogError]:
    """The first fault of each part of the screening rules; they are read by the text room, not by the law."""
    from review_flows.text import contract_rules, form_rules, redflag_catalog
    from review_flows.web import advisor

    if not (folder / "screening").exists():
        return []
    faults: dict[str, CatalogError] = {}  # by sentence: the form rules read the red flags again
    for read in (redflag_catalog.load, form_rules.load, contract_rules.load, advisor.load_words):
        try:
            read(folder)
        except CatalogError as fault:
            faults[str(fault)] = fault
    return list(faults.values())


@app.command(name="list")
def list_rules(
    kind: str = typer.Option("", "--kind", metavar="种类", help="只列这种事项的规则，如 major_decision"),
    step: str = typer.Option("", "--step", metavar="环节", help="只列点名这个环节的规则，如 legality_review"),
    layer: str = typer.Option("", "--layer", metavar="层级", help="只列这一层级的规则，如 national、province"),
    on: str = typer.Option("", "--on", metavar="日期", help="只列这一天有效的规则"),
    unverified: bool = typer.Option(False, "--unverified", help="只列待核的规则"),
    as_json: bool = typer.Option(False, "--json", help="输出 JSON"),
) -> None:
    """列出规则：编号、施行日期、要求、依据、可信程度。"""
    data = law_data.load(settings.load().catalogs)
    _known(data, kind, "kinds", "事项种类")
    _known(data, step, "steps", "环节")
    _known(data, layer, "layers", "层级")
    day = _day(on) if on else None
    rules = [
        rule
        for rule in data.rules.values()
        if (not kind or kind in rule.kinds)
        and (not step or step in rule.steps)
        and (not layer or layer == rule.layer)
        and (day is None or rule.version_on(day))
        and (not unverified or rule.is_unverified)
    ]
    if as_json:
        print_json([_rule_json(data, rule) for rule in rules])
    else:
        print_table(("编号", "施行", "要求", "依据", "可信程度"), [_row(data, rule, day) for rule in rules])


@app.command()
def show(
    name: str = typer.Argument(..., metavar="名称", help="规则编号（ND-12），或事项种类（major_decision）"),
    as_json: bool = typer.Option(False, "--json", help="输出 JSON"),
) -> None:
    """查看一条规则的全部内容，或一种事项的全部环节。"""
    data = law_data.load(settings.load().catalogs)
    if name in data.chains:
        print_json(_chain_json(data, name)) if as_json else print("\n".join(_chain_lines(data, name)))
    elif name in data.rules:
        rule = data.rules[name]
        print_json(_rule_json(data, rule)) if as_json else print("\n".join(_rule_lines(data, rule)))
    else:
        raise NotFound("规则或事项种类", f"{name}{near(name, [*data.rules, *data.chains])}")


@app.command()
def chart(
    kind: str = typer.Argument(..., metavar="种类", help="事项种类，如 normative_document"),
    out: Path = typer.Option(Path("."), "--out", metavar="目录", help="写到哪个目录"),
    on: str = typer.Option("", "--on", metavar="日期", help="按哪一天的规定，默认今天"),
) -> None:
    """由法律数据画出一种事项的流程图：SVG、PNG 和 .docx，各一页 A4。"""
    from review_flows.law.way import way
    from review_flows.papers import flowchart

    data = law_data.load(settings.load().catalogs)
    day = _day(on) if on else datetime.now(CHINA).date()
    title = data.label(data.chain(kind).kind, section="chart_titles")
    drawn = flowchart.Flowchart(
        title=title,
        boxes=tuple(_chart_box(step) for step in way(data, kind, day)),
        foot=(
            "虚线框为有规定要求时才有的环节；同一行的环节可以同时进行。工作日以外的“日”为自然日，开始的当日不计。",
            f"由法律数据生成，按 {day.isoformat()} 的规定，指纹 {data.sha256[:16]}；标“待核”的请以正式文本为准。",
        ),
        made_on=day,
    )
    out.mkdir(parents=True, exist_ok=True)
    picture = flowchart.svg(drawn)
    made = {"svg": picture.encode(), "png": flowchart.png(picture), "docx": flowchart.docx(drawn, picture)}
    for suffix, content in made.items():
        path = out / f"{title}.{suffix}"
        path.write_bytes(content)
        print(path)


def _chart_box(step: "WayStep") -> "Box":
    from review_flows.papers.flowchart import Box

    lines = (("情形", step.condition), ("办理", step.who), ("期限", step.periods), ("依据", step.basis))
    return Box(step.step, step.label, lines, step.after, dashed=step.is_optional)


def _known(data: "Catalogs", word: str, section: str, noun: str) -> None:
    if word and word not in data.terms[section]:
        raise NotFound(noun, f"{word}{near(word, data.terms[section])}")


def _day(text: str) -> date:
    found = read_day(text)
    if found is None:
        raise typer.BadParameter(f"“{text}”不是日期，应写作 2026-11-23", param_hint="--on")
    return found


def _row(data: "Catalogs", rule: "Rule", day: date | None) -> tuple[str, ...]:
    version = (rule.version_on(day) if day else None) or rule.versions[-1]
    since = version.since.isoformat() if version.since else "待核"
    confidence = data.label(rule.confidence, section="confidences")
    return rule.id, since, data.text_of(rule, version), version.citation, confidence


def _rule_json(data: "Catalogs", rule: "Rule") -> dict[str, Any]:
    """A rule with all that it says, as rules.json writes it, and its file."""
    return {
        "id": rule.id,
        "file": rule.file,
        "requirement": rule.requirement,
        "layer": rule.layer,
        "kinds": list(rule.kinds),
        "steps": list(rule.steps),
        "values": [_version_json(version) for version in rule.versions],
        "in_force_until": rule.until.isoformat() if rule.until else None,
        "when": {condition.fact: [_plain(value) for value in condition.values] for condition in rule.when},
        "unless": [{item.fact: _plain(item.values[0]) for item in group} for group in rule.unless],
        "materials": list(rule.materials),
        "results": list(rule.results),
        "counted_from": rule.counted_from,
        "direction": rule.direction,
        "bounds": rule.bounds,
        "lawful_from": rule.lawful_from,
        "replaces": rule.replaces,
        "confidence": rule.confidence,
        "unverified": rule.is_unverified,
        "last_checked": rule.last_checked.isoformat(),
        "exception": rule.exception,
        "remark": rule.remark,
        "machine_check": rule.machine_check,
        "text": data.text_of(rule, rule.versions[-1]),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _version_json(version: "Version") -> dict[str, Any]:
    return {
        "since": version.since.isoformat() if version.since else None,
        "kind": version.kind,
        "number": version.number,
        "unit": version.unit,
        "citation": version.citation,
    }


def _chain_json(data: "Catalogs", kind: str) -> dict[str, Any]:
    chain = data.chains[kind]
    return {
        "kind": kind,
        "label": data.label(kind, section="kinds"),
        "steps": [
            {
                "step": step.id,
                "label": data.label(step.id, kind, section="steps"),
                "mode": step.mode,
                "after": list(step.after),
                "by": [answerer.role for answerer in step.by],
                "conclusions": list(step.conclusions),
                "rules": [rule.id for rule in data.rules_of[kind] if step.id in rule.steps],
            }
            for step in chain.steps.values()
        ],
    }


def _rule_lines(data: "Catalogs", rule: "Rule") -> list[str]:
    """A rule for people, without what it does not have."""
    from review_flows.flows.steps import enforced
    from review_flows.law.rulepage import uses

    layer = data.label(rule.layer, section="layers")
    told = [
        ("要求", rule.requirement),
        ("事项", "、".join(data.label(kind, section="kinds") for kind in rule.kinds)),
        ("环节", "、".join(data.label(step, section="steps") for step in rule.steps)),
        *(("数值", _version_words(data, version)) for version in rule.versions),
        ("止于", rule.until.isoformat() if rule.until else ""),
        ("情形", "；".join(_condition(data, item) for item in rule.when)),
        ("例外", "；".join("、".join(_condition(data, item) for item in group) for group in rule.unless)),
        ("起算", data.label(rule.counted_from) if rule.counted_from else ""),
        ("方向", "倒推" if rule.direction == "backward" else ""),
        ("约束", data.label(rule.bounds) if rule.bounds else ""),
        ("材料", "、".join(data.label(role, section="roles") for role in rule.materials)),
        ("成果", "、".join(data.label(role, section="roles") for role in rule.results)),
        ("取代", rule.replaces or ""),
        ("例外说明", rule.exception or ""),
        ("备注", rule.remark or ""),
        ("落实", "；".join(uses(data, rule, enforced()))),
        ("最近核对", rule.last_checked.isoformat()),
        ("文件", rule.file),
    ]
    head = f"{rule.id}　{layer}　{data.label(rule.confidence, section='confidences')}"
    return [head, *(f"  {label}：{text}" for label, text in told if text)]


def _version_words(data: "Catalogs", version: "Version") -> str:
    since = f"自 {version.since.isoformat()} 起" if version.since else "施行日期不详（待核）"
    unit = version.unit or ""
    length = f"{version.number}{data.label(unit, section='units')}" if version.number is not None else ""
    return f"{since}　{data.label(version.kind, section='rule_kinds')}{length}　{version.citation}"


def _condition(data: "Catalogs", condition: "Condition") -> str:
    fact = data.facts[condition.fact]
    words = [_value_words(fact, value) for value in condition.values]
    return f"{fact.label}＝{'或'.join(words)}"


def _value_words(fact: "Fact", value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "有" if value == "*" else fact.values.get(str(value), str(_plain(value)))


def _chain_lines(data: "Catalogs", kind: str) -> list[str]:
    """The steps of a kind for people, with the law of today."""
    from review_flows.law.way import way

    lines = [data.label(kind, section="kinds")]
    for number, step in enumerate(way(data, kind, datetime.now(CHINA).date()), 1):
        lines.append(f"{number:>2} {step.label}{'（依情形）' if step.is_optional else ''}")
        told = (("情形", step.condition), ("办理", step.who), ("期限", step.periods), ("依据", step.basis))
        lines += [f"     {label}：{text}" for label, text in told if text]
    return lines

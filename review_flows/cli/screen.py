"""`screen`: findings of a draft, or labels of single clauses."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from review_flows import settings
from review_flows.cli.output import say
from review_flows.errors import DraftError, ReviewFlowsError

if TYPE_CHECKING:
    from review_flows.text.clause_flags import Context
    from review_flows.text.draft import Draft
    from review_flows.text.findings import Finding
    from review_flows.text.screening import Screened, ScreeningRules, ScreenJson

CHINA = timezone(timedelta(hours=8))
SEVERITY_LABELS = {"high": "重", "medium": "中", "low": "轻"}
STATS = Path("stats")  # the one word that is no file: what reviewers made of the findings
_MOST_REASONS = 5
_ORDER = ("low", "medium", "high")
_MOST_BYTES = 64 * 1024 * 1024

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def screen(
    file: Path | None = typer.Argument(
        None, metavar="文件|stats", help="要初筛的文稿，.docx 或 .txt；stats：审核人对各规则提示的取舍"
    ),
    clauses: Path | None = typer.Option(None, "--clauses", metavar="IN.jsonl", help="逐行初筛条款，每行一个 JSON"),
    kind: str | None = typer.Option(
        None, "--kind", metavar="种类", help="事项种类，如 normative_document；默认按标题判断"
    ),
    maker: str = typer.Option("", "--maker", metavar="机关", help="制定机关，默认看落款"),
    on: str = typer.Option("", "--on", metavar="日期", help="按哪一天的法律判断，默认今天"),
    as_json: Path | None = typer.Option(None, "--json", metavar="F", help="结果写入 JSON 文件；- 为标准输出"),
    checklist: bool = typer.Option(False, "--checklist", help="同时列出公平竞争审查 19 项对照"),
    advise: bool = typer.Option(False, "--advise", help="另请语言模型提出建议（须先设置地址，逐条核对，标明机器建议）"),
    fail_on: str | None = typer.Option(
        None, "--fail-on", metavar="程度", help="有此程度以上的提示时退出码为 1：high、medium、low"
    ),
) -> None:
    """合法性初筛：逐条找出需要人工判断之处，列出依据、可能没有问题的情形和改法。"""
    from review_flows.text.screening import load_rules

    if file == STATS and clauses is None:
        _print_stats(as_json)
        return
    if (file is None) == (clauses is None):
        raise ReviewFlowsError("请给出一份文稿，或者用 --clauses 给出条款文件，二者选一。")
    if fail_on is not None and fail_on not in _ORDER:
        raise ReviewFlowsError(f"--fail-on 只能是 {'、'.join(_ORDER)}，不能是 {fail_on}。")
    catalogs = settings.load().catalogs
    rules, day = load_rules(catalogs), _day(on)
    if clauses is not None:
        _screen_clauses(clauses, as_json, rules, day)
        return
    if file is not None:
        _check_kind(kind, rules)
        screened, sha256 = _screen_file(file, rules, day, kind, maker, advise=advise)
        _print(screened, sha256, as_json, checklist=checklist)
        if fail_on is not None and any(_ORDER.index(f.severity) >= _ORDER.index(fail_on) for f in screened.findings):
            raise typer.Exit(1)


def _check_kind(kind: str | None, rules: "ScreeningRules") -> None:
    known = rules.flags.documents.kinds
    if kind is not None and kind not in known:
        raise ReviewFlowsError(f"没有事项种类 {kind}，可以用 {'、'.join(known)}。")


def _screen_file(
    file: Path, rules: "ScreeningRules", day: date, kind: str | None, maker: str, *, advise: bool
) -> tuple["Screened", str]:
    from review_flows.records.basis_texts import hold_against
    from review_flows.text.reading import read
    from review_flows.text.screening import screen as screen_draft

    here = settings.load()
    draft = read(_bytes(file), file.name)
    screened = screen_draft(draft, rules, on=day, kind=kind, maker=maker)
    screened = hold_against(
        draft, screened, rules, home=here.home, catalogs=here.catalogs, database_url=here.database_url
    )
    return (_with_advice(screened, draft, rules) if advise else screened), draft.sha256


def _with_advice(screened: "Screened", draft: "Draft", rules: "ScreeningRules") -> "Screened":
    """The findings, and behind them what the model proposes and could be checked; notes go to the person."""
    from review_flows.web import advisor

    given = advisor.from_environment()
    if given is None:
        raise ReviewFlowsError("没有设置语言模型的地址（REVIEW_FLOWS_ADVISOR_URL），不能用 --advise。")
    advice = advisor.advise(draft, rules.statutes, advisor.load_words(settings.load().catalogs), given)
    for note in [*advice.notes, f"机器建议采纳 {len(advice.findings)} 条，核对不上而略去 {len(advice.dropped)} 条。"]:
        say(note)
    return replace(screened, findings=(*screened.findings, *advice.findings))


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DraftError(file.name, "文件超过 64 MB")
        return file.read_bytes()
    except FileNotFoundError as error:
        raise DraftError(file.name, "文件不存在") from error
    except OSError as error:
        raise DraftError(file.name, "没有读取权限，或者不是一个文件") from error


def _day(text: str) -> date:
    from review_flows.law.strict import day as read_day

    if not text:
        return datetime.now(CHINA).date()
    found = read_day(text)
    if found is None:
        raise ReviewFlowsError(f"--on 的日期“{text}”不是实有的日期，应写作 2026-11-23。")
    return found


# --- one draft ---


def _print(screened: "Screened", sha256: str, target: Path | None, *, checklist: bool) -> None:
    if target is None:
        print(_page(screened, checklist=checklist))
        return
    answer = json.dumps(to_json(screened, sha256), ensure_ascii=False, indent=1)
    _write(target, answer + "\n")


def to_json(screened: "Screened", sha256: str) -> "ScreenJson":
    """The answer as `--json` writes it."""
    return {
        "file": sha256,
        "doc_type": screened.context.doc_type,
        "findings": [finding.to_json() for finding in screened.findings],
        "citations": [cited.to_json() for cited in screened.citations],
        "fair_competition": [
            {
                "item": answer.item.id,
                "article": answer.item.article,
                "text": answer.item.text,
                "touched_by": sorted({_where(finding) for finding in answer.touched_by}),
            }
            for answer in screened.checklist
        ],
    }


def _page(screened: "Screened", *, checklist: bool) -> str:
    lines = [f"按“{screened.context.doc_type}”初筛，提示 {len(screened.findings)} 处，均须人工判断。"]
    for finding in screened.findings:
        lines += [
            "",
            f"[{SEVERITY_LABELS[finding.severity]}] {finding.rule} {_where(finding)}：“{_short(finding.place.text)}”",
            f"    {finding.message}",
            f"    依据：{finding.citation}",
            f"    可能没有问题：{finding.may_be_fine}",
        ]
        if finding.write_instead:
            lines.append(f"    建议：{finding.write_instead}")
    if checklist:
        lines += ["", "公平竞争审查标准对照（《公平竞争审查条例》第八条至第十一条）："]
        for answer in screened.checklist:
            touched = "、".join(dict.fromkeys(_where(finding) for finding in answer.touched_by)) or "未发现"
            lines.append(f"  {answer.item.article} {answer.item.text}：{touched}")
    return "\n".join(lines)


def _where(finding: "Finding") -> str:
    place = finding.place
    return place.article or (f"第 {place.paragraph} 段" if place.paragraph else "全文")


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


# --- what reviewers made of findings ---


def _print_stats(target: Path | None) -> None:
    from review_flows.cases.workshop import decisions
    from review_flows.records.database import reading
    from review_flows.records.home import open_home
    from review_flows.text.keeping import keep_records

    home = open_home(settings.load())
    with reading(home.engine) as session:
        records = keep_records(decisions(session))
    home.close()
    if target is not None:
        rows = [{**asdict(one), "reasons": [{"reason": r, "count": n} for r, n in one.reasons]} for one in records]
        _write(target, json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
        return
    decided = sum(one.decided for one in records)
    print(f"审核人已处理初筛提示 {decided} 条，涉及规则 {len(records)} 条；不采用比例高的在前。")
    for one in records:
        print(
            f"{one.rule}：共 {one.decided} 条，采用 {one.kept}，修改后采用 {one.edited}，不采用 {one.dropped}"
            f"（{one.drop_share:.0%}）"
        )
        for reason, count in one.reasons[:_MOST_REASONS]:
            print(f"    不采用理由（{count} 次）：{_short(reason)}")
        unsaid = one.dropped - sum(count for _, count in one.reasons)
        if unsaid:
            print(f"    未写明理由：{unsaid} 条")


# --- clauses ---


def _screen_clauses(source: Path, target: Path | None, rules: "ScreeningRules", day: date) -> None:
    from review_flows.text.screening import labels

    lines = [
        json.dumps({"id": identity, "labels": labels(text, context, rules, on=day)}, ensure_ascii=False)
        for identity, text, context in _clauses(source)
    ]
    _write(target, "".join(f"{line}\n" for line in lines))


def _clauses(source: Path) -> Iterator[tuple[Any, str, "Context"]]:
    try:
        text = _bytes(source).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DraftError(source.name, "不是 UTF-8 文本") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _clause(source.name, number, line)


def _clause(name: str, number: int, line: str) -> tuple[Any, str, "Context"]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DraftError(name, f"第 {number} 行不是 JSON") from error
    if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("text"), str):
        raise DraftError(name, f"第 {number} 行要有 id 和 text")
    context = row.get("context") or {}
    if not isinstance(context, dict):
        raise DraftError(name, f"第 {number} 行的 context 应为键值结构")
    return row["id"], row["text"], _context(name, number, context)


def _context(name: str, number: int, given: dict[str, Any]) -> "Context":
    from review_flows.law.strict import day as read_day
    from review_flows.text.clause_flags import Context

    texts = {key: given.get(key) or "" for key in ("doc_type", "document", "maker", "origin_level", "as_of")}
    if not all(isinstance(value, str) for value in texts.values()):
        raise DraftError(name, f"第 {number} 行的 context 里应当都是文字")
    as_of = read_day(texts["as_of"]) if texts["as_of"] else None
    if texts["as_of"] and as_of is None:
        raise DraftError(name, f"第 {number} 行的 as_of 不是日期")
    return Context(texts["doc_type"], texts["document"], texts["maker"], texts["origin_level"], as_of)


def _write(target: Path | None, text: str) -> None:
    if target is None or str(target) == "-":
        print(text, end="")
        return
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReviewFlowsError(f"不能写入 {target}：请检查文件夹是否存在、是否有写入权限。") from error

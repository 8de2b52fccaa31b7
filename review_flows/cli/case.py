"""`case …`: where a case stands, and the people's moves in it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from review_flows.cli.acting import As, Code, acting
from review_flows.cli.home import opened
from review_flows.cli.output import print_json, print_table
from review_flows.errors import NotFound
from review_flows.law.strict import near

if TYPE_CHECKING:
    from sqlmodel import Session

    from review_flows.cases.shown import HeadJson
    from review_flows.law.catalogs import Catalogs
    from review_flows.people.person import Person

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="事项：列表、详情、经过、依据，以及撤回等。",
)

CaseNumber = Annotated[str, typer.Argument(metavar="案号", help="如 2026-ND-0001", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Reason = Annotated[str, typer.Option(help="理由", show_default=False)]


@app.command("list", help="事项列表，新的在前。")
def list_cases(
    as_json: Json = False,
    state: Annotated[
        str | None, typer.Option(help="只看某种状态：lacking、open、suspended、completed、rejected、withdrawn")
    ] = None,
    limit: Annotated[int, typer.Option(help="最多列出多少件", min=1, max=10_000)] = 200,
) -> None:
    from review_flows.cases.show import list_cases as listed
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        if state is not None and state not in catalogs.terms["case_states"]:
            raise NotFound("状态", f"{state}{near(state, catalogs.terms['case_states'])}")
        found = listed(session, catalogs, now=home.now(), limit=limit, state=state)
    if as_json:
        print_json(found)
        return
    rows = [[c["case"], catalogs.label(c["state"]), _waits(catalogs, c), c["title"]] for c in found]
    print_table(["案号", "状态", "等待", "事项"], rows)


def _waits(catalogs: "Catalogs", case: "HeadJson") -> str:
    waits = [
        f"{catalogs.label(wait['step'], case['kind'])}（{catalogs.label(wait['role'])}"
        + (f"，{wait['due_on']} 前" if wait["due_on"] else "")
        + ("，已逾期" if wait["is_overdue"] else "")
        + "）"
        for wait in case["waiting_for"]
    ]
    return "、".join(waits) or "—"


@app.command(help="一件事项的详情：走到哪一步，等谁，依据什么，何时到期。")
def show(case: CaseNumber, as_json: Json = False) -> None:
    from review_flows.cases.show import show as shown
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = shown(session, catalogs, case, now=home.now())
    if as_json:
        print_json(found)
        return
    print(f"{found['case']}  {found['title']}  〔{catalogs.label(found['state'])}〕")
    for name in (*found["lacking"], *found["questions"]):
        print(f"  尚缺：{name}")
    rows = [
        [
            catalogs.label(step["step"], found["kind"]),
            catalogs.label(step["state"], section="step_states") + ("（文稿已变）" if step.get("stale") else ""),
            f"第{step['round']}轮",
            step["started_on"] or "",
            step["done_on"] or "",
            step["due_on"] or "",
            catalogs.label(step["conclusion"], step["step"], section="conclusions") if step["conclusion"] else "",
            step["signed_by"] or "",
        ]
        for step in found["steps"]
    ]
    print_table(["环节", "状态", "轮次", "开始", "办结", "期限", "结论", "签批人"], rows)
    for other in found["links"]:
        print(f"  {other['label']}：{other['case']} {other['title']}〔{catalogs.label(other['state'])}〕")
    for block in found["blocked"]:
        print(f"  尚不能进行：{block['reason']}")
    for finding in found["findings"]:
        kind = catalogs.label(finding["kind"], section="findings")
        print(f"  发现项：{kind} {finding['rule'] or ''} {finding['reason']}")


@app.command(help="每一环节为什么要办、为什么不办：规则、条文、决定的事实和日期。")
def why(case: CaseNumber, as_json: Json = False) -> None:
    from review_flows.cases.show import why as explained
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = explained(session, catalogs, case, now=home.now())
    if as_json:
        print_json(found)
        return
    for step in found["steps"]:
        need = {True: "应当", False: "不需要", None: "待定"}[step["required"]]
        print(f"{catalogs.label(step['step'], found['kind'])}：{need}")
        for ground in step["because"]:
            unverified = "" if ground["confidence"] == "text" else "〔待核〕"
            print(f"    {ground['rule']}  {ground['text']}（{ground['citation']}）{unverified}")


@app.command(help="一件事项的经过：审计记录，旧的在前。")
def timeline(case: CaseNumber, as_json: Json = False) -> None:
    from review_flows.cases.show import timeline as told
    from review_flows.cases.standing import find_case
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        kind, events = find_case(session, case).kind, told(session, case)
    if as_json:
        print_json(events)
        return
    rows = [
        [
            str(e["seq"]),
            e["at"][:19].replace("T", " "),
            catalogs.label(e["event"], section="events"),
            catalogs.label(e["step"], kind, section="steps") if e.get("step") else "",
            e["actor"]["person"],
        ]
        for e in events
    ]
    print_table(["序号", "时间", "事件", "环节", "人员"], rows)


@app.command(help="撤回：送审单位在审核意见作出之前撤回。")
def withdraw(case: CaseNumber, person: As, code: Code, reason: Reason) -> None:
    from review_flows.cases import moves

    _move(person, code, lambda s, c, who, now: moves.withdraw(s, c, case, who, reason=reason, now=now))


@app.command(help="中止：期限自今日起停止计算。")
def suspend(case: CaseNumber, person: As, code: Code, reason: Reason) -> None:
    from review_flows.cases import moves

    _move(person, code, lambda s, c, who, now: moves.suspend(s, c, case, who, reason=reason, now=now))


@app.command(help="恢复：期限顺延中止的天数。")
def resume(case: CaseNumber, person: As, code: Code, reason: Reason) -> None:
    from review_flows.cases import moves

    _move(person, code, lambda s, c, who, now: moves.resume(s, c, case, who, reason=reason, now=now))


@app.command("return", help="退回到较早的环节：该环节开始新的一轮，已办的保留。")
def give_back(
    case: CaseNumber,
    person: As,
    code: Code,
    reason: Reason,
    to: Annotated[str, typer.Option(help="退回到哪个环节（环节标识）")] = "drafting",
) -> None:
    from review_flows.cases import moves

    _move(
        person,
        code,
        lambda s, c, who, now: moves.give_back(s, c, case, who, to=to, reason=reason, now=now),
    )


@app.command(help="会签：指定几个人同时签批一个等待中的环节。")
def countersign(
    case: CaseNumber,
    person: As,
    code: Code,
    step: Annotated[str, typer.Option(help="环节标识", show_default=False)],
    reviewer: Annotated[list[str], typer.Option(help="签批人编号，可重复", show_default=False)],
) -> None:
    from review_flows.cases import moves

    _move(
        person,
        code,
        lambda s, c, who, now: moves.name_reviewers(s, c, case, who, step=step, reviewers=reviewer, now=now),
    )


def _move(person: str, code: str, move: "Callable[[Session, Catalogs, Person, Any], Any]") -> None:
    with acting(person, code) as act:
        move(act.session, act.catalogs, act.person, act.now)
    print("已办理。")

"""`decisions execution | change | post-evaluation …` and the papers that follow a decision."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from review_flows.cli.acting import As, Code, acting
from review_flows.cli.home import opened
from review_flows.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from review_flows.decisions.changes import MeetingHeld
    from review_flows.decisions.follow_up_shown import ArchiveJson

_DAY = ["%Y-%m-%d"]
CaseNumber = Annotated[str, typer.Argument(metavar="案号", help="如 2026-MD-0001", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Reason = Annotated[str, typer.Option(help="理由", show_default=False)]
Docx = Annotated[Path | None, typer.Option("--docx", help="写成 Word 文件", show_default=False)]
Meeting = Annotated[str, typer.Option(help="会议名称，如 区政府第40次常务会议")]
MeetingOn = Annotated[datetime | None, typer.Option(formats=_DAY, help="会议日期，如 2026-11-23", show_default=False)]
Paper = Annotated[str, typer.Option(help="决定文件的 sha256（先以 submit --case 送来）")]


def _group(text: str) -> typer.Typer:
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, help=text)


execution = _group("决策执行：执行单位、报告日期、执行情况报告。")
change = _group("决策作出后的变动：先行中止、提请讨论、中止、恢复、停止、调整。")
evaluation = _group("决策后评估。")


# --- papers ----------------------------------------------------------------------------------------------------------


def party_report(case: CaseNumber, docx: Annotated[Path, typer.Option("--docx", help="写到哪个文件")]) -> None:
    """生成请示（上行文）：履行程序的情况取自办理记录，文号和日期留空。"""
    from review_flows.cases.standing import find_case
    from review_flows.decisions.party_request import request_content, request_paper
    from review_flows.papers.wording import load
    from review_flows.records.database import reading

    with opened() as (home, catalogs):
        with reading(home.engine) as session:
            content = request_content(session, home, catalogs, find_case(session, case))
        _write(docx, request_paper(content, load(home.settings.catalogs)))


def archive(case: CaseNumber, as_json: Json = False, docx: Docx = None) -> None:
    """归档清单：逐件列出，并指出应当归档而没有的材料；有缺的退出码为 1。"""
    from review_flows.cases.dossier_index import index_paper
    from review_flows.cases.standing import find_case
    from review_flows.decisions import archiving
    from review_flows.papers.wording import load
    from review_flows.records.database import reading

    with opened() as (home, catalogs):
        with reading(home.engine) as session:
            found = find_case(session, case)
            index = archiving.archive_index(session, home, catalogs, found)
            told = archiving.to_json(catalogs, found, index, archiving.belonging(session, catalogs, found))
        if docx:
            _write(docx, index_paper(index, load(home.settings.catalogs)))
        if as_json:
            print_json(told)
        else:
            _print_archive(told)
    if told["lacking"]:
        raise typer.Exit(1)


def _print_archive(told: "ArchiveJson") -> None:
    rows = [
        [
            str(piece["number"]),
            piece["document_number"] or "",
            piece["maker"],
            piece["on"] or "",
            "待核" if piece["pages"] is None else str(piece["pages"]),
            piece["retention"],
            (piece["sha256"] or "纸质")[:12],
            piece["title"],
        ]
        for piece in told["pieces"]
    ]
    print_table(["件号", "文号", "责任者", "日期", "页数", "保管期限", "sha256", "题名"], rows)
    verified = "" if told["retention_verified"] else "（待核）"
    print(f"保管期限依{told['retention_source']}拟定{verified}。")
    for roles, heading in ((told["lacking"], "应当归档而没有"), (told["later"], "归档之后形成")):
        if roles:
            print(f"{heading}：{'、'.join(role['label'] for role in roles)}。")


def responsibility(case: CaseNumber, as_json: Json = False, docx: Docx = None) -> None:
    """决策责任档案：各环节由谁、何时、针对哪一稿、说了什么；只取自办理记录和审计记录。"""
    from review_flows.cases.standing import find_case
    from review_flows.decisions.responsibility import responsibility_of
    from review_flows.decisions.responsibility_record import responsibility_paper
    from review_flows.papers.wording import load
    from review_flows.records.audit import SYSTEM, record
    from review_flows.records.database import reading, writing

    with opened() as (home, catalogs):
        with reading(home.engine) as session:
            found = responsibility_of(session, home, catalogs, find_case(session, case))
        with writing(home.engine) as session:
            record(session, "responsibility.read", actor=SYSTEM, at=home.now(), case=found.case)
        if docx:
            _write(docx, responsibility_paper(found, catalogs, load(home.settings.catalogs)))
        if as_json:
            print_json(found.to_json())
            return
        rows = [
            [
                line.on.isoformat(),
                catalogs.label(line.stage, "major_decision", section="steps") if line.stage else "",
                line.who,
                line.unit or line.role,
                f"第{line.version}稿" if line.version else "",
                ("【不同意见】" if line.is_dissent else "") + line.act,
                line.words[:40],
            ]
            for line in found.lines
        ]
        print_table(["日期", "环节", "人员", "单位", "文本", "意见、作为", "要点"], rows)
        if found.chain_reason:
            say(f"审计链校验不符：{found.chain_reason}")


def _write(file: Path, data: bytes) -> None:
    from review_flows.errors import ReviewFlowsError

    try:
        file.write_bytes(data)
    except OSError as error:
        raise ReviewFlowsError(f"写不到 {file}：{error.strerror or error}。请换一个位置。") from error
    say(str(file))


# --- execution -------------------------------------------------------------------------------------------------------


@execution.command(help="明确执行单位、执行措施和报告日期（由决策机关）。")
def assign(
    case: CaseNumber,
    unit: Annotated[str, typer.Option(help="执行单位", show_default=False)],
    measures: Annotated[str, typer.Option(help="执行措施", show_default=False)],
    report_on: Annotated[
        list[datetime], typer.Option("--report", formats=_DAY, help="应当报告的日期，可重复", show_default=False)
    ],
    person: As,
    code: Code,
) -> None:
    from review_flows.decisions.execution import assign as assigned

    with acting(person, code) as act:
        task = assigned(
            act.session, act.catalogs, case, act.person, unit=unit, measures=measures,
            due=[day.date() for day in report_on], now=act.now,
        )  # fmt: skip
        print(f"已登记第 {task.number} 项执行任务。")


@execution.command(help="登记执行情况报告（由执行单位）：报告文件先以 submit --case 送来。")
def report(
    case: CaseNumber,
    task: Annotated[int, typer.Option(help="第几项任务", show_default=False)],
    due: Annotated[datetime, typer.Option(formats=_DAY, help="应当报告的日期", show_default=False)],
    on: Annotated[datetime, typer.Option(formats=_DAY, help="报告日期", show_default=False)],
    summary: Annotated[str, typer.Option(help="执行情况", show_default=False)],
    person: As,
    code: Code,
    problems: Annotated[str, typer.Option(help="存在的问题")] = "",
    paper: Annotated[str, typer.Option(help="报告文件的 sha256")] = "",
) -> None:
    from review_flows.decisions.execution import report as reported

    with acting(person, code) as act:
        reported(
            act.session, act.catalogs, case, act.person, task=task, due_on=due.date(), reported_on=on.date(),
            summary=summary, problems=problems, paper_sha256=paper, now=act.now,
        )  # fmt: skip
        print("已登记。")


@execution.command("list", help="执行情况报告：应当何时报告，是否报告，红黄绿；有逾期的退出码为 1。")
def list_reports(
    case: Annotated[str | None, typer.Argument(metavar="案号", help="只看一件", show_default=False)] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="以哪一天为准，默认今天", show_default=False)
    ] = None,
    as_json: Json = False,
    limit: Annotated[int, typer.Option(help="最多列出多少条", min=1, max=10_000)] = 1000,
) -> None:
    from review_flows.cases.advance import office_day
    from review_flows.decisions.changes import standing_words
    from review_flows.decisions.execution import listed
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        day = on.date() if on else office_day(home.now())
        rows = listed(session, catalogs, day, case=case, limit=limit)
    if as_json:
        print_json({"on": day.isoformat(), "reports": rows})
    else:
        lights = {key: term.label for key, term in catalogs.terms["decision_lights"].items()}
        table = [
            [
                lights[row["light"]] if row["light"] else standing_words(row["standing"]),
                row["due_on"],
                row["reported_on"] or "",
                row["case"],
                str(row["task"]),
                row["unit"],
                row["measures"][:30],
            ]
            for row in rows
        ]
        print_table(["进度", "应报告", "已报告", "案号", "任务", "执行单位", "措施"], table)
    if any(row["light"] == "red" for row in rows):
        raise typer.Exit(1)


# --- changes ---------------------------------------------------------------------------------------------------------


@change.command(help="情况紧急：行政首长先行中止执行，事后提请集体讨论（须为法定情形）。")
def suspend(
    case: CaseNumber,
    situation: Annotated[
        str, typer.Option(help="情形：problem、changed_circumstances、force_majeure", show_default=False)
    ],
    reason: Reason,
    person: As,
    code: Code,
) -> None:
    from review_flows.decisions.changes import suspend_first

    with acting(person, code) as act:
        made = suspend_first(
            act.session, act.catalogs, case, act.person, situation=situation, reason=reason, now=act.now
        )
        print(
            f"已先行中止执行（第 {made.number} 项变动）。请尽快提请集体讨论，并用 decisions change discuss 登记结果。"
        )


@change.command(help="登记集体讨论对先行中止、后评估建议的决定。")
def discuss(
    case: CaseNumber,
    number: Annotated[int, typer.Option(help="第几项变动", show_default=False)],
    meeting: Annotated[str, typer.Option(help="会议名称", show_default=False)],
    held_on: Annotated[datetime, typer.Option(formats=_DAY, help="会议日期", show_default=False)],
    result: Annotated[str, typer.Option(help="结果：confirmed 同意，not_confirmed 不同意", show_default=False)],
    person: As,
    code: Code,
    reason: Annotated[str, typer.Option(help="理由")] = "",
    paper: Paper = "",
) -> None:
    from review_flows.decisions.changes import put_to_meeting

    with acting(person, code) as act:
        put_to_meeting(
            act.session, act.catalogs, case, act.person, number, meeting=_meeting(meeting, held_on, paper),
            result=result, reason=reason, now=act.now,
        )  # fmt: skip
        print("已登记。")


@change.command(
    help="经法定程序的变动：suspension 中止、resumption 恢复、stop 停止（须集体讨论），minor 一般调整（须批准依据）。"
)
def decide(
    case: CaseNumber,
    kind: Annotated[str, typer.Option(help="suspension、resumption、stop 或者 minor", show_default=False)],
    reason: Reason,
    person: As,
    code: Code,
    authority: Annotated[str, typer.Option(help="批准依据（一般调整必填）")] = "",
    meeting: Meeting = "",
    held_on: MeetingOn = None,
    paper: Paper = "",
) -> None:
    from review_flows.decisions.changes import decide as decided

    with acting(person, code) as act:
        held = _meeting(meeting, held_on, paper) if held_on else None
        made = decided(
            act.session, act.catalogs, case, act.person, kind, reason=reason, authority=authority, meeting=held,
            now=act.now,
        )  # fmt: skip
        print(f"已登记第 {made.number} 项变动。")


def _meeting(name: str, held_on: datetime, paper: str) -> "MeetingHeld":
    from review_flows.decisions.changes import MeetingHeld

    return MeetingHeld(name, held_on.date(), paper)


@change.command(help="重大调整：新的决策事项重新履行程序，与原决策互相关联。")
def adjust(
    case: CaseNumber,
    new: Annotated[str, typer.Option(help="新事项的案号", show_default=False)],
    reason: Reason,
    person: As,
    code: Code,
) -> None:
    from review_flows.decisions.changes import adjust as adjusted

    with acting(person, code) as act:
        adjusted(act.session, act.catalogs, case, new, act.person, reason=reason, now=act.now)
        print(f"已关联：{new} 调整 {case}。新决策公布之前，原决策继续有效。")


@change.command("list", help="一件决策的变动和目前状态。")
def list_changes(case: CaseNumber, as_json: Json = False) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.decisions.changes import standing_words, to_json
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        told = to_json(session, catalogs, find_case(session, case))
    if as_json:
        print_json(told)
        return
    print(f"{case} {standing_words(told['standing'])}。")
    rows = [
        [
            str(entry["number"]),
            entry["label"],
            entry["state_label"],
            entry["decided_on"] or "",
            entry["other_case"] or entry["meeting"] or entry["authority"] or "",
            entry["reason"][:40],
        ]
        for entry in told["changes"]
    ]
    print_table(["序号", "变动", "状态", "日期", "依据", "理由"], rows)


# --- post-evaluation -------------------------------------------------------------------------------------------------


@evaluation.command(help="决定开展后评估，确定评估单位（由决策机关）。")
def start(
    case: CaseNumber,
    ground: Annotated[
        str, typer.Option(help="情形：below_expectation、many_objections、organ_decides", show_default=False)
    ],
    evaluator: Annotated[str, typer.Option(help="承担后评估的单位或者专家", show_default=False)],
    reason: Reason,
    person: As,
    code: Code,
) -> None:
    from review_flows.decisions.post_evaluation import start as started

    with acting(person, code) as act:
        made = started(
            act.session, act.catalogs, case, act.person, ground=ground, reason=reason, evaluator=evaluator, now=act.now
        )
        print(f"已决定开展后评估，由{made.evaluator}承担。")


@evaluation.command(help="登记决策前承担主要论证评估工作的单位或者专家：他们不得承担后评估。")
def prepared(
    case: CaseNumber,
    name: Annotated[str, typer.Option(help="单位或者专家", show_default=False)],
    step: Annotated[str, typer.Option(help="环节：expert_argumentation 或者 risk_assessment", show_default=False)],
    work: Annotated[str, typer.Option(help="承担的工作", show_default=False)],
    person: As,
    code: Code,
) -> None:
    from review_flows.decisions.post_evaluation import register_work

    with acting(person, code) as act:
        register_work(act.session, act.catalogs, case, act.person, name=name, step=step, work=work, now=act.now)
        print("已登记。")


@evaluation.command(help="谁不得承担后评估，为什么。")
def barred(case: CaseNumber, as_json: Json = False) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.decisions.post_evaluation import barred as may_not
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = may_not(session, catalogs, find_case(session, case))
    if as_json:
        print_json([{"name": name, "why": why} for name, why in found.items()])
        return
    print_table(["单位、专家", "原因"], [[name, why] for name, why in found.items()])


def add_to(app: typer.Typer) -> None:
    """The commands of this module, in the group `decisions`."""
    app.command("party-report", help=party_report.__doc__)(party_report)
    app.command("archive", help=archive.__doc__)(archive)
    app.command("responsibility", help=responsibility.__doc__)(responsibility)
    app.add_typer(execution, name="execution")
    app.add_typer(change, name="change")
    app.add_typer(evaluation, name="post-evaluation")

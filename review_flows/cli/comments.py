"""`comments …`: public comments in, grouped, answered one by one or by a filled sheet, reported."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from review_flows.cli.acting import Act, As, Code, acting
from review_flows.cli.home import opened
from review_flows.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from review_flows.decisions.comment_shown import GroupJson
    from review_flows.decisions.comments import Figures
    from review_flows.records.audit import Actor

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="公众意见：导入、归并、答复（逐条或者成批填表）、采纳情况报告。",
)
CaseNumber = Annotated[str, typer.Argument(metavar="案号", show_default=False)]
InFile = Annotated[Path, typer.Argument(help="文件", exists=True, dir_okay=False, show_default=False)]
OutFile = Annotated[Path, typer.Option(help="写到哪个文件", show_default=False)]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="收到日期，表中没有写的用它")]
Reason = Annotated[str, typer.Option(help="理由")]
SHOWN = 40  # characters of a comment in a list


def undertaking(act: Act, case: str) -> "Actor":
    """The actor of an act that belongs to the undertaking unit of a case; refused to others."""
    from review_flows.cases.advance import office_day
    from review_flows.cases.standing import find_case
    from review_flows.decisions.participation_step import undertaker

    return undertaker(act.session, act.catalogs, find_case(act.session, case), act.person, office_day(act.now))


@app.command("import", help="导入意见：.xlsx、.csv、.txt（空行分隔）、.eml；可以一次多个文件，有错则一条也不导入。")
def import_comments(
    case: CaseNumber,
    files: Annotated[
        list[Path], typer.Argument(metavar="文件...", help="意见文件", exists=True, dir_okay=False, show_default=False)
    ],
    person: As,
    code: Code,
    channel: Annotated[str | None, typer.Option(help="渠道，表中没有写的用它")] = None,
    received_on: Day = None,
    whole: Annotated[bool, typer.Option("--whole", help="一个 .txt 就是一条意见，不按空行分开")] = False,
) -> None:
    from review_flows.decisions import comment_files, comments
    from review_flows.records.documents import keep

    with opened() as (home, _):
        told = comment_files.Told(home.now().date(), channel, received_on.date() if received_on else None, whole)
        read = [(file.name, data, comment_files.read_comments(data, file.name, told))
                for file in files for data in [file.read_bytes()]]  # fmt: skip
    voices = 0
    with acting(person, code) as act:
        actor = undertaking(act, case)
        for name, data, said in read:
            kept = keep(act.session, act.home.store, data, name)
            source = comments.Source(kept.sha256, name)
            voices += len(
                comments.bring_in(act.session, act.catalogs, case, said, source=source, actor=actor, at=act.now)
            )
        counted = comments.figures_of(act.session, case)
    print(f"已导入 {voices} 人次；{_in_words(counted)}")


@app.command("list", help="意见按条款分组，注明人次和答复。")
def list_comments(
    case: CaseNumber,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    open_only: Annotated[bool, typer.Option("--open", help="只列未答复的")] = False,
    limit: Annotated[int, typer.Option(help="最多列出多少组", min=1, max=100_000)] = 200,
) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.decisions import comments
    from review_flows.decisions.comment_shown import comments_json
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = comments.comments_of(session, find_case(session, case).number)
        counted = comments.figures(found)
        groups = [g for g in comments.groups_of(found) if not open_only or any(c.answer is None for c in g)]
        told = comments_json(case, found, groups[:limit])
        labels = {key: catalogs.label(key, section="adoptions") for key in comments.ANSWERS}
    if as_json:
        print_json(told)
        return
    print_table(["组号", "条款", "人次", "答复", "意见"], [_row(group, labels) for group in told["groups"]])
    if len(groups) > limit:
        print(f"……共 {len(groups)} 组，只列出前 {limit} 组（--limit）。")
    print(_in_words(counted))


def _in_words(counted: "Figures") -> str:
    return f"共 {counted.voices} 人次，归并为 {counted.opinions} 条意见，未答复 {counted.open} 条。"


def _row(told: "GroupJson", labels: Mapping[str, str]) -> list[str]:
    answered = labels.get(told["answer"] or "", "未答复")
    text = told["text"].replace("\n", " ")[:SHOWN]
    return [str(told["group"]), told["article"] or "全文", str(told["voices"]), answered, text]


@app.command(help="答复：同一组的意见一起答复；未完全采纳的须写理由。")
def answer(
    case: CaseNumber,
    group: Annotated[list[int], typer.Option(help="组号，可重复", show_default=False)],
    how: Annotated[
        str, typer.Option("--answer", help="adopted 采纳、partly_adopted 部分采纳、declined 不采纳", show_default=False)
    ],
    person: As,
    code: Code,
    reason: Reason = "",
) -> None:
    from review_flows.decisions import comments

    answers = [comments.Answered(number, how, reason) for number in dict.fromkeys(group)]
    for told in answers:
        comments.check_answer(told)
    with acting(person, code) as act:
        actor = undertaking(act, case)
        count = comments.answer(act.session, act.catalogs, case, answers, actor=actor, at=act.now)
    print(f"已答复 {count} 人次。")


@app.command(help="导出答复表（.xlsx）：每组一行，填“采纳情况”和“理由”，再用 fill 登记。")
def sheet(
    case: CaseNumber,
    out: OutFile,
    everything: Annotated[bool, typer.Option("--all", help="已答复的也列出")] = False,
) -> None:
    from review_flows.decisions import comment_files, comments
    from review_flows.errors import ReviewFlowsError
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = comments.comments_of(session, case)
        if not found:
            raise ReviewFlowsError(f"{case} 还没有登记公众意见。")
        mark = "演示" if home.is_demo else ""
        out.write_bytes(comment_files.to_sheet(catalogs, case, found, everything=everything, demo_mark=mark))
    print(out)


@app.command(help="登记填好的答复表：所有错误一次列出，有错则一组也不登记；没有填的留待以后。")
def fill(case: CaseNumber, file: InFile, person: As, code: Code) -> None:
    from review_flows.decisions import comment_files, comments
    from review_flows.records.database import reading
    from review_flows.records.documents import keep

    data = file.read_bytes()
    with opened() as (home, catalogs), reading(home.engine) as session:
        answers, left = comment_files.from_sheet(catalogs, data, file.name, comments.comments_of(session, case))
    with acting(person, code) as act:
        actor = undertaking(act, case)
        source = comments.Source(keep(act.session, act.home.store, data, file.name).sha256, file.name)
        count = comments.answer(act.session, act.catalogs, case, answers, actor=actor, at=act.now, source=source)
        still = comments.figures_of(act.session, case).open
    print(f"已答复 {len(answers)} 组、{count} 人次；表中未填 {left} 组，全案未答复 {still} 条。")


@app.command(help="调整归并：把几条意见（按序号）并入另一组，或者单独成组。")
def regroup(
    case: CaseNumber,
    comment: Annotated[list[int], typer.Option(help="意见序号，可重复", show_default=False)],
    reason: Annotated[str, typer.Option(help="理由", show_default=False)],
    person: As,
    code: Code,
    to: Annotated[int | None, typer.Option(help="并入哪一组；不写则单独成组")] = None,
) -> None:
    from review_flows.decisions import comments

    with acting(person, code) as act:
        actor = undertaking(act, case)
        group = comments.regroup(
            act.session, act.catalogs, case, comment, to=to, reason=reason, actor=actor, at=act.now
        )  # fmt: skip
    print(f"已归入第 {group} 组。")


@app.command(help="公众意见采纳情况报告（.docx）：全部答复后出具，个人信息已隐去。")
def report(case: CaseNumber, out: OutFile) -> None:
    from review_flows.cases.contents import checkpoint_line
    from review_flows.decisions.comment_report import report_content, report_paper
    from review_flows.papers.wording import load as load_wording
    from review_flows.records.database import reading

    with opened() as (home, catalogs):
        with reading(home.engine) as session:
            content = report_content(
                session, home, catalogs, case, at=home.now(), catalogs_sha256=catalogs.sha256,
                checkpoint=checkpoint_line(home),
            )  # fmt: skip
        out.write_bytes(report_paper(content, catalogs, load_wording(home.settings.catalogs)))
    say("发布之前请通读一遍：系统按格式隐去证件、电话、账号等，句子里的姓名和住址仍须人工核对。")
    print(out)

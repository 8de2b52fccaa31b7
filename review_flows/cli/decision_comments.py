"""`decisions comments …`: public comments in, answered in bulk, reported."""

from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from review_flows.cli.home import opened
from review_flows.cli.output import print_table

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="公众意见：导入、答复、采纳情况报告。",
)
CaseNumber = Annotated[str, typer.Argument(metavar="案号", show_default=False)]


@app.command("import", help="导入意见：.xlsx、.csv 或 .txt（空行分隔），有错则一条也不导入。")
def import_comments(
    case: CaseNumber,
    file: Annotated[Path, typer.Argument(help="意见文件", exists=True, dir_okay=False, show_default=False)],
    channel: Annotated[str, typer.Option(help="渠道（.txt 用）")] = "来信",
    received_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="收到日期（.txt 用），默认今天")
    ] = None,
) -> None:
    from review_flows.decisions import comments
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing
    from review_flows.records.documents import keep

    data = file.read_bytes()
    with opened() as (home, _):
        day = received_on.date() if received_on else home.now().date()
        said = comments.read_comments(data, file.name, channel=channel, received_on=day)
        with writing(home.engine) as session:
            kept = keep(session, home.store, data, file.name)
            made = comments.bring_in(
                session, case, said, source_sha256=kept.sha256, actor=Actor("comments"), at=home.now()
            )
    print(f"已导入 {len(made)} 人次，归并为 {len({comment.group for comment in made})} 条意见。")


@app.command("list", help="意见按条款分组，注明人次和答复。")
def list_comments(case: CaseNumber) -> None:
    from review_flows.decisions import comments
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        groups: dict[int, list[comments.PublicComment]] = defaultdict(list)
        for comment in comments.comments_of(session, case):
            groups[comment.group].append(comment)
        rows = [
            [
                str(group),
                found[0].article or "全文",
                str(len(found)),
                catalogs.label(found[0].answer, section="adoptions") if found[0].answer else "未答复",
                found[0].text[:40],
            ]
            for group, found in sorted(groups.items(), key=lambda entry: (entry[1][0].article or "", entry[0]))
        ]
    print_table(["组号", "条款", "人次", "答复", "意见"], rows)


@app.command(help="成批答复：同一组的意见一起答复；未完全采纳的须写理由。")
def answer(
    case: CaseNumber,
    group: Annotated[list[int], typer.Option(help="组号，可重复", show_default=False)],
    how: Annotated[
        str, typer.Option("--answer", help="adopted 采纳、partly_adopted 部分采纳、declined 不采纳", show_default=False)
    ],
    reason: Annotated[str, typer.Option(help="理由")] = "",
) -> None:
    from review_flows.decisions import comments
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, _), writing(home.engine) as session:
        count = comments.answer(session, case, group, answer=how, reason=reason, actor=Actor("comments"), at=home.now())
    print(f"已答复 {count} 人次。")


@app.command(help="公众意见采纳情况报告（.docx）：全部答复后出具，个人信息已隐去。")
def report(
    case: CaseNumber, out: Annotated[Path, typer.Option(help="写到哪个 .docx 文件", show_default=False)]
) -> None:
    from review_flows.decisions import comments
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        mark = "演示文件　不具法律效力" if home.is_demo else ""
        out.write_bytes(comments.report(session, catalogs, case, demo_mark=mark))
    print(out)

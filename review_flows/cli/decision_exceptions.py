"""`decisions exceptions`: measures that stand by an exception of the fair-competition review, for clean-up."""

from datetime import datetime
from typing import Annotated

import typer

from review_flows.cli.home import opened
from review_flows.cli.output import print_json, print_table

STATES = {"ended": "已届满", "running": "实施中", "conditional": "按条件终止"}


def exceptions(
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至哪一天，如 2028-12-31；默认今天")
    ] = None,
    ended: Annotated[bool, typer.Option("--ended", help="只列已届满的")] = False,
    limit: Annotated[int, typer.Option(help="最多列出多少件", min=1, max=10_000)] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """适用公平竞争审查例外规定的政策措施：届满的在前，应当停止执行或者再次审查。"""
    from review_flows.cases.advance import office_day
    from review_flows.decisions.fair_competition_exceptions import ExceptionsJson, of_state
    from review_flows.decisions.fair_competition_exceptions import exceptions as standing
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        day = on.date() if on else office_day(home.now())
        found = standing(session, catalogs)
        told = list(of_state(found, "ended", day) if ended else found)[:limit]
        rows = [one.to_json(catalogs, day) for one in told]
    if as_json:
        answer: ExceptionsJson = {"on": day.isoformat(), "exceptions": rows}
        print_json(answer)
        return
    print_table(
        ["状态", "期限", "案号", "例外情形", "涉及标准", "起草单位", "事项"],
        [
            [
                STATES[row["state"]],
                row["ends_on"] or row["end_condition"][:20],
                row["case"],
                row["ground"]["article"],
                "、".join(item["article"] for item in row["items"]),
                "、".join(row["units"]),
                row["title"],
            ]
            for row in rows
        ],
    )
    print(f"截至 {day.isoformat()} 共 {len(rows)} 件，其中已届满 {sum(row['state'] == 'ended' for row in rows)} 件。")

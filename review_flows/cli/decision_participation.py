"""`decisions notice` and `decisions participation …`: the notice that asks for comments, and other ways of hearing."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from review_flows.cli.acting import As, Code, acting
from review_flows.cli.comments import CaseNumber, undertaking
from review_flows.cli.home import opened
from review_flows.cli.output import print_table
from review_flows.errors import ReviewFlowsError

if TYPE_CHECKING:
    from sqlmodel import Session

    from review_flows.decisions.hearings import Hearing
    from review_flows.decisions.participation import NoticeDraft
    from review_flows.law.catalogs import Catalogs
    from review_flows.records.home import Home

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="其他方式听取意见：座谈会、走访、问卷等，逐项登记。",
)
_DAY = ["%Y-%m-%d"]


def notice(
    case: CaseNumber,
    channel: Annotated[str, typer.Option(help="公布的渠道，如 区政府门户网站", show_default=False)],
    way: Annotated[list[str], typer.Option(help="提出意见的方式，可重复", show_default=False)],
    contact: Annotated[str, typer.Option(help="联系人和联系方式", show_default=False)],
    from_: Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="公告发布日，默认今天")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="截止日，默认法律允许的最早一天")] = None,
    reason: Annotated[str, typer.Option(help="期限短于法定最短期限的理由，写入公告")] = "",
    out: Annotated[Path | None, typer.Option(help="另存到哪个 .docx 文件")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="只出稿，不登记（发布之前用）")] = False,
    person: Annotated[str | None, typer.Option("--as", help="本人的人员编号")] = None,
    code: Annotated[str | None, typer.Option(help="动态口令")] = None,
) -> None:
    """The notice that asks for comments: recorded as published, its period running; or only drawn up (--preview)."""
    from review_flows.decisions.participation import NoticeDraft

    with opened() as (home, _):
        day = from_.date() if from_ else home.now().date()
    draft = NoticeDraft(day, until.date() if until else None, channel, tuple(way), contact, reason)
    if preview:
        _preview(case, draft, out)
    elif person is None or code is None:
        raise ReviewFlowsError("登记公告须写明 --as 和 --code；只出稿的用 --preview。")
    else:
        _publish(case, draft, out, person, code)


def _publish(case: str, draft: "NoticeDraft", out: Path | None, person: str, code: str) -> None:
    from review_flows.decisions import participation

    with acting(person, code) as act:
        actor = undertaking(act, case)
        made = participation.publish_notice(
            act.session, act.home, act.catalogs, case, draft, actor=actor, at=act.now
        )  # fmt: skip
        data = act.home.store.read(made.paper_sha256)
        span = f"{made.published_on.isoformat()} 至 {made.closes_on.isoformat()}"
    if out:
        out.write_bytes(data)
    print(f"已登记：征求意见 {span}{'（短于法定最短期限，理由已写入公告）' if made.is_shorter else ''}。")


def _preview(case: str, draft: "NoticeDraft", out: Path | None) -> None:
    from review_flows.decisions.participation import notice_content
    from review_flows.decisions.participation_papers import notice_paper
    from review_flows.papers.wording import load as load_wording
    from review_flows.records.database import reading

    if out is None:
        raise ReviewFlowsError("--preview 须用 --out 写明文件。")
    with opened() as (home, catalogs):
        with reading(home.engine) as session:
            content = notice_content(session, home, catalogs, case, draft, home.now())
        out.write_bytes(notice_paper(content, load_wording(home.settings.catalogs)))
    print(out)


@app.command(help="登记一次听取意见：方式、时间、对象、人数、结果，可附佐证材料。")
def record(
    case: CaseNumber,
    form: Annotated[
        str, typer.Option(help="方式，如 symposium 座谈会；全部方式见 participation list", show_default=False)
    ],
    on: Annotated[datetime, typer.Option(formats=_DAY, help="日期", show_default=False)],
    who: Annotated[str, typer.Option(help="听取了谁的意见", show_default=False)],
    people: Annotated[int, typer.Option(help="人数或者份数", min=1, show_default=False)],
    result: Annotated[str, typer.Option(help="主要意见和处理", show_default=False)],
    person: As,
    code: Code,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="结束日期，默认当日")] = None,
    place: Annotated[str, typer.Option(help="地点")] = "",
    evidence: Annotated[
        Path | None, typer.Option(help="佐证材料（签到、记录、问卷汇总等）", exists=True, dir_okay=False)
    ] = None,
) -> None:
    from review_flows.cases.files import check_file
    from review_flows.decisions import participation
    from review_flows.records.documents import keep

    data = evidence.read_bytes() if evidence else None
    if evidence and data is not None:
        check_file("other", evidence.name, data)
    with acting(person, code) as act:
        actor = undertaking(act, case)
        kept = keep(act.session, act.home.store, data, evidence.name) if evidence and data is not None else None
        told = participation.Activity(
            form, on.date(), until.date() if until else on.date(), who, people, result, place,
            kept.sha256 if kept else None, evidence.name if evidence else "",
        )  # fmt: skip
        made = participation.record_activity(act.session, act.catalogs, case, told, actor=actor, at=act.now)
    print(f"已登记为第 {made.number} 项。")


@app.command("list", help="公众参与的情况：公告、各种方式、听证会；不写案号则列出全部方式及依据。")
def list_activities(case: Annotated[str | None, typer.Argument(metavar="[案号]")] = None) -> None:
    with opened() as (home, catalogs):
        if case is None:
            rows = [
                [f.id, f.label, f.citation + ("〔待核〕" if f.is_unverified else "")]
                for f in catalogs.participation.forms.values()
            ]
            print_table(["标识", "方式", "依据"], rows)
            return
        print_table(["方式", "时间", "对象或者渠道", "情况"], list(_held(home, catalogs, case)))


def _held(home: "Home", catalogs: "Catalogs", case: str) -> Iterator[list[str]]:
    from review_flows.cases.standing import find_case
    from review_flows.decisions import hearings, participation
    from review_flows.records.database import reading

    with reading(home.engine) as session:
        find_case(session, case)
        for n in participation.notices_of(session, case):
            yield ["公告", f"{n.published_on} 至 {n.closes_on}", n.channel, n.reason or "期限足"]
        for a in participation.activities_of(session, case):
            form = catalogs.participation.forms[a.form]
            when = f"{a.started_on} 至 {a.ended_on}" if a.ended_on != a.started_on else str(a.started_on)
            yield [form.label, when, f"{a.who}，{a.people}{form.counted}", a.result]
        for h in hearings.hearings_of(session, case):
            yield ["听证会", str(h.held_on), h.place, _stands(session, h)]


def _stands(session: "Session", hearing: "Hearing") -> str:
    from review_flows.decisions import hearings

    if hearing.cancelled_reason:
        return f"取消：{hearing.cancelled_reason}"
    if hearing.replaced_by:
        return f"改期为第{hearing.replaced_by}次"
    return "；".join(hearings.lacks(session, hearing)) or "记录已经确认"

"""`meetings …`: call a meeting, put cases on its agenda, make its papers, confirm its records."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from review_flows.cli.acting import As, Code, acting
from review_flows.cli.home import opened
from review_flows.cli.output import print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from review_flows.decisions.meeting_show import AgendaItemJson, ReadyJson, RecordJson
    from review_flows.law.catalogs import Catalogs

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="集体讨论：召集会议、议程、会议材料、讨论记录的补正和确认、纪要。讨论情况在集体讨论环节的表单中记录。",
)

Name = Annotated[str, typer.Argument(metavar="会议", help="会议编号（见 meetings list）或者名称", show_default=False)]
CaseNumber = Annotated[str, typer.Argument(metavar="案号", help="如 2026-MD-0001", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Reason = Annotated[str, typer.Option(help="理由", show_default=False)]
Organ = Annotated[str | None, typer.Option(help="开会的机关，默认区政府")]
Out = Annotated[Path, typer.Option(help="写到哪个文件", show_default=False)]
Limit = Annotated[int, typer.Option(help="最多列出多少", min=1, max=10_000)]
_DAY = ["%Y-%m-%d"]


def _organ(catalogs: "Catalogs", named: str | None) -> str:
    return (catalogs.organs.get(named) if named else catalogs.organs.bearer("government")).id


# --- calling ---------------------------------------------------------------------------------------------------------


@app.command("add", help="召集会议：种类须是现行规则允许本机关决定事项的会议。")
def add(
    person: As,
    code: Code,
    kind: Annotated[str, typer.Option(help="种类，如 常务会议、办公会议、负责人集体讨论", show_default=False)],
    on: Annotated[datetime, typer.Option(formats=_DAY, help="日期，如 2026-12-08", show_default=False)],
    number: Annotated[int | None, typer.Option(help="第几次", min=1)] = None,
    organ: Organ = None,
    time: Annotated[str, typer.Option(help="时间，如 9时30分")] = "",
    place: Annotated[str, typer.Option(help="地点")] = "",
    host: Annotated[str, typer.Option(help="主持人姓名")] = "",
    recorder: Annotated[str, typer.Option(help="记录人姓名")] = "",
    due: Annotated[int | None, typer.Option(help="应到人数", min=1)] = None,
) -> None:
    from review_flows.decisions import meeting as book

    with acting(person, code) as act:
        made = book.call(
            act.session, act.catalogs, act.person, organ=_organ(act.catalogs, organ), kind=kind, number=number,
            held_on=on.date(), time=time, place=place, host=host, recorder=recorder, due=due, now=act.now,
        )  # fmt: skip
        print(f"已召集，编号 {made.id}：{made.label}")


@app.command(help="变更会议安排：日期、时间、地点、主持人、记录人、应到人数。")
def change(
    meeting: Name,
    person: As,
    code: Code,
    reason: Reason,
    on: Annotated[datetime | None, typer.Option(formats=_DAY, help="新的日期")] = None,
    time: Annotated[str | None, typer.Option(help="新的时间")] = None,
    place: Annotated[str | None, typer.Option(help="新的地点")] = None,
    host: Annotated[str | None, typer.Option(help="新的主持人")] = None,
    recorder: Annotated[str | None, typer.Option(help="新的记录人")] = None,
    due: Annotated[int | None, typer.Option(help="新的应到人数", min=1)] = None,
) -> None:
    from review_flows.decisions import meeting as book

    told: dict[str, Any] = {
        "held_on": on.date() if on else None, "time": time, "place": place, "host": host, "recorder": recorder,
        "due": due,
    }  # fmt: skip
    changes = {name: value for name, value in told.items() if value is not None}
    with acting(person, code) as act:
        made = book.change(act.session, act.catalogs, meeting, act.person, changes=changes, reason=reason, now=act.now)
        print(f"已变更：{made.label}")


@app.command(help="取消会议：议题撤下，可以列入另一次会议。")
def cancel(meeting: Name, person: As, code: Code, reason: Reason) -> None:
    from review_flows.decisions import meeting as book

    with acting(person, code) as act:
        book.cancel(act.session, meeting, act.person, reason=reason, now=act.now)
    print("已取消。")


@app.command(help="登记到会情况：出席、缺席（写明原因）、列席；登记后会议安排不能再变。")
def hold(
    meeting: Name,
    person: As,
    code: Code,
    attendee: Annotated[list[str], typer.Option(help="出席人员，可重复，如 王五（副区长）", show_default=False)],
    absentee: Annotated[list[str] | None, typer.Option(help="缺席人员及原因，可重复，如 李四（因公出差）")] = None,
    observer: Annotated[list[str] | None, typer.Option(help="列席单位或者人员，可重复")] = None,
    due: Annotated[int | None, typer.Option(help="应到人数，默认为出席加缺席", min=1)] = None,
) -> None:
    from review_flows.decisions import meeting as book

    with acting(person, code) as act:
        held = book.hold(
            act.session, meeting, act.person, attendees=attendee, absentees=absentee or (), observers=observer or (),
            due=due, now=act.now,
        )  # fmt: skip
        print(f"已登记：{held.name}应到{held.due}人，实到{len(held.attendees)}人。")


# --- the agenda ------------------------------------------------------------------------------------------------------


@app.command(help="哪些事项可以上会；不能上会的，逐项列出缺什么、依据什么。")
def ready(organ: Organ = None, as_json: Json = False, limit: Limit = 500) -> None:
    from review_flows.decisions.meeting_show import ready_cases
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = ready_cases(session, catalogs, _organ(catalogs, organ), now=home.now(), limit=limit)
    if as_json:
        print_json(found)
        return
    for case in found:
        _print_ready(case, case["case"])
    print(f"可以上会 {sum(case['ready'] for case in found)} 件，尚不具备条件 {sum(not c['ready'] for c in found)} 件。")


def _print_ready(case: "ReadyJson | AgendaItemJson", label: str) -> None:
    print(f"{label}  {'具备' if case['ready'] else '不具备'}  {case['title']}")
    for lack in case["lacks"]:
        print(f"    {lack['reason'].rstrip('。')}（{lack['citation']}，{lack['rule']}）")


@app.command(help="列入议程：条件不具备的不能列入，缺什么一次列全；已列入的按现在的文稿重新列入。")
def put(
    meeting: Name,
    case: CaseNumber,
    person: As,
    code: Code,
    presenter: Annotated[str, typer.Option(help="汇报人")] = "",
    at: Annotated[int | None, typer.Option(help="第几项议题，默认排在最后", min=1)] = None,
) -> None:
    from review_flows.decisions import agenda as book

    with acting(person, code) as act:
        item = book.put(
            act.session, act.catalogs, meeting, case, act.person, presenter=presenter, ordinal=at, now=act.now
        )
        print(f"已列为第 {item.ordinal} 项议题。")


@app.command("take-off", help="撤下尚未讨论的议题。")
def take_off(meeting: Name, case: CaseNumber, person: As, code: Code, reason: Reason) -> None:
    from review_flows.decisions import agenda as book

    with acting(person, code) as act:
        book.take_off(act.session, act.catalogs, meeting, case, act.person, reason=reason, now=act.now)
    print("已撤下。")


@app.command(help="议程：逐项核对现在是否仍具备条件；--out 写成 .docx（只印具备条件的）。")
def agenda(
    meeting: Name,
    as_json: Json = False,
    out: Annotated[Path | None, typer.Option(help="议程写到哪个 .docx")] = None,
) -> None:
    """Exit 1 where an item is not ready any more."""
    from review_flows.decisions.meeting import find_meeting
    from review_flows.decisions.meeting_papers import agenda_paper
    from review_flows.decisions.meeting_show import agenda as items
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = find_meeting(session, meeting)
        listed, label = items(session, catalogs, found, home.now()), found.label
        if out is not None:
            _write(out, agenda_paper(session, home, catalogs, found))
    if as_json:
        print_json(listed)
    else:
        print(f"{label}：{len(listed)} 项议题")
        for item in listed:
            word = catalogs.label(item["state"], section="agenda_states")
            _print_ready(item, f"{item['ordinal']}. {item['case']}〔{word}〕")
    if any(not item["ready"] for item in listed):
        raise typer.Exit(1)


# --- papers ----------------------------------------------------------------------------------------------------------


@app.command(help="会议材料：一个 .zip，每项议题的目录和全部材料按法定次序排列，不涉及的写明依据。")
def pack(
    meeting: Name,
    person: As,
    code: Code,
    out: Out,
    case: Annotated[str | None, typer.Option(help="只要一项议题（案号）")] = None,
) -> None:
    from review_flows.cases.advance import office_day
    from review_flows.decisions.meeting import find_meeting, secretary
    from review_flows.decisions.meeting_pack import pack_files, zipped

    with acting(person, code) as act:
        found = find_meeting(act.session, meeting)
        actor = secretary(act.session, found.organ, act.person, office_day(act.now))
        files = pack_files(act.session, act.home, act.catalogs, found, case=case, actor=actor)
        _write(out, zipped(files))
    print(f"{out}：{len(files)} 个文件")


@app.command(help="会议纪要 .docx：一次会议讨论的全部议题。")
def minutes(
    meeting: Name, out: Out, number: Annotated[str, typer.Option(help="纪要文号，如 〔2026〕12号")] = ""
) -> None:
    from review_flows.decisions.meeting import find_meeting
    from review_flows.decisions.meeting_papers import minutes_paper
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        _write(out, minutes_paper(session, home, catalogs, find_meeting(session, meeting), number=number))
    print(out)


def _write(out: Path, data: bytes) -> None:
    from review_flows.errors import ReviewFlowsError

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)
    except OSError as error:
        raise ReviewFlowsError(f"写不到 {out}：{error.strerror or error}。请换一个位置。") from error


# --- records ---------------------------------------------------------------------------------------------------------


@app.command(help="确认讨论记录：主持人、记录人各以本人口令确认，双方都确认的才算签名。")
def confirm(
    person: As,
    code: Code,
    meeting: Annotated[str | None, typer.Option(help="确认一次会议的全部记录")] = None,
    case: Annotated[str | None, typer.Option(help="只确认一件事项最近一次的记录（案号）")] = None,
    sign_as: Annotated[
        str | None, typer.Option(help="以何身份：host 主持人、recorder 记录人；本人只有一种身份的不必写")
    ] = None,
) -> None:
    from review_flows.decisions import discussions as book
    from review_flows.errors import ReviewFlowsError

    if (meeting is None) == (case is None):
        raise ReviewFlowsError("请写明确认哪次会议的记录（--meeting）或者哪件事项的记录（--case），二者选一。")
    if sign_as not in (None, *book.SIGNERS):
        raise ReviewFlowsError("--sign-as 只能是 host（主持人）或者 recorder（记录人）。")
    with acting(person, code) as act:
        how: dict[str, Any] = {"signs_as": sign_as, "now": act.now}
        if meeting is not None:
            made = book.confirm_meeting(act.session, act.catalogs, meeting, act.person, **how)
        else:
            found = book.newest(act.session, case or "")
            one = book.confirm(act.session, act.catalogs, found, act.person, **how)
            made = [one] if one else []
        cases = [act.session.get_one(book.Discussion, one.discussion).case for one in made]
    _refile(cases)
    print(f"已确认 {len(made)} 份记录。" if made else "都已确认过，没有新的确认。")


@app.command(help="补正讨论记录：另记一条，原记录不删改；补正后须重新确认。")
def correct(
    case: CaseNumber,
    person: As,
    code: Code,
    reason: Reason,
    text: Annotated[str, typer.Option(help="补正的内容", show_default=False)],
) -> None:
    from review_flows.decisions import discussions as book

    with acting(person, code) as act:
        book.correct(act.session, act.catalogs, case, act.person, text=text, reason=reason, now=act.now)
    _refile([case])
    print("已补正；主持人、记录人须重新确认。")


def _refile(cases: "Sequence[str]") -> None:
    """The records of these cases filed anew, as they stand with corrections and confirmations."""
    from review_flows.decisions.meeting_papers import refile_record

    with opened() as (home, catalogs):
        for case in cases:
            refile_record(home, catalogs, case, home.now())


@app.command(help="核对原则通过后的修改稿：不写 --accept 或 --substantial 的只显示比对。")
def amended(
    case: CaseNumber,
    person: Annotated[str | None, typer.Option("--as", help="本人的人员编号")] = None,
    code: Annotated[str | None, typer.Option(help="动态口令")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="修改稿符合会议决定，可以继续")] = False,
    substantial: Annotated[bool, typer.Option("--substantial", help="修改稿有实质性修改，重新审核")] = False,
    reason: Annotated[str, typer.Option(help="理由")] = "",
    as_json: Json = False,
) -> None:
    from review_flows.decisions import amended_text as book
    from review_flows.errors import ReviewFlowsError
    from review_flows.records.database import reading

    if accept and substantial:
        raise ReviewFlowsError("--accept 和 --substantial 只能选一个。")
    if not accept and not substantial:
        with opened() as (home, catalogs), reading(home.engine) as session:
            _print_amendment(book.amendment_of(session, home, catalogs, case).to_json(), as_json)
        return
    if person is None or code is None:
        raise ReviewFlowsError("核对修改稿须由会议秘书本人办理：请写明 --as 和 --code。")
    with acting(person, code) as act:
        found = book.amendment_of(act.session, act.home, act.catalogs, case)
        book.settle(act.session, act.catalogs, found, act.person, substantial=substantial, reason=reason, now=act.now)
    print("已登记：须重新审核。" if substantial else "已登记：修改稿核对无误，继续办理。")


def _print_amendment(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    if not told["compared"]:
        print("两份文稿不能逐条比对（纸质或者不是文本），请人工核对。")
    for change in told["changes"]:
        places = [side["article"] if side else "—" for side in (change["old"], change["new"])]
        words = "、".join(f"{s['old'] or '无'}→{s['new'] or '无'}" for s in change["substantive"])
        print(f"  {' → '.join(dict.fromkeys(places))}：{words or '文字修改'}")
    print(f"共改动 {len(told['changes'])} 处，其中可能有实质性改动 {told['substantive']} 处，请人工判断。")


# --- looking ---------------------------------------------------------------------------------------------------------


@app.command("list", help="会议列表，新的在前；--unsigned 列出未经主持人和记录人确认的讨论记录。")
def list_meetings(
    organ: Annotated[str | None, typer.Option(help="只看一个机关的")] = None,
    year: Annotated[int | None, typer.Option(help="只看一年的")] = None,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="未签名的讨论记录")] = False,
    as_json: Json = False,
    limit: Limit = 200,
) -> None:
    from review_flows.decisions import meeting_show
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        if unsigned:
            _print_unsigned(meeting_show.unsigned_records(session, limit=limit), as_json)
            return
        named = catalogs.organs.get(organ).id if organ else None
        found = meeting_show.list_meetings(session, catalogs, organ=named, year=year, limit=limit)
    if as_json:
        print_json(found)
        return
    rows = [
        [str(m["meeting"]), m["held_on"], catalogs.label(m["state"], section="meeting_states"), m["name"],
         str(m["items"]), str(m["unsigned"])]
        for m in found
    ]  # fmt: skip
    print_table(["编号", "日期", "状态", "会议", "议题", "未签记录"], rows)


def _print_unsigned(found: "Sequence[RecordJson]", as_json: bool) -> None:
    if as_json:
        print_json(list(found))
        return
    rows = [
        [one["case"], f"第{one['round']}轮", one["held_on"], one["told"].get("name") or "", _missing(one)]
        for one in found
    ]
    print_table(["案号", "轮次", "会议日期", "会议", "缺少"], rows)


def _missing(record: "RecordJson") -> str:
    from review_flows.decisions.discussions import SIGNERS

    return "、".join(f"{label}未确认" for role, label in SIGNERS.items() if role not in record["confirmed"])


@app.command(help="一次会议的详情：到会、议题、讨论记录及其确认。")
def show(meeting: Name, as_json: Json = False) -> None:
    from review_flows.decisions.meeting_show import show as shown
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        found = shown(session, catalogs, meeting, home.now())
    if as_json:
        print_json(found)
        return
    state = catalogs.label(found["state"], section="meeting_states")
    print(f"{found['meeting']}  {found['name']}  {found['held_on']}{found['time']}  〔{state}〕")
    print(f"  地点：{found['place'] or '—'}　主持：{found['host'] or '—'}　记录：{found['recorder'] or '—'}")
    if found["attendees"]:
        print(f"  应到{found['due']}人，实到{len(found['attendees'])}人：{'、'.join(found['attendees'])}")
        print(f"  缺席：{'、'.join(found['absentees']) or '无'}　列席：{'、'.join(found['observers']) or '无'}")
    for item in found["agenda"]:
        _print_ready(item, f"  {item['ordinal']}. {item['case']}")
    for off in found["taken_off"]:
        print(f"  已撤下 {off['case']}：{off['reason']}")
    for record in found["records"]:
        _print_record(catalogs, record)


def _print_record(catalogs: "Catalogs", record: "RecordJson") -> None:
    result = record["result"]
    decided = catalogs.label(result, section="meeting_results") if result else catalogs.label(record["conclusion"])
    signed = "已签名" if record["signed"] else "未签名"
    print(f"  记录 {record['case']} 第{record['round']}轮：{decided}〔{signed}〕{record['reason']}")
    for said in record["told"].get("statements") or ():
        stance = catalogs.label(said["stance"], section="stances")
        post = f"（{said['post']}）" if said["post"] else ""
        print(f"      {said['name']}{post}：{stance}。{said['words']}")
    for correction in record["corrections"]:
        print(f"      补正：{correction['text']}（{correction['reason']}）")

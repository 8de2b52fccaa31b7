"""`decisions hearing …`: a hearing from its notice to the record that its participants confirm."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from review_flows.cli.acting import As, Code, acting
from review_flows.cli.comments import CaseNumber, InFile, OutFile, undertaking
from review_flows.cli.home import opened
from review_flows.cli.output import print_table
from review_flows.errors import ReviewFlowsError

if TYPE_CHECKING:
    from review_flows.decisions.hearing_acts import HearingDraft
    from review_flows.decisions.hearing_papers import HearingContent
    from review_flows.decisions.hearings import HearingParticipant

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="听证会：公告、报名、遴选、名单、送达、记录、参加人确认。",
)
_DAY = ["%Y-%m-%d"]
Reason = Annotated[str, typer.Option(help="理由")]
On = Annotated[datetime | None, typer.Option(formats=_DAY, help="日期，默认今天")]
Participant = Annotated[int, typer.Option(help="参加人编号", show_default=False)]


@app.command(help="听证公告：时间、地点、名额、遴选办法、报名办法；再次公告即改期，须写理由。")
def announce(
    case: CaseNumber,
    on: Annotated[datetime, typer.Option(formats=_DAY, help="举行日期", show_default=False)],
    place: Annotated[str, typer.Option(help="地点", show_default=False)],
    seats: Annotated[list[str], typer.Option(help="各类名额，如 利害关系人=6，可重复", show_default=False)],
    selection: Annotated[str, typer.Option(help="遴选办法", show_default=False)],
    register_how: Annotated[str, typer.Option(help="报名办法", show_default=False)],
    register_until: Annotated[datetime, typer.Option(formats=_DAY, help="报名截止日", show_default=False)],
    contact: Annotated[str, typer.Option(help="联系方式", show_default=False)],
    out: OutFile,
    at: Annotated[str, typer.Option(help="钟点，如 上午9时")] = "",
    reason: Reason = "",
    preview: Annotated[bool, typer.Option("--preview", help="只出稿，不登记")] = False,
    person: Annotated[str | None, typer.Option("--as", help="本人的人员编号")] = None,
    code: Annotated[str | None, typer.Option(help="动态口令")] = None,
) -> None:
    from review_flows.decisions.hearing_acts import HearingDraft

    draft = HearingDraft(
        on.date(), at, place, _seats(seats), selection, register_how, register_until.date(), contact, reason
    )  # fmt: skip
    if preview:
        _preview(case, draft, out)
    elif person is None or code is None:
        raise ReviewFlowsError("登记听证公告须写明 --as 和 --code；只出稿的用 --preview。")
    else:
        _announce(case, draft, out, person, code)


def _announce(case: str, draft: "HearingDraft", out: Path, person: str, code: str) -> None:
    from review_flows.decisions import hearing_acts, hearing_papers

    with acting(person, code) as act:
        actor = undertaking(act, case)
        made = hearing_acts.announce(act.session, act.catalogs, case, draft, actor=actor, at=act.now)
        data = hearing_papers.file_notice(act.session, act.home, act.catalogs, made, actor, act.now)
    out.write_bytes(data)
    last = f"，材料最迟 {made.latest_delivery_on} 送达" if made.latest_delivery_on else ""
    print(f"已公告：{made.held_on} 举行听证会，{made.register_until} 报名截止{last}。")


def _preview(case: str, draft: "HearingDraft", out: Path) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.decisions import hearing_papers
    from review_flows.papers.wording import load as load_wording
    from review_flows.records.database import reading

    with opened() as (home, catalogs):
        with reading(home.engine) as session:
            found = find_case(session, case)
            content = hearing_papers.draft_content(session, home, catalogs, found, draft, home.now().date())
        out.write_bytes(hearing_papers.notice_paper(content, load_wording(home.settings.catalogs)))
    print(out)


def _seats(given: list[str]) -> dict[str, int]:
    seats: dict[str, int] = {}
    for text in given:
        category, _, count = text.replace("＝", "=").partition("=")
        if not category.strip() or not count.strip().isdecimal():
            raise ReviewFlowsError(f"名额“{text}”写法不对，应如 --seats 利害关系人=6。")
        seats[category.strip()] = int(count)
    return seats


@app.command(help="登记报名：.xlsx 或 .csv 名册（姓名、类别、单位、联系电话），错误一次列出。")
def register(case: CaseNumber, file: InFile, person: As, code: Code) -> None:
    from review_flows.decisions import hearing_files, hearing_people, hearings
    from review_flows.records.documents import keep

    data = file.read_bytes()
    applicants = hearing_files.read_applicants(data, file.name)
    with acting(person, code) as act:
        actor = undertaking(act, case)
        kept = keep(act.session, act.home.store, data, file.name)
        hearing = hearings.open_hearing(act.session, case)
        made = hearing_people.register(
            act.session, hearing, applicants, actor=actor, at=act.now, source_sha256=kept.sha256
        )  # fmt: skip
    print(f"已登记 {len(made)} 人报名（第 {made[0].number} 号起）。")


@app.command(help="固定候选名单并公布种子的哈希；打印种子，抽取时当众公开。")
def commit(case: CaseNumber, person: As, code: Code) -> None:
    from review_flows.decisions import hearing_people, hearings

    with acting(person, code) as act:
        actor = undertaking(act, case)
        hearing = hearings.open_hearing(act.session, case)
        seed = hearing_people.commit_draw(act.session, hearing, actor=actor, at=act.now)
        told = [f"{c}：{len(numbers)} 人抽 {hearing.lots[c]} 人" for c, numbers in hearing.candidates.items()]
        digest = hearing.seed_sha256
    print(f"候选名单已固定（{'；'.join(told)}）。")
    print(f"种子的哈希（请先公布）：{digest}")
    print(f"种子（抽取时当众公开）：{seed}")


@app.command(help="公开种子，得出抽取结果。")
def draw(
    case: CaseNumber, seed: Annotated[str, typer.Option(help="种子", show_default=False)], person: As, code: Code
) -> None:
    from review_flows.decisions import hearing_people, hearings

    with acting(person, code) as act:
        actor = undertaking(act, case)
        chosen = hearing_people.draw(
            act.session, hearings.open_hearing(act.session, case), seed, actor=actor, at=act.now
        )
        rows = [[str(p.number), p.name, p.category, p.unit] for p in chosen]
    print_table(["编号", "姓名", "类别", "单位"], rows)


@app.command(help="不经抽取指定参加人：须写理由，随名单公布。")
def name(
    case: CaseNumber,
    participant: Participant,
    reason: Annotated[str, typer.Option(help="理由", show_default=False)],
    person: As,
    code: Code,
) -> None:
    from review_flows.decisions import hearing_people, hearings

    with acting(person, code) as act:
        actor = undertaking(act, case)
        hearing = hearings.open_hearing(act.session, case)
        found = hearing_people.name(act.session, hearing, participant, reason=reason, actor=actor, at=act.now)
        print(f"已指定 {found.name}。")


@app.command("publish-list", help="公布参加人名单和遴选办法（.docx）：须在听证会之前。")
def publish_list(case: CaseNumber, out: OutFile, person: As, code: Code, on: On = None) -> None:
    from review_flows.decisions import hearing_papers, hearing_people, hearings

    with acting(person, code) as act:
        actor = undertaking(act, case)
        hearing = hearings.open_hearing(act.session, case)
        chosen = hearing_people.publish_list(act.session, hearing, on=_day(on, act.now), actor=actor, at=act.now)
        data = hearing_papers.file_list(act.session, act.home, act.catalogs, hearing, actor, act.now)
    out.write_bytes(data)
    print(f"已公布，参加人 {len(chosen)} 名。")


@app.command(help="登记听证会材料送达：迟于法定期限的须写理由，作为发现项留存。")
def deliver(
    case: CaseNumber,
    person: As,
    code: Code,
    on: On = None,
    participant: Annotated[list[int] | None, typer.Option(help="参加人编号，可重复，默认全部")] = None,
    reason: Reason = "",
) -> None:
    from review_flows.decisions import hearing_acts, hearings

    with acting(person, code) as act:
        actor = undertaking(act, case)
        hearing = hearings.open_hearing(act.session, case)
        count = hearing_acts.deliver(
            act.session, hearing, on=_day(on, act.now), reason=reason, numbers=participant or (), actor=actor,
            at=act.now,
        )  # fmt: skip
    print(f"已登记送达 {count} 人。")


@app.command(help="登记听证记录：.xlsx 或 .csv（环节、发言人、内容），写成待参加人签字的 .docx。")
def record(
    case: CaseNumber,
    file: InFile,
    host: Annotated[str, typer.Option(help="主持人", show_default=False)],
    recorder: Annotated[str, typer.Option(help="记录人", show_default=False)],
    presenter: Annotated[str, typer.Option(help="承办单位陈述人", show_default=False)],
    out: OutFile,
    person: As,
    code: Code,
    absent: Annotated[list[int] | None, typer.Option(help="未到会的参加人编号，可重复")] = None,
    closed_reason: Annotated[str, typer.Option(help="没有公开举行的理由（作为发现项留存）")] = "",
) -> None:
    from review_flows.decisions import hearing_acts, hearing_files, hearings
    from review_flows.records.documents import keep

    data = file.read_bytes()
    with opened() as (home, _):
        from review_flows.papers.wording import load as load_wording

        statements = hearing_files.read_statements(data, file.name, load_wording(home.settings.catalogs))
    course = hearing_acts.Course(host, recorder, presenter, statements, frozenset(absent or ()), closed_reason)
    with acting(person, code) as act:
        actor = undertaking(act, case)
        keep(act.session, act.home.store, data, file.name)
        hearing_acts.write_record(
            act.session, hearings.open_hearing(act.session, case), course, actor=actor, at=act.now
        )  # fmt: skip
    _write_paper(case, out)
    print(f"已登记发言 {len(statements)} 段；请参加人核对签字：{out}")


@app.command(help="登记参加人对听证记录的确认：签字，或者拒绝签字并记明情况。")
def confirm(
    case: CaseNumber,
    participant: Participant,
    person: As,
    code: Code,
    refused: Annotated[bool, typer.Option("--refused", help="拒绝签字（须写 --note）")] = False,
    note: Annotated[str, typer.Option(help="说明：补正的内容，或者拒绝的情况")] = "",
    on: On = None,
) -> None:
    from review_flows.decisions import hearing_acts, hearings

    with acting(person, code) as act:
        actor = undertaking(act, case)
        hearing = hearings.open_hearing(act.session, case)
        hearing_acts.confirm(
            act.session, hearing, participant, refused=refused, note=note, on=on.date() if on else None, actor=actor,
            at=act.now,
        )  # fmt: skip
        lacking = hearings.lacks(act.session, hearing)
    print("；".join(lacking) if lacking else "参加人都已确认。")


@app.command(help="取消已经公告、还没有举行的听证会：须写理由，作为发现项留存。")
def cancel(
    case: CaseNumber,
    reason: Annotated[str, typer.Option(help="理由", show_default=False)],
    person: As,
    code: Code,
) -> None:
    from review_flows.decisions import hearing_acts, hearings

    with acting(person, code) as act:
        actor = undertaking(act, case)
        hearing = hearings.open_hearing(act.session, case)
        hearing_acts.cancel(act.session, act.catalogs, hearing, reason=reason, actor=actor, at=act.now)
    print("已取消；请在原公告的渠道公告取消及理由。")


@app.command(help="听证会记录（.docx）：待签字或者已确认的样子。")
def paper(case: CaseNumber, out: OutFile) -> None:
    _write_paper(case, out)
    print(out)


def _write_paper(case: str, out: Path) -> None:
    from review_flows.decisions.hearing_papers import record_paper
    from review_flows.papers.wording import load as load_wording

    with opened() as (home, _):
        wording = load_wording(home.settings.catalogs)
    out.write_bytes(record_paper(_content(case), wording))


def _content(case: str) -> "HearingContent":
    from review_flows.cases.standing import find_case
    from review_flows.decisions import hearings
    from review_flows.decisions.hearing_papers import record_content
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        hearing = hearings.find_hearing(session, case)
        if hearing.recorded_at is None:
            raise ReviewFlowsError(f"{case} 还没有登记听证记录。")
        return record_content(session, home, catalogs, find_case(session, case), hearing)


@app.command(help="听证会的情况：报名、参加人、送达、到会、确认；抽取是否可以复验，不符则退出码为 1。")
def show(case: CaseNumber) -> None:
    from review_flows.decisions import hearing_people, hearings
    from review_flows.records.database import reading

    with opened() as (home, _), reading(home.engine) as session:
        hearing = hearings.find_hearing(session, case)
        people = hearings.participants_of(session, hearing)
        rows = [_row(person) for person in people]
        lacking, faults = hearings.lacks(session, hearing), hearing_people.verify_draw(people, hearing)
    print(f"第 {hearing.number} 次公告：{hearing.held_on} {hearing.at} {hearing.place}")
    print_table(["编号", "姓名", "类别", "参加", "送达", "到会", "确认"], rows)
    print("；".join(lacking) if lacking else "听证会已经办完。")
    if faults:
        print("；".join(faults))
        raise typer.Exit(1)


def _row(person: "HearingParticipant") -> list[str]:
    came = {True: "到会", False: "未到", None: ""}[person.attended]
    confirmed = {"signed": "已签字", "refused": "拒绝签字"}.get(person.confirmed or "", "")
    takes_part = "是" if person.is_selected else "—"
    delivered = str(person.delivered_on or "")
    return [str(person.number), person.name, person.category, takes_part, delivered, came, confirmed]


def _day(on: datetime | None, now: datetime) -> date:
    from review_flows.cases.advance import office_day

    return on.date() if on else office_day(now)

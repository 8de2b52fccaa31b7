"""`decisions experts …`: the expert bank, the verifiable draw, who declined, what each expert said."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from review_flows.cli.acting import As, Code, acting
from review_flows.cli.home import opened
from review_flows.cli.output import print_json, print_table

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="专家库、可复验的抽取、署名意见。",
)
CaseNumber = Annotated[str, typer.Argument(metavar="案号", show_default=False)]
Expert = Annotated[str, typer.Argument(metavar="编号", help="专家的编号", show_default=False)]
Reason = Annotated[str, typer.Option(help="理由", show_default=False)]
Parties = Annotated[list[str] | None, typer.Option("--party", help="与事项有利害关系的单位（投标人等），可重复")]
Number = Annotated[int, typer.Option("--draw", help="第几次抽取", show_default=False)]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="日期，如 2026-11-23", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Paper = Annotated[
    Path | None, typer.Option("--file", help="署名原件（.docx .pdf .jpg 等）", exists=True, dir_okay=False)
]


HOW = {"drawn": "抽取", "stepped_in": "替补", "named": "指定"}

# --- the bank ---


@app.command(help="专家入库。")
def add(
    expert: Expert,
    name: Annotated[str, typer.Option(help="姓名", show_default=False)],
    unit: Annotated[str, typer.Option(help="单位", show_default=False)],
    field: Annotated[list[str], typer.Option(help="专业领域，可重复", show_default=False)],
    person: As,
    code: Code,
) -> None:
    from review_flows.decisions import experts

    with acting(person, code) as act:
        actor = experts.keeper(act.person)
        experts.add_expert(act.session, expert, name=name, unit=unit, fields=field, actor=actor, at=act.now)
    print("已入库。")


@app.command(help="登记专家的工作实绩（以往论证、承担的事项）。")
def work(
    expert: Expert,
    on: Day,
    matter: Annotated[str, typer.Option(help="事项", show_default=False)],
    person: As,
    code: Code,
    result: Annotated[str, typer.Option(help="结果或者评价")] = "",
) -> None:
    from review_flows.cases.advance import office_day
    from review_flows.decisions import experts

    with acting(person, code) as act:
        experts.add_work(
            act.session, expert, done_on=on.date(), matter=matter, result=result, today=office_day(act.now),
            actor=experts.keeper(act.person), at=act.now,
        )  # fmt: skip
    print("已登记。")


@app.command(help="因违规移出专家库，不再选用。")
def disqualify(expert: Expert, reason: Reason, person: As, code: Code) -> None:
    from review_flows.decisions import experts

    with acting(person, code) as act:
        experts.disqualify(act.session, expert, reason=reason, actor=experts.keeper(act.person), at=act.now)
    print("已移出。")


@app.command(help="申报专家与某件事项或者某个单位的利害关系。")
def conflict(
    expert: Expert,
    reason: Reason,
    person: As,
    code: Code,
    case: Annotated[str | None, typer.Option(help="案号")] = None,
    unit: Annotated[str | None, typer.Option(help="单位")] = None,
) -> None:
    from review_flows.decisions import experts

    with acting(person, code) as act:
        actor = experts.keeper(act.person)
        experts.declare_conflict(act.session, expert, reason=reason, case=case, unit=unit, actor=actor, at=act.now)
    print("已申报。")


@app.command("list", help="专家库：领域、单位、以往论证、是否移出。")
def list_experts(
    field: Annotated[str | None, typer.Option(help="只看某个专业领域")] = None,
    all_: Annotated[bool, typer.Option("--all", help="也列出已移出的")] = False,
    limit: Annotated[int, typer.Option(help="最多列出多少名", min=1, max=10_000)] = 200,
    as_json: Json = False,
) -> None:
    from review_flows.decisions import experts
    from review_flows.decisions.expert_draws import expert_json
    from review_flows.records.database import reading

    with opened() as (home, _), reading(home.engine) as session:
        found = experts.bank(session, field=field, disqualified=all_, limit=limit)
        told = [expert_json(session, expert) for expert in found]
    if as_json:
        print_json(told)
        return
    rows = [
        [
            one["id"],
            one["name"],
            one["unit"],
            "、".join(one["fields"]),
            str(len(one["works"]) + len(one["cases"])),
            f"已移出：{one['disqualified_reason']}" if one["disqualified_reason"] else "在库",
        ]
        for one in told
    ]
    print_table(["编号", "姓名", "单位", "领域", "论证次数", "状态"], rows)


@app.command(help="一名专家：以往论证、利害关系、在本系统各事项中的意见。")
def show(expert: Expert, as_json: Json = False) -> None:
    from review_flows.decisions import experts
    from review_flows.decisions.expert_draws import expert_json
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        told = expert_json(session, experts.find_expert(session, expert))
    if as_json:
        print_json(told)
        return
    state = f"已移出专家库：{told['disqualified_reason']}" if told["disqualified_reason"] else "在库"
    print(f"{told['id']}　{told['name']}　{told['unit']}　{'、'.join(told['fields'])}　{state}")
    for tie in told["conflicts"]:
        print(f"  利害关系：{tie['case'] or tie['unit']}，{tie['reason']}")
    for done in told["works"]:
        print(f"  {done['on']}　{done['matter']}" + (f"　{done['result']}" if done["result"] else ""))
    for one in told["cases"]:
        stance = catalogs.label(one["stance"], section="stances") if one["stance"] else "未出具意见"
        print(
            f"  {one['case']}　{HOW[one['how']]}　{stance}" + (f"　退出：{one['released']}" if one["released"] else "")
        )


# --- the draw ---


@app.command(help="固定候选名单并公布种子的哈希；列出被排除的专家和理由；打印种子，抽取时公开。")
def commit(
    case: CaseNumber,
    field: Annotated[str, typer.Option(help="专业领域", show_default=False)],
    number: Annotated[int, typer.Option(help="抽取人数", min=1, show_default=False)],
    person: As,
    code: Code,
    party: Parties = None,
) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.decisions import expert_draws, experts

    with acting(person, code) as act:
        actor = experts.engager(act.catalogs, find_case(act.session, case), act.person)
        fixed = expert_draws.commit_draw(
            act.session, act.catalogs, case, field=field, wanted=number, parties=party or (), actor=actor, at=act.now
        )
    print(f"第 {fixed.draw} 次抽取，候选 {len(fixed.candidates)} 名：{'、'.join(fixed.candidates)}")
    for one in fixed.excluded:
        print(f"  已排除 {one.expert} {one.name}：{one.reason}")
    print(f"种子（请当众公开）：{fixed.seed}")


@app.command(help="公开种子，得出抽取结果。")
def draw(
    case: CaseNumber,
    number: Number,
    seed: Annotated[str, typer.Option(help="种子", show_default=False)],
    person: As,
    code: Code,
) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.decisions import expert_draws, experts

    with acting(person, code) as act:
        actor = experts.engager(act.catalogs, find_case(act.session, case), act.person)
        drawn = expert_draws.open_draw(act.session, act.catalogs, case, number, seed, actor=actor, at=act.now)
        rows = [[expert.id, expert.name, expert.unit] for expert in drawn]
    print_table(["编号", "姓名", "单位"], rows)


@app.command(help="种子遗失的抽取作废：须写理由，记录保留。")
def abandon(case: CaseNumber, number: Number, reason: Reason, person: As, code: Code) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.decisions import expert_draws, experts

    with acting(person, code) as act:
        actor = experts.engager(act.catalogs, find_case(act.session, case), act.person)
        expert_draws.abandon_draw(act.session, act.catalogs, case, number, reason=reason, actor=actor, at=act.now)
    print("已作废。")


@app.command("verify-draw", help="复验一次抽取：种子与哈希、结果及替补与种子是否相符；不符则退出码为 1。")
def verify_draw(case: CaseNumber, number: Number) -> None:
    from review_flows.decisions import expert_draws
    from review_flows.records.database import reading

    with opened() as (home, _), reading(home.engine) as session:
        faults = expert_draws.verify_draw(session, expert_draws.find_draw(session, case, number))
    print("；".join(faults) if faults else "相符：按公开的种子重新抽取，结果与记录一致。")
    if faults:
        raise typer.Exit(1)


@app.command(help="不经抽取指定专家：须写理由，有利害关系的不得指定。")
def name(case: CaseNumber, expert: Expert, reason: Reason, person: As, code: Code, party: Parties = None) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.decisions import expert_opinions, experts

    with acting(person, code) as act:
        actor = experts.engager(act.catalogs, find_case(act.session, case), act.person)
        expert_opinions.name_expert(
            act.session, act.catalogs, case, expert, reason=reason, parties=tuple(party or ()), actor=actor, at=act.now
        )
    print("已指定。")


@app.command(help="专家谢绝或者回避：抽取产生的，由同一次抽取的下一名替补。")
def decline(case: CaseNumber, expert: Expert, reason: Reason, person: As, code: Code) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.decisions import expert_draws, experts

    with acting(person, code) as act:
        actor = experts.engager(act.catalogs, find_case(act.session, case), act.person)
        stepped_in = expert_draws.release(
            act.session, act.catalogs, case, expert, reason=reason, actor=actor, at=act.now
        )
        told = ""
        if stepped_in is not None:
            found = experts.find_expert(act.session, stepped_in.expert)
            passed = "；".join(f"跳过 {one['name']}：{one['reason']}" for one in stepped_in.skipped)
            told = f"由 {found.id} {found.name}（{found.unit}）替补。" + passed
    print(told or "已退出；没有替补，如需要请再次抽取或者指定。")


# --- opinions ---


@app.command(help="登记一名专家的论证意见：全文照录，登记后不能更换；没有署名日期的不作数。")
def opinion(
    case: CaseNumber,
    expert: Expert,
    stance: Annotated[
        str, typer.Option(help="agree 同意、disagree 不同意、reserve 保留意见、suggest 提出建议", show_default=False)
    ],
    person: As,
    code: Code,
    text: Annotated[str, typer.Option(help="意见全文")] = "",
    text_file: Annotated[
        Path | None, typer.Option(help="意见全文（.docx 或 .txt）", exists=True, dir_okay=False)
    ] = None,
    signed_on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="署名日期")] = None,
    file: Paper = None,
) -> None:
    from review_flows.cases.advance import office_day
    from review_flows.cases.standing import find_case
    from review_flows.decisions import expert_opinions, experts

    words = text or _text_of(text_file)
    with acting(person, code) as act:
        actor = experts.engager(act.catalogs, find_case(act.session, case), act.person)
        expert_opinions.give_opinion(
            act.session, act.catalogs, act.home.store, case, expert, stance=stance, opinion=words,
            signed_on=signed_on.date() if signed_on else None, paper=_paper(file), today=office_day(act.now),
            actor=actor, at=act.now,
        )  # fmt: skip
    print("已登记。" if signed_on else "已登记，尚未署名：署名后以 decisions experts signed 补登。")


@app.command(help="补登论证意见的署名。")
def signed(case: CaseNumber, expert: Expert, on: Day, person: As, code: Code, file: Paper = None) -> None:
    from review_flows.cases.advance import office_day
    from review_flows.cases.standing import find_case
    from review_flows.decisions import expert_opinions, experts

    with acting(person, code) as act:
        actor = experts.engager(act.catalogs, find_case(act.session, case), act.person)
        expert_opinions.sign_opinion(
            act.session, act.catalogs, act.home.store, case, expert, signed_on=on.date(), paper=_paper(file),
            today=office_day(act.now), actor=actor, at=act.now,
        )  # fmt: skip
    print("已登记。")


def _paper(file: Path | None) -> tuple[str, bytes] | None:
    return (file.name, file.read_bytes()) if file else None


def _text_of(file: Path | None) -> str:
    if file is None:
        return ""
    from review_flows.text.reading import read

    return "\n".join(block.text for block in read(file.read_bytes(), file.name).blocks)

"""`decisions experts …`: the expert bank and the verifiable draw."""

from typing import Annotated

import typer

from review_flows.cli.home import opened
from review_flows.cli.output import print_table

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, help="专家库与可复验的抽取。"
)
CaseNumber = Annotated[str, typer.Argument(metavar="案号", show_default=False)]
Expert = Annotated[str, typer.Argument(metavar="编号", show_default=False)]
Reason = Annotated[str, typer.Option(help="理由", show_default=False)]
Parties = Annotated[list[str] | None, typer.Option("--party", help="与事项有利害关系的单位（投标人等），可重复")]


@app.command(help="专家入库。")
def add(
    expert: Expert,
    name: Annotated[str, typer.Option(help="姓名", show_default=False)],
    unit: Annotated[str, typer.Option(help="单位", show_default=False)],
    field: Annotated[list[str], typer.Option(help="专业领域，可重复", show_default=False)],
) -> None:
    from review_flows.decisions import experts
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, _), writing(home.engine) as session:
        experts.add_expert(session, expert, name=name, unit=unit, fields=field, actor=Actor("experts"), at=home.now())
    print("已入库。")


@app.command(help="因违规移出专家库。")
def disqualify(expert: Expert, reason: Reason) -> None:
    from review_flows.decisions import experts
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, _), writing(home.engine) as session:
        experts.disqualify(session, expert, reason=reason, actor=Actor("experts"), at=home.now())
    print("已移出。")


@app.command(help="固定候选名单并公布种子的哈希；打印种子，抽取时公开。")
def commit(
    case: CaseNumber,
    field: Annotated[str, typer.Option(help="专业领域", show_default=False)],
    number: Annotated[int, typer.Option(help="抽取人数", min=1, show_default=False)],
    party: Parties = None,
) -> None:
    from review_flows.decisions import experts
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, _), writing(home.engine) as session:
        fixed = experts.commit_draw(
            session, case, field=field, wanted=number, parties=party or (), actor=Actor("experts"), at=home.now()
        )
    print(f"第 {fixed.draw} 次抽取，候选 {len(fixed.candidates)} 名：{'、'.join(fixed.candidates)}")
    print(f"种子（请当众公开）：{fixed.seed}")


@app.command(help="公开种子，得出抽取结果。")
def draw(
    case: CaseNumber,
    number: Annotated[int, typer.Option("--draw", help="第几次抽取", show_default=False)],
    seed: Annotated[str, typer.Option(help="种子", show_default=False)],
) -> None:
    from review_flows.decisions import experts
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, _), writing(home.engine) as session:
        drawn = experts.open_draw(session, case, number, seed, actor=Actor("experts"), at=home.now())
        print_table(["编号", "姓名", "单位"], [[e.id, e.name, e.unit] for e in drawn])


@app.command("verify-draw", help="复验一次抽取：种子与哈希、结果与种子是否相符；不符则退出码为 1。")
def verify_draw(
    case: CaseNumber, number: Annotated[int, typer.Option("--draw", help="第几次抽取", show_default=False)]
) -> None:
    from review_flows.decisions import experts
    from review_flows.records.database import reading

    with opened() as (home, _), reading(home.engine) as session:
        faults = experts.verify_draw(experts.find_draw(session, case, number))
    print("；".join(faults) if faults else "相符：按公开的种子重新抽取，结果与记录一致。")
    if faults:
        raise typer.Exit(1)


@app.command(help="不经抽取指定专家：须写理由，有利害关系的不得指定。")
def name(case: CaseNumber, expert: Expert, reason: Reason, party: Parties = None) -> None:
    from review_flows.decisions import experts
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, _), writing(home.engine) as session:
        experts.name_expert(
            session, case, expert, reason=reason, parties=party or (), actor=Actor("experts"), at=home.now()
        )
    print("已指定。")

"""`decisions …`, the acts: each by a person with a one-time code (`--as`, `--code`), papers kept under their sha256."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from review_flows.cli.acting import Act, As, Code, acting

if TYPE_CHECKING:
    from review_flows.decisions.catalog_adjusting import Approval
    from review_flows.decisions.catalog_checks import ItemDraft
    from review_flows.decisions.catalog_hand import Hand, Paper

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_DAY = ["%Y-%m-%d"]
Year = Annotated[int, typer.Option(help="年度", show_default=False)]
OrganName = Annotated[str | None, typer.Option(help="编制目录的机关，默认区政府")]
Number = Annotated[int, typer.Option(help="序号", show_default=False)]
Numbers = Annotated[list[int] | None, typer.Option("--number", help="序号，可重复；不写为全部", show_default=False)]
On = Annotated[datetime, typer.Option(formats=_DAY, help="日期，如 2026-11-23", show_default=False)]
PaperFile = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="文件", show_default=False)]
MaybePaper = Annotated[
    Path | None, typer.Option("--paper", exists=True, dir_okay=False, help="文件", show_default=False)
]
Facts = Annotated[
    list[str] | None,
    typer.Option(
        "--fact", help="情况，如 social_risk（成立）、professional=false（不成立），可重复", show_default=False
    ),
]
Title = Annotated[str | None, typer.Option(help="事项名称", show_default=False)]
Units = Annotated[list[str] | None, typer.Option("--unit", help="承办单位，可重复，牵头单位在先", show_default=False)]
Basis = Annotated[str | None, typer.Option(help="依据", show_default=False)]
PlannedOn = Annotated[datetime | None, typer.Option(formats=_DAY, help="计划完成时间", show_default=False)]
InitiatorKind = Annotated[
    str, typer.Option(help="谁提出的：leader、department、lower_government、deputy、cppcc、public")
]
Initiator = Annotated[str, typer.Option(help="提出人，默认牵头单位", show_default=False)]
Reference = Annotated[str, typer.Option(help="建议、提案的编号", show_default=False)]
Reason = Annotated[str, typer.Option(help="理由", show_default=False)]


def organ_of(act_catalogs: Any, organ: str | None) -> str:
    """The organ named, or the government of the district."""
    return organ or str(act_catalogs.organs.bearer("government").id)


def hand_of(act: Act) -> "Hand":
    """The hand of the person who acts."""
    from review_flows.decisions.catalog_hand import Hand

    return Hand(act.session, act.catalogs, act.person, act.now)


def kept(act: Act, file: Path, name: str = "") -> "Paper":
    """A paper checked like any that comes in, and kept in the store."""
    from review_flows.cases.files import check_file
    from review_flows.decisions.catalog_hand import Paper
    from review_flows.records.documents import keep

    data = file.read_bytes()
    check_file("other", file.name, data)
    return Paper(name.strip() or file.name, keep(act.session, act.home.store, data, file.name).sha256)


def read_facts(catalogs: Any, given: Sequence[str] | None) -> dict[str, Any]:
    """Facts of the command line: `name`, `name=value`; ReviewFlowsError with everything wrong with them."""
    from review_flows.errors import ReviewFlowsError
    from review_flows.law.facts import read_answers

    raw = {name.strip(): value or "true" for name, _, value in (text.partition("=") for text in given or ())}
    answers, faults = read_answers(catalogs.facts, raw)
    if faults:
        told = "；".join(f"{fault.key.removeprefix('facts.')}：{fault.reason}" for fault in faults)
        raise ReviewFlowsError(f"--fact 有误：{told}。")
    return answers


def _changes(act: Act, title: str | None, unit: list[str] | None, basis: str | None, planned_on: datetime | None,
             fact: list[str] | None) -> dict[str, Any]:  # fmt: skip
    told = {
        "title": title,
        "units": unit or None,
        "basis": basis,
        "planned_on": planned_on.date() if planned_on else None,
        "facts": read_facts(act.catalogs, fact) or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _draft(act: Act, title: str | None, unit: list[str] | None, basis: str | None, planned_on: datetime | None,
           fact: list[str] | None, initiator: dict[str, str]) -> "ItemDraft":  # fmt: skip
    from review_flows.decisions.catalog_checks import ItemDraft
    from review_flows.errors import ReviewFlowsError

    if planned_on is None:
        raise ReviewFlowsError("请写明计划完成时间（--planned-on）。")
    named = {name: value for name, value in initiator.items() if value}
    return ItemDraft(
        title or "", tuple(unit or ()), basis or "", planned_on.date(), read_facts(act.catalogs, fact), named
    )


@app.command(help="提出一项列入目录的建议。")
def add(
    year: Year, person: As, code: Code, title: Title = None, unit: Units = None, basis: Basis = None,
    planned_on: PlannedOn = None, organ: OrganName = None, initiator_kind: InitiatorKind = "department",
    initiator: Initiator = "", reference: Reference = "", fact: Facts = None,
    excluded_matter: Annotated[str, typer.Option(help="不适用决策程序的，属于哪一类", show_default=False)] = "",
) -> None:  # fmt: skip
    from review_flows.decisions.catalog_acts import propose

    facts = [*(fact or ()), *([f"excluded_matter={excluded_matter}"] if excluded_matter else ())]
    told = {"kind": initiator_kind, "name": initiator, "reference": reference}
    with acting(person, code) as act:
        draft = _draft(act, title, unit, basis, planned_on, facts, told)
        (item,) = propose(hand_of(act), year, organ_of(act.catalogs, organ), [draft])
    print(f"已列为第 {item.number} 项建议。下一步研究论证：review-flows decisions study")


@app.command(help="公布之前修改一项建议；改过的重新研究论证。")
def revise(
    year: Year, number: Number, person: As, code: Code, title: Title = None, unit: Units = None, basis: Basis = None,
    planned_on: PlannedOn = None, organ: OrganName = None, fact: Facts = None, reason: Reason = "",
) -> None:  # fmt: skip
    from review_flows.decisions import catalog_acts

    with acting(person, code) as act:
        changes = _changes(act, title, unit, basis, planned_on, fact)
        catalog_acts.revise(hand_of(act), year, organ_of(act.catalogs, organ), number, changes, reason)
    print("已修改，待研究论证。")


@app.command(help="研究论证：建议列入，或者不列入（--decline），都写明理由；部门提出的附论证材料。")
def study(
    year: Year, on: On, reason: Reason, person: As, code: Code, number: Numbers = None, organ: OrganName = None,
    decline: Annotated[bool, typer.Option("--decline", help="不列入目录")] = False, paper: MaybePaper = None,
) -> None:  # fmt: skip
    from review_flows.decisions import catalog_acts

    with acting(person, code) as act:
        found = catalog_acts.study(
            hand_of(act), year, organ_of(act.catalogs, organ), number or (), accepted=not decline, on=on.date(),
            reason=reason, paper=kept(act, paper) if paper else None,
        )  # fmt: skip
    print(f"已登记 {len(found)} 项的研究论证：{'不列入' if decline else '建议列入'}。")


@app.command(help="答复提出人：代表、委员、公民、法人或者其他组织的建议怎样处理。")
def reply(
    year: Year, number: Number, on: On, person: As, code: Code,
    text: Annotated[str, typer.Option(help="答复内容", show_default=False)],
    organ: OrganName = None, paper: MaybePaper = None,
) -> None:  # fmt: skip
    from review_flows.decisions import catalog_acts

    with acting(person, code) as act:
        catalog_acts.reply(
            hand_of(act), year, organ_of(act.catalogs, organ), number, on=on.date(), text=text,
            paper=kept(act, paper) if paper else None,
        )  # fmt: skip
    print("已登记答复。")


@app.command(help="登记同级党委同意：日期和文件；全部建议须先研究论证。")
def consent(
    year: Year, on: On, paper: PaperFile, person: As, code: Code, organ: OrganName = None,
    paper_name: Annotated[str, typer.Option(help="文件名称、文号，默认文件名", show_default=False)] = "",
) -> None:  # fmt: skip
    from review_flows.decisions import catalog_acts

    with acting(person, code) as act:
        told = kept(act, paper, paper_name)
        catalog_acts.consent(hand_of(act), year, organ_of(act.catalogs, organ), on=on.date(), paper=told)
    print("已登记党委同意。")


@app.command(help="公布目录：须先经同级党委同意。")
def publish(
    year: Year, on: On, person: As, code: Code,
    channel: Annotated[str, typer.Option(help="公布渠道，如 区政府网站", show_default=False)],
    organ: OrganName = None,
) -> None:  # fmt: skip
    from review_flows.decisions import catalog_acts

    with acting(person, code) as act:
        catalog_acts.publish(hand_of(act), year, organ_of(act.catalogs, organ), on=on.date(), channel=channel)
    print("已公布。")


@app.command(help="调整已公布的目录：变更、移出（--remove）或者新增（--add）；理由、日期、批准机关和文件缺一不可。")
def adjust(
    year: Year, on: On, reason: Reason, paper: PaperFile, person: As, code: Code,
    approved_by: Annotated[str, typer.Option(help="批准机关或会议", show_default=False)],
    number: Annotated[int | None, typer.Option(help="序号", show_default=False)] = None,
    approval: Annotated[str, typer.Option(help="批准文件的名称、文号，默认文件名", show_default=False)] = "",
    title: Title = None, unit: Units = None, basis: Basis = None, planned_on: PlannedOn = None, fact: Facts = None,
    organ: OrganName = None,
    remove: Annotated[bool, typer.Option("--remove", help="移出目录")] = False,
    add: Annotated[bool, typer.Option("--add", help="新增事项")] = False,
    initiator_kind: InitiatorKind = "department", initiator: Initiator = "", reference: Reference = "",
) -> None:  # fmt: skip
    from review_flows.decisions import catalog_adjusting as adjusting
    from review_flows.errors import ReviewFlowsError

    if add == (number is not None) or (add and remove):
        raise ReviewFlowsError("请写 --number（变更）、--number 和 --remove（移出），或者 --add（新增）之一。")
    with acting(person, code) as act:
        hand, place = hand_of(act), (year, organ_of(act.catalogs, organ))
        agreed = _approval(act, reason, on, approved_by, paper, approval)
        if add:
            told = {"kind": initiator_kind, "name": initiator, "reference": reference}
            draft = _draft(act, title, unit, basis, planned_on, fact, told)
            item = adjusting.add_to_published(hand, *place, draft, agreed)
        elif remove:
            item = adjusting.remove(hand, *place, number or 0, agreed)
        else:
            changes = _changes(act, title, unit, basis, planned_on, fact)
            item = adjusting.adjust(hand, *place, number or 0, changes, agreed)
    print(f"已调整第 {item.number} 项。调整说明：review-flows decisions note --year {year} --out 调整说明.docx")


def _approval(act: Act, reason: str, on: datetime, approved_by: str, paper: Path, name: str) -> "Approval":
    from review_flows.decisions.catalog_adjusting import Approval

    return Approval(reason, on.date(), approved_by, kept(act, paper, name))


@app.command(help="转年：未完成的事项列入下一年度目录；可以重复执行，不重复结转。")
def roll(year: Year, person: As, code: Code, organ: OrganName = None) -> None:
    from review_flows.decisions import catalog_adjusting

    with acting(person, code) as act:
        carried = catalog_adjusting.roll(hand_of(act), year, organ_of(act.catalogs, organ))
    print(f"已转入 {year + 1} 年度 {len(carried)} 项，按新的建议研究论证。")


@app.command(help="对照目录：一件决策对应哪一项（--item），或者为什么在目录外（--outside、--reason）。")
def link(
    case: Annotated[str, typer.Argument(metavar="案号", show_default=False)],
    person: As, code: Code,
    item: Annotated[str, typer.Option(help="目录事项，如 3 或 2026-3", show_default=False)] = "",
    outside: Annotated[
        str, typer.Option(help="目录外：superior_order、urgent、arose_later、missed、other", show_default=False)
    ] = "",
    reason: Reason = "",
) -> None:  # fmt: skip
    from review_flows.decisions import catalog_links
    from review_flows.decisions.catalog import read_reference
    from review_flows.errors import ReviewFlowsError

    if bool(item) == bool(outside):
        raise ReviewFlowsError("请写 --item（对应的目录事项），或者 --outside 和 --reason（目录外的情形和理由）之一。")
    with acting(person, code) as act:
        hand = hand_of(act)
        if item:
            year, number = read_reference(item, act.now.year)
            catalog_links.link(hand, case, year, number)
        else:
            catalog_links.link_outside(hand, case, outside, reason)
    print("已登记。")

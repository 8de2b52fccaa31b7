"""`people …`: who there is, what they may sign as, their one-time codes, substitution and conflicts of interest.

Whoever runs these commands at the server's console is `console` in the trail, in the role of administrator.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from review_flows.cli.home import opened
from review_flows.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from sqlmodel import Session

    from review_flows.law.catalogs import Catalogs
    from review_flows.people.person import Person
    from review_flows.records.audit import Actor
    from review_flows.records.home import Home

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="人员、角色、动态口令、代理与回避。",
)

PersonId = Annotated[str, typer.Argument(metavar="人员", help="人员编号", show_default=False)]
Reason = Annotated[str, typer.Option(help="理由", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@contextmanager
def _writing() -> "Iterator[tuple[Home, Catalogs, Session, Actor]]":
    from review_flows.people.person import Role
    from review_flows.records.audit import Actor
    from review_flows.records.database import writing

    with opened() as (home, catalogs), writing(home.engine) as session:
        yield home, catalogs, session, Actor("console", Role.ADMINISTRATOR.value)


@app.command(help="登记一名人员。")
def add(
    person: Annotated[str, typer.Argument(metavar="人员", help="新的人员编号（小写字母、数字）", show_default=False)],
    name: Annotated[str, typer.Option(help="姓名", show_default=False)],
    unit: Annotated[str, typer.Option(help="单位：organs.yaml 中的名称或编号", show_default=False)],
    role: Annotated[list[str], typer.Option(help="角色，可写多次", show_default=False)],
) -> None:
    from review_flows.people import person as persons

    with _writing() as (home, catalogs, session, actor):
        organ = catalogs.organs.get(unit)
        persons.add(session, person, name=name, unit=organ.id, roles=_split(role), actor=actor, at=home.now())
    print(f"已登记：{person} {name}（{organ.name}）。下一步办理动态口令：review-flows people enrol {person}")


@app.command(help="调动或任免：更改一名人员的单位、角色。")
def change(
    person: PersonId,
    reason: Reason,
    unit: Annotated[str | None, typer.Option(help="新的单位", show_default=False)] = None,
    role: Annotated[list[str] | None, typer.Option(help="新的全部角色，可写多次", show_default=False)] = None,
) -> None:
    from review_flows.people import person as persons

    with _writing() as (home, catalogs, session, actor):
        organ = catalogs.organs.get(unit).id if unit else None
        roles = _split(role) if role else None
        persons.change(session, person, unit=organ, roles=roles, reason=reason, actor=actor, at=home.now())
    print(f"已更改：{person}。")


@app.command(help="离岗：此人从此不能签批，已办的事照旧。")
def leave(person: PersonId, reason: Reason) -> None:
    from review_flows.people import person as persons

    with _writing() as (home, _, session, actor):
        gone = persons.leave(session, person, reason=reason, actor=actor, at=home.now())
    print(f"{gone.name}（{person}）已离岗。")


@app.command(help="办理动态口令：显示一次 otpauth 地址，由本人用验证器扫入；重办则旧的作废。")
def enrol(person: PersonId) -> None:
    from review_flows.people import codes

    with _writing() as (home, _, session, actor):
        address = codes.enrol(session, home.keys, person, actor=actor, at=home.now())
    print(address)
    say("此地址只显示这一次，请当面交给本人。")


@app.command(help="核实后解除动态口令的锁定。")
def unlock(person: PersonId, reason: Reason) -> None:
    from review_flows.people import codes

    with _writing() as (home, _, session, actor):
        codes.unlock(session, person, actor=actor, at=home.now(), reason=reason)
    print(f"{person} 的动态口令已解锁。")


@app.command(help="显示当前验证码；只对测试人员或演示目录。")
def code(person: PersonId) -> None:
    from review_flows.errors import ReviewFlowsError
    from review_flows.people import codes
    from review_flows.people.person import find
    from review_flows.records.database import reading

    with opened() as (home, _), reading(home.engine) as session:
        owner = find(session, person)
        if not (home.is_demo or owner.is_test):
            raise ReviewFlowsError(
                f"{owner.name}（{person}）的验证码只在本人的验证器上；此命令只对测试人员"
                "（review-flows up --allow-test-people）或演示目录有效。"
            )
        print(codes.current_code(session, home.keys, person, now=home.now()))


@app.command("list", help="人员列表。")
def list_people(
    as_json: Json = False,
    role: Annotated[str | None, typer.Option(help="只看某一角色", show_default=False)] = None,
    unit: Annotated[str | None, typer.Option(help="只看某一单位", show_default=False)] = None,
    everyone: Annotated[bool, typer.Option("--all", help="也列出已离岗的")] = False,
    limit: Annotated[int, typer.Option(help="最多列出多少人", min=1, max=100_000)] = 1000,
) -> None:
    from review_flows.people.person import known_role, people
    from review_flows.records.database import reading

    with opened() as (home, catalogs), reading(home.engine) as session:
        if role:
            known_role(role)
        organ = catalogs.organs.get(unit).id if unit else None
        found = people(session, role=role, unit=organ, active=None if everyone else True, limit=limit)
        told = [_person(session, catalogs, person) for person in found]
    if as_json:
        print_json(told)
        return
    rows = [[p["id"], p["name"], p["unit_name"], "、".join(p["role_names"]), _condition(p)] for p in told]
    print_table(["编号", "姓名", "单位", "角色", "状态"], rows)


def _person(session: "Session", catalogs: "Catalogs", person: "Person") -> dict[str, Any]:
    from review_flows.people.codes import is_enrolled, is_locked
    from review_flows.people.person import Role

    organ = catalogs.organs.find(person.unit)
    return {
        "id": person.id,
        "name": person.name,
        "unit": person.unit,
        "unit_name": organ.name if organ else person.unit,
        "roles": person.roles,
        "role_names": [Role(role).label for role in person.roles],
        "active": person.active,
        "is_test": person.is_test,
        "enrolled": is_enrolled(session, person.id),
        "locked": is_locked(session, person.id),
    }


def _condition(told: dict[str, Any]) -> str:
    said = [
        "" if told["active"] else "已离岗",
        "测试" if told["is_test"] else "",
        "口令已锁定" if told["locked"] else "" if told["enrolled"] else "未办口令",
    ]
    return "、".join(filter(None, said)) or "在岗"


@app.command(help="代理：在一段时间内，由一人代另一人以某一角色签批。")
def delegate(
    person: PersonId,
    to: Annotated[str, typer.Option(help="代理人", show_default=False)],
    role: Annotated[str, typer.Option(help="以哪一角色", show_default=False)],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="起日", show_default=False)],
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="止日", show_default=False)],
    reason: Reason,
) -> None:
    from review_flows.people import delegation

    with _writing() as (home, _, session, actor):
        made = delegation.delegate(
            session,
            person,
            to,
            role=role,
            starts_on=since.date(),
            ends_on=until.date(),
            reason=reason,
            actor=actor,
            at=home.now(),
        )
    print(f"已办理代理第 {made.id} 号：{made.starts_on} 至 {made.ends_on}，{to} 代 {person}。")


@app.command("end-delegation", help="提前终止一项代理。")
def end_delegation(
    number: Annotated[int, typer.Argument(metavar="代理号", show_default=False)], reason: Reason
) -> None:
    from review_flows.people import delegation

    with _writing() as (home, _, session, actor):
        delegation.end_delegation(session, number, reason=reason, actor=actor, at=home.now())
    print(f"代理第 {number} 号已终止。")


@app.command(help="有效的代理。")
def delegations(as_json: Json = False, person: Annotated[str | None, typer.Option(help="只看某人")] = None) -> None:
    from review_flows.people.delegation import delegations as listed
    from review_flows.people.person import Role
    from review_flows.records.database import reading

    with opened() as (home, _), reading(home.engine) as session:
        found = [made.model_dump(mode="json") for made in listed(session, person=person, limit=1000)]
    if as_json:
        print_json(found)
        return
    rows = [
        [str(m["id"]), m["principal"], m["substitute"], Role(m["role"]).label, f"{m['starts_on']} 至 {m['ends_on']}"]
        for m in found
    ]
    print_table(["代理号", "委托人", "代理人", "角色", "期间"], rows)


@app.command(help="申报利害关系：此人须回避此案的审核。")
def interest(
    person: PersonId,
    case: Annotated[str, typer.Option(help="案号", show_default=False)],
    kind: Annotated[str, typer.Option(help="drafter、party、relative 或 other", show_default=False)],
    reason: Reason,
) -> None:
    from review_flows.cases.standing import find_case
    from review_flows.people import conflicts

    with _writing() as (home, _, session, actor):
        case = find_case(session, case).number
        made = conflicts.declare(session, person, case, kind=kind, reason=reason, actor=actor, at=home.now())
    print(f"已登记利害关系第 {made.id} 号：{person} 回避 {case}。")


@app.command("withdraw-interest", help="撤销申报错误的利害关系。")
def withdraw_interest(
    number: Annotated[int, typer.Argument(metavar="申报号", show_default=False)], reason: Reason
) -> None:
    from review_flows.people import conflicts

    with _writing() as (home, _, session, actor):
        conflicts.withdraw(session, number, reason=reason, actor=actor, at=home.now())
    print(f"利害关系第 {number} 号已撤销。")


def _split(roles: list[str]) -> list[str]:
    """The roles given, also where several stand in one option, separated by commas."""
    return [role.strip() for given in roles for role in given.replace("、", ",").split(",") if role.strip()]

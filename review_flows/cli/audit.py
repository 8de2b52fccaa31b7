"""`audit …`: read the trail, prove it, seal it, and give it to somebody who trusts neither us nor our code."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from review_flows.cli.output import print_json, say

if TYPE_CHECKING:
    from review_flows.records.audit import Entry
    from review_flows.records.checkpoints import Checkpoint
    from review_flows.records.home import Home

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="审计记录：查询、校验、检查点、导出。",
)

Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
_DAY = ["%Y-%m-%d"]


def _open(*, in_doubt: bool = False) -> "Home":
    from review_flows import settings
    from review_flows.records.home import open_home

    return open_home(settings.load(), in_doubt=in_doubt)


@app.command(help="查询：各条件须同时满足；先后按发生次序。")
def query(
    case: Annotated[str | None, typer.Option(help="案号", show_default=False)] = None,
    person: Annotated[str | None, typer.Option(help="人员编号：本人所办，以及他人代办的", show_default=False)] = None,
    step: Annotated[str | None, typer.Option(help="环节", show_default=False)] = None,
    event: Annotated[str | None, typer.Option(help="事件，如 sign_off.given 或 sign_off.*", show_default=False)] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="起日", show_default=False)] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="止日（含当日）", show_default=False)
    ] = None,
    text: Annotated[str | None, typer.Option(help="文字，两个字也可以", show_default=False)] = None,
    newest: Annotated[bool, typer.Option("--newest", help="新的在前")] = False,
    limit: Annotated[int, typer.Option(help="最多多少条", min=1)] = 1000,
    as_json: Json = False,
) -> None:
    from review_flows.records import audit
    from review_flows.records.database import reading

    home = _open()
    with reading(home.engine) as session:
        found = audit.entries(
            session,
            case=case,
            person=person,
            step=step,
            event=event,
            since=_day(since),
            until=_day(until),
            text=text,
            order="newest" if newest else "oldest",
            limit=limit + 1,
        )
    home.close()
    if len(found) > limit:
        found = found[:limit]
        say(f"只列出前 {limit} 条；其余请缩小条件，或用 --limit。")
    if as_json:
        print_json([entry.to_json() for entry in found])
        return
    label = _labels()
    for entry in found:
        print(_line(entry, label))


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _labels() -> Callable[[str], str]:
    """Event and step ids in Chinese; an id without a label stays as it is."""
    from review_flows import settings
    from review_flows.errors import NotFound
    from review_flows.law.catalogs import load

    catalogs = load(settings.load().catalogs)

    def label(key: str) -> str:
        try:
            return catalogs.label(key)
        except NotFound:
            return key

    return label


def _line(entry: "Entry", label: Callable[[str], str]) -> str:
    """One entry on one line: number, time, what, by whom, about what, why."""
    actor = entry.actor.person + (f"（代 {entry.actor.on_behalf_of}）" if entry.actor.on_behalf_of else "")
    about = [entry.case, label(entry.step) if entry.step else None, f"第 {entry.round} 轮" if entry.round else None]
    if entry.subject and not entry.case:
        about.append(f"{entry.subject.kind} {entry.subject.id}")
    reason = "（附注已清除）" if entry.erased else entry.reason
    late = f"补录：实际发生于 {entry.happened_on}" if entry.happened_on else None
    said = [f"{entry.seq:>6}", f"{entry.at:%Y-%m-%d %H:%M:%S}", label(entry.event), actor, *about, late, reason]
    return "  ".join(part for part in said if part)


@app.command(help="校验：记录、检查点、数据库防护、存档文件是否都能自证；不能则退出码为 1。")
def verify(
    as_json: Json = False,
    checkpoints: Annotated[
        Path | None, typer.Option(help="另存于别处的检查点文件夹，作为见证", exists=True, file_okay=False)
    ] = None,
    key: Annotated[Path | None, typer.Option(help="另存于别处的公钥文件", exists=True, dir_okay=False)] = None,
) -> None:
    from review_flows.records import audit
    from review_flows.records.checkpoints import in_folder
    from review_flows.records.database import reading

    home = _open(in_doubt=True)
    with reading(home.engine) as session:
        result = audit.verify(
            session,
            home.store,
            checkpoints=in_folder(home.checkpoints),
            outside=in_folder(checkpoints) if checkpoints else (),
            public_key=key.read_text("ascii").strip() if key else home.keys.public_key,
        )
    home.close()
    if as_json:
        print_json(result.to_json())
    elif result.ok:
        print(f"校验通过：{result.entries} 条记录、{result.documents} 份文件。{result.witness}")
    else:
        for problem in result.problems:
            print(problem.reason)
        print(result.witness)
    if not result.ok:
        raise typer.Exit(1)


@app.command(help="检查点：为全部记录签名，写入数据目录的 checkpoints/；请复制到别处保存。")
def checkpoint(as_json: Json = False) -> None:
    from review_flows.records.sealing import seal

    home = _open()
    taken = seal(home)
    home.close()
    if as_json:
        print_json(_told(home, taken))
    else:
        print(taken.note, end="")
        say(f"{taken.short()}，已写入 {home.checkpoints / taken.file_name}")


def _told(home: "Home", taken: "Checkpoint") -> dict[str, object]:
    return {
        "origin": taken.origin,
        "size": taken.size,
        "root": taken.root.hex(),
        "at": taken.at.isoformat(),
        "sha256": taken.sha256,
        "file": str(home.checkpoints / taken.file_name),
        "short": taken.short(),
    }


@app.command(help="导出：全部记录、检查点、公钥、格式说明和不依赖本程序的校验程序。")
def export(out: Annotated[Path, typer.Option(help="写入的 .zip 文件", dir_okay=False, show_default=False)]) -> None:
    from review_flows.records.export import write_export

    home = _open()
    written = write_export(home, out)
    home.close()
    print(f"已导出 {written.size} 条记录到 {out}。解开后运行 python3 data/verify.py 即可校验。")

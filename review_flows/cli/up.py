"""`up`: the whole system in one terminal, until Ctrl-C."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from review_flows import settings
from review_flows.cli.output import say

if TYPE_CHECKING:
    from review_flows.flows.place import Place
    from review_flows.settings import Settings

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_LOOK_EVERY_SECONDS = 0.5


@app.command(help="启动整个系统：数据库、Prefect、处理进程、文件服务、收件；Ctrl-C 结束。")
def up(
    home: Annotated[Path | None, typer.Option(help="数据目录（默认 REVIEW_FLOWS_HOME 或 ./var）")] = None,
    allow_test_people: Annotated[
        bool, typer.Option("--allow-test-people", help="每个角色建一名测试人员，口令用 people code 查看；只供试用")
    ] = False,
) -> None:
    """Start everything, print the addresses, look after it until told to end."""
    found = settings.load()
    if home is not None:
        found = replace(found, home=home.resolve())
    with _told_to_end(), ExitStack() as running:
        try:
            _run(found, running, allow_test_people)
        except KeyboardInterrupt:
            say("正在结束……")
    say("已结束。")


def _run(found: "Settings", running: ExitStack, allow_test_people: bool) -> None:
    from review_flows.flows.engine import Engine
    from review_flows.flows.inbox import Inbox
    from review_flows.flows.place import Place
    from review_flows.records.home import open_home
    from review_flows.web.documents import DocumentServer

    place = Place(found, open_home(found))
    running.callback(place.home.close)
    place.catalogs  # noqa: B018  # faulty law data stops the start, with its own sentence
    people = _test_people(place) if allow_test_people else []
    say("正在启动，请稍候……")
    documents, inbox = DocumentServer(place.home), Inbox(place)
    documents.start()
    running.callback(documents.stop)
    engine = running.enter_context(Engine(found))
    inbox.start()
    running.callback(inbox.stop)
    say(_addresses(found, people))
    while True:
        time.sleep(_LOOK_EVERY_SECONDS)
        engine.look_after()


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM ends like Ctrl-C. A second one changes nothing: ending in order is already under way."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _test_people(place: "Place") -> list[str]:
    from review_flows.people.rehearsal import test_people
    from review_flows.records.database import writing

    with writing(place.home.engine) as session:
        made = test_people(session, place.home.keys, place.catalogs.organs, at=place.home.now())
        return [f"{person.id}（{person.name}）" for person in made]


def _addresses(found: "Settings", people: list[str]) -> str:
    from review_flows.flows.links import address_of_documents
    from review_flows.flows.server import ui_address

    lines = [
        "法审已启动：",
        f"  流程与待办  {ui_address(found)}",
        f"  文件服务    {address_of_documents(found.documents_port)}",
        f"  收件夹      {found.docs_in}",
        f"  数据目录    {found.home}",
    ]
    if people:
        lines += [
            "  测试人员    " + "、".join(people),
            f"  查看口令    REVIEW_FLOWS_HOME={found.home} review-flows people code 编号",
        ]
    return "\n".join([*lines, "按 Ctrl-C 结束。"])

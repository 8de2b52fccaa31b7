"""`demo`: the main job end to end, unattended, on a home of its own: real Prefect server, four kinds of case."""

import json
import shutil
import socket
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from review_flows import settings
from review_flows.cli.output import print_table, say

if TYPE_CHECKING:
    from review_flows.cases.shown import CaseJson
    from review_flows.cli.story import Sample, Story
    from review_flows.flows.place import Place
    from review_flows.records.verification import VerificationJson
    from review_flows.settings import Settings

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

BEGINS_AT = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
HOME, MADE = "home", "办理文书"
# The decision comes last: it is walked from its initiation, and its public comment alone takes a month.
KINDS = ("normative_document", "government_contract", "enforcement_decision", "major_decision")
# What is laid out under a name of its own, by the role it has in the case.
PAPERS = {"redline": "修订对照.docx", "comparison_table": "修改对照表.docx", "meeting_record": "集体讨论记录.docx"}


@app.command(help="全流程演示：四类事项从送审到归档，文件写入 --out 目录（原有的演示输出会被替换）。")
def demo(out: Annotated[Path, typer.Option(help="输出目录")] = Path("out")) -> None:
    """Run the story; exit 0 when every case ended and the audit trail verifies."""
    _make_room(out)
    started = time.monotonic()
    with ExitStack() as running:
        story = _start(out, running)
        started_in = time.monotonic() - started
        result = _tell(story, out)
    result["seconds"] = {"start": round(started_in, 1), "total": round(time.monotonic() - started, 1)}
    (out / "demo.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    _print(story.place, result, out)
    if not result["audit"]["ok"]:
        raise typer.Exit(1)


def _make_room(out: Path) -> None:
    """Replace an earlier demo's output, and nothing else: a folder that is not one is left alone."""
    from review_flows.errors import SettingsError

    if out.exists() and any(out.iterdir()):
        if not (out / "demo.json").exists() and not (out / HOME / "records.db").exists():
            raise SettingsError("--out", f"{out} 里有别的文件。请另选一个空目录。")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)


def _start(out: Path, running: ExitStack) -> "Story":
    from review_flows.cli.story import Story
    from review_flows.flows.engine import Engine
    from review_flows.flows.place import Place
    from review_flows.people.rehearsal import test_people
    from review_flows.records import clock
    from review_flows.records.database import writing
    from review_flows.records.home import open_home

    found = _private(out)
    assert found.clock is not None
    clock.move(found.clock, BEGINS_AT)
    place = Place(found, open_home(found, demo=True))
    running.callback(place.home.close)
    with writing(place.home.engine) as session:
        test_people(session, place.home.keys, place.catalogs.organs, at=place.home.now())
    say("正在启动 Prefect……")
    engine = running.enter_context(Engine(found))
    prefect = running.enter_context(place.prefect())
    return Story(place, engine, prefect, found.clock, say)


def _private(out: Path) -> "Settings":
    """Settings of a home under `out`, on ports that nobody uses."""
    home = (out / HOME).resolve()
    home.mkdir(parents=True)
    return settings.Settings(
        home=home,
        database_url=None,
        catalogs=settings.load().catalogs,
        docs_in=home / "docs_in",
        prefect_port=_free_port(),
        documents_port=_free_port(),
        clock=home / "clock",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tell(story: "Story", out: Path) -> dict[str, Any]:
    """The story: one case of each kind, with a returned package, a second round, a forged answer, a killed worker."""
    from review_flows.cli.story import Sample

    told: dict[str, Any] = {}
    cases = [_tell_case(story, Sample(kind, out / "送审材料"), told) for kind in KINDS]
    shown = [_lay_out(story, case, out) for case in cases]
    return {"cases": shown, "audit": _verified(story.place), "stories": told}


def _tell_case(story: "Story", sample: "Sample", told: dict[str, Any]) -> str:
    receipt = story.open(sample)
    case = receipt.case
    if receipt.is_lacking:
        told["returned"] = case
        story.tell("  一次性告知：" + "、".join(lack.name for lack in receipt.lacks))
        receipt = story.supplement(sample, case, "supplement")
        story.tell(f"  补正后：{story.place.catalogs.label(receipt.state)}")
    if "forged" not in told:
        told["forged"] = story.forge(case)
    elif "killed" not in told:
        told["killed"] = story.kill(case)
    story.walk(sample, case)
    if "second_round" not in told and _rounds(story.place, case) > 1:
        told["second_round"] = case
    return case


def _rounds(place: "Place", case: str) -> int:
    from review_flows.cases.standing import latest_records
    from review_flows.records.database import reading

    with reading(place.home.engine) as session:
        return latest_records(session, case)["legality_review"].round


def _lay_out(story: "Story", case: str, out: Path) -> "CaseJson":
    """A folder per case with its papers under their names; returns `case show`."""
    from review_flows.cases.opinion import TITLE, TITLES
    from review_flows.cases.papers import issue_papers, sign_off_sheet
    from review_flows.cases.show import show
    from review_flows.cases.standing import find_case
    from review_flows.cli.story import documents_of
    from review_flows.inspection.dossier import write_dossier
    from review_flows.records.database import reading

    place, folder = story.place, out / case
    folder.mkdir(exist_ok=True)
    issue_papers(place.home, place.catalogs, case, place.home.now())
    with reading(place.home.engine) as session:
        shown = show(session, place.catalogs, case, now=place.home.now())
        (folder / "审核签批单.docx").write_bytes(
            sign_off_sheet(session, place.home, place.catalogs, find_case(session, case))
        )
    opinion = place.catalogs.label(TITLE, shown["kind"], section=TITLES)
    for name, sha in documents_of(shown, PAPERS | {"legality_opinion": f"{opinion}.docx"}):
        (folder / name).write_bytes(place.home.store.read(sha))
    _lay_made(place, shown, folder / MADE)
    write_dossier(place.home, place.catalogs, case, folder / "卷宗.zip")
    return shown


def _lay_made(place: "Place", shown: "CaseJson", folder: Path) -> None:
    """Every paper that the system made in the case, the newest of each name."""
    folder.mkdir()
    for paper in shown["documents"]:
        if paper["made_by_system"] and paper["sha256"]:
            (folder / paper["name"]).write_bytes(place.home.store.read(paper["sha256"]))


def _verified(place: "Place") -> "VerificationJson":
    from review_flows.records import verification
    from review_flows.records.checkpoints import in_folder
    from review_flows.records.database import reading
    from review_flows.records.sealing import seal

    home = place.home
    seal(home)
    with reading(home.engine) as session:
        result = verification.verify(
            session, home.store, checkpoints=in_folder(home.checkpoints), public_key=home.keys.public_key
        )
    return result.to_json()


def _print(place: "Place", result: dict[str, Any], out: Path) -> None:
    label = place.catalogs.label
    rows = [
        [case["case"], label(case["kind"]), label(case["state"]), str(len(case["documents"])), case["title"]]
        for case in result["cases"]
    ]
    print_table(["案号", "种类", "状态", "文件", "事项"], rows)
    entries, ok = result["audit"]["entries"], "完好" if result["audit"]["ok"] else "有误"
    print(f"审计记录 {entries} 条，校验{ok}；用时 {result['seconds']['total']} 秒；文件在 {out}/")

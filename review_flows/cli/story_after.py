"""What the demo's people do after a decision, apart from answering: the text goes out, units are named and report."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from review_flows.cases.advance import office_day
from review_flows.cases.forms import current_documents
from review_flows.cases.standing import draft_of, find_case
from review_flows.cli.samples.packages import SUBMISSION
from review_flows.decisions import execution, post_evaluation
from review_flows.people.person import Person, Role, find
from review_flows.people.rehearsal import test_id
from review_flows.records.database import reading, writing

if TYPE_CHECKING:
    from sqlmodel import Session

    from review_flows.cli.story import Story

KIND = "major_decision"
UNIT, MEASURES = "婺城区建设局", "建设公共停车场，改造老旧小区停车泊位，建设智慧停车平台"
GROUND, EVALUATOR = "organ_decides", "浙江某城市发展评估中心"
REPORTS_AFTER = timedelta(days=180)


def text_to_publish(story: "Story", case: str, folder: Path) -> Path:
    """The text that was discussed, laid as the package of its publication."""
    home, catalogs = story.place.home, story.place.catalogs
    with reading(home.engine) as session:
        draft = draft_of(session, catalogs, find_case(session, case))
    assert draft is not None and draft.sha256 is not None
    folder.mkdir(parents=True)
    name = f"公布文本{Path(draft.name).suffix}"
    (folder / name).write_bytes(home.store.read(draft.sha256))
    told = {"case": case, "step": "publication", "materials": [{"role": "published_text", "file": name}]}
    (folder / SUBMISSION).write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


def carry_out(story: "Story", case: str) -> None:
    """Name the executing unit, register its report, and decide to evaluate; each once."""
    home, catalogs, now = story.place.home, story.place.catalogs, story.now()
    with writing(home.engine) as session:
        if execution.tasks_of(session, case):
            return
        office, unit, today = _person(session, Role.REGISTRAR), _person(session, Role.HANDLER), office_day(now)
        papers = [paper.sha256 for paper in current_documents(session, case) if paper.role == execution.PAPER]
        task = execution.assign(
            session, catalogs, case, office, unit=UNIT, measures=MEASURES, due=(today, today + REPORTS_AFTER), now=now
        )
        execution.report(
            session, catalogs, case, unit, task=task.number, due_on=today, reported_on=today,
            summary="首批4处公共停车场完成立项，老旧小区新增泊位310个", paper_sha256=papers[-1] or "", now=now,
        )  # fmt: skip
        post_evaluation.start(
            session,
            catalogs,
            case,
            office,
            ground=GROUND,
            reason="首批项目立项后评估实施效果",
            evaluator=EVALUATOR,
            now=now,
        )


def _person(session: "Session", role: Role) -> Person:
    return find(session, test_id(role))

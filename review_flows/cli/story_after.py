"""The text of a decision as it goes out: exactly what was discussed, laid as the package of its publication."""

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from review_flows.cases.standing import draft_of, find_case
from review_flows.cli.samples.packages import SUBMISSION
from review_flows.records.database import reading

if TYPE_CHECKING:
    from review_flows.cli.story import Story

KIND = "major_decision"


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

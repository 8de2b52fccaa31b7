"""The demonstration's packages: readable drafts, complete but for what the story needs, answers that fit them."""

from pathlib import Path

import pytest

from review_flows.cases.folder import read_folder
from review_flows.cases.intake import take_folder
from review_flows.cases.papers import issue_papers
from review_flows.cli.samples.packages import PACKAGES, answer, build, lay
from review_flows.errors import DraftError, NotFound
from review_flows.flows.steps import WORKS
from review_flows.law.catalogs import load
from review_flows.law.procedure import plan
from review_flows.law.submission import parse
from review_flows.papers.drafting import compose
from review_flows.text.diff import compare
from review_flows.text.reading import read
from tests.cases.building import MONDAY, ROOT, Office

LAW = load(ROOT / "catalogs")
FAIR = "fair_competition_review"
# What the first package has not got for its review; the decision comes at its initiation and makes the rest on its way.
FIRST_LACKS: dict[str, list[str]] = {
    "normative_document": ["basis"],
    "government_contract": [],
    "enforcement_decision": [],
    "major_decision": ["fair_competition_opinion"],
}
SENT_FOR_REVIEW = [kind for kind in FIRST_LACKS if kind != "major_decision"]
KINDS = ("normative_document", "major_decision", "government_contract", "enforcement_decision")


def test_only_the_document_lacks_a_paper_and_that_is_its_basis(tmp_path: Path) -> None:
    lacking = {}
    for package, folder in build(tmp_path).items():
        found = plan(LAW, parse((folder / "submission.yaml").read_text("utf-8"), LAW).matter, MONDAY.date()).to_json()
        now = [m["role"] for m in found["materials"] if m["needed_for"] == "legality_review" and not m["present"]]
        lacking[package] = [*now, *found["questions"]]
    assert lacking == {f"{kind}/first": lacks for kind, lacks in FIRST_LACKS.items()}


@pytest.mark.parametrize("kind", SENT_FOR_REVIEW)
def test_every_story_goes_from_its_first_package_to_a_review_that_passes(tmp_path: Path, kind: str) -> None:
    office = Office(tmp_path)
    case = ""
    rounds = 0
    for package in (each for each in PACKAGES if each.kind == kind and each.name in ("first", "supplement", "second")):
        folder = lay(package.id, tmp_path / "samples", case)
        receipt = take_folder(office.home, office.catalogs, folder, now=office.now())
        case = receipt.case
        assert receipt.is_lacking == (package.id == "normative_document/first")
        office.advance(case)
        if not receipt.is_lacking:
            rounds += 1
            if FAIR in {wait.step for wait in office.waits(case)}:  # the amended draft is reviewed again (FC-10)
                office.sign(case, FAIR, **answer(kind, FAIR))
                issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
                office.advance(case)
            office.sign(case, "legality_review", **answer(kind, f"legality_review_{rounds}"))
    assert rounds == 2
    assert office.step(case, "legality_review")["state"] == "done"


def test_the_signed_copy_is_byte_for_byte_the_text_that_was_reviewed(tmp_path: Path) -> None:
    reviewed, signed = (lay(f"government_contract/{name}", tmp_path, "2026-GC-0001") for name in ("second", "signed"))
    assert (reviewed / "合同文本.docx").read_bytes() == (signed / "签订稿.docx").read_bytes()


def test_equal_packages_are_laid_equal_and_the_number_of_the_case_stands_in_the_later_ones(tmp_path: Path) -> None:
    first, again = (lay("major_decision/first", tmp_path / name) for name in ("a", "b"))
    assert read_folder(first).sha256 == read_folder(again).sha256
    second = lay("enforcement_decision/second", tmp_path, "2026-EN-0007")
    assert 'case: "2026-EN-0007"' in (second / "submission.yaml").read_text("utf-8")


def test_the_document_was_renumbered_from_the_text_in_force_and_has_new_articles(tmp_path: Path) -> None:
    folder = lay("normative_document/first", tmp_path)
    old, new = (read((folder / name).read_bytes(), name) for name in ("现行文本.docx", "送审稿.docx"))
    assert (len(old.articles), len(new.articles)) == (22, 26)
    pairs = {row["new"]: row["old"] for row in compare(old, new).to_json()["alignment"] if row["new"]}
    assert pairs["第八条"] == "第六条"  # 不予发放的情形
    assert pairs["第六条"] is None  # 新就业无房职工


@pytest.mark.parametrize("kind", KINDS)
def test_the_items_of_an_answer_name_articles_that_the_draft_has(tmp_path: Path, kind: str) -> None:
    folder = lay(f"{kind}/first", tmp_path)
    names = ("送审稿", "决策草案", "合同文本", "拟作出的行政处罚决定")
    path = next(path for name in names if (path := folder / f"{name}.docx").exists())
    text = "\n".join(block.text for block in read(path.read_bytes(), path.name).blocks)
    for item in answer(kind, "legality_review_1")["items"]:
        if item["article"].startswith("第"):
            assert all(part.split("第（")[0].split("第二款")[0] in text for part in item["article"].split("、"))


def test_every_must_item_of_a_first_opinion_is_answered_in_the_second_package(tmp_path: Path) -> None:
    for kind in ("normative_document", "government_contract", "enforcement_decision"):
        items = answer(kind, "legality_review_1")["items"]
        musts = {number for number, item in enumerate(items, 1) if item["nature"] == "must_change"}
        told = parse((lay(f"{kind}/second", tmp_path, "2026-ND-0001") / "submission.yaml").read_text("utf-8"), LAW)
        assert musts <= {response.item for response in told.responses}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("正文", "没有题名"),
        ("# 题名\n| 甲 | 乙 |\n| 一 |", "第 3 行的列数"),
        ("# 题名\n@seal 甲", "第 2 行的标记"),
        ("# 题名\n@signed 甲 某日", "@signed"),
    ],
)
def test_text_that_is_no_paper_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(DraftError, match=reason):
        compose(text, "稿.txt")


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="major_decision/third"):
        lay("major_decision/third", tmp_path)
    with pytest.raises(NotFound, match="nobody"):
        answer("major_decision", "nobody")

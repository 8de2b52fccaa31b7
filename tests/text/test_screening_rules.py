"""Every red-flag rule catches what it says it catches, and leaves alone what it says it leaves alone."""

import re
from datetime import date
from pathlib import Path

import pytest

from review_flows.law.strict import parse
from review_flows.text.clause_flags import Context, cites_basis, mark_clause, screen_clause
from review_flows.text.redflag_catalog import read_strictly
from review_flows.text.redflags import Example
from review_flows.text.screening import RETROACTIVE, STALE_LAW, labels, load_rules

CATALOGS = Path(__file__).parents[2] / "catalogs"
RULES = load_rules(CATALOGS)
ON = date(2026, 11, 23)
LOCAL_PAPER = "行政规范性文件"


def _lawful() -> list[str]:
    content = parse((CATALOGS / "screening" / "lawful.yaml").read_text("utf-8"))
    assert isinstance(content, dict)
    clauses = content["clauses"]
    assert isinstance(clauses, list)
    return clauses


def _raised(example: Example) -> set[str]:
    context = Context(example.doc_type or LOCAL_PAPER, maker=example.maker, origin_level=example.level)
    marked = mark_clause(example.text, context, RULES.flags)
    hits = screen_clause(marked, context, RULES.flags, basis_cited=cites_basis(marked, RULES.flags))
    return {hit.rule.id for hit in hits if not hit.is_settled}


def _examples(kind: str) -> list[object]:
    return [
        pytest.param(rule.id, example, id=f"{rule.id}-{example.text[:24]}")
        for rule in RULES.flags.rules.values()
        for example in getattr(rule, kind)
    ]


@pytest.mark.parametrize(("rule", "example"), _examples("hits"))
def test_a_rule_catches_its_hits(rule: str, example: Example) -> None:
    assert rule in _raised(example)


@pytest.mark.parametrize(("rule", "example"), _examples("misses"))
def test_a_rule_leaves_its_misses_alone(rule: str, example: Example) -> None:
    assert rule not in _raised(example)


@pytest.mark.parametrize("example", _lawful(), ids=str)
def test_lawful_clauses_raise_nothing(example: object) -> None:
    clause = example if isinstance(example, dict) else {"text": str(example)}
    context = Context(clause.get("doc_type") or LOCAL_PAPER)
    assert labels(clause["text"], context, RULES, on=ON) == []


def test_every_rule_has_hits_and_misses_and_every_text_the_reviewer_reads() -> None:
    for rule in RULES.flags.rules.values():
        assert rule.hits and rule.misses, rule.id
        assert rule.citation and rule.message and rule.may_be_fine and rule.write_instead, rule.id


def test_the_catalog_has_every_clause_rule_of_the_red_flag_list() -> None:
    # RF16, RF18, RF20 and RF22 need the whole paper (form.py, upper-law comparison), RF23 the catalog of statutes.
    whole_paper = {"RF16", "RF18", "RF20", "RF22", STALE_LAW}
    expected = {f"RF{number:02}" for number in range(1, 29)} - whole_paper
    assert expected == {rule for rule in RULES.flags.rules if rule.startswith("RF")}


def test_every_pattern_can_be_reached_from_some_text() -> None:
    for rule in RULES.flags.rules.values():
        for pattern in rule.patterns:
            assert pattern.numbers, f"{rule.id}.{pattern.key}"


def test_every_concept_of_the_vocabulary_is_used() -> None:
    folder = CATALOGS / "screening"
    concepts = read_strictly(folder / "concepts.yaml")
    rows = [*folder.glob("clauses/*.yaml"), folder / "concepts.yaml"]
    used = {name for file in rows for name in re.findall(r"<([a-z_]+)>", file.read_text("utf-8"))}
    used |= {name for members in concepts["groups"].values() for name in members.split()}
    used |= {name for pair in concepts["hidden_by"].items() for name in pair} | {"consequence"}  # known to clause_flags
    assert not {*concepts["words"], *concepts["shapes"], *concepts["compounds"]} - used


def test_the_checklist_has_nineteen_items_and_patterns_name_only_these() -> None:
    items = {item.id for item in RULES.flags.checklist}
    counts = {article: sum(item.startswith(f"{article}-") for item in items) for article in ("8", "9", "10", "11")}
    assert counts == {"8": 5, "9": 6, "10": 4, "11": 4}
    used = {item for rule in RULES.flags.rules.values() for pattern in rule.patterns for item in pattern.items}
    assert used <= items


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("按照《城市房屋拆迁管理条例》的规定给予补偿。", [STALE_LAW]),
        ("依据《中华人民共和国担保法》第十八条，由保证人承担连带责任。", [STALE_LAW]),
        ("原依据《中华人民共和国担保法》设立的抵押继续有效。", []),
        ("依照《中华人民共和国民法典》的规定处理。", []),
        ("依照《中华人民共和国行政处罚法》第八十六条的规定执行。", []),
        ("依照《中华人民共和国行政处罚法》第一百零三条的规定执行。", [STALE_LAW]),
    ],
)
def test_repealed_statutes_are_flagged_unless_history_is_told(clause: str, expected: list[str]) -> None:
    assert labels(clause, Context(LOCAL_PAPER), RULES, on=ON) == expected


def test_a_statute_is_judged_on_the_day_of_the_context() -> None:
    clause = "依照《中华人民共和国合同法》的规定处理。"
    assert labels(clause, Context(LOCAL_PAPER, as_of=date(2020, 6, 1)), RULES, on=ON) == []
    assert labels(clause, Context(LOCAL_PAPER, as_of=date(2021, 6, 1)), RULES, on=ON) == [STALE_LAW]


@pytest.mark.parametrize(
    ("title", "level", "expected"),
    [
        ("某县殡葬服务管理办法（2026年5月20日印发）", "", [RETROACTIVE]),
        ("某县殡葬服务管理办法（2026年5月20日印发）", "行政法规", []),
        ("某县殡葬服务管理办法（2026年2月20日印发）", "", []),
        ("某县殡葬服务管理办法（2026年2月30日印发）", "", []),
        ("某县殡葬服务管理办法（2026年版）", "", []),
        ("", "", []),
    ],
)
def test_a_start_before_the_day_of_issue_that_the_title_tells_reaches_back(
    title: str, level: str, expected: list[str]
) -> None:
    context = Context(LOCAL_PAPER, title, origin_level=level)
    assert labels("本办法自2026年4月1日起施行，有效期三年。", context, RULES, on=ON) == expected


@pytest.mark.parametrize(
    ("clause", "context", "expected"),
    [
        # Power to set a penalty depends on the rank of the text.
        ("未取得许可擅自运输的，处五百元罚款。", Context(LOCAL_PAPER), "RF03"),
        ("未取得许可擅自运输的，处五百元罚款。", Context(LOCAL_PAPER, origin_level="地方性法规"), None),
        # 违约金 and 罚款 between parties are no penalties.
        ("乙方逾期完工的，每日罚款五百元。", Context("合同"), None),
        # The maker's own place is local, whatever it is called.
        ("同等条件下优先选用武侯企业。", Context(LOCAL_PAPER, maker="成都市武侯区人民政府"), "RF07"),
        # However the kind of paper is called; a rank given as the kind is the rank.
        ("投标人逾期不签订合同的，取消其投标资格。", Context("公开招标文件"), None),
        ("乙方逾期完工的，每日罚款五百元。", Context("行政机关合同"), None),
        ("未取得许可擅自运输的，处五百元罚款。", Context("地方性法规"), None),
        # Restating the reference to a law sets nothing.
        ("违反规定的，由公安机关依照《中华人民共和国治安管理处罚法》处罚。", Context(LOCAL_PAPER), None),
    ],
)
def test_context_decides(clause: str, context: Context, expected: str | None) -> None:
    raised = labels(clause, context, RULES, on=ON)
    assert (expected in raised) if expected else raised == []

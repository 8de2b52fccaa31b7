"""Concepts, places, firms, patterns: what is found where, and that no text makes the search slow."""

import time
from pathlib import Path

import pytest

from review_flows.text import redflag_catalog
from review_flows.text.clause_flags import Context, cites_basis, leading, mark_clause, screen_clause
from review_flows.text.expressions import safe_expression
from review_flows.text.patterns import GAPS, matches, parse
from review_flows.text.vocabulary import Marked, mark, phrases, places_named

CATALOGS = Path(__file__).parents[2] / "catalogs"
FLAGS = redflag_catalog.load(CATALOGS)


def _words(concept: str, text: str, own: tuple[str, ...] = ()) -> list[str]:
    marked = mark(text, FLAGS.vocabulary, own)
    return [marked.text[start:end] for start, end in marked.of(concept)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("设立", ["设立"]),
        ("本(市|县)", ["本市", "本县"]),
        ("(省|市)(内|外)", ["省内", "省外", "市内", "市外"]),
        ("本市(级|)", ["本市级", "本市"]),
    ],
)
def test_phrases_of_a_catalog_word(pattern: str, expected: list[str]) -> None:
    assert phrases(pattern) == expected


@pytest.mark.parametrize(
    ("text", "concept", "expected"),
    [
        ("企业必须提供证明", "must", ["必须", "须"]),
        ("保障供应，做好应急准备", "must", []),  # 应 within another word
        ("中华人民共和国境内注册的法人", "local", []),
        ("在武侯区注册的企业", "named_place", ["武侯区"]),
        ("城市社区和住宅小区", "named_place", []),
        ("武义县财政局负责", "named_place", []),  # an organ, not a place
        ("由某燃气公司施工", "named_firm", ["某燃气公司"]),
        ("委托安和保险经纪有限公司承办", "named_firm", ["安和保险经纪有限公司"]),
        ("须成立分公司", "named_firm", []),
        ("乙方应当", "named_firm", []),
        ("建筑垃圾由洁城公司运输", "named_firm", ["洁城公司"]),
        ("统一换用祥瑞牌智能秤", "named_firm", ["祥瑞牌"]),
        ("由物业公司负责，设置警示牌", "named_firm", []),  # a trade, a sign
        ("温岭籍监理企业", "native", ["温岭籍"]),
        ("本县户籍居民", "native", []),
        ("不收取任何费用", "pay", []),  # negated
        ("由三家以上单位参加", "count_of_firms", []),
        ("奖励５０％", "percent", ["50%"]),
    ],
)
def test_concepts_in_a_text(text: str, concept: str, expected: list[str]) -> None:
    assert _words(concept, text) == expected


def test_the_makers_own_place_is_known_with_and_without_its_suffix() -> None:
    own = places_named("成都市武侯区人民政府办公室", FLAGS.vocabulary.names)
    assert {"武侯区", "武侯", "成都市", "成都"} <= own
    assert _words("own_place", "优先选用武侯企业", tuple(own)) == ["武侯"]


def test_typed_spaces_do_not_hide_a_word_and_places_lead_back_to_the_original() -> None:
    text = "对商户处 以 罚 款 200元。"
    context = Context("行政规范性文件")
    marked = mark_clause(text, context, FLAGS)
    (hit,) = [hit for hit in screen_clause(marked, context, FLAGS, basis_cited=False) if hit.rule.id == "RF03"]
    assert text[slice(*hit.span)].replace(" ", "") in ("处以罚款200元", "罚款200元")


@pytest.mark.parametrize(
    ("text", "compound", "expected"),
    [
        ("优先委托本市建筑企业", "local_firm", ["本市建筑企业"]),
        ("由金东区未来社区建设运营有限公司负责", "local_firm", []),  # called by its name
        ("采购本县生产的管桩", "local_goods", ["本县生产的管桩"]),
        ("县外企业不得投标", "outside_firm", ["县外企业"]),
        ("限于三家评估公司", "few_firms", ["三家评估公司"]),
        ("企业应当依法经营", "local_firm", []),
    ],
)
def test_compounds_are_rows_of_concepts(text: str, compound: str, expected: list[str]) -> None:
    marked = mark_clause(text, Context("行政规范性文件"), FLAGS)
    longest = {end: marked.text[start:end] for start, end in sorted(marked.of(compound), reverse=True)}
    assert set(expected) <= set(longest.values()) and bool(expected) == bool(longest)


@pytest.mark.parametrize(
    "clause",
    [
        "删去第九条第二项“申请人应当在本市设有分公司”的规定。",
        "不得将在本市注册、纳税作为企业申报资金的条件。",
        "停止执行《关于优先采购本地产品的意见》。",
        "企业在外地设立分公司的，不影响其参与本市评选。",
    ],
)
def test_a_clause_that_denies_the_practice_raises_nothing(clause: str) -> None:
    context = Context("行政规范性文件")
    marked = mark_clause(clause, context, FLAGS)
    assert screen_clause(marked, context, FLAGS, basis_cited=False) == []


def _marked(text: str) -> Marked:
    words = {word: word for word in ("甲", "乙", "丙")}
    return Marked(text, None, {f"={word}": [(i, i + 1) for i, c in enumerate(text) if c == word] for word in words})


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("甲 + 乙", "甲乙", ["甲乙"]),
        ("甲 + 乙", "甲丁乙", []),
        ("甲 乙", "甲丁丁乙", ["甲丁丁乙"]),
        ("甲 乙", "甲，乙", []),
        ("甲 .. 乙", "甲" + "丁" * 14 + "乙", ["甲" + "丁" * 14 + "乙"]),
        ("甲 .. 乙", "甲" + "丁" * 15 + "乙", []),
        ("甲 ... 乙", "甲，丁，乙", ["甲，丁，乙"]),
        ("甲 ... 乙", "甲。乙", []),
        ("甲 >> 乙", "甲。丁。乙", ["甲。丁。乙"]),
        ("甲 .. 乙|丙", "丙甲丙", ["甲丙"]),
        ("甲 .. 乙", "甲甲乙", ["甲乙"]),  # the nearest reading
        ("甲 .. 乙 .. 丙", "甲乙乙丙", ["甲乙乙丙"]),
    ],
)
def test_gaps_of_patterns(pattern: str, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in matches(parse(pattern), _marked(text))] == found


@pytest.mark.parametrize("source", ["", "..", "甲 ..", ".. 甲", "甲 .. ... 乙", "<must", "甲 |乙", "<Must> 甲"])
def test_a_pattern_that_cannot_be_read_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="“"):
        parse(source)


@pytest.mark.parametrize(
    "source", ["a*", "a+", "a{3,}", "(?:a{1,3}){1,9}", "(a|b{2}){4}", "a{1,500}", "(", "(?:(?:a?){9}b){2}"]
)
def test_an_expression_that_could_run_away_is_refused(source: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the reasons are sentences for people
        safe_expression(source)


@pytest.mark.parametrize(
    "source", ["a{1,3}b?", "(?:ab|cd)?e{2}", r"[*+]{1,2}\*", "(?<!法)院", "(?:a?b){1}c", "[^》《]{2,40}"]
)
def test_a_bounded_expression_is_accepted(source: str) -> None:
    assert safe_expression(source).pattern == source


HOSTILE = {
    "must": "必须" * 30_000,
    "local": "本地企业优先" * 12_000,
    "numbers": "9" * 80_000,
    "firms": "某某" * 30_000 + "公司",
    "brackets": "《" * 40_000 + "》" * 40_000,
    "negations": "不得" * 30_000 + "指定",
    "commas": "，" * 60_000,
    "everything": "未经批准不得经营罚款元奖励税收注册本市公司指定" * 3_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_long_hostile_clauses_take_time_in_proportion_to_their_length(name: str) -> None:
    context = Context("行政规范性文件", maker="某市某区人民政府")
    text = HOSTILE[name]

    def seconds(clause: str) -> float:
        started = time.process_time()
        marked = mark_clause(clause, context, FLAGS)
        screen_clause(marked, context, FLAGS, basis_cited=cites_basis(marked, FLAGS))
        return time.process_time() - started

    half, whole = seconds(text[: len(text) // 2]), seconds(text)
    assert whole < max(6 * half, 0.5), f"{half:.2f}s for half, {whole:.2f}s for all"
    assert whole < 10


def test_gaps_are_bounded_but_the_one_that_is_meant_not_to_be() -> None:
    assert {sign for sign, gap in GAPS.items() if gap.limit > 100} == {">>"}


@pytest.mark.parametrize(
    ("text", "leads", "follows"),
    [
        # The refusal to reimburse is only the means: what is wrong is the place of the goods.
        ("公务接待使用外来酒品的，财务部门不得报销。", "RF07", "RF14"),
        # The meeting is only the occasion: what is wrong is what it gives.
        ("经区长办公会研究，给予万象商贸集团市场培育专项经费200万元。", "RF09", "RF24"),
    ],
)
def test_a_rule_gives_way_to_the_one_that_names_what_is_wrong_and_stays_with_it(
    text: str, leads: str, follows: str
) -> None:
    context = Context("行政规范性文件")
    hits = screen_clause(mark_clause(text, context, FLAGS), context, FLAGS, basis_cited=False)
    assert {leads, follows} <= {hit.rule.id for hit in hits}
    leader = next(hit for hit in leading(hits) if hit.rule.id == leads)
    assert follows in {hit.rule.id for hit in leader.also}
    assert follows not in {hit.rule.id for hit in leading(hits)}


def test_a_pattern_for_tenders_speaks_where_the_clause_itself_tells_of_a_tender() -> None:
    text = "投标人获得市级优秀施工企业称号的得2分。"
    for doc_type in ("招标采购文件", "行政规范性文件"):
        context = Context(doc_type)
        hits = screen_clause(mark_clause(text, context, FLAGS), context, FLAGS, basis_cited=False)
        assert "RF11" in {hit.rule.id for hit in hits}, doc_type


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        # The law is named and what follows is left to it, or restates it.
        ("对违规停放的，依照《道路交通安全法》的有关规定处以罚款。", True),
        ("未经许可从事客运的，依照《道路运输条例》第六十三条的规定处以1万元以上10万元以下罚款。", True),
        # The laws are named, and then the paper fixes a sanction of its own.
        ("对偷挖河沙的，按照有关法律法规从严查处，一律处3000元罚款。", False),
        ("对私建坟墓的，依据《殡葬管理条例》等文件实行顶格处罚。", False),
    ],
)
def test_a_law_named_in_the_clause_does_not_settle_a_sanction_that_the_paper_fixes(text: str, settled: bool) -> None:
    context = Context("行政规范性文件")
    marked = mark_clause(text, context, FLAGS)
    assert cites_basis(marked, FLAGS)
    hits = {hit.rule.id: hit for hit in screen_clause(marked, context, FLAGS, basis_cited=True)}
    assert ("RF03" not in hits or hits["RF03"].is_settled) is settled
    # Without a law in view nothing is settled.
    assert not any(hit.is_settled for hit in screen_clause(marked, context, FLAGS, basis_cited=False))


def test_a_pattern_is_settled_as_its_rule_says_where_it_says_nothing() -> None:
    patterns = {pattern.key: pattern for pattern in FLAGS.rules["RF03"].patterns}
    assert patterns["fine"].settled_by_basis
    assert not patterns["own_sanction"].settled_by_basis

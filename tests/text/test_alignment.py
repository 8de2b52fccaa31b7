"""Paragraphs find their counterparts: every one in exactly one pair, moves, splits and mergers by name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_flows.text import alignment
from review_flows.text.alignment import Link, heaviest_chain, pair_blocks, pair_rows

A = "第一条　为了规范行政规范性文件管理，保障公民、法人和其他组织的合法权益，制定本办法。"
B = "第二条　本区行政区域内行政规范性文件的制定、审核、公布、备案和清理，适用本办法。"
C = "第三条　制定机关应当对行政规范性文件的合法性、必要性负责，并接受社会监督。"
D = "第四条　起草单位应当公开征求意见，期限不少于三十日；法律另有规定的除外。"
E = "第五条　审核机构应当自材料齐备之日起十五个工作日内出具合法性审核意见。"


def fates(old: list[str], new: list[str]) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    return [(pair.fate, pair.old, pair.new) for pair in pair_blocks(old, new)]


def renumbered(text: str, label: str) -> str:
    return label + text[3:]


def test_an_inserted_article_renumbers_the_later_ones_and_rewrites_none() -> None:
    new = [
        A,
        "第二条　区司法局负责本办法的具体实施工作，其他部门依照职责配合。",
        renumbered(B, "第三条"),
        renumbered(C, "第四条"),
    ]
    assert fates([A, B, C], new) == [
        ("equal", (0,), (0,)),
        ("inserted", (), (1,)),
        ("changed", (1,), (2,)),
        ("changed", (2,), (3,)),
    ]


def test_a_moved_paragraph_is_a_move_also_when_it_was_edited() -> None:
    edited = C.replace("社会监督", "社会公众监督")
    assert ("moved", (2,), (0,)) in fates([A, B, C, D, E], [edited, A, B, D, E])


def test_a_paragraph_that_became_two_is_a_split() -> None:
    first, second = C.split("，", 1)
    assert fates([A, C, D], [A, first + "。", second, D])[1] == ("split", (1,), (1, 2))


def test_two_paragraphs_that_became_one_are_a_merger() -> None:
    assert fates([A, D, E, B], [A, D + E, B])[1] == ("merged", (1, 2), (1,))


def test_a_sentence_that_went_on_in_the_next_paragraph_divides_both_anew() -> None:
    first, second = D.split("；")
    old = [A, D, E, B]
    new = [A, first + "。", second + E[4:], B]
    assert fates(old, new)[1] == ("divided", (1, 2), (1, 2))


def test_the_number_that_an_inserted_article_takes_over_makes_no_split() -> None:
    new = [A, "第二条　本区的其他部门依照职责配合。", renumbered(B, "第三条")]
    assert fates([A, B], new)[1:] == [("inserted", (), (1,)), ("changed", (1,), (2,))]


def test_an_article_that_got_another_first_paragraph_keeps_its_number() -> None:
    new = [A, "第二条　行政规范性文件管理工作坚持中国共产党的领导。", B[4:].replace("公布、", ""), C]
    assert fates([A, B, C], new) == [("equal", (0,), (0,)), ("split", (1,), (1, 2)), ("equal", (2,), (3,))]


def test_an_article_that_lost_its_first_paragraph_keeps_its_number() -> None:
    old = [A, "第二条　行政规范性文件管理工作坚持中国共产党的领导。", B[4:], C]
    assert fates(old, [A, B, C]) == [("equal", (0,), (0,)), ("merged", (1, 2), (1,)), ("equal", (3,), (2,))]


@pytest.mark.parametrize(
    ("changed", "behind", "together"),
    [
        (
            "负责，并接受社会监督，每年报告。",
            "备案机关对前款规定的情况进行抽查。",
            True,
        ),  # 。 ends both: one marked place
        ("负责，并接受社会监督；", "（二）备案机关对前款规定的情况进行抽查。", True),  # 。 stands further down
        ("负责，并接受社会监督：", "（一）备案机关对前款规定的情况进行抽查；", False),  # nothing of the old end recurs
        ("负责，并接受公众的社会监督。", "制定机关和备案机关共同进行抽查；", False),
        ("负责，并接受公众的社会监督。", "备案机关对前款规定的情况进行督。", False),  # its own end says more than 。
    ],
)
def test_paragraphs_added_behind_a_changed_end_join_it_when_they_end_alike(
    changed: str, behind: str, together: bool
) -> None:
    head = C.split("负责")[0]
    for old, new, fate in (
        ([C, D], [head + changed, behind, D], "split"),
        ([head + changed, behind, D], [C, D], "merged"),
    ):
        found = [pair.fate for pair in pair_blocks(old, new)]
        assert (fate in found) == together, found


def test_what_was_struck_and_what_was_added_behind_an_end_do_not_join_it() -> None:
    new = [C.replace("。", "；"), "（二）备案机关对前款规定的情况进行抽查。", E]
    assert fates([C, "本区建立年度报告制度。", E], new)[0] == ("changed", (0,), (0,))


def test_a_table_is_paired_with_a_table_and_no_text_runs_on_over_it() -> None:
    first, second = C.split("，", 1)
    old, new = ["甲、乙、丙、丁", C, A], [first + "。", "甲、乙、丙、丁、戊", second, A]
    found = pair_blocks(old, new, rigid_old={0}, rigid_new={1})
    assert [(p.fate, p.old, p.new) for p in found] == [
        ("inserted", (), (0,)),
        ("changed", (0,), (1,)),
        ("changed", (1,), (2,)),
        ("equal", (2,), (3,)),
    ]


def test_a_rewritten_paragraph_is_struck_and_written_anew() -> None:
    assert [fate for fate, _, _ in fates([A], ["ＸＹＺ完全另外一回事"])] == ["deleted", "inserted"]


def test_repeated_short_lines_do_not_move() -> None:
    old = ["附　则", A, "附　则", B, "", "附　则"]
    new = ["附　则", A, "附　则", "", B, "附　则"]
    assert "moved" not in [fate for fate, _, _ in fates(old, new)]


def test_a_stretch_too_long_to_try_every_pair_keeps_its_equal_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "CELLS", 10)
    old = ["是", "否"] * 10
    new = ["是", "否"] * 9 + ["否", "否"]
    equal = [pair.fate for pair in pair_rows(old, new)].count("equal")
    assert equal >= 18
    monkeypatch.setattr(alignment, "EQUAL_CELLS", 50)
    in_parts = pair_rows(old, new)
    assert sorted(i for pair in in_parts for i in pair.old) == list(range(20))
    assert [pair.fate for pair in in_parts].count("equal") >= 16


LINES = st.lists(
    st.sampled_from([A, B, C, D, E, "", "附　则", "甲", A + B, B + "另有规定的除外。", "第九条　" + C[4:]]), max_size=14
)


@given(LINES, LINES)
@settings(max_examples=300, deadline=None)
def test_every_paragraph_is_in_exactly_one_pair_and_fates_fit(old: list[str], new: list[str]) -> None:
    pairs = pair_blocks(old, new)
    assert sorted(i for p in pairs for i in p.old) == list(range(len(old)))
    assert [j for p in pairs for j in p.new] == list(range(len(new)))
    sizes = {"equal": (1, 1), "changed": (1, 1), "moved": (1, 1), "inserted": (0, 1), "deleted": (1, 0)}
    for pair in pairs:
        if pair.fate in sizes:
            assert (len(pair.old), len(pair.new)) == sizes[pair.fate]
        if pair.fate == "equal":
            assert old[pair.old[0]] == new[pair.new[0]]
        if pair.fate == "split":
            assert len(pair.old) == 1 < len(pair.new)
        if pair.fate == "divided":
            assert len(pair.old) > 1 < len(pair.new)
        if pair.fate == "merged":
            assert len(pair.new) == 1 < len(pair.old)
    kept = [i for p in pairs if p.fate != "moved" for i in p.old]
    assert kept == sorted(kept)


@given(LINES)
def test_a_text_beside_itself_is_equal(lines: list[str]) -> None:
    assert {pair.fate for pair in pair_blocks(lines, lines)} <= {"equal"}


def test_the_heaviest_chain_prefers_weight_to_number() -> None:
    links = [Link(0, 3, 10.0), Link(1, 0, 1.0), Link(2, 1, 1.0), Link(3, 4, 2.0)]
    assert heaviest_chain(links) == [(0, 3), (3, 4)]

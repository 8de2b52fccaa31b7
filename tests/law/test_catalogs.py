# ruff: noqa: E501 - the rows of the table are read across
"""The law data as committed, held against its source key by key; and everything that the loader must refuse."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from review_flows.errors import CatalogError, NotFound
from review_flows.law import catalogs
from review_flows.law.rules import Rule

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "catalogs"
DATA = catalogs.load(FOLDER)
SOURCE = ROOT.parent / "shared" / "rules.json"

STEPS = {
    "normative_document": "drafting feasibility_assessment public_comment fair_competition_review "
    "internal_legality_review legality_review collective_discussion registration publication interpretation filing",
    "major_decision": "initiation drafting public_participation expert_argumentation risk_assessment "
    "fair_competition_review legality_review collective_discussion party_report publication archiving execution "
    "post_evaluation",
    "government_contract": "drafting fair_competition_review legality_review approval signing publication filing "
    "performance",
    "enforcement_decision": "drafting legality_review collective_discussion decision disclosure",
}
WHEN_ASKED = {
    "normative_document": "feasibility_assessment public_comment fair_competition_review internal_legality_review "
    "publication interpretation",
    "major_decision": "public_participation expert_argumentation risk_assessment fair_competition_review party_report "
    "publication post_evaluation",
    "government_contract": "fair_competition_review publication",
    "enforcement_decision": "collective_discussion",
}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _as_source(rule: Rule) -> dict[str, Any]:
    """A rule as the source writes it: what is empty there is left out here."""
    version = rule.versions[0]
    written: dict[str, Any] = {
        "id": rule.id,
        "applies_to": rule.applies_to,
        "step": rule.topic,
        "requirement": rule.requirement,
        "kind": version.kind,
        "number": version.number,
        "unit": version.unit,
        "exception": rule.exception or "",
        "source": version.citation,
        "confidence": rule.confidence,
        "machine_check": rule.machine_check or "",
        "kinds": list(rule.kinds),
        "steps": list(rule.steps),
        "in_force_from": _plain(version.since),
        "layer": rule.layer,
    }
    optional = {
        "remark": rule.remark,
        "when": {item.fact: [_plain(value) for value in item.values] for item in rule.when},
        "unless": [{item.fact: _plain(item.values[0]) for item in group} for group in rule.unless],
        "materials": list(rule.materials),
        "results": list(rule.results),
        "counted_from": rule.counted_from,
        "direction": None if rule.direction == "forward" else rule.direction,
        "bounds": rule.bounds,
        "lawful_from": rule.lawful_from,
        "in_force_until": _plain(rule.until),
    }
    return written | {key: value for key, value in optional.items() if value}


@pytest.mark.skipif(not SOURCE.exists(), reason="the source of the rules (../shared/rules.json) is not here")
def test_every_rule_is_that_of_its_source_key_by_key() -> None:
    source = {rule["id"]: rule for rule in json.loads(SOURCE.read_text("utf-8"))["rules"]}
    assert set(DATA.rules) >= set(source)
    for name, rule in source.items():
        assert _as_source(DATA.rules[name]) == rule, name


def test_the_chains_have_the_agreed_steps() -> None:
    for kind, steps in STEPS.items():
        chain = DATA.chains[kind]
        assert list(chain.steps) == steps.split()
        asked = {step.id for step in chain.steps.values() if not step.is_always}
        assert asked == set(WHEN_ASKED[kind].split())


def test_every_key_has_a_chinese_label() -> None:
    for kind, chain in DATA.chains.items():
        assert DATA.label(kind)
        for step in chain.steps.values():
            assert DATA.label(step.id, kind, section="steps")
            for conclusion in step.conclusions:
                assert DATA.label(conclusion, step.id, section="conclusions")
    assert DATA.label("legality_review", "major_decision", section="steps") == "合法性审查"
    assert DATA.label("legality_review", "enforcement_decision", section="steps") == "法制审核"
    with pytest.raises(NotFound):
        DATA.label("nothing")


def test_every_rule_serves_a_kind_or_is_about_inspection() -> None:
    for rule in DATA.rules.values():
        assert rule.kinds or rule.id.startswith("IN-"), rule.id


def test_the_register_has_the_shape_of_the_report() -> None:
    levels = [organ.level for organ in DATA.organs.by_id.values()]
    functional = len(levels) - levels.count("township") - 1  # without the government itself
    assert (functional, levels.count("township")) == (31, 19)
    for name in [
        "婺城区人民政府",
        "婺城区人民政府办公室",
        "婺城区司法局",
        "婺城区市场监督管理局",
        "婺城区建设局",
        "白龙桥镇人民政府",
    ]:
        assert DATA.organs.get(name).name == name
    assert DATA.organs.get("区司法局") is DATA.organs.bearer("justice")
    with pytest.raises(NotFound, match="婺城区建设局"):
        DATA.organs.get("婺城区建设")


def _replace(old: str, new: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        text = file.read_text("utf-8")
        assert old in text, f"{old!r} not in {file.name}"
        file.write_text(text.replace(old, new, 1), "utf-8")

    return change


def _append(text: str) -> Callable[[Path], None]:
    return lambda file: file.write_text((file.read_text("utf-8") if file.exists() else "") + text, "utf-8")


LOCAL = """
ZZ-1:
  requirement: 区自定
  applies_to: norm_doc
  topic: local
  layer: district
  kinds: [normative_document]
  steps: [legality_review]
  counted_from: package_complete_on
  {more}
  values:
    2026-01-01: {value}
  citations:
    2026-01-01: 婺城区某规定
  last_checked: 2026-11-24
  confidence: text
"""


def local(value: str, more: str = "exception: 无") -> Callable[[Path], None]:
    return _append(LOCAL.replace("{value}", value).replace("{more}", more))


D115, D37 = "rules/documents_115.yaml", "rules/documents_37.yaml"


@pytest.mark.parametrize(
    ("file", "change", "key", "reason"),
    [
        (D115, _replace("ND-12:\n", "ND-12:\n  colour: red\n"), "ND-12.colour", "没有这一项"),
        (D115, _replace("ND-12:\n  requirement", "ND-12:\n  layer: city\n  requirement"), "第", "layer 重复"),
        (D115, _replace("\nND-12:", "\nND-11:"), "第", "ND-11 重复"),
        (D37, _append("\nND-11:\n  requirement: 甲\n"), "", ""),
        (D115, _replace("    2018-12-04: 国办发〔2018〕115号 (三)\n", "    2019-12-04: 另一日期\n"), "citations", "缺少同一日期"),
        (D115, _replace("number: 15", "number: 015"), "number", "不带前导零"),
        (D115, _replace("number: 15", "number: many"), "number", "整数"),
        (D115, _replace("unit: working_day", "unit: workday"), "unit", "working_day"),
        (D115, _replace("kind: max", "kind: maximum"), "kind", "max"),
        (D115, _replace("{emergency: true}", "{emergency: yes}"), "emergency", "true 或 false"),
        (D115, _replace("{emergency: true}", "{emergncy: true}"), "emergncy", "emergency"),
        (D115, _replace("kinds: [normative_document]", "kinds: [normative_documents]"), "kinds", "normative_document"),
        (D115, _replace("steps: [legality_review]", "steps: [legality]"), "steps", "legality_review"),
        (D115, _replace("[review_draft, drafting_note", "[review_drft, drafting_note"), "materials", "review_draft"),
        (D115, _replace("counted_from: package_complete_on", "counted_from: package_on"), "counted_from", "package"),
        (D115, _replace("confidence: text", "confidence: sure"), "confidence", "sure"),
        (D115, _replace("last_checked: 2026-11-24", "last_checked: 2026-11-31"), "last_checked", "日期"),
        (D115, _replace("layer: national", "layer: nation"), "layer", "national"),
        (D115, _replace("    2018-12-04: {kind: max", "    undated: {kind: max, number: 9, unit: year}\n    2018-12-04: {kind: max"), "", ""),
        (D115, _replace("ND-12:", "ND12:"), "ND12", "规则编号"),
        (D115, _append("\nND-99: &x {requirement: 甲}\n"), "第", "锚点"),
        (D115, _append("\nND-99: !!python/object:os.system {}\n"), "第", "类型标记"),
        (D115, _append("\n  - : bad\n ]"), "第", "YAML"),
        ("rules/new.yml", _append("X: 1\n"), "", "只放 .yaml"),
        ("chains.yaml", _replace("mode: always", "mode: mostly"), "mode", "always"),
        ("chains.yaml", _replace("after: [drafting]", "after: [draft]"), "after", "drafting"),
        ("chains.yaml", _replace("rules: [FC-08]}", "rules: [FC-88]}"), "rules", "FC-08"),
        ("chains.yaml", _replace("conclusions: [done]", "conclusions: [finished]"), "conclusions", "finished"),
        ("chains.yaml", _replace("role: handler", "role: handyman"), "role", "handler"),
        ("organs.yaml", _replace("level: government", "level: county"), "level", "county"),
        ("organs.yaml", _replace("reviewer: justice", "reviewer: justise"), "reviewer", "justice"),
        ("facts.yaml", _replace("type: yes_no", "type: boolean"), "type", "boolean"),
        ("terms.yaml", _replace("kinds:", "kindz:"), "kinds", "缺少"),
        ("calendar/2026.yaml", _replace("to: 2026-01-03", "to: 2025-12-03"), "to", "from"),
        ("calendar/2026.yaml", _replace("workdays: [2026-01-04", "workdays: [2026-01-02"), "workdays", "既是节假日又是工作日"),
        ("calendar/2026.yaml", _replace("workdays: [2026-01-04", "workdays: [2027-01-04"), "workdays", "不在 2026 年"),
        ("calendar/statutory.yaml", _replace("calendar: solar, month: 1", "calendar: solar, month: 13"), "month", "没有这样的日子"),
        ("follow_up.yaml", _replace("retention: permanent}", "retention: permanant}"), "retention", "permanent"),
        ("follow_up.yaml", _replace("{id: other_channel", "{id: other_chanel"), "id", "other_channel"),
        ("follow_up.yaml", _replace("- {id: newspaper", "- {id: website"), "channels", "一一对应"),
        ("follow_up.yaml", _replace("role: basis", "role: review_draft"), "archive", "重复"),
        ("follow_up.yaml", _replace("wucheng-government: 中共", "wucheng-goverment: 中共"), "party_bodies", "wucheng-government"),
        # a lower layer may tighten a national minimum or maximum, never loosen it
        ("rules/own.yaml", local("{kind: min, number: 3, unit: working_day}", "replaces: ND-11"), "replaces", "放宽了上位规定"),
        ("rules/own.yaml", local("{kind: max, number: 20, unit: working_day}", "replaces: ND-12"), "replaces", "放宽了上位规定"),
        ("rules/own.yaml", local("{kind: min, number: 3, unit: working_day}"), "ZZ-1", "放宽了上位规定"),
        ("rules/own.yaml", _append(LOCAL.replace("  counted_from: package_complete_on\n", "").replace("{value}", "{kind: min, number: 3, unit: working_day}").replace("{more}", "note: 不写起算日")), "ZZ-1", "放宽了上位规定"),
        ("rules/own.yaml", local("{kind: may}", "replaces: ND-18"), "replaces", "种类须一致"),
        ("rules/own.yaml", local("{kind: min, number: 9, unit: calendar_day}", "replaces: ND-11"), "replaces", "单位不同"),
        ("rules/own.yaml", local("{kind: min, number: 9, unit: working_day}", "replaces: ND-99"), "replaces", "没有规则"),
        ("rules/own.yaml", local("{kind: min, number: 9, unit: working_day}", "replaces: ND-11\n  when: {business_related: [true]}"), "replaces", "适用范围"),
        ("rules/own.yaml", local("{kind: min, number: 9, unit: working_day}", "replaces: ND-11\n  unless: [{not_public: true}]"), "replaces", "例外多于"),
    ],
)  # fmt: skip
def test_the_loader_refuses_and_names_file_key_and_reason(
    tmp_path: Path, file: str, change: Callable[[Path], None], key: str, reason: str
) -> None:
    folder = _copy(tmp_path)
    change(folder / file)
    with pytest.raises(CatalogError) as caught:
        catalogs.load(folder)
    faults = catalogs.check(folder)
    assert any(fault.file == file and key in fault.key and reason in fault.reason for fault in faults), faults
    assert str(caught.value) == str(faults[0])


def _copy(tmp_path: Path) -> Path:
    others = shutil.ignore_patterns("screening", "decisions", "forms", "statutes.csv")
    copied = Path(shutil.copytree(FOLDER, tmp_path / "catalogs", ignore=others))
    for name in (catalogs.STANDARDS, catalogs.LIFECYCLE):
        (copied / name).parent.mkdir()
        shutil.copy(FOLDER / name, copied / name)
    return copied


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    (folder / "facts.yaml").unlink()
    with pytest.raises(CatalogError, match="facts.yaml：缺少这个文件"):
        catalogs.load(folder)


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    _replace("number: 15", "number: 015")(folder / D115)
    _replace("mode: always", "mode: mostly")(folder / "chains.yaml")
    assert {fault.file for fault in catalogs.check(folder)} == {D115, "chains.yaml"}
    assert catalogs.check(FOLDER) == ()


def test_the_fingerprint_changes_with_the_law_and_not_with_line_ends(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    assert catalogs.load(folder).sha256 == DATA.sha256
    rules = folder / D115
    rules.write_bytes(rules.read_bytes().replace(b"\n", b"\r\n"))
    assert catalogs.load(folder).sha256 == DATA.sha256
    _replace("number: 15", "number: 14")(rules)
    assert catalogs.load(folder).sha256 != DATA.sha256
    assert catalogs.load(folder).rules["ND-12"].versions[0].number == 14


def test_a_value_of_a_later_date_leaves_old_cases_alone(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    citation = "    2018-12-04: 国办发〔2018〕115号 (五)\n"
    text = (folder / D115).read_text("utf-8")
    start = text.index("ND-12:")
    changed = text[start:].replace("unit: working_day}\n", "unit: working_day}\n    2027-01-01: {kind: max, number: 10, unit: working_day}\n", 1)  # fmt: skip
    changed = changed.replace(citation, citation + "    2027-01-01: 新规定第一条\n", 1)
    (folder / D115).write_text(text[:start] + changed, "utf-8")
    rule = catalogs.load(folder).rules["ND-12"]
    before, after = rule.version_on(date(2026, 12, 31)), rule.version_on(date(2027, 1, 1))
    assert before and after and (before.number, after.number) == (15, 10)
    assert after.citation == "新规定第一条"


def test_a_stricter_local_rule_stands_in_place_of_the_national_one_and_both_are_shown(tmp_path: Path) -> None:
    from review_flows.law.procedure import Matter, plan

    folder = _copy(tmp_path)
    local("{kind: max, number: 10, unit: working_day}", "replaces: ND-12\n  unless: [{emergency: true}]")(
        folder / "rules/own.yaml"
    )
    found = plan(catalogs.load(folder), Matter("normative_document", {"level": "department"}), date(2026, 11, 23))
    review = found.step("legality_review")
    assert [(period.rule, period.number) for period in review.periods] == [("ND-11", 5), ("ZZ-1", 10)]
    assert review.due_on == date(2026, 12, 7)
    grounds = {ground.rule: ground for ground in review.because}
    assert grounds["ND-12"].replaced_by == "ZZ-1"
    assert "ZZ-1" in grounds


def test_an_announced_year_in_the_table_is_no_longer_provisional(tmp_path: Path) -> None:
    from review_flows.law.workdays import Period

    folder = _copy(tmp_path)
    (folder / "calendar/2027.yaml").write_text(
        "year: 2027\nsource: 《国务院办公厅关于2027年部分节假日安排的通知》\nlast_checked: 2026-12-01\ncomplete: true\n"
        "holidays:\n  - {from: 2027-01-01, to: 2027-01-03, name: 元旦}\nworkdays: [2027-01-09]\n",
        "utf-8",
    )
    period = Period("X", "max", 15, "working_day")
    due = period.ends(date(2026, 12, 21), catalogs.load(folder).calendar)
    assert (due.on, due.provisional) == (date(2027, 1, 11), False)
    guess = period.ends(date(2026, 12, 21), DATA.calendar)
    assert (guess.on, guess.provisional) == (date(2027, 1, 12), True)


def test_a_table_that_is_not_complete_changes_its_days_only(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    (folder / "calendar/2027.yaml").write_text(
        "year: 2027\nsource: 区政府通知\nlast_checked: 2026-12-01\ncomplete: false\nworkdays: [2027-01-09]\n", "utf-8"
    )
    calendar = catalogs.load(folder).calendar
    assert calendar.is_working_day(date(2027, 1, 9))
    assert not calendar.is_announced(2027)


def test_no_other_word_takes_the_label_of_a_paper_a_fact_or_a_date() -> None:
    """Labels are looked up by key across all sections; what is looked up without a section must be found first."""
    for role in DATA.roles.values():
        assert DATA.label(role.id) == role.label
    for fact in DATA.facts.values():
        assert DATA.label(fact.id) == fact.label
    for name, label in DATA.dates.items():
        assert DATA.label(name) == label

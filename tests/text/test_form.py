"""Checks of whole drafts: every rule's own examples, planted faults, and lawful drafts that must stay quiet."""

import os
from datetime import date
from pathlib import Path

import pytest

from review_flows.errors import CatalogError
from review_flows.law.statutes import load_statutes
from review_flows.text import form_rules
from review_flows.text.findings import Finding
from review_flows.text.form import check_document
from review_flows.text.reading import read

CATALOGS = Path(__file__).parents[2] / "catalogs"
TODAY = date(2026, 11, 23)
RULES = form_rules.load(CATALOGS)
HITS = [(rule, text) for rule, wording in RULES.wording.items() for text in wording.hits]
MISSES = [(rule, text) for rule, wording in RULES.wording.items() for text in wording.misses]


def findings(text: str, on: date = TODAY) -> list[Finding]:
    return check_document(read(text.encode(), "草案.txt"), load_statutes(CATALOGS), RULES, on=on)


def rules(text: str, on: date = TODAY) -> set[str]:
    return {finding.rule for finding in findings(text, on)}


@pytest.mark.parametrize(("rule", "text"), HITS, ids=lambda value: value[:20])
def test_every_rule_catches_its_hits(rule: str, text: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize(("rule", "text"), MISSES, ids=lambda value: value[:20])
def test_no_rule_catches_its_misses(rule: str, text: str) -> None:
    assert rule not in rules(text)


NOTICE = """{number}

婺城区住房和城乡建设局关于印发《{title}》的通知

各镇人民政府、街道办事处：

《{title}》已经{adopted}研究同意，现印发给你们，请认真贯彻执行。

{issuer}
{signed}

{title}

第一条　为规范停车秩序，根据《中华人民共和国道路交通安全法》，制定本办法。
第二条　本办法适用于本区道路停车。
第三条　道路停车泊位由区建设局会同公安机关划定。
第四条　{interpreted}
第五条　{effective}
"""
LAWFUL = {
    "number": "婺建〔2026〕12号",
    "title": "道路停车管理办法",
    "adopted": "2026年2月6日局务会议",
    "issuer": "婺城区住房和城乡建设局",
    "signed": "2026年3月2日",
    "interpreted": "本办法由婺城区住房和城乡建设局负责解释。",
    "effective": "本办法自2026年5月1日起施行，有效期至2031年4月30日。"
    "《婺城区停车管理规定》（婺建〔2020〕3号）同时废止。",
}


def draft(**changes: str) -> str:
    return NOTICE.format(**{**LAWFUL, **changes})


def test_a_lawful_draft_raises_nothing() -> None:
    assert rules(draft()) == set()


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("RF15", {"interpreted": "本办法由婺城区政府办公室综合三科负责解释。"}),
        ("RF15", {"interpreted": "本办法由停车管理工作专班负责解释。"}),
        ("RF15", {"interpreted": "本办法由婺城停车运营有限公司解释。"}),
        ("RF15", {"interpreted": "本办法的具体解释工作由区城市管理领导小组办公室承担，由其解释。"}),
        ("RF16", {"effective": "《婺城区停车管理规定》（婺建〔2020〕3号）同时废止。"}),
        ("RF16", {"effective": "停车许可自取得之日起三年内有效。"}),
        ("RF17", {"effective": "本办法自印发之日起施行。"}),
        ("RF17", {"effective": "本办法自发布之日起实施，有效期五年。"}),
        ("RF17", {"effective": "本办法从公布之日起执行。"}),
        ("RF17", {"effective": "本办法自2026年3月2日起施行。"}),
        ("RF18", {"title": "道路停车管理办法（试行）", "effective": "本办法自2026年5月1日起施行。"}),
        ("RF18", {"title": "道路停车管理暂行办法", "effective": "本办法自2026年5月1日起施行。"}),
        ("RF19", {"effective": "本办法自2025年5月1日起施行。"}),
        ("RF19", {"interpreted": "本办法施行前已经批准的泊位，适用本办法。"}),
        ("RF19", {"effective": "本办法自2026年5月1日起施行。", "signed": "2026年　月　日"}),
        ("RF20", {"issuer": "婺城区停车整治工作领导小组办公室"}),
        ("RF20", {"issuer": "婺城区住房和城乡建设局城市管理科"}),
        ("RF20", {"issuer": "婺城区治堵工作专班"}),
        ("RF20", {"issuer": "婺城区治堵专班", "signed": "2026年　月　日", "effective": "本办法自2027年1月1日起施行。"}),
        ("RF21", {"effective": "本办法自2026年5月1日起施行。此前有关文件同时废止。"}),
        ("RF21", {"effective": "本办法自2026年5月1日起施行。以往规定与本办法不一致的，以本办法为准。"}),
        ("RF21", {"effective": "本办法自2026年5月1日起施行，凡与本办法不一致的规定一律废止。"}),
        ("RF23", {"interpreted": "停车场经营合同，依照《中华人民共和国合同法》第六十条履行。"}),
        ("RF23", {"interpreted": "车位归属依照物权法的规定确定。"}),
        ("DOC_ARTNO", {"interpreted": "依照《中华人民共和国行政处罚法》第一百零二条的规定告知。"}),
        ("DOC_ARTNO", {"interpreted": "依照《行政处罚法》第80条至第90条的规定告知。"}),
        ("DOC_NUMFMT", {"number": "婺建〔2026〕第12号"}),
        ("DOC_NUMFMT", {"number": "婺建[2026]12号"}),
        ("DOC_NUMFMT", {"number": "婺建〔2026〕012号"}),
        ("DOC_NUMFMT", {"number": "婺建（2026）12号"}),
        ("DOC_NUMFMT", {"number": "婺建2026年12号"}),
        ("DOC_DATEORDER", {"number": "婺建〔2025〕12号"}),
        ("DOC_DATEORDER", {"adopted": "2026年7月10日局务会议审议，"}),
        ("DOC_DATEORDER", {"effective": "本办法自2026年5月1日起施行，有效期至2025年12月31日。"}),
        ("DOC_DATEORDER", {"interpreted": "申报时间为2026年6月1日至2026年3月31日。"}),
        ("DOC_DATEORDER", {"interpreted": "申报截止日期为2026年2月30日。"}),
        ("DOC_XREF", {"interpreted": "违反本办法第九条规定的，依法处理。"}),
        ("DOC_XREF", {"interpreted": "违反本办法第二条第三款规定的，依法处理。"}),
        ("DOC_XREF", {"interpreted": "违反本办法第五章规定的，依法处理。\n第二章　附则"}),
        ("DOC_XREF", {"interpreted": "按照本办法第二条规定的停车泊位办理。"}),
        ("DOC_LAWNAME", {"interpreted": "依照《中华人民共和国道路交通安全条例》处理。"}),
        ("DOC_SHORTNAME", {"interpreted": "依照《条例》第五条处理。"}),
        ("DOC_ARTORDER", {"effective": "本办法自2026年5月1日起施行。\n第七条　本办法有效期五年。"}),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value.values()))[:24],
)
def test_a_planted_fault_is_the_only_finding(rule: str, changes: dict[str, str]) -> None:
    assert rules(draft(**changes)) == {rule}


@pytest.mark.parametrize(
    "changes",
    [
        {"interpreted": "本办法由区建设局会同区公安分局负责解释。"},
        {"interpreted": "停车收费标准的解释工作由区发展和改革局承担。"},
        {"interpreted": "本办法施行前已经批准的泊位，继续有效。"},
        {"interpreted": "本办法施行前订立的合同，不适用本办法。"},
        {"interpreted": "原《中华人民共和国物权法》施行期间取得的车位，适用当时的规定。"},
        {"interpreted": "法律、法规另有规定的，从其规定；与上级规定不一致的，以上级规定为准。"},
        {"interpreted": "停车许可证有效期三年，期满三十日前申请延续。"},
        {"interpreted": "依照《中华人民共和国劳动合同法》第九十八条的规定处理。"},
        {"interpreted": "受理期间为2026年6月1日至2026年7月31日。"},
        {"interpreted": "违反本办法第三条的，按下列规定处理：\n（一）违反本条第二款的；\n（二）其他情形。"},
        {"effective": "本办法自公布之日起三十日后施行。"},
        {"effective": "因防汛抢险情况紧急，本办法自印发之日起施行。"},
        {"title": "道路停车管理办法（试行）", "effective": "本办法自2026年5月1日起施行，试行期两年。"},
        {"title": "道路停车管理暂行办法", "effective": "本办法自2026年5月1日起施行，有效期至2028年4月30日。"},
        {"issuer": "婺城区人民政府办公室", "number": "婺政办发〔2026〕12号"},
        {"issuer": "金华市婺城区城东街道办事处"},
        {"signed": "二〇二六年三月二日"},
        {"signed": "2026年　　月　　日", "effective": "本办法自2027年1月1日起施行。"},
    ],
    ids=lambda value: next(iter(value.values()))[:24],
)
def test_lawful_variants_raise_nothing(changes: dict[str, str]) -> None:
    assert rules(draft(**changes)) == set()


def test_a_contract_is_not_asked_for_a_date_of_effect() -> None:
    text = (
        "房屋租赁合同\n甲方：婺城区人民政府\n乙方：某某公司\n"
        "第一条　甲方将房屋出租给乙方。\n第二条　乙方按月支付甲方租金。\n第三条　甲方、乙方各执一份。"
    )
    assert rules(text) == set()


def test_the_law_is_judged_on_the_day_that_is_given() -> None:
    text = draft(interpreted="违反规定排放的，依照《中华人民共和国大气污染防治法》第九十九条处罚。")
    assert "RF23" in rules(text)
    assert "RF23" not in rules(text, date(2026, 8, 14))


def test_a_place_names_article_paragraph_and_characters() -> None:
    finding = next(
        f
        for f in findings(draft(interpreted="依法办理。\n依照《中华人民共和国合同法》第六十条履行。"))
        if f.rule == "RF23"
    )
    place = finding.place
    assert (place.article, place.paragraph, place.start, place.text) == (
        "第四条",
        2,
        2,
        "《中华人民共和国合同法》第六十条",
    )


def test_findings_stand_in_the_order_of_the_text_and_speak_chinese() -> None:
    found = findings(
        draft(number="婺建〔2025〕012号", interpreted="本办法由停车专班解释。", effective="本办法自印发之日起施行。")
    )
    assert [f.rule for f in found] == ["DOC_DATEORDER", "DOC_NUMFMT", "RF15", "RF17"]
    assert all(f.message.endswith("。") and f.citation and f.may_be_fine and f.write_instead for f in found)


def test_unknown_keys_and_missing_texts_in_the_rules_are_refused(tmp_path: Path) -> None:
    (tmp_path / "screening").mkdir()
    text = (CATALOGS / form_rules.FILE).read_text("utf-8")
    for old, new, named in (
        ("    may_be_fine: 只转发", "    perhaps_fine: 只转发", "RF16"),
        ("words:", "wörds:", "w"),
        ("severity: high", "severity: grave", "RF20"),
    ):
        (tmp_path / form_rules.FILE).write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(CatalogError, match=named):
            form_rules.load(tmp_path)


# ---- the development half of the labelled drafts, where it is at hand

SHARED = (
    Path(os.environ.get("REVIEW_FLOWS_SHARED", Path(__file__).parents[3] / "shared"))
    / "data"
    / "screening"
    / "docs_dev"
)


@pytest.mark.skipif(not SHARED.is_dir(), reason="labelled drafts are not at hand")
def test_planted_faults_of_the_labelled_drafts_are_found_without_false_alarms() -> None:
    import json

    labels = json.loads((SHARED / "labels.json").read_text("utf-8"))
    known = {label["rule"] for entry in labels.values() for label in entry["labels"]}
    wrong = {}
    for name, entry in labels.items():
        got = rules((SHARED / f"{name}.txt").read_text("utf-8"), date.fromisoformat(entry["as_of"])) & known
        wanted = {label["rule"] for label in entry["labels"]}
        if got != wanted:
            wrong[name] = (wanted, got)
    assert wrong == {}

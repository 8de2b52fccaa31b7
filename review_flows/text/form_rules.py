"""The rules about whole drafts as data: `catalogs/screening/form.yaml` → wording of findings and lists of words.

The four rules that clause screening knows, too (RF15, RF17, RF19, RF21) keep their wording in `clauses/`, read by
`redflag_catalog`. Refused with file and key: an unknown key, a missing text, an empty list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from review_flows.errors import CatalogError
from review_flows.law.strict import Fault, Section, YamlFault, parse
from review_flows.text import redflag_catalog
from review_flows.text.findings import Finding, Place, Severity
from review_flows.text.redflags import Rule

FILE = "screening/form.yaml"
SHARED_WITH_CLAUSES = ("RF15", "RF17", "RF19", "RF21")
DOCUMENT_RULES = (
    *("RF16", "RF18", "RF20", "RF22", "RF23", "DOC_UPPER", "DOC_ARTNO", "DOC_NUMFMT", "DOC_DATEORDER", "DOC_XREF"),
    *("DOC_LAWNAME", "DOC_LAWDATE", "DOC_AMENDED", "DOC_SHORTNAME", "DOC_ARTORDER"),
)
WORD_LISTS = (
    *(
        "temporary_bodies",
        "standing_bodies",
        "inner_units",
        "not_inner_units",
        "enterprises",
        "trial",
        "papers_with_rules",
    ),
    *("papers_without_rules", "legislation", "haste", "earlier", "old_papers", "contracts", "parties"),
)
_SEVERITIES = ("high", "medium", "low")
_NO_TEXTS: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """What a rule says to the reviewer; `hits` and `misses` are short drafts that it must and must not catch."""

    rule: str
    name: str
    severity: Severity
    citation: str
    message: str
    may_be_fine: str
    write_instead: str
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()

    def finding(self, place: Place, message: str = "", *, severity: Severity | None = None) -> Finding:
        """A finding of this rule; `message` replaces the general one where it can say more."""
        return Finding(
            rule=self.rule,
            severity=severity or self.severity,
            place=place,
            message=message or self.message,
            citation=self.citation,
            basis_cited=False,
            may_be_fine=self.may_be_fine,
            write_instead=self.write_instead,
        )


@dataclass(frozen=True)
class FormRules:
    """Wording by rule id, words by list."""

    wording: Mapping[str, Wording]
    words: Mapping[str, tuple[str, ...]]


def load(catalogs: Path) -> FormRules:
    """The rules of a catalogs folder, read once for each state of the file; CatalogError names every fault."""
    path = catalogs / FILE
    try:
        stat = path.stat()
    except OSError as error:
        raise CatalogError(FILE, "", "文件不存在或不能读取") from error
    own = _load(path, stat.st_mtime_ns, stat.st_size)
    shared = redflag_catalog.load(catalogs).rules
    lacking = [rule for rule in SHARED_WITH_CLAUSES if rule not in shared]
    if lacking:
        raise CatalogError("screening/clauses", lacking[0], "缺少这条规则")
    return FormRules({**own.wording, **{rule: _of_clause(shared[rule]) for rule in SHARED_WITH_CLAUSES}}, own.words)


def _of_clause(rule: Rule) -> Wording:
    return Wording(rule.id, rule.name, rule.severity, rule.citation, rule.message, rule.may_be_fine, rule.write_instead)


@lru_cache(maxsize=4)
def _load(path: Path, _changed: int, _size: int) -> FormRules:
    faults: list[Fault] = []
    try:
        raw = parse(path.read_text("utf-8"))
    except (YamlFault, UnicodeDecodeError) as error:
        raise CatalogError(FILE, "", f"不是可用的 YAML：{error}") from error
    top = Section.of(raw, "", faults)
    lists, rules = top.section("words"), top.section("rules")
    words = {name: lists.need(name, Section.texts, _NO_TEXTS) for name in WORD_LISTS}
    wording = {rule: _wording(rule, rules.section(rule)) for rule in DOCUMENT_RULES}
    for section in (lists, rules, top):
        section.asked.update(("words", "rules") if section is top else DOCUMENT_RULES if section is rules else ())
        section.close()
    if faults:
        raise CatalogError(FILE, faults[0].key, faults[0].reason)
    return FormRules(wording, words)


def _wording(rule: str, section: Section) -> Wording:
    texts = {
        key: section.need(key, Section.text, "")
        for key in ("name", "citation", "message", "may_be_fine", "write_instead")
    }
    severity = section.need("severity", lambda s, key: s.word(key, _SEVERITIES, "严重程度"), "low")
    hits, misses = (section.maybe(key, Section.texts, _NO_TEXTS) for key in ("hits", "misses"))
    section.close()
    return Wording(rule=rule, severity=cast(Severity, severity or "low"), hits=hits, misses=misses, **texts)

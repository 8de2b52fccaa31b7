"""The checks of whole contracts as data: `catalogs/screening/contracts.yaml` → words, limits and what findings say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from review_flows.errors import CatalogError
from review_flows.law.strict import Fault, Section, YamlFault, parse
from review_flows.text.findings import Finding, Place, Severity

FILE = "screening/contracts.yaml"
RULES = ("CT-09", "CT_MISSING", "CT_DISPUTE", "CT_BLANK", "CT_AMOUNT", "CT_PARTY")
_WORDS = ("arbitration", "litigation", "administrative", "not_names")
_SEVERITIES = ("high", "medium", "low")


@dataclass(frozen=True)
class Wording:
    """What a check says to the reviewer."""

    rule: str
    name: str
    severity: Severity
    citation: str
    message: str
    may_be_fine: str
    write_instead: str

    def finding(self, place: Place, message: str = "") -> Finding:
        """A finding; `message` replaces the general sentence where it can say more."""
        return Finding(
            self.rule,
            self.severity,
            place,
            message or self.message,
            self.citation,
            False,
            self.may_be_fine,
            self.write_instead,
        )


@dataclass(frozen=True)
class ContractRules:
    """For which papers the checks are, what a contract must contain, and the words by which it is told."""

    doc_types: tuple[str, ...]
    longest_payment_days: int
    required: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]
    wording: Mapping[str, Wording]


def load(catalogs: Path) -> ContractRules:
    """The contract checks of a catalogs folder, read once as long as the file stays as it is."""
    path = catalogs / FILE
    try:
        stat = path.stat()
    except OSError as error:
        raise CatalogError(FILE, "", "文件不存在或不能读取") from error
    return _load(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _load(path: Path, _changed: int, _size: int) -> ContractRules:
    faults: list[Fault] = []
    try:
        top = Section.of(parse(path.read_text("utf-8")), "", faults)
    except (YamlFault, UnicodeDecodeError) as error:
        raise CatalogError(FILE, "", f"不是可用的 YAML：{error}") from error
    required, rules = top.need("required", Section.section, top), top.need("rules", Section.section, top)
    found = ContractRules(
        doc_types=top.need("doc_types", Section.texts, ()),
        longest_payment_days=top.need("longest_payment_days", Section.whole, 0),
        required={name: _words(required, name) for name in required.raw},
        words={name: _words(top, name) for name in _WORDS},
        wording={rule: _wording(rule, rules.need(rule, Section.section, rules)) for rule in RULES},
    )
    for section in (required, rules, top):
        section.close()
    if faults:
        raise CatalogError(FILE, faults[0].key, faults[0].reason)
    return found


def _words(section: Section, key: str) -> tuple[str, ...]:
    return tuple(section.need(key, Section.text, "").split())


def _wording(rule: str, section: Section) -> Wording:
    keys = ("name", "citation", "message", "may_be_fine", "write_instead")
    texts = {key: section.need(key, Section.text, "") for key in keys}
    severity = section.need("severity", lambda s, key: s.word(key, _SEVERITIES, "严重程度"), "low")
    section.close()
    return Wording(rule=rule, severity=cast(Severity, severity or "low"), **texts)

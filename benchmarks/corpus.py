"""What a change of the screening rules gains and loses on real texts: `make corpus`.

Runs screening over the labelled clauses and the documents of `../shared/data` (or the folder given), holds the result
against the last run, prints the difference and keeps the new result in `out/corpus.json` (not with `--look`). A
rule change is reviewed with this table. Where the corpus is absent there is nothing to run over.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from review_flows.errors import ReviewFlowsError
from review_flows.text.clause_flags import Context
from review_flows.text.reading import read
from review_flows.text.screening import ScreeningRules, labels, load_rules, screen

ROOT = Path(__file__).parents[1]
ON = date(2026, 11, 23)  # the day on which the labelled set was made
MOST_SHOWN = 12

Run = dict[str, Any]


def run(corpus: Path, rules: ScreeningRules) -> Run:
    """Labels of every labelled clause; findings and citations of every document."""
    clauses = {row["id"]: _judged(row, rules) for row in _rows(corpus / "screening" / "dev.jsonl")}
    documents = {file.name: _screened(file, rules) for file in _texts(corpus)}
    return {"clauses": clauses, "documents": documents}


def _rows(file: Path) -> Iterable[dict[str, Any]]:
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return (json.loads(line) for line in lines if line.strip())


def _texts(corpus: Path) -> list[Path]:
    return sorted([*(corpus / "normative").glob("*.txt"), *(corpus / "contracts").glob("*.txt")])


def _judged(row: Mapping[str, Any], rules: ScreeningRules) -> Run:
    given = row["context"]
    as_of = date.fromisoformat(given["as_of"]) if given.get("as_of") else None
    texts = [given.get(key) or "" for key in ("doc_type", "document", "maker", "origin_level")]
    return {
        "text": row["text"],
        "wanted": row["labels"],
        "optional": row.get("optional") or [],
        "raised": labels(row["text"], Context(*texts, as_of), rules, on=ON),
    }


def _screened(file: Path, rules: ScreeningRules) -> Run:
    try:
        screened = screen(read(file.read_bytes(), file.name), rules, on=ON)
    except ReviewFlowsError as error:
        return {"refused": str(error), "findings": [], "citations": 0, "faulty": 0}
    return {
        "findings": [f"{one.rule}\t{one.place.article or ''}\t{one.place.text[:80]}" for one in screened.findings],
        "citations": len(screened.citations),
        "faulty": sum(bool(one.problems or one.fault) for one in screened.citations),
    }


def scores(clauses: Mapping[str, Run]) -> dict[str, Counter[str]]:
    """Hits, misses and false alarms by rule; an optional label counts neither way."""
    found: dict[str, Counter[str]] = {"hit": Counter(), "missed": Counter(), "false": Counter()}
    for clause in clauses.values():
        wanted, raised = set(clause["wanted"]), set(clause["raised"])
        found["hit"].update(wanted & raised)
        found["missed"].update(wanted - raised)
        found["false"].update(raised - wanted - set(clause["optional"]))
    return found


def clause_changes(before: Mapping[str, Run], after: Mapping[str, Run]) -> dict[str, list[str]]:
    """Sentences by what became of them: gained and lost hits, new and gone false alarms."""
    changes: dict[str, list[str]] = {"gained": [], "lost": [], "new false alarm": [], "false alarm gone": []}
    for identity, clause in after.items():
        was = set(before.get(identity, {"raised": ()})["raised"])
        now, wanted, optional = set(clause["raised"]), set(clause["wanted"]), set(clause["optional"])
        for rule in sorted(was ^ now):
            if rule in optional and rule not in wanted:
                continue
            kind = ("gained", "lost") if rule in wanted else ("new false alarm", "false alarm gone")
            changes[kind[rule not in now]].append(f"{rule} {identity} {clause['text'][:90]}")
    return changes


def document_changes(before: Mapping[str, Run], after: Mapping[str, Run]) -> dict[str, list[str]]:
    """Findings that documents have now and had not, and the other way round."""
    changes: dict[str, list[str]] = {"new": [], "gone": []}
    for name, document in after.items():
        was, now = Counter(before.get(name, {"findings": ()})["findings"]), Counter(document["findings"])
        changes["new"] += [f"{name[:30]}\t{one}" for one in (now - was).elements()]
        changes["gone"] += [f"{name[:30]}\t{one}" for one in (was - now).elements()]
    return changes


def report(before: Run | None, after: Run) -> str:
    """The table that is read with a rule change."""
    lines = _score_table(before["clauses"] if before else {}, after["clauses"])
    if before:
        lines += _shown("clauses", clause_changes(before["clauses"], after["clauses"]))
        lines += _shown("documents", document_changes(before["documents"], after["documents"]))
    else:
        lines.append("no earlier run: nothing to compare with")
    documents = after["documents"].values()
    found = sum(len(one["findings"]) for one in documents)
    cited, faulty = (sum(one[key] for one in documents) for key in ("citations", "faulty"))
    lines.append(f"{len(documents)} documents: {found} findings, {cited} citations, {faulty} of them with a fault")
    return "\n".join(lines)


def _score_table(before: Mapping[str, Run], after: Mapping[str, Run]) -> list[str]:
    now, was = scores(after), scores(before)
    lines = [f"{'rule':6} {'hits':>5} {'missed':>7} {'false':>6}   change of hits, false alarms"]
    for rule in sorted({rule for counts in now.values() for rule in counts}):
        change = (
            f"{now['hit'][rule] - was['hit'][rule]:+d}, {now['false'][rule] - was['false'][rule]:+d}" if before else ""
        )
        lines.append(f"{rule:6} {now['hit'][rule]:5} {now['missed'][rule]:7} {now['false'][rule]:6}   {change}")
    hit, missed, false = (sum(now[kind].values()) for kind in ("hit", "missed", "false"))
    if hit:
        lines.append(
            f"precision {hit / (hit + false):.1%}, recall {hit / (hit + missed):.1%} over {len(after)} clauses"
        )
    return lines


def _shown(what: str, changes: Mapping[str, list[str]]) -> list[str]:
    lines = []
    for kind, sentences in changes.items():
        lines.append(f"{what}, {kind}: {len(sentences)}")
        lines += [f"    {sentence}" for sentence in sentences[:MOST_SHOWN]]
        if len(sentences) > MOST_SHOWN:
            lines.append(f"    … and {len(sentences) - MOST_SHOWN} more")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--last", type=Path, default=ROOT / "out" / "corpus.json")
    parser.add_argument("--look", action="store_true", help="do not keep this run as the last one")
    given = parser.parse_args(arguments)
    if not given.corpus.exists():
        print(f"no corpus at {given.corpus}: nothing to run over", file=sys.stderr)
        return 0
    after = run(given.corpus, load_rules(ROOT / "catalogs"))
    before = json.loads(given.last.read_text("utf-8")) if given.last.exists() else None
    print(report(before, after))
    if not given.look:
        given.last.parent.mkdir(parents=True, exist_ok=True)
        given.last.write_text(json.dumps(after, ensure_ascii=False), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

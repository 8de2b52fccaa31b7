"""Screening beside the plain expressions of the red-flag list: seconds of the processor, ratio, memory.

`python benchmarks/bench_screening.py`. Texts: the normative documents of `../shared/data`; without them nothing is
measured, and that is said. The floor runs the expressions of `../shared/redflags.json` over the same sentences and does
nothing else (no reading, places, citations or form). Bounds: a draft of twenty pages 0.3 s, all documents 15 s, 200 MB;
beyond one of them the exit code is 1.
"""

import json
import re
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from review_flows.text.reading import read
from review_flows.text.screening import load_rules, screen

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
ON = date(2026, 11, 23)
PAGE = 700  # characters of an official page: 22 lines of 28, less headings and line ends
BOUNDS = {"twenty pages": 0.3, "all documents": 15.0}
MOST_MEMORY_MB = 200.0
_SENTENCE_END = re.compile(r"[。；\n]")


def main() -> int:
    texts = [path.read_text("utf-8") for path in sorted((SHARED / "data/normative").glob("*.txt"))]
    if not texts:
        print(f"nothing measured: no documents in {SHARED / 'data/normative'}")
        return 0
    rules = load_rules(ROOT / "catalogs")
    draft = "\n".join(texts)[: 20 * PAGE]
    expressions = [
        re.compile(row["regex"])
        for row in json.loads((SHARED / "redflags.json").read_text("utf-8"))["patterns"]
        if row.get("regex")
    ]

    def screened(parts: list[str]) -> Callable[[], object]:
        return lambda: [screen(read(text.encode(), "draft.txt"), rules, on=ON) for text in parts]

    def searched(parts: list[str]) -> Callable[[], object]:
        return lambda: [
            [one.search(sentence) for sentence in _SENTENCE_END.split(text) for one in expressions] for text in parts
        ]

    seconds(screened([draft]))  # what is read once is read
    failed = False
    for name, parts in (("twenty pages", [draft]), ("all documents", texts)):
        ours, floor = seconds(screened(parts)), seconds(searched(parts))
        failed |= ours > BOUNDS[name]
        print(
            f"{name} ({len(parts)} texts, {sum(map(len, parts)):,} characters): {ours:.2f} s, expressions alone "
            f"{floor:.2f} s, ratio {ours / floor:.1f}; allowed {BOUNDS[name]} s"
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory {memory:.0f} MB; allowed {MOST_MEMORY_MB:.0f} MB")
    return int(failed or memory > MOST_MEMORY_MB)


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())

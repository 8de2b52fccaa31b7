"""Redline against its goals: correctness, readability, alignment, speed, side by side with the installable peers.

Needs the judges, generators and law pairs in ../shared (redline/tools, data); LibreOffice is asked when installed.
Peers: `pip install "python-redlines[docxodus]" jubarte-redlines`, here or in the environment of --peers-python.

    python benchmarks/bench_redline.py [--seeds 3] [--peers-python PYTHON] [--no-libreoffice] [--no-peers]
"""

import argparse
import csv
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("REVIEW_FLOWS_SHARED", ROOT.parent / "shared"))
TOOLS, PAIRS = SHARED / "redline" / "tools", SHARED / "data" / "statute_pairs"
AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
WHOLE = re.compile(
    r"第[〇零一二三四五六七八九十百千0-9]+(?:条(?:之[一二三四五六七八九十]+)?|款|项)|《[^《》\n]+》|〔\d{4}〕\d+号"
    r"|\d{4}年\d{1,2}月\d{1,2}日|[〇零一二三四五六七八九十百千万亿\d]+(?:万|亿)?元|[A-Za-z]{2,}"
)


@dataclass
class Judged:
    """What the XML judge says of one corpus."""

    name: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seconds: float = 0

    def total(self, *keys: str) -> int:
        return sum(row[key] for row in self.rows for key in keys)

    @property
    def right(self) -> int:
        return sum(bool(row["accept_ok"] and row["reject_ok"]) for row in self.rows)

    @property
    def faults(self) -> int:
        return sum(bool(row["struct"]) for row in self.rows)

    @property
    def noise(self) -> float:
        return self.total("ins", "del", "mvf", "mvt") / max(1, self.total("lower"))

    @property
    def cost(self) -> int:
        return self.total("ins", "del", "mvf", "mvt") + 4 * self.total("hunks") + 8 * self.total("islands")

    @property
    def formatted(self) -> float:
        return min((min(row["accept_fmt"], row["reject_fmt"]) for row in self.rows), default=1.0)


def main() -> int:
    """Print the table of goals; 1 when a redline is wrong (a goal of speed or readability may be missed)."""
    options = _options()
    if not TOOLS.exists() or not PAIRS.exists():
        print(f"跳过：{SHARED} 里没有比对用的工具和法律文本。")
        return 0
    sys.path.insert(0, str(TOOLS))
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder), options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seeds", type=int, default=3, help="further generated corpora of 52 pairs each (20 make 1,000)"
    )
    parser.add_argument("--peers-python", default=sys.executable)
    parser.add_argument("--no-libreoffice", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    return parser.parse_args()


def _run(folder: Path, options: argparse.Namespace) -> int:
    corpora = {name: folder / name for name in ("micro", "sized", "statutes")}
    for name, place in corpora.items():
        _generate(name, place)
    _wml_pairs(corpora.setdefault("wml", folder / "wml"))
    judged = {name: _judge(name, place, folder / "ours") for name, place in corpora.items()}
    others = [_judge_seed(folder, seed) for seed in range(101, 101 + options.seeds)]
    peers = {} if options.no_peers else _peers(folder, corpora["statutes"], options.peers_python)
    rows = [
        *_correctness(judged, others),
        *_libreoffice(folder, corpora, skip=options.no_libreoffice),
        *_readability(judged["statutes"], folder / "ours" / "statutes", peers),
        *_alignment(folder / "alignment"),
        *_speed(corpora["sized"], folder, peers),
    ]
    _print(rows)
    wrong = [what for what, _, goal, good in rows if good is False and goal in ("all", "0", "1.000")]
    return 1 if wrong else 0


Row = tuple[str, str, str, bool | None]  # what, here, goal, reached (None: not measured)


def _print(rows: list[Row]) -> None:
    print(f"\n| {'what':<44} | {'here':<40} | {'goal':<28} | ok |\n|---|---|---|---|")
    for what, here, goal, good in rows:
        print(f"| {what:<44} | {here:<40} | {goal:<28} | {'–' if good is None else '✓' if good else '✗'} |")


# --- corpora ---


def _generate(mode: str, place: Path, *more: str) -> None:
    source = [str(PAIRS)] if mode == "statutes" else []
    command = [sys.executable, str(TOOLS / "gen_pairs.py"), mode, str(place), *source, "--src", str(PAIRS), *more]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _wml_pairs(place: Path) -> None:
    """The test pairs of WmlComparer, as folders of old.docx and new.docx."""
    docx = SHARED / "data" / "docx"
    with (docx / "peer_wmlcomparer" / "PAIRS.dev.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            pair = place / row["test_id"]
            pair.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(docx / row["original"], pair / "old.docx")
            shutil.copyfile(docx / row["revised"], pair / "new.docx")


def _pairs(place: Path) -> Iterator[Path]:
    return (old.parent for old in sorted(place.glob("*/old.docx")))


def _judge_seed(folder: Path, seed: int) -> Judged:
    place = folder / f"seed{seed}"
    _generate("micro", place, "--seed", str(seed))
    _generate("sized", place, "20", "60", "200", "--seed", str(seed))
    found = _judge(f"seed{seed}", place, folder / "ours")
    shutil.rmtree(place)
    return found


def _judge(name: str, corpus: Path, out: Path) -> Judged:
    import check_redline

    from review_flows.errors import ReviewFlowsError
    from review_flows.papers.redline import redline

    found = Judged(name)
    (out / name).mkdir(parents=True, exist_ok=True)
    for pair in _pairs(corpus):
        files = pair / "old.docx", pair / "new.docx"
        begun = time.process_time()
        try:
            made = redline(files[0].read_bytes(), files[1].read_bytes(), author="bench", at=AT)
        except ReviewFlowsError as error:
            found.refused.append(f"{pair.name}: {error}")
            continue
        found.seconds += time.process_time() - begun
        target = out / name / f"{pair.name}.docx"
        target.write_bytes(made.docx)
        found.rows.append({"pair": pair.name, **check_redline.check(*map(str, files), str(target))})
    for row in found.rows:
        if not (row["accept_ok"] and row["reject_ok"]) or row["struct"]:
            print(name, row["pair"], row.get("accept_diff"), row.get("reject_diff"), row["struct"])
    return found


# --- the rows of the table ---


def _correctness(judged: dict[str, Judged], others: list[Judged]) -> Iterator[Row]:
    for name, found in judged.items():
        here = f"{found.right}/{len(found.rows)}, refused {len(found.refused)}"
        yield f"XML round trip: {name}", here, "all", found.right == len(found.rows) and not found.refused
    right, count = sum(f.right for f in others), sum(len(f.rows) + len(f.refused) for f in others)
    yield "XML round trip: other seeds", f"{right}/{count}", "all", right == count if count else None
    everything = [*judged.values(), *others]
    formatted = min(found.formatted for name, found in judged.items() if name != "wml")
    yield "formatting restored both ways (worst file)", f"{formatted:.3f}", "1.000", formatted >= 0.9995
    faults = sum(found.faults for found in everything)
    yield "files with structural faults", str(faults), "0", faults == 0


def _libreoffice(folder: Path, corpora: dict[str, Path], *, skip: bool) -> Iterator[Row]:
    for name in ("micro", "statutes"):
        goal = "≥ 47/49" if name == "micro" else "all"
        if skip or (missing := _libreoffice_missing()):
            yield f"LibreOffice agrees: {name}", "not asked" if skip else f"not asked: {missing}", goal, None
            continue
        command = [sys.executable, str(TOOLS / "lo_check.py"), str(corpora[name]), str(folder / "ours"), name]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=1800).stdout
        rows = [json.loads(line) for line in (folder / "ours" / f"{name}.lo.jsonl").read_text("utf-8").splitlines()]
        agree = sum(all(row["loose"].values()) for row in rows)
        print(answer.strip())
        enough = agree >= 47 if name == "micro" else agree == len(rows)
        yield f"LibreOffice agrees: {name}", f"{agree}/{len(rows)}", goal, enough


def _libreoffice_missing() -> str:
    """What the machine lacks for asking LibreOffice: the program, or its bridge for the system's Python."""
    if not shutil.which("soffice"):
        return "no soffice"
    system = subprocess.run(["/usr/bin/python3", "-c", "import uno"], capture_output=True)
    return "python3-uno is not installed" if system.returncode else ""


def _readability(found: Judged, files: Path, peers: dict[str, Judged]) -> Iterator[Row]:
    cut, touched = _tokens_cut(files)
    whole = 1 - cut / max(1, touched)
    yield "numbers, dates, amounts, titles whole", f"{whole:.2%} of {touched}", "100 %", cut == 0
    islands = found.total("islands")
    yield "one-character islands on the laws", str(islands), "≤ 30", islands <= 30
    yield "noise on the laws", f"{found.noise:.3f}", "≤ 1.18", found.noise <= 1.18
    for name, peer in peers.items():
        ratio = found.cost / peer.cost
        here = f"{found.cost} : {peer.cost} = {ratio:.4f}"
        yield (
            f"reader cost against {name}",
            here,
            "≤ 0.85" if name == "docxodus" else "",
            (ratio <= 0.85 if name == "docxodus" else None),
        )
        yield (
            f"  {name}: noise, islands, round trip",
            (f"{peer.noise:.3f}, {peer.total('islands')}, {peer.right}/{len(peer.rows)}"),
            "",
            None,
        )


def _tokens_cut(files: Path) -> tuple[int, int]:
    """How many tokens are marked in part, and how many at all, in the paragraphs of these redlines."""
    import check_redline as judge

    cut = touched = 0
    for file in sorted(files.glob("*.docx")):
        document = judge.Docx(str(file))
        for paragraph in document.parts[document.main].iter(judge.w("p")):
            for hidden in (judge.INS, judge.DEL):
                text, marks = _marked_text(paragraph, hidden, judge)
                for match in WHOLE.finditer(text):
                    inside = set(marks[match.start() : match.end()])
                    touched += True in inside
                    cut += len(inside) > 1
    return cut, touched


def _marked_text(paragraph: Any, hidden: set[str], judge: Any) -> tuple[str, list[bool]]:
    """The text of one side of a paragraph, and for every character whether it is marked."""
    text, marks = "", list[bool]()
    for node in paragraph.iter(judge.w("t"), judge.w("delText")):
        above = {a.tag for a in node.iterancestors()}
        if above & hidden:
            continue
        text += node.text or ""
        marks += [bool(above & (judge.INS | judge.DEL))] * len(node.text or "")
    return text, marks


def _alignment(out: Path) -> Iterator[Row]:
    from review_flows.text.diff import compare
    from review_flows.text.reading import read

    truth = SHARED / "data" / "alignment" / "truth_hand"
    out.mkdir()
    once = 0
    laws = sorted(file.stem for file in truth.glob("*.tsv") if (PAIRS / file.stem).is_dir())
    for law in laws:
        old, new = (read((PAIRS / law / name).read_bytes(), name) for name in ("old.txt", "new.txt"))
        compared = compare(old, new)
        pairs = [{"old": a, "new": b} for a, b in compared.alignment()]
        (out / f"{law}.json").write_text(json.dumps(pairs, ensure_ascii=False), "utf-8")
        labels = [side.label for change in compared.changes for side in change.new]
        once += len(labels) == len(set(labels))
    command = [sys.executable, str(truth.parent / "score.py"), str(truth), str(out), "--pairs", str(PAIRS), "--json"]
    score = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    hand = score["recall_by_how"]["hand"]
    yield "alignment of articles: F1", f"{score['f1']:.4f} ({score['links']} links)", "≥ 0.998", score["f1"] >= 0.998
    yield "  rows read by hand", f"{hand:.4f}", "≥ 0.97", hand >= 0.97
    yield "  worst pair", f"{score['worst_f1']:.4f}", "≥ 0.95", score["worst_f1"] >= 0.95
    yield "  laws with every changed article once", f"{once}/{len(laws)}", "all", once == len(laws)


def _speed(sized: Path, folder: Path, peers: dict[str, Judged]) -> Iterator[Row]:
    from review_flows.papers.redline import redline

    for name, limit in (("n20", 0.05), ("n2000", 0.5)):
        old, new = ((sized / name / f"{side}.docx").read_bytes() for side in ("old", "new"))
        seconds = _best(lambda old=old, new=new: redline(old, new, author="bench", at=AT))
        yield f"{name} in process, CPU s (best of 3)", f"{seconds:.3f}", f"≤ {limit}", seconds <= limit
    command = [sys.executable, "-m", "review_flows.cli.main", "redline"]
    program = ROOT / ".venv" / "bin" / "review-flows"
    command = [str(program), "redline"] if program.exists() else command
    command += [str(sized / "n2000" / f"{side}.docx") for side in ("old", "new")]
    cpu, megabytes = _measured([*command, "--docx", str(folder / "n2000.docx")])
    yield "n2000 whole command, CPU s", f"{cpu:.2f}", "≤ 1.0", cpu <= 1.0
    yield "n2000 whole command, peak MB", f"{megabytes:.0f}", "≤ 150", megabytes <= 150
    for name, peer in peers.items():
        goal = name == "docxodus"
        yield (
            f"  {name} n2000, CPU s",
            f"{peer.seconds:.2f} = {peer.seconds / cpu:.1f} × ours",
            ("≥ 5 ×" if goal else ""),
            peer.seconds / cpu >= 5 if goal else None,
        )


def _best(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def _measured(command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak memory (MB) of a command, measured by a process of its own."""
    code = (
        "import resource,subprocess,sys;subprocess.run(sys.argv[1:],check=True,stdout=subprocess.DEVNULL);"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN);print(u.ru_utime+u.ru_stime,u.ru_maxrss/1024)"
    )
    answer = subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True, text=True)
    cpu, megabytes = answer.stdout.split()[-2:]
    return float(cpu), float(megabytes)


# --- peers ---


def _peers(folder: Path, statutes: Path, python: str) -> dict[str, Judged]:
    """The peers that are installed: their redlines of the laws judged, and their CPU seconds on n2000 in `seconds`."""
    import check_redline

    found: dict[str, Judged] = {}
    for name, module in (("docxodus", "python_redlines_docxodus"), ("jubarte", "jubarte_redlines")):
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode:
            print(f"{name}：没有安装，跳过")
            continue
        out = folder / name
        out.mkdir()
        pairs = list(_pairs(statutes))
        _peer(python, name, [(p / "old.docx", p / "new.docx", out / f"{p.name}.docx") for p in pairs])
        big = folder / "sized" / "n2000"
        judged = Judged(name, seconds=_peer(python, name, [(big / "old.docx", big / "new.docx", out / "n2000.docx")]))
        for pair in pairs:
            target = out / f"{pair.name}.docx"
            if target.exists():
                old, new = str(pair / "old.docx"), str(pair / "new.docx")
                judged.rows.append(check_redline.check(old, new, str(target)))
        found[name] = judged
    return found


def _peer(python: str, name: str, jobs: list[tuple[Path, Path, Path]]) -> float:
    """CPU seconds of a peer over these jobs, start-up included."""
    lines = "".join(json.dumps([str(file) for file in job]) + "\n" for job in jobs)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, str(TOOLS / "peers.py"), name], input=lines, capture_output=True, text=True, timeout=1800)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())

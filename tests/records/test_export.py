"""What strangers get: a bag that `sha256sum` checks, and a verifier on Python alone that finds what was changed."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from review_flows.errors import ReviewFlowsError
from review_flows.records.export import case_files, write_export
from review_flows.records.home import Home
from tests.records.tampering import Trail, a_trail, other_keys


@pytest.fixture
def trail(home: Home) -> Trail:
    return a_trail(home)


@pytest.fixture
def unpacked(trail: Trail, tmp_path: Path) -> Path:
    write_export(trail.home, tmp_path / "export.zip")
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        archive.extractall(tmp_path / "bag")
    return tmp_path / "bag"


def verifier(folder: Path, *options: str) -> tuple[int, str]:
    """What the handed-out verifier says, run without our packages."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_an_export_proves_itself_to_strangers(unpacked: Path) -> None:
    code, said = verifier(unpacked / "data")
    assert (code, said) == (0, "校验通过：13 条记录，4 个检查点。请与另存的检查点或文书上印的检查点比对。\n")


def test_an_export_is_a_valid_bag(unpacked: Path) -> None:
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        listed = dict(reversed(line.split("  ")) for line in (unpacked / manifest).read_text("utf-8").splitlines())
        assert listed == {name: hashlib.sha256((unpacked / name).read_bytes()).hexdigest() for name in listed}
    on_disk = {str(path.relative_to(unpacked)) for path in (unpacked / "data").rglob("*") if path.is_file()}
    manifest = (unpacked / "manifest-sha256.txt").read_text("utf-8")
    assert on_disk == {line.split("  ")[1] for line in manifest.splitlines()}
    octets = sum((unpacked / name).stat().st_size for name in on_disk)
    assert f"Payload-Oxum: {octets}.{len(on_disk)}" in (unpacked / "bag-info.txt").read_text("utf-8")


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is missing")
def test_sha256sum_checks_an_export(unpacked: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], cwd=unpacked)
    assert done.returncode == 0


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (path,) = folder.glob(name)
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return apply


def drop_line(name: str, number: int) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        lines = (folder / name).read_text("utf-8").splitlines(keepends=True)
        (folder / name).write_text("".join(lines[: number - 1] + lines[number:]), "utf-8")

    return apply


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (edit("entries.jsonl", '"person":"zhang"', '"person":"ghost"'), "第 6 条所记的前一条哈希与第 5 条不符"),
        (edit("entries.jsonl", '"case":"2026-ND-0001"', '"case": "2026-ND-0001"'), "第 3 条不是规范写法"),
        (drop_line("entries.jsonl", 5), "第 5 行的编号是 6：有缺漏或调换"),
        (drop_line("entries.jsonl", 13), "检查点签到第 13 条，记录却只到第 12 条：尾部被截去"),
        (drop_line("payloads.jsonl", 3), "条的附注多出或不见了"),
        (edit("payloads.jsonl", "依据充分", "依据不足"), "第 5 条的附注与其哈希不符"),
        (edit("checkpoints/000000000009.txt", "at 20", "at 19"), "第 9 条处的检查点签名无效"),
        (edit("entries.jsonl", "{", "["), "无法解读"),
    ],
)
def test_the_handed_out_verifier_finds_what_was_changed(
    unpacked: Path, change: Callable[[Path], None], sentence: str
) -> None:
    change(unpacked / "data")
    code, said = verifier(unpacked / "data")
    assert code == 1
    assert sentence in said
    assert "Traceback" not in said


def test_a_key_kept_elsewhere_shows_that_the_key_was_replaced(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "known.pub").write_text(other_keys(tmp_path / "other").public_key)
    code, said = verifier(unpacked / "data", "--key", str(tmp_path / "known.pub"))
    assert code == 1
    assert "第 1 条所记的密钥不是这个公钥" in said
    assert "签名无效" in said


def test_one_case_is_proved_against_the_whole(trail: Trail, tmp_path: Path) -> None:
    for name, content in case_files(trail.home, "2026-ND-0001").items():
        path = tmp_path / "case" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert verifier(tmp_path / "case") == (
        0,
        "校验通过：5 条记录，1 个检查点。请与另存的检查点或文书上印的检查点比对。\n",
    )
    bodies = (tmp_path / "case" / "entries.jsonl").read_text("utf-8")
    assert bodies.count('"case":"2026-ND-0001"') == 5
    (tmp_path / "case" / "entries.jsonl").write_text(bodies.replace('"zhang"', '"ghost"', 1), "utf-8")
    code, said = verifier(tmp_path / "case")
    assert (code, said) == (1, "第 5 条不在检查点所签的记录之中，内容被改动或是伪造。\n")


def test_that_it_was_exported_is_an_entry(trail: Trail, tmp_path: Path) -> None:
    sealed = write_export(trail.home, tmp_path / "export.zip")
    assert trail.body(sealed.size)["event"] == "audit.exported"


def test_an_export_that_cannot_be_written_is_one_sentence(trail: Trail, tmp_path: Path) -> None:
    with pytest.raises(ReviewFlowsError, match="无法写入"):
        write_export(trail.home, tmp_path / "missing" / "export.zip")

"""A submission folder, read whole and unchanged: its files by relative path, and the one hash that it is known by.

The folder is never written to. What cannot be read safely (links out of it, too much, changed meanwhile) is
an IntakeError.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from review_flows.errors import IntakeError

# Documented in docs/limits.md.
MAX_FILES = 200
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_FOLDER_BYTES = 200 * 1024 * 1024
SUBMISSION = "submission.yaml"
# What office programs and file managers leave behind is not part of a submission.
_LITTER = ("~$", ".DS_Store", "Thumbs.db", "desktop.ini", ".~lock.")


@dataclass(frozen=True)
class Folder:
    """What a folder held when it was read. `sha256` covers the relative names and the bytes of all files."""

    path: Path
    files: dict[str, bytes]
    sha256: str

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def submission(self) -> str:
        """The text of submission.yaml; IntakeError where it is missing or no UTF-8."""
        data = self.files.get(SUBMISSION)
        if data is None:
            raise IntakeError(self.name, f"文件夹里没有 {SUBMISSION}，无法知道送审什么事项。请补上后重新放入。")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise IntakeError(
                SUBMISSION, f"不是 UTF-8 编码（第 {error.start + 1} 字节处）。请另存为 UTF-8。"
            ) from error


def read_folder(path: Path) -> Folder:
    """The folder as it stands; IntakeError where it is not readable, too large, or changes while it is read."""
    if not path.is_dir():
        raise IntakeError(str(path), "不是文件夹。请指明放有 submission.yaml 的文件夹。")
    try:
        before = _listing(path)
        files = {name: (path / name).read_bytes() for name in before}
        after = _listing(path)
    except FileNotFoundError as error:
        raise IntakeError(_name_of(error, path), "读取过程中被移走了。请等文件复制完成后再送。") from error
    except OSError as error:
        raise IntakeError(_name_of(error, path), "读不出来，可能没有读取权限或磁盘有误。请检查后再送。") from error
    if after != before or any(len(files[name]) != size for name, (size, _) in before.items()):
        raise IntakeError(path.name, "读取过程中文件发生了变化。请等文件复制完成后再送。")
    return Folder(path, files, _fingerprint(files))


def _name_of(error: OSError, path: Path) -> str:
    return Path(error.filename).name if isinstance(error.filename, str) else path.name


def fingerprint_of_listing(path: Path) -> tuple[tuple[str, int, int], ...]:
    """A cheap sign of change for those who wait until a folder rests: names, sizes, times of its files."""
    return tuple((name, size, changed) for name, (size, changed) in sorted(_listing(path).items()))


def _listing(path: Path) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    total = 0
    for name in _file_names(path):
        stat = (path / name).stat()
        found[name] = (stat.st_size, stat.st_mtime_ns)
        total += stat.st_size
        _check_limits(path.name, name, len(found), stat.st_size, total)
    return found


def _check_limits(folder: str, name: str, count: int, size: int, total: int) -> None:
    if count > MAX_FILES:
        raise IntakeError(folder, f"文件超过 {MAX_FILES} 个。请只放本次送审的材料。")
    if size > MAX_FILE_BYTES:
        raise IntakeError(name, f"单个文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB。请压缩图片或拆分后再送。")
    if total > MAX_FOLDER_BYTES:
        raise IntakeError(folder, f"材料合计超过 {MAX_FOLDER_BYTES // 1024 // 1024} MB。请压缩图片或分次补充。")


def _file_names(path: Path) -> Iterator[str]:
    for root, folders, names in os.walk(path, followlinks=False):
        for entry in (*folders, *names):
            _check_entry(Path(root) / entry)
        folders.sort()
        for name in sorted(names):
            if not name.startswith(_LITTER):
                yield (Path(root) / name).relative_to(path).as_posix()


def _check_entry(entry: Path) -> None:
    """Files and folders only: a link leads out of the folder, and reading a pipe or a device may never end."""
    if entry.is_symlink():
        raise IntakeError(entry.name, "是指向别处的链接。请放入文件本身。")
    if entry.exists() and not entry.is_file() and not entry.is_dir():
        raise IntakeError(entry.name, "不是普通文件。请只放文件本身。")


def _fingerprint(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()

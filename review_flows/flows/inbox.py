"""The folder for drafts (docs_in): a sub-folder is taken once its submission.yaml is there and nothing in it has
changed for five seconds. It is never touched; its receipt (回执: case number and what lacks, or the reason) is
HOME/receipts/NAME.txt.
"""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from review_flows.cases.case import Submission
from review_flows.cases.folder import SUBMISSION, fingerprint_of_listing, read_folder
from review_flows.cases.intake import take_folder
from review_flows.errors import ReviewFlowsError
from review_flows.flows.place import Place
from review_flows.flows.steps import ARRIVALS
from review_flows.records.database import reading
from review_flows.records.documents import write_durably

QUIET_SECONDS = 5.0
_LOOK_EVERY_SECONDS = 1.0
_log = logging.getLogger(__name__)

Listing = tuple[tuple[str, int, int], ...]


@dataclass
class _Seen:
    """A folder as it was last listed, since when it looks so, and whether it has been dealt with as it is."""

    listing: Listing
    since: float
    is_done: bool = False


class Inbox(threading.Thread):
    """Watches docs_in until it is stopped."""

    def __init__(self, place: Place) -> None:
        super().__init__(name="inbox", daemon=True)
        self._place = place
        self._folder = place.settings.docs_in
        self._seen: dict[str, _Seen] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        self._folder.mkdir(parents=True, exist_ok=True)
        while not self._stopping.wait(_LOOK_EVERY_SECONDS):
            self.look(time.monotonic())

    def stop(self) -> None:
        """End after what it is doing."""
        self._stopping.set()
        self.join()

    def look(self, at: float) -> list[Path]:
        """Take every folder that has rested long enough; returns those taken. `at` counts seconds from anywhere."""
        present = {folder.name: folder for folder in _submissions(self._folder)}
        self._seen = {name: seen for name, seen in self._seen.items() if name in present}
        due = [folder for name, folder in sorted(present.items()) if self._is_due(name, folder, at)]
        for folder in due:
            self._seen[folder.name].is_done = True
            self._take(folder)
        return due

    def _is_due(self, name: str, folder: Path, at: float) -> bool:
        try:
            listing: Listing = fingerprint_of_listing(folder)
        except ReviewFlowsError as error:
            listing = ((str(error), 0, 0),)  # too much of it: also a state in which it can rest
        except OSError:
            return False  # it is being moved away or written at this moment
        seen = self._seen.get(name)
        if seen is None or seen.listing != listing:
            self._seen[name] = _Seen(listing, at)
            return False
        return not seen.is_done and at - seen.since >= QUIET_SECONDS

    def _take(self, folder: Path) -> None:
        receipt = self._place.home.receipts / f"{folder.name}.txt"
        if receipt.exists() and self._was_taken(folder):
            return
        try:
            home, catalogs = self._place.home, self._place.catalogs
            taken = take_folder(home, catalogs, folder, now=home.now(), arrivals=ARRIVALS)
            text = taken.text(catalogs)
        except ReviewFlowsError as error:
            text = f"没有登记：{error}\n"
        except Exception:  # noqa: BLE001  # files are hostile until read: one folder must not stop the intake of others
            _log.exception("%s", folder)
            text = "没有登记：读取时程序出错，原因已记入日志。请把文件夹移出，联系管理员。\n"
        write_durably(receipt, text.encode(), mode=0o644)
        _log.info("%s: %s", folder.name, text)

    def _was_taken(self, folder: Path) -> bool:
        """Whether exactly these files were dealt with before, by an earlier process."""
        try:
            sha256 = read_folder(folder).sha256
        except ReviewFlowsError:
            return False
        with reading(self._place.home.engine) as session:
            return session.get(Submission, sha256) is not None


def _submissions(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if not entry.is_symlink() and (entry / SUBMISSION).is_file()]

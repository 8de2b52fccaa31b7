"""What time it is: the system's clock, or on a demo home the clock in a file, which somebody moves on.

REVIEW_FLOWS_CLOCK names the file; it holds one instant (RFC 3339). A demo goes through weeks of deadlines in a
minute by `move()`-ing it. It never goes back. Home accepts it only where the home was opened for demonstration.
"""

from datetime import datetime
from pathlib import Path

from review_flows.errors import SettingsError
from review_flows.records.database import CHINA, instant_text
from review_flows.records.documents import write_durably


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant in +08:00."""
        return datetime.now(CHINA)


class FileClock:
    """The clock in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._latest: datetime | None = None

    def now(self) -> datetime:
        """The instant in the file; raises SettingsError where it is none, or lies before one already seen."""
        shown = read(self.path)
        if self._latest is not None and shown < self._latest:
            raise SettingsError(
                "REVIEW_FLOWS_CLOCK",
                f"{self.path} 从 {self._latest.isoformat()} 退回到了 {shown.isoformat()}；演示时钟只能向前。",
            )
        self._latest = shown
        return shown


Clock = SystemClock | FileClock


def read(path: Path) -> datetime:
    """The instant in a clock file, in +08:00."""
    try:
        shown = datetime.fromisoformat(path.read_text("utf-8").strip())
    except FileNotFoundError as error:
        raise SettingsError("REVIEW_FLOWS_CLOCK", f"没有时钟文件 {path}。") from error
    except ValueError as error:
        raise SettingsError("REVIEW_FLOWS_CLOCK", f"{path} 中应是一个时刻，例如 2026-11-23T09:00:00+08:00。") from error
    if shown.tzinfo is None:
        raise SettingsError("REVIEW_FLOWS_CLOCK", f"{path} 中的时刻没有写明时区，例如 2026-11-23T09:00:00+08:00。")
    return shown.astimezone(CHINA)


def move(path: Path, to: datetime) -> datetime:
    """The instant that the clock file now shows: `to`, or where it stood if that is later."""
    later = max(to, read(path)) if path.exists() else to
    write_durably(path, (instant_text(later) + "\n").encode())
    return later.astimezone(CHINA)

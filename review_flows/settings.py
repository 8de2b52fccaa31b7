"""Where things are: settings from the environment, else from `review_flows.toml` in the working folder, else defaults.

| environment | in review_flows.toml | meaning |
|---|---|---|
| REVIEW_FLOWS_HOME | home | the folder that holds everything the system writes (default ./var) |
| REVIEW_FLOWS_DATABASE_URL | database_url | records on PostgreSQL instead of the SQLite file in the home |
| REVIEW_FLOWS_CATALOGS | catalogs | the law data (default ./catalogs, else the folder beside the package) |
| REVIEW_FLOWS_DOCS_IN | docs_in | where drafts are dropped (default ./docs_in) |
| REVIEW_FLOWS_PREFECT_PORT | prefect_port | the Prefect server on loopback (default 4200) |
| REVIEW_FLOWS_DOCUMENTS_PORT | documents_port | the document server on loopback (default 4280) |
| REVIEW_FLOWS_CLOCK | clock | a demo home's own clock, see records/clock.py |
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from review_flows.errors import SettingsError

_KEYS = ("home", "database_url", "catalogs", "docs_in", "prefect_port", "documents_port", "clock")


@dataclass(frozen=True)
class Settings:
    """All settings of one installation; paths are absolute."""

    home: Path
    database_url: str | None
    catalogs: Path
    docs_in: Path
    prefect_port: int = 4200
    documents_port: int = 4280
    clock: Path | None = None


def load(environment: Mapping[str, str] = os.environ, folder: Path | None = None) -> Settings:
    """The settings in force; raises SettingsError for an unknown key, a bad port or a missing catalogs folder."""
    here = folder or Path.cwd()
    values = _from_file(here / "review_flows.toml")
    for key in _KEYS:
        if given := environment.get(f"REVIEW_FLOWS_{key.upper()}"):
            values[key] = given
    return Settings(
        home=_path(values.get("home"), here / "var", here),
        database_url=values.get("database_url"),
        catalogs=_path(values.get("catalogs"), _default_catalogs(here), here),
        docs_in=_path(values.get("docs_in"), here / "docs_in", here),
        prefect_port=_port(values, "prefect_port", 4200),
        documents_port=_port(values, "documents_port", 4280),
        clock=_path(values["clock"], here, here) if "clock" in values else None,
    )


def _from_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), f"不是有效的 TOML 文件（{error}）。") from error
    for key in found:
        if key not in _KEYS:
            raise SettingsError(f"{path} 的 {key}", f"没有这一项；可用的是 {'、'.join(_KEYS)}。")
    return {key: str(value) for key, value in found.items()}


def _path(given: str | None, default: Path, here: Path) -> Path:
    return (here / given).resolve() if given else default.resolve()


def _default_catalogs(here: Path) -> Path:
    beside_the_package = Path(__file__).resolve().parent.parent / "catalogs"
    return here / "catalogs" if (here / "catalogs").is_dir() else beside_the_package


def _port(values: Mapping[str, str], key: str, default: int) -> int:
    given = values.get(key, str(default))
    if not given.isascii() or not given.isdecimal() or not 0 < int(given) < 65536:
        raise SettingsError(key, f"“{given}”不是端口号（1–65535）。")
    return int(given)

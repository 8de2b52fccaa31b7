"""Applies migrations: one transaction, under the write lock, so that of several processes only one migrates."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Engine

from review_flows.errors import ReviewFlowsError
from review_flows.records.database import writing_engine


def scripts() -> ScriptDirectory:
    """All migrations, as Alembic knows them."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def run(engine: Engine, before: str | None) -> None:
    """Bring the database from `before` to the newest revision; raises if it was made by another version."""
    found = scripts()
    try:
        _run(engine, found)
    except (ResolutionError, CommandError) as error:
        raise ReviewFlowsError(
            f"数据库的结构版本 {before} 不是本程序认识的版本：它由更新的（或未发布的）版本建立，"
            "请用相应版本打开，或另设数据目录。"
        ) from error


def _run(engine: Engine, found: ScriptDirectory) -> None:
    context = EnvironmentContext(Config(), found, fn=lambda at, _: found._upgrade_revs("head", at))
    with writing_engine(engine).begin() as connection:
        context.configure(connection=connection)
        with context:
            context.run_migrations()

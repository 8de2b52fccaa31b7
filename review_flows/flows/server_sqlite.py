"""How Prefect's server uses its SQLite file: writers queue up from their first statement, and wait for moments only.

Prefect begins most transactions DEFERRED and lets SQLite wait up to a minute for the write lock. Seen under load, about
once in ten sign-offs: two transactions had read, the second to write failed ("database is locked") and left its cursor
to the garbage collector; the collector, on the thread of the event loop, closed that cursor while the cursor's
connection waited for the lock; whoever held the lock needed the event loop to go on. The server stood still for a
minute.

So: BEGIN IMMEDIATE wherever Prefect begins a transaction, which spares nearly all of those failures; and half a second
of waiting at most. Who waited in vain is answered 503 and comes back (Prefect's client and ours both do).
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import set_database_config
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

_BUSY_MILLISECONDS = 500


class QueueingSqlite(AioSqliteConfiguration):
    """Prefect's SQLite configuration with the two differences above."""

    def setup_sqlite(self, conn: Any, record: Any) -> None:
        """As Prefect prepares a new connection, and then our patience."""
        super().setup_sqlite(conn, record)
        cursor = conn.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        cursor.close()

    @asynccontextmanager
    async def begin_transaction(
        self, session: AsyncSession, with_for_update: bool = False
    ) -> AsyncGenerator[AsyncSessionTransaction, None]:
        """A transaction that holds the write lock from the start."""
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            yield transaction


def use_queueing_sqlite(connection_url: str) -> None:
    """Have the server in this process use it; before anything of the server is imported that opens its database."""
    set_database_config(QueueingSqlite(connection_url=connection_url))

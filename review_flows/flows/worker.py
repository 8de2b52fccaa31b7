"""The warm Prefect worker: drives the flows of this package in threads of one process that has imported everything
once.

A worker type is an extension point of Prefect (entry point `prefect.collections`), so pools, deployments,
schedules, limits and the UI stay as they are; only the start of a fresh process for every drive is saved: 2 s of
import and 100 MB each. What it drives is code of this package alone (`_trusted`), so a thread is isolation enough.
A process worker drives the same deployments where that is preferred; they name their flows by file.

How many runs go at once is the pool's limit on the server: a limit of the worker itself crashed workers when
resumes met it.
"""

import asyncio
import contextlib
import logging
import signal
import threading
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any
from uuid import UUID

import anyio
import anyio.abc
from anyio import to_thread
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, WorkPool
from prefect.exceptions import Abort, ObjectNotFound, Pause
from prefect.flow_engine import run_flow_sync
from prefect.flows import Flow
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

from review_flows.flows.liveness import this_process, worker_name
from review_flows.flows.worker_names import POOL, TYPE

_PACKAGE_FOLDER = "review_flows/flows/"
_log = logging.getLogger(__name__)


class WarmConfiguration(BaseJobConfiguration):
    """What a drive needs besides its run: nothing. No process is made, so no environment and no command."""

    @classmethod
    async def resolve_for_flow_run(
        cls,
        flow_run: FlowRun,
        *,
        client: PrefectClient,
        work_pool: WorkPool,
        worker_name: str,
        worker_id: Any = None,
        deployment: Any = None,
    ) -> "WarmConfiguration":
        """The configuration, without the two reads of the server that a process would need for its environment."""
        return cls(name=flow_run.name)


class WarmResult(BaseWorkerResult):
    """How a drive ended; the run's own state says the rest."""


class WarmWorker(BaseWorker[WarmConfiguration, BaseVariables, WarmResult]):
    """Drives trusted flows in this process."""

    type = TYPE
    job_configuration = WarmConfiguration
    job_configuration_variables = BaseVariables
    _description = "法审：在一个常驻进程内驱动流程"
    _display_name = "Review flows"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._flows: dict[Any, Flow[..., Any]] = {}

    async def run(
        self, flow_run: FlowRun, configuration: WarmConfiguration, task_status: anyio.abc.TaskStatus[Any] | None = None
    ) -> WarmResult:
        """Drive the run until it suspends or ends."""
        flow = await self._flow_of(flow_run)
        await to_thread.run_sync(drive, flow, flow_run)
        if task_status is not None:
            task_status.started(this_process())
        return WarmResult(identifier=this_process(), status_code=0)

    async def _propose_pending_state(self, flow_run: FlowRun) -> bool:
        """Take the run over, and say first who does: by this the reconciler tells a slow drive from a dead one."""
        try:
            await self.client.update_flow_run(flow_run.id, infrastructure_pid=this_process())
        except ObjectNotFound:
            return False  # it was deleted just now
        return await super()._propose_pending_state(flow_run)

    async def _give_worker_labels_to_flow_run(self, flow_run_id: UUID) -> None:
        """Nothing: each needless write of a drive is one more that SQLite may find locked."""

    async def _propose_submitting_state(self, flow_run: FlowRun) -> None:
        """Nothing: a drive in this process is not on its way to anywhere."""

    async def _flow_of(self, flow_run: FlowRun) -> Flow[..., Any]:
        if flow_run.deployment_id not in self._flows:
            if flow_run.deployment_id is None:
                raise RuntimeError("only runs of a deployment are driven here")
            deployment = await self.client.read_deployment(flow_run.deployment_id)
            self._flows[flow_run.deployment_id] = _trusted(deployment.entrypoint or "")
        return self._flows[flow_run.deployment_id]


def _trusted(entrypoint: str) -> Flow[..., Any]:
    """The flow that a deployment names (`review_flows/flows/human_step.py:human_step`); it must be of this room."""
    file, _, name = entrypoint.partition(":")
    if not file.startswith(_PACKAGE_FOLDER) or not file.endswith(".py") or ".." in file:
        raise RuntimeError(f"not a flow of this package: {entrypoint}")
    found = getattr(import_module(file.removesuffix(".py").replace("/", ".")), name)
    if not isinstance(found, Flow):
        raise RuntimeError(f"not a flow: {entrypoint}")
    return found


def drive(flow: Flow[..., Any], flow_run: FlowRun) -> None:
    """Run the flow in this thread; a suspension is a regular end of it, and a failure stands in the run's state.

    The run is handed over without its deployment: Prefect would open a web socket per drive to hear of suspensions from
    outside, and half a second's drive has no use for one (measured: 0.3 s of each drive).
    """
    with contextlib.suppress(Pause, Abort):
        run_flow_sync(
            flow,
            flow_run=flow_run.model_copy(update={"deployment_id": None}),
            parameters=flow_run.parameters,
            return_type="state",
        )


def work() -> None:
    """Set right what went wrong meanwhile, then drive runs until SIGTERM (the child's side)."""
    from review_flows.flows.advance import Follower
    from review_flows.flows.place import here
    from review_flows.flows.reconcile import TAKING_OVER, set_right

    follower = Follower(here())
    set_right()
    # A run that the last worker had just begun is too young at the start to be told from one that is being driven.
    once_more = threading.Timer(TAKING_OVER.total_seconds() + 1, set_right)
    once_more.daemon = True
    once_more.start()
    follower.start()
    with without_heartbeats():
        asyncio.run(_work_until_told())
    once_more.cancel()
    follower.stop()


def without_heartbeats() -> AbstractContextManager[Any]:
    """No heartbeat thread per drive: each would be joined for up to a second after a drive that takes a third of one.

    Prefect takes no "never" from the environment, only from its settings in the process.
    """
    return temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})


async def _work_until_told() -> None:
    worker = WarmWorker(work_pool_name=POOL, name=worker_name(), create_pool_if_not_found=False)
    working = asyncio.create_task(worker.start(printer=_log.info))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working

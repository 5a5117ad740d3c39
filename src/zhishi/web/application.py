"""Putting the house together: services, rooms, duties, the ASGI application."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from fastapi import FastAPI

from zhishi import __version__
from zhishi.after.scoring import api as scoring_api
from zhishi.after.scoring.duties import SheetAllocation
from zhishi.before.exams import api as exams_api
from zhishi.before.staff import api as staff_api
from zhishi.day.binding.states import PhoneStates
from zhishi.day.flow import api as flow_api
from zhishi.day.flow import home_api, login_api, phone_api, verification_api
from zhishi.day.flow.releases import Releases
from zhishi.day.help import api as help_api
from zhishi.day.identity import staff_api as verifications_api
from zhishi.day.interruptions import api as interruptions_api
from zhishi.day.invigilation import api as invigilation_api
from zhishi.day.publication import api as publication_api
from zhishi.day.quality.frames import figures_of
from zhishi.day.quality.sampling import PictureSampling
from zhishi.day.receipts import api as receipts_api
from zhishi.day.recording import api as recording_api
from zhishi.day.recording import staff_api as recordings_api
from zhishi.day.recording.heartbeats import Heartbeats
from zhishi.day.recording.ingest import Ingest
from zhishi.day.recording.inspection import Inspector
from zhishi.day.recording.reading import Reader
from zhishi.day.recording.settling import Settler
from zhishi.day.rescue import api as rescue_api
from zhishi.day.rescue.receiving import Dock
from zhishi.foundation.adapters.blobs import open_blobs
from zhishi.foundation.adapters.bus import MemoryBus
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.adapters.folder_lock import FolderLock
from zhishi.foundation.adapters.jobs import Reconciler
from zhishi.foundation.adapters.parts import Journal, ObjectParts
from zhishi.foundation.edge import refusals
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.clock import Clock, SystemClock
from zhishi.foundation.ports import Blobs, Duty, PartStore
from zhishi.foundation.settings import Settings, load_keys
from zhishi.foundation.vision.pool import VisionPool
from zhishi.web import demo_api, pages
from zhishi.web.middleware import BodyLimit, Edge

log = structlog.get_logger()

ROOMS: tuple[Door, ...] = (
    recording_api.door,  # first: the busiest routes are found soonest
    exams_api.door,
    staff_api.door,
    login_api.door,
    flow_api.door,
    phone_api.door,
    verification_api.door,
    home_api.door,
    help_api.door,
    recordings_api.door,
    receipts_api.door,
    interruptions_api.door,
    rescue_api.door,
    publication_api.door,
    invigilation_api.door,
    verifications_api.door,
    scoring_api.door,
    pages.door,
)


@dataclass
class House:
    """A running installation: its services, and what must be stopped in order.

    Engines that were lent to it stay open for the houses after it.
    """

    services: Services
    reconciler: Reconciler
    inspector: Inspector
    vision: VisionPool
    lock: FolderLock
    engines_lent: bool = False

    async def close(self) -> None:
        """Stop: no more duties, then what was handed in becomes durable, then the stores close."""
        await self.reconciler.stop()
        await self.services.get(Ingest).close()
        await self.services.get(Heartbeats).drain()
        await self.services.get(PhoneStates).drain()
        await self.services.get(Releases).drain()
        if not self.engines_lent:
            self.inspector.close()
            await self.vision.close()
        await self.services.parts.close()
        await self.services.database.close()
        self.lock.release()


def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    demo: bool = False,
    engines: tuple[VisionPool, Inspector] | None = None,
) -> House:
    """Open everything that the settings name. The clock is given here and nowhere else.

    `engines` lends worker processes that outlive the house, since each takes seconds to start. Raises
    `FolderInUse` if another process runs on the data folder.
    """
    settings.make_data_dir()
    lock = FolderLock(settings.data_dir)
    # What a killed process left half-built here is worth nothing: the parts are still in their journal.
    shutil.rmtree(settings.scratch, ignore_errors=True)
    settings.scratch.mkdir()
    clock, bus = clock or SystemClock(), MemoryBus()
    database = Database(settings.database, bus=bus)
    blobs = open_blobs(settings)
    parts = _open_parts(settings, blobs)
    reconciler = Reconciler(clock)
    services = Services(
        settings=settings,
        clock=clock,
        keys=load_keys(settings),
        database=database,
        blobs=blobs,
        parts=parts,
        bus=bus,
        jobs=reconciler,
        demo=demo,
    )
    vision, inspector = engines or (VisionPool(workers=settings.vision_workers), Inspector())
    services.provide(Ingest(database, parts, clock, reconciler))
    services.provide(Heartbeats(database, clock))
    services.provide(PhoneStates(database, clock))
    services.provide(Releases(database))
    services.provide(Dock(settings.scratch, most=settings.package_max_bytes, reserve=settings.package_reserve_bytes))
    services.provide(vision)
    _register_duties(services, reconciler, inspector)
    return House(services, reconciler, inspector, vision, lock, engines_lent=engines is not None)


def _open_parts(settings: Settings, blobs: Blobs) -> PartStore:
    """The journal beside local blobs; objects where the blobs are on S3."""
    if (settings.blobs_url or "file://").startswith("s3://"):
        return ObjectParts(blobs)
    return Journal(settings.data_dir / "journal")


def _register_duties(services: Services, reconciler: Reconciler, inspector: Inspector) -> None:
    settler = Settler(
        database=services.database,
        blobs=services.blobs,
        parts=services.parts,
        clock=services.clock,
        ingest=services.get(Ingest),
        inspector=inspector,
        scratch=services.settings.scratch,
    )
    allocation = SheetAllocation(services.database, services.clock)
    sampling = PictureSampling(
        services.database, Reader(services.blobs, services.parts), services.clock, partial(inspector.run, figures_of)
    )
    reconciler.register(Duty("settle", settler.due, settler.settle))
    reconciler.register(Duty("free", settler.due_to_free, settler.free))
    reconciler.register(Duty("look_at_pictures", sampling.due, sampling.look))
    reconciler.register(Duty("allocate_sheets", allocation.due, allocation.allocate))


def create_app(house: House) -> FastAPI:
    """The ASGI application over an open house. The house closes with the application."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        house.reconciler.start()
        yield
        await house.close()

    # A little more than a segment may have, so that its own route is first to say that it is too large.
    body_max = house.services.settings.segment_max_bytes + 2**20
    app = FastAPI(
        title="zhishi",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        separate_input_output_schemas=False,
    )
    app.state.services = house.services
    refusals.install(app)
    for door in (*ROOMS, *([demo_api.door] if house.services.demo else [])):
        app.router.routes.extend(door.router.routes)
    pages.install(app.router)
    # Counted as it comes, so that a body without Content-Length has its limit too; a declared one is refused before.
    counting = frozenset({rescue_api.IMPORT_ROUTE})
    app.add_middleware(BodyLimit, most=body_max, counting=counting)
    app.add_middleware(Edge, https=house.services.settings.public_https, put_max=body_max, counting=counting)
    return app

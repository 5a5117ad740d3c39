"""`zhishi demo`: a whole exam on this machine, on SQLite and local files, with no other server."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from zhishi.before.exams.queries import SittingFacts, sitting_facts
from zhishi.cli import demo_world
from zhishi.cli.serving import make_server
from zhishi.foundation.adapters.folder_lock import FolderLock
from zhishi.foundation.settings import Settings
from zhishi.migrations import upgrade
from zhishi.web.application import House, open_house
from zhishi.web.demo_guide import DemoStore

MARKER = "demo.json"
# Here from the first moment until the world is whole: a demonstration that was broken off while it was made is not
# somebody else's folder.
BEGUN = "demo.begun"
# The demonstration prints passwords and lets anybody log in as staff: never on another interface.
HOST = "127.0.0.1"


class DemoRefused(Exception):
    """The demonstration cannot be run as asked; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What was asked for on the command line."""

    starts_in: timedelta
    answer: timedelta
    candidates: int
    photos: Path | None
    port: int
    data: Path
    fresh: bool
    print_json: Path | None


async def run_demo(options: DemoOptions) -> None:
    """Seed or continue the demonstration and serve it. Raises `DemoRefused`."""
    continued = _prepare_folder(options)
    # Built without reading the environment: the demonstration must never touch an installation's data.
    settings = Settings.model_construct(data_dir=options.data, host=HOST, port=options.port)
    house = open_house(settings, demo=True)
    try:
        await upgrade(house.services.database)
        await house.vision.warm_up()
        store = await (_continue(options) if continued else _begin(house, options))
    except BaseException:
        await house.close()
        if not continued:
            shutil.rmtree(options.data)
        raise
    (options.data / BEGUN).unlink(missing_ok=True)
    house.services.provide(store)
    async with house.services.database.reading() as session:
        held_in = await sitting_facts(session, store.world.sitting_id)

    def announce(port: int) -> None:
        facts = _describe(store, held_in, port)
        if options.print_json is not None:
            _write_whole(options.print_json, json.dumps(facts, ensure_ascii=False, indent=1) + "\n")
        _print(facts)

    server = make_server(house, host=HOST, port=options.port, on_ready=announce)
    await server.serve()


def _prepare_folder(options: DemoOptions) -> bool:
    """Whether the folder holds a demonstration to continue. Raises `DemoRefused` for somebody else's folder."""
    folder = options.data
    if folder.exists() and not folder.is_dir():
        raise DemoRefused(f"{folder} is not a folder")
    whole, begun = (folder / MARKER).is_file(), (folder / BEGUN).is_file()
    if folder.is_dir() and any(folder.iterdir()) and not (whole or begun):
        raise DemoRefused(f"{folder} was not made by the demo and stays untouched: name another folder with --data")
    if whole and not options.fresh:
        return True
    if whole or begun:
        FolderLock(folder).release()
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / BEGUN).touch()
    return False


def _write_whole(path: Path, text: str) -> None:
    """Write a file that whoever waits for it sees whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text)
    part.replace(path)


async def _continue(options: DemoOptions) -> DemoStore:
    try:
        return DemoStore.load(options.data / MARKER)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DemoRefused(f"{options.data / MARKER} cannot be read ({error}): begin anew with --fresh") from error


async def _begin(house: House, options: DemoOptions) -> DemoStore:
    services = house.services
    photographs = []
    if options.photos is not None:
        if not options.photos.is_dir():
            raise DemoRefused(f"{options.photos} is no folder of pictures")
        try:
            photographs = await demo_world.take_photographs(services, options.photos)
        except demo_world.PhotographRefused as refused:
            raise DemoRefused(str(refused)) from refused
    now = services.clock.now()
    # A whole second, never less than asked for: T0 is told and shown to the second.
    starts = (now + options.starts_in + timedelta(milliseconds=999)).replace(microsecond=0)
    async with services.database.writing() as session:
        world = await demo_world.seed(
            session,
            services,
            photographs=photographs,
            candidates=options.candidates,
            starts=starts,
            timings=demo_world.timings_for(options.starts_in, options.answer),
            now=now,
        )
    return DemoStore(options.data / MARKER, world)


def _describe(store: DemoStore, held_in: SittingFacts, port: int) -> dict[str, object]:
    base, schedule = f"http://{HOST}:{port}", held_in.schedule
    assert schedule is not None
    return {
        "base_url": base,
        "candidate_url": f"{base}/",
        "phone_url": f"{base}/phone",
        "console_url": f"{base}/console",
        "sitting": {"starts_at": _iso(schedule.starts), "ends_at": _iso(schedule.ends)},
        "staff": [{"role": one.role, "username": one.username, "password": one.password} for one in store.world.staff],
        "candidates": [
            {
                "name": one.name,
                "ticket": one.ticket,
                "id_tail": one.id_tail,
                "home_secret": one.home_secret,
                "photo": one.photo,
            }
            for one in store.world.candidates
        ],
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _print(facts: dict[str, object]) -> None:
    staff, candidates, sitting = facts["staff"], facts["candidates"], facts["sitting"]
    assert isinstance(staff, list)
    assert isinstance(candidates, list)
    assert isinstance(sitting, dict)
    starts = datetime.fromisoformat(sitting["starts_at"]).astimezone()
    lines = [
        "",
        f"智试演示已启动 / the demonstration is running: {facts['base_url']}/demo",
        f"  考生 candidates  {facts['candidate_url']}",
        f"  手机 phone       {facts['phone_url']}",
        f"  工作人员 staff   {facts['console_url']}",
        f"  开考 T0          {starts:%H:%M:%S}",
        "",
        *(f"  {one['role']:<14} {one['username']:<13} {one['password']}" for one in staff),
        "",
        *(
            f"  准考证号 {one['ticket']}  证件后六位 {one['id_tail']}  首页口令 {one['home_secret']}  {one['name']}"
            for one in candidates[:5]
        ),
        f"  … {len(candidates)} 名考生，全部见 / all at {facts['base_url']}/demo",
        "",
        "  Ctrl-C 停止；再次运行会接着用同一份数据 / Ctrl-C stops; running again continues.",
    ]
    typer.echo("\n".join(lines))

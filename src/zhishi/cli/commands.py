"""The commands."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from pydantic import ValidationError

from zhishi import __version__
from zhishi.cli.demo import DemoOptions, DemoRefused, run_demo
from zhishi.cli.doctor import examine
from zhishi.cli.durations import parse_duration
from zhishi.cli.logs import configure_logs
from zhishi.cli.receipts import examine_receipt
from zhishi.cli.serving import make_server
from zhishi.cli.verify import verify_recordings
from zhishi.day.rescue.imports import import_package
from zhishi.day.rescue.schemas import PackageImport
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.adapters.folder_lock import FolderInUse
from zhishi.foundation.edge.refusals import explain
from zhishi.foundation.settings import Settings, SettingsRefused
from zhishi.migrations import revisions, upgrade
from zhishi.web.application import House, create_app, open_house

app = typer.Typer(
    name="zhishi",
    help="智试：线上视频面试考试系统。An open system for online video interview examinations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def main() -> None:
    """智试 zhishi."""


def _settings() -> Settings:
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            field = "_".join(map(str, problem["loc"])).upper()
            typer.echo(f"ZHISHI_{field}: {problem['msg']}" if field else problem["msg"], err=True)
        raise typer.Exit(2) from None
    configure_logs(level=settings.log_level, format_name=settings.log_format)
    return settings


class NotMigrated(Exception):
    """The database is not at this version's tables."""


@contextmanager
def _told_in_words() -> Iterator[None]:
    """What an operator can mend is told in a sentence, not in a traceback."""
    try:
        yield
    except (SettingsRefused, FolderInUse, DemoRefused, NotMigrated) as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from None


async def _open_migrated(settings: Settings) -> House:
    """Open an installation. Raises `NotMigrated`, `FolderInUse`, `SettingsRefused`."""
    house = open_house(settings)
    present, newest = await revisions(house.services.database)
    if present != newest:
        await house.close()
        raise NotMigrated(f"the database is at {present}, this version needs {newest}: run `zhishi migrate`")
    return house


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@app.command()
def migrate() -> None:
    """Bring the database to this version's tables. Safe to run again."""
    settings = _settings()

    async def run() -> None:
        settings.make_data_dir()
        database = Database(settings.database)
        try:
            await upgrade(database)
            typer.echo(f"database is at {(await revisions(database))[0]}")
        finally:
            await database.close()

    asyncio.run(run())


@app.command()
def serve() -> None:
    """Run the server on the settings' address; the database must be migrated."""
    settings = _settings()

    async def run() -> None:
        house = await _open_migrated(settings)
        await house.vision.warm_up()
        await make_server(house, host=settings.host, port=settings.port).serve()

    with _told_in_words():
        uvloop.run(run())


@app.command()
def demo(
    starts_in: Annotated[str, typer.Option(help="time from now to T0: 90s, 5m")] = "5m",
    answer: Annotated[str, typer.Option(help="answering time")] = "15m",
    candidates: Annotated[int, typer.Option(min=1, max=500)] = 20,
    photos: Annotated[
        Path | None, typer.Option(help="folder of pictures; each becomes a candidate, its file stem the name")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port")] = 8000,
    data: Annotated[Path, typer.Option(help="data folder; the same again continues it")] = Path("demo-data"),
    fresh: Annotated[bool, typer.Option("--fresh", help="begin anew in a folder that the demo made")] = False,
    print_json: Annotated[Path | None, typer.Option(help="write addresses and logins here once it runs")] = None,
) -> None:
    """A whole exam on this machine: seeded, running, with its logins printed."""
    options = DemoOptions(
        starts_in=parse_duration(starts_in),
        answer=parse_duration(answer),
        candidates=candidates,
        photos=photos,
        port=port,
        data=data,
        fresh=fresh,
        print_json=print_json,
    )
    configure_logs(level="warning", format_name="console")
    with _told_in_words():
        uvloop.run(run_demo(options))


@app.command()
def doctor() -> None:
    """Look at the installation: settings, database, stores, engines, front end. Exit 1 if something is missing."""
    settings = _settings()
    findings = asyncio.run(examine(settings))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name:<12} {finding.text}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


verify_app = typer.Typer(help="Check what is stored, or a receipt.", invoke_without_command=True)
app.add_typer(verify_app, name="verify")


@verify_app.callback()
def verify(context: typer.Context) -> None:
    """Read every stored byte of every recording and compare it with the digest that was acknowledged."""
    if context.invoked_subcommand is not None:
        return
    settings = _settings()

    async def run() -> bool:
        house = await _open_migrated(settings)
        try:
            report = await verify_recordings(house.services)
        finally:
            await house.close()
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
        return report.sound

    with _told_in_words():
        sound = asyncio.run(run())
    if not sound:
        raise typer.Exit(1)


@verify_app.command("receipt")
def verify_receipt(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the JSON receipt")],
    key: Annotated[
        str | None, typer.Option(help="the house's public key (base64), from its operator and not from the receipt")
    ] = None,
    recordings: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="folder of downloaded recordings (.mp4)")
    ] = None,
) -> None:
    """Check a receipt offline, and recordings against it byte by byte. Exit 1 if anything is wrong."""
    outcome = examine_receipt(file, key=key, recordings=recordings)
    for line in outcome.lines:
        typer.echo(line)
    if not outcome.sound:
        raise typer.Exit(1)


import_app = typer.Typer(help="Take in what came another way than over the network.", no_args_is_help=True)
app.add_typer(import_app, name="import")


@import_app.command("package")
def import_one_package(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the package that a candidate exported")],
) -> None:
    """Import a package of footage. Prints what became of it; exit 1 if it, or anything in it, could not be taken."""
    settings = _settings()

    async def run() -> PackageImport:
        house = await _open_migrated(settings)
        try:
            return await import_package(house.services, file, actor=audit.SYSTEM)
        finally:
            await house.close()

    with _told_in_words():
        try:
            done = asyncio.run(run())
        except FolderInUse as running:
            raise FolderInUse(f"{running}, or import the package on its console, under technical support") from None
        except Exception as error:
            refused = explain(error)
            if refused is None:
                raise
            typer.echo(f"{refused.zh}\n{refused.en}\n{refused.code} {json.dumps(refused.detail)}", err=True)
            raise typer.Exit(1) from None
    typer.echo(json.dumps(done.model_dump(mode="json"), ensure_ascii=False))
    if done.broken_count or done.refused_count or done.broken_off:
        raise typer.Exit(1)


@app.command()
def openapi(target: Annotated[Path | None, typer.Argument(help="file; default: standard output")] = None) -> None:
    """Write the description of the HTTP interface, from which the front end's types are generated."""
    with tempfile.TemporaryDirectory() as folder:

        async def run() -> str:
            house = open_house(Settings(data_dir=Path(folder)), demo=True)
            try:
                return json.dumps(create_app(house).openapi(), ensure_ascii=False, indent=1, sort_keys=True)
            finally:
                await house.close()

        text = asyncio.run(run())
    if target is None:
        sys.stdout.write(text + "\n")
    else:
        target.write_text(text + "\n")

"""Which engines the house has, and whether they are there: for `zhishi doctor` and every examination."""

from __future__ import annotations

import functools
import importlib.metadata
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from zhishi.foundation.vision.engine import Engine, EngineMissing
from zhishi.foundation.vision.engines import dlib_points, dlib_resnet, yuface

_log = logging.getLogger(__name__)


class EngineModule(Protocol):
    """What a file in `engines/` offers."""

    @property
    def ENGINE(self) -> Engine:  # noqa: N802 — a constant of the module
        """What the engine is."""
        ...

    def __hash__(self) -> int: ...

    def load(self) -> Any:
        """The engine, ready for work; any exception means that it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class EngineReport:
    """Whether an engine can be used here; `problem` says why not."""

    engine: Engine
    present: bool
    installed_version: str | None
    problem: str | None


ENGINE_MODULES: Final[tuple[EngineModule, ...]] = (yuface, dlib_points, dlib_resnet)
"""Every engine that the house knows."""

_BY_NAME: Final = {module.ENGINE.name: module for module in ENGINE_MODULES}


def ready(name: str) -> Any:
    """The engine `name`, loaded once a process; `EngineMissing` if package or weights are not as measured."""
    return _load(_BY_NAME[name])


def report_engines(modules: Iterable[EngineModule] = ENGINE_MODULES) -> tuple[EngineReport, ...]:
    """Try every engine and say which are present. Never raises: a missing engine is an answer."""
    return tuple(_report(module) for module in modules)


@functools.cache
def _load(module: EngineModule) -> Any:
    name = module.ENGINE.name
    try:
        return module.load()
    except EngineMissing as missing:
        _log.warning("vision engine %s is missing: %s", name, missing.problem)
        raise
    except Exception as failure:
        # A package can fail in ways of its own: an ImportError for a missing shared library, a RuntimeError
        # from dlib's reader. To the caller they are one thing: this engine is not there.
        _log.warning("vision engine %s does not load: %s", name, failure)
        raise EngineMissing(name, f"{type(failure).__name__}: {failure}") from failure


def _report(module: EngineModule) -> EngineReport:
    engine = module.ENGINE
    try:
        _load(module)
    except EngineMissing as missing:
        return EngineReport(engine, False, _installed(engine), missing.problem)
    return EngineReport(engine, True, _installed(engine), None)


def _installed(engine: Engine) -> str | None:
    try:
        return importlib.metadata.version(engine.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None

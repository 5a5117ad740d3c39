"""What an engine is: the package, the weights and the figures behind one way of seeing."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured property of an engine, and on what it was measured."""

    what: str
    value: str
    measured_on: str


@dataclass(frozen=True, slots=True)
class Weights:
    """A file inside an installed package. `sha256` is the digest of the only content we have measured."""

    package: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Engine:
    """One way of seeing something, bound to exactly one weight file."""

    name: str
    use: str
    distribution: str
    version: str
    weights: Weights
    licence: str
    figures: tuple[Figure, ...]

    @property
    def signature(self) -> str:
        """Name, version and start of the weights' digest: two embeddings compare only under the same one."""
        return f"{self.name} {self.version} {self.weights.sha256[:8]}"


class EngineMissing(Exception):
    """An engine cannot be used: its package, its file or the file's content is not what was measured."""

    def __init__(self, engine: str, problem: str) -> None:
        super().__init__(engine, problem)
        self.engine = engine
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.engine}: {self.problem}"


def weights_path(engine: Engine) -> Path:
    """Where the engine's weight file lies; `EngineMissing` if it is absent.

    The package is located, not imported: importing `face_recognition_models` needs `pkg_resources`, which
    setuptools no longer ships.
    """
    spec = importlib.util.find_spec(engine.weights.package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    for place in places:
        path = Path(place) / engine.weights.path
        if path.is_file():
            return path
    raise EngineMissing(engine.name, f"{engine.weights.package}/{engine.weights.path} is not installed")


def verified_weights(engine: Engine) -> Path:
    """The weight file, after its SHA-256 was compared; `EngineMissing` on a mismatch."""
    path = weights_path(engine)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != engine.weights.sha256:
        raise EngineMissing(engine.name, f"{path.name} has SHA-256 {found}, not {engine.weights.sha256}")
    return path

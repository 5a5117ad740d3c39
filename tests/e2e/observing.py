"""What the devices showed, seen from beside the recorder: frames of camera and screen with the moment they came."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page

from tests.factories.fake_camera import read_counter

WIDTH, HEIGHT = 640, 480

# Keeps the stream that the browser hands to the page, so that the test can look at the same frames as the recorder.
KEEP_STREAMS = """
for (const [name, ask] of Object.entries({ camera: 'getUserMedia', screen: 'getDisplayMedia' })) {
  const given = navigator.mediaDevices[ask].bind(navigator.mediaDevices)
  navigator.mediaDevices[ask] = async (...wishes) => {
    const stream = await given(...wishes)
    if (stream.getVideoTracks().length) (globalThis.keptStreams ??= {})[name] = stream
    return stream
  }
}
"""

_WATCH = """
async ([name, seconds, width, height]) => {
  const video = document.createElement('video')
  video.muted = true
  video.srcObject = new MediaStream(globalThis.keptStreams[name].getVideoTracks())
  await video.play()
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  const seen = [], until = performance.now() + seconds * 1000
  const look = (now) => {
    context.drawImage(video, 0, 0, width, height)
    const pixels = context.getImageData(0, 0, width, height).data
    const grey = new Uint8Array(width * height)
    for (let i = 0; i < grey.length; i++) grey[i] = (pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2]) / 3
    let text = ''
    for (let i = 0; i < grey.length; i += 8192) text += String.fromCharCode(...grey.subarray(i, i + 8192))
    seen.push([(performance.timeOrigin + now) / 1000, btoa(text)])
  }
  await new Promise((done) => {
    const next = (now) => { look(now); now < until ? video.requestVideoFrameCallback(next) : done() }
    video.requestVideoFrameCallback(next)
  })
  video.srcObject = null
  return seen
}
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame that a device showed: the moment (Unix seconds) and its grey picture."""

    at: float
    picture: npt.NDArray[np.uint8]


def watch(page: Page, name: str, *, seconds: float) -> list[Sight]:
    """Look at a device's frames for a while, beside whatever the page does with them."""
    found = page.evaluate(_WATCH, [name, seconds, WIDTH, HEIGHT])
    return [Sight(at, np.frombuffer(base64.b64decode(data), np.uint8).reshape(HEIGHT, WIDTH)) for at, data in found]


def counter_of(picture: npt.NDArray[np.uint8]) -> int | None:
    """The number that the fake camera wrote into a frame."""
    return read_counter(picture)


def turn_of(picture: npt.NDArray[np.uint8]) -> float:
    """How far the pie on Chromium's fake screen is filled, 0 to 1; it turns once in a few seconds."""
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)
    height, width = grey.shape
    angles = np.deg2rad(np.arange(0, 360, 0.5) + 0.25)
    # Half the pie's radius: a quarter of the height holds it whole.
    radius = height / 8
    rows = (height / 2 + radius * np.sin(angles)).astype(int)
    columns = (width / 2 + radius * np.cos(angles) * (width / height) / (16 / 9)).astype(int)
    values = grey[rows, columns].astype(float)
    return float(np.mean(values > (values.min() + values.max()) / 2)) if np.ptp(values) > 20 else 0.0

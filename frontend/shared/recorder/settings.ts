export interface PictureSettings {
  /** Largest picture; a larger one is scaled down, a smaller one is kept. */
  width: number
  height: number
  frameRate: number
  /** Bits per second. */
  bitrate: number
}

export interface RecordingSettings {
  segmentMs: number
  camera: PictureSettings
  screen: PictureSettings
  /** The second camera's picture, which may stand upright: then so do these bounds. */
  phone: PictureSettings
  /** Bits per second of the Opus track that travels with camera and phone. */
  audioBitrate: number
}

/** Sizes and rates measured in `design/recording.md`; about 110 KB per segment of camera or phone, 90 KB of screen at most. */
export const RECORDING_SETTINGS: RecordingSettings = {
  segmentMs: 2_000,
  camera: { width: 640, height: 480, frameRate: 15, bitrate: 450_000 },
  screen: { width: 1280, height: 720, frameRate: 5, bitrate: 350_000 },
  phone: { width: 640, height: 480, frameRate: 15, bitrate: 450_000 },
  audioBitrate: 32_000,
}

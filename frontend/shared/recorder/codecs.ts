import type { PictureSettings } from './settings'

export type VideoCodecName = 'avc' | 'vp9' | 'av1'

export interface VideoChoice {
  name: VideoCodecName
  config: VideoEncoderConfig
}

/**
 * In the order of what players decode best. VP8 is left out: browsers refuse it inside MP4. H.264 level 3.1 and the
 * others' equivalents carry 1280×720 at 30 frames.
 */
const CANDIDATES: readonly [VideoCodecName, string][] = [
  ['avc', 'avc1.64001f'],
  ['avc', 'avc1.4d001f'],
  ['avc', 'avc1.42e01f'],
  ['vp9', 'vp09.00.31.08'],
  ['av1', 'av01.0.05M.08'],
]

/** The first encoder that this browser offers for the picture, or null. `software` avoids a faulty hardware encoder. */
export async function chooseVideoConfig(picture: PictureSettings, software: boolean): Promise<VideoChoice | null> {
  for (const [name, codec] of CANDIDATES) {
    const config: VideoEncoderConfig = {
      codec,
      width: picture.width,
      height: picture.height,
      bitrate: picture.bitrate,
      framerate: picture.frameRate,
      bitrateMode: 'variable',
      // No B-frames and no look-ahead: a segment is whole as soon as its last frame is.
      latencyMode: 'realtime',
      hardwareAcceleration: software ? 'prefer-software' : 'no-preference',
      ...(name === 'avc' ? { avc: { format: 'avc' as const } } : {}),
    }
    try {
      if ((await VideoEncoder.isConfigSupported(config)).supported) return { name, config }
    } catch {
      // A codec string the browser has never heard of.
    }
  }
  return null
}

export function opusConfig(bitrate: number): AudioEncoderConfig {
  return { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, bitrate }
}

import {
  BufferTarget,
  CmafOutputFormat,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Output,
} from 'mediabunny'
import { dateInit, numberedFragment } from './boxes'
import type { VideoCodecName } from './codecs'

/** One encoded frame or sound packet. Times are server time in ms; those of pictures are whole numbers. */
export interface Packet {
  atMs: number
  durationMs: number
  key: boolean
  /** A key frame that was asked for: a segment begins here. Encoders put in others of their own accord. */
  cut: boolean
  bytes: Uint8Array
}

export interface Formats {
  videoCodec: VideoCodecName
  video: VideoDecoderConfig
  /** Null when the track carries no sound. */
  audio: AudioDecoderConfig | null
}

/** With a thousand units a second the picture's clock is exact in the milliseconds that the headers speak. */
const MILLISECOND_RATE = 1_000

/**
 * One segment as bytes, with its init. Each is muxed by an output of its own, as mediabunny's HLS writer does: nothing
 * of an earlier segment stays in memory, and a segment decodes behind the init whatever happened to its neighbours.
 */
export async function muxFragment(
  formats: Formats,
  video: readonly Packet[],
  audio: readonly Packet[],
  sequence: number,
): Promise<{ init: Uint8Array; bytes: Uint8Array }> {
  const initTarget = new BufferTarget()
  const target = new BufferTarget()
  const output = new Output({ format: new CmafOutputFormat(), target, initTarget })
  const pictures = new EncodedVideoPacketSource(formats.videoCodec)
  output.addVideoTrack(pictures, { frameRate: MILLISECOND_RATE, decoderConfig: formats.video })
  const sound = formats.audio ? new EncodedAudioPacketSource('opus') : null
  if (sound) output.addAudioTrack(sound, { decoderConfig: formats.audio! })
  await output.start()
  for (const packet of video) await pictures.add(encoded(packet), { decoderConfig: formats.video })
  for (const packet of sound ? audio : []) await sound!.add(encoded(packet), { decoderConfig: formats.audio! })
  await output.finalize()
  const init = new Uint8Array(initTarget.buffer!)
  dateInit(init, video[0]!.atMs)
  return { init, bytes: numberedFragment(new Uint8Array(target.buffer!), sequence) }
}

function encoded(packet: Packet): EncodedPacket {
  return new EncodedPacket(packet.bytes, packet.key ? 'key' : 'delta', packet.atMs / 1000, packet.durationMs / 1000)
}

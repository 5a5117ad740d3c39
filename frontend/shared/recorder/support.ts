import { chooseVideoConfig, opusConfig } from './codecs'

export interface RecordingSupport {
  ok: boolean
  /** Names of what is missing, for the page to explain: `secure_context`, `video_encoder`, … */
  missing: string[]
}

const PROBE_PATIENCE_MS = 5_000

/** Whether this browser can record as the exam needs it. Answers within a few hundred ms, asks for no permission. */
export async function recordingSupport(): Promise<RecordingSupport> {
  const missing: string[] = []
  const need = (name: string, there: boolean): void => {
    if (!there) missing.push(name)
  }
  need('secure_context', window.isSecureContext)
  need('workers', typeof Worker === 'function' && typeof MessageChannel === 'function')
  need('locks', 'locks' in navigator)
  need('camera', typeof navigator.mediaDevices?.getUserMedia === 'function')
  need('screen', typeof navigator.mediaDevices?.getDisplayMedia === 'function')
  need('track_processor', 'MediaStreamTrackProcessor' in globalThis)
  need('audio_context', 'AudioContext' in globalThis)
  need('video_encoder', 'VideoEncoder' in globalThis && (await canEncodeVideo()))
  need('audio_encoder', 'AudioEncoder' in globalThis && (await canEncodeAudio()))
  need('private_files', typeof Worker === 'function' && (await hasPrivateFiles()))
  return { ok: missing.length === 0, missing }
}

async function canEncodeVideo(): Promise<boolean> {
  const picture = { width: 1280, height: 720, frameRate: 5, bitrate: 350_000 }
  return (await chooseVideoConfig(picture, false)) !== null
}

async function canEncodeAudio(): Promise<boolean> {
  try {
    return (await AudioEncoder.isConfigSupported(opusConfig(32_000))).supported === true
  } catch {
    return false
  }
}

/** Synchronous file handles exist only in workers, so one is asked. No answer counts as no. */
async function hasPrivateFiles(): Promise<boolean> {
  if (typeof navigator.storage?.getDirectory !== 'function') return false
  const worker = new Worker(new URL('./support.worker.ts', import.meta.url), { type: 'module', name: 'zhishi-support' })
  try {
    return await new Promise<boolean>((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<boolean>) => resolve(data)
      worker.onerror = () => resolve(false)
      setTimeout(() => resolve(false), PROBE_PATIENCE_MS)
    })
  } finally {
    worker.terminate()
  }
}

/** Walks and mends ISO base media boxes (ISO/IEC 14496-12): 32-bit size, type, content. */

interface Box {
  type: string
  start: number
  end: number
}

function* boxesIn(bytes: Uint8Array, from = 0, to = bytes.length): Generator<Box> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let start = from; start + 8 <= to; ) {
    const size = view.getUint32(start)
    const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8))
    const end = size === 0 ? to : start + size
    if (end <= start || end > to) return
    yield { type, start, end }
    start = end
  }
}

/**
 * The segment from its `moof` on, numbered. Every segment is muxed alone and would call itself the first fragment;
 * joined behind the init they must count up. The index box before `moof` would point wrongly once joined.
 */
export function numberedFragment(segment: Uint8Array, sequence: number): Uint8Array {
  for (const box of boxesIn(segment)) {
    if (box.type !== 'moof') continue
    const fragment = segment.slice(box.start)
    for (const inner of boxesIn(fragment, 8, box.end - box.start)) {
      // mfhd: size, type, version and flags, then the sequence number.
      if (inner.type === 'mfhd') new DataView(fragment.buffer).setUint32(inner.start + 12, sequence)
    }
    return fragment
  }
  throw new Error('segment without moof')
}

/** Seconds from 1904-01-01, where these boxes count from, to 1970-01-01. */
const EPOCH_1904_S = 2_082_844_800
const DATED = new Set(['mvhd', 'tkhd', 'mdhd'])
const PARENTS = new Set(['moov', 'trak', 'mdia'])

/** Writes the server's time in place of the device's into every creation and modification date of an init segment. */
export function dateInit(init: Uint8Array, unixMs: number): void {
  const seconds = Math.floor(unixMs / 1000) + EPOCH_1904_S
  const view = new DataView(init.buffer, init.byteOffset, init.byteLength)
  const visit = (from: number, to: number): void => {
    for (const box of boxesIn(init, from, to)) {
      if (PARENTS.has(box.type)) visit(box.start + 8, box.end)
      if (!DATED.has(box.type)) continue
      const wide = init[box.start + 8] === 1
      for (const at of wide ? [12, 20] : [12, 16]) {
        if (wide) view.setBigUint64(box.start + at, BigInt(seconds))
        else view.setUint32(box.start + at, seconds)
      }
    }
  }
  visit(0, init.length)
}

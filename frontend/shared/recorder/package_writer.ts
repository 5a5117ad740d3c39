import type { PackageKey } from '../api/types'

/**
 * Writes `zhishi package 1`: footage encrypted to the house's public key, so that whoever carries the file can neither
 * read nor change it. The format stands on the server, at the head of `zhishi.day.rescue.packages`; in short: a header in
 * plain text, and records under AES-256-GCM whose key comes from ECDH (P-256) with a pair made for this package alone.
 * Every record knows its number and whether it is the last, so none can be taken out, moved or left off unseen.
 */

const FORMAT = 'zhishi package 1'
const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const
const NONCE_BYTES = 12

export interface PackageHeader {
  attempt_id: string
  device: 'computer' | 'phone'
  made_ms: number
  /** How many items follow; exactly so many must be written. */
  items: number
  /** The sum of their sizes in bytes. */
  size: number
}

type Bytes = Uint8Array<ArrayBuffer>

export class PackageWriter {
  private number = 0

  private constructor(
    private readonly key: CryptoKey,
    private readonly digest: Bytes,
    private readonly items: number,
    /** What has been written, in order. Each piece is a blob of its own, so that memory need not hold it. */
    private readonly pieces: Blob[],
  ) {}

  /** Throws what WebCrypto throws where the key is no point on the curve. */
  static async open(house: PackageKey, header: PackageHeader, uploadToken: string): Promise<PackageWriter> {
    const own = await crypto.subtle.generateKey(CURVE, false, ['deriveBits'])
    const ephemeral = new Uint8Array(await crypto.subtle.exportKey('raw', own.publicKey))
    const said = { format: FORMAT, ...header, key_id: house.id, ephemeral: toBase64(ephemeral) }
    const text = encoded(said)
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text))
    const key = await agree(own.privateKey, fromBase64(house.public), digest)
    const head = new Blob([encodedText(`${FORMAT}\n`), length(text.length), text])
    const writer = new PackageWriter(key, digest, header.items, [head])
    await writer.write(encoded({ upload_token: uploadToken }), false)
    return writer
  }

  /** Adds an item: its description and its bytes. */
  async add(description: object, bytes: Bytes): Promise<void> {
    const text = encoded(description)
    await this.write(joined(length(text.length), text, bytes), false)
  }

  /** The whole file. */
  async finish(name: string): Promise<File> {
    await this.write(encoded({ items: this.items }), true)
    return new File(this.pieces, name, { type: 'application/octet-stream' })
  }

  private async write(plain: Bytes, last: boolean): Promise<void> {
    const nonce = new Uint8Array(NONCE_BYTES)
    new DataView(nonce.buffer).setUint32(NONCE_BYTES - 4, this.number)
    this.number += 1
    const additionalData = joined(this.digest, nonce, new Uint8Array([Number(last)]))
    const ciphertext = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, this.key, plain)
    this.pieces.push(new Blob([length(ciphertext.byteLength), ciphertext]))
  }
}

async function agree(own: CryptoKey, house: Bytes, salt: Bytes): Promise<CryptoKey> {
  const theirs = await crypto.subtle.importKey('raw', house, CURVE, false, [])
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, own, 256)
  const secret = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
  const manner = { name: 'HKDF', hash: 'SHA-256', salt, info: encodedText(FORMAT) }
  return crypto.subtle.deriveKey(manner, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt'])
}

function length(bytes: number): Bytes {
  const four = new Uint8Array(4)
  new DataView(four.buffer).setUint32(0, bytes)
  return four
}

function joined(...parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function encodedText(text: string): Bytes {
  return new TextEncoder().encode(text)
}

function encoded(value: object): Bytes {
  return encodedText(JSON.stringify(value))
}

function toBase64(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes))
}

function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}

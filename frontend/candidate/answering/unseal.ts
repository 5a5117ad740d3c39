import type { Paper, PaperKey, SealedPaper } from '@shared/api/types'

// AES-256-GCM, the 16-byte tag at the end of the ciphertext; the additional data ties paper and sitting together.

export class UnsealFailure extends Error {
  override readonly name = 'UnsealFailure'
}

/** Opens the sealed paper. Throws UnsealFailure when key and paper do not belong together or bytes were lost. */
export async function unseal(sealed: SealedPaper, key: PaperKey): Promise<Paper> {
  if (sealed.algorithm !== 'A256GCM' || sealed.paper_id !== key.paper_id) throw new UnsealFailure('another paper')
  let plain: ArrayBuffer
  try {
    const secret = await crypto.subtle.importKey('raw', bytes(key.key_b64), 'AES-GCM', false, ['decrypt'])
    const how = { name: 'AES-GCM', iv: bytes(sealed.nonce_b64), additionalData: bytes(sealed.aad_b64) }
    plain = await crypto.subtle.decrypt(how, secret, bytes(sealed.ciphertext_b64))
  } catch {
    throw new UnsealFailure('not opened by this key')
  }
  return JSON.parse(new TextDecoder().decode(plain)) as Paper
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

// This browser's name for itself. After entry the server lets only this name back in, so it is kept in two stores:
// whatever empties one of them does not lock the candidate out.

import { recall, remember } from './memory'

const STORED_AT = 'zhishi.device'
const FILE = 'zhishi-device'
const NAME = /^[0-9a-f-]{36}$/i

let known: Promise<string> | null = null

/** The same after a reload, so that a crash is not taken for a second device. */
export async function deviceId(): Promise<string> {
  known ??= find()
  const id = await known
  // At every login again: a store that was emptied or failed meanwhile is filled from the other.
  store(id)
  void writeFile(id)
  return id
}

async function find(): Promise<string> {
  const stored = readStored() ?? (await readFile())
  // Another tab may have made a name while the file was being looked for.
  return stored ?? readStored() ?? store(crypto.randomUUID())
}

function readStored(): string | null {
  return nameIn(recall(STORED_AT))
}

function store(id: string): string {
  remember(STORED_AT, id)
  return id
}

async function readFile(): Promise<string | null> {
  try {
    const root = await navigator.storage.getDirectory()
    const file = await (await root.getFileHandle(FILE)).getFile()
    return nameIn(await file.text())
  } catch {
    return null
  }
}

async function writeFile(id: string): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory()
    const writable = await (await root.getFileHandle(FILE, { create: true })).createWritable()
    await writable.write(id)
    await writable.close()
  } catch {
    // Then localStorage alone remembers it.
  }
}

/** A damaged name would be refused at every login; a new one is better. */
function nameIn(text: string | null): string | null {
  const name = text?.trim() ?? ''
  return NAME.test(name) ? name : null
}

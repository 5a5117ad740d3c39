/**
 * Tries what the spool will do, in the only place where it may be done: a file written through a synchronous handle,
 * flushed, renamed and removed. Answers whether all of it worked.
 */

interface MovableHandle extends FileSystemFileHandle {
  move(name: string): Promise<void>
}

async function trySpool(): Promise<boolean> {
  const directory = await navigator.storage.getDirectory()
  const name = `zhishi-trial-${crypto.randomUUID()}`
  const handle = (await directory.getFileHandle(`${name}.part`, { create: true })) as MovableHandle
  const file = await handle.createSyncAccessHandle()
  const bytes = new Uint8Array([1, 2, 3])
  const written = file.write(bytes, { at: 0 })
  file.flush()
  file.close()
  await handle.move(name)
  await directory.removeEntry(name)
  return written === bytes.length
}

trySpool().then(
  (worked) => self.postMessage(worked),
  () => self.postMessage(false),
)

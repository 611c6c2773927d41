// What the disk takes to make a write durable, as a write-ahead log does it: 8 KB into a file that is already there,
// then fdatasync.
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { createLatencies, type Latencies } from './statistics.ts'

const PAGE_BYTES = 8 * 1024
const PAGES = 512

export async function syncLatencies(): Promise<Latencies> {
  const folder = temporaryFolder('disk-sync')
  const file = openSync(join(folder.path, 'log'), 'w')
  try {
    writeSync(file, Buffer.alloc(PAGE_BYTES * PAGES))
    fdatasyncSync(file)
    const page = Buffer.alloc(PAGE_BYTES, 1)
    const latencies = createLatencies()
    for (let at = 0; at < PAGES; at++) {
      const startedAt = performance.now()
      writeSync(file, page, 0, PAGE_BYTES, at * PAGE_BYTES)
      fdatasyncSync(file)
      latencies.add(performance.now() - startedAt)
    }
    return latencies.summary()
  } finally {
    closeSync(file)
    await folder.dispose()
  }
}

// Writes the golden files that are missing: `node test/golden/write.ts`. A file that exists is never
// overwritten: it shows what is on disks out there. A new version of a format gets a new example and a new
// name, and the old file stays, to be decoded for ever.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GOLDEN } from './examples.ts'

for (const [name, encode] of Object.entries(GOLDEN)) {
  const path = join(import.meta.dirname, `${name}.hex`)
  if (existsSync(path)) {
    console.log(`${name}.hex stays as it is`)
    continue
  }
  const lines = Buffer.from(encode())
    .toString('hex')
    .match(/.{1,96}/g)!
  writeFileSync(path, `${lines.join('\n')}\n`, { flag: 'wx' })
  console.log(`${name}.hex written: ${lines.length} lines`)
}

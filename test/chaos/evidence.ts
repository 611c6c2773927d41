// What a run leaves where something was wrong: a folder with all that is needed to find out what.
import { once } from 'node:events'
import { cpSync, createWriteStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Evidence } from './judge.ts'
import type { Incident } from './nemesis.ts'
import type { Recorder } from './recorder.ts'

export function evidenceFolder(seed: number): string {
  return mkdtempSync(join(tmpdir(), `frontrow-chaos-${seed}-`))
}

export function dropEvidence(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

export function keepLog(folder: string, name: string, path: string): void {
  if (existsSync(path)) cpSync(path, join(folder, name))
}

/** One line of JSON each: what clients asked and were told, what was done to the server, the journal, the pushes. */
export async function keepEvidence(
  folder: string,
  recorder: Recorder,
  incidents: readonly Incident[],
  evidence: Evidence | null
): Promise<void> {
  await writeLines(join(folder, 'history.jsonl'), recorder.records)
  await writeLines(join(folder, 'incidents.jsonl'), incidents)
  if (evidence === null) return
  await writeLines(join(folder, 'journal.jsonl'), evidence.frames)
  const { maps, clientMaps, bookings, crashes, expiries } = evidence
  const states = [...evidence.sightings.states].map(([show, seen]) => [show, [...seen]])
  const rest = { maps: [...maps], clientMaps: [...clientMaps], bookings, crashes, expiries, states }
  writeFileSync(join(folder, 'maps.json'), JSON.stringify(rest))
}

async function writeLines(path: string, lines: Iterable<unknown>): Promise<void> {
  const stream = createWriteStream(path)
  for (const line of lines) {
    if (!stream.write(`${JSON.stringify(line)}\n`)) await once(stream, 'drain')
  }
  stream.end()
  await finished(stream)
}

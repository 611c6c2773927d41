// What a run came to, as tables.
import { formatTable, type Table } from '../../bench/table.ts'
import type { ChaosResult } from './chaos.ts'

const FAULTS_SHOWN = 5

export function reportText(result: ChaosResult): string {
  const { seed, failures, checks, evidence } = result
  const tables = [answersTable(result), faultsTable(result), checksTable(result)].map(formatTable)
  const found = checks.flatMap(({ name, faults }) =>
    faults.slice(0, FAULTS_SHOWN).map((fault) => `FAILED: ${name} (${faults.length}): ${fault}`)
  )
  const ending = evidence === null ? [] : [`seed ${seed}; the evidence is in ${evidence}`]
  return [...tables, ...failures.map((failure) => `FAILED: ${failure}`), ...found, ...ending].join('\n\n')
}

export function isFine({ failures, checks }: ChaosResult): boolean {
  return failures.length === 0 && checks.every(({ faults }) => faults.length === 0)
}

function answersTable({ seed, seconds, writes, answers }: ChaosResult): Table {
  return {
    title: `chaos: seed ${seed}, ${seconds.toFixed(0)} s, ${writes.toLocaleString('en-US')} writes, each under a key of its own`,
    columns: ['answer, repeated ones too', 'count'],
    rows: Object.entries(answers)
  }
}

function faultsTable({ faults }: ChaosResult): Table {
  return {
    title: 'chaos: without service, in milliseconds',
    columns: ['fault', 'count', 'from its start, p50', 'max', 'from its end, p50', 'max', 'longest wait of a client'],
    rows: faults.map(({ name, count, withoutServiceMs, backAfterMs, waitMsMax }) => {
      const [without, back] = [withoutServiceMs, backAfterMs]
      return [name, count, ...[without.p50, without.max, back.p50, back.max, waitMsMax].map(Math.round)]
    }),
    notes: [
      'from its start: the longest time without an acknowledged write of a probe that asks every 20 ms',
      'from its end: until a write was acknowledged that was asked after the harm had ended',
      'longest wait: until a client heard anything of what it had asked, `unavailable` included'
    ]
  }
}

function checksTable({ checks }: ChaosResult): Table {
  return {
    title: 'chaos: what was checked',
    columns: ['check', 'looked at', 'faults'],
    rows: checks.map(({ name, checked, faults }) => [name, checked, faults.length])
  }
}

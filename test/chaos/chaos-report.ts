// What a run came to, as tables.
import { formatTable, type Table } from '../../bench/table.ts'
import type { ChaosResult } from './chaos.ts'
import type { RunResult } from './chaos-run.ts'

const FAULTS_SHOWN = 5

export function reportText(result: ChaosResult): string {
  const tables = [answersTable(result), faultsTable(result), checksTable(result)].map(formatTable)
  return [...tables, ...failuresText(result)].join('\n\n')
}

/** What was wrong, a paragraph each. */
export function failuresText({ seed, failures, checks, evidence }: RunResult): readonly string[] {
  const found = checks.flatMap(({ name, faults }) =>
    faults.slice(0, FAULTS_SHOWN).map((fault) => `FAILED: ${name} (${faults.length}): ${fault}`)
  )
  const ending = evidence === null ? [] : [`seed ${seed}; the evidence is in ${evidence}`]
  return [...failures.map((failure) => `FAILED: ${failure}`), ...found, ...ending]
}

export function isFine({ failures, checks }: RunResult): boolean {
  return failures.length === 0 && checks.every(({ faults }) => faults.length === 0)
}

export function answersTable({ seed, seconds, writes, answers }: RunResult): Table {
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

export function checksTable({ checks }: RunResult): Table {
  return {
    title: 'chaos: what was checked',
    columns: ['check', 'looked at', 'faults'],
    rows: checks.map(({ name, checked, faults }) => [name, checked, faults.length])
  }
}

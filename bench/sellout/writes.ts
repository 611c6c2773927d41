// A buyer's writes: each under a key of its own, now and then twice at once as impatient clients do, and every answer
// kept for the checker.
import type { Answer, Client } from '../client.ts'
import type { Random } from '../random.ts'
import type { WriteRecord } from './history.ts'

export interface Writes {
  readonly records: readonly WriteRecord[]
  write(what: Pick<WriteRecord, 'op' | 'hold' | 'seats'>, done: (answer: Answer) => void): void
  /** Asks the last write that was granted again: what was told before a crash must be told the same after it. */
  repeatLast(): void
}

const TWICE_SHARE = 0.05

export function createWrites(client: Client, show: string, user: string, random: Random): Writes {
  const records: WriteRecord[] = []
  let repeatLast = () => {}

  function send(message: { readonly op: string }, record: WriteRecord, done: (answer: Answer) => void): void {
    client.write(message, (answer) => {
      if (answer.ok) record.granted.push(JSON.stringify(answer.hold ?? answer.booking ?? {}))
      else record.refusals.push(answer.error.code)
      done(answer)
    })
  }

  return {
    records,
    repeatLast: () => repeatLast(),
    write: (what, done) => {
      const record: WriteRecord = { user, key: `${user}-${records.length + 1}`, ...what, granted: [], refusals: [] }
      records.push(record)
      const { op, hold, seats, key } = record
      const message = { op, show, ...(hold !== '' && { hold }), ...(seats !== null && { seats }), key }
      send(message, record, (answer) => {
        if (answer.ok) repeatLast = () => send(message, record, () => {})
        done(answer)
      })
      if (random.next() < TWICE_SHARE) send(message, record, () => {})
    }
  }
}

// The attempts of a run as the two checkers want them: by key, as what was told; and as operations with their
// intervals. An attempt without an answer may take effect at any time after it was sent, also after another attempt
// under the same key was refused: it may have waited in some buffer on the way.
import type { WriteRecord } from '../../bench/sellout/history.ts'
import type { Operation } from '../history/operation.ts'
import type { Attempt, KeyRecord } from './recorder.ts'

export function writeRecordOf({ user, key, asked, attempts }: KeyRecord): WriteRecord {
  return {
    user,
    op: asked.op,
    key,
    hold: 'hold' in asked ? asked.hold : '',
    seats: 'seats' in asked ? asked.seats : null,
    granted: attempts.flatMap(({ outcome }) => (outcome.kind === 'granted' ? [outcome.answer] : [])),
    refusals: attempts.flatMap(({ outcome }) => (outcome.kind === 'refused' ? [outcome.code] : [])),
    unanswered: attempts.some(({ outcome }) => outcome.kind === 'unknown')
  }
}

/** `happened`: whether the journal has an event under the key. What is not there has no effect that anyone may see. */
export function operationsOf(record: KeyRecord, happened: boolean): readonly Operation[] {
  const { attempts } = record
  const refused = attempts.flatMap((attempt) => {
    const { outcome, sentAt, returnedAt, clockMs } = attempt
    if (outcome.kind !== 'refused') return []
    const told = { kind: 'refused', code: outcome.code, seats: outcome.seats } as const
    return [operation(record, sentAt, { returnedAt, told, clockMs })]
  })
  const unknown = attempts.filter(({ outcome }) => outcome.kind === 'unknown')
  const granted = firstGranted(attempts)
  if (granted !== null) {
    const { returnedAt, clockMs, outcome } = granted
    // Whichever of them did it: the others were given the same answer again.
    const able = attempts.filter(({ outcome: { kind } }) => kind === 'granted' || kind === 'unknown')
    const sentAt = Math.min(...able.map((attempt) => attempt.sentAt))
    return [...refused, operation(record, sentAt, { returnedAt, told: outcome.told, clockMs })]
  }
  if (unknown.length === 0 || !happened) return refused
  return [...refused, operation(record, unknown[0]!.sentAt, UNTOLD)]
}

const UNTOLD = { returnedAt: Number.POSITIVE_INFINITY, told: null, clockMs: Number.POSITIVE_INFINITY } as const

function operation(
  { show, user, asked }: KeyRecord,
  invokedAt: number,
  answer: Pick<Operation, 'returnedAt' | 'told' | 'clockMs'>
): Operation {
  return { show, user, asked, invokedAt, ...answer }
}

type GrantedAttempt = Attempt & { readonly outcome: Extract<Attempt['outcome'], { kind: 'granted' }> }

export function firstGranted(attempts: readonly Attempt[]): GrantedAttempt | null {
  const granted = attempts.filter((attempt): attempt is GrantedAttempt => attempt.outcome.kind === 'granted')
  return granted.reduce<GrantedAttempt | null>(
    (first, attempt) => (first === null || attempt.returnedAt < first.returnedAt ? attempt : first),
    null
  )
}

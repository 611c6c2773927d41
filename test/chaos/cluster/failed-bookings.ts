// Bookings that failed though nothing was wrong with them: of a hold that its owner was given, that was neither given
// back nor booked before, and that had not ended when the booking was asked for.
import type { KeyRecord, Wait } from '../recorder.ts'

export interface BookingCount {
  readonly asked: number
  /** A sentence each. */
  readonly failed: readonly string[]
}

/** A hold that ends so soon after it was to be booked may rightly be over. */
const MARGIN_MS = 500

/** Of bookings first asked for within one of `spans`, in milliseconds of performance.now(). */
export function countBookings(records: readonly KeyRecord[], spans: readonly Wait[]): BookingCount {
  const ends = new Map<string, number>()
  const used = new Set<string>()
  const failed: string[] = []
  let asked = 0
  for (const record of records) {
    const { show, user, asked: question, attempts } = record
    const granted = attempts.find(({ outcome }) => outcome.kind === 'granted')?.outcome
    const told = granted?.kind === 'granted' ? granted.told : null
    if (told?.kind === 'held') ends.set(`${show} ${user} ${told.hold}`, told.expiresAt)
    if (question.op !== 'book' && question.op !== 'release') continue
    const hold = `${show} ${user} ${question.hold}`
    const isFresh = !used.has(hold)
    used.add(hold)
    const sentMs = attempts[0]?.sentMs ?? Number.NEGATIVE_INFINITY
    if (question.op === 'release' || !isFresh || !spans.some((span) => isWithin(sentMs, span))) continue
    const endsMs = (ends.get(hold) ?? Number.NEGATIVE_INFINITY) - performance.timeOrigin
    if (endsMs - sentMs < MARGIN_MS) continue
    asked++
    if (told?.kind === 'booked') continue
    const said = attempts.map(({ outcome }) => ('code' in outcome ? outcome.code : outcome.kind)).join(', ')
    failed.push(`${user} in ${show}, hold ${question.hold}: ${said}`)
  }
  return { asked, failed }
}

function isWithin(ms: number, { fromMs, toMs }: Wait): boolean {
  return ms >= fromMs && ms <= toMs
}

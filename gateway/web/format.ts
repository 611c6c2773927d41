// Money, times and seats as words for people.
import type { Category, Refused } from '../client/client.ts'

const moneyFormats = new Map<string, { format: Intl.NumberFormat; minorPerMajor: number }>()

export function money(amount: number, currency: string): string {
  let known = moneyFormats.get(currency)
  if (!known) {
    const format = new Intl.NumberFormat(undefined, { style: 'currency', currency })
    known = { format, minorPerMajor: 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2) }
    moneyFormats.set(currency, known)
  }
  return known.format.format(amount / known.minorPerMajor)
}

const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })

export function day(time: string): string {
  return dayFormat.format(new Date(time))
}

const countFormat = new Intl.NumberFormat()

export function count(value: number): string {
  return countFormat.format(value)
}

/** `1 seat`, `2 seats`. */
export function seatsWord(seats: number): string {
  return `${count(seats)} ${seats === 1 ? 'seat' : 'seats'}`
}

/** `9:05`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Some plans name their categories by UUID: those are numbered instead. */
export function categoryName(category: Category, index: number): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(category.name) ? `Category ${index + 1}` : category.name
}

export function explain(refused: Refused): string {
  return refused.detail ?? refused.title ?? 'That did not work.'
}

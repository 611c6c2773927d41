// Single values of a seating plan's JSON: each reader gives the value or its default, and null for what
// is there and wrong. Nothing here trusts a type.
import { PLAN_COORDINATE_MAX, PLAN_TEXT_MAX } from '../limits.ts'
import type { PlanPoint } from './plan.ts'

const COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i
/** Control characters: a NUL would not even fit a Postgres text. */
const CONTROL = /\p{Cc}/u

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is wrong with an id or name that others refer to; null: nothing. */
export function idFault(value: unknown): string | null {
  if (typeof value !== 'string') return 'is not a text'
  if (value.trim() === '') return 'is empty'
  if (value.length > PLAN_TEXT_MAX) return `is longer than ${PLAN_TEXT_MAX} characters`
  if (CONTROL.test(value) || !value.isWellFormed()) return 'has characters that cannot be written'
  return null
}

/** A label for people: a text, or a number written as one; '' where there is none. */
export function readLabel(value: unknown): string | null {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null
  if (typeof value !== 'string') return null
  const label = value.trim()
  return label === '' || idFault(label) === null ? label : null
}

export function readColor(value: unknown, missing: string): string | null {
  if (value === undefined || value === null || value === '') return missing
  if (typeof value !== 'string' || !COLOR.test(value)) return null
  const color = value.toLowerCase()
  return color.length === 7 ? color : color.replace(/[0-9a-f]/g, '$&$&')
}

export function readNumber(value: unknown): number | null {
  return typeof value === 'number' && Math.abs(value) <= PLAN_COORDINATE_MAX ? value : null
}

export function readLength(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= PLAN_COORDINATE_MAX ? value : null
}

export function readPoint(value: unknown): PlanPoint | null {
  if (!isRecord(value)) return null
  const x = readNumber(value.x)
  const y = readNumber(value.y)
  return x === null || y === null ? null : { x, y }
}

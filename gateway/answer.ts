// What becomes of a command → its answer's JSON, the same on the WebSocket and over NATS.
import type { Outcome, ShowFace } from '../actors/outcome.ts'
import { problemOf } from './problem.ts'
import { renderEvent } from './render.ts'

/** Null: it had none that an answer could carry. Undefined: it need not have one. */
export type MessageId = string | number | null | undefined

export function answerText(id: MessageId, outcome: Outcome, show: ShowFace | null): string {
  const opening = id === undefined ? '' : `"id":${idText(id)},`
  if (outcome.kind === 'refused') return `{${opening}"ok":false,"error":${JSON.stringify(problemOf(outcome, show))}}`
  const members = renderEvent(outcome, show!)
  return `{${opening}"ok":true,"epoch":${show!.epoch}${members === '' ? '' : `,${members}`}}`
}

export function idText(id: string | number | null): string {
  return typeof id === 'number' ? String(id) : JSON.stringify(id)
}

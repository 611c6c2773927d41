// What becomes of a command → its answer's JSON: the WebSocket's, with an id only where the caller gave one.
import type { Outcome, ShowFace } from '../../actors/outcome.ts'
import type { Refusal } from '../../core/refusal.ts'
import { problemOf } from '../problem.ts'
import { renderEvent } from '../render.ts'

export function answerText(id: string | number | undefined, outcome: Outcome, show: ShowFace | null): string {
  const opening = id === undefined ? '' : `"id":${JSON.stringify(id)},`
  if (outcome.kind === 'refused') return `{${opening}"ok":false,"error":${JSON.stringify(problemOf(outcome, show))}}`
  const members = renderEvent(outcome, show!)
  return `{${opening}"ok":true,"epoch":${show!.epoch}${members === '' ? '' : `,${members}`}}`
}

/** Of a request that was refused as a whole. */
export function refusalText(refusal: Refusal): string {
  return answerText(undefined, refusal, null)
}

// A new show, from an admin's request or from the demo: its plan is stored, the show is created, and the
// read model has it when this is answered, so that it is on the list at once.
import { createHash, randomUUID } from 'node:crypto'
import type { Shows } from '../../actors/outcome.ts'
import type { PlanStore } from '../../actors/ports.ts'
import type { CreateCommand } from '../../core/command.ts'
import { READ_YOUR_WRITES_MS } from '../../core/limits.ts'
import { refuse } from '../../core/refusal.ts'
import { isRefusal, type Submit } from '../http/ask-show.ts'
import { answered, epochHeader, type Reply, refused, troubled } from '../http/http-reply.ts'
import type { Projector } from '../ports.ts'
import { problemOf } from '../problem.ts'
import { renderEvent } from '../render.ts'
import { intakeAside } from './show-intake.ts'

export interface ShowMaking {
  readonly shows: Pick<Shows, 'position'>
  readonly submit: Submit
  readonly plans: Pick<PlanStore, 'save'>
  readonly projector: Projector
}

/** `body` is that of `POST /api/admin/shows`; `user` is an admin. */
export async function createShow(making: ShowMaking, user: string, key: string, body: Uint8Array): Promise<Reply> {
  const intake = await intakeAside(body)
  if (!intake.ok) {
    const problem = problemOf(refuse('invalid_request', intake.detail), null)
    return troubled(intake.faults === undefined ? problem : { ...problem, faults: intake.faults })
  }
  await making.plans.save(intake.definition.planHash, intake.planJson)
  const id = intake.definition.id || newShowId(user, key)
  const definition = { ...intake.definition, id }
  const command: CreateCommand = { op: 'create', show: id, user, admin: true, key, definition }
  const reply = await making.submit(command, (outcome, show) => {
    if (isRefusal(outcome)) return refused(outcome, show)
    if (show === null) return refused(refuse('unavailable', 'The show was created but cannot be shown: ask for it.'))
    return answered(201, `{${renderEvent(outcome, show)}}`, epochHeader(show))
  })
  if (reply.problem === null) {
    const { shard, seq } = making.shows.position(id)
    await making.projector.caughtUp(shard, seq, READ_YOUR_WRITES_MS)
  }
  return reply
}

/** With a key, the same id each time: a retry must not make a second show. */
function newShowId(user: string, key: string): string {
  if (key === '') return randomUUID()
  return createHash('sha256').update(`${user}\0${key}`).digest('hex').slice(0, 32)
}

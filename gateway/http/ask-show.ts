// The callbacks of the shows as promises, for HTTP, where one promise a request costs little.
import type { Outcome, ReplySink, ShowFace, Shows, ShowView } from '../../actors/outcome.ts'
import type { Command } from '../../core/command.ts'
import { type Refusal, refuse } from '../../core/refusal.ts'

/** Calls `render` right after the commit, while `show` stands as it was then, and resolves to what it made. */
export type Submit = <T>(command: Command, render: (outcome: Outcome, show: ShowFace | null) => T) => Promise<T>

export function createSubmit(shows: Pick<Shows, 'submit'>): Submit {
  const waiting = new Map<number, (outcome: Outcome, show: ShowFace | null) => void>()
  let lastTag = 0
  const sink: ReplySink = {
    reply(_command, outcome, show, tag) {
      const settle = waiting.get(tag)
      waiting.delete(tag)
      settle?.(outcome, show)
    }
  }
  return (command, render) =>
    new Promise((resolve, reject) => {
      const tag = ++lastTag
      waiting.set(tag, (outcome, show) => {
        try {
          resolve(render(outcome, show))
        } catch (error) {
          reject(error)
        }
      })
      shows.submit(command, sink, tag)
    })
}

/** The show as committed. Its statuses change with the next diff: use it before the next `await`. */
export function viewOf(shows: Pick<Shows, 'view'>, show: string): Promise<ShowView | Refusal> {
  return new Promise((resolve) => {
    shows.view(show, (view, refusal) => {
      resolve(view ?? refusal ?? refuse('not_found', `There is no show ${show}.`))
    })
  })
}

export function isRefusal(answer: object): answer is Refusal {
  return 'kind' in answer && answer.kind === 'refused'
}

// A process that runs the seeds it is sent, one after another.
import type { Order, RunReport } from './crew.ts'
import { simulate } from './world.ts'

const answer = (message: RunReport | { readonly error: string }) => process.send?.(message)
const fail = (error: unknown) => {
  answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
process.on('unhandledRejection', fail)
process.on('uncaughtException', fail)
process.on('disconnect', () => process.exit())
process.on('message', async ({ seed, ...given }: Order) => {
  try {
    const { faults, answers, ...result } = await simulate(seed, given)
    answer({ ...result, faults: [...faults.by], answers: [...answers.by] })
  } catch (error) {
    fail(error)
  }
})

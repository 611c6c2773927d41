// How a command of the command line does its work and ends: what it throws is said in one line, and the
// process exits with 1.
import * as CliError from 'effect/cli/CliError'
import * as Effect from 'effect/Effect'
import { readSettings, type Settings } from '../config.ts'

/** Runs a command's work; an error's message is what the user reads. */
export function done(work: () => Promise<void>): Effect.Effect<void, CliError.UserError> {
  return Effect.tryPromise({ try: work, catch: (cause) => new CliError.UserError({ cause }) })
}

/** The settings; throws with a line for each that is wrong. */
export function settingsOrThrow(environment: NodeJS.ProcessEnv): Settings {
  const read = readSettings(environment)
  if (read.ok) return read.settings
  throw new Error(read.problems.join('\n'))
}

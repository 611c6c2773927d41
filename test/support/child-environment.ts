// The environment of programs that tests start: their `node` is the one that runs us, and the tools of
// node_modules/.bin come before the machine's.
import { delimiter, dirname, join } from 'node:path'

const BIN = join(import.meta.dirname, '..', '..', 'node_modules', '.bin')

export function childEnvironment(): NodeJS.ProcessEnv {
  const path = [dirname(process.execPath), BIN, process.env.PATH ?? ''].join(delimiter)
  return { ...process.env, PATH: path }
}

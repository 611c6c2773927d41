// Log lines as JSON on stderr: stdout belongs to the command line. Nothing that opens a door is written.
import { pino } from 'pino'
import type { LogLevel } from './config.ts'

export type Log = pino.Logger

const SECRETS = ['authorization', 'token', 'secret', 'password', 'headers.authorization', 'headers.cookie']
/** Lines that stderr does not take are kept up to here, then dropped: a log must not fill the memory. */
const BUFFERED_BYTES_MAX = 4 * 1024 * 1024

export function createLog(level: LogLevel): Log {
  const destination = pino.destination({ dest: 2, sync: false, maxLength: BUFFERED_BYTES_MAX })
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: SECRETS }, destination)
}

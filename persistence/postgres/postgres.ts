// How we connect to Postgres: the pool for everything but appends, and what all connections have in common.
// Keeps true: a commit that was answered is on disk, no statement runs for ever, and whole numbers stay exact.
import { type ClientConfig, type CustomTypesConfig, Pool, types } from 'pg'

/** Recovery, snapshots and reads side by side; the embedded database takes them one by one. */
const CONNECTIONS_MAX = 6
const CONNECT_MS_MAX = 3_000
/** Of one statement. Storing a plan of 48 MB in the embedded database takes a second. */
const STATEMENT_MS_MAX = 15_000
const LOCK_MS_MAX = 3_000
const INT8 = 20
const BYTEA = 17

const TYPES: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') => {
    if (oid === INT8) return wholeNumber
    if (oid === BYTEA) return bytes
    return types.getTypeParser(oid, format)
  }) as CustomTypesConfig['getTypeParser']
}

export function connectionTo(url: string, use: string): ClientConfig {
  return {
    connectionString: url,
    application_name: `frontrow ${use}`,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    types: TYPES
  }
}

export function createPool(url: string, connectionsMax = CONNECTIONS_MAX): Pool {
  const pool = new Pool({
    ...connectionTo(url, 'pool'),
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: STATEMENT_MS_MAX,
    lock_timeout: LOCK_MS_MAX,
    idle_in_transaction_session_timeout: STATEMENT_MS_MAX,
    // A server that neither answers nor hangs up: the connection is given up.
    query_timeout: STATEMENT_MS_MAX + 1_000,
    options: '-c synchronous_commit=on'
  })
  // An idle connection that dies leaves the pool, and the next query opens another. One that dies in use fails
  // its query; unheard, it would end the process as well.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is not a safe integer`)
  return number
}

/** Postgres writes `\x` and hex. */
function bytes(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex')
}

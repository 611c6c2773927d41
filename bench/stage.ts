// The real server as benches run it: a process of its own on a database of its own, and an admin's hand to set up
// shows. Durable as in production: Postgres syncs every commit.
import { randomBytes } from 'node:crypto'
import { createAuth } from '../gateway/auth.ts'
import type { Role } from '../gateway/roles.ts'
import { startPostgres, type TestPostgres } from '../test/support/postgres.ts'
import { startServer, type TestServer } from '../test/support/server.ts'

export const DATABASES = ['embedded', 'postgres'] as const
export type DatabaseKind = (typeof DATABASES)[number]

export interface Stage {
  readonly server: TestServer
  /** Null where the server has its own. */
  readonly postgres: TestPostgres | null
  token(user: string, role: Role): Promise<string>
  /** Creates a show; fails when the server says no. */
  createShow(show: object): Promise<void>
  dispose(): Promise<void>
}

/** As ANCHORS' peers had it: memory and room in the log so that no checkpoint falls into a short run. */
const POSTGRES_SETTINGS = { shared_buffers: '1GB', max_wal_size: '8GB' }
const TOKEN_LIFE_MS = 12 * 60 * 60 * 1000

export function startDurablePostgres(): Promise<TestPostgres> {
  return startPostgres({ durable: true, settings: POSTGRES_SETTINGS })
}

/** `databaseUrl`: of a database that is there already, on somebody else's Postgres. */
export async function startStage(
  kind: DatabaseKind,
  env: Readonly<Record<string, string>> = {},
  databaseUrl?: string
): Promise<Stage> {
  const secret = env.JWT_SECRET ?? randomBytes(32).toString('hex')
  const postgres = kind === 'postgres' && databaseUrl === undefined ? await startDurablePostgres() : null
  const url = databaseUrl ?? postgres?.url
  try {
    const server = await startServer({
      env: { DEMO: '0', LOG_LEVEL: 'warn', JWT_SECRET: secret, ...(url && { DATABASE_URL: url }), ...env }
    })
    return controlOf(server, postgres, secret)
  } catch (error) {
    await postgres?.dispose()
    throw error
  }
}

function controlOf(server: TestServer, postgres: TestPostgres | null, secret: string): Stage {
  const auth = createAuth(Buffer.from(secret), Date.now)
  const token = async (user: string, role: Role) => (await auth.signToken(user, role, TOKEN_LIFE_MS)).token
  const admin = token('bench', 'admin')
  return {
    server,
    postgres,
    token,
    createShow: async (show) => {
      const response = await fetch(`${server.url}/api/admin/shows`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${await admin}` },
        body: JSON.stringify(show)
      })
      const answer = await response.text()
      if (response.status !== 201)
        throw new Error(`the show was not created: ${response.status} ${answer.slice(0, 500)}`)
    },
    dispose: async () => {
      await server.dispose()
      await postgres?.dispose()
    }
  }
}

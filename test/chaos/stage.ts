// The ground of one server: a real Postgres, the server on it, and the wires between them and to the clients.
import { join } from 'node:path'
import { startPostgres } from '../support/postgres.ts'
import { type FaultyWire, faultyWire } from './faulty-wire.ts'
import { furnished, type Ground, type Later, query, superviseIn } from './ground.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'
import type { SupervisedServer } from './supervised-server.ts'

export interface Stage extends Ground {
  readonly server: SupervisedServer
  /** A second one on the same database; it is not running unless a fault starts it. */
  readonly rival: SupervisedServer
  /** Between server and Postgres. */
  readonly databaseWire: FaultyWire
  /** Between clients and server. */
  readonly clientWire: FaultyWire
  /** With the database's log; or why there is none. */
  readonly disk: SmallDisk | string
  /** Asks Postgres past the wire. */
  sql(text: string): Promise<void>
}

const DISK_MEGABYTES = 64
/**
 * Segments of the log are of 1 MB and not used again: a full disk is felt at the next one. Commits that do not ask to
 * be on disk are kept in memory for long: what a crash may lose is lost.
 */
const SETTINGS = {
  ...{ max_wal_size: '24MB', min_wal_size: '2MB', wal_recycle: 'off' },
  ...{ wal_writer_delay: '10s', shared_buffers: '64MB' }
}

/** `folder`: where logs are kept. */
export function openStage(folder: string): Promise<Stage> {
  return furnished<Stage>((later) => furnish(folder, later))
}

async function furnish(folder: string, later: Later): Promise<Omit<Stage, 'dispose'>> {
  const disk = mountSmallDisk(DISK_MEGABYTES)
  if (typeof disk !== 'string') later(disk.dispose)
  const waldir = typeof disk === 'string' ? [] : [`--waldir=${join(disk.path, 'wal')}`]
  const postgres = await startPostgres({
    durable: true,
    settings: SETTINGS,
    initdbFlags: ['--wal-segsize=1', ...waldir]
  })
  later(postgres.dispose)
  const databaseWire = await faultyWire({ host: '127.0.0.1', port: postgres.port })
  later(databaseWire.close)
  const env = { DATABASE_URL: `postgres://postgres@127.0.0.1:${databaseWire.port}/postgres` }
  const server = await superviseIn(folder, 'server', env)
  const rival = await superviseIn(folder, 'rival', env)
  server.start()
  later(() => Promise.all([server.end('SIGKILL'), rival.end('SIGKILL')]))
  const clientWire = await faultyWire({ host: '127.0.0.1', port: server.port })
  later(clientWire.close)
  return {
    ...{ postgres, server, rival, databaseWire, clientWire, disk },
    servers: [server, rival],
    wsUrl: () => `ws://127.0.0.1:${clientWire.port}/ws`,
    httpUrl: () => `http://127.0.0.1:${clientWire.port}`,
    sql: async (text) => {
      await query(postgres.url, text)
    }
  }
}

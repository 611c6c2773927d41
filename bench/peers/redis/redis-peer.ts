// Redis as a peer: started as its best advocate would, with the append-only file synced always, every second, or not
// kept at all. Its rewrites are off, so that none falls into a run.
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startRedis } from '../../../test/support/redis.ts'
import type { Peer, PeerSettings, RunningPeer } from '../peer.ts'
import { openRedisDriver } from './redis-driver.ts'
import type { RedisForm } from './redis-form.ts'

type Durable = Peer['durable']

const AOF: Readonly<Record<Durable, { readonly name: string; readonly settings: Readonly<Record<string, string>> }>> = {
  always: { name: 'AOF always', settings: { appendonly: 'yes', appendfsync: 'always' } },
  everysec: { name: 'AOF everysec', settings: { appendonly: 'yes', appendfsync: 'everysec' } },
  none: { name: 'no AOF', settings: { appendonly: 'no' } }
}

const SWEEP: readonly PeerSettings[] = [
  { connections: 1, client: 'plain', many: 'one command' },
  { connections: 4, client: 'plain', many: 'one command' },
  { connections: 1, client: 'plain', many: 'pipeline' },
  { connections: 1, client: 'ioredis auto pipeline', many: 'pipeline' },
  { connections: 1, client: 'ioredis', many: 'pipeline' },
  { connections: 4, client: 'ioredis', many: 'pipeline' }
]

export function redisPeer(form: RedisForm, durable: Durable): Peer {
  return {
    name: `redis ${form.name}, ${AOF[durable].name}`,
    what: form.what,
    durable,
    sweep: SWEEP,
    start: () => start(form, durable),
    openDriver: (address, settings) => openRedisDriver(form, address, settings)
  }
}

async function start(form: RedisForm, durable: Durable): Promise<RunningPeer> {
  const server = await startRedis({ ...AOF[durable].settings, 'auto-aof-rewrite-percentage': '0' })
  const admin = new Redis(server.url, { retryStrategy: () => null })
  // Who asks it will notice that it is gone.
  admin.on('error', () => {})
  if (form.script !== null) await admin.script('LOAD', form.script)
  return {
    version: `Redis ${field(await admin.info('server'), 'redis_version')}`,
    processes: [{ name: 'redis-server', pid: server.pid }],
    address: { url: server.url },
    reset: () => reset(admin, durable),
    stop: async () => {
      admin.disconnect()
      await server.dispose()
    }
  }
}

/** The scripts stay. The file of what was before is written anew, as the few bytes that an empty house takes. */
async function reset(admin: Redis, durable: Durable): Promise<void> {
  await admin.flushall('SYNC')
  if (durable === 'none') return
  await admin.bgrewriteaof()
  for (;;) {
    const info = await admin.info('persistence')
    if (field(info, 'aof_rewrite_in_progress') === '0' && field(info, 'aof_rewrite_scheduled') === '0') return
    await delay(10)
  }
}

function field(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? ''
}

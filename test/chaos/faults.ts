// What can be done to a running server, its database, and the wires between them; and how it is put right again.
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../bench/random.ts'
import type { FaultyWire } from './faulty-wire.ts'
import type { Stage } from './stage.ts'

/** What a fault does harm to: of two at once, each has its own. */
export type Part = 'server' | 'postgres' | 'database wire' | 'client wire'

export interface Fault {
  readonly name: string
  readonly part: Part
  /** Needs a disk that can be filled. */
  readonly needsDisk?: boolean
  /**
   * Does harm, and puts it right; `ending` is called when the harm ends. What comes about by itself after that is the
   * server's to do.
   */
  inflict(stage: Stage, random: Random, ending: () => void): Promise<void>
}

/** From `from` to `to` milliseconds, by the dice. */
function between(random: Random, from: number, to: number): Promise<void> {
  return delay(from + random.next() * (to - from))
}

const SERVER_FAULTS: readonly Fault[] = [
  {
    name: 'server killed',
    part: 'server',
    inflict: async ({ server }, random, ending) => {
      await server.end('SIGKILL')
      await between(random, 0, 1_500)
      ending()
      server.start()
    }
  },
  {
    name: 'server killed, and again as it recovers',
    part: 'server',
    inflict: async ({ server }, random, ending) => {
      await server.end('SIGKILL')
      server.start()
      await between(random, 300, 1_500)
      await server.end('SIGKILL')
      ending()
      server.start()
    }
  },
  {
    name: 'server stopped in order',
    part: 'server',
    inflict: async ({ server }, random, ending) => {
      await server.end('SIGTERM')
      await between(random, 0, 500)
      ending()
      server.start()
    }
  },
  {
    name: 'server frozen',
    part: 'server',
    inflict: (stage, random, ending) => freezeServer(stage, between(random, 200, 4_000), ending)
  },
  {
    name: 'server frozen past its lease',
    part: 'server',
    inflict: (stage, random, ending) => freezeServer(stage, between(random, 11_000, 14_000), ending)
  },
  {
    name: 'server frozen, and a second takes over',
    part: 'server',
    inflict: takeOver
  }
]

async function freezeServer({ server }: Stage, time: Promise<void>, ending: () => void): Promise<void> {
  const { pid } = server
  if (pid !== null) process.kill(pid, 'SIGSTOP')
  await time
  ending()
  if (pid !== null && server.pid === pid) process.kill(pid, 'SIGCONT')
}

const TAKE_OVER_MS_MAX = 30_000

/**
 * The first wakes while the second serves, and clients still talk to it: it must tell them nothing. Then they find the
 * second, and then that one leaves.
 */
async function takeOver({ server, rival, clientWire }: Stage, random: Random, ending: () => void): Promise<void> {
  const { pid } = server
  if (pid !== null) process.kill(pid, 'SIGSTOP')
  rival.start()
  for (const until = performance.now() + TAKE_OVER_MS_MAX; performance.now() < until; await delay(50)) {
    if (await rival.isReady()) break
  }
  clientWire.redirect(rival.port)
  if (pid !== null && server.pid === pid) process.kill(pid, 'SIGCONT')
  await between(random, 500, 2_000)
  clientWire.cut()
  await between(random, 1_000, 3_000)
  ending()
  clientWire.redirect(server.port)
  await rival.end('SIGTERM')
}

const TERMINATE = `
  select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'frontrow%'`

const POSTGRES_FAULTS: readonly Fault[] = [
  {
    name: 'backends terminated',
    part: 'postgres',
    inflict: async ({ sql }, random, ending) => {
      for (let times = 1 + random.below(3); times > 0; times--) {
        await sql(TERMINATE)
        await between(random, 0, 300)
      }
      ending()
    }
  },
  ...(['fast', 'immediate'] as const).map(
    (mode): Fault => ({
      name: `Postgres stopped, ${mode}`,
      part: 'postgres',
      inflict: async ({ postgres }, random, ending) => {
        await postgres.stop(mode)
        await between(random, 100, 4_000)
        ending()
        await postgres.start()
      }
    })
  ),
  {
    name: 'Postgres killed',
    part: 'postgres',
    inflict: async ({ postgres }, random, ending) => {
      await postgres.kill()
      await between(random, 0, 2_000)
      ending()
      await postgres.start()
    }
  },
  {
    name: 'Postgres frozen',
    part: 'postgres',
    inflict: async ({ postgres }, random, ending) => {
      postgres.pause()
      await between(random, 300, 5_000)
      ending()
      postgres.resume()
    }
  },
  {
    name: "journal's disk full",
    part: 'postgres',
    needsDisk: true,
    inflict: async (stage, random, ending) => {
      if (typeof stage.disk === 'string') return ending()
      stage.disk.fill()
      await logUntilFull(stage)
      await between(random, 500, 3_000)
      ending()
      stage.disk.free()
      await bringUp(stage)
    }
  }
]

const BRING_UP_MS_MAX = 60_000
const LOG_SOME = `select pg_logical_emit_message(true, 'chaos', repeat('x', 200000))`
const LOGGED_MAX = 50

/** The load alone would take its time to come to the end of what is left of the log's last file. */
async function logUntilFull({ sql }: Stage): Promise<void> {
  for (let times = 0; times < LOGGED_MAX; times++) {
    const isFelt = await sql(LOG_SOME).then(
      () => false,
      () => true
    )
    if (isFelt) return
  }
  throw new Error('the full disk was not felt')
}

/** As an operator would: a Postgres that could not write its log ends, by itself or while it recovers. */
async function bringUp({ postgres, sql }: Stage): Promise<void> {
  let last: unknown = null
  for (const until = performance.now() + BRING_UP_MS_MAX; performance.now() < until; await delay(50)) {
    try {
      await postgres.start()
      await sql('select 1')
      return
    } catch (error) {
      last = error
    }
  }
  throw new Error('Postgres did not come back', { cause: last })
}

function wireFaults(part: 'database wire' | 'client wire', wireOf: (stage: Stage) => FaultyWire): readonly Fault[] {
  const side = part === 'database wire' ? 'to Postgres' : 'to clients'
  return [
    {
      name: `wire ${side} cut`,
      part,
      inflict: async (stage, random, ending) => {
        for (let times = 1 + random.below(4); times > 0; times--) {
          wireOf(stage).cut()
          await between(random, 0, 400)
        }
        ending()
      }
    },
    {
      name: `wire ${side} slow`,
      part,
      inflict: async (stage, random, ending) => {
        // There and back: 100 to 1,500 ms.
        wireOf(stage).slow(50 + random.next() * 700)
        await between(random, 1_000, 6_000)
        ending()
        wireOf(stage).heal()
      }
    },
    {
      name: `wire ${side} half closed`,
      part,
      inflict: async (stage, random, ending) => {
        wireOf(stage).halfClose(random.next() < 0.5 ? 'forth' : 'back')
        await between(random, 500, 2_000)
        ending()
      }
    },
    {
      name: `wire ${side} silent in one direction`,
      part,
      inflict: async (stage, random, ending) => {
        wireOf(stage).hold(random.next() < 0.5 ? 'forth' : 'back')
        await between(random, 300, 6_000)
        ending()
        if (random.next() < 0.5) wireOf(stage).cut()
        wireOf(stage).heal()
      }
    }
  ]
}

export const FAULTS: readonly Fault[] = [
  ...SERVER_FAULTS,
  ...POSTGRES_FAULTS,
  ...wireFaults('database wire', ({ databaseWire }) => databaseWire),
  ...wireFaults('client wire', ({ clientWire }) => clientWire)
]

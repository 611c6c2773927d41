// The server is killed under a steady load and started again. Whoever was not answered asks again with the same key, so
// latencies tell what a buyer waits; gaps tell how long nobody got anything.
import { setTimeout as delay } from 'node:timers/promises'
import { numberSetting } from '../../bench.ts'
import type { Cell } from '../../table.ts'
import type { RunningFrontrow } from '../frontrow/frontrow.ts'
import { loadBench } from '../load-bench.ts'
import { gapTable } from '../load-tables.ts'

export const failover = loadBench({
  what: 'the server is killed under load and started again: the time without service',
  presets: { seconds: '30', rate: '1000', shows: '16', seats: '8000' },
  options: { kills: { preset: '2', what: 'how often it is killed, spread over the run' } },
  persistent: true,
  meanwhile: async (running, settings, progress) => {
    if (!('stage' in running)) throw new Error('only a server of ours can be killed')
    const { server } = (running as RunningFrontrow).stage
    const kills = numberSetting(settings, 'kills', 0)
    const rows: Cell[][] = []
    for (let at = 1; at <= kills; at++) {
      await delay((numberSetting(settings, 'seconds', 0.1) * 1000) / (kills + 1))
      const killedAt = performance.now()
      await server.kill('SIGKILL')
      await server.restart()
      const ms = Math.round(performance.now() - killedAt)
      progress.say(`  kill ${at}: ready again after ${ms} ms`)
      rows.push([at, ms])
    }
    return [{ title: 'failover: kills', columns: ['kill', 'ms until ready'], rows }]
  },
  tables: (runs) => [gapTable(runs, 'failover: longest times without a grant')]
})

// The wire's contract, held by the simulator's network and by the wire that tests of the cluster stand on.

import { Network } from './simulator/network.ts'
import type { Process, Stage } from './simulator/parts.ts'
import { Timeline } from './simulator/timeline.ts'
import { ManualClock } from './support/manual-clock.ts'
import { PlainHub } from './support/plain-hub.ts'
import { wireContract } from './wire-contract.ts'

/** What the network needs of its world: time, and delays that differ. */
function plainStage(timeline: Timeline): Stage {
  let turns = 0
  const delay = (scale: number) => scale * ((turns++ * 7) % 10)
  const scenario = { trouble: { wireLost: 0 } }
  return { timeline, delay, strikes: () => false, scenario, promised: false } as unknown as Stage
}

wireContract('the network of the simulator', async () => {
  const timeline = new Timeline()
  const network = new Network(plainStage(timeline))
  let processes = 0
  const settled = async () => {
    while (timeline.step());
  }
  return {
    settled,
    join: async (node) => {
      const process = { alive: true, enter: (run: () => void) => run() }
      const wire = network.join(process as Process, `${node}#${++processes}`)
      const leave = async () => {
        process.alive = false
        network.leave(process as Process)
      }
      return { wire, leave }
    },
    arrives: async (check) => {
      await settled()
      check()
    },
    close: async () => {}
  }
})

wireContract('the wire of tests', async () => {
  const clock = new ManualClock(0)
  const hub = new PlainHub()
  return {
    settled: () => clock.settle(),
    join: async (node) => {
      const hands = clock.hands()
      const wire = hub.join(node, hands)
      const leave = async () => {
        hands.stop()
        hub.leave(wire.address)
      }
      return { wire, leave }
    },
    arrives: async (check) => {
      await clock.settle()
      check()
    },
    close: async () => {}
  }
})

// The show that the crowd looks at: what it is, who has it, and what every node says of it in the end.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { shardOf } from '../../core/shard.ts'
import { demoArena } from '../../gateway/demo/demo-plans.ts'
import type { ClusterStage } from '../../test/support/cluster-stage.ts'
import { type House, readHouse, type SeatMap } from '../sellout/house.ts'
import { machineMs } from './clock.ts'
import type { CrowdEvidence, NodeMap, ShardHead } from './judge.ts'

export const SHOW = 'crowd'
export const SHARDS = 64
export const HOLD_MS = 600_000
/** A show that has had its owner for so long stays there: the nodes have sorted themselves out. */
const SETTLED_MS = 3_000
const PATIENCE_MS = 60_000
/** A request whose socket was cut at the wrong moment is never heard of again. */
const ANSWER_MS_MAX = 8_000
const AGAIN_MS = 100
const POLICY = { holdMs: HOLD_MS, holdsPerUserMax: 10_000, seatsPerUserMax: 100_000 }

/** `file`: of a plan; the demo arena where it is ''. */
export function showOf(file: string): object {
  const plan = file === '' ? demoArena() : (JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof demoArena>)
  const prices = Object.fromEntries(plan.categories.map(({ name }, at) => [name, 2_000 + at * 1_500]))
  const startsAt = '2040-05-01T19:30:00Z'
  return { id: SHOW, title: 'All eyes on one', startsAt, currency: 'EUR', plan, prices, policy: POLICY }
}

/** A shard that moves while viewers come would have all of them told its map twice. */
export async function settledHead(stage: ClusterStage): Promise<ShardHead> {
  let head = await headOf(stage)
  for (let since = machineMs(); machineMs() - since < SETTLED_MS; ) {
    await delay(AGAIN_MS)
    const now = await headOf(stage)
    if (now.epoch !== head.epoch || now.owner === null) since = machineMs()
    head = now
  }
  return head
}

/** From every node: each has the show's plan before its memory is measured. */
export async function houseOf(stage: ClusterStage): Promise<House> {
  const [first] = await fromAll(stage)
  return first!.house
}

/** Read anew where the show moves meanwhile. */
export async function finalMaps(stage: ClusterStage): Promise<Pick<CrowdEvidence, 'head' | 'maps'>> {
  for (const deadline = machineMs() + PATIENCE_MS; ; await delay(AGAIN_MS)) {
    const maps = (await fromAll(stage)).map(({ id, house }): NodeMap => ({ id, map: house.map }))
    const head = await headOf(stage)
    if (maps.every(({ map }) => map.epoch === head.epoch) || machineMs() > deadline) return { head, maps }
  }
}

async function fromAll(stage: ClusterStage) {
  const houses: { id: string; house: House & { map: SeatMap } }[] = []
  for (const { id, url } of stage.nodes) houses.push({ id, house: await houseFrom(url) })
  return houses
}

/** Asks again where the node is too busy to answer. */
async function houseFrom(url: string): Promise<House & { map: SeatMap }> {
  for (const deadline = machineMs() + PATIENCE_MS; ; await delay(AGAIN_MS)) {
    try {
      const tooLate = delay(ANSWER_MS_MAX, null, { ref: false })
      const house = await Promise.race([readHouse(url, SHOW), tooLate])
      if (house !== null) return house
    } catch (error) {
      if (machineMs() > deadline) throw error
    }
    if (machineMs() > deadline) throw new Error(`${url} did not give the seat map`)
  }
}

/** A node's name is what comes before the dot. */
async function headOf(stage: ClusterStage): Promise<ShardHead> {
  const query = `select split_part(owner, '.', 1) as owner, epoch::int from frontrow.shard_head where shard = $1`
  const [head] = await stage.sql<ShardHead>(query, [shardOf(SHOW, SHARDS)])
  return head!
}

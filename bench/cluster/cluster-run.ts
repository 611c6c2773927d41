// A cluster that is tried out, from its start to its summary: shows what it does, takes keys or steps, and leaves
// nothing behind.
import type { ReadStream } from 'node:tty'

import { createPool } from '../../persistence/postgres/postgres.ts'
import { createPostgresNodes, type PostgresNodes } from '../../persistence/postgres/postgres-nodes.ts'
import type { ClusterStage } from '../../test/support/cluster-stage.ts'
import { startClusterStage } from '../../test/support/cluster-stage.ts'
import { type Chronicle, createChronicle } from './chronicle.ts'
import type { ClusterOptions, Deed } from './cluster-options.ts'
import { createControl } from './control.ts'
import { type Output, startLines, startScreen } from './display.ts'
import { createHands, type Hands, runs } from './hands.ts'
import { listenToKeys } from './keys.ts'
import { type Picture, pictureOf } from './picture.ts'
import { type Sale, startSale } from './sale.ts'
import { type Ending, isLost, summaryText } from './summary.ts'
import { startWatch, type Watch } from './watch.ts'

export interface Terminal {
  readonly output: Output
  /** Null where nobody sits in front of it. */
  readonly keyboard: ReadStream | null
}

/** How it is ended, in order, before its time. */
export interface End {
  readonly asked: Promise<void>
  ask(): void
}

/** What is set for every node, beside what this run decides. */
const PASSED_ON = ['JWT_SECRET', 'SHARDS', 'NATS_USER', 'NATS_PASSWORD', 'NATS_CREDS', 'NATS_EVENTS_MB'] as const

/** False where something that was acknowledged is not there. */
export async function runCluster(options: ClusterOptions, terminal: Terminal, end: End): Promise<boolean> {
  const { DATABASE_URL, NATS_URL } = process.env
  const set = PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []))
  terminal.output.write('Starting what it stands on …\n')
  const stage = await startClusterStage({
    nodes: 0,
    env: { DEMO: '1', ...Object.fromEntries(set) },
    databaseUrl: DATABASE_URL || undefined,
    natsUrl: NATS_URL || undefined,
    postgres: { durable: true }
  })
  const pool = createPool(stage.databaseUrl)
  try {
    terminal.output.write(`${placesOf(stage).join(' ')}\n`)
    return await tryOut(stage, createPostgresNodes(pool), options, terminal, end)
  } finally {
    await pool.end()
    await stage.dispose()
  }
}

async function tryOut(
  stage: ClusterStage,
  operator: PostgresNodes,
  options: ClusterOptions,
  { output, keyboard }: Terminal,
  end: End
): Promise<boolean> {
  const play = await setUp(stage, operator, options.port)
  const { hands, picture } = play
  const shown = () => picture().nodes.map(({ index }) => index)
  const control = createControl(hands, shown, end.ask)
  const frame = () => ({ chosen: control.chosen, places: placesOf(stage) })
  const display = keyboard === null ? startLines(output, picture) : startScreen(output, picture, frame)
  const stopListening = keyboard === null ? () => {} : listenToKeys(keyboard, (key) => control.press(key))
  let ending: Ending
  try {
    ending = await run(play, options, (deed) => control.step(deed), end.asked)
  } finally {
    await hands.stopAll()
    await play.watch.stop()
    stopListening()
    display.stop()
  }
  output.write(`\n${summaryText(ending)}\n`)
  return ending.sale === null || !isLost(ending.sale.checked)
}

interface Play {
  readonly stage: ClusterStage
  readonly hands: Hands
  readonly chronicle: Chronicle
  readonly watch: Watch
  readonly picture: () => Picture
  /** When time begins to count, by `performance.now()`. */
  zeroMs: number
  sale: Sale | null
}

async function setUp(stage: ClusterStage, operator: PostgresNodes, port: number): Promise<Play> {
  const chronicle = createChronicle(() => performance.now())
  // Others may be at home in a database that was there already: their names are theirs.
  const others = await operator.look().catch(() => null)
  const taken = new Set(others?.nodes.map(({ node }) => node))
  const hands = createHands({ stage, operator, chronicle, port, taken })
  const watch = startWatch(operator, hands, chronicle)
  const picture = () => {
    const { happenings } = chronicle
    return pictureOf(play.zeroMs, hands.nodes, watch, { sale: play.sale?.figures ?? null, happenings })
  }
  const play: Play = { stage, hands, chronicle, watch, picture, zeroMs: performance.now(), sale: null }
  return play
}

/** From the first start until it is `over`, by itself or by who looks on. */
async function run(
  play: Play,
  { nodes, load, steps, seconds }: ClusterOptions,
  step: (deed: Deed) => void,
  over: Promise<void>
): Promise<Ending> {
  const { stage, hands, chronicle } = play
  const started = Promise.all(Array.from({ length: nodes }, () => hands.act('add', null)))
  if (!(await Promise.race([started.then(() => true), over.then(() => false)]))) return endingOf(play, 0, null)
  if (hands.nodes.every(({ state }) => state === 'failed')) throw new Error(chronicle.happenings.at(-1)?.text)
  if (load > 0) play.sale = await startSale(stage, load, () => anyNode(hands))
  play.zeroMs = performance.now()
  chronicle.note('all is ready: time counts from here')
  const timers = steps.map(({ deed, atMs }) => setTimeout(step, atMs, deed))
  const timeIsUp = new Promise<void>((resolve) => {
    if (seconds !== null) timers.push(setTimeout(resolve, seconds * 1000))
  })
  await Promise.race([over, timeIsUp])
  for (const timer of timers) clearTimeout(timer)
  const tookMs = performance.now() - play.zeroMs
  return endingOf(play, tookMs, await endSale(play))
}

/** As it is before the nodes are stopped. */
function endingOf({ hands, chronicle, watch }: Play, tookMs: number, sale: Ending['sale']): Ending {
  return {
    seconds: tookMs / 1000,
    nodes: hands.nodes.map((node) => ({ ...node })),
    watch: { view: watch.view, figures: new Map(watch.figures) },
    chronicle,
    sale
  }
}

/** Asked once more of nodes that run: without one, nobody would bring what was sold into the tables. */
async function endSale({ sale, hands, chronicle }: Play) {
  if (sale === null) return null
  // What was asked of nodes that are paused gets its answer.
  for (const node of hands.nodes) if (node.state === 'paused') await hands.act('resume', node)
  await sale.stop()
  if (anyNode(hands) === null) await hands.act('add', null)
  chronicle.note('nothing more is sold: waiting until the tables have what is in the journal')
  return { figures: sale.figures, checked: await sale.check() }
}

function anyNode(hands: Hands): string | null {
  const able = hands.nodes.filter((node) => runs(node) && node.state === 'up')
  return able[Math.floor(Math.random() * able.length)]?.server?.url ?? null
}

/** As another command line takes them, without passwords. */
function placesOf({ databaseUrl, natsUrl }: ClusterStage): readonly string[] {
  const servers = natsUrl.split(',').map(withoutPassword).join(',')
  return [`DATABASE_URL=${withoutPassword(databaseUrl)}`, `NATS_URL=${servers}`]
}

function withoutPassword(text: string): string {
  const url = new URL(text)
  if (url.password !== '') url.password = '***'
  return url.href
}

// Everything of one simulated run: time, chance, the stores, the processes, the clients and the judge. One seed
// decides all of it, so a run can be repeated to the last step.
import { createHash } from 'node:crypto'
import { createRandom, type Random } from '../../bench/random.ts'
import type { Plan } from '../../core/plan/plan.ts'
import { definitionOf, NOON, planOf } from '../support/small-show.ts'
import { SimClient } from './client.ts'
import { Judge } from './judge.ts'
import { A_BUG, startNemesis } from './nemesis.ts'
import { Network } from './network.ts'
import { SimNode } from './node.ts'
import type { Process, Stage } from './parts.ts'
import { type Extent, type Scenario, scenarioOf } from './scenario.ts'
import { StoreServer } from './store.ts'
import { Timeline } from './timeline.ts'
import { Counts, type SimRule, type Violation } from './verdict.ts'

/** Simulated time after the last fault within which everyone must have an answer. */
const SETTLE_MS = 60_000
/** Nothing is on its way for longer than this. */
const ARRIVE_MS = 15_000
/** … and within which feeds must have caught up, after the last hold is over. */
const CATCH_UP_MS = 20_000

export interface RunResult {
  readonly seed: number
  readonly ops: number
  readonly steps: number
  readonly simulatedMs: number
  readonly violation: Violation | null
  readonly faults: Counts
  readonly answers: Counts
  /** Of everything committed and told: the same for the same seed. */
  readonly trace: string
}

export class World implements Stage {
  readonly scenario: Scenario
  readonly timeline = new Timeline()
  readonly random: Random
  readonly plan: Plan
  readonly store: StoreServer
  readonly network: Network
  readonly judge: Judge
  readonly faults = new Counts()
  readonly answers = new Counts()
  nodes: SimNode[] = []
  clients: SimClient[] = []
  ops = 0
  /** No more faults, and nothing new is asked. */
  over = false
  /** Something may go on after a promise was kept: let it, before time goes on. */
  promised = true
  violation: Violation | null = null
  /** The latest time that any process's clock has shown. */
  clockMs = 0
  /** How far the machines' clocks are off. */
  skewMs = 0
  /** Nobody asks for anything until then. */
  quietUntil = 0
  private moments = 0
  private keys = 0
  private owners = 0
  private steps = 0

  constructor(scenario: Scenario) {
    this.scenario = scenario
    this.random = createRandom(scenario.seed)
    this.timeline.now = NOON
    this.plan = planOf(scenario.planJson)
    this.store = new StoreServer(this)
    this.network = new Network(this)
    this.judge = new Judge(this)
  }

  async run(): Promise<RunResult> {
    await this.open()
    startNemesis(this)
    await this.proceed(() => this.ops >= this.scenario.ops)
    this.over = true
    this.store.downUntil = 0
    this.store.stalledUntil = 0
    this.network.heal()
    for (const node of this.nodes) node.storeCutUntil = 0
    await this.settle()
    if (this.violation === null) this.judge.linearizable()
    const { seed } = this.scenario
    const { ops, steps, violation, faults, answers } = this
    const simulatedMs = this.timeline.now - NOON
    return { seed, ops, steps, simulatedMs, violation, faults, answers, trace: this.judge.trace }
  }

  /** A node, and the shows on sale. */
  private async open(): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(this.scenario.planJson))
    const planHash = createHash('sha256').update(bytes).digest('hex')
    await this.store.plans.save(planHash, bytes)
    const prices = Object.fromEntries(this.plan.categories.map(({ name }, at) => [name, 1_000 * (at + 1)]))
    for (let at = 0; at < this.scenario.nodes; at++) this.startNode()
    this.clients = Array.from({ length: this.scenario.clients }, (_, at) => new SimClient(this, at))
    for (const id of this.scenario.shows) {
      const definition = definitionOf(this.scenario.policy, { id, planHash, prices })
      const key = this.newKey()
      this.clients[0]!.start({ op: 'create', show: id, user: 'user-0', admin: true, key, definition }, null, () => {})
    }
    await this.proceed(() => this.clients[0]!.underway === 0)
    for (const client of this.clients) client.begin()
  }

  /** Everything is well now: within a bound all must be answered, all holds over, all feeds up to date. */
  private async settle(): Promise<void> {
    const pending = () => this.clients.reduce((sum, { underway }) => sum + underway, 0)
    const answeredBy = this.timeline.now + SETTLE_MS
    await this.proceed(() => pending() === 0 || this.timeline.now > answeredBy)
    if (pending() > 0) this.fail('SIM-9', `${pending()} operations have no answer ${SETTLE_MS} ms after the last fault`)
    // Copies of what was answered long ago may still be on their way, and take new holds.
    const arrivedBy = this.timeline.now + ARRIVE_MS
    await this.proceed(() => this.timeline.now > arrivedBy)
    const isOver = (now: number) => now > this.judge.lastDeadline()
    await this.proceed(() => this.nodes.length > 0 && this.nodes.every((node) => isOver(node.now())))
    const caughtUpBy = this.timeline.now + CATCH_UP_MS
    await this.proceed(() => this.timeline.now > caughtUpBy)
    if (this.violation === null) this.judge.settled(this.clients)
  }

  private async proceed(until: () => boolean): Promise<void> {
    while (this.violation === null && !until()) {
      if (this.promised) {
        this.promised = false
        await new Promise<void>((resolve) => process.nextTick(resolve))
        continue
      }
      this.steps++
      if (!this.step()) throw new Error('nothing is planned: the simulation has stopped')
    }
  }

  /** What is thrown where nobody catches it would end the process that it happens in. */
  private step(): boolean {
    try {
      return this.timeline.step()
    } catch (error) {
      this.fail('SIM-13', error instanceof Error ? (error.stack ?? error.message) : String(error))
      return true
    }
  }

  /** One data folder has one process at a time; a second of that name has a folder of its own. */
  ownerFor(name: string): string {
    return this.nodes.some(({ owner }) => owner === name) ? `${name}.${this.tick()}` : name
  }

  startNode(owner = `node-${++this.owners}`): SimNode {
    const node = new SimNode(this, owner)
    this.nodes.push(node)
    return node
  }

  /** A process is gone; it is started again, as itself or as another one. */
  died(node: Process): void {
    this.nodes = this.nodes.filter((other) => other !== node)
    this.network.leave(node)
    const owner = this.random.below(5) > 0 ? node.owner : undefined
    const isEnough = this.scenario.nodes === 1 ? this.nodes.length > 0 : this.nodes.length >= this.scenario.nodes
    if (isEnough && this.random.below(2) === 0) return
    this.timeline.after(this.over ? 10 : this.random.below(4_000), () => {
      if (!this.nodes.some((other) => other.owner === owner)) this.startNode(owner)
    })
  }

  fail(rule: SimRule, what: string): void {
    this.violation ??= { rule, what, ops: this.ops, at: Math.round(this.timeline.now - NOON) }
  }

  /** What a process reports as an error must be what was done to it. */
  incident(node: Process, message: string, facts: Readonly<Record<string, unknown>>): void {
    const asked = String(facts['error']).includes(A_BUG)
    const fenced = message.startsWith('fenced') || message.startsWith('another process has this name')
    const notLoaded = message.startsWith('a show could not be loaded') && String(facts['error']).includes('no answer')
    if (!asked && !fenced && !notLoaded) this.fail('SIM-13', `${node.owner}: ${message} ${JSON.stringify(facts)}`)
  }

  /** Whether something with this chance happens now; counted when it does. */
  strikes(name: string, chance: number): boolean {
    if (!this.happens(chance)) return false
    this.injected(name)
    return true
  }

  happens(chance: number): boolean {
    return chance > 0 && !this.over && this.random.next() < chance
  }

  injected(name: string): void {
    this.faults.add(name)
  }

  /** Milliseconds that something of about `scale` takes: mostly less, at times ten times as much. */
  delay(scale: number): number {
    const share = this.random.next()
    return scale * (share < 0.95 ? share : share * 10)
  }

  quietFor(): number {
    return Math.max(0, this.quietUntil - this.timeline.now)
  }

  /** A moment that is after all before it. */
  tick(): number {
    return ++this.moments
  }

  newKey(): string {
    return this.random.below(this.scenario.opsPerUnkeyed) === 0 ? '' : `k${++this.keys}`
  }
}

export function simulate(seed: number, given?: Extent): Promise<RunResult> {
  return new World(scenarioOf(seed, given)).run()
}

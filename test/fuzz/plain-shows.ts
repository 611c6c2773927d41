// Shows that decide on the spot, over the real rules and without a journal: what stands behind the doors while they
// are fuzzed. Every input finds the same sale, so that what it does depends on nothing before it.
import type { ReplySink, Shows, ShowView } from '../../actors/outcome.ts'
import { decodeSnapshot, encodeSnapshot } from '../../core/codec/snapshot-codec.ts'
import type { Command } from '../../core/command.ts'
import type { Inventory } from '../../core/inventory.ts'
import { readPlan } from '../../core/plan/plan-import.ts'
import { refuse } from '../../core/refusal.ts'
import { apply } from '../../core/rules/apply.ts'
import { decide } from '../../core/rules/decide.ts'
import { decideCreate } from '../../core/rules/decide-show.ts'
import { expireNext } from '../../core/rules/expire.ts'
import { block, book, cancel, hold, NOON, Sale, SHOW, SMALL_PLAN } from '../support/small-show.ts'
import { bytesOf, insist } from './fuzz-target.ts'

export const PLAN_BYTES = bytesOf(JSON.stringify(SMALL_PLAN))
const NO_SHOW = refuse('not_found', 'There is no such show.')

/** Ann holds A1 and A2 (hold 1) and has B1 (booking 1); Bob holds C1; B6 is blocked; A3 to A5 are free. */
function furnished(): Sale {
  const sale = new Sale({ seatsPerUserMax: 8, holdsPerUserMax: 3, extensionsMax: 2 })
  sale.done('held', hold('customer-1', 'A1 A2', { key: 'k1' }))
  sale.done('held', hold('customer-1', 'B1 B2'))
  sale.done('booked', book('customer-1', 2, 'B1', { key: 'k2' }))
  sale.done('held', hold('bob', 'C1'))
  sale.done('held', hold('bob', 'C2'))
  sale.done('booked', book('bob', 4, null))
  sale.done('cancelled', cancel('bob', 2))
  sale.done('blocked', block('B6'))
  return sale
}

export class PlainShows implements Shows {
  /** The last plan that was stored, by its hash. */
  stored: { readonly hash: string; readonly json: Uint8Array } = { hash: '', json: new Uint8Array(0) }
  /** Refusals and events that were answered since the last `reset`. */
  refusals = 0
  events = 0
  private readonly plan = furnished().plan
  private readonly first = encodeSnapshot(furnished().inventory)
  private inventory: Inventory
  private epoch = 0
  private seq = 0

  constructor() {
    this.inventory = decodeSnapshot(this.first, this.plan)
  }

  reset(): void {
    // Nothing happened: `insistSound` has seen that it is as it was.
    if (this.events > 0) this.inventory = decodeSnapshot(this.first, this.plan)
    this.epoch++
    this.seq = 1
    this.refusals = 0
    this.events = 0
  }

  /** Without an event, all is as it was. */
  insistSound(): void {
    const now = encodeSnapshot(this.inventory)
    if (this.events === 0) insist(Buffer.from(now).equals(this.first), 'something changed without an event')
    else insist(Buffer.from(encodeSnapshot(decodeSnapshot(now, this.plan))).equals(now), 'a state that cannot be kept')
  }

  submit(command: Command, sink: ReplySink, tag: number): void {
    if (command.op === 'create' && command.show !== SHOW) return this.create(command, sink, tag)
    if (command.show !== SHOW) {
      this.refusals++
      return sink.reply(command, NO_SHOW, null, tag)
    }
    const { inventory } = this
    for (let over = expireNext(inventory, NOON); over !== null; over = expireNext(inventory, NOON))
      apply(inventory, over)
    const decision = decide(inventory, command, NOON)
    if (decision.kind === 'remembered') return sink.reply(command, decision.event, this.seen(), tag)
    if (decision.kind === 'sealed' || decision.kind === 'unread') throw new Error('nothing is ever sealed here')
    if (decision.kind === 'refused') this.refusals++
    else {
      apply(inventory, decision)
      this.events++
      this.seq++
    }
    sink.reply(command, decision, this.seen(), tag)
  }

  view(show: string, done: (view: ShowView | null, refusal: null) => void): void {
    done(show === SHOW ? this.seen() : null, null)
  }

  watch(show: string, done: (view: ShowView | null, refusal: null) => void): void {
    this.view(show, done)
  }

  unwatch(): void {}

  position(): { shard: number; seq: number } {
    return { shard: 0, seq: this.seq }
  }

  diffsSince(): null {
    return null
  }

  private create(command: Command & { op: 'create' }, sink: ReplySink, tag: number): void {
    insist(command.definition.planHash === this.stored.hash, 'the show has a plan that nobody stored')
    const { plan } = readPlan(JSON.parse(Buffer.from(this.stored.json).toString()))
    insist(plan !== null, 'a plan that was stored is not read again')
    const decision = decideCreate(command, plan, NOON)
    const { definition } = command
    const statuses = new Uint8Array(plan.seatCount)
    const view = decision.kind === 'refused' ? null : { definition, plan, epoch: 1, seq: 1, statuses }
    sink.reply(command, decision, view, tag)
  }

  private seen(): ShowView {
    const { definition, plan, status } = this.inventory
    return { definition, plan, epoch: this.epoch, seq: this.seq, statuses: status }
  }
}

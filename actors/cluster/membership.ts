// Who is there, by the roster, and so which shards are to be ours. What it says is a plan, never a right: whose a shard
// is, the journal says.
import { LEASE_MS } from '../../core/limits.ts'
import type { Clock, Member, Observer, Roster } from '../ports.ts'
import { placeShards } from './placement.ts'

export interface MembershipOptions {
  readonly roster: Roster
  readonly node: string
  readonly shards: number
  readonly clock: Clock
  readonly observer: Observer
  /** Whether this node hears itself over the wire. */
  readonly connected: () => boolean
  /** The plan may be another than before. */
  readonly changed: () => void
  /** A younger process has this node's name: this one has to go. */
  readonly replaced: () => void
}

const RETRY_MS = 200

export class Membership {
  private readonly options: MembershipOptions
  private readonly startedAt: number
  private all: readonly Member[] = []
  private placed: readonly string[] = []
  private placedFor = ''
  private isReplaced = false
  private isLeaving = false
  private stopped = false
  private asking: Promise<void> | null = null
  private cancel: () => void = () => {}

  constructor(options: MembershipOptions) {
    this.options = options
    this.startedAt = options.clock.now()
  }

  get members(): readonly Member[] {
    return this.all
  }

  /** Nothing is to be ours: an operator said so, or we are about to end. */
  get isDraining(): boolean {
    return this.isLeaving || this.all.some(({ node, draining }) => draining && node === this.options.node)
  }

  isThere(name: string): boolean {
    return this.all.some(({ node, connected }) => node === name && connected)
  }

  /** The node that is to have `shard`; undefined as long as nobody is known. */
  ownerOf(shard: number): string | undefined {
    return this.placed[shard]
  }

  wants(shard: number): boolean {
    return !this.isReplaced && this.placed[shard] === this.options.node
  }

  /** Returns once it is known who is there. */
  async start(): Promise<void> {
    const { clock } = this.options
    while (this.placed.length === 0 && !this.isReplaced && !this.stopped) {
      await this.look()
      if (this.placed.length === 0) await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
    }
    this.lookLater()
  }

  /** From now on nothing is to be ours. */
  leave(): Promise<void> {
    this.isLeaving = true
    return this.look()
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.cancel()
    await this.asking
    if (this.isReplaced) return
    await this.options.roster.leave(this.options.node, this.startedAt).catch(() => {})
  }

  /** Attends, and sees who else does. One at a time: who asks meanwhile gets an answer that is asked for later. */
  async look(): Promise<void> {
    if (this.asking !== null) await this.asking
    this.asking ??= this.attend().finally(() => {
      this.asking = null
    })
    await this.asking
  }

  private lookLater(): void {
    if (this.stopped || this.isReplaced) return
    this.cancel = this.options.clock.after(LEASE_MS / 3, () => {
      void this.look().finally(() => this.lookLater())
    })
  }

  private async attend(): Promise<void> {
    const { roster, node, connected, observer, replaced } = this.options
    if (this.stopped || this.isReplaced) return
    try {
      const said = { node, startedAt: this.startedAt, connected: connected(), leaving: this.isLeaving }
      const members = await roster.attend(said, LEASE_MS)
      if (this.stopped) return
      if (members === null) {
        this.isReplaced = true
        observer.incident('error', 'another process has this name, and is younger: this one gives up', { node })
        return replaced()
      }
      this.plan(members)
    } catch (error) {
      observer.incident('warn', 'the roster could not be asked; who was there is taken to be', { error: String(error) })
    }
  }

  private plan(members: readonly Member[]): void {
    const { shards, changed } = this.options
    this.all = members
    const names = eligible(members)
      .map(({ node }) => node)
      .sort()
    const key = names.join()
    if (key !== this.placedFor) {
      this.placedFor = key
      this.placed = placeShards(names, shards)
    }
    changed()
  }
}

/**
 * Those that may own shards: who can be reached, and is to stay. Where the wire is down for all, nobody is cut off more
 * than others; where all are to be emptied, none is.
 */
export function eligible(members: readonly Member[]): readonly Member[] {
  const reachable = members.some(({ connected }) => connected) ? members.filter(({ connected }) => connected) : members
  const staying = reachable.filter(({ draining }) => !draining)
  return staying.length > 0 ? staying : reachable
}

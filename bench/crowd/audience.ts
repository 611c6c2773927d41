// All viewers of one process: opens them a few at a time, holds what each is told against what the others are told, and
// says in the end how many of them have another map than the server.
import { setTimeout as delay } from 'node:timers/promises'
import { machineMs } from './clock.ts'
import { FeedRecord, SNAPSHOT } from './feed-record.ts'
import { walkFeed } from './feed-walk.ts'
import type { FinishWatching, ViewerCounts, ViewersReport, WatchShow } from './protocol.ts'
import { agesOf } from './staleness.ts'
import { Viewer, type ViewerEvents } from './viewer.ts'

/** Viewers of one process that are on their way in at a time. */
const OPENING_MAX = 64
/** The kernel has 28,000 ports for one address; a connection costs it milliseconds when half of them are taken. */
export const VIEWERS_PER_ADDRESS = 8_000
const AGAIN_MS = 500
const CATCH_UP_MS = 60_000
const LOOK_MS = 50

export class Audience implements ViewerEvents {
  private readonly show: string
  private readonly record = new FeedRecord()
  private readonly viewers: readonly Viewer[]
  /** Those that are to be opened, the last one first. */
  private readonly waiting: Viewer[]
  private readonly opening = new Set<Viewer>()
  private isEnding = false
  private watching = 0
  private pushes = 0
  private bytes = 0
  private skips = 0
  private gaps = 0
  private readonly troubles: Record<string, number> = {}

  constructor({ show, ports, viewers, firstAddress }: Omit<WatchShow, 'kind'>) {
    this.show = show
    this.viewers = Array.from({ length: viewers }, (_, at) => {
      const from = `127.0.0.${firstAddress + Math.floor(at / VIEWERS_PER_ADDRESS)}`
      return new Viewer({ port: ports[at % ports.length]!, from, show }, this)
    })
    this.waiting = [...this.viewers].reverse()
    this.openMore()
  }

  get counts(): ViewerCounts {
    const { watching, pushes, bytes, skips, gaps, troubles } = this
    const open = this.viewers.reduce((sum, { isOpen }) => (isOpen ? sum + 1 : sum), 0)
    return { open, watching, pushes, bytes, skips, gaps, troubles }
  }

  pushed(viewer: Viewer, bytes: Buffer, start: number, end: number): void {
    this.pushes++
    this.bytes += end - start
    const isFirst = viewer.epoch === 0
    const told = this.record.push(viewer, bytes, start, end, machineMs())
    if (told === 'differs') viewer.differs = true
    if (told === 'gap' && !viewer.isAsking) {
      this.gaps++
      viewer.subscribe()
    }
    if (isFirst) this.arrived(viewer)
    else if (bytes[start] === SNAPSHOT && told !== 'older') this.skips++
  }

  answered(viewer: Viewer, refusal: string | null): void {
    if (refusal === null) return this.arrived(viewer)
    this.note(`subscribe refused: ${refusal}`)
    setTimeout(() => viewer.isOpen && viewer.subscribe(), AGAIN_MS)
  }

  closed(viewer: Viewer, why: string): void {
    if (this.isEnding) return
    this.note(why)
    this.watching = this.viewers.reduce((sum, { isWatching }) => (isWatching ? sum + 1 : sum), 0)
    this.opening.delete(viewer)
    setTimeout(() => {
      this.waiting.push(viewer)
      this.openMore()
    }, AGAIN_MS)
  }

  /** Waits until every viewer has all of it, or none has come closer for long. */
  async finish({ epoch, seq, seats, times }: Omit<FinishWatching, 'kind'>): Promise<ViewersReport> {
    const isBehind = (viewer: Viewer) => viewer.epoch !== epoch || viewer.seq !== seq
    const countBehind = () => this.viewers.filter(isBehind).length
    let behind = countBehind()
    for (let since = machineMs(); behind > 0 && machineMs() - since < CATCH_UP_MS; ) {
      await delay(LOOK_MS)
      const now = countBehind()
      if (now < behind) since = machineMs()
      behind = now
    }
    const caughtUpAt = machineMs()
    const walk = walkFeed(this.record.epochs, this.show, seats)
    return {
      ...{ kind: 'report', ...this.counts, viewers: this.viewers.length, behind, caughtUpAt },
      differing: this.viewers.filter(({ differs }) => differs).length,
      wrong: this.viewers.filter((viewer) => viewer.differs || isBehind(viewer)).length,
      faults: walk.faults,
      ...{ epoch: walk.epoch, seq: walk.seq, statuses: walk.statuses, ages: agesOf(walk.changes, times) }
    }
  }

  close(): void {
    this.isEnding = true
    for (const viewer of this.viewers) viewer.close()
  }

  private openMore(): void {
    while (!this.isEnding && this.opening.size < OPENING_MAX && this.waiting.length > 0) {
      const viewer = this.waiting.pop()!
      this.opening.add(viewer)
      viewer.open()
    }
  }

  /** Its subscribe was answered, or its first snapshot came: when both have, it is in. */
  private arrived(viewer: Viewer): void {
    if (viewer.isAsking || viewer.isWatching || viewer.epoch === 0) return
    viewer.isWatching = true
    this.watching++
    this.opening.delete(viewer)
    this.openMore()
  }

  private note(trouble: string): void {
    this.troubles[trouble] = (this.troubles[trouble] ?? 0) + 1
  }
}

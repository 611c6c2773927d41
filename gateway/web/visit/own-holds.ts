// The holds this visitor has on a show, kept over a reload and the same in all pages of the browser. A hold
// is told as over when its time is up, whether or not the server's word has arrived.

import type { Hold } from '../../client/client.ts'
import { serverNow, userId } from '../api.ts'
import { onRemembered, recall, remember } from '../memory.ts'
import { createStore, type Store } from '../store.ts'

export interface OwnHold extends Hold {
  /** How often it was extended. */
  readonly extended: number
}

interface Kept {
  readonly user: string | null
  readonly holds: readonly OwnHold[]
}

export class OwnHolds {
  readonly all: Store<readonly OwnHold[]> = createStore<readonly OwnHold[]>([])
  readonly #memoryKey: string
  readonly #over: (hold: OwnHold) => void
  readonly #stop: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `believable`: whether a hold that was kept may still be there, by what the seats show. */
  constructor(show: string, believable: (hold: OwnHold) => boolean, over: (hold: OwnHold) => void) {
    this.#memoryKey = `holds.${show}`
    this.#over = over
    this.#set(this.#kept().filter(believable))
    this.#stop = onRemembered(this.#memoryKey, () => this.#set(this.#kept()))
  }

  find(id: string): OwnHold | undefined {
    return this.all.get().find((hold) => hold.id === id)
  }

  /** Adds a hold, or replaces it by what the server says now. */
  put(hold: Hold): void {
    const before = this.find(hold.id)
    const longer = before && hold.expiresAt > before.expiresAt
    const own = { ...hold, extended: (before?.extended ?? 0) + (longer ? 1 : 0) }
    this.#keep([...this.all.get().filter((other) => other.id !== hold.id), own])
  }

  remove(id: string): void {
    this.#keep(this.all.get().filter((hold) => hold.id !== id))
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#stop()
  }

  #kept(): readonly OwnHold[] {
    const kept = recall<Kept>(this.#memoryKey)
    if (!kept || kept.user !== userId()) return []
    return kept.holds.filter((hold) => Date.parse(hold.expiresAt) > serverNow())
  }

  #keep(holds: readonly OwnHold[]): void {
    remember(this.#memoryKey, holds.length > 0 ? ({ user: userId(), holds } satisfies Kept) : null)
    this.#set(holds)
  }

  #set(holds: readonly OwnHold[]): void {
    this.all.set(holds)
    clearTimeout(this.#timer)
    if (holds.length === 0) return
    const first = holds.reduce((a, b) => (a.expiresAt <= b.expiresAt ? a : b))
    const leftMs = Date.parse(first.expiresAt) - serverNow()
    this.#timer = setTimeout(() => this.#over(first), Math.max(0, leftMs))
  }
}

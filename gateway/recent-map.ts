// A map that keeps what was used last: bounded, so that nobody can fill the memory by asking.

export interface RecentMap<K, V> {
  get(key: K): V | undefined
  /** Puts out the least used entries when there are too many. */
  set(key: K, value: V): void
  delete(key: K): void
  readonly size: number
}

/** A map walks over what was deleted to find its first entry: one by one, 65,536 would cost 12 µs each. */
const EVICTED_PART = 16

function putOut<K>(entries: Map<K, unknown>, count: number): void {
  let left = count
  for (const key of entries.keys()) {
    if (left-- === 0) return
    entries.delete(key)
  }
}

export function createRecentMap<K, V>(max: number): RecentMap<K, V> {
  // A Map keeps the order of insertion: what is used is taken out and put in again.
  const entries = new Map<K, V>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > max) putOut(entries, Math.ceil(max / EVICTED_PART))
    },
    delete(key) {
      entries.delete(key)
    },
    get size() {
      return entries.size
    }
  }
}

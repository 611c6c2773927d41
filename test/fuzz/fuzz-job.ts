// What the watcher and the thread that does the work say to each other.

export interface FuzzJob {
  /** Module that exports `targets`. */
  readonly registry: string
  readonly target: string
  readonly seed: number
  /** Null: judge what is sent instead of making inputs. */
  readonly inputs: number | null
  readonly seconds: number
  /** An Int32: the input that is being judged, IDLE or STARTING. */
  readonly at: SharedArrayBuffer
}

export const IDLE = -1
export const STARTING = -2

interface Counted {
  readonly inputs: number
  /** How often each answer was given. */
  readonly outcomes: readonly (readonly [string, number])[]
  readonly corpus: number
  /** Bytes after a collection, when things were warm and last; 0: not measured. */
  readonly firstHeap: number
  readonly lastHeap: number
}

export type WorkerReport =
  | ({ readonly kind: 'progress' | 'done' } & Counted)
  | { readonly kind: 'failed'; readonly index: number; readonly failure: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'probed'; readonly failure: string | null }

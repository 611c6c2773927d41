// What the memory bench and its maker of shows, a process of its own, tell each other.

export interface MakeShows {
  readonly kind: 'make'
  readonly url: string
  readonly shows: number
  readonly shards: number
}

export type FromMaker =
  | { readonly kind: 'created'; readonly count: number }
  | { readonly kind: 'made'; readonly seatsEach: number }

export function memoryShowId(show: number): string {
  return `memory-${show + 1}`
}

// Which node the keys mean, and what each key does. Steps of the command line have no hand to choose with: they mean
// the first node that they fit.
import type { Deed } from './cluster-options.ts'
import { type Hands, isFit } from './hands.ts'

export interface Control {
  /** Index of the node that keys act on. */
  readonly chosen: number
  press(key: string): void
  step(deed: Deed): void
}

const DEEDS: Readonly<Record<string, Deed>> = { a: 'add', k: 'kill', s: 'stop', d: 'drain', r: 'rebalance' }

/** `shown` gives the indexes of the nodes that are to be seen, in their order. */
export function createControl(hands: Hands, shown: () => readonly number[], quit: () => void): Control {
  let chosen = 0
  const nearest = (): number => {
    const indexes = shown()
    return indexes.includes(chosen) ? chosen : (indexes.find((index) => index > chosen) ?? indexes.at(-1) ?? 0)
  }
  const move = (by: number): void => {
    const indexes = shown()
    chosen = indexes[indexes.indexOf(nearest()) + by] ?? nearest()
  }
  const deedOf = (key: string): Deed | undefined => {
    if (key !== 'p') return DEEDS[key]
    return hands.nodes[nearest()]?.state === 'paused' ? 'resume' : 'pause'
  }
  return {
    get chosen() {
      return nearest()
    },
    press: (key) => {
      const deed = deedOf(key)
      if (key === 'q') quit()
      else if (key === 'up' || key === 'down') move(key === 'up' ? -1 : 1)
      else if (/^[1-9]$/.test(key)) chosen = Number(key) - 1
      else if (deed !== undefined) void hands.act(deed, hands.nodes[nearest()] ?? null)
    },
    step: (deed) => void hands.act(deed, hands.nodes.find((node) => isFit(deed, node)) ?? null)
  }
}

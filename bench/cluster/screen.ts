// A picture of the cluster as lines of a terminal: nodes with their shards, what is sold, what happened.
import type { Happening } from './happenings.ts'
import { nobodyLines, nodeLines } from './node-lines.ts'
import type { Picture } from './picture.ts'
import type { SaleFigures } from './sale.ts'
import { BOLD, clock, colorOf, DIM, duration, type Line, number, RED, type Span } from './styled-text.ts'

export interface Frame {
  readonly columns: number
  readonly rows: number
  /** Index of the node that keys act on. */
  readonly chosen: number
  /** Where the database and NATS are: as many of these as there is room for. */
  readonly places: readonly string[]
}

/** Whatever there is to say of the nodes, so many lines are left for what happened. */
const HAPPENINGS_MIN = 4
/** The one with the keys, and an empty one before and after what happened. */
const OTHER_LINES = 3
/** A write that waits longer than this is worth a look. */
const LATE_MS = 500
const KEYS: readonly (readonly [string, string])[] = [
  ['a', 'add'],
  ['k', 'kill'],
  ['s', 'stop'],
  ['p', 'pause/resume'],
  ['d', 'drain'],
  ['r', 'rebalance'],
  ['↑↓', 'choose'],
  ['q', 'quit']
]

export function frameOf(picture: Picture, frame: Frame): readonly Line[] {
  const head = headOf(picture, frame)
  const left = frame.rows - head.length - OTHER_LINES
  const bodies = ([2, 1, 0] as const).map((detail) => [
    ...picture.nodes.flatMap((node) => nodeLines(node, frame, detail)),
    ...nobodyLines(picture.ownerless, frame, detail)
  ])
  const body = (bodies.find(({ length }) => length <= left - HAPPENINGS_MIN) ?? bodies.at(-1)!).slice(0, left)
  const rows = left - body.length
  const happenings = rows === 0 ? [] : picture.happenings.slice(-rows)
  const lines = happenings.map((happening) => happeningLine(happening, picture))
  const gap = Array.from({ length: rows - lines.length }, (): Line => [])
  return [...head, ...body, [], ...lines, ...gap, [], keyLine()]
}

function headOf({ nowMs, zeroMs, nodes, shardCount, sale }: Picture, { columns, places }: Frame): readonly Line[] {
  const running = nodes.filter(({ isWell }) => isWell).length
  const title = ' Frontrow cluster '
  const counts = `  ${running} ${running === 1 ? 'node' : 'nodes'}, ${shardCount} shards  `
  const time = clock(nowMs - zeroMs)
  const gap = ' '.repeat(Math.max(1, columns - title.length - counts.length - time.length - 1))
  const top: Line = [
    [title, '1;7'],
    [counts, BOLD],
    [gap + time, '']
  ]
  let place = ''
  for (const one of places) if (place === '' || place.length + one.length + 2 < columns) place += ` ${one} `
  return [top, [[place, DIM]], ...(sale === null ? [] : [saleLine(sale)]), []]
}

function saleLine({ holdsPerSecond, recent, waiting, longestMs, oldestMs }: SaleFigures): Line {
  const pace = `  ${number(holdsPerSecond)} holds/s  p50 ${duration(recent.msP50)}  p99 ${duration(recent.msP99)}`
  const isLate = oldestMs > LATE_MS
  return [
    [' selling', BOLD],
    [`${pace}  longest ${duration(longestMs)}  `, ''],
    [`${waiting} wait${isLate ? ` up to ${duration(oldestMs)}` : ''}`, isLate ? RED : '']
  ]
}

/** Nodes have their colors here too. */
function happeningLine({ atMs, text }: Happening, { zeroMs, names }: Picture): Line {
  const seconds = ((atMs - zeroMs) / 1000).toFixed(1)
  const words = text.split(/([\w-]+)/).map((word): Span => {
    const index = names.indexOf(word)
    return [word, index === -1 ? '' : colorOf(index)]
  })
  return [[` ${seconds.padStart(7)} s  `, DIM], ...words]
}

function keyLine(): Line {
  const spans = KEYS.flatMap(([key, what]): Span[] => [
    [key, BOLD],
    [` ${what}  `, DIM]
  ])
  return [[' ', ''], ...spans]
}

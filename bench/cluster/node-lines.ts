// A node on the screen: how it does, a strip with a cell for each shard, and what it answered.
import type { NodePicture, Share } from './picture.ts'
import { BOLD, colorOf, DIM, type Line, number, RED, type Span, widthOf, YELLOW } from './styled-text.ts'

interface Room {
  readonly columns: number
  readonly chosen: number
}

/** 2 has all, 1 leaves out what was answered, 0 the shards too. */
type Detail = 0 | 1 | 2

/** From here on a node's shards stand beside it, not below. */
const WIDE_COLUMNS = 150
const INDENT: Span = ['    ', '']
const NAME_WIDTH = 8
const FIGURES_WIDTH = 43
const CELLS: Readonly<Record<Share, string>> = { has: '█', gives: '▓', gets: '░', none: '·' }
/** What says that the server could not, not that the seats were gone. */
const TROUBLE: ReadonlySet<string> = new Set(['unavailable', 'busy', 'rate_limited'])

export function nodeLines(node: NodePicture, { columns, chosen }: Room, detail: Detail): readonly Line[] {
  const { index, shares, url, outcomes } = node
  const lines = withStrip(nodeLine(node, index === chosen), shares, colorOf(index), columns, detail)
  if (detail < 2 || url === '') return lines
  return [...lines, [INDENT, [`${url}   `, DIM], ...outcomeSpans(outcomes)]]
}

/** The shards that nobody has; nothing where there are none. */
export function nobodyLines(ownerless: readonly boolean[], { columns }: Room, detail: Detail): readonly Line[] {
  const count = ownerless.filter(Boolean).length
  if (count === 0) return []
  const shares = ownerless.map((isOwnerless): Share => (isOwnerless ? 'has' : 'none'))
  const state = `${'nobody'.padEnd(NAME_WIDTH + 11)}${number(count).padStart(4)} shards`
  return withStrip([INDENT, [state.padEnd(NAME_WIDTH + 22 + FIGURES_WIDTH), RED]], shares, RED, columns, detail)
}

function withStrip(
  line: Line,
  shares: readonly Share[],
  color: string,
  columns: number,
  detail: Detail
): readonly Line[] {
  if (columns >= WIDE_COLUMNS) {
    return [[...line, ['  ', ''], ...stripOf(shares, color, columns - widthOf(line) - 3)]]
  }
  return detail === 0 ? [line] : [line, [INDENT, ...stripOf(shares, color, columns - widthOf([INDENT]) - 1)]]
}

function nodeLine({ id, index, state, isWell, shardCount, figures }: NodePicture, isChosen: boolean): Line {
  const color = `${BOLD};${colorOf(index)}`
  const stateColor = state === 'draining' ? YELLOW : isWell ? '' : RED
  return [
    [isChosen ? ' ▸' : '  ', color],
    [`${index + 1} `, DIM],
    [id.padEnd(NAME_WIDTH), color],
    [`  ${state.padEnd(9)}`, stateColor],
    [`${number(shardCount).padStart(4)} shards`, shardCount === 0 ? DIM : ''],
    [figuresText(figures), '']
  ]
}

function figuresText(figures: NodePicture['figures']): string {
  if (figures === null) return ' '.repeat(FIGURES_WIDTH)
  const { commitsPerSecond, sockets, cpuPercent } = figures
  const parts = [
    `${number(commitsPerSecond).padStart(6)} commits/s`,
    `${number(sockets).padStart(6)} sockets`,
    `${number(cpuPercent).padStart(4)} % cpu`
  ]
  return parts.join(' ').padEnd(FIGURES_WIDTH)
}

/** A cell a shard; where there is no room for that, a cell stands for several, and shows the most of them. */
function stripOf(shares: readonly Share[], color: string, width: number): readonly Span[] {
  const perCell = Math.max(1, Math.ceil(shares.length / Math.max(1, width)))
  const spans: [string, string][] = []
  for (let at = 0; at < shares.length; at += perCell) {
    const share = mostOf(shares.slice(at, at + perCell))
    const style = share === 'none' ? DIM : color
    const last = spans.at(-1)
    if (last?.[1] === style) last[0] += CELLS[share]
    else spans.push([CELLS[share], style])
  }
  return spans
}

function mostOf(shares: readonly Share[]): Share {
  const count = (share: Share) => shares.filter((one) => one === share).length
  return shares.reduce((most, share) => (count(share) > count(most) ? share : most))
}

/** What was done first, then the most frequent refusals. */
function outcomeSpans(outcomes: ReadonlyMap<string, number>): readonly Span[] {
  const sorted = [...outcomes].sort(([a, one], [b, other]) => Number(b === 'ok') - Number(a === 'ok') || other - one)
  return sorted.map(([outcome, count]) => {
    const style = TROUBLE.has(outcome) ? RED : outcome === 'ok' ? '' : DIM
    return [`${outcome} ${number(count)}   `, style]
  })
}

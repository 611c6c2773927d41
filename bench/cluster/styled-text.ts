// Lines of styled text for a terminal: cut to its width by what one sees, not by the codes in between.

/** A word and its ANSI code, such as '1;36'; '' for none. */
export type Span = readonly [text: string, style: string]
export type Line = readonly Span[]

export const BOLD = '1'
export const DIM = '2'
export const RED = '31'
export const YELLOW = '33'
/** One a node, over and over. None is red, which is for trouble. */
const NODE_COLORS = ['36', '32', '35', '94', '33', '96', '92', '95']

export function colorOf(index: number): string {
  return NODE_COLORS[index % NODE_COLORS.length]!
}

export function widthOf(line: Line): number {
  return line.reduce((sum, [text]) => sum + [...text].length, 0)
}

/** At most `width` characters are to be seen; every character counts as one. */
export function renderLine(line: Line, width: number, hasColors: boolean): string {
  let left = width
  let out = ''
  for (const [text, style] of line) {
    const part = [...text].slice(0, left).join('')
    left -= [...part].length
    out += hasColors && style !== '' && part !== '' ? `\x1b[${style}m${part}\x1b[0m` : part
  }
  return out
}

export function number(value: number): string {
  return Math.round(value).toLocaleString('en')
}

export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  return ms < 1_000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** `1:05` */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

// Where a picture of the cluster goes: on a terminal a screen that is drawn again and again, elsewhere plain lines.

import type { Picture } from './picture.ts'
import { type Frame, frameOf } from './screen.ts'
import { statusLine } from './status-line.ts'
import { renderLine } from './styled-text.ts'

export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

export interface Display {
  /** Draws it as it is now. */
  draw(): void
  stop(): void
}

const DRAW_MS = 200
const STATUS_MS = 3_000
/** The screen beside the one with the history, and no cursor on it. */
const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'

export function startScreen(
  output: Output,
  picture: () => Picture,
  frame: () => Pick<Frame, 'chosen' | 'places'>
): Display {
  const draw = () => {
    const { columns = 80, rows = 24 } = output
    const hasColors = process.env.NO_COLOR === undefined
    const lines = frameOf(picture(), { columns, rows, ...frame() })
    const text = lines.map((line) => `${renderLine(line, columns, hasColors)}\x1b[K`).join('\r\n')
    output.write(`\x1b[H${text}\x1b[J`)
  }
  // Also when something goes wrong on the way: a shell without a cursor is no use to anybody.
  const leave = () => output.write(LEAVE)
  process.once('exit', leave)
  output.write(ENTER)
  draw()
  const timer = setInterval(draw, DRAW_MS)
  return {
    draw,
    stop: () => {
      clearInterval(timer)
      process.off('exit', leave)
      leave()
    }
  }
}

/** What happened, once it is over, and every few seconds how things stand. */
export function startLines(output: Output, picture: () => Picture): Display {
  let told = 0
  const tell = (all: boolean) => {
    const { happenings, zeroMs } = picture()
    for (; told < happenings.length && (all || happenings[told]!.isDone); told++) {
      const { atMs, text } = happenings[told]!
      output.write(`${((atMs - zeroMs) / 1000).toFixed(1).padStart(7)} s  ${text}\n`)
    }
  }
  const status = () => output.write(`${statusLine(picture())}\n`)
  const timers = [setInterval(() => tell(false), DRAW_MS), setInterval(status, STATUS_MS)]
  return {
    draw: () => tell(false),
    stop: () => {
      for (const timer of timers) clearInterval(timer)
      tell(true)
    }
  }
}

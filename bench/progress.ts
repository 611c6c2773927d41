// What a bench says while it runs: one line that changes on a terminal, a plain line every few seconds in a log.

const LIVE_MS = 200
const PLAIN_MS = 3_000

export interface Progress {
  /** A line that stays. */
  say(line: string): void
  /** Shows `text()` again and again until what is answered is called. One at a time. */
  watch(text: () => string): () => void
}

export function createProgress(stream: { readonly isTTY?: boolean; write(text: string): unknown }): Progress {
  const live = stream.isTTY === true
  const clear = live ? '\r\x1b[K' : ''
  return {
    say: (line) => {
      stream.write(`${clear}${line}\n`)
    },
    watch: (text) => {
      const show = () => stream.write(live ? `${clear}  ${text()}` : `  ${text()}\n`)
      const timer = setInterval(show, live ? LIVE_MS : PLAIN_MS)
      return () => {
        clearInterval(timer)
        stream.write(clear)
      }
    }
  }
}

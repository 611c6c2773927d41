// What a command of the command line waits for: one line that changes on a terminal, elsewhere a line whenever it
// says something new.

export interface WaitingLine {
  /** `live` may tell the time; `plain` is what it says. */
  show(live: string, plain: string): void
  end(): void
}

export function createWaitingLine(stream: { readonly isTTY?: boolean; write(text: string): unknown }): WaitingLine {
  let last = ''
  return {
    show: (live, plain) => {
      if (stream.isTTY === true) stream.write(`\r\x1b[K${live}`)
      else if (plain !== last) stream.write(`${plain}\n`)
      last = plain
    },
    end: () => {
      if (stream.isTTY === true && last !== '') stream.write('\r\x1b[K')
    }
  }
}

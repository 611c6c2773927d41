// Keys as they are pressed, without waiting for a line.
import { emitKeypressEvents, type Key } from 'node:readline'
import type { ReadStream } from 'node:tty'

/** Calls `pressed` with the name of a key: a letter, a digit, `up`, `down`; Ctrl-C is `q`. The answer ends it. */
export function listenToKeys(input: ReadStream, pressed: (key: string) => void): () => void {
  const listen = (text: string | undefined, { name, ctrl }: Key) => {
    if (ctrl === true && (name === 'c' || name === 'd')) pressed('q')
    else pressed(name ?? text ?? '')
  }
  emitKeypressEvents(input)
  input.setRawMode(true)
  input.resume()
  input.on('keypress', listen)
  return () => {
    input.off('keypress', listen)
    input.setRawMode(false)
    input.pause()
  }
}

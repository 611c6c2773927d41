// Answers on their way to NATS. Keeps true: none is too long for the server, and how many bytes it has not taken yet
// is known, so that the door can stop listening before they fill the memory.
import { headers, type MsgHdrs, type NatsConnection } from 'nats'
import { REFUSAL_CODES, type RefusalCode, refuse } from '../../core/refusal.ts'
import { refusalText } from './nats-answer.ts'

export interface NatsOutbox {
  /** Bytes that NATS has not taken yet. */
  readonly unsent: number
  /** `code` where the whole of it is a refusal. */
  send(to: string, text: string, code: RefusalCode | null): void
  /** Answers that do not fit are refused, from the end on. */
  sendList(to: string, answers: readonly string[]): void
}

/** Bytes after which NATS is asked whether it has taken all. */
const FLUSH_BYTES = 256 * 1024
/** Of the headers of a refusal. */
const HEADER_BYTES_MAX = 256
const TOO_LONG = refusalText(
  refuse('unavailable', 'The answer does not fit in one message: ask again with the same key, fewer at once.')
)

export function createNatsOutbox(connection: NatsConnection): NatsOutbox {
  let unsent = 0
  let isFlushing = false

  function flush(): void {
    const before = unsent
    const taken = (bytes: number) => {
      unsent -= bytes
      isFlushing = false
    }
    isFlushing = true
    // A connection that is lost takes with it what was on its way.
    connection.flush().then(
      () => taken(before),
      () => taken(unsent)
    )
  }

  function publish(to: string, bytes: Uint8Array, code: RefusalCode | null): void {
    // Whoever asked learns from its own timeout, and asks again with the same key.
    if (connection.isClosed()) return
    unsent += bytes.length
    if (code === null) connection.publish(to, bytes)
    else connection.publish(to, bytes, { headers: headersOf(code) })
    if (unsent >= FLUSH_BYTES && !isFlushing) flush()
  }

  const fits = (bytes: number) => bytes + HEADER_BYTES_MAX <= (connection.info?.max_payload ?? 0)
  return {
    get unsent() {
      return unsent
    },
    send(to, text, code) {
      const bytes = Buffer.from(text)
      if (fits(bytes.length)) publish(to, bytes, code)
      else publish(to, Buffer.from(TOO_LONG), 'unavailable')
    },
    sendList(to, answers) {
      const whole = Buffer.from(`[${answers.join()}]`)
      if (fits(whole.length)) return publish(to, whole, null)
      const texts = [...answers]
      let length = whole.length
      for (let at = texts.length - 1; at >= 0 && !fits(length); at--) {
        length -= Buffer.byteLength(texts[at]!) - TOO_LONG.length
        texts[at] = TOO_LONG
      }
      const bytes = Buffer.from(`[${texts.join()}]`)
      if (fits(bytes.length)) publish(to, bytes, null)
      else publish(to, Buffer.from(TOO_LONG), 'unavailable')
    }
  }
}

const headersByCode = new Map<RefusalCode, MsgHdrs>()

/** As the services protocol says that something went wrong. */
function headersOf(code: RefusalCode): MsgHdrs {
  const known = headersByCode.get(code)
  if (known !== undefined) return known
  const made = headers()
  made.set('Nats-Service-Error', code)
  made.set('Nats-Service-Error-Code', String(REFUSAL_CODES[code].status))
  headersByCode.set(code, made)
  return made
}

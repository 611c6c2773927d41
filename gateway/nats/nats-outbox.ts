// Answers on their way to NATS. Keeps true: none is too long for the server, and how many bytes it has not taken yet
// is known, so that the door can stop listening before they fill the memory.
import { headers, type MsgHdrs, type NatsConnection } from 'nats'
import { REFUSAL_CODES, type Refusal, type RefusalCode } from '../../core/refusal.ts'
import { type AnswerForm, refusalOf } from './nats-form.ts'

export interface NatsOutbox {
  /** Bytes that NATS has not taken yet. */
  readonly unsent: number
  /** `code` where the whole of it is a refusal. Answers that do not fit are refused, from the end on. */
  send<Answer>(
    to: string,
    answers: readonly Answer[],
    isList: boolean,
    code: RefusalCode | null,
    form: AnswerForm<Answer>
  ): void
  /** Of a request as a whole. */
  refuse<Answer>(to: string, refusal: Refusal, form: AnswerForm<Answer>): void
}

/** Bytes after which NATS is asked whether it has taken all. */
const FLUSH_BYTES = 256 * 1024
/** Of the headers of a refusal. */
const HEADER_BYTES_MAX = 256

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
    send(to, answers, isList, code, form) {
      const bytes = form.pack(answers, isList)
      if (fits(bytes.length)) return publish(to, bytes, code)
      const shortened = [...answers]
      let { length } = bytes
      for (let at = shortened.length - 1; at > 0 && !fits(length); at--) {
        length -= form.bytesOf(shortened[at]!) - form.bytesOf(form.tooLong)
        shortened[at] = form.tooLong
      }
      if (fits(length)) publish(to, form.pack(shortened, isList), null)
      else publish(to, form.pack([form.tooLong], false), 'unavailable')
    },
    refuse(to, refusal, form) {
      publish(to, refusalOf(form, refusal), refusal.code)
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

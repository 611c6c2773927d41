// The door for booking services: DESIGN's NATS interface, registered with the NATS services protocol. Any node takes
// any request. Callbacks only put commands in mailboxes; a request is answered when all of its commands are, after
// their commits.
import { setTimeout as delay } from 'node:timers/promises'
import type { MsgHdrs, NatsConnection, Service, ServiceMsg } from 'nats'
import type { Outcome, ReplySink, ShowFace, Shows } from '../../actors/outcome.ts'
import type { Command } from '../../core/command.ts'
import { NATS_COMMANDS_MAX, NATS_UNSENT_BYTES_MAX } from '../../core/limits.ts'
import { type Refusal, type RefusalCode, refuse } from '../../core/refusal.ts'
import type { Log } from '../log.ts'
import type { RecentWrites } from '../recent-writes.ts'
import { NATS_REQUESTS, type NatsOperation } from '../schema/schema-nats.ts'
import { VERSION } from '../version.ts'
import { type AnswerForm, BINARY_FORM, JSON_FORM } from './nats-form.ts'
import { createNatsOutbox, type NatsOutbox } from './nats-outbox.ts'
import { decodeRequest, isBinary, parseDeadline, type Request } from './nats-request.ts'

const SERVICE_NAME = 'frontrow'
const SHOWS_SUBJECT = 'frontrow.v1.shows'
const DEADLINE_HEADER = 'Frontrow-Deadline'

/** A service that ended because NATS did not allow something is offered again after this. */
const OFFER_AGAIN_MS = 5_000
const STOP_MS = 1_000
/** Subjects where what a node says is believed: to be news, to come from another node, or by NATS itself. */
const OURS = /^(frontrow\.|\$)/

const TOO_MANY = refuse('busy', 'Too many commands wait for their answers.')
const TOO_LATE = refuse('unavailable', 'The deadline has passed: nothing was done.')

export interface NatsDoorOptions {
  readonly shows: Pick<Shows, 'submit'>
  readonly recentWrites: RecentWrites
  readonly node: string
  readonly log: Log
  /** Epoch milliseconds. */
  readonly now: () => number
}

export interface NatsDoor {
  /** Commands that are not answered yet. */
  readonly waiting: number
  /** Requests that were left unheard because answers were not read. */
  readonly unheard: number
  open(connection: NatsConnection): void
  /** Hears no more requests; those that were heard are answered. */
  stopTaking(): Promise<void>
}

export function createNatsDoor(options: NatsDoorOptions): NatsDoor {
  return new Door(options)
}

class Door implements NatsDoor {
  private readonly options: NatsDoorOptions
  private service: Service | null = null
  private isStopping = false
  waiting = 0
  unheard = 0

  constructor(options: NatsDoorOptions) {
    this.options = options
  }

  open(connection: NatsConnection): void {
    void this.offer(connection).catch((error) => this.options.log.error({ error: String(error) }, 'no door on NATS'))
  }

  async stopTaking(): Promise<void> {
    this.isStopping = true
    // NATS says when nothing more will come; where it is away, nothing comes.
    await Promise.race([this.service?.stop(), delay(STOP_MS, undefined, { ref: false })])
  }

  private async offer(connection: NatsConnection): Promise<void> {
    if (this.isStopping || connection.isClosed()) return
    const service = await guarded(connection).services.add({
      name: SERVICE_NAME,
      version: VERSION,
      description: 'Holds, bookings and cancellations of seats. Messages are described in /asyncapi.json.',
      queue: SERVICE_NAME,
      metadata: { node: this.options.node }
    })
    this.service = service
    if (this.isStopping) return void service.stop()
    const outbox = createNatsOutbox(connection)
    const group = service.addGroup(SHOWS_SUBJECT)
    for (const op of Object.keys(NATS_REQUESTS) as NatsOperation[]) {
      group.addEndpoint(op, { subject: `*.${op}`, handler: (error, message) => this.heard(op, error, message, outbox) })
    }
    const ended = await service.stopped
    if (this.isStopping || connection.isClosed()) return
    this.options.log.error({ error: String(ended) }, 'the service on NATS ended and is offered again')
    setTimeout(() => this.open(connection), OFFER_AGAIN_MS).unref()
  }

  private heard(op: NatsOperation, error: unknown, message: ServiceMsg, outbox: NatsOutbox): void {
    // An error is of the subscription: the service ends, and is offered again.
    if (error !== null) return
    const { reply } = message
    // Nobody would hear what became of it: it is not done.
    if (reply === undefined || reply === '') return
    if (outbox.unsent > NATS_UNSENT_BYTES_MAX) {
      this.unheard++
      return
    }
    const { subject } = message
    const show = subject.slice(SHOWS_SUBJECT.length + 1, -op.length - 1)
    const late = this.late(message.headers)
    const request = late ?? decodeRequest(op, show, message.data)
    if (isBinary(message.data)) this.take(request, reply, BINARY_FORM, outbox)
    else this.take(request, reply, JSON_FORM, outbox)
  }

  private take<Answer>(request: Request | Refusal, to: string, form: AnswerForm<Answer>, outbox: NatsOutbox): void {
    if ('kind' in request) return outbox.refuse(to, request, form)
    const commands = this.waiting + request.asked.length
    if (commands > NATS_COMMANDS_MAX) return outbox.refuse(to, TOO_MANY, form)
    this.waiting = commands
    new Waiting(this, to, request, form, outbox).submit(this.options.shows)
  }

  private late(given: MsgHdrs | undefined): Refusal | null {
    const text = given?.get(DEADLINE_HEADER) ?? ''
    if (text === '') return null
    const deadline = parseDeadline(text)
    if (Number.isNaN(deadline)) {
      return refuse('invalid_request', `${DEADLINE_HEADER}: expected a time in RFC 3339, or in epoch milliseconds.`)
    }
    return deadline <= this.options.now() ? TOO_LATE : null
  }

  /** One command of a request was answered. */
  answered({ user, show }: Command, outcome: Outcome): void {
    this.waiting--
    if (outcome.kind !== 'refused') this.options.recentWrites.note(user, show)
  }

  /** A command that never got as far as the shows. */
  refused(): void {
    this.waiting--
  }
}

/** A request on its way: the answers it has so far, and where they go. The tag of a command is its place. */
class Waiting<Answer> implements ReplySink {
  private readonly door: Door
  private readonly to: string
  private readonly request: Request
  private readonly form: AnswerForm<Answer>
  private readonly outbox: NatsOutbox
  private readonly answers: Answer[]
  private left: number
  /** Of the command that came last: all there is to know where there is but one. */
  private code: RefusalCode | null = null

  constructor(door: Door, to: string, request: Request, form: AnswerForm<Answer>, outbox: NatsOutbox) {
    this.door = door
    this.to = to
    this.request = request
    this.form = form
    this.outbox = outbox
    this.left = request.asked.length
    this.answers = new Array<Answer>(this.left)
  }

  submit(shows: Pick<Shows, 'submit'>): void {
    const { asked } = this.request
    for (let at = 0; at < asked.length; at++) {
      const { command } = asked[at]!
      if ('op' in command) shows.submit(command, this, at)
      else {
        this.door.refused()
        this.answer(at, command, null)
      }
    }
  }

  reply(command: Command, outcome: Outcome, show: ShowFace | null, tag: number): void {
    this.door.answered(command, outcome)
    this.answer(tag, outcome, show)
  }

  private answer(at: number, outcome: Outcome, show: ShowFace | null): void {
    const { answers, form, request } = this
    if (outcome.kind === 'refused') this.code = outcome.code
    answers[at] = form.answer(request.asked[at]!.id, outcome, show)
    if (--this.left > 0) return
    this.outbox.send(this.to, answers, request.isList, answers.length === 1 ? this.code : null, form)
  }
}

/**
 * A connection that does not hear messages whose answers would go where only nodes may speak. A service may not
 * publish there; without this, it could have a node do it, also by asking for no more than a ping.
 */
function guarded(connection: NatsConnection): NatsConnection {
  const guard = Object.create(connection) as NatsConnection
  guard.subscribe = (subject, options = {}) => {
    const { callback } = options
    if (callback === undefined) return connection.subscribe(subject, options)
    return connection.subscribe(subject, {
      ...options,
      callback: (error, message) => {
        if (error !== null || !OURS.test(message.reply ?? '')) callback(error, message)
      }
    })
  }
  return guard
}

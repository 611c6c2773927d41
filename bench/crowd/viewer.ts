// One viewer: a raw socket that opens, subscribes and hands on what it is told. Goes on where it was when the server
// closes it, as every client should. Keeps a place in the feed and nothing else.
import { connect, type Socket } from 'node:net'
import type { Place } from './feed-record.ts'
import { BINARY, CLOSE, greetingEnd, handshake, PING, pongFrame, readFrames, TEXT, textFrame } from './frames.ts'

export interface ViewerEvents {
  pushed(viewer: Viewer, bytes: Buffer, start: number, end: number): void
  /** The answer to its subscribe; null: it is subscribed. */
  answered(viewer: Viewer, refusal: string | null): void
  /** Once for each socket that was opened. `why`: what is known of it. */
  closed(viewer: Viewer, why: string): void
}

/** One for all sockets of the process: what is read is dealt with before the next read. */
const RECEIVED = Buffer.allocUnsafeSlow(256 * 1024)
const HOST = '127.0.0.1'
const HANDSHAKE = handshake()
const PONG = pongFrame(Buffer.alloc(0))

interface ViewerWay {
  readonly port: number
  /** The address it comes from. */
  readonly from: string
  readonly show: string
}

export class Viewer implements Place {
  epoch = 0
  seq = 0
  /** Has been told otherwise than others. */
  differs = false
  /** A subscribe of it is not answered yet. */
  isAsking = false
  isWatching = false
  private readonly way: ViewerWay
  private readonly events: ViewerEvents
  private socket: Socket | null = null
  private isUpgraded = false
  private rest: Buffer | null = null
  private why = 'closed'

  constructor(way: ViewerWay, events: ViewerEvents) {
    this.way = way
    this.events = events
  }

  get isOpen(): boolean {
    return this.isUpgraded
  }

  open(): void {
    this.why = 'closed'
    const onread = { buffer: RECEIVED, callback: (count: number) => this.receive(count) }
    const { port, from } = this.way
    // The usual address is not asked for: then the kernel may give one port to connections to several servers.
    const localAddress = from === HOST ? undefined : from
    const socket = connect({ port, host: HOST, localAddress, noDelay: true, onread })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.why = error.code ?? error.message
    })
    socket.on('close', () => this.closed())
    socket.write(HANDSHAKE)
    this.socket = socket
  }

  subscribe(): void {
    this.isAsking = true
    const { epoch, seq } = this
    const since = epoch === 0 ? {} : { epoch, seq }
    this.socket?.write(textFrame(JSON.stringify({ id: 1, op: 'subscribe', show: this.way.show, ...since })))
  }

  close(): void {
    this.socket?.destroy()
  }

  frame(kind: number, bytes: Buffer, start: number, end: number): void {
    if (kind === BINARY) this.events.pushed(this, bytes, start, end)
    else if (kind === TEXT) this.answered(bytes.toString('utf8', start, end))
    else if (kind === PING) this.socket?.write(start === end ? PONG : pongFrame(bytes.subarray(start, end)))
    else if (kind === CLOSE) {
      this.why = `closed with ${end - start < 2 ? 'no code' : bytes.readUInt16BE(start)}`
      this.socket?.end()
    } else throw new Error(`a viewer got a frame of kind ${kind}, which servers of Frontrow do not send`)
  }

  private receive(count: number): boolean {
    const { rest } = this
    if (rest === null) this.read(RECEIVED, count)
    else this.read(Buffer.concat([rest, RECEIVED.subarray(0, count)]), rest.length + count)
    return true
  }

  private read(bytes: Buffer, end: number): void {
    let at = 0
    if (!this.isUpgraded) {
      at = Math.max(0, greetingEnd(bytes, end))
      this.isUpgraded = at > 0
      if (this.isUpgraded) this.subscribe()
    }
    if (this.isUpgraded) at = readFrames(bytes, at, end, this)
    this.rest = at === end ? null : Buffer.concat([bytes.subarray(at, end)])
  }

  private answered(text: string): void {
    const answer = JSON.parse(text) as { ok: boolean; error?: { code: string } }
    this.isAsking = false
    this.events.answered(this, answer.ok ? null : (answer.error?.code ?? text))
  }

  private closed(): void {
    this.socket = null
    this.isUpgraded = false
    this.isAsking = false
    this.isWatching = false
    this.rest = null
    this.events.closed(this, this.why)
  }
}

// Keeps one WebSocket open: opens it again with backoff and jitter when it closes, until the server says
// (close code 4xxx) not to. Nothing of a browser beyond WebSocket and timers, so that Node can run it too.
import { backoffMs } from './retry.ts'

/** `waiting`: for the next try. `closed`: nothing is tried until `wake`. */
export type LinkState = 'connecting' | 'open' | 'waiting' | 'closed'

/**
 * The token for the next socket, null to only look. `refused`: the server did not take the last one, or did not say
 * why it took no socket. Rejects when it cannot be had right now: it is asked again later.
 */
export type TokenSource = (refused: boolean) => Promise<string | null>

/** The parts of a WebSocket that are used; browsers' own, Node's and that of `ws` have them. */
export interface Socket {
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void
  send(text: string): void
  close(): void
}
export type SocketConstructor = new (url: string, protocols: string[]) => Socket

export interface LinkOptions {
  readonly url: string
  readonly token: TokenSource
  readonly WebSocket: SocketConstructor
  onState(state: LinkState): void
  onOpen(): void
  onMessage(text: string): void
  /** The server said not to come back, and why. */
  onStop(reason: Error): void
}

/** Close codes from here on mean: do not connect again by yourself. */
const CLOSE_STOP = 4_000
/** There was no close: the way was cut, or never there. */
const CLOSE_ABNORMAL = 1_006
/** An opening handshake that takes longer is given up. */
const HANDSHAKE_MS = 8_000

export class Link {
  readonly #options: LinkOptions
  #state: LinkState = 'waiting'
  #socket: Socket | null = null
  #attempt = 0
  #refused = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get state(): LinkState {
    return this.#state
  }

  /** False when there is no open socket. */
  send(text: string): boolean {
    if (this.#state !== 'open' || !this.#socket) return false
    this.#socket.send(text)
    return true
  }

  /** Opens a socket now, whatever the backoff says. Does nothing while one is open or opening. */
  wake(): void {
    if (this.#state === 'waiting' || this.#state === 'closed') void this.#connect()
  }

  /** Drops an open socket and opens a new one. `refused`: with a new token. */
  renew(refused: boolean): void {
    if (!this.#socket || this.#state !== 'open') return
    this.#refused = refused
    this.#drop(this.#socket)
  }

  close(): void {
    clearTimeout(this.#timer)
    const closing = this.#socket
    this.#socket = null
    this.#become('closed')
    closing?.close()
  }

  async #connect(): Promise<void> {
    clearTimeout(this.#timer)
    this.#become('connecting')
    const token = await this.#options.token(this.#refused).catch(() => undefined)
    if (this.#state !== 'connecting' || this.#socket) return
    if (token === undefined) return this.#retryLater()
    try {
      this.#open(token)
    } catch (error) {
      // The address or the token is none that a socket could be opened with.
      this.#stop(error as Error)
    }
  }

  #open(token: string | null): void {
    const { WebSocket, url, onMessage, onOpen } = this.#options
    const socket = new WebSocket(url, token ? ['frontrow.v1', `bearer.${token}`] : ['frontrow.v1'])
    this.#socket = socket
    this.#timer = setTimeout(() => this.#drop(socket), HANDSHAKE_MS)
    socket.addEventListener('open', () => {
      if (this.#socket !== socket) return
      clearTimeout(this.#timer)
      this.#refused = false
      this.#become('open')
      onOpen()
    })
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket !== socket) return
      this.#attempt = 0
      onMessage(String(data))
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (this.#socket === socket) this.#closed(code, reason)
    })
    // Node 22 says no more than this of a handshake that failed; everywhere else a close follows, and says it better.
    socket.addEventListener('error', () => {
      if (this.#socket === socket && this.#state === 'connecting') this.#closed(CLOSE_ABNORMAL, '')
    })
  }

  #closed(code: number, reason: string): void {
    // A handshake that fails does not say why: it may be the token as well as the server.
    this.#refused = this.#state !== 'open' && this.#attempt > 0
    this.#socket = null
    if (code < CLOSE_STOP) return this.#retryLater()
    this.#stop(new Error(`The server closed the connection with ${code}: ${reason || 'no reason given'}.`))
  }

  #stop(reason: Error): void {
    this.close()
    this.#options.onStop(reason)
  }

  /** Forgets a socket at once: its close event may take as long as the network that is gone. */
  #drop(socket: Socket): void {
    if (this.#socket !== socket) return
    this.#socket = null
    socket.close()
    this.#retryLater()
  }

  #retryLater(): void {
    clearTimeout(this.#timer)
    // Before it is told: whoever hears it may close this, and then nothing is tried again.
    this.#timer = setTimeout(() => void this.#connect(), backoffMs(this.#attempt++, Math.random()))
    this.#become('waiting')
  }

  #become(state: LinkState): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onState(state)
  }
}

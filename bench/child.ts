// A part of a bench in a process of its own, so that it does not take time from what is measured. It ends with us.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Child<Sent, Received> {
  readonly pid: number
  send(message: Sent): void
  /** Rejects when the process ends before it answers. */
  next<K extends Received extends { kind: infer Kind } ? Kind : never>(kind: K): Promise<Extract<Received, { kind: K }>>
  onMessage(listen: (message: Received) => void): void
  end(): Promise<void>
}

/** Runs the module at `url`, which talks through `parentOf`. */
export function startChild<Sent, Received extends { readonly kind: string }>(url: URL): Child<Sent, Received> {
  const child = fork(fileURLToPath(url), [], {
    execArgv: [],
    // Its own session, as every server has: kernels that share processors by sessions (autogroups) starve it otherwise.
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const listeners = new Set<(message: Received) => void>()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.on('message', (message) => {
    for (const listen of listeners) listen(message as Received)
  })
  return {
    pid: child.pid!,
    send: (message) => {
      child.send(message as object)
    },
    next: (kind) =>
      new Promise((resolve, reject) => {
        const listen = (message: Received) => {
          if (message.kind !== kind) return
          listeners.delete(listen)
          resolve(message as Extract<Received, { kind: typeof kind }>)
        }
        listeners.add(listen)
        void ended.then(() => reject(new Error(`a process of the bench ended before it sent '${kind}'`)))
      }),
    onMessage: (listen) => {
      listeners.add(listen)
    },
    end: async () => {
      child.kill('SIGKILL')
      await ended
    }
  }
}

/** The child's side. The process ends when its parent does. */
export function parentOf<Sent, Received>(listen: (message: Received) => void): { send(message: Sent): void } {
  process.on('message', (message) => listen(message as Received))
  process.on('disconnect', () => process.exit())
  return {
    send: (message) => {
      process.send?.(message as object)
    }
  }
}

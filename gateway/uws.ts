// The one module that imports uWebSockets.js, whose binaries know some platforms and Node 18 to 22 only.
import type { TemplatedApp, us_listen_socket } from 'uWebSockets.js'

export type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_listen_socket,
  us_socket_context_t,
  WebSocket
} from 'uWebSockets.js'

const uws = await import('uWebSockets.js').catch((cause: unknown) => {
  const here = `${process.platform}-${process.arch} with Node ${process.versions.node}`
  throw new Error(
    `uWebSockets.js has no binary for ${here}: run with Node 22 as npm start does, or install the author's own release (README, "Where no binary fits").`,
    { cause }
  )
})

export const { App } = uws
export const closeListenSocket = uws.us_listen_socket_close

/** Listens on a port that nobody else has: left to itself, uWebSockets.js would share it. Null: taken. */
export function listenAlone(
  app: TemplatedApp,
  host: string,
  port: number
): Promise<{ socket: us_listen_socket; port: number } | null> {
  // The types leave out the form with a host and options, which there is.
  const listen = app.listen.bind(app) as unknown as (
    host: string,
    port: number,
    options: number,
    done: (socket: us_listen_socket | false) => void
  ) => void
  const EXCLUSIVE = 1
  return new Promise((resolve) => {
    listen(host, port, EXCLUSIVE, (socket) => {
      resolve(socket === false ? null : { socket, port: uws.us_socket_local_port(socket) })
    })
  })
}

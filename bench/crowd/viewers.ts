// Viewers in a process of their own: as many sockets as one process may have.
import { parentOf } from '../child.ts'
import { Audience } from './audience.ts'
import type { FromViewers, ToViewers } from './protocol.ts'

const STATE_MS = 250

let audience: Audience | null = null

const parent = parentOf<FromViewers, ToViewers>((message) => {
  if (message.kind === 'watch') {
    audience = new Audience(message)
    setInterval(() => parent.send({ kind: 'state', ...audience!.counts }), STATE_MS)
  } else void audience!.finish(message).then((report) => parent.send(report))
})

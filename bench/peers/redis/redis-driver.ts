// Asks Redis for seats, in whatever form they are kept there, over as many connections as the settings say.
import type { Driver, HoldResult, PeerAddress, PeerSettings } from '../peer.ts'
import { isGranted, type RedisForm } from './redis-form.ts'
import { openRedisLink } from './redis-link.ts'
import type { Reply } from './resp-parser.ts'

export async function openRedisDriver(
  form: RedisForm,
  { url }: PeerAddress,
  { connections, client = 'plain', many = 'one command' }: PeerSettings
): Promise<Driver> {
  const links = await Promise.all(Array.from({ length: connections }, () => openRedisLink(url, client)))
  let turn = 0
  const nextLink = () => links[turn++ % links.length]!
  return {
    hold: (request, done) => nextLink().send(form.hold(request), (reply) => done(resultOf(reply, 0))),
    holdMany: (requests, done) => {
      if (many === 'pipeline') {
        nextLink().sendAll(requests.map(form.hold), (at, reply) => done(at, resultOf(reply, 0)))
        return
      }
      const joints = form.holdMany(requests)
      nextLink().sendAll(
        joints.map(({ command }) => command),
        (at, reply) => {
          for (const [item, place] of joints[at]!.places.entries()) done(place, resultOf(reply, item))
        }
      )
    },
    close: async () => {
      await Promise.all(links.map((link) => link.close()))
    }
  }
}

function resultOf(reply: Reply, item: number): HoldResult {
  const granted = isGranted(reply, item)
  if (granted === null) return 'failed'
  return granted ? 'granted' : 'refused'
}

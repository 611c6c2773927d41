// The wire between nodes, over NATS: below `frontrow.cluster.v1.`, where only nodes may speak. Callbacks all the way,
// and one wildcard inbox on which NATS says that nobody was there to get a message. What is said while NATS is away is
// lost, as it would be on any wire.
import { randomUUID } from 'node:crypto'
import { createInbox, type NatsConnection } from 'nats'
import type { Wire } from '../../actors/ports.ts'
import { INBOX_PREFIX } from './nats-link.ts'

const SUBJECT = 'frontrow.cluster.v1'
const NO_RESPONDERS = 503
/** Messages whose delivery is not known to have failed, kept at the most; the oldest were delivered. */
const UNDELIVERED_MAX = 8_192

export interface NatsWire extends Wire {
  open(connection: NatsConnection): void
}

/** `isConnected`: whether NATS is there now; what is said while it is away would pile up. */
export function createNatsWire(node: string, isConnected: () => boolean): NatsWire {
  const address = `${node}.${randomUUID()}`
  let connection: NatsConnection | null = null
  let inbox = ''
  let sent = 0
  let receiver: (bytes: Uint8Array) => void = () => {}
  const undelivered = new Map<number, () => void>()
  const topics = new Map<string, (bytes: Uint8Array) => void>()
  const unsubscribe = new Map<string, () => void>()

  function subscribe(topic: string): void {
    if (connection === null) return
    const subscription = connection.subscribe(`${SUBJECT}.topic.${topic}`, {
      callback: (error, message) => {
        if (error === null) topics.get(topic)?.(message.data)
      }
    })
    unsubscribe.set(topic, () => subscription.unsubscribe())
  }

  function refused(subject: string): void {
    const number = Number(subject.slice(inbox.length + 1))
    const tell = undelivered.get(number)
    undelivered.delete(number)
    tell?.()
  }

  const isThere = () => connection !== null && isConnected()

  return {
    address,
    open(opened) {
      connection = opened
      inbox = createInbox(INBOX_PREFIX)
      opened.subscribe(`${inbox}.*`, {
        callback: (error, { subject, headers }) => {
          if (error === null && headers?.code === NO_RESPONDERS) refused(subject)
        }
      })
      opened.subscribe(`${SUBJECT}.node.${address}`, {
        callback: (error, message) => {
          if (error === null) receiver(message.data)
        }
      })
      for (const topic of topics.keys()) subscribe(topic)
    },
    send(to, bytes, failed) {
      if (!isThere()) return failed()
      const number = ++sent
      undelivered.set(number, failed)
      if (undelivered.size > UNDELIVERED_MAX) undelivered.delete(undelivered.keys().next().value as number)
      connection!.publish(`${SUBJECT}.node.${to}`, bytes, { reply: `${inbox}.${number}` })
    },
    publish(topic, bytes) {
      if (isThere()) connection!.publish(`${SUBJECT}.topic.${topic}`, bytes)
    },
    receive(heard) {
      receiver = heard
    },
    listen(topic, heard) {
      topics.set(topic, heard)
      subscribe(topic)
      return () => {
        topics.delete(topic)
        unsubscribe.get(topic)?.()
        unsubscribe.delete(topic)
      }
    }
  }
}

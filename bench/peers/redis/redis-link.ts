// Connections to Redis, two ways: by hand, on the socket that Frontrow's own drivers use, and through ioredis.
// Keeps true: each command is heard of once, also when the connection is lost.
import { Redis } from 'ioredis'
import { openSocket } from '../../load/drivers/socket.ts'
import type { PeerSettings } from '../peer.ts'
import { createRespParser, type Reply } from './resp-parser.ts'

export type Command = readonly string[]

export interface RedisLink {
  send(command: Command, heard: (reply: Reply) => void): void
  /** In one write. */
  sendAll(commands: readonly Command[], heard: (at: number, reply: Reply) => void): void
  close(): Promise<void>
}

type Client = NonNullable<PeerSettings['client']>

export function openRedisLink(url: string, client: Client): Promise<RedisLink> {
  return client === 'plain' ? openPlain(url) : openIoredis(url, client === 'ioredis auto pipeline')
}

async function openPlain(url: string): Promise<RedisLink> {
  const { hostname, port } = new URL(url)
  const lost = new Error('the connection to Redis is lost')
  let waiting: ((reply: Reply) => void)[] = []
  let next = 0
  let isOpen = true

  function answer(reply: Reply): void {
    const heard = waiting[next]
    next++
    // The list is given back when it is used up or long; to shift it for every reply would cost more than the rest.
    if (next === waiting.length || next > 4096) {
      waiting = waiting.slice(next)
      next = 0
    }
    heard?.(reply)
  }

  const socket = await openSocket(hostname, Number(port), {
    read: createRespParser(answer),
    closed: () => {
      isOpen = false
      for (const heard of waiting.splice(next)) heard(lost)
    }
  })
  const send = (command: Command, heard: (reply: Reply) => void) => {
    if (!isOpen) {
      queueMicrotask(() => heard(lost))
      return
    }
    waiting.push(heard)
    socket.send(textOf(command))
  }
  return {
    send,
    sendAll: (commands, heard) => {
      for (const [at, command] of commands.entries()) send(command, (reply) => heard(at, reply))
    },
    close: async () => socket.close()
  }
}

/** ASCII alone: then a character is a byte. */
function textOf(command: Command): string {
  let text = `*${command.length}\r\n`
  for (const part of command) text += `$${part.length}\r\n${part}\r\n`
  return text
}

async function openIoredis(url: string, enableAutoPipelining: boolean): Promise<RedisLink> {
  const redis = new Redis(url, { lazyConnect: true, enableAutoPipelining, retryStrategy: () => null })
  // A lost connection fails its commands, and they are heard of.
  redis.on('error', () => {})
  await redis.connect()
  const send: RedisLink['send'] = ([name, ...parts], heard) => {
    redis.call(name!, parts).then((reply) => heard(reply as Reply), heard)
  }
  return {
    send,
    sendAll: (commands, heard) => {
      const pipeline = redis.pipeline(commands.map((command) => ['call', ...command]))
      const all = (reply: (at: number) => Reply) => {
        for (const at of commands.keys()) heard(at, reply(at))
      }
      pipeline.exec().then(
        (replies) => all((at) => replies![at]![0] ?? (replies![at]![1] as Reply)),
        (error: Error) => all(() => error)
      )
    },
    close: async () => redis.disconnect()
  }
}

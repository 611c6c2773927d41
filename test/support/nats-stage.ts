// A whole server behind a real NATS: what a booking service finds, and a client that asks as one would.
import { connect, headers, type Msg, type NatsConnection } from 'nats'
import { startNats, type TestNats } from './nats.ts'
import type { Answer } from './wire-client.ts'
import { startWireStage, type WireStage } from './wire-client-house.ts'

/** As the WebSocket's, with an id only where one was given. */
export type NatsAnswer = Omit<Answer, 'id'> & { readonly id?: string | number }

export interface NatsStage extends WireStage {
  readonly nats: TestNats
  readonly client: NatsConnection
  dispose(): Promise<void>
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

export async function startNatsStage(env: Readonly<Record<string, string>> = {}): Promise<NatsStage> {
  const nats = await startNats()
  try {
    const stage = await startWireStage({ NATS_URL: nats.url, ...env })
    const client = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
    return {
      ...stage,
      nats,
      client,
      dispose: async () => {
        await client.close()
        await stage.dispose()
        await nats.dispose()
      }
    }
  } catch (error) {
    await nats.dispose()
    throw error
  }
}

/** The answer as it came; a string or bytes go as they are. */
export function request(
  client: NatsConnection,
  subject: string,
  body: unknown,
  options: AskOptions = {}
): Promise<Msg> {
  const head = headers()
  for (const [name, value] of Object.entries(options.headers ?? {})) head.set(name, value)
  const data = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  return client.request(subject, data, { timeout: options.timeoutMs ?? 20_000, headers: head })
}

export async function ask(client: NatsConnection, show: string, op: string, body: object, options?: AskOptions) {
  return (await request(client, `frontrow.v1.shows.${show}.${op}`, body, options)).json<NatsAnswer>()
}

/** As `ask`, for many at once. */
export async function askAll(client: NatsConnection, show: string, op: string, body: readonly unknown[]) {
  return (await request(client, `frontrow.v1.shows.${show}.${op}`, body)).json<readonly NatsAnswer[]>()
}

/** Until the door answers; only for waiting, as it asks for what nobody has. */
export async function doorIsOpen(client: NatsConnection): Promise<void> {
  for (;;) {
    const answered = await client
      .request('frontrow.v1.shows.nobody.release', '{}', { timeout: 1_000 })
      .catch(() => null)
    if (answered !== null) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

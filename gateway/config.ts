// The settings of DESIGN, read from the environment: every one is optional, and what is wrong with them
// is said all at once, a line each.
import * as Config from 'effect/Config'
import * as ConfigProvider from 'effect/ConfigProvider'
import * as Effect from 'effect/Effect'
import * as Option from 'effect/Option'
import * as Result from 'effect/Result'
import * as Schema from 'effect/Schema'
import { SECRET_BYTES_MIN, SHARDS_MAX } from '../core/limits.ts'
import { explain } from './schema/decode.ts'

const NATS_PORT = 4222
/** A terabyte. */
const EVENTS_MEGABYTES_MAX = 1024 * 1024

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Settings {
  /** 0: any that is free. */
  readonly port: number
  readonly host: string
  /** Null: the embedded database in `dataDir`. */
  readonly databaseUrl: string | null
  readonly dataDir: string
  /** Null: made once and kept in `dataDir`. */
  readonly nodeId: string | null
  readonly jwtSecret: string | null
  readonly shards: number
  readonly logLevel: LogLevel
  readonly demo: boolean
  /** Null: one node, and no door for booking services. */
  readonly nats: NatsSettings | null
  /** Set, but not used by this version. */
  readonly ignored: readonly 'REDIS_URL'[]
}

export interface NatsSettings {
  /** `nats://host:port`, one or several, without who asks. */
  readonly urls: readonly string[]
  readonly user: string | null
  readonly password: string | null
  /** A file with an NKey and a JWT. */
  readonly credentials: string | null
  /** The stream of events: how long it may get, and how many servers keep it. */
  readonly eventsBytesMax: number
  readonly eventsReplicas: number
}

export type SettingsRead =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly string[] }

function textThat(test: (value: string) => boolean, expected: string) {
  return Schema.String.pipe(Schema.check(Schema.makeFilter(test, { expected })))
}

function numberFrom(minimum: number, maximum: number) {
  const ok = (value: string) => /^\d{1,9}$/.test(value) && Number(value) >= minimum && Number(value) <= maximum
  return textThat(ok, `a whole number from ${minimum} to ${maximum}`)
}

const DatabaseUrl = textThat(
  (value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value),
  'an address such as postgres://user:password@host:5432/database'
)
/** A token of a NATS subject, so without dots. */
const NodeId = textThat((value) => /^[A-Za-z0-9_-]{1,64}$/.test(value), '1 to 64 letters, digits, _ or -')
const Secret = textThat(
  (value) => Buffer.byteLength(value) >= SECRET_BYTES_MIN,
  `${SECRET_BYTES_MIN} bytes or more: openssl rand -base64 48 makes one`
)

const NatsUrls = textThat(
  (value) => value.split(',').every(isNatsUrl),
  'addresses such as nats://user:password@host:4222, separated by commas'
)
function isNatsUrl(text: string): boolean {
  if (!/^(nats|tls):\/\/[^/?#]+\/?$/.test(text) || !URL.canParse(text)) return false
  const { hostname, username, password } = new URL(text)
  return hostname !== '' && !/%(?![0-9a-f]{2})/i.test(username + password)
}

const CONFIGS = {
  port: Config.schema(numberFrom(0, 65_535), 'PORT').pipe(Config.map(Number), Config.withDefault(8080)),
  host: Config.String('HOST').pipe(Config.withDefault('127.0.0.1')),
  databaseUrl: Config.schema(DatabaseUrl, 'DATABASE_URL').pipe(Config.option),
  dataDir: Config.String('DATA_DIR').pipe(Config.withDefault('./data')),
  nodeId: Config.schema(NodeId, 'NODE_ID').pipe(Config.option),
  jwtSecret: Config.schema(Secret, 'JWT_SECRET').pipe(Config.option),
  shards: Config.schema(numberFrom(1, SHARDS_MAX), 'SHARDS').pipe(Config.map(Number), Config.withDefault(64)),
  logLevel: Config.Literals(LOG_LEVELS, 'LOG_LEVEL').pipe(Config.withDefault('info' as const)),
  demo: Config.Boolean('DEMO').pipe(Config.withDefault(true)),
  natsUrls: Config.schema(NatsUrls, 'NATS_URL').pipe(Config.option),
  natsUser: Config.String('NATS_USER').pipe(Config.option),
  natsPassword: Config.String('NATS_PASSWORD').pipe(Config.option),
  natsCredentials: Config.String('NATS_CREDS').pipe(Config.option),
  eventsBytesMax: Config.schema(numberFrom(1, EVENTS_MEGABYTES_MAX), 'NATS_EVENTS_MB').pipe(
    Config.map((text) => Number(text) * 1024 * 1024),
    Config.withDefault(1024 * 1024 * 1024)
  ),
  eventsReplicas: Config.schema(numberFrom(1, 5), 'NATS_EVENTS_REPLICAS').pipe(
    Config.map(Number),
    Config.withDefault(1)
  )
}

type Values = { readonly [K in keyof typeof CONFIGS]: Config.Success<(typeof CONFIGS)[K]> }

/** A variable that is set to nothing counts as not set. */
export function readSettings(environment: NodeJS.ProcessEnv): SettingsRead {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''))
  const provider = ConfigProvider.fromEnvRecord(set as Record<string, string>)
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, config] of Object.entries<Config.Config<unknown>>(CONFIGS)) {
    const result = Effect.runSync(Effect.result(config.parse(provider)))
    if (Result.isSuccess(result)) values[name] = result.success
    else problems.push(problemOf(result.failure))
  }
  if (problems.length > 0) return { ok: false, problems }
  const all = values as Values
  const { port, host, dataDir, shards, logLevel, demo, databaseUrl, nodeId, jwtSecret } = all
  const settings: Settings = {
    port,
    host,
    dataDir,
    shards,
    logLevel,
    demo,
    nats: natsOf(all),
    databaseUrl: Option.getOrNull(databaseUrl),
    nodeId: Option.getOrNull(nodeId),
    jwtSecret: Option.getOrNull(jwtSecret),
    ignored: (['REDIS_URL'] as const).filter((name) => set[name] !== undefined)
  }
  return { ok: true, settings }
}

/** User and password stand in the address, or in settings of their own, which come first. */
function natsOf({ natsUrls, natsUser, natsPassword, natsCredentials, ...events }: Values): NatsSettings | null {
  const text = Option.getOrNull(natsUrls)
  if (text === null) return null
  const urls = text.split(',').map((url) => new URL(url))
  const { username = '', password = '' } = urls.find((url) => url.username !== '') ?? {}
  return {
    urls: urls.map(({ protocol, hostname, port }) => `${protocol}//${hostname}:${port === '' ? NATS_PORT : port}`),
    user: Option.getOrNull(natsUser) ?? (username === '' ? null : decodeURIComponent(username)),
    password: Option.getOrNull(natsPassword) ?? (password === '' ? null : decodeURIComponent(password)),
    credentials: Option.getOrNull(natsCredentials),
    eventsBytesMax: events.eventsBytesMax,
    eventsReplicas: events.eventsReplicas
  }
}

function problemOf({ cause }: Config.ConfigError): string {
  return Schema.isSchemaError(cause) ? explain(cause.issue) : cause.message
}

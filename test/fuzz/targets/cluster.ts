// What nodes say to each other, spoilt on the way: packets, hellos and feeds. Spoilt bytes are Damaged, or something
// that could have been said, which says the same when it is written again.
import { isDeepStrictEqual } from 'node:util'
import {
  decodeDiff,
  decodeEnded,
  encodeDiff,
  encodeEnded,
  encodeRestart
} from '../../../actors/cluster/feed-message.ts'
import {
  type Looked,
  type PacketReceiver,
  PacketWriter,
  readPacket,
  WIRE_VERSION
} from '../../../actors/cluster/packet.ts'
import { decodeHello, encodeHello } from '../../../actors/cluster/routes.ts'
import type { Random } from '../../../bench/random.ts'
import { refuse } from '../../../core/refusal.ts'
import { FRAME_V1 } from '../../golden/examples.ts'
import {
  block,
  book,
  cancel,
  change,
  create,
  definitionOf,
  extend,
  hold,
  holdBest,
  Sale
} from '../../support/small-show.ts'
import { ACCEPTED, insist, type Target } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate-bytes.ts'
import { allocatingWithin, insistSize, orDamaged } from './codec.ts'

const FROM = 'node-1.0123'
const LARGE = Number.MAX_SAFE_INTEGER
const AT = { shard: 63, seq: 1_000 }
const { definition, plan, status: statuses } = new Sale().inventory
const VIEW = { definition, plan, epoch: 7, seq: 300, statuses }
const REFUSAL = refuse('seats_unavailable', 'Someone was faster.', { seats: [0, 300, 7], retryAfterMs: 500 })

/** What a packet says, as calls that say it again. */
type Said = (packet: PacketWriter) => void

const COMMANDS = [
  hold('ann', 'A1 A2', { key: 'k1' }),
  holdBest('bob', { count: 4, category: 'Front', zone: 'Stalls', accessible: true }),
  extend('ann', 1),
  book('ann', 1, 'A1', { key: 'Ñandú' }),
  cancel('boss', 1, null, { admin: true }),
  block('A1 B2 C3'),
  create(definitionOf()),
  change({ title: 'Othello', prices: { Front: 1 } })
]
const ANSWERS = [...FRAME_V1.entries.map(({ event }) => event), REFUSAL]
const ENTRIES: readonly Said[] = [
  ...COMMANDS.map(
    (command, id): Said =>
      (packet) =>
        packet.ask({ id, epoch: 3, command })
  ),
  ...ANSWERS.map(
    (outcome, id): Said =>
      (packet) =>
        packet.answer({ id, epoch: 3, ...AT, outcome })
  ),
  (packet) => packet.elsewhere(LARGE, 2),
  (packet) => packet.look({ id: 1, show: 'hamlet', isFollowing: true, needs: 'pushed' }),
  (packet) => packet.looked(1, AT, VIEW, true),
  (packet) => packet.looked(2, AT, VIEW, false),
  (packet) => packet.looked(3, AT, null, true),
  (packet) => packet.looked(4, AT, REFUSAL, true),
  (packet) => packet.coming({ shard: 63, seq: LARGE, snapshotSeq: 2 }),
  (packet) => packet.prepared(63),
  (packet) => packet.yours(63)
]

function packetOf(entries: readonly Said[]): Uint8Array {
  const packet = new PacketWriter(FROM)
  for (const say of entries) say(packet)
  return packet.take()
}

function sayLooked({ id, shard, seq, face }: Looked): Said {
  const isWhole = face?.kind === 'whole'
  const view = face === null || face.kind === 'refused' ? face : { ...VIEW, ...face }
  // Its `kind` is of the message, not of a view.
  if (view !== null && view.kind !== 'refused') Reflect.deleteProperty(view, 'kind')
  return (packet) => packet.looked(id, { shard, seq }, view, isWhole)
}

function receiver(said: Said[], sizes: (value: unknown) => void): PacketReceiver {
  const note = (value: unknown, say: Said) => {
    sizes(value)
    said.push(say)
  }
  return {
    ask: (_from, ask) => note(ask, (packet) => packet.ask(ask)),
    answer: (answer) => note(answer, (packet) => packet.answer(answer)),
    elsewhere: (id, epoch) => note(id, (packet) => packet.elsewhere(id, epoch)),
    look: (_from, look) => note(look, (packet) => packet.look(look)),
    looked: (looked) => note(looked, sayLooked(looked)),
    coming: (_from, position) => note(position, (packet) => packet.coming(position)),
    prepared: (shard) => note(shard, (packet) => packet.prepared(shard)),
    yours: (shard) => note(shard, (packet) => packet.yours(shard))
  }
}

/** What `bytes` say; null where they are Damaged, though something may have been said before that. */
function read(bytes: Uint8Array): Said[] | null {
  const said: Said[] = []
  const sizes = (value: unknown) => insistSize(value, bytes.length)
  const isRead = allocatingWithin(bytes.length, () =>
    orDamaged(() => {
      readPacket(bytes, receiver(said, sizes))
      return true
    })
  )
  return isRead === null ? null : said
}

/** The version is right fifteen times out of sixteen, or nothing behind it is read. */
function mutate(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  const spoilt = mutateBytes(random, input, other)
  if (spoilt.length > 0 && random.below(16) > 0) spoilt[0] = WIRE_VERSION
  return spoilt
}

const packets: Target = {
  name: 'packet',
  corpus: async () => [...ENTRIES.map((entry) => packetOf([entry])), packetOf([]), packetOf(ENTRIES)],
  mutate,
  judge(input) {
    const said = read(input)
    if (said === null) return 'Damaged'
    const written = packetOf(said)
    const again = read(written)
    insist(
      again !== null && Buffer.from(packetOf(again)).equals(written),
      'a packet that was written again is another one'
    )
    return ACCEPTED
  }
}

/** A message of one kind: what was read of it is the same when it is written and read again. */
function target<T>(
  name: string,
  corpus: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array
): Target {
  return {
    name,
    corpus: async () => corpus,
    mutate,
    judge(input) {
      const message = allocatingWithin(input.length, () => orDamaged(() => decode(input)))
      if (message === null) return 'Damaged'
      insistSize(message, input.length)
      insist(isDeepStrictEqual(decode(encode(message)), message), `a ${name} that was written again is another one`)
      return ACCEPTED
    }
  }
}

const owned = Array.from({ length: 64 }, (_, shard) => [shard, shard + 1] as const)
const HELLOS = [
  { node: 'node-1', address: FROM, asks: true, behind: false, owned: [] },
  { node: 'node-2', address: 'node-2.4567', asks: false, behind: true, owned },
  { node: '', address: '', asks: false, behind: true, owned: [[LARGE, LARGE]] as const }
]
const DIFFS = [
  encodeDiff('hamlet', { epoch: 7, seq: 4, changes: Uint32Array.from([0, 3, 5, 1, 99_999, 2]) }),
  encodeDiff('hamlet', { epoch: 7, seq: LARGE, changes: new Uint32Array(0) }),
  encodeRestart('hamlet', 8)
]
const ENDED = [{ from: FROM, show: 'hamlet', user: 'Ñandú', hold: LARGE }]

export const clusterTargets: readonly Target[] = [
  packets,
  target('hello', HELLOS.map(encodeHello), decodeHello, encodeHello),
  target('feed', DIFFS, decodeDiff, ({ show, ...diff }) => encodeDiff(show, diff)),
  target('ended', ENDED.map(encodeEnded), decodeEnded, encodeEnded)
]

// What viewers read: pushes of both protocols as the server writes them, spoilt on the way, into the map of the client.
// Whatever comes, the map stays one that can be drawn, and the next good snapshot makes it the server's again.
import { ShowStore } from '../../../gateway/client/show-store.ts'
import { diffBytes, diffText, snapshotBytes, snapshotText } from '../../../gateway/websocket/feed-codec.ts'
import { Sale, SHOW } from '../../support/small-show.ts'
import { ACCEPTED, bytesOf, insist, type Target, textOf } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate-bytes.ts'
import { mutateJson, smallerJson } from '../mutate-json.ts'

const { definition, plan } = new Sale().inventory
const EPOCH = 7
const SEQ = 3
const STATUSES = Uint8Array.from(plan.ids, (_, seat) => seat & 3)
const VIEW = { definition, plan, epoch: EPOCH, seq: SEQ, statuses: STATUSES }
const DIFF = { epoch: EPOCH, seq: SEQ + 1, changes: Uint32Array.from([0, 3, 5, 1, 15, 0]) }
const SNAPSHOT = JSON.parse(snapshotText(SHOW, VIEW)) as Parameters<ShowStore['applySnapshot']>[0]

/** A store that has the server's map. */
function storeOf(): ShowStore {
  return new ShowStore({ epoch: EPOCH, seq: SEQ, statuses: STATUSES.slice() })
}

/** Statuses are statuses, and the counts are theirs. */
function insistDrawable(store: ShowStore): void {
  const counts = [0, 0, 0, 0]
  for (const status of store.statuses) {
    insist(status < 4, `a seat with status ${status}`)
    counts[status]!++
  }
  insist(counts.join() === [...store.counts].join(), `counts ${[...store.counts]} where there are ${counts}`)
}

const text: Target = {
  name: 'push',
  corpus: async () =>
    [snapshotText(SHOW, VIEW), diffText(SHOW, DIFF), diffText(SHOW, { ...DIFF, changes: new Uint32Array(0) })].map(
      bytesOf
    ),
  mutate: mutateJson,
  smaller: smallerJson,
  judge(input) {
    const store = storeOf()
    let outcome: string
    try {
      const push = JSON.parse(textOf(input)) as { ev: string }
      const known =
        push.ev === 'diff'
          ? store.applyDiff(push as never)
          : push.ev === 'snapshot' && store.applySnapshot(push as never)
      outcome = known === 'applied' ? ACCEPTED : String(known || 'another push')
    } catch (error) {
      // The page's handler ends with the message; what counts is what it leaves behind.
      outcome = error instanceof Error ? error.name : 'thrown'
    }
    insistDrawable(store)
    store.reconnected()
    insist(store.applySnapshot(SNAPSHOT) === 'applied', 'a good snapshot was not believed')
    insist(Buffer.from(store.statuses.subarray(0, STATUSES.length)).equals(STATUSES), 'a map that stays wrong')
    insistDrawable(store)
    return outcome
  }
}

/** Reads a binary push by the words of its description; null where it is none. */
function readBinary(
  bytes: Uint8Array
): { show: string; epoch: number; seq: number; rest: Uint8Array; kind: number } | null {
  if (bytes.length < 10 || bytes.length < 10 + bytes[9]! || (bytes[0] !== 1 && bytes[0] !== 2)) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const show = Buffer.from(bytes.subarray(10, 10 + bytes[9]!)).toString('latin1')
  return {
    kind: bytes[0]!,
    show,
    epoch: view.getUint32(1, true),
    seq: view.getUint32(5, true),
    rest: bytes.slice(10 + bytes[9]!)
  }
}

/** Both protocols say the same: a binary push that can be read is what the encoder writes of it, and its text agrees. */
const binary: Target = {
  name: 'binary',
  corpus: async () => [snapshotBytes(SHOW, VIEW), diffBytes(SHOW, DIFF), snapshotBytes('x'.repeat(64), VIEW)],
  mutate: mutateBytes,
  judge(input) {
    const read = readBinary(input)
    if (read === null || !/^[\w-]{1,64}$/.test(read.show)) return 'no push'
    const { kind, show, epoch, seq, rest } = read
    if (kind === 1) {
      const statuses = Uint8Array.from(
        { length: rest.length * 4 },
        (_, seat) => (rest[seat >> 2]! >> ((seat & 3) * 2)) & 3
      )
      const view = { ...VIEW, epoch, seq, statuses }
      insist(Buffer.from(snapshotBytes(show, view)).equals(input), 'a snapshot that is written otherwise')
      const store = new ShowStore({ epoch: 0, seq: 0, statuses: new Uint8Array(statuses.length) })
      store.applySnapshot(JSON.parse(snapshotText(show, view)) as never)
      insist(Buffer.from(store.statuses).equals(statuses), 'text and binary snapshots differ')
      return ACCEPTED
    }
    if (rest.length % 4 > 0) return 'no push'
    const numbers = new DataView(rest.buffer)
    const pairs = Array.from({ length: rest.length / 4 }, (_, at) => numbers.getUint32(at * 4, true))
    const changes = Uint32Array.from(pairs.flatMap((pair) => [pair >>> 2, pair & 3]))
    insist(Buffer.from(diffBytes(show, { epoch, seq, changes })).equals(input), 'a diff that is written otherwise')
    const said = JSON.parse(diffText(show, { epoch, seq, changes })) as { show: string; changes: [number, number][] }
    insist(said.show === show && said.changes.flat().join() === changes.join(), 'text and binary diffs differ')
    return ACCEPTED
  }
}

export const feedTargets: readonly Target[] = [text, binary]

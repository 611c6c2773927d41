// What nodes say to each other, as bytes. A packet carries everything that one node has for another at the end of a
// turn: u8 version · sender · entries … Entries start with their kind; its number is part of the format.
import { ByteReader, ByteWriter, Damaged } from '../../core/codec/bytes.ts'
import { readCommand, writeCommand } from '../../core/codec/command-codec.ts'
import { readDefinition, writeDefinition } from '../../core/codec/event-codec.ts'
import { readOutcome, writeOutcome } from '../../core/codec/outcome-codec.ts'
import type { Command } from '../../core/command.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { ShowDefinition } from '../../core/show.ts'
import type { Outcome, ShowView } from '../outcome.ts'
import type { ShardPosition } from '../shard-recovery.ts'

/** Of all that nodes say to each other. */
export const WIRE_VERSION = 3

const ASK = 1
const ANSWER = 2
const ELSEWHERE = 3
const LOOK = 4
const LOOKED = 5
const YOURS = 6
const COMING = 7
const PREPARED = 8

/** Of a look: keep its feed coming; and above that bit, what it needs. */
const FOLLOW = 1
const NEEDS: readonly LookNeeds[] = ['position', 'whole', 'pushed']

/** How a look ended: as a whole, as a position alone, there is no such show, or refused. */
const IS_WHOLE = 0
const IS_POSITION = 1
const IS_ABSENT = 2
const IS_REFUSED = 3

/** A command for the owner of its shard in `epoch`; `id` comes back with what became of it. */
export interface Ask {
  readonly id: number
  readonly epoch: number
  readonly command: Command
}

/** `seq`: how far the shard's journal is committed. */
export interface Answer {
  readonly id: number
  readonly epoch: number
  readonly shard: number
  readonly seq: number
  readonly outcome: Outcome
}

/** Of a show: where it stands, all of it as it stands, or only where it stood when it was last pushed. */
export type LookNeeds = 'position' | 'whole' | 'pushed'

/** Brings what a look asks for: `isFollowing` keeps its diffs coming for a while. */
export interface Look {
  readonly id: number
  readonly show: string
  readonly isFollowing: boolean
  readonly needs: LookNeeds
}

/** What a show looked like: its whole, or where its feed stands; null where there is no such show. */
export interface Looked {
  readonly id: number
  readonly shard: number
  readonly seq: number
  readonly face: WholeFace | FeedPosition | Refusal | null
}

interface FeedPosition {
  readonly kind: 'position'
  readonly epoch: number
  readonly seq: number
}

export interface WholeFace {
  readonly kind: 'whole'
  readonly definition: ShowDefinition
  readonly epoch: number
  readonly seq: number
  readonly statuses: Uint8Array
}

/** What a node takes in. */
export interface PacketReceiver {
  ask(from: string, ask: Ask): void
  answer(answer: Answer): void
  /** The command `id` was not done: its shard is not here in that epoch. */
  elsewhere(id: number, epoch: number): void
  look(from: string, look: Look): void
  looked(looked: Looked): void
  /** A shard is about to be given up for you: read what there is of it by now. */
  coming(from: string, position: ShardPosition): void
  /** `shard` was read, and may be given up. */
  prepared(shard: number): void
  /** `shard` was given up for you. */
  yours(shard: number): void
}

export class PacketWriter {
  private readonly writer = new ByteWriter(4096)
  private readonly from: string

  constructor(from: string) {
    this.from = from
    this.begin()
  }

  get length(): number {
    return this.writer.length
  }

  /** The packet, and room for the next one. */
  take(): Uint8Array {
    const bytes = this.writer.copy()
    this.begin()
    return bytes
  }

  ask({ id, epoch, command }: Ask): void {
    this.writer.u8(ASK)
    this.writer.varint(id)
    this.writer.varint(epoch)
    writeCommand(this.writer, command)
  }

  answer({ id, epoch, shard, seq, outcome }: Answer): void {
    this.writer.u8(ANSWER)
    this.writer.varint(id)
    this.writer.varint(epoch)
    this.writer.varint(shard)
    this.writer.varint(seq)
    writeOutcome(this.writer, outcome)
  }

  elsewhere(id: number, epoch: number): void {
    this.writer.u8(ELSEWHERE)
    this.writer.varint(id)
    this.writer.varint(epoch)
  }

  look({ id, show, isFollowing, needs }: Look): void {
    this.writer.u8(LOOK)
    this.writer.varint(id)
    this.writer.text(show)
    this.writer.u8((NEEDS.indexOf(needs) << 1) | (isFollowing ? FOLLOW : 0))
  }

  looked(id: number, at: { shard: number; seq: number }, view: ShowView | Refusal | null, isWhole: boolean): void {
    const { writer } = this
    writer.u8(LOOKED)
    writer.varint(id)
    writer.varint(at.shard)
    writer.varint(at.seq)
    if (view === null) return writer.u8(IS_ABSENT)
    if ('kind' in view) {
      writer.u8(IS_REFUSED)
      return writeOutcome(writer, view)
    }
    writer.u8(isWhole ? IS_WHOLE : IS_POSITION)
    writer.varint(view.epoch)
    writer.varint(view.seq)
    if (!isWhole) return
    writeDefinition(writer, view.definition)
    writer.block(view.statuses)
  }

  coming({ shard, seq, snapshotSeq }: ShardPosition): void {
    this.writer.u8(COMING)
    this.writer.varint(shard)
    this.writer.varint(seq)
    this.writer.varint(snapshotSeq)
  }

  prepared(shard: number): void {
    this.writer.u8(PREPARED)
    this.writer.varint(shard)
  }

  yours(shard: number): void {
    this.writer.u8(YOURS)
    this.writer.varint(shard)
  }

  private begin(): void {
    this.writer.reset()
    this.writer.u8(WIRE_VERSION)
    this.writer.text(this.from)
  }
}

/** Hands the entries of a packet to `receiver`, in their order. Throws `Damaged` where they are none of ours. */
export function readPacket(bytes: Uint8Array, receiver: PacketReceiver): void {
  const reader = readerOf(bytes)
  const from = reader.text()
  while (!reader.done) readEntry(reader, from, receiver)
}

function readEntry(reader: ByteReader, from: string, receiver: PacketReceiver): void {
  const kind = reader.u8()
  switch (kind) {
    case ASK:
      return receiver.ask(from, { id: reader.varint(), epoch: reader.varint(), command: readCommand(reader) })
    case ANSWER: {
      const at = { id: reader.varint(), epoch: reader.varint(), shard: reader.varint(), seq: reader.varint() }
      return receiver.answer({ ...at, outcome: readOutcome(reader) })
    }
    case ELSEWHERE:
      return receiver.elsewhere(reader.varint(), reader.varint())
    case LOOK: {
      const id = reader.varint()
      const show = reader.text()
      const flags = reader.u8()
      const needs = NEEDS[flags >> 1]
      if (needs === undefined) throw new Damaged(`unknown need before byte ${reader.at}`)
      return receiver.look(from, { id, show, isFollowing: (flags & FOLLOW) !== 0, needs })
    }
    case LOOKED:
      return receiver.looked(readLooked(reader))
    case COMING:
      return receiver.coming(from, { shard: reader.varint(), seq: reader.varint(), snapshotSeq: reader.varint() })
    case PREPARED:
      return receiver.prepared(reader.varint())
    case YOURS:
      return receiver.yours(reader.varint())
    default:
      throw new Damaged(`unknown kind of entry at byte ${reader.at}`)
  }
}

function readLooked(reader: ByteReader): Looked {
  const at = { id: reader.varint(), shard: reader.varint(), seq: reader.varint() }
  const kind = reader.u8()
  if (kind === IS_ABSENT) return { ...at, face: null }
  if (kind === IS_REFUSED) {
    const refusal = readOutcome(reader)
    if (refusal.kind !== 'refused') throw new Damaged(`no refusal before byte ${reader.at}`)
    return { ...at, face: refusal }
  }
  const position = { epoch: reader.varint(), seq: reader.varint() }
  if (kind === IS_POSITION) return { ...at, face: { kind: 'position', ...position } }
  if (kind !== IS_WHOLE) throw new Damaged(`unknown look at byte ${reader.at}`)
  const definition = readDefinition(reader)
  return { ...at, face: { kind: 'whole', ...position, definition, statuses: reader.block() } }
}

/** A reader behind the version, which has to be ours. */
export function readerOf(bytes: Uint8Array): ByteReader {
  if (bytes[0] !== WIRE_VERSION)
    throw new Damaged(`version ${bytes[0]}, but this program speaks version ${WIRE_VERSION}`)
  return new ByteReader(bytes, 1)
}

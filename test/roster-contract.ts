// What every roster must do: one suite for memory, the embedded database and Postgres. `open` is called once; each
// test has nodes of its own, and others' are there as well.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attendance, Member, Roster } from '../actors/ports.ts'

export interface RosterStage {
  readonly roster: Roster
  /** The same roster as another node sees it. */
  readonly other: Roster
  /** What an operator does who wants `node` empty. */
  drain(node: string): Promise<void>
  /** Lets `ms` go by on the clock that leases are on. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

const LEASE_MS = 60_000
/** Short enough to be waited for, and never to be outrun: what has to be there meanwhile has the long one. */
const BRIEF_MS = 40

export function rosterContract(name: string, open: () => Promise<RosterStage>): void {
  describe(name, () => {
    let stage: RosterStage
    let count = 0
    beforeAll(async () => {
      stage = await open()
    })
    afterAll(() => stage.close())
    const newNode = () => `node-${++count}`

    attending(() => stage, newNode)
    draining(() => stage, newNode)
    replacing(() => stage, newNode)
  })
}

function said(node: string, startedAt: number, more: Partial<Attendance> = {}): Attendance {
  return { node, startedAt, connected: true, leaving: false, ...more }
}

/** What the roster says of `node`; undefined where it is not there. */
function memberOf(members: readonly Member[] | null, node: string): Member | undefined {
  expect(members).not.toBeNull()
  return members!.find((member) => member.node === node)
}

function attending(stage: () => RosterStage, newNode: () => string): void {
  it('ROSTER-1: who attends is listed to itself and to others, once', async () => {
    const { roster, other } = stage()
    const [one, two] = [newNode(), newNode()]
    const first = await roster.attend(said(one, 1), LEASE_MS)
    expect(memberOf(first, one)).toEqual({ node: one, connected: true, draining: false })
    expect(memberOf(first, two)).toBeUndefined()
    const second = await other.attend(said(two, 7), LEASE_MS)
    const again = await roster.attend(said(one, 1), LEASE_MS)
    for (const members of [second, again]) {
      expect(
        members!
          .map(({ node }) => node)
          .filter((node) => node === one || node === two)
          .sort()
      ).toEqual([one, two])
    }
  })

  it('ROSTER-2: who does not say so again in time is not there any more', async () => {
    const { roster, other, pass } = stage()
    const [brief, lasting] = [newNode(), newNode()]
    await roster.attend(said(brief, 1), LEASE_MS)
    expect(memberOf(await other.attend(said(lasting, 1), LEASE_MS), brief)).toBeDefined()
    await roster.attend(said(brief, 1), BRIEF_MS)
    await pass(2 * BRIEF_MS)
    expect(memberOf(await other.attend(said(lasting, 1), LEASE_MS), brief)).toBeUndefined()
    expect(memberOf(await roster.attend(said(brief, 1), LEASE_MS), brief)).toBeDefined()
    expect(memberOf(await other.attend(said(lasting, 1), LEASE_MS), brief)).toBeDefined()
  })

  it('ROSTER-3: who leaves is gone at once, and nobody else is', async () => {
    const { roster, other } = stage()
    const [one, two] = [newNode(), newNode()]
    await roster.attend(said(one, 1), LEASE_MS)
    await other.attend(said(two, 1), LEASE_MS)
    await roster.leave(one, 1)
    const members = await other.attend(said(two, 1), LEASE_MS)
    expect([memberOf(members, one), memberOf(members, two)?.node]).toEqual([undefined, two])
    await roster.leave(one, 1)
  })

  it('ROSTER-3: an older process that leaves takes nothing of the younger one along', async () => {
    const { roster, other } = stage()
    const [one, two] = [newNode(), newNode()]
    await roster.attend(said(one, 1), LEASE_MS)
    await other.attend(said(one, 2), LEASE_MS)
    await roster.leave(one, 1)
    expect(memberOf(await other.attend(said(two, 1), LEASE_MS), one)).toBeDefined()
  })

  it('ROSTER-4: whether it can be reached is what it said last', async () => {
    const { roster, other } = stage()
    const [one, two] = [newNode(), newNode()]
    for (const connected of [false, true, false]) {
      expect(memberOf(await roster.attend(said(one, 1, { connected }), LEASE_MS), one)?.connected).toBe(connected)
      expect(memberOf(await other.attend(said(two, 1), LEASE_MS), one)?.connected).toBe(connected)
    }
  })
}

function draining(stage: () => RosterStage, newNode: () => string): void {
  const isDraining = async (roster: Roster, attendance: Attendance) =>
    memberOf(await roster.attend(attendance, LEASE_MS), attendance.node)?.draining

  it('ROSTER-5: an operator’s word lasts as long as the process does', async () => {
    const { roster, other, drain } = stage()
    const [one, two] = [newNode(), newNode()]
    expect(await isDraining(roster, said(one, 1))).toBe(false)
    await drain(one)
    for (let round = 0; round < 2; round++) {
      expect(await isDraining(roster, said(one, 1))).toBe(true)
      expect(memberOf(await other.attend(said(two, 1), LEASE_MS), one)?.draining).toBe(true)
    }
    expect(await isDraining(roster, said(one, 2))).toBe(false)
    expect(await isDraining(roster, said(one, 2))).toBe(false)
  })

  it('ROSTER-5: it is of one node, and a lease that ran out does not end it', async () => {
    const { roster, other, drain, pass } = stage()
    const [one, two] = [newNode(), newNode()]
    await roster.attend(said(one, 1), LEASE_MS)
    await drain(one)
    await roster.attend(said(one, 1), BRIEF_MS)
    await pass(2 * BRIEF_MS)
    expect(await isDraining(roster, said(one, 1))).toBe(true)
    expect(await isDraining(other, said(two, 1))).toBe(false)
  })

  it('ROSTER-6: who is about to end says so, and does not take it back', async () => {
    const { roster, other } = stage()
    const [one, two] = [newNode(), newNode()]
    expect(await isDraining(roster, said(one, 1))).toBe(false)
    expect(await isDraining(roster, said(one, 1, { leaving: true }))).toBe(true)
    expect(memberOf(await other.attend(said(two, 1), LEASE_MS), one)?.draining).toBe(true)
    expect(await isDraining(roster, said(one, 1))).toBe(true)
    expect(await isDraining(roster, said(one, 2))).toBe(false)
  })
}

function replacing(stage: () => RosterStage, newNode: () => string): void {
  it('ROSTER-7: a younger process takes the name, and the older one is told that it lost it', async () => {
    const { roster, other } = stage()
    const one = newNode()
    expect(await roster.attend(said(one, 100, { connected: false }), LEASE_MS)).not.toBeNull()
    const members = await other.attend(said(one, 200), LEASE_MS)
    expect(members!.filter(({ node }) => node === one)).toEqual([{ node: one, connected: true, draining: false }])
    for (let round = 0; round < 2; round++) expect(await roster.attend(said(one, 100), LEASE_MS)).toBeNull()
    expect(memberOf(await other.attend(said(one, 200), LEASE_MS), one)?.connected).toBe(true)
  })

  it('ROSTER-8: an older one may have it once the younger’s lease is over, until that one is back', async () => {
    const { roster, other, pass } = stage()
    const one = newNode()
    await other.attend(said(one, 200), LEASE_MS)
    expect(await roster.attend(said(one, 100), LEASE_MS)).toBeNull()
    await other.attend(said(one, 200), BRIEF_MS)
    await pass(2 * BRIEF_MS)
    expect(memberOf(await roster.attend(said(one, 100), LEASE_MS), one)).toBeDefined()
    expect(memberOf(await other.attend(said(one, 200), LEASE_MS), one)).toBeDefined()
    expect(await roster.attend(said(one, 100), LEASE_MS)).toBeNull()
  })

  it('ROSTER-8: or once it has left', async () => {
    const { roster, other } = stage()
    const one = newNode()
    await other.attend(said(one, 200), LEASE_MS)
    await other.leave(one, 200)
    expect(memberOf(await roster.attend(said(one, 100), LEASE_MS), one)).toBeDefined()
  })

  it('ROSTER-7: of many that start at once the youngest has it in the end', async () => {
    const { roster, other } = stage()
    const one = newNode()
    const startedAt = [5, 3, 9, 1, 7, 8, 2, 6, 4]
    await Promise.all(startedAt.map((at) => (at % 2 === 0 ? roster : other).attend(said(one, at), LEASE_MS)))
    const answers = await Promise.all(startedAt.map((at) => roster.attend(said(one, at), LEASE_MS)))
    expect(answers.flatMap((members, at) => (members === null ? [] : [startedAt[at]]))).toEqual([9])
  })
}

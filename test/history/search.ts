// Looks for an order of one show's operations in which every answer is right, and none has its place before it
// was invoked or after it returned. The idea is Wing and Gong's, with Lowe's memory of where one has been, as in
// Porcupine; five things make it nearly linear here:
// - A refusal that is right now takes its place at once: it changes nothing, so it is in nobody's way.
// - Next comes what returns first. Another comes before it only where that matters (`choicesOf`).
// - A choice after which some answer can never be right again is none.
// - What nobody knows the outcome of is done only where an answer waits for what it could do.
// - A dead end goes back to the last place that has to do with it, by the keys of seats, holds, bookings and users
//   that it rests on: whatever else had been chosen in between, it would be there again.
import { type Choice, choicesOf, isOver, TIME } from './choices.ts'
import type { Rules, Wrong } from './plain-needs.ts'
import { judge } from './plain-seats.ts'
import { apply, type Change, emptyShow } from './plain-show.ts'
import { StateHash } from './state-hash.ts'
import { ANY, type Here, type Unknowns } from './unknowns.ts'
import type { Known, Waiting } from './waiting.ts'

/** A place in the order: what took it, and what takes it back. */
interface Step extends Choice {
  readonly back: Change
}

interface Frame {
  readonly steps: number
  readonly hash: number
  choices: readonly Choice[] | null
  next: number
  chosen: Choice | null
  readonly tried: Set<string>
  /** What the choices that were tried in vain have failed for. */
  readonly keys: Set<string>
}

type Keys = Set<string>

export class Search {
  readonly waiting: Waiting
  readonly unknowns: Unknowns
  readonly rules: Rules
  readonly show = emptyShow()
  readonly steps: Step[] = []
  /** Places looked at. */
  looked = 0
  private readonly hash = new StateHash()
  /** Where one has been in vain, and for what. */
  private readonly been = new Map<number, Keys>()
  /** When time was proven to have gone on, and by when that was answered. */
  private readonly proofs: { readonly nowMs: number; readonly returnedAt: number }[] = []
  private readonly thorough: boolean
  private readonly deadEnd: (search: Search) => void

  /**
   * `thorough` is to leave out nothing that nobody heard of, however unlikely. `deadEnd` is called at each, for
   * whoever wants to look around.
   */
  constructor(
    waiting: Waiting,
    unknowns: Unknowns,
    rules: Rules,
    thorough: boolean,
    deadEnd: (search: Search) => void
  ) {
    this.waiting = waiting
    this.unknowns = unknowns
    this.rules = rules
    this.thorough = thorough
    this.deadEnd = deadEnd
  }

  /** Whether there is such an order; null where `lookMax` places did not suffice to tell. */
  run(lookMax: number): boolean | null {
    const frames: Frame[] = []
    let failed = this.look()
    for (;;) {
      if (failed === null) {
        if (this.waiting.left === 0) return true
        const { steps, hash } = this
        frames.push({
          steps: steps.length,
          hash: hash.value,
          choices: null,
          next: 0,
          chosen: null,
          tried: new Set(),
          keys: new Set()
        })
      } else failed = this.goBack(frames, failed)
      if (failed !== null) return false
      const frame = frames.at(-1)!
      const choice = this.nextChoice(frame)
      if (choice instanceof Set) {
        failed = choice
        this.been.set(frame.hash, failed)
        frames.pop()
        if (frames.length === 0) return false
        continue
      }
      frame.chosen = choice
      frame.tried.add(idOf(choice))
      this.place(choice)
      if (this.looked >= lookMax) return null
      failed = this.look()
    }
  }

  verdict(operation: Known): Change | Wrong {
    return judge(this.show, this.rules, operation)
  }

  /** Back to the last frame whose choice has to do with `failed`; what is left of it where there is none. */
  private goBack(frames: Frame[], failed: Keys): Keys | null {
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      this.takeBackTo(frame.steps)
      if (this.concerns(frame.chosen!, failed)) {
        for (const key of failed) frame.keys.add(key)
        return null
      }
      this.been.set(frame.hash, failed)
      frames.pop()
    }
    return failed
  }

  /** Whether it could be otherwise had `choice`, made here, been another. */
  private concerns({ known, guess, change }: Choice, failed: Keys): boolean {
    if (change.nowMs > this.show.nowMs && failed.has(TIME)) return true
    const { rests, changes } = guess?.footprint ?? this.waiting.all[known]!.footprint
    for (const key of rests) if (failed.has(key)) return true
    if (changes.some((key) => failed.has(key))) return true
    // Holds that it found over could have had more seats, and been booked.
    return change.claims.some(([key, claim]) => {
      if (failed.has(key)) return true
      return claim ? failed.has(ANY) || claim.seats.some((seat) => failed.has(`seat ${seat}`)) : false
    })
  }

  private exhausted({ tried, keys }: Frame, rests: Keys): Keys {
    if (tried.size === 0) this.deadEnd(this)
    for (const key of rests) keys.add(key)
    return keys
  }

  /** First what returns first; only if nothing comes of that, what else there is; where that is all, what it rests on. */
  private nextChoice(frame: Frame): Choice | Keys {
    const { first, all } = this.waiting
    if (frame.tried.size === 0) {
      const change = this.verdict(all[first]!)
      if (!('wrong' in change)) return { known: first, guess: null, change }
    }
    for (; frame.choices !== null && frame.next < frame.choices.length; frame.next++) {
      const choice = frame.choices[frame.next]!
      if (!frame.tried.has(idOf(choice))) return choice
    }
    // What the others have failed for tells what may have been before them, unheard of.
    const failed = this.thorough ? frame.keys : null
    const { choices, keys } = choicesOf(this.here, this.waiting, this.unknowns, this.rules, failed)
    frame.choices = choices.filter((choice) => !frame.tried.has(idOf(choice)))
    frame.next = 0
    return frame.choices[0] ?? this.exhausted(frame, keys)
  }

  /** Gives refusals that are right here their place. Where nothing can come of this, what that rests on. */
  private look(): Keys | null {
    this.looked++
    let failed: Keys | null = null
    this.waiting.window((at, operation) => {
      const verdict = this.verdict(operation)
      if ('wrong' in verdict) {
        if (this.hopeless(at, verdict)) failed = this.keysOf(operation, verdict)
      } else if (operation.told.kind === 'refused' && sameAs(verdict, this.show.nowMs)) {
        this.place({ known: at, guess: null, change: verdict })
      }
      return failed === null
    })
    if (failed !== null) this.deadEnd(this)
    return failed ?? this.been.get(this.hash.value) ?? null
  }

  /** Nothing that waits and nothing unheard of can make it right before it returns. */
  private hopeless(at: number, { needs }: Wrong): boolean {
    const { returnedAt } = this.waiting.all[at]!
    return !needs.some((key) => this.waiting.mayBeDone(key, at) || this.unknowns.mayDo(key, returnedAt))
  }

  private keysOf({ footprint }: Known, { needs, late }: Wrong): Keys {
    const keys = new Set([
      ...footprint.rests,
      ...footprint.changes,
      ...needs.flatMap((key) => this.unknowns.keysOf(key))
    ])
    return late === true || [...footprint.rests].some((key) => isOver(this.show, key)) ? keys.add(TIME) : keys
  }

  private get here(): Here {
    const { show, waiting } = this
    const { returnedAt, clockMs } = waiting.all[waiting.first]!
    const provenAt = (endMs: number) => this.proofs.find(({ nowMs }) => nowMs >= endMs)?.returnedAt ?? Infinity
    return { show, deadline: returnedAt, clockMs, provenAt }
  }

  private place(choice: Choice): void {
    const { known, guess, change } = choice
    this.mark(known, guess?.unknown ?? -1, 1)
    if (change.nowMs > this.show.nowMs) {
      this.proofs.push({ nowMs: change.nowMs, returnedAt: this.waiting.all[known]?.returnedAt ?? Infinity })
    }
    if (known >= 0) this.waiting.take(known)
    const back = apply(this.show, change)
    this.hash.change(change, back)
    this.steps.push({ ...choice, back })
  }

  private takeBackTo(steps: number): void {
    while (this.steps.length > steps) {
      const { known, guess, change, back } = this.steps.pop()!
      apply(this.show, back)
      this.hash.change(change, back)
      if (change.nowMs > back.nowMs) this.proofs.pop()
      if (known >= 0) this.waiting.putBack(known)
      this.mark(known, guess?.unknown ?? -1, 0)
    }
  }

  private mark(known: number, unknown: number, used: 0 | 1): void {
    if (known >= 0) this.hash.toggle(`operation ${known}`)
    if (unknown < 0) return
    this.hash.toggle(`unknown ${unknown}`)
    this.unknowns.used[unknown] = used
  }
}

function idOf({ known, guess }: Choice): string {
  return guess === null ? `${known}` : `${guess.unknown} ${guess.name}`
}

function sameAs({ nowMs, claims, seats }: Change, beforeMs: number): boolean {
  return nowMs === beforeMs && claims.length === 0 && seats.length === 0
}

// One visitor's business with one show: what is selected, held and booked, and what there is to say about
// it. What others do arrives through the show store; what this visitor does goes out as writes.
import { AVAILABLE, HELD } from '../../../core/plan/plan.ts'
import type { Booking, Client, Granted, Refused, Show, ShowStore, Write } from '../../client/client.ts'
import { userId } from '../api.ts'
import { explain, seatsWord } from '../format.ts'
import { createStore, type Store } from '../store.ts'
import type { Layout } from './layout.ts'
import { nearestOffer, type Offer } from './nearby.ts'
import { type OwnHold, OwnHolds } from './own-holds.ts'
import { seatNames } from './seat-words.ts'
import { perform, unresolvedWrites } from './writes.ts'

export interface Notice {
  readonly text: string
  /** What could be held instead. */
  readonly offer: Offer | null
}

export interface VisitState {
  /** Seat indexes, in the order they were chosen. */
  readonly selected: readonly number[]
  readonly bookings: readonly Booking[]
  /** The write on its way, if any. */
  readonly working: Write['op'] | null
  readonly notice: Notice | null
  /** The booking just made, until it is dismissed. */
  readonly confirmed: Booking | null
}

export class Visit {
  readonly state: Store<VisitState>
  readonly holds: OwnHolds
  readonly show: Show
  readonly layout: Layout
  readonly seats: ShowStore
  readonly #client: Client
  readonly #stop: () => void

  constructor(show: Show, layout: Layout, seats: ShowStore, client: Client) {
    this.show = show
    this.layout = layout
    this.seats = seats
    this.#client = client
    this.state = createStore<VisitState>({ selected: [], bookings: [], working: null, notice: null, confirmed: null })
    const believable = (hold: OwnHold) =>
      this.#indexes(hold.seats.map((seat) => seat.id)).every((seat) => seats.statuses[seat] === HELD)
    this.holds = new OwnHolds(show.id, believable, (hold) => this.expired(hold.id))
    this.#stop = seats.onChange(() => this.#loseTaken())
    void this.#resume()
  }

  close(): void {
    this.#stop()
    this.holds.close()
  }

  toggle(seat: number): void {
    const { selected } = this.state.get()
    if (selected.includes(seat)) {
      this.#update({ selected: selected.filter((other) => other !== seat), notice: null })
    } else if (this.seats.statuses[seat] === AVAILABLE) {
      const objection = this.#objection(selected.length + 1)
      if (objection) this.#say(objection)
      else this.#update({ selected: [...selected, seat], notice: null, confirmed: null })
    }
  }

  clear(): void {
    this.#update({ selected: [] })
  }

  dismiss(): void {
    this.#update({ notice: null, confirmed: null })
  }

  /** Holds seats by index. */
  hold(seats: readonly number[]): Promise<void> {
    return this.write({ op: 'hold', show: this.show.id, seats: seats.map((seat) => this.layout.ids[seat]!) })
  }

  /** Books `seats` of the hold; the others go free. */
  book(hold: OwnHold, seats: readonly string[]): Promise<void> {
    const part = seats.length < hold.seats.length ? { seats } : {}
    return this.write({ op: 'book', show: this.show.id, hold: hold.id, ...part })
  }

  /** Does a write, one at a time, and what its answer means for this visit. */
  async write(write: Write): Promise<void> {
    if (this.state.get().working !== null) return
    this.#update({ working: write.op, notice: null, confirmed: null })
    const answer = await perform(this.#client, write, userId())
    this.#update({ working: null })
    if (answer.ok) this.#granted(write, answer)
    else this.#refused(write, answer.error)
    if (!this.state.get().notice) this.#loseTaken()
  }

  addBookings(bookings: readonly Booking[]): void {
    const ids = new Set(bookings.map((booking) => booking.id))
    this.#update({ bookings: [...this.state.get().bookings.filter((booking) => !ids.has(booking.id)), ...bookings] })
  }

  /** The server or the clock says that a hold is over. */
  expired(holdId: string): void {
    const hold = this.holds.find(holdId)
    // A booking under way may still have been in time: its answer tells.
    if (!hold || this.state.get().working === 'book') return
    this.holds.remove(holdId)
    const seats = this.#indexes(hold.seats.map((seat) => seat.id))
    this.#say(`Time is up. ${seatNames(this.layout, seats)} went back on sale.`, { seats, together: true })
  }

  #objection(count: number): string | null {
    const { holdsPerUserMax, seatsPerHoldMax } = this.show.policy
    if (this.holds.all.get().length >= holdsPerUserMax) return 'Book or release the seats you hold first.'
    if (count > seatsPerHoldMax) return `At most ${seatsWord(seatsPerHoldMax)} at a time.`
    return null
  }

  #granted(write: Write, answer: Granted): void {
    if (write.op === 'hold') this.#update({ selected: [] })
    if (answer.hold && write.op !== 'release') this.holds.put(answer.hold)
    if (write.op === 'release' || write.op === 'book') this.holds.remove(write.hold)
    if (!answer.booking) return
    this.addBookings([answer.booking])
    if (write.op === 'book') this.#update({ confirmed: answer.booking })
  }

  #refused(write: Write, error: Refused): void {
    const taken = this.#indexes(error.seats ?? [])
    // Not there, or no longer this visitor's: a new session is another user.
    const isLost = error.code === 'not_found' || error.code === 'forbidden'
    if ('hold' in write && isLost) this.holds.remove(write.hold)
    if ('hold' in write && error.code === 'hold_expired') {
      this.expired(write.hold)
    } else if ('seats' in write && write.op === 'hold' && error.code === 'seats_unavailable' && taken.length > 0) {
      this.#offerInstead(this.#indexes(write.seats), taken)
    } else {
      this.#say(explain(error))
    }
  }

  /** Seats that others took while they were being chosen. */
  #loseTaken(): void {
    const { selected, working } = this.state.get()
    if (selected.length === 0 || working !== null) return
    const taken = selected.filter((seat) => this.seats.statuses[seat] !== AVAILABLE)
    if (taken.length > 0) this.#offerInstead(selected, taken)
  }

  #offerInstead(wanted: readonly number[], taken: readonly number[]): void {
    const statuses = this.seats.statuses.slice()
    for (const seat of taken) statuses[seat] = HELD
    this.#update({ selected: this.state.get().selected.filter((seat) => !taken.includes(seat)) })
    const gone = `${seatNames(this.layout, taken)} ${taken.length === 1 ? 'is' : 'are'} gone`
    this.#say(`Someone was faster: ${gone}.`, nearestOffer(this.layout, statuses, wanted))
  }

  /** Asks again what had no answer when the page was left. */
  async #resume(): Promise<void> {
    for (const write of unresolvedWrites(this.show.id, userId())) await this.write(write)
  }

  #indexes(ids: readonly string[]): number[] {
    return ids.flatMap((id) => this.layout.indexOf.get(id) ?? [])
  }

  #say(text: string, offer: Offer | null = null): void {
    this.#update({ notice: { text, offer } })
  }

  #update(change: Partial<VisitState>): void {
    this.state.set({ ...this.state.get(), ...change })
  }
}

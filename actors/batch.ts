// What one drain of one shard came to: events to be committed as one frame, and answers to give once
// they are. Answers without events of their own wait too, as they may rest on what is not committed yet.
import type { ShowEvent } from '../core/event.ts'
import type { Mail } from './mailbox.ts'
import type { Outcome } from './outcome.ts'
import type { ResidentShow } from './resident-show.ts'

export interface Answer {
  readonly mail: Mail
  readonly outcome: Outcome
  readonly show: ResidentShow | null
}

export class Batch {
  readonly seq: number
  readonly stampedAt: number
  /** Parallel lists: the event, and the show it happened to. */
  readonly events: ShowEvent[] = []
  readonly shows: ResidentShow[] = []
  answers: Answer[] = []

  constructor(seq: number, stampedAt: number) {
    this.seq = seq
    this.stampedAt = stampedAt
  }

  add(show: ResidentShow, event: ShowEvent): void {
    this.events.push(event)
    this.shows.push(show)
  }

  answer(mail: Mail, outcome: Outcome, show: ResidentShow | null): void {
    this.answers.push({ mail, outcome, show })
  }
}

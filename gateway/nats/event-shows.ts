// What rendering an event needs to know of its show: currency and plan, which a show keeps for all its life.
import type { FrameEntry } from '../../core/codec/frame-codec.ts'
import { RESIDENT_SHOWS_MAX } from '../../core/limits.ts'
import type { Plan } from '../../core/plan/plan.ts'
import type { EventJournal } from '../ports.ts'
import { createRecentMap } from '../recent-map.ts'
import type { RenderedShow } from '../render.ts'

export interface EventShows {
  /** Of what is known already; null where it has to be found first. */
  known(entry: FrameEntry): RenderedShow | null
  /** Null while the read model does not know it yet. */
  find(entry: FrameEntry): Promise<RenderedShow | null>
}

export function createEventShows(
  journal: Pick<EventJournal, 'show'>,
  planOf: (hash: string) => Promise<Plan>
): EventShows {
  const shows = createRecentMap<string, RenderedShow>(RESIDENT_SHOWS_MAX)
  return {
    known: ({ show }) => shows.get(show) ?? null,
    async find({ show: id, event }) {
      const facts = 'definition' in event ? event.definition : await journal.show(id)
      if (facts === null) return null
      const show = { definition: { id, currency: facts.currency }, plan: await planOf(facts.planHash) }
      shows.set(id, show)
      return show
    }
  }
}

// Opens a show: reads what it looks like, then follows its feed from exactly there.

import { type Client, mapOf, type Refused } from '../../client/client.ts'
import { getSeats, getShow, listBookings, sessionToken } from '../api.ts'
import { readLayout } from './layout.ts'
import { Visit } from './visit.ts'

export interface OpenShow {
  readonly visit: Visit
  close(): void
}

/** Rejects with an ApiError. `onRefused`: the show can be looked at no longer. */
export async function openShow(id: string, client: Client, onRefused: (error: Refused) => void): Promise<OpenShow> {
  const [show, list] = await Promise.all([getShow(id), getSeats(id), sessionToken(false)])
  const listener = { holdExpired: (hold: string) => visit.expired(hold), refused: onRefused }
  const { map, close } = client.subscribe(id, listener, mapOf(list))
  const visit = new Visit(show, readLayout(show, list), map, client)
  // Only decoration: the seats that are already this visitor's.
  listBookings(null).then(
    ({ items }) => visit.addBookings(items.filter((booking) => booking.showId === id)),
    () => {}
  )
  return {
    visit,
    close: () => {
      close()
      visit.close()
    }
  }
}

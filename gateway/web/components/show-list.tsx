// All shows that are on sale.

import type { ShowSummary } from '../../client/client.ts'
import { listShows } from '../api.ts'
import { day, seatsWord } from '../format.ts'
import { Pages } from './pages.tsx'

export function ShowList() {
  return (
    <Pages
      title="Shows"
      empty="There is nothing on sale yet."
      class="shows"
      load={listShows}
      keyOf={(show: ShowSummary) => show.id}
    >
      {(show) => <ShowCard show={show} />}
    </Pages>
  )
}

function ShowCard({ show }: { show: ShowSummary }) {
  return (
    <a class="card show-card" href={`#/shows/${encodeURIComponent(show.id)}`} data-testid={`show-${show.id}`}>
      <h2>{show.title}</h2>
      <p>
        <time dateTime={show.startsAt}>{day(show.startsAt)}</time>
      </p>
      <p class="small">{seatsWord(show.seatCount)}</p>
    </a>
  )
}

// One show: the map, and beside it what one can do.
import { useState } from 'preact/hooks'
import type { Client, Refused, Show } from '../../client/client.ts'
import { serverNow } from '../api.ts'
import { day, explain } from '../format.ts'
import { type OpenShow, openShow } from '../visit/open-show.ts'
import type { Visit } from '../visit/visit.ts'
import { BestForm } from './best-form.tsx'
import { Legend } from './legend.tsx'
import { Loading } from './loading.tsx'
import { SeatList } from './seat-list.tsx'
import { SeatMap } from './seat-map.tsx'
import { useLoaded } from './use-loaded.ts'
import { useTitle } from './use-title.ts'
import { YourSeats } from './your-seats.tsx'

export function ShowPage({ id, client }: { id: string; client: Client }) {
  const [refused, setRefused] = useState<Refused | null>(null)
  const opened = useLoaded<OpenShow>(
    () => openShow(id, client, setRefused),
    (open) => open.close()
  )
  if (opened.state !== 'ready') return <Loading loaded={opened} />
  return <OpenedShow visit={opened.value.visit} problem={refused && explain(refused)} />
}

function OpenedShow({ visit, problem }: { visit: Visit; problem: string | null }) {
  const { show } = visit
  useTitle(show.title)
  return (
    <div class="show">
      <div class="show-title">
        <h1>{show.title}</h1>
        <time dateTime={show.startsAt}>{day(show.startsAt)}</time>
        <SaleWindow policy={show.policy} />
      </div>
      <SeatMap visit={visit} />
      <div class="panel">
        {problem && (
          <p class="notice problem" role="alert">
            {problem}
          </p>
        )}
        <YourSeats visit={visit} />
        <BestForm visit={visit} />
        <Legend visit={visit} />
        <SeatList visit={visit} />
      </div>
    </div>
  )
}

function SaleWindow({ policy: { saleStartsAt, saleEndsAt } }: { policy: Show['policy'] }) {
  const now = serverNow()
  if (saleStartsAt !== null && Date.parse(saleStartsAt) > now) return <strong>On sale from {day(saleStartsAt)}</strong>
  if (saleEndsAt !== null && Date.parse(saleEndsAt) <= now) return <strong>No longer on sale</strong>
  return null
}

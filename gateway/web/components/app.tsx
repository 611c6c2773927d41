// The frame of the page: header, the view that the address names, and the voice of the page.
import { useEffect, useState } from 'preact/hooks'
import type { Client, LinkState } from '../../client/client.ts'
import { announcement } from '../announce.ts'
import { type Store, useStore } from '../store.ts'
import { BookingsPage } from './bookings-page.tsx'
import { ConnectionBadge } from './connection-badge.tsx'
import { ShowList } from './show-list.tsx'
import { ShowPage } from './show-page.tsx'

export interface AppProps {
  readonly client: Client
  readonly linkState: Store<LinkState>
}

export function App({ client, linkState }: AppProps) {
  const route = useRoute()
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="bar">
        <a class="brand" href="#/">
          <img src="/icon.svg" alt="" width="28" height="28" />
          Frontrow
        </a>
        <nav>
          <a href="#/bookings" aria-current={route.page === 'bookings' ? 'page' : undefined}>
            My bookings
          </a>
        </nav>
        <ConnectionBadge linkState={linkState} wake={() => client.wake()} />
      </header>
      <main id="main" tabIndex={-1}>
        {route.page === 'shows' && <ShowList />}
        {route.page === 'show' && <ShowPage key={route.show} id={route.show} client={client} />}
        {route.page === 'bookings' && <BookingsPage client={client} />}
      </main>
      <Announcer />
    </>
  )
}

function Announcer() {
  return (
    <div class="spoken" role="status" aria-live="polite">
      {useStore(announcement)}
    </div>
  )
}

type Route = { readonly page: 'shows' | 'bookings' } | { readonly page: 'show'; readonly show: string }

function readRoute(): Route | null {
  const path = location.hash.slice(1)
  const show = /^\/shows\/([^/]+)$/.exec(path)?.[1]
  if (show) return { page: 'show', show: decodeURIComponent(show) }
  if (path === '/bookings') return { page: 'bookings' }
  return path === '' || path.startsWith('/') ? { page: 'shows' } : null
}

function useRoute(): Route {
  const [route, setRoute] = useState<Route>(() => readRoute() ?? { page: 'shows' })
  useEffect(() => {
    const onHashChange = () => {
      const next = readRoute()
      if (!next) return
      setRoute(next)
      scrollTo(0, 0)
      document.getElementById('main')?.focus({ preventScroll: true })
    }
    addEventListener('hashchange', onHashChange)
    return () => removeEventListener('hashchange', onHashChange)
  }, [])
  return route
}

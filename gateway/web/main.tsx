// The seat map page: starts the connection, and draws the page.
import { render } from 'preact'
import { connect, type LinkState } from '../client/client.ts'
import { sessionToken } from './api.ts'
import { App } from './components/app.tsx'
import { createStore } from './store.ts'

const linkState = createStore<LinkState>('connecting')
const client = connect({
  url: location.origin,
  token: sessionToken,
  onState: (state) => linkState.set(state)
})

addEventListener('online', () => client.wake())
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') client.wake()
})

render(<App client={client} linkState={linkState} />, document.getElementById('app')!)

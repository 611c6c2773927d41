// Whether what the page shows is live.
import type { LinkState } from '../../client/client.ts'
import { type Store, useStore } from '../store.ts'

const WORDS: Readonly<Record<LinkState, string>> = {
  open: 'Live',
  connecting: 'Connecting …',
  waiting: 'Reconnecting …',
  closed: 'Disconnected'
}

export function ConnectionBadge({ linkState, wake }: { linkState: Store<LinkState>; wake: () => void }) {
  const state = useStore(linkState)
  return (
    <div class="connection" data-testid="connection" data-state={state}>
      <span class="dot" aria-hidden="true" />
      <span role="status">{WORDS[state]}</span>
      {state === 'closed' && (
        <button type="button" class="quiet" onClick={wake}>
          Connect
        </button>
      )}
    </div>
  )
}

// What stands where something is not loaded yet, or cannot be.
import type { Loaded } from './use-loaded.ts'

export function Loading({ loaded }: { loaded: Exclude<Loaded<unknown>, { state: 'ready' }> }) {
  if (loaded.state === 'loading') return <p class="empty">Loading …</p>
  return (
    <p class="empty" role="alert">
      {loaded.text} {loaded.trying && 'Trying again …'}
    </p>
  )
}

// Says something to who listens to the page instead of looking at it.
import { createStore } from './store.ts'

export const announcement = createStore('')

export function announce(text: string): void {
  // The same words again are read again only if they are other text.
  announcement.set(announcement.get() === text ? `${text}\u00a0` : text)
}

// The title of the window: what the page shows, then whose page it is.
import { useEffect } from 'preact/hooks'

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Frontrow`
  }, [title])
}

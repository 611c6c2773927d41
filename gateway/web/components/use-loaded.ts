// Something that has to be fetched, tried again by itself while the server is away.
import { useEffect, useState } from 'preact/hooks'
import { backoffMs } from '../../client/retry.ts'
import { ApiError } from '../api.ts'

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly text: string; readonly trying: boolean }

/** `load` is called once, and again after failures that may pass. `leave` gets what was loaded at the end. */
export function useLoaded<T>(load: () => Promise<T>, leave?: (value: T) => void): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' })
  useEffect(() => {
    let left = false
    let value: T | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const attempt = async (count: number) => {
      try {
        const fresh = await load()
        if (left) return leave?.(fresh)
        value = fresh
        setLoaded({ state: 'ready', value: fresh })
      } catch (error) {
        if (left) return
        const trying = error instanceof ApiError && error.refused.retryable === true
        setLoaded({ state: 'failed', text: error instanceof Error ? error.message : String(error), trying })
        if (trying) timer = setTimeout(() => void attempt(count + 1), backoffMs(count, Math.random()))
      }
    }
    void attempt(0)
    return () => {
      left = true
      clearTimeout(timer)
      if (value !== undefined) leave?.(value)
    }
  }, [])
  return loaded
}

// Draws a component again when seats have changed, but not with every diff: on a busy evening there are
// forty a second.
import { useEffect, useState } from 'preact/hooks'
import type { ShowStore } from '../../client/client.ts'

const EVERY_MS = 200

export function useSeats(seats: ShowStore): Uint8Array {
  const [, setVersion] = useState(0)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = seats.onChange(() => {
      timer ??= setTimeout(() => {
        timer = undefined
        setVersion((version) => version + 1)
      }, EVERY_MS)
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [seats])
  return seats.statuses
}

// Writes with their idempotency keys. A write without a final answer keeps its key, also over a reload, so
// that sending it again cannot do it twice.
import { type Client, FrontrowError, type Granted, newKey, type Write } from '../../client/client.ts'
import { recall, remember } from '../memory.ts'

interface Unresolved {
  readonly write: Write
  readonly key: string
  readonly user: string | null
  readonly at: number
}

/** After this time doing the same again is meant as something new. */
const UNRESOLVED_MS = 60_000

/** What a write came to. */
type Done = Granted | { readonly ok: false; readonly error: FrontrowError }

/** Sends a write; the same write as one without a final answer goes under the same key. */
export async function perform(client: Client, write: Write, user: string | null): Promise<Done> {
  const body = JSON.stringify(write)
  const known = unresolved(write.show, user)
  const same = known.find((other) => JSON.stringify(other.write) === body)
  const entry = same ?? { write, key: newKey(), user, at: Date.now() }
  if (!same) remember(memoryKey(write.show), [...known, entry])
  const answer = await client.write(write, { key: entry.key }).catch((error: unknown) => {
    if (!(error instanceof FrontrowError)) throw error
    return { ok: false as const, error }
  })
  if (answer.ok || !answer.error.retryable) {
    const left = unresolved(write.show, user).filter((other) => other.key !== entry.key)
    remember(memoryKey(write.show), left.length > 0 ? left : null)
  }
  return answer
}

/** Writes of `user` to a show that had no final answer when the page was left. */
export function unresolvedWrites(show: string, user: string | null): readonly Write[] {
  return unresolved(show, user).map((entry) => entry.write)
}

function unresolved(show: string, user: string | null): readonly Unresolved[] {
  const now = Date.now()
  return (recall<readonly Unresolved[]>(memoryKey(show)) ?? []).filter(
    (entry) => entry.user === user && now - entry.at < UNRESOLVED_MS
  )
}

function memoryKey(show: string): string {
  return `writes.${show}`
}

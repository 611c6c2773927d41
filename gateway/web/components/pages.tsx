// A list that comes in pages: the first at once, the others when they are asked for.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { ApiError, type Page } from '../api.ts'
import { Loading } from './loading.tsx'
import { useLoaded } from './use-loaded.ts'
import { useTitle } from './use-title.ts'

export interface PagesProps<T> {
  readonly title: string
  /** What to say when there is nothing. */
  readonly empty: string
  readonly class: string
  load(cursor: string | null): Promise<Page<T>>
  keyOf(item: T): string
  children(item: T): ComponentChildren
}

export function Pages<T>({ title, empty, class: className, load, keyOf, children }: PagesProps<T>) {
  useTitle(title)
  const first = useLoaded(() => load(null))
  const [later, setLater] = useState<readonly Page<T>[]>([])
  const [problem, setProblem] = useState('')
  if (first.state !== 'ready') return <Loading loaded={first} />
  const pages = [first.value, ...later]
  const items = pages.flatMap((page) => page.items)
  const next = pages[pages.length - 1]!.next
  const more = () => {
    setProblem('')
    load(next).then(
      (page) => setLater([...later, page]),
      (error: unknown) => setProblem(error instanceof ApiError ? error.message : String(error))
    )
  }
  return (
    <div class="page">
      <h1>{title}</h1>
      {items.length === 0 && <p class="empty">{empty}</p>}
      <ul class={className}>
        {items.map((item) => (
          <li key={keyOf(item)}>{children(item)}</li>
        ))}
      </ul>
      {problem && <p role="alert">{problem}</p>}
      {next !== null && (
        <button type="button" class="wide" onClick={more}>
          More
        </button>
      )}
    </div>
  )
}

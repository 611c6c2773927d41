// What the browser keeps between visits. A browser that keeps nothing only costs what a reload loses.

export function remember(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(`frontrow.${key}`)
    else localStorage.setItem(`frontrow.${key}`, JSON.stringify(value))
  } catch {
    // Storage is full, or not allowed.
  }
}

export function recall<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(`frontrow.${key}`) ?? 'null') as T | null
  } catch {
    return null
  }
}

/** Calls `run` when another page of this browser has changed what is kept under `key`. */
export function onRemembered(key: string, run: () => void): () => void {
  const listener = (event: StorageEvent) => {
    if (event.key === `frontrow.${key}`) run()
  }
  addEventListener('storage', listener)
  return () => removeEventListener('storage', listener)
}

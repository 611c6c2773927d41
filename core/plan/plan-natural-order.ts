// The order people expect of labels: 2 before 10, row Z before row AA. Own code and not Intl.Collator:
// seat indexes follow from it, and a collator's order changes with the ICU that Node was built with.

const CHUNKS = /[0-9]+|[^0-9]+/g
const SHORT = /^[a-z]{1,2}$/
/** Chunks that are looked at; no label for people has as many. */
const CHUNKS_MAX = 12

/**
 * A text whose plain order is the natural order of `label`. Each chunk starts with its kind: 1 a number
 * (by length, then digits), 2 one or two letters (by length first), 3 any other text.
 */
export function naturalKey(label: string): string {
  const lower = label.toLowerCase()
  let key = ''
  let end = 0
  CHUNKS.lastIndex = 0
  for (let count = 0; count < CHUNKS_MAX; count++) {
    const chunk = CHUNKS.exec(lower)?.[0]
    if (chunk === undefined) return key
    end += chunk.length
    key += chunkKey(chunk)
  }
  return `${key}\u0003${lower.slice(end)}`
}

function chunkKey(chunk: string): string {
  const first = chunk.charCodeAt(0)
  if (first >= 48 && first <= 57) {
    const digits = first === 48 ? chunk.replace(/^0+/, '') : chunk
    return `\u0001${String.fromCharCode(digits.length + 1)}${digits}`
  }
  const text = chunk.trim()
  if (text === '') return ''
  return SHORT.test(text) ? `\u0002${String.fromCharCode(text.length)}${text}` : `\u0003${text}`
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Natural order, made total by the text itself: '1' and '01' differ. */
export function sortedNaturally(labels: Iterable<string>): string[] {
  // Keys are made once a label, not once a comparison: a file may have 100,000 long ones.
  const keyed = Array.from(labels, (label) => ({ label, key: naturalKey(label) }))
  keyed.sort((a, b) => compareText(a.key, b.key) || compareText(a.label, b.label))
  return keyed.map(({ label }) => label)
}

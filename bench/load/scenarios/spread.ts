// The plain peak: seats that nobody else wants, over many shows.
import { loadBench } from '../load-bench.ts'

export const spread = loadBench({ what: 'holds spread over many shows: the plain peak' })

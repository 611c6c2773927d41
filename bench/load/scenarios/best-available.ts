// Nobody names seats: each asks for so many of the best that are left.
import { loadBench } from '../load-bench.ts'

export const bestAvailable = loadBench({
  what: 'holds of the best seats there are, spread over many shows',
  ask: 'best'
})

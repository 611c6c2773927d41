// Everything is asked of one show; when it is sold out, the next one is the hot one. One show cannot do: the largest has
// 25,000 parties of four.
import { loadBench } from '../load-bench.ts'

export const hotShow = loadBench({
  what: 'everything on one show at a time',
  presets: { shows: '20', seats: '100000', 'at-once': '1' }
})

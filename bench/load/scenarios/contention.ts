// Many want the same few seats, which come free every second because nobody books them: nearly all are refused.
import { loadBench } from '../load-bench.ts'

export const contention = loadBench({
  what: 'everybody wants the same few seats; holds run out after a second',
  presets: { shows: '1', seats: '40', taken: '0' },
  policy: () => ({ holdMs: 1_000 }),
  endless: true
})

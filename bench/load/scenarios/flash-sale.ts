// A sale opens: many come at once, then fewer and fewer, most of them for the few shows that everybody talks of. Each
// takes the best seats for one to four, thinks about it, and books or is not seen again.
import { numberSetting } from '../../bench.ts'
import { loadBench } from '../load-bench.ts'
import { stepTable } from '../load-tables.ts'

const share = (percent: number) => percent / 100

export const flashSale = loadBench({
  what: 'a sale opens: a wave of buyers who hold, think, and book or walk away',
  presets: { seconds: '30', 'warm-up': '2', shows: '16', seats: '8000' },
  options: {
    peak: { preset: '1500', what: 'buyers a second when most come, a fifth into the sale' },
    tail: { preset: '200', what: 'buyers a second at its end' },
    'think-ms': { preset: '3000', what: 'between a hold and its booking, on average' },
    abandon: { preset: '20', what: 'percent of all holds that nobody comes back for' },
    hot: { preset: '80', what: 'percent of all buyers who want a hot show' },
    'hot-shows': { preset: '2', what: 'shows that are hot' }
  },
  policy: () => ({ holdMs: 10_000 }),
  curve: (settings) => {
    const second = (part: number) => numberSetting(settings, 'warm-up', 0) + part * numberSetting(settings, 'seconds')
    const peak = numberSetting(settings, 'peak')
    return [
      { second: 0, perSecond: peak / 10 },
      { second: second(0), perSecond: peak / 4 },
      { second: second(0.2), perSecond: peak },
      { second: second(0.5), perSecond: peak / 2 },
      { second: second(1), perSecond: numberSetting(settings, 'tail') }
    ]
  },
  journey: (settings) => ({
    thinkMs: numberSetting(settings, 'think-ms', 0),
    abandonShare: share(numberSetting(settings, 'abandon', 0)),
    hotShare: share(numberSetting(settings, 'hot', 0)),
    hotShows: numberSetting(settings, 'hot-shows')
  }),
  tables: (runs) => [stepTable(runs)]
})

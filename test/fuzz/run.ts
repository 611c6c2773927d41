// `npm run fuzz`: throws spoilt inputs at every decoder that reads bytes from outside, and says each second how it
// goes. What breaks a rule is made small, printed with its seed, and pinned as a file that a test replays for ever.
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { fnv1a } from '../../core/shard.ts'
import { inputOf, type Target, textOf } from './fuzz-target.ts'
import { stormOnServer } from './live-stage.ts'
import { createProbe, minimise } from './minimise.ts'
import { pin } from './pinned-inputs.ts'
import { type FuzzProgress, type FuzzResult, fuzz } from './supervise.ts'
import { targets } from './targets.ts'

const HELP = `node test/fuzz/run.ts [--target name]… [--inputs N] [--seconds N] [--seed S] [--at N]
  --target   only this one, of ${[...targets.map(({ name }) => name), 'live'].join(', ')}
  --inputs   inputs per target (1,000,000), and
  --seconds  seconds per target (20): whichever comes first ends it
             live is a storm of spoilt requests and frames on a running server, of 20,000 unless named and told
  --seed     repeats a run; a fresh one is printed otherwise
  --at       judges just this input of a target and seed, here`

const REGISTRY = new URL('./targets.ts', import.meta.url).href
const ANSWER_MS = 5_000
const GROWTH_BYTES = 32 * 1024 * 1024
const INPUTS = 1_000_000
const LIVE_INPUTS = 20_000
const MINIMISE_TRIES = 2_000

const options = readOptions()
const startedAt = performance.now()
const results = new Map<string, FuzzResult & { seconds: number }>()
if (options.at === null) await runAll()
else await judgeOne(options.at)

async function runAll(): Promise<void> {
  const names = [...options.targets.map(({ name }) => name), ...(options.live === null ? [] : ['live'])]
  console.log(`fuzz: seed ${options.seed}; ${names.join(', ')}`)
  for (const target of options.targets) {
    const before = performance.now()
    const result = await fuzz({
      registry: REGISTRY,
      target: target.name,
      seed: options.seed,
      inputs: options.inputs,
      seconds: options.seconds,
      answerMs: ANSWER_MS,
      growthBytes: GROWTH_BYTES,
      onProgress: progressOf(target.name)
    })
    results.set(target.name, { ...result, seconds: (performance.now() - before) / 1_000 })
    if (result.failure !== null) await tell(target, result.failure)
  }
  const problems = options.live === null ? [] : await stormLive(options.live)
  printTable()
  const found = [...results.values()].filter(({ failure }) => failure !== null).length
  const failed = found + (problems.length > 0 ? 1 : 0)
  console.log(`${failed === 0 ? 'fuzz: nothing was found' : `fuzz: ${failed} targets failed`}; seed ${options.seed}`)
  process.exitCode = failed === 0 ? 0 : 1
}

/** A third of the inputs are requests, two thirds messages on sockets; answers what was wrong. */
async function stormLive(inputs: number): Promise<readonly string[]> {
  const before = performance.now()
  const part = Math.ceil(inputs / 3)
  const waiting = setInterval(() => console.log(`${seconds(performance.now() - startedAt)}  live`), 1_000)
  const storm = { seed: options.seed, requests: part, messages: part * 2, frames: Math.ceil(part / 20) }
  const { answers, problems, grownBytes } = await stormOnServer(storm).finally(() => clearInterval(waiting))
  for (const problem of problems) console.log(`\nFOUND on a running server: ${problem}`)
  const outcomes = new Map([...answers].map(([answer, times]) => [answer === 'ok' ? 'accepted' : answer, times]))
  const message = problems[0] ?? ''
  const failure = message === '' ? null : { index: null, message }
  const sent = [...answers.values()].reduce((all, times) => all + times, 0)
  const took = (performance.now() - before) / 1_000
  results.set('live', { inputs: sent, outcomes, corpus: 0, grownBytes, failure, seconds: took })
  return problems
}

/** A line a second. */
function progressOf(name: string): (progress: FuzzProgress) => void {
  const before = performance.now()
  let saidAt = before
  return ({ inputs, outcomes, grownBytes }) => {
    const now = performance.now()
    if (now - saidAt < 1_000) return
    saidAt = now
    const rate = inputs / ((now - before) / 1_000)
    const grown = grownBytes === null ? '' : `, heap ${signed(grownBytes)}`
    console.log(
      `${seconds(now - startedAt)}  ${name.padEnd(10)} ${count(inputs)} inputs, ${count(rate)}/s, ${accepted(outcomes)} accepted${grown}`
    )
  }
}

/** Says what was found, as small as it gets, and pins it. */
async function tell(target: Target, { index, message }: NonNullable<FuzzResult['failure']>): Promise<void> {
  console.log(`\nFOUND in ${target.name}: ${message}`)
  if (index === null) return console.log(`  repeat: --target ${target.name} --seed ${options.seed}\n`)
  console.log(`  repeat: --target ${target.name} --seed ${options.seed} --at ${index}`)
  const input = inputOf(target, await target.corpus(), options.seed, index)
  const { probe, stop } = createProbe(REGISTRY, target.name, ANSWER_MS)
  const tries = message.startsWith('no answer') ? 20 : MINIMISE_TRIES
  const small = (await minimise(target, input, probe, tries)) ?? { input, failure: message }
  await stop()
  console.log(`  ${small.input.length} of ${input.length} bytes are enough: ${small.failure}`)
  console.log(`  ${JSON.stringify(textOf(small.input.subarray(0, 2_000)))}`)
  console.log(`  pinned as ${relative(process.cwd(), pin(target.name, small.failure, small.input))}\n`)
}

async function judgeOne(index: number): Promise<void> {
  for (const target of options.targets) {
    const input = inputOf(target, await target.corpus(), options.seed, index)
    console.log(`${target.name} ${index}: ${JSON.stringify(textOf(input.subarray(0, 4_000)))}`)
    console.log(await target.judge(input))
  }
}

function printTable(): void {
  console.log('\ntarget          inputs    inputs/s  accepted      heap  answers')
  let total = 0
  for (const [name, { inputs, outcomes, grownBytes, failure, seconds }] of results) {
    total += inputs
    const heap = grownBytes === null ? '–' : signed(grownBytes)
    const others = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, times]) => `${outcome} ${count(times)}`)
    const answers = failure === null ? others.slice(0, 6).join(', ') : `FAILED: ${failure.message}`
    const numbers = [count(inputs).padStart(10), count(inputs / seconds).padStart(11), accepted(outcomes).padStart(9)]
    console.log(`${name.padEnd(12)}${numbers.join(' ')} ${heap.padStart(9)}  ${answers}`)
  }
  console.log(`all         ${count(total).padStart(10)} in ${seconds(performance.now() - startedAt)}`)
}

function accepted(outcomes: ReadonlyMap<string, number>): string {
  let all = 0
  for (const times of outcomes.values()) all += times
  return `${(((outcomes.get('accepted') ?? 0) / Math.max(1, all)) * 100).toFixed(1)} %`
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${(Math.abs(bytes) / 1024 / 1024).toFixed(1)} MB`
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      target: { type: 'string', multiple: true },
      inputs: { type: 'string' },
      seconds: { type: 'string', default: '20' },
      seed: { type: 'string' },
      at: { type: 'string' },
      help: { type: 'boolean' }
    }
  })
  if (values.help) stop(HELP, 0)
  const number = (name: string, text: string) =>
    /^\d+$/.test(text) ? Number(text) : stop(`--${name}: not a number: ${text}\n${HELP}`, 1)
  const names = values.target
  const chosen = names
    ?.filter((name) => name !== 'live')
    .map((name) => targets.find((target) => target.name === name) ?? stop(`There is no target ${name}.\n${HELP}`, 1))
  const inputs = values.inputs === undefined ? null : number('inputs', values.inputs)
  return {
    targets: chosen ?? targets,
    /** Inputs of the storm on a running server; null: no storm. */
    live: names === undefined ? LIVE_INPUTS : names.includes('live') ? (inputs ?? LIVE_INPUTS) : null,
    inputs: inputs ?? INPUTS,
    seconds: number('seconds', values.seconds),
    seed: values.seed === undefined ? fnv1a(`${process.pid} ${Date.now()}`) : number('seed', values.seed),
    at: values.at === undefined ? null : number('at', values.at)
  }
}

function stop(message: string, code: number): never {
  console.log(message)
  process.exit(code)
}

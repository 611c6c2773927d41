// Every decoder of bytes from outside under a few thousand spoilt inputs, those that once broke a rule, and the fuzz
// itself under decoders with a flaw. `npm run fuzz` does the same for minutes.
import { describe, expect, it } from 'vitest'
import { targets as flawedTargets } from './fuzz/flawed-targets.ts'
import { ACCEPTED, inputOf, summaryOf, type Target, textOf } from './fuzz/fuzz-target.ts'
import { createProbe, minimise } from './fuzz/minimise.ts'
import { pin, pinnedInputs } from './fuzz/pinned-inputs.ts'
import { fuzz } from './fuzz/supervise.ts'
import { targets } from './fuzz/targets.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const SEED = (Date.now() % 1_000_000_000) + process.pid
const INPUTS = 3_000
const MB = 1024 * 1024
const FLAWED = new URL('./fuzz/flawed-targets.ts', import.meta.url).href

async function judge(target: Target, index: number, input: Uint8Array): Promise<string> {
  try {
    return await target.judge(input)
  } catch (error) {
    const repeat = `node test/fuzz/run.ts --target ${target.name} --seed ${SEED} --at ${index}`
    throw new Error(`${summaryOf(error)}\n${repeat}\n${JSON.stringify(textOf(input.subarray(0, 2_000)))}`)
  }
}

describe('spoilt inputs', () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    `FUZZ-1, FUZZ-2, FUZZ-3: %s answers as it may (seed ${SEED})`,
    async (_, target) => {
      const corpus = await target.corpus()
      let accepted = 0
      for (let index = 0; index < INPUTS; index++) {
        const outcome = await judge(target, index, inputOf(target, corpus, SEED, index))
        if (index < corpus.length) expect(outcome, `valid input ${index}`).toBe(ACCEPTED)
        else if (outcome === ACCEPTED) accepted++
      }
      // Some are spoilt so little that they are still valid.
      expect(accepted).toBeGreaterThan(0)
      expect(accepted).toBeLessThan(INPUTS - corpus.length)
    }
  )

  it.each(pinnedInputs().map((pinned) => [pinned.name, pinned] as const))(
    'FUZZ-4: %s breaks no rule again',
    async (_, { target: name, input, answer }) => {
      const outcome = await targets.find((target) => target.name === name)!.judge(input)
      expect(outcome).toBe(answer ?? outcome)
    }
  )

  it('FUZZ-5: are the same for the same seed, whatever was made before', async () => {
    for (const target of targets) {
      const corpus = await target.corpus()
      const made = [7, 900, 7, 901].map((index) => textOf(inputOf(target, corpus, 42, index)))
      expect(made[2]).toBe(made[0])
      const others = Array.from({ length: 20 }, (_, index) => textOf(inputOf(target, corpus, 42 + index, 900)))
      expect(new Set(others).size).toBeGreaterThan(1)
    }
  })
})

describe('a flawed decoder', () => {
  const run = (target: string, more: Partial<Parameters<typeof fuzz>[0]> = {}) =>
    fuzz({
      ...{ registry: FLAWED, target, seed: SEED, inputs: 20_000, seconds: 20, answerMs: 3_000, growthBytes: 8 * MB },
      ...more
    })
  const spoilt = async (name: string, index: number) => {
    const target = flawedTargets.find((one) => one.name === name)!
    return inputOf(target, await target.corpus(), SEED, index)
  }

  it('FUZZ-6: is not what a sound one is taken for', async () => {
    const result = await run('sound')
    expect(result.failure).toBeNull()
    expect(result.inputs).toBe(20_000)
    expect([...result.outcomes.keys()].sort()).toEqual(['accepted', 'refused'])
  })

  it.each([
    ['throws', /^RangeError: out of range$/],
    ['crashes', /^the thread ended: Finding: later$/]
  ])('FUZZ-6: is found when it %s', async (name, message) => {
    const { failure } = await run(name)
    expect(failure?.message).toMatch(message)
    // A crash comes later: some inputs may have followed.
    if (name === 'throws') expect(await spoilt(name, failure!.index!)).toContain(0xff)
  })

  it('FUZZ-6: is found when it refuses what is valid', async () => {
    expect((await run('refuses')).failure).toEqual({ index: 0, message: 'a valid input was refused: refused' })
  })

  it('FUZZ-7: is found when it does not come to an end, with the input', async () => {
    const { failure } = await run('hangs')
    expect(failure?.message).toBe('no answer in 3000 ms')
    expect(await spoilt('hangs', failure!.index!)).toContain(0xff)
  })

  it('FUZZ-7: is found when it keeps memory, or needs too much of it at once', async () => {
    expect((await run('leaks')).failure).toEqual({ index: null, message: expect.stringMatching(/^the heap grew by/) })
    const { failure } = await run('devours', { answerMs: 60_000 })
    expect(failure?.message).toMatch(/memory/)
    expect(await spoilt('devours', failure!.index!)).toContain(0xff)
  })

  it('FUZZ-8: fails by an input that cannot be made smaller, also where it hangs', async () => {
    for (const [name, smallest] of [
      ['throws', '\uFFFD'],
      ['picky', '{"d":{"size":4}}'],
      ['hangs', '\uFFFD']
    ] as const) {
      const target = flawedTargets.find((one) => one.name === name)!
      const { probe, stop } = createProbe(FLAWED, name, 500)
      const bytes = Buffer.concat([Buffer.from('some '), Buffer.from([0xff])])
      const input = name === 'picky' ? Buffer.from('{"a":[1,2],"d":{"e":true,"size":4}}') : bytes
      const small = await minimise(target, new Uint8Array(input), probe, 300)
      await stop()
      expect(textOf(small!.input)).toBe(smallest)
    }
  })

  it('FUZZ-8: is remembered by a file that holds text as text and bytes as hex', async () => {
    const folder = temporaryFolder('pinned')
    const inputs = [new Uint8Array([1, 0xff, 0]), new Uint8Array(Buffer.from('{"text":"Ñ"}\n'))]
    for (const input of inputs) pin('frame', 'a fault', input, folder.path)
    const read = pinnedInputs(folder.path)
    expect(read.map(({ input }) => [...input]).sort()).toEqual(inputs.map((input) => [...input]).sort())
    expect(read[0]).toMatchObject({ target: 'frame', found: 'a fault' })
    await folder.dispose()
  })
})

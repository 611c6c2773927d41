// A storm of spoilt requests, messages and frames on one running server, which has to be there afterwards as before.
import { expect, it } from 'vitest'
import { stormOnServer } from './fuzz/live-stage.ts'

const SEED = (Date.now() % 1_000_000) + process.pid
/** The storm was answered in all of these ways, so that it was more than noise. */
const ANSWERS = ['ok', '200', '201', '101', 'invalid_request', 'not_found', 'forbidden', 'unauthenticated', 'frames']

it(`FUZZ-9: a storm changes nothing that it may not change, and the server goes on (seed ${SEED})`, async () => {
  const { answers, problems } = await stormOnServer({ seed: SEED, requests: 4_000, messages: 8_000, frames: 150 })
  expect(problems).toEqual([])
  expect([...answers.keys()]).toEqual(expect.arrayContaining(ANSWERS))
}, 240_000)

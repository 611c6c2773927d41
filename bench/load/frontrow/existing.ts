// A Frontrow that runs somewhere already: its shows are made by its admin API, or are there. What its processes take is
// not known from here.
import type { Policy } from '../../../core/policy.ts'
import type { BenchSettings } from '../../bench.ts'
import { BENCH_PRICES, blockPlan } from '../../bench-plan.ts'
import type { House, RunningPeer } from '../../peers/peer.ts'
import type { FrontrowAddress } from './address.ts'
import { type Frontrow, frontrowNats, frontrowWebSocket } from './frontrow.ts'
import { LOAD_POLICY, seatIdsOf, shapeOf, showIdsOf } from './house.ts'

type Shows = Pick<FrontrowAddress, 'showIds' | 'seatIds'>

export async function openExisting(
  settings: BenchSettings,
  house: House,
  policy: Partial<Policy>
): Promise<{ readonly peer: Frontrow; readonly running: RunningPeer }> {
  const { url = '', nats = '', token = '', 'show-ids': given = '' } = settings
  if (url === '') throw new Error('--nats needs --url beside it: shows are made, and their seats read, over HTTP')
  const api = url.replace(/^ws/, 'http').replace(/\/(ws)?$/, '')
  const shows = () => (given === '' ? createShows(api, token, house, policy) : readShows(api, given.split(','), house))
  let sold = await shows()
  return {
    peer: nats === '' ? frontrowWebSocket : frontrowNats,
    running: {
      version: `frontrow at ${api}`,
      processes: [],
      get address() {
        return { url: nats === '' ? `${api.replace(/^http/, 'ws')}/ws` : nats, ...sold, tokens: [token] }
      },
      reset: async () => {
        if (given !== '') throw new Error('--show-ids are sold once: --runs 1')
        sold = await shows()
      },
      stop: async () => {}
    }
  }
}

async function createShows(api: string, token: string, house: House, policy: Partial<Policy>): Promise<Shows> {
  if (token === '') throw new Error('--url needs --token: of an admin, or of a service with --show-ids')
  const showIds = showIdsOf(house.shows, `bench-${Date.now().toString(36)}`)
  const plan = blockPlan('load bench', shapeOf(house))
  for (const id of showIds) {
    const terms = { startsAt: '2040-05-01T19:30:00Z', currency: 'EUR', prices: BENCH_PRICES }
    const response = await fetch(`${api}/api/admin/shows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ id, title: id, plan, ...terms, policy: { ...LOAD_POLICY, ...policy } })
    })
    const answer = await response.text()
    if (response.status !== 201) throw new Error(`no show was made: ${response.status} ${answer.slice(0, 300)}`)
  }
  return { showIds, seatIds: seatIdsOf(house) }
}

async function readShows(api: string, showIds: readonly string[], { shows, seatsPerShow }: House): Promise<Shows> {
  if (showIds.length !== shows) throw new Error(`--shows says ${shows}, --show-ids has ${showIds.length}`)
  const seatIds = await Promise.all(
    showIds.map(async (id) => {
      const response = await fetch(`${api}/api/shows/${id}/seats`)
      if (!response.ok) throw new Error(`show ${id}: ${response.status}`)
      const { seats } = (await response.json()) as { readonly seats: readonly { readonly id: string }[] }
      if (seats.length < seatsPerShow) throw new Error(`show ${id} has ${seats.length} seats: say so with --seats`)
      return seats.map((seat) => seat.id)
    })
  )
  return { showIds, seatIds }
}

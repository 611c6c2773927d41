// The plans an empty database starts with.
import { describe, expect, it } from 'vitest'
import { ARENA_PRICES, demoArena, demoHall, HALL_PRICES } from '../gateway/demo/demo-plans.ts'
import { planFrom } from './support/small-plan.ts'

describe('the demo plans', () => {
  const houses = [
    { json: demoHall(), prices: HALL_PRICES, seats: 1_129, zones: ['Balcony', 'Stalls'] },
    { json: demoArena(), prices: ARENA_PRICES, seats: 20_000, zones: ['Block 101', 'Block 222', 'Floor A'] }
  ]

  it('PLAN-13: have no faults and as many seats as they say, all within the drawing', () => {
    for (const { json, seats, zones } of houses) {
      const plan = planFrom(json)
      expect(plan.seatCount).toBe(seats)
      expect(plan.zones).toEqual(expect.arrayContaining(zones))
      for (let seat = 0; seat < seats; seat++) {
        expect(plan.x[seat]! > 20 && plan.x[seat]! < plan.width - 20).toBe(true)
        expect(plan.y[seat]! > 20 && plan.y[seat]! < plan.height - 20).toBe(true)
      }
    }
  })

  it('PLAN-13: have a price for every category, and seats in each', () => {
    for (const { json, prices } of houses) {
      const plan = planFrom(json)
      expect(plan.categories.map(({ name }) => name)).toEqual(Object.keys(prices))
      for (const category of plan.categories.keys()) expect(plan.categoryOf).toContain(category)
    }
  })

  it('PLAN-13: have places for wheelchairs, each with an ordinary seat in its row', () => {
    for (const { json } of houses) {
      const plan = planFrom(json)
      const places = [...plan.ids.keys()].filter((seat) => plan.accessible[seat] === 1)
      expect(places.length).toBeGreaterThanOrEqual(8)
      for (const place of places) {
        const beside = [plan.left[place]!, plan.right[place]!].filter((seat) => seat >= 0)
        expect(beside.some((seat) => plan.accessible[seat] === 0)).toBe(true)
      }
    }
  })

  it('PLAN-13: have rows of neighbours with aisles, no two seats on top of each other', () => {
    for (const { json } of houses) {
      const plan = planFrom(json)
      const stands = new Set(
        [...plan.ids.keys()].map((seat) => `${Math.round(plan.x[seat]! / 8)} ${Math.round(plan.y[seat]! / 8)}`)
      )
      expect(stands.size).toBe(plan.seatCount)
      const lengths = [...plan.right].filter((right) => right === -1).length
      expect(lengths / plan.seatCount).toBeLessThan(0.12)
    }
  })
})

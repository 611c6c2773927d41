// The two houses an empty database starts with, as seating plans in pretix's format with their prices. Every
// number is worked out, never drawn at random, so the plans are the same on every machine.
export { ARENA_PRICES, demoArena } from './demo-arena.ts'
export { demoHall, HALL_PRICES } from './demo-hall.ts'

// What a WebSocket client may say, and what it is told of everything else.
import { describe, expect, it } from 'vitest'
import { COMMAND_SEATS_MAX } from '../core/limits.ts'
import { decodeClientMessage } from '../gateway/websocket/client-message.ts'

const text = (message: unknown) => (typeof message === 'string' ? message : JSON.stringify(message))
const hold = { id: 1, op: 'hold', show: 'hall', seats: ['A-1'], key: 'k1' }
const book = { id: 'x', op: 'book', show: 'hall', hold: '17', key: 'k1' }
const seatIds = (count: number) => Array.from({ length: count }, (_, i) => `A-${i}`)

describe('a message', () => {
  it.each([
    hold,
    { ...hold, id: 'a-1', seats: seatIds(COMMAND_SEATS_MAX) },
    { id: 0, op: 'hold', show: 'hall', best: { count: 2 }, key: 'k' },
    { id: 1.5, op: 'hold', show: 'hall', best: { count: 2, category: 'A', zone: 'Floor', accessible: true }, key: 'k' },
    { id: 2, op: 'extend', show: 'hall', hold: '17', key: 'k' },
    { id: 3, op: 'release', show: 'hall', hold: '17', key: 'k' },
    book,
    { ...book, seats: ['A-1', 'A-2'], payment: { reference: 'pay_8Hq2 – ünïcode 🎭' } },
    { id: 5, op: 'cancel', show: 'hall', booking: 'hall.9', key: 'k' },
    { id: 6, op: 'cancel', show: 'hall', booking: 'hall.9', seats: ['A-1'], key: ' ~' },
    { id: 7, op: 'subscribe', show: 'hall' },
    { id: 8, op: 'subscribe', show: 'hall', epoch: 3, seq: 0 },
    { id: 9, op: 'unsubscribe', show: 'a_B-9' }
  ])('MSG-1: is taken as it stands: %j', (message) => {
    expect(decodeClientMessage(text(message))).toEqual({ ok: true, id: message.id, message })
  })

  it('MSG-1: may have members that nobody knows; they are left out', () => {
    const more = { ...book, payment: { reference: 'p', amount: 7 }, admin: true, user: 'mallory' }
    const message = { ...book, payment: { reference: 'p' } }
    expect(decodeClientMessage(text(more))).toEqual({ ok: true, id: 'x', message })
  })

  it.each([
    ['', null, /not JSON/],
    ['{', null, /not JSON/],
    ['{"id":1}x', null, /not JSON/],
    ['null', null, /JSON object/],
    ['7', null, /JSON object/],
    ['"hold"', null, /JSON object/],
    [[hold], null, /JSON object/],
    [{}, null, /^op: /],
    [{ id: 1 }, 1, /^op: expected one of hold, extend/],
    [{ ...hold, op: 'block' }, 1, /^op: /],
    [{ ...hold, op: ['hold'] }, 1, /^op: /],
    [{ ...hold, op: 'constructor' }, 1, /^op: /],
    [{ ...hold, id: undefined }, null, /^id is missing/],
    [{ ...hold, id: null }, null, /^id: /],
    [{ ...hold, id: true }, null, /^id: /],
    [{ ...hold, id: 'x'.repeat(65) }, null, /^id: /],
    ['{"id":1e400,"op":"unsubscribe","show":"hall"}', null, /^id: /]
  ])('MSG-2: is refused, with its id if it has one: %j', (message, id, detail) => {
    expect(decodeClientMessage(text(message))).toEqual({ ok: false, id, detail: expect.stringMatching(detail) })
  })

  it.each([
    [{ ...hold, show: undefined }, /^show is missing/],
    [{ ...hold, show: '' }, /^show: /],
    [{ ...hold, show: 'a b' }, /^show: /],
    [{ ...hold, show: 'a.b' }, /^show: /],
    [{ ...hold, show: 'hall\n' }, /^show: /],
    [{ ...hold, show: 'x'.repeat(65) }, /^show: /],
    [{ ...hold, show: 7 }, /^show: /],
    [{ ...hold, key: undefined }, /^key is missing/],
    [{ ...hold, key: '' }, /^key: /],
    [{ ...hold, key: 'ü' }, /^key: /],
    [{ ...hold, key: 'a\nb' }, /^key: /],
    [{ ...hold, key: 'x'.repeat(129) }, /^key: /],
    [{ ...hold, seats: [] }, /^seats: /],
    [{ ...hold, seats: 'A-1' }, /^seats: /],
    [{ ...hold, seats: { 0: 'A-1', length: 1 } }, /^seats: /],
    [{ ...hold, seats: null }, /^seats: /],
    [{ ...hold, seats: ['A-1', 2] }, /^seats\[1\]: /],
    [{ ...hold, seats: [''] }, /^seats\[0\]: /],
    [{ ...hold, seats: ['x'.repeat(201)] }, /^seats\[0\]: /],
    [{ ...hold, seats: ['A-1', 'A-1'] }, /^seats: expected every seat once/],
    [{ ...hold, seats: [...seatIds(20), 'A-7'] }, /^seats: expected every seat once/],
    [{ ...hold, seats: seatIds(COMMAND_SEATS_MAX + 1) }, /^seats: /],
    [{ ...hold, best: { count: 1 } }, /seats or best/],
    [{ ...hold, seats: undefined }, /seats or best/],
    [{ ...hold, seats: undefined, best: {} }, /^best\.count is missing/],
    [{ ...hold, seats: undefined, best: { count: 0 } }, /^best\.count: /],
    [{ ...hold, seats: undefined, best: { count: 1.5 } }, /^best\.count: /],
    [{ ...hold, seats: undefined, best: { count: '2' } }, /^best\.count: /],
    [{ ...hold, seats: undefined, best: { count: COMMAND_SEATS_MAX + 1 } }, /^best\.count: /],
    [{ ...hold, seats: undefined, best: { count: 1, accessible: 1 } }, /^best\.accessible: /],
    [{ ...hold, seats: undefined, best: [1] }, /^best/],
    [{ ...book, hold: 17 }, /^hold: /],
    [{ ...book, hold: '-1' }, /^hold: /],
    [{ ...book, hold: '0' }, /^hold: /],
    [{ ...book, hold: '017' }, /^hold: /],
    [{ ...book, hold: '1'.repeat(16) }, /^hold: /],
    [{ ...book, payment: 'pay' }, /^payment: /],
    [{ ...book, payment: {} }, /^payment\.reference is missing/],
    [{ ...book, payment: { reference: '' } }, /^payment\.reference: /],
    [{ ...book, payment: { reference: 'a\u0000b' } }, /^payment\.reference: /],
    [{ ...book, payment: { reference: 'x'.repeat(201) } }, /^payment\.reference: /],
    [
      '{"id":1,"op":"book","show":"hall","hold":"1","key":"k","payment":{"reference":"\\ud800"}}',
      /^payment\.reference: /
    ],
    [{ ...book, op: 'cancel', booking: '9' }, /^booking: /],
    [{ ...book, op: 'cancel', booking: 'hall.x' }, /^booking: /],
    [{ ...hold, op: 'subscribe', epoch: -1 }, /^epoch: /],
    [{ ...hold, op: 'subscribe', seq: 0.5 }, /^seq: /],
    [{ ...hold, op: 'subscribe', seq: '1' }, /^seq: /]
  ])('MSG-3: is refused by the name of what is wrong with it: %j', (message, detail) => {
    expect(decodeClientMessage(text(message))).toMatchObject({ ok: false, detail: expect.stringMatching(detail) })
  })
})

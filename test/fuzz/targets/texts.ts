// The small texts of the wire that own code takes apart: ids, keys, times, cursors, headers, settings.

import { naturalKey, sortedNaturally } from '../../../core/plan/plan-natural-order.ts'
import { timeJson } from '../../../gateway/catalogue/show-json.ts'
import { readSettings } from '../../../gateway/config.ts'
import { encodingOf } from '../../../gateway/http/http-request.ts'
import { decoderOf } from '../../../gateway/schema/decode.ts'
import {
  BookingId,
  HoldId,
  Key,
  Payment,
  PlanText,
  parseTime,
  ShowId,
  Time,
  UserId
} from '../../../gateway/schema/schema-parts.ts'
import { pageOf, placeOf } from '../../../persistence/projection/page.ts'
import { ACCEPTED, bytesOf, insist, type Target, textOf } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate-bytes.ts'

const okTime = decoderOf(Time)
const okPayment = decoderOf(Payment)

/** Each says whether it takes `text`, and holds what it says against another way to see it. */
const READERS: Readonly<
  Record<string, { readonly valid: readonly string[]; readonly takes: (text: string) => boolean }>
> = {
  show: id(decoderOf(ShowId), /^[\w-]{1,64}$/, ['hamlet', 'a_B-9', 'x'.repeat(64)]),
  hold: id(decoderOf(HoldId), /^[1-9]\d{0,14}$/, ['1', '999999999999999']),
  booking: id(decoderOf(BookingId), /^[\w-]{1,78}\.[1-9]\d*$/, ['hamlet.1', '-.123456789012345']),
  key: id(decoderOf(Key), /^[ -~]{1,128}$/, ['k', ' ~', 'x'.repeat(128)]),
  user: id(decoderOf(UserId), /^[ -~]{1,128}$/, ['ann', 'guest-0']),
  seat: id(decoderOf(PlanText), /^.{1,200}$/s, ['A-1', 'Ñ 7', '👩‍🦽']),
  payment: {
    valid: ['pay_8Hq2', 'Ñ – 名'],
    takes(text) {
      const { ok } = okPayment({ reference: text })
      insist(ok === (/^\P{Cc}{1,200}$/u.test(text) && text.length <= 200 && text.isWellFormed()), 'a reference')
      return ok
    }
  },
  time: {
    valid: [
      '2030-05-01T19:30:00Z',
      '2028-02-29T23:59:59.999+14:00',
      '0001-01-01T00:00:00.123456789-11:59',
      '9999-12-31T00:00:00Z'
    ],
    takes(text) {
      const time = parseTime(text)
      insist(okTime(text).ok === !Number.isNaN(time), 'two opinions of a time')
      if (Number.isNaN(time)) return false
      insist(isKept(time), `a time of ${time}`)
      const written = timeJson(time)
      insist(parseTime(written) === time, `a time that is written as ${written}`)
      return true
    }
  },
  cursor: {
    valid: [cursorOf(0, 'hamlet'), cursorOf(1_900_000_000_000, 'hamlet.17'), cursorOf(-62_135_596_800_000, 'x')],
    takes(text) {
      const place = placeOf(text)
      if (place === null) return false
      insist(isKept(place.at) && place.id.length > 0, 'a place that is nowhere')
      const again = placeOf(cursorOf(place.at, place.id))
      insist(again?.at === place.at && again.id === place.id, 'a place that is written as another one')
      return true
    }
  },
  encoding: {
    valid: ['gzip, br', 'br;q=0, gzip;q=0.5', '*', 'identity'],
    takes(text) {
      const encoding = encodingOf(text)
      insist(encoding === 'identity' || text.toLowerCase().includes(encoding), 'an encoding nobody asked for')
      return encoding !== 'identity' || ['*', 'identity'].includes(text)
    }
  },
  label: {
    valid: ['A', '10', 'Reihe 7b', '007'],
    takes(text) {
      const labels = [text, ...text.split(/\s/), naturalKey(text)]
      const sorted = sortedNaturally(labels).join('\n')
      insist(sorted === sortedNaturally(labels.toReversed()).join('\n'), 'an order that depends on the order before')
      return text.length > 0
    }
  }
}

/** Postgres keeps whole milliseconds of the years 1 to 9999; there is no year 0. */
function isKept(time: number): boolean {
  const year = new Date(time).getUTCFullYear()
  return Number.isSafeInteger(time) && year >= 1 && year <= 9_999
}

type Ok = (value: unknown) => { readonly ok: boolean }

function id(decode: Ok, pattern: RegExp, valid: readonly string[]) {
  const takes = (text: string) => {
    const { ok } = decode(text)
    insist(ok === pattern.test(text), `${JSON.stringify(text.slice(0, 80))} was ${ok ? 'taken' : 'refused'}`)
    return ok
  }
  return { valid, takes }
}

function cursorOf(at: number, name: string): string {
  return pageOf([0, 0], 1, () => ({ at, id: name })).next!
}

/** An input is the reader's name, a line break, and the text. */
const texts: Target = {
  name: 'text',
  async corpus() {
    return Object.entries(READERS).flatMap(([name, { valid }]) => valid.map((text) => bytesOf(`${name}\n${text}`)))
  },
  mutate(random, input, other) {
    const start = input.indexOf(0x0a) + 1
    const spoilt = mutateBytes(random, input.subarray(start), other.subarray(other.indexOf(0x0a) + 1))
    return new Uint8Array(Buffer.concat([input.subarray(0, start), spoilt]))
  },
  judge(input) {
    const text = textOf(input)
    const line = text.indexOf('\n')
    const reader = READERS[text.slice(0, line)]
    if (reader === undefined) return 'no reader'
    return reader.takes(text.slice(line + 1)) ? ACCEPTED : 'refused'
  }
}

const SETTINGS = [
  'PORT=0\nHOST=::\nDATABASE_URL=postgres://ann:x%20y@db:5432/frontrow\nSHARDS=4096\nDEMO=0\nLOG_LEVEL=warn',
  `JWT_SECRET=${'s'.repeat(32)}\nNODE_ID=node-1\nDATA_DIR=/var/lib/frontrow\nNATS_URL=nats://x\nREDIS_URL=redis://y`,
  ''
]

/** A line is a variable of the environment. */
const settings: Target = {
  name: 'settings',
  corpus: async () => SETTINGS.map(bytesOf),
  mutate: mutateBytes,
  judge(input) {
    const lines = textOf(input).split('\n')
    const pairs = lines.map((line): [string, string] => [line.split('=', 1)[0]!, line.slice(line.indexOf('=') + 1)])
    const read = readSettings(Object.fromEntries(pairs))
    if (!read.ok) {
      insist(
        read.problems.length > 0 && read.problems.every((problem) => problem.length > 0),
        'a problem without words'
      )
      return 'refused'
    }
    const { port, shards, jwtSecret } = read.settings
    insist(port >= 0 && port < 65_536 && shards >= 1 && shards <= 4_096, 'numbers out of their range')
    insist(jwtSecret === null || Buffer.byteLength(jwtSecret) >= 32, 'a short secret')
    return ACCEPTED
  }
}

export const textTargets: readonly Target[] = [texts, settings]

// The page in a real browser, on a real server: two visitors of one show, a server that is killed under them, a
// keyboard and nothing else, a phone. Screenshots go to test/out.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { type HttpStage, startStage } from './support/http-stage.ts'

const OUT = join(import.meta.dirname, 'out')
const WIDE = { width: 1400, height: 900 }
const NARROW = { width: 390, height: 844 }

let stage: HttpStage
let browser: Browser
/** What went wrong inside of pages; failed connections are no wonder where the server is killed. */
const complaints: string[] = []

beforeAll(async () => {
  mkdirSync(OUT, { recursive: true })
  ;[stage, browser] = await Promise.all([startStage({ DEMO: '1' }), openBrowser()])
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  expect(complaints.splice(0)).toEqual([])
})
afterAll(async () => {
  await browser.close()
  await stage.server.dispose()
})

/** A visitor of their own looks at a show. */
async function visit(show: string, viewport = WIDE, touch = false): Promise<Page> {
  const context = await browser.newContext({ viewport, hasTouch: touch, isMobile: touch })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/ERR_CONNECTION|WebSocket connection/.test(message.text())) {
      complaints.push(message.text())
    }
  })
  await page.goto(`${stage.server.url}/#/shows/${show}`)
  await isLive(page)
  await page.locator('[data-testid="seat-map"][data-available]').waitFor()
  return page
}

const isLive = (page: Page) => page.locator('[data-testid="connection"][data-state="open"]').waitFor()
const seat = (page: Page, id: string) => page.locator(`[data-seat="${id}"]`)
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const status = (page: Page, id: string, is: string) =>
  page.locator(`[data-seat="${id}"][data-status="${is}"]`).waitFor()

/** Opens a row of the list; answers the ids of its seats that are free, in walking order. */
async function openRow(page: Page, zone: number, row: number): Promise<string[]> {
  for (const part of [`zone-${zone}`, `row-${row}`]) {
    const fold = page.getByTestId(part)
    if ((await fold.getAttribute('open')) === null) await fold.locator('> summary').click()
  }
  const free = page.getByTestId(`row-${row}`).locator('[data-status="available"]')
  await free.first().waitFor()
  return free.evaluateAll((seats) => seats.map((one) => one.getAttribute('data-seat')!))
}

/** The counts that the page shows are the server's. */
async function expectTrue(page: Page, show: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const statuses = Object.values(await stage.statuses(show))
        const count = (is: string) => String(statuses.filter((one) => one === is).length)
        const map = page.getByTestId('seat-map')
        const shown = await Promise.all(['available', 'held', 'booked'].map((one) => map.getAttribute(`data-${one}`)))
        return { shown, off: shown.join() !== ['available', 'held', 'booked'].map(count).join() }
      },
      { timeout: 10_000, interval: 50 }
    )
    .toMatchObject({ off: false })
}

describe('two visitors of one show', () => {
  it('LIVE-1: what one holds greys on the map and in the list of the other', async () => {
    const [one, other] = await Promise.all([visit('demo-hall'), visit('demo-hall')])
    const [id] = await openRow(one, 0, 2)
    await openRow(other, 0, 2)
    const map = other.getByTestId('seat-map')
    const before = await map.screenshot()
    await seat(one, id!).click()
    await button(one, 'Hold').waitFor()
    const heldAt = button(one, 'Hold').evaluate(
      (hold) => new Promise<number>((resolve) => hold.addEventListener('click', () => resolve(Date.now())))
    )
    const greyedAt = seat(other, id!).evaluate(
      (element) =>
        new Promise<number>((resolve) => {
          const seen = () => (element as HTMLElement).dataset.status === 'held' && resolve(Date.now())
          new MutationObserver(seen).observe(element, { attributes: true })
        })
    )
    await button(one, 'Hold').click()
    const ms = (await greyedAt) - (await heldAt)
    console.log(`LIVE-1: from the click of one visitor to the grey seat of the other: ${ms} ms`)
    expect(ms).toBeLessThan(5_000)
    await one.getByTestId('hold').waitFor()
    expect((await map.screenshot()).equals(before)).toBe(false)
    await button(one, 'Release').click()
    await status(other, id!, 'available')
    await expectTrue(one, 'demo-hall')
    await expectTrue(other, 'demo-hall')
  })

  it('LIVE-2: whoever was slower is told so, and can take what is next to it', async () => {
    const [quick, slow] = await Promise.all([visit('demo-hall'), visit('demo-hall')])
    const [id] = await openRow(slow, 0, 4)
    await openRow(quick, 0, 4)
    await seat(slow, id!).click()
    await seat(quick, id!).click()
    await button(quick, 'Hold').click()
    const notice = slow.getByRole('alert')
    await notice.filter({ hasText: 'Someone was faster' }).waitFor()
    await slow.screenshot({ path: join(OUT, 'someone-was-faster.png') })
    await button(slow, 'Take these').click()
    await slow.getByTestId('hold').waitFor()
    await Promise.all([button(quick, 'Release').click(), button(slow, 'Release').click()])
    await expectTrue(slow, 'demo-hall')
  })

  it('LIVE-3: the server is killed and started again: both go on without a reload, and the hold is still there', async () => {
    const [one, other] = await Promise.all([visit('demo-hall'), visit('demo-hall')])
    for (const page of [one, other]) await page.evaluate('window.notReloaded = true')
    const [first, second] = await openRow(one, 0, 6)
    await openRow(other, 0, 6)
    await seat(one, first!).click()
    await button(one, 'Hold').click()
    await one.getByTestId('hold').waitFor()
    await seat(other, second!).click()
    await stage.server.kill('SIGKILL')
    for (const page of [one, other]) await page.locator('[data-testid="connection"]:not([data-state="open"])').waitFor()
    // Asked while nobody is there: it goes through when somebody is.
    await button(other, 'Hold').click()
    await other.screenshot({ path: join(OUT, 'server-away.png') })
    await stage.server.restart()
    await Promise.all([isLive(one), isLive(other)])
    await other.getByTestId('hold').waitFor()
    await status(other, first!, 'held')
    await status(one, second!, 'held')
    await button(one, 'Book').click()
    await one.getByTestId('confirmation').waitFor()
    await status(other, first!, 'booked')
    await button(other, 'Book').click()
    await status(one, second!, 'booked')
    for (const page of [one, other]) {
      expect(await page.evaluate('window.notReloaded')).toBe(true)
      await expectTrue(page, 'demo-hall')
    }
    const statuses = await stage.statuses('demo-hall')
    expect([statuses[first!], statuses[second!]]).toEqual(['booked', 'booked'])
  })
})

describe('one visitor', () => {
  it('LIVE-4: needs nothing but a keyboard to choose a seat in the list, to hold it, and to book it', async () => {
    const page = await visit('demo-hall')
    const key = (name: string) => page.keyboard.press(name)
    const tabTo = async (wanted: Locator, direction = 'Tab') => {
      await wanted.first().waitFor()
      for (let presses = 0; presses < 150; presses++) {
        await key(direction)
        if (await wanted.first().evaluate((element) => element === document.activeElement)) return
      }
      throw new Error(`150 times ${direction} did not reach ${wanted}`)
    }
    await tabTo(page.getByTestId('zone-1').locator('> summary'))
    await key('Enter')
    await tabTo(page.getByTestId('zone-1').locator('details > summary'))
    await key('Enter')
    const row = page.getByTestId('zone-1').getByRole('group').first()
    await tabTo(row.locator('[data-seat][tabindex="0"]'))
    await key('ArrowRight')
    const id = await page.evaluate(() => document.activeElement?.getAttribute('data-seat'))
    expect(id).toBeTruthy()
    await key('Space')
    await page.locator(`[data-seat="${id}"][aria-pressed="true"]`).waitFor()
    await tabTo(button(page, 'Hold'), 'Shift+Tab')
    await key('Enter')
    await page.getByTestId('hold').waitFor()
    // The focus is not lost with the button that made the hold.
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H2')
    await tabTo(button(page, 'Book'))
    await key('Enter')
    await page.getByTestId('confirmation').waitFor()
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H2')
    expect((await stage.statuses('demo-hall'))[id!]).toBe('booked')
    await tabTo(page.getByRole('link', { name: 'My bookings' }).last())
    await key('Enter')
    await page.locator('[data-status="confirmed"]').waitFor()
  })

  it('LIVE-5: gets the best seats, extends the hold, leaves a seat out, books the rest, and cancels it', async () => {
    const page = await visit('demo-hall')
    await page.getByRole('spinbutton', { name: 'Seats' }).fill('3')
    await button(page, 'Best available').click()
    const hold = page.getByTestId('hold')
    await hold.waitFor()
    expect(await hold.getByRole('checkbox').count()).toBe(3)
    expect(await page.getByTestId('countdown').textContent()).toMatch(/^(10:00|9:\d\d)$/)
    await button(page, 'Extend').click()
    await hold.locator('button[aria-disabled="true"]', { hasText: 'Extend' }).waitFor()
    await hold.getByRole('checkbox').first().uncheck()
    await button(page, 'Book').click()
    await page.getByTestId('confirmation').waitFor()
    await page.screenshot({ path: join(OUT, 'booked.png') })
    await page.getByTestId('confirmation').getByRole('link', { name: 'My bookings' }).click()
    await page.locator('[data-status="confirmed"]').waitFor()
    await page.screenshot({ path: join(OUT, 'bookings.png') })
    await button(page, 'Cancel booking').click()
    await button(page, 'Yes, cancel').click()
    await page.locator('[data-status="cancelled"]').waitFor()
  })

  it('LIVE-6: sees the time run out, and the seats go back on sale', async () => {
    const show = await stage.newShow({ policy: { holdMs: 1_500 } })
    const page = await visit(show)
    await button(page, 'Best available').click()
    await page.getByTestId('hold').waitFor()
    await page.getByRole('alert').filter({ hasText: 'Time is up' }).waitFor()
    expect(await page.getByTestId('hold').count()).toBe(0)
    await expectTrue(page, show)
  })

  it('LIVE-7: has all of it on a phone, without scrolling sideways', async () => {
    const page = await visit('demo-hall', NARROW, true)
    const map = page.getByTestId('seat-map')
    const { width, height } = (await map.boundingBox())!
    // The first tap goes closer, the next one takes a seat.
    const chosen = page.getByRole('heading', { name: /chosen/ })
    for (let taps = 0; taps < 8 && !(await chosen.isVisible()); taps++) {
      await map.tap({ position: { x: width / 2, y: height * (0.4 + taps * 0.03) } })
      await page.waitForFunction('!document.querySelector("canvas").getAnimations().length')
    }
    await chosen.waitFor()
    await button(page, 'Hold').tap()
    await page.getByTestId('hold').waitFor()
    await page.screenshot({ path: join(OUT, 'held-narrow.png'), fullPage: true })
    await button(page, 'Book').tap()
    await page.getByTestId('confirmation').waitFor()
    const [scrollWidth, innerWidth] = (await page.evaluate(
      '[document.scrollingElement.scrollWidth, innerWidth]'
    )) as number[]
    expect(scrollWidth).toBeLessThanOrEqual(innerWidth!)
    await expectTrue(page, 'demo-hall')
  })
})

/** Longer than the page waits before it draws finer. */
const REST_MS = 200

/** The map when nothing on it moves or is drawn finer any more, and nothing points at it. */
async function settled(page: Page): Promise<Buffer> {
  await page.mouse.move(0, 0)
  await page.evaluate('document.activeElement.blur()')
  const box = (await page.getByTestId('seat-map').boundingBox())!
  // Without the buttons at its right side (a row of three on a phone), whose corners are not always drawn alike.
  const shoot = () => page.screenshot({ clip: { ...box, width: box.width - 150 } })
  let last = await shoot()
  for (;;) {
    await delay(REST_MS)
    const next = await shoot()
    if (next.equals(last)) return next
    last = next
  }
}

async function drag(page: Page): Promise<void> {
  const { x, y, width, height } = (await page.getByTestId('seat-map').boundingBox())!
  await page.mouse.move(x + width / 2, y + height / 2)
  await page.mouse.down()
  await page.mouse.move(x + width / 2 + 80, y + height / 2 + 60, { steps: 5 })
  await page.mouse.up()
}

describe('the pictures', () => {
  it.each([
    ['demo-hall', 'wide', WIDE],
    ['demo-hall', 'narrow', NARROW],
    ['demo-arena', 'wide', WIDE],
    ['demo-arena', 'narrow', NARROW]
  ] as const)('LIVE-8: %s, %s: is drawn, zooms and moves', async (show, name, viewport) => {
    const token = await stage.api.token('service', `crowd-${show}-${name}`)
    for (let i = 0; i < 3; i++) {
      const body = { best: { count: 10 } }
      const { json } = await stage.api.call('POST', `/api/shows/${show}/holds`, {
        token: i === 0 ? token : await stage.newUser(),
        body
      })
      if (i === 1)
        await stage.api.call('POST', `/api/shows/${show}/bookings`, {
          token: stage.admin,
          body: { holdId: json.hold.id }
        })
    }
    const page = await visit(show, viewport)
    await expectTrue(page, show)
    const before = await settled(page)
    await page.screenshot({ path: join(OUT, `${show}-${name}.png`) })
    for (let i = 0; i < 4; i++) await page.getByRole('button', { name: 'Zoom in' }).click()
    const close = await settled(page)
    expect(close.equals(before)).toBe(false)
    await page.screenshot({ path: join(OUT, `${show}-${name}-close.png`) })
    await drag(page)
    expect((await settled(page)).equals(close)).toBe(false)
    await page.getByRole('button', { name: 'Show all' }).click()
    expect((await settled(page)).equals(before)).toBe(true)
    await page.screenshot({ path: join(OUT, `${show}-${name}-page.png`), fullPage: true })
  })

  it('LIVE-8: the list of shows leads to each', async () => {
    const context = await browser.newContext({ viewport: WIDE })
    const page = await context.newPage()
    await page.goto(stage.server.url)
    await page.getByTestId('show-demo-hall').waitFor()
    await page.screenshot({ path: join(OUT, 'shows.png') })
    await page.getByTestId('show-demo-arena').click()
    await page.locator('[data-testid="seat-map"][data-available]').waitFor()
    expect(page.url()).toContain('#/shows/demo-arena')
  })
})

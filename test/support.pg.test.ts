// The ground that other tests stand on: servers that can be stopped, killed, frozen and started again.
import { spawn } from 'node:child_process'
import { existsSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres, type TestPostgres } from './support/postgres.ts'

let postgres: TestPostgres

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.dispose())

describe('a Postgres of our own', () => {
  it('GROUND-1: keeps what was committed when it is killed', async () => {
    const url = await postgres.createDatabase('killed')
    await query(url, 'create table kept (id int)')
    await query(url, 'insert into kept select generate_series(1, 1000)')
    await postgres.kill()
    expect(postgres.pid).toBeNull()
    await expect(query(url, 'select 1')).rejects.toThrow(/ECONNREFUSED/)
    await postgres.start()
    expect(await query(url, 'select count(*)::int as count from kept')).toEqual([{ count: 1000 }])
  })

  it.each(['fast', 'immediate'] as const)(
    'GROUND-1: keeps what was committed when it is stopped (%s)',
    async (mode) => {
      const url = await postgres.createDatabase(`stopped_${mode}`)
      await query(url, 'create table kept as select 7 as id')
      await postgres.stop(mode)
      expect(postgres.pid).toBeNull()
      await postgres.start()
      expect(await query(url, 'select id from kept')).toEqual([{ id: 7 }])
    }
  )

  it('GROUND-2: says nothing while it is paused, and answers when it is resumed', async () => {
    let hasAnswered = false
    postgres.pause()
    const asked = query(postgres.url, 'select 1 as one').finally(() => {
      hasAnswered = true
    })
    await delay(300)
    expect(hasAnswered).toBe(false)
    postgres.resume()
    expect(await asked).toEqual([{ one: 1 }])
  })

  it('GROUND-3: makes a database from a template', async () => {
    const template = await postgres.createDatabase('template_of_test')
    await query(template, 'create table seats as select 1 as id')
    const copy = await postgres.createDatabase('copy', 'template_of_test')
    await query(copy, 'insert into seats values (2)')
    expect(await query(copy, 'select id from seats order by id')).toEqual([{ id: 1 }, { id: 2 }])
    expect(await query(template, 'select id from seats')).toEqual([{ id: 1 }])
  })

  it('GROUND-4: has real settings when it is to be durable, and those it is given', async () => {
    const durable = await startPostgres({ durable: true, settings: { max_connections: '17' } })
    expect(await query(durable.url, 'show fsync')).toEqual([{ fsync: 'on' }])
    expect(await query(durable.url, 'show max_connections')).toEqual([{ max_connections: '17' }])
    expect(await query(postgres.url, 'show fsync')).toEqual([{ fsync: 'off' }])
    await durable.dispose()
  })

  it('GROUND-5: goes with its folder when whoever started it is killed', async () => {
    const script = `import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, 'support', 'postgres.ts'))}
      const postgres = await startPostgres()
      console.log(postgres.pid)`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const pid = await new Promise<number>((resolve) => owner.stdout.once('data', (line) => resolve(Number(line))))
    const folder = readlinkSync(`/proc/${pid}/cwd`)
    expect(existsSync(folder)).toBe(true)
    owner.kill('SIGKILL')
    const isLeft = () => existsSync(`/proc/${pid}/cwd`) || existsSync(folder)
    for (let waits = 0; waits < 500 && isLeft(); waits++) await delay(20)
    expect(isLeft()).toBe(false)
  })
})

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

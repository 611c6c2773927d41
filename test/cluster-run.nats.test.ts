// `npm run cluster` as it is run without a terminal: it starts what it needs, does what it is told, and leaves nothing.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runNode } from './support/run-node.ts'
import { eventually } from './support/wire-client-house.ts'

it('TRY-4: ends by itself with 0 and a summary, sells over a node that is killed, and leaves no process behind', async () => {
  const family = new Set<string>()
  let timer: ReturnType<typeof setInterval> | undefined
  const words = ['--nodes', '2', '--seconds', '8', '--load', '20', '--port', '0', '--do', 'kill@2']
  const { code, stdout, stderr } = await runNode('bench/cluster/run.ts', words, {
    started: (pid) => {
      timer = setInterval(() => addFamily(pid, family), 50)
    }
  })
  clearInterval(timer)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^DATABASE_URL=postgres:\S+ NATS_URL=nats:\S+$/m)
  for (const node of ['node-1', 'node-2'])
    expect(stdout).toMatch(new RegExp(`${node} is ready on http://127.0.0.1:\\d+, `))
  expect(stdout).toMatch(/^ +\d\.\d s {2}node-1 was killed$/m)
  expect(stdout).toMatch(/node-2 claimed \d+ shards? of node-1, .* after it fell silent/)
  expect(stdout).toMatch(/^What the nodes did in \d+ s$/m)
  expect(stdout).toMatch(/^node-1 +killed +0 /m)
  expect(stdout).toMatch(/^node-2 +up +64 /m)
  expect(stdout).toMatch(/^\d+ bookings acknowledged and kept: all of them are in the database$/m)
  // Two nodes, Postgres with its own, NATS, and the shells that clean up behind each of them.
  expect(family.size).toBeGreaterThan(8)
  await eventually(() => expect([...family].filter(runsStill)).toEqual([]))
}, 180_000)

/** `pid` at its start time, of all that descend from `pid`. */
function addFamily(pid: number, family: Set<string>): void {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    const fields = /^\d+$/.test(entry) ? fieldsOf(Number(entry)) : undefined
    if (fields !== undefined) parents.set(Number(entry), Number(fields[PARENT]))
  }
  const descends = (one: number): boolean => one === pid || (one > 1 && descends(parents.get(one) ?? 0))
  for (const one of parents.keys()) {
    const startedAt = descends(one) ? fieldsOf(one)?.[STARTED_AT] : undefined
    if (startedAt !== undefined) family.add(`${one} ${startedAt}`)
  }
}

/** Not a zombie, and not another process of the same number. */
function runsStill(name: string): boolean {
  const [pid, startedAt] = name.split(' ')
  const fields = fieldsOf(Number(pid))
  return fields?.[STARTED_AT] === startedAt && fields?.[STATE] !== 'Z'
}

const [STATE, PARENT, STARTED_AT] = [0, 1, 19]

/** From the state on: what is before may hold anything. */
function fieldsOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

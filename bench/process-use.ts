// What whole processes use, all their threads, as the kernel counts it. Linux; elsewhere NaN: it is not known.
import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** Seconds of processor time that `pid` took so far. */
export function cpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // After the name, which may hold spaces: state is field 3, user and system time are 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return Number.NaN
  }
}

/** Seconds of processor time that the whole machine took so far, idling and waiting not counted. */
export function machineCpuSeconds(): number {
  try {
    const [user, nice, system, , , interrupts, softInterrupts] = readFileSync('/proc/stat', 'utf8')
      .split('\n', 1)[0]!
      .split(/\s+/)
      .slice(1)
      .map(Number)
    return (user! + nice! + system! + interrupts! + softInterrupts!) / TICKS_PER_SECOND
  } catch {
    return Number.NaN
  }
}

/** What `pid` has in memory. */
export function residentMegabytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return Number.NaN
  }
}

/** What `pid` and its children have in memory; what they share counts once. */
export function residentMegabytesOfFamily(pid: number): number {
  const statuses = [pid, ...childrenOf(pid)].map(statusOf)
  const shared = statuses.map((status) => kilobytes(status, 'RssFile') + kilobytes(status, 'RssShmem'))
  const own = statuses.map((status) => kilobytes(status, 'RssAnon'))
  return (own.reduce((sum, one) => sum + one) + Math.max(...shared)) / 1024
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}

/** A process with its children: a Postgres is many. */
export function cpuSecondsOfFamily(pid: number): number {
  return [pid, ...childrenOf(pid)].map(cpuSeconds).reduce((sum, seconds) => sum + seconds)
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

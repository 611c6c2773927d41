// Signals to a server of many processes. Each child of Postgres is a session of its own, so no process group
// holds them all; the kernel's list of children does (Linux).
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** For `onDeath`: kills $1 and its children. */
export const KILL_FAMILY = 'kill -KILL $(cat "/proc/$1/task/$1/children") "$1"'

export function freeze(pid: number): void {
  // The parent first, so that it starts no process while we count them.
  send(pid, 'SIGSTOP')
  for (const child of children(pid)) send(child, 'SIGSTOP')
}

export function thaw(pid: number): void {
  for (const child of children(pid)) send(child, 'SIGCONT')
  send(pid, 'SIGCONT')
}

/** SIGKILL; returns when all of them are gone, and with them their locks and shared memory. */
export async function killFamily(pid: number): Promise<void> {
  send(pid, 'SIGSTOP')
  const family = [...children(pid), pid]
  for (const member of family) send(member, 'SIGKILL')
  while (family.some(isAlive)) await delay(2)
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

export async function exited(child: ChildProcess): Promise<void> {
  if (!hasExited(child)) await once(child, 'exit')
}

function children(pid: number): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return list
    .split(' ')
    .map(Number)
    .filter((child) => child > 0)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It ended by itself a moment ago.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A zombie is dead: it has no program any more. */
function isAlive(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/exe`)
    return true
  } catch {
    return false
  }
}

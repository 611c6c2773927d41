// What the processes of a run take while it is measured: processors busy and memory, each process with its children.

import type { RunningPeer } from '../peers/peer.ts'
import { cpuSecondsOfFamily, machineCpuSeconds, residentMegabytesOfFamily } from '../process-use.ts'

interface ProcessUsage {
  readonly name: string
  /** Processors busy, on average. */
  readonly processors: number
  readonly megabytes: number
}

interface UsagePoint {
  /** From the start of the measured time. */
  readonly second: number
  readonly processes: readonly ProcessUsage[]
}

export interface Usage {
  /** Over the whole of the measured time; memory at its end. */
  readonly processes: readonly ProcessUsage[]
  readonly series: readonly UsagePoint[]
  /** Processors that were busy with what is none of ours. */
  readonly others: number
}

export interface Meter {
  begin(): void
  point(): void
  end(): Usage
}

export function createMeter(processes: () => RunningPeer['processes']): Meter {
  const series: UsagePoint[] = []
  const counts = new Map<string, { pid: number; seen: number; busySeconds: number }>()
  let startedAt = 0
  let pointAt = 0
  let machineAt = 0
  let pointBusy = new Map<string, number>()

  /** Adds what each took since it was last looked at. A process that was started again counts from nought. */
  function look(): void {
    for (const { name, pid } of processes()) {
      const known = counts.get(name)
      const seconds = cpuSecondsOfFamily(pid)
      // It is just ending, or this is no Linux.
      if (Number.isNaN(seconds)) continue
      if (known === undefined) counts.set(name, { pid, seen: seconds, busySeconds: 0 })
      else {
        known.busySeconds += Math.max(0, known.pid === pid ? seconds - known.seen : seconds)
        known.pid = pid
        known.seen = seconds
      }
    }
  }

  function usage(since: ReadonlyMap<string, number>, ms: number): ProcessUsage[] {
    return [...counts].map(([name, { pid, busySeconds }]) => ({
      name,
      processors: ((busySeconds - (since.get(name) ?? 0)) * 1000) / ms,
      megabytes: residentMegabytesOfFamily(pid)
    }))
  }

  return {
    begin: () => {
      counts.clear()
      look()
      machineAt = machineCpuSeconds()
      startedAt = performance.now()
      pointAt = startedAt
    },
    point: () => {
      look()
      const now = performance.now()
      series.push({ second: (now - startedAt) / 1000, processes: usage(pointBusy, now - pointAt) })
      pointBusy = new Map([...counts].map(([name, { busySeconds }]) => [name, busySeconds]))
      pointAt = now
    },
    end: () => {
      look()
      const ms = performance.now() - startedAt
      const found = usage(new Map(), ms)
      const ours = found.reduce((sum, { processors }) => sum + processors, 0)
      const all = ((machineCpuSeconds() - machineAt) * 1000) / ms
      return { processes: found, series, others: Math.max(0, all - ours) }
    }
  }
}

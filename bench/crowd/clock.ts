// One clock for every process of a bench: the machine's own, which never jumps, in milliseconds.

/** Since this process started, `performance` counts on the same clock, and is cheaper to ask. */
const BEHIND_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export function machineMs(): number {
  return performance.now() + BEHIND_MS
}

// What a node tells of itself at /metrics, as far as it is shown, and what its process uses.
import { cpuSeconds, residentMegabytes } from '../process-use.ts'

/** Sums since the node was started, and what is now. */
interface Sample {
  readonly atMs: number
  readonly commits: number
  readonly cpuSeconds: number
  readonly sockets: number
  readonly megabytes: number
  readonly outcomes: ReadonlyMap<string, number>
}

export interface NodeFigures extends Sample {
  readonly commitsPerSecond: number
  readonly cpuPercent: number
}

const ANSWER_MS_MAX = 900

/** Null where it does not answer; `before` is what it said the last time. */
export async function readFigures(
  { url, pid }: { readonly url: string; readonly pid: number | null },
  before: NodeFigures | null
): Promise<NodeFigures | null> {
  if (pid === null) return null
  let text: string
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    text = await response.text()
  } catch {
    return null
  }
  const sample = sampleOf(text, pid)
  const seconds = before === null ? Number.NaN : (sample.atMs - before.atMs) / 1000
  return {
    ...sample,
    commitsPerSecond: before === null ? 0 : (sample.commits - before.commits) / seconds,
    cpuPercent: before === null ? 0 : ((sample.cpuSeconds - before.cpuSeconds) / seconds) * 100
  }
}

function sampleOf(text: string, pid: number): Sample {
  let commits = 0
  let sockets = 0
  const outcomes = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, outcome, value] = LINE.exec(line) ?? []
    if (name === 'frontrow_commit_seconds_count') commits = Number(value)
    else if (name === 'frontrow_sockets') sockets = Number(value)
    else if (outcome !== undefined) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + Number(value))
  }
  const atMs = performance.now()
  return { atMs, commits, sockets, outcomes, cpuSeconds: cpuSeconds(pid), megabytes: residentMegabytes(pid) }
}

const LINE =
  /^(frontrow_commit_seconds_count|frontrow_sockets|frontrow_commands_total)(?:\{op="\w+",outcome="(\w+)"\})? (\d+)$/

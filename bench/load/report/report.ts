// What a run of benches leaves behind: every figure, with what it was measured on. The format of `--json`.
import { execFileSync } from 'node:child_process'
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'
import { VERSION } from '../../../gateway/version.ts'
import { findNatsServer, findPostgres } from '../../../test/support/binaries.ts'
import type { BenchReport } from '../../bench.ts'
import { syncLatencies } from '../../disk-sync.ts'

export interface Report {
  readonly format: 1
  readonly startedAt: string
  /** As typed after `npm run bench --`. */
  readonly command: readonly string[]
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly commit: string
  readonly benches: Readonly<Record<string, BenchReport>>
}

interface Machine {
  readonly system: string
  readonly processor: string
  readonly processors: number
  readonly gigabytes: number
  /** Of the last minute, when the benches began: what else the machine was busy with. */
  readonly loadAverage: number
  /** What the disk takes to make 8 KB durable. */
  readonly syncMsP50: number
  readonly syncMsP99: number
}

export type Surroundings = Omit<Report, 'benches'>

export async function surroundings(command: readonly string[]): Promise<Surroundings> {
  const { msP50, msP99 } = await syncLatencies()
  return {
    format: 1,
    startedAt: new Date().toISOString(),
    command,
    machine: {
      system: `${type()} ${release()} ${arch()}`,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      processors: cpus().length,
      gigabytes: Math.round(totalmem() / 2 ** 30),
      loadAverage: loadavg()[0]!,
      ...{ syncMsP50: msP50, syncMsP99: msP99 }
    },
    versions: {
      frontrow: VERSION,
      node: process.version,
      postgres: numberIn(said(findPostgres()?.postgres)),
      nats: numberIn(said(findNatsServer())),
      redis: numberIn(said('redis-server'))
    },
    commit: `${said('git', ['rev-parse', '--short=12', 'HEAD'])}${said('git', ['status', '--porcelain']) === '' ? '' : ', with changes'}`
  }
}

/** The first line of what a program says, '' where there is no such program. */
function said(binary: string | null | undefined, args: readonly string[] = ['--version']): string {
  if (!binary) return ''
  try {
    const text = execFileSync(binary, args, {
      encoding: 'utf8',
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore']
    })
    return text.split('\n')[0]!.trim()
  } catch {
    return ''
  }
}

function numberIn(text: string): string {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? ''
}

// `npm run cluster -- [--nodes N] [--seconds N] [--load R] [--do kill@5,…]`: several nodes on this machine, to see how
// they share shows, and what happens when they die. Exits with 1 when something acknowledged was lost.
import { HELP, readClusterOptions, UsageError } from './cluster-options.ts'
import { type End, runCluster } from './cluster-run.ts'

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(HELP)
    return 0
  }
  try {
    const options = readClusterOptions(args)
    const { stdin, stdout } = process
    const keyboard = stdin.isTTY && stdout.isTTY ? stdin : null
    return (await runCluster(options, { output: stdout, keyboard }, createEnd())) ? 0 : 1
  } catch (error) {
    console.log(`cluster: ${error instanceof UsageError ? error.message : String((error as Error).stack ?? error)}`)
    return 2
  }
}

/** Asked for by a key, SIGINT or SIGTERM; the second time ends us at once, and with us all that we started. */
function createEnd(): End {
  const { promise, resolve } = Promise.withResolvers<void>()
  let isAsked = false
  const ask = () => {
    if (isAsked) process.exit(130)
    isAsked = true
    resolve()
  }
  process.on('SIGINT', ask).on('SIGTERM', ask)
  return { asked: promise, ask }
}

process.exitCode = await main(process.argv.slice(2))

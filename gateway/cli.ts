// The command line: `frontrow serve | token | plan check | show create | journal dump | cluster status`. What a
// command needs is loaded when it runs, so that `token` does not wait for the server's parts.
import * as NodeServices from '@effect/platform-node/NodeServices'
import * as CliConfig from 'effect/cli/CliConfig'
import * as Command from 'effect/cli/Command'
import { Completions, Help, Version } from 'effect/cli/GlobalFlag'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Layer from 'effect/Layer'
import { clusterCommand } from './cli/cli-cluster.ts'
import { done, settingsOrThrow } from './cli/cli-done.ts'
import { journalCommand } from './cli/cli-journal.ts'
import { planCommand } from './cli/cli-plan.ts'
import { showCommand } from './cli/cli-show.ts'
import { tokenCommand } from './cli/cli-token.ts'
import { VERSION } from './version.ts'

const serveCommand = Command.make('serve', {}, () =>
  done(async () => {
    const settings = settingsOrThrow(process.env)
    const { serve } = await import('./serve.ts')
    await serve(settings)
  })
).pipe(Command.withDescription('Run the server; settings come from the environment'))

const frontrow = Command.make('frontrow').pipe(
  Command.withDescription('A seat inventory server: who gets this seat?'),
  Command.withSubcommands([serveCommand, tokenCommand, planCommand, showCommand, journalCommand, clusterCommand])
)

const services = Layer.merge(NodeServices.layer, CliConfig.layer({ builtIns: [Help, Version, Completions] }))
const program = frontrow.pipe(Command.run({ version: VERSION }), Effect.provide(services))
const exit = await Effect.runPromiseExit(program)
// The command has said what was wrong; open handles must not keep a failed command alive.
if (Exit.isFailure(exit)) process.exit(1)

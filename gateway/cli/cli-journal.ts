// `frontrow journal dump`: the frames of the journal, decoded, a line of JSON each.
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import * as Option from 'effect/Option'
import { done, settingsOrThrow } from './cli-done.ts'

const flags = {
  shard: Flag.Int('shard').pipe(Flag.withDescription('Only this shard'), Flag.optional),
  from: Flag.Int('from').pipe(Flag.withDescription('Only frames with this seq or a later one'), Flag.withDefault(1)),
  limit: Flag.Int('limit').pipe(Flag.withDescription('No more frames than this'), Flag.optional)
}

const dumpCommand = Command.make('dump', flags, ({ shard, from, limit }) =>
  done(async () => {
    const { dumpJournal } = await import('./cli-journal-dump.ts')
    await dumpJournal(settingsOrThrow(process.env), {
      shard: Option.getOrNull(shard),
      from,
      limit: Option.getOrElse(limit, () => Number.POSITIVE_INFINITY)
    })
  })
).pipe(Command.withDescription('Print the frames of the journal as JSON lines'))

export const journalCommand = Command.make('journal').pipe(
  Command.withDescription('The journal'),
  Command.withSubcommands([dumpCommand])
)

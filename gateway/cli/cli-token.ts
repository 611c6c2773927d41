// `frontrow token`: a token signed with the server's own secret, for operators and back ends.
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import { ROLES } from '../roles.ts'
import { done, settingsOrThrow } from './cli-done.ts'

const role = Flag.Literals('role', ROLES).pipe(Flag.withDescription('What its bearer may do'))
const user = Flag.String('user').pipe(Flag.withDescription('The user id it speaks for'))
const ttl = Flag.String('ttl').pipe(
  Flag.withDescription('How long it is good for, such as 30m, 12h or 7d'),
  Flag.withDefault('12h')
)

export const tokenCommand = Command.make('token', { role, user, ttl }, ({ role, user, ttl }) =>
  done(async () => {
    const lifeMs = parseLife(ttl)
    const [{ createAuth, isUserId }, { secretOf }] = await Promise.all([
      import('../auth.ts'),
      import('../kept-value.ts')
    ])
    if (!isUserId(user)) throw new Error('--user: expected 1 to 128 printable ASCII characters.')
    const auth = createAuth(await secretOf(settingsOrThrow(process.env)), Date.now)
    const { token } = await auth.signToken(user, role, lifeMs)
    console.log(token)
  })
).pipe(
  Command.withDescription('Print a token signed with the secret of JWT_SECRET or DATA_DIR'),
  Command.withExamples([{ command: 'frontrow token --role admin --user me', description: 'A token for admin calls' }])
)

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

function parseLife(text: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? []
  if (count === undefined) throw new Error('--ttl: expected a number and s, m, h or d, such as 12h.')
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]
}

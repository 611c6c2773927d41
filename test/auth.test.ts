// Tokens: what is believed, and what is not.
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuth } from '../gateway/auth.ts'
import { identityOf, secretOf } from '../gateway/kept-value.ts'

const NOW = Date.UTC(2030, 4, 1)
const HOUR_MS = 3_600_000
const secret = randomBytes(32)

/** A token of our own making, right but for what is given. */
function forge(header: object, claims: object, key: Uint8Array = secret, algorithm = 'sha256'): string {
  const now = NOW / 1000
  const right = { role: 'admin', sub: 'mallory', iss: 'frontrow', aud: 'frontrow', iat: now, exp: now + 3_600 }
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode({ ...right, ...claims })}`
  return `${text}.${createHmac(algorithm, key).update(text).digest('base64url')}`
}

describe('a token', () => {
  const auth = createAuth(secret, () => NOW)

  it('AUTH-1: tells the user, the role and the end it was signed with', async () => {
    const { token, expiresAt } = await auth.signToken('ann', 'service', HOUR_MS)
    expect(expiresAt).toBe(NOW + HOUR_MS)
    expect(await auth.verifyToken(token)).toEqual({ user: 'ann', role: 'service', expiresAt })
    expect(await auth.verifyToken(forge({}, {}))).toMatchObject({ user: 'mallory', role: 'admin' })
  })

  it('AUTH-2: is refused when its header names another algorithm, or none', async () => {
    const claims = Buffer.from(forge({}, {}).split('.')[1]!, 'base64url').toString()
    const unsigned = [`{"alg":"none"}`, claims].map((part) => Buffer.from(part).toString('base64url')).join('.')
    expect(await auth.verifyToken(`${unsigned}.`)).toBeNull()
    expect(await auth.verifyToken(forge({ alg: 'none' }, {}))).toBeNull()
    expect(await auth.verifyToken(forge({ alg: 'HS512' }, {}, secret, 'sha512'))).toBeNull()
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const rsa = await new SignJWT({ role: 'admin', sub: 'mallory', iss: 'frontrow', aud: 'frontrow' })
      .setProtectedHeader({ alg: 'RS256' })
      .setExpirationTime(NOW / 1000 + 60)
      .sign(privateKey)
    expect(await auth.verifyToken(rsa)).toBeNull()
  })

  it('AUTH-2: is refused when another secret signed it, or somebody changed it', async () => {
    expect(await auth.verifyToken(forge({}, {}, randomBytes(32)))).toBeNull()
    const [header, , signature] = forge({}, {}).split('.')
    const changed = Buffer.from('{"sub":"mallory","role":"admin"}').toString('base64url')
    expect(await auth.verifyToken(`${header}.${changed}.${signature}`)).toBeNull()
  })

  it.each([
    ['another issuer', { iss: 'elsewhere' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'elsewhere' }],
    ['no audience', { aud: undefined }],
    ['no end', { exp: undefined }],
    ['an end that is no number', { exp: '2999' }],
    ['no user', { sub: undefined }],
    ['an empty user', { sub: '' }],
    ['a user that is no text', { sub: 7 }],
    ['a user of control characters', { sub: 'a\nb' }],
    ['a user too long', { sub: 'x'.repeat(129) }],
    ['no role', { role: undefined }],
    ['an unknown role', { role: 'root' }],
    ['a start in the future', { nbf: NOW / 1000 + 60 }]
  ])('AUTH-3: is refused with %s', async (_what, claims) => {
    expect(await auth.verifyToken(forge({}, claims))).toBeNull()
  })

  it('AUTH-4: ends at its end, also when it was verified before', async () => {
    let now = NOW
    const clocked = createAuth(secret, () => now)
    const { token } = await clocked.signToken('ann', 'customer', HOUR_MS)
    now = NOW + HOUR_MS - 1
    expect(await clocked.verifyToken(token)).not.toBeNull()
    now = NOW + HOUR_MS
    expect(await clocked.verifyToken(token)).toBeNull()
    expect(await createAuth(secret, () => now).verifyToken(token)).toBeNull()
  })

  it.each(['', 'x', 'a.b.c', `${'x'.repeat(5_000)}.y.z`, '..', 'null'])(
    'AUTH-5: is refused when it is %j',
    async (text) => {
      expect(await auth.verifyToken(text)).toBeNull()
    }
  )

  it('AUTH-5: is not signed with a short secret', () => {
    expect(() => createAuth(randomBytes(31), () => NOW)).toThrow(/32 bytes/)
  })
})

describe('what is kept in the data folder', () => {
  let dataDir = ''
  beforeEach(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'frontrow-kept-')), 'made', 'when', 'needed')
  })
  afterEach(() => rm(join(dataDir, '../../..'), { recursive: true, force: true }))

  it('AUTH-6: is made once, by however many start at the same time, and read by nobody else', async () => {
    const settings = { dataDir, jwtSecret: null, nodeId: null }
    const secrets = await Promise.all(Array.from({ length: 8 }, () => secretOf(settings)))
    const ids = await Promise.all(Array.from({ length: 8 }, async () => (await identityOf(settings)).owner))
    expect(new Set(secrets.map((one) => Buffer.from(one).toString())).size).toBe(1)
    expect(new Set(ids).size).toBe(1)
    expect(secrets[0]!.length).toBeGreaterThanOrEqual(32)
    expect(await secretOf(settings)).toEqual(secrets[0])
    expect((await stat(join(dataDir, 'jwt-secret'))).mode & 0o777).toBe(0o600)
  })

  it('AUTH-7: a name that is set is the node’s, and its owner in the journal is of this data folder alone', async () => {
    const other = await mkdtemp(join(tmpdir(), 'frontrow-auth-'))
    const named = await identityOf({ dataDir, nodeId: 'stage-left' })
    expect(named.node).toBe('stage-left')
    expect(named.owner).toMatch(/^stage-left\.[0-9a-f-]{36}$/)
    expect(await identityOf({ dataDir, nodeId: 'stage-left' })).toEqual(named)
    expect((await identityOf({ dataDir: other, nodeId: 'stage-left' })).owner).not.toBe(named.owner)
    const { node, owner } = await identityOf({ dataDir, nodeId: null })
    expect(owner).toBe(node)
    await rm(other, { recursive: true })
  })

  it('AUTH-6: gives way to what is set, and is not used when it was cut short', async () => {
    const given = 'a-secret-that-is-set-by-an-operator'
    expect(Buffer.from(await secretOf({ dataDir, jwtSecret: given })).toString()).toBe(given)
    await secretOf({ dataDir, jwtSecret: null })
    await writeFile(join(dataDir, 'jwt-secret'), 'short\n')
    await expect(secretOf({ dataDir, jwtSecret: null })).rejects.toThrow(/too short to be a secret: remove it/)
  })
})

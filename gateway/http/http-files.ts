// The page and its files. All of them are in memory, found by their exact path: nothing outside of the
// built folder can be named. What has a hash in its name never changes and is kept by browsers for a year.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { refuse } from '../../core/refusal.ts'
import type { TemplatedApp } from '../uws.ts'
import { createExchange, type Exchange, type Headers } from './http-exchange.ts'
import { serve } from './http-operations.ts'
import { answered, type Reply, refused } from './http-reply.ts'
import { encodingOf } from './http-request.ts'
import type { Encoding } from './seat-map.ts'

interface StoredFile {
  readonly headers: Headers
  readonly tag: string
  readonly bodies: Readonly<Record<Encoding, Uint8Array>>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8'
}
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
/** Vite puts the hash of their content into the names of these. */
const HASHED_FOLDER = '/assets/'

/** Serves `folder` at `/`, and 404 for all that no door serves: must come after every other door. */
export async function filesDoor(app: TemplatedApp, folder: string): Promise<void> {
  const files = await readFiles(folder)
  for (const [path, file] of files) serve(app, path, (exchange) => replyWith(file, exchange))
  app.any('/*', (res, req) => {
    const { status, headers, body } = refused(refuse('not_found', 'There is nothing at this path.'))
    createExchange(res, req).send(status, headers, body)
  })
}

function replyWith(file: StoredFile, exchange: Exchange): Reply {
  if (exchange.header('if-none-match') === file.tag) return answered(304, null, file.headers)
  const encoding = encodingOf(exchange.header('accept-encoding'))
  return answered(200, file.bodies[encoding], {
    ...file.headers,
    'Content-Encoding': encoding === 'identity' ? '' : encoding
  })
}

async function readFiles(folder: string): Promise<Map<string, StoredFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const files = new Map<string, StoredFile>()
  for (const path of paths) {
    const url = `/${relative(folder, path).split(sep).join('/')}`
    files.set(url === '/index.html' ? '/' : url, await storeFile(url, await readFile(path)))
  }
  return files
}

async function storeFile(url: string, content: Buffer): Promise<StoredFile> {
  const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
  return {
    tag,
    headers: {
      'Content-Type': TYPES[extname(url)] ?? 'application/octet-stream',
      'Content-Security-Policy': PAGE_POLICY,
      'Cache-Control': url.startsWith(HASHED_FOLDER) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
      ETag: tag,
      Vary: 'Accept-Encoding'
    },
    bodies: { identity: content, gzip: await promisify(gzip)(content), br: await promisify(brotliCompress)(content) }
  }
}

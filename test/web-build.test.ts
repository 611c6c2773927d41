// The page as it is built: small, and content with a strict content security policy.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { buildWeb } from '../gateway/web-build.ts'

const SCRIPT_BYTES_MAX = 60 * 1024

it('PAGE-13: the page builds, is small, brings all it needs, and has nothing inline', async () => {
  const folder = await buildWeb(() => {})
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const assets = readdirSync(join(folder, 'assets'))
  const scripts = assets
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(folder, 'assets', name)))
  const bytes = scripts.reduce((sum, script) => sum + gzipSync(script).length, 0)
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(SCRIPT_BYTES_MAX)
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=/i)
  for (const [, path] of html.matchAll(/(?:src|href)="([^"]*)"/g)) expect(path).toMatch(/^\/[^/]/)
})

it('PAGE-13: what is built already is not built again', async () => {
  const said: string[] = []
  const folder = await buildWeb(() => {})
  expect(await buildWeb((line) => said.push(line))).toBe(folder)
  expect(said).toEqual([])
})

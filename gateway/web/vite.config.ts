// How the page is built: Preact's JSX, no polyfills, nothing inline, so that a strict content security
// policy holds. Small enough that no file needs splitting.
import { fileURLToPath } from 'node:url'
import type { InlineConfig } from 'vite'

const config: InlineConfig = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  configFile: false,
  logLevel: 'silent',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false
  }
}
export default config

// The system's Chromium through playwright-core, with a fresh profile, quiet on the network.
import { type Browser, chromium } from 'playwright-core'
import { findChromium } from './binaries.ts'

const FLAGS = [
  // Tests run as root in containers, where Chromium's own sandbox cannot.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error('Found no Chromium or Chrome: install one, or add its folder to PATH.')
  return chromium.launch({ executablePath, args: FLAGS })
}

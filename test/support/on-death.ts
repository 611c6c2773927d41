// Cleans up behind a process that was killed: a small shell waits at a pipe, and the pipe closes with its owner,
// however that ends. Keeps true: no test or bench leaves a server, a socket or a folder on the machine.
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

const WAIT = 'read -r word; [ "$word" = released ] && exit 0'

/** Runs `script` (POSIX sh, `args` as $1, $2 …) when this process dies, unless what is answered is called before. */
export function onDeath(script: string, ...args: readonly string[]): () => void {
  const shell = spawn('sh', ['-c', `${WAIT}\n${script}`, 'on-death', ...args], {
    // Its own process group: a Ctrl-C that ends us must not end it first.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore']
  })
  const pipe = shell.stdin as Socket
  pipe.on('error', () => {})
  shell.unref()
  pipe.unref()
  return () => {
    pipe.end('released\n')
  }
}

// The bounded queue in front of a shard: first in, first out, full means `busy`.
import type { Command } from '../core/command.ts'
import { MAILBOX_MAX } from '../core/limits.ts'
import type { ReplySink } from './outcome.ts'

/** A command with its way back. */
export interface Mail {
  readonly command: Command
  readonly sink: ReplySink
  readonly tag: number
}

export class Mailbox {
  private mails: Mail[] = []
  private first = 0

  get size(): number {
    return this.mails.length - this.first
  }

  /** False when it is full: the mail was not taken. */
  push(mail: Mail): boolean {
    if (this.size >= MAILBOX_MAX) return false
    this.mails.push(mail)
    return true
  }

  shift(): Mail | undefined {
    if (this.first === this.mails.length) return undefined
    const mail = this.mails[this.first++]
    if (this.first === this.mails.length) {
      this.mails.length = 0
      this.first = 0
    } else if (this.first === MAILBOX_MAX) {
      this.mails = this.mails.slice(this.first)
      this.first = 0
    }
    return mail
  }
}

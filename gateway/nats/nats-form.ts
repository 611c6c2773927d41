// The two forms of a request: JSON, and bytes. Its answer is of the form it came in.
import type { Outcome, ShowFace } from '../../actors/outcome.ts'
import { type Refusal, refuse } from '../../core/refusal.ts'
import { answerText, type MessageId } from '../answer.ts'
import { answerBytes } from '../binary/binary-answer.ts'

export interface AnswerForm<Answer> {
  answer(id: MessageId, outcome: Outcome, show: ShowFace | null): Answer
  /** Its bytes in a list. */
  bytesOf(answer: Answer): number
  /** `isList`: as many as were asked for in a list; else it is one. */
  pack(answers: readonly Answer[], isList: boolean): Uint8Array
  /** Instead of what does not fit in a message. */
  readonly tooLong: Answer
}

const TOO_LONG = refuse(
  'unavailable',
  'The answer does not fit in one message: ask again with the same key, fewer at once.'
)

export const JSON_FORM: AnswerForm<string> = {
  answer: answerText,
  bytesOf: (text) => Buffer.byteLength(text) + 1,
  pack: (texts, isList) => Buffer.from(isList ? `[${texts.join()}]` : texts[0]!),
  tooLong: answerText(undefined, TOO_LONG, null)
}

export const BINARY_FORM: AnswerForm<Uint8Array> = {
  answer: answerBytes,
  bytesOf: ({ length }) => length,
  pack: (answers) => (answers.length === 1 ? answers[0]! : Buffer.concat(answers)),
  tooLong: answerBytes(undefined, TOO_LONG, null)
}

/** Of a request that is refused as a whole: one, also of a list. */
export function refusalOf<Answer>(form: AnswerForm<Answer>, refusal: Refusal): Uint8Array {
  return form.pack([form.answer(undefined, refusal, null)], false)
}

// Loaded before everything else where `MUTANT` names one: makes its change to the source of its file.
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mutated } from './mutant.ts'
import { MUTANTS } from './mutants.ts'

const name = process.env['MUTANT']
const mutant = MUTANTS.find((one) => one.name === name)
if (name !== undefined && mutant === undefined) throw new Error(`there is no mutant ${name}`)
if (mutant !== undefined) {
  const target = pathToFileURL(resolve(import.meta.dirname, '../..', mutant.file)).href
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (url !== target) return loaded
      return { ...loaded, source: mutated(mutant, String(loaded.source)) }
    }
  })
}

// Effect Schemas → the JSON Schemas of a description, each named one written once and referred to.
import * as JsonSchema from 'effect/JsonSchema'
import * as Schema from 'effect/Schema'

export interface SchemaComponents {
  /** The JSON Schema of `schema`, in which named parts are references to `#/components/schemas/…`. */
  use(schema: Schema.Constraint): JsonSchema.JsonSchema
  /** All parts that were referred to, by name. */
  readonly schemas: Record<string, JsonSchema.JsonSchema>
}

export function createSchemaComponents(): SchemaComponents {
  const schemas: Record<string, JsonSchema.JsonSchema> = {}
  return {
    use(schema) {
      const { schema: root, definitions } = Schema.toJsonSchemaDocument(schema)
      const draft = { dialect: 'draft-2020-12', schemas: [root], definitions } as const
      const rewritten = JsonSchema.toMultiDocumentOpenApi3_1(draft)
      Object.assign(schemas, rewritten.definitions)
      return rewritten.schemas[0]
    },
    schemas
  }
}

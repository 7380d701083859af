import { describe, expect, test } from 'vitest'
import { credentialDefinitionBody, parseCredentialDefinition } from './credential-definition.ts'

const body = {
  id: 'membership',
  credentialType: 'MembershipCredential',
  format: 'vc11-sl2021/jwt',
  attestations: ['holder'],
  rules: [{ type: 'expression', configuration: { claim: 'properties.level', operator: 'geq', value: 1 } }],
  mappings: [{ input: 'name', output: 'credentialSubject.name', required: true }],
  validity: 3600,
}
const fieldOf = (change: object): string | undefined => {
  try {
    parseCredentialDefinition({ ...body, ...change })
    return undefined
  } catch (error) {
    return (error as { field?: string }).field
  }
}

describe('a credential definition', () => {
  test('is read with its operators in any case and written as it was meant', () => {
    const definition = parseCredentialDefinition(body)
    expect(definition.rules[0]?.operator).toBe('GEQ')
    expect(definition.validitySeconds).toBe(3600)
    expect(parseCredentialDefinition(credentialDefinitionBody(definition))).toEqual(definition)
  })

  test('is accepted as existing clients send it: another name of the format, validity as text, an empty inline schema', () => {
    const definition = parseCredentialDefinition({
      ...body,
      format: 'VC1_0_JWT',
      validity: '604800',
      jsonSchema: '{}',
      jsonSchemaUrl: 'https://example.com/schema.json',
    })
    expect(definition).toMatchObject({ format: 'vc11-sl2021/jwt', validitySeconds: 604_800 })
  })

  test.each([
    ['format', { format: 'vc11-sl2021/ldp' }],
    ['validity', { validity: 0 }],
    ['validity', { validity: '99999999999' }],
    ['jsonSchema', { jsonSchema: '{"type":"object"}' }],
    ['rules/0/type', { rules: [{ type: 'script', configuration: {} }] }],
    ['rules/0/configuration/claim', { rules: [{ type: 'expression', configuration: { operator: 'EQ', value: 1 } }] }],
    [
      'rules/0/configuration/operator',
      { rules: [{ type: 'expression', configuration: { claim: 'a', operator: '~', value: 1 } }] },
    ],
    ['rules/0/configuration/value', { rules: [{ type: 'expression', configuration: { claim: 'a', operator: 'EQ' } }] }],
    ['mappings/0/input', { mappings: [{ input: '__proto__', output: 'credentialSubject.a' }] }],
    ['mappings/0/output', { mappings: [{ input: 'a', output: 'issuer' }] }],
    ['mappings/0/output', { mappings: [{ input: 'a', output: 'credentialSubject.id' }] }],
  ])('is refused with the field %s', (field, change) => {
    expect(fieldOf(change)).toBe(field)
  })
})

import { describe, expect, it } from 'vitest'
import { searchDocument } from './asset.ts'
import { readSelector } from './contract-definition.ts'
import { plainField, readCriterion } from './criterion.ts'

describe('a criterion', () => {
  it('names a field plainly, in quotes or with a namespace', () => {
    for (const name of [
      'name',
      "'name'",
      'edc:name',
      'https://w3id.org/edc/v0.0.1/ns/name',
      "'https://w3id.org/edc/v0.0.1/ns/name'",
    ]) {
      expect(plainField(name)).toBe('name')
    }
    expect(plainField('http://purl.org/dc/terms/title')).toBe('http://purl.org/dc/terms/title')
  })

  it('is refused with an operator or an operand that is not understood', () => {
    expect(() => readCriterion({ operandLeft: 'a', operator: '~', operandRight: 'x' }, '/0')).toThrow('operator')
    expect(() => readCriterion({ operandLeft: 'a', operator: 'in', operandRight: 'x' }, '/0')).toThrow('array')
    expect(() => readCriterion({ operandLeft: 'a', operator: '=', operandRight: ['x'] }, '/0')).toThrow('single value')
    expect(() => readCriterion({ operandLeft: 'a', operator: '=', operandRight: {} }, '/0')).toThrow('operandRight')
  })

  it('on the id is what the database has an index for', () => {
    const byId = { operandLeft: 'https://w3id.org/edc/v0.0.1/ns/id', operator: 'in', operandRight: ['a', 'b'] }
    const byName = { operandLeft: 'name', operator: '=', operandRight: 'x' }
    expect(readSelector([byName, byId])).toEqual({
      assetIds: ['a', 'b'],
      criteria: [{ field: 'name', operator: '=', values: ['x'] }],
    })
    expect(readSelector([])).toEqual({ assetIds: null, criteria: [] })
  })

  it('meets an asset’s properties as texts; the id is the asset’s own', () => {
    const asset = {
      id: 'a',
      properties: { id: 'forged', size: 3, tags: ['x', 1] },
      privateProperties: { 'edc:owner': true },
    }
    expect(searchDocument(asset)).toEqual({ id: 'a', size: '3', tags: ['x', '1'], 'privateProperties.owner': 'true' })
  })
})

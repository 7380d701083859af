import { type ContextDefinition, sameNames, setOf } from './term-definitions.ts'

/** The second context of connectors built on EDC; it defines the prefix `edc` and nothing that DSP defines (section 10). */
export const edcDspContext = 'https://w3id.org/edc/dspace/v0.0.1'
export const edcNamespace = 'https://w3id.org/edc/v0.0.1/ns/'

/** What such connectors need of it: the words of a catalog's filter. */
export const edcTerms: ContextDefinition = {
  '@version': 1.1,
  edc: edcNamespace,
  ...sameNames('edc', 'id', 'description', 'inForceDate', 'isCatalog'),
  QuerySpec: {
    '@id': 'edc:QuerySpec',
    '@context': {
      ...sameNames('edc', 'offset', 'limit', 'sortField', 'sortOrder'),
      filterExpression: setOf('edc:filterExpression'),
    },
  },
  Criterion: { '@id': 'edc:Criterion', '@context': sameNames('edc', 'operandLeft', 'operator', 'operandRight') },
}

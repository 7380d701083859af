import { describe, expect, it } from 'vitest'
import { checkLayering } from './layering.ts'

/** A small house in which every arrow is right. */
const house: Readonly<Record<string, string>> = {
  'foundation/errors/index.ts': "export * from './weft-error.ts'",
  'foundation/errors/weft-error.ts': '',
  'foundation/http/index.ts': "import { Agent } from 'undici'\nimport { WeftError } from '../errors/index.ts'",
  'foundation/database/index.ts': "import pg from 'pg'",
  'protocols/dsp/index.ts': "import { WeftError } from '@weft/foundation/errors'",
  'sdk/index.ts': "import { x } from '@weft/protocols/dsp'",
  'runtime-plane/control-plane/index.ts': "export { m } from './service.ts'",
  'runtime-plane/control-plane/service.ts': "import './api/a.ts'\nimport { c } from '@weft/sdk'",
  'runtime-plane/control-plane/api/a.ts': "import '../store/s.ts'\nimport '../domain/d.ts'",
  'runtime-plane/control-plane/store/s.ts': "import { json } from '@weft/foundation/database'",
  'runtime-plane/control-plane/domain/d.ts': '// tenant-manager may be named in a comment',
  'runtime-plane/identity-hub/index.ts': '',
  'governance/issuer-service/index.ts': '',
  'management-plane/tenant-manager/index.ts': '',
  'management-plane/agents/index.ts': "export * from './access/access.ts'",
  'management-plane/agents/access/access.ts': "import '../runtime/agent.ts'",
  'management-plane/agents/identity-hub/hub.ts': "import '../runtime/agent.ts'",
  'management-plane/agents/runtime/agent.ts': '',
  'all-in-one/index.ts': "import '@weft/control-plane'\nimport '@weft/tenant-manager'\nimport '@weft/issuer-service'",
}

function rulesBrokenBy(file: string, source: string): string[] {
  return checkLayering(new Map(Object.entries({ ...house, [file]: source }))).map((violation) => violation.rule)
}

describe('layering', () => {
  it('finds nothing in a house whose arrows are right', () => {
    expect(checkLayering(new Map(Object.entries(house)))).toEqual([])
  })

  it('fails when it looked at no module at all', () => {
    expect(() => checkLayering(new Map())).toThrow('no modules')
  })

  it('does not take a folder that the house does not know', () => {
    expect(() => rulesBrokenBy('helpers/a.ts', "import './b.ts'")).toThrow('the house has no folder helpers')
  })

  it.each([
    ['foundation imports protocols', 'foundation/http/x.ts', '@weft/protocols/dsp', 'arrows point one way'],
    ['foundation imports the sdk', 'foundation/http/x.ts', '@weft/sdk', 'arrows point one way'],
    ['protocols import the sdk', 'protocols/dsp/x.ts', '@weft/sdk', 'arrows point one way'],
    ['protocols import a plane', 'protocols/dsp/x.ts', '@weft/control-plane', 'arrows point one way'],
    ['the sdk imports a plane', 'sdk/x.ts', '@weft/issuer-service', 'arrows point one way'],
    ['a plane imports all-in-one', 'runtime-plane/control-plane/x.ts', '@weft/all-in-one', 'arrows point one way'],
    [
      'the runtime imports the management plane',
      'runtime-plane/control-plane/x.ts',
      '@weft/tenant-manager',
      'planes and services meet over HTTP and messages',
    ],
    [
      'governance imports the runtime',
      'governance/issuer-service/x.ts',
      '@weft/identity-hub',
      'planes and services meet over HTTP and messages',
    ],
    [
      'the management plane imports the runtime',
      'management-plane/tenant-manager/x.ts',
      '@weft/control-plane',
      'planes and services meet over HTTP and messages',
    ],
    [
      'a service imports its neighbour in the plane',
      'runtime-plane/control-plane/x.ts',
      '@weft/identity-hub',
      'planes and services meet over HTTP and messages',
    ],
    [
      'a package is entered by a relative path',
      'all-in-one/x.ts',
      '../runtime-plane/control-plane/service.ts',
      'packages show only their public face',
    ],
    [
      'a package is entered past its index',
      'all-in-one/x.ts',
      '@weft/control-plane/service.ts',
      'packages show only their public face',
    ],
    [
      'a room of foundation is entered past its index',
      'foundation/http/x.ts',
      '../errors/weft-error.ts',
      'rooms of foundation and protocols show only their index',
    ],
    [
      'an agent imports another agent',
      'management-plane/agents/access/x.ts',
      '../identity-hub/hub.ts',
      'an agent knows no other agent',
    ],
    ['protocols use a server framework', 'protocols/dsp/x.ts', 'fastify', 'protocols need no database and no server'],
    [
      'protocols use a database',
      'protocols/dcp/x.ts',
      '@weft/foundation/database',
      'protocols need no database and no server',
    ],
    ['domain reads files', 'runtime-plane/control-plane/domain/x.ts', 'node:fs/promises', 'domain is pure'],
    ['domain imports store', 'runtime-plane/control-plane/domain/x.ts', '../store/s.ts', 'domain is pure'],
    [
      'a service imports what is for tests',
      'runtime-plane/control-plane/x.ts',
      './testing/fake-hub.ts',
      'what runs does not lean on tests',
    ],
    ['store imports api', 'runtime-plane/control-plane/store/x.ts', '../api/a.ts', 'store does not know api'],
    ['a service makes its own HTTP client', 'runtime-plane/control-plane/x.ts', 'undici', 'one way out'],
  ])('fails when %s', (_, file, specifier, rule) => {
    expect(rulesBrokenBy(file, `import { a } from '${specifier}'`)).toContain(rule)
  })

  it('fails when the runtime names an address of the fabric manager', () => {
    expect(rulesBrokenBy('runtime-plane/control-plane/x.ts', "const url = base + '/api/tm/v1alpha1'")).toContain(
      'trust path',
    )
    expect(rulesBrokenBy('runtime-plane/control-plane/x.ts', "import { a } from '@weft/protocols/fabric'")).toContain(
      'trust path',
    )
  })

  it('fails on a cycle between files, and lets types point back', () => {
    expect(rulesBrokenBy('runtime-plane/control-plane/domain/d.ts', "import { a } from './d.ts'")).toContain(
      'no cycles',
    )
    expect(rulesBrokenBy('foundation/errors/weft-error.ts', "import type { a } from './index.ts'")).toEqual([])
  })
})

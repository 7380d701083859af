import * as fc from 'fast-check'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json }

/** One change of a document: what happens at the place that `at` leads to. */
interface Mutation {
  readonly at: number
  readonly kind: 'replace' | 'delete' | 'rename' | 'wrap' | 'swap' | 'add'
  readonly leaf: Json
}

const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)])

/** Values that break readers: of the wrong type, at the edge of a range, in another's place. */
function hostileLeaf(ids: readonly string[]): fc.Arbitrary<Json> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<Json>(null, true, 0, -1, 1.5, 1e308, 2 ** 53, '', [], {}, [[]], [{}]) },
    { weight: 3, arbitrary: fc.constantFrom<Json>(...ids) },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Json>(
        'a\u0000b',
        '\ud800',
        'x'.repeat(5000),
        '1'.repeat(400),
        "'; drop table x; --",
        '../../etc/passwd',
        'http://169.254.169.254/latest',
        'did:web:localhost',
        'did:web:%00',
        'javascript:alert(1)',
        '9999-12-31T23:59:60Z',
        '-infinity',
        'NaN',
        'PT99999999999S',
        '(((((((((((((((((((((((a+)+)+)+)+)+)+)+',
      ),
    },
    { weight: 1, arbitrary: fc.constant(nested(40)) },
    {
      weight: 1,
      arbitrary: fc.constant({ constructor: { prototype: { admin: true } }, toString: 1, hasOwnProperty: 2 }),
    },
    { weight: 1, arbitrary: fc.constant(Array.from({ length: 2000 }, (_, index) => index)) },
    { weight: 2, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
  )
}

/** A document with up to four changes; now and then as it was. */
export function mutated(document: Json, ids: readonly string[]): fc.Arbitrary<Json> {
  const kinds = fc.constantFrom<Mutation['kind']>('replace', 'replace', 'delete', 'rename', 'wrap', 'swap', 'add')
  const mutation = fc.record({ at: fc.nat(10_000), kind: kinds, leaf: hostileLeaf(ids) })
  return fc.array(mutation, { maxLength: 4 }).map((changes) => changes.reduce(change, document))
}

/** Changes the node that `at` leads to: each member and each element is a place, and so is the document itself. */
function change(document: Json, mutation: Mutation): Json {
  const places = countPlaces(document)
  return changeAt(document, mutation.at % places, mutation)
}

function countPlaces(value: Json): number {
  return 1 + childrenOf(value).reduce((sum, [, child]) => sum + countPlaces(child), 0)
}

function changeAt(value: Json, place: number, mutation: Mutation): Json {
  if (place === 0) return changeHere(value, mutation)
  let left = place - 1
  for (const [name, child] of childrenOf(value)) {
    const places = countPlaces(child)
    if (left < places)
      return left === 0 ? changeMember(value, name, mutation) : withChild(value, name, changeAt(child, left, mutation))
    left -= places
  }
  return value
}

function changeHere(value: Json, { kind, leaf }: Mutation): Json {
  if (kind === 'wrap') return [value]
  if (kind === 'add' && isObject(value)) return { ...value, added: leaf }
  return kind === 'replace' ? leaf : value
}

function changeMember(value: Json, name: string, mutation: Mutation): Json {
  const child = (value as { readonly [member: string]: Json })[name] ?? null
  const entries = childrenOf(value)
  const other = entries[mutation.at % entries.length]?.[1] ?? null
  if (!isObject(value)) return withChild(value, name, mutation.kind === 'replace' ? mutation.leaf : other)
  if (mutation.kind === 'delete') return Object.fromEntries(entries.filter(([member]) => member !== name))
  if (mutation.kind === 'rename')
    return Object.fromEntries(entries.map(([member, one]) => [member === name ? `${name}x` : member, one]))
  if (mutation.kind === 'swap') return withChild(value, name, other)
  return withChild(value, name, changeHere(child, mutation))
}

function withChild(value: Json, name: string, child: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json, index) => (String(index) === name ? child : one))
  return { ...(value as { readonly [member: string]: Json }), [name]: child }
}

function childrenOf(value: Json): readonly (readonly [string, Json])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value as { readonly [member: string]: Json }) : []
}

function isObject(value: Json): value is { readonly [member: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const mask = '[redacted]'
const maxDepth = 8
const maxItems = 100
const maxText = 4096

/** Names of fields that hold credentials, compared without case, `-` and `_`. */
const secretNames = new Set([
  'accesstoken',
  'apikey',
  'assertion',
  'authorization',
  'clientassertion',
  'clientsecret',
  'cookie',
  'credentials',
  'idtoken',
  'jwt',
  'passphrase',
  'password',
  'presentation',
  'presentations',
  'privatekey',
  'privatekeyjwk',
  'proxyauthorization',
  'refreshtoken',
  'secret',
  'secrets',
  'setcookie',
  'token',
  'vpjwt',
  'xapikey',
])
/** A field whose name ends so is a credential too: `idpClientSecret`, `catalogToken`, `adminPassword`. */
const secretEndings = ['token', 'secret', 'password', 'privatekey', 'apikey']

const compactJws = /\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g
const bearer = /\b(Bearer|Basic|DPoP)\s+[A-Za-z0-9._~+/=-]{8,}/gi
const userInfo = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi
const privateKeyBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g

/**
 * A copy of a value that is safe to log: credentials by field name and by look (tokens, key blocks, user info of URLs)
 * are masked at every depth; depth, length and number of items are bounded; cycles are cut.
 */
export function redact(value: unknown): unknown {
  return copy(value, 0, [])
}

/** Masks what looks like a credential inside a text. */
export function redactText(text: string): string {
  const short = text.length > maxText ? `${text.slice(0, maxText)}… (${text.length} characters)` : text
  return short
    .replace(privateKeyBlock, mask)
    .replace(compactJws, mask)
    .replace(bearer, `$1 ${mask}`)
    .replace(userInfo, `$1${mask}@`)
}

function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_]/g, '')
  return secretNames.has(plain) || secretEndings.some((ending) => plain.endsWith(ending))
}

function copy(value: unknown, depth: number, above: readonly object[]): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`
  if (typeof value !== 'object' || value === null) return value
  if (above.includes(value)) return '[circular]'
  if (depth >= maxDepth) return '[too deep]'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (value instanceof URL) return redactText(value.href)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  const path = [...above, value]
  if (Array.isArray(value)) return copyList(value, depth, path)
  if (value instanceof Map) return copyList([...value.keys()], depth, path)
  if (value instanceof Set) return copyList([...value], depth, path)
  if ('toJSON' in value && typeof value.toJSON === 'function') return copy(value.toJSON(), depth + 1, path)
  return copyFields(value, depth, path)
}

function copyList(list: readonly unknown[], depth: number, path: readonly object[]): unknown[] {
  const items = list.slice(0, maxItems).map((item) => copy(item, depth + 1, path))
  if (list.length > maxItems) items.push(`… ${list.length - maxItems} more`)
  return items
}

function copyFields(value: object, depth: number, path: readonly object[]): Record<string, unknown> {
  const fields: [string, unknown][] = []
  const names = Object.keys(value)
  for (const name of names.slice(0, maxItems)) {
    const field = (value as Record<string, unknown>)[name]
    const hide = isSecretName(name) && field !== undefined && field !== null && typeof field !== 'boolean'
    fields.push([name, hide ? mask : copy(field, depth + 1, path)])
  }
  if (names.length > maxItems) fields.push(['…', `${names.length - maxItems} more fields`])
  return Object.fromEntries(fields)
}

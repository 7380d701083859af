/** One import of a source file, as text: enough to hold the house to its arrows without a compiler. */
export interface ImportStatement {
  readonly specifier: string
  /** `import type` and `export type`: erased before the code runs. */
  readonly typeOnly: boolean
  readonly line: number
}

const statement = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^'\n]+)'/g
const dynamic = /\bimport\(\s*'([^'\n]+)'\s*\)/g

/** Every static and dynamic import of a TypeScript source. Comments are blanked first, so that examples do not count. */
export function importsOf(source: string): ImportStatement[] {
  const code = withoutComments(source)
  const found: ImportStatement[] = []
  for (const match of code.matchAll(statement)) {
    found.push({ specifier: match[2] ?? '', typeOnly: match[1] !== undefined, line: lineAt(code, match.index + 1) })
  }
  for (const match of code.matchAll(dynamic)) {
    found.push({ specifier: match[1] ?? '', typeOnly: false, line: lineAt(code, match.index) })
  }
  return found
}

/** The source with comments replaced by blanks of the same length; strings and templates stay. */
export function withoutComments(source: string): string {
  return source.replace(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g,
    (token) => (token.startsWith('/') ? token.replace(/[^\n]/g, ' ') : token),
  )
}

function lineAt(text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

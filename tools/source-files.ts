import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Every TypeScript source that git knows or would add, relative to the repository, with its text. */
export function sourceFiles(): Map<string, string> {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
    encoding: 'utf8',
  })
  const paths = listed.split('\n').filter((path) => path !== '' && existsSync(path))
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]))
}

/** Where a file stands in the house: its workspace, the arrow's level, the room inside. */
export interface Place {
  readonly file: string
  /** `foundation`, `protocols`, `sdk`, `runtime-plane/control-plane`, …; null outside the workspaces. */
  readonly workspace: string | null
  /** foundation 0, protocols 1, sdk 2, planes 3, all-in-one 4, what only runs things 5. */
  readonly level: number
  /** First folder inside the workspace, or null for a file at its root. */
  readonly room: string | null
  readonly test: boolean
}

/** The four planes' folders; each service in them is a workspace of its own. */
export const planes = ['runtime-plane', 'governance', 'management-plane'] as const

/** Workspaces below a plane's level that stand alone at the top. */
const levels: Readonly<Record<string, number>> = {
  foundation: 0,
  protocols: 1,
  sdk: 2,
  'identity-provider': 3,
  'all-in-one': 4,
}

/** Folders that run and check the house without being part of it. */
const outside = ['tools', 'tests', 'benchmarks', 'conformance'] as const

/** Finds the place of a path relative to the repository. @throws Error for a top-level folder that the house does not know. */
export function placeOf(file: string): Place {
  const [top = '', second = '', third = ''] = file.split('/')
  const test = /\.test\.ts$|\/testing\/|-testing\//.test(file) || (outside as readonly string[]).includes(top)
  if ((planes as readonly string[]).includes(top)) {
    return { file, workspace: `${top}/${second}`, level: 3, room: roomIn(third), test }
  }
  const level = levels[top]
  if (level !== undefined) return { file, workspace: top, level, room: roomIn(second), test }
  if ((outside as readonly string[]).includes(top) || !file.includes('/')) {
    return { file, workspace: null, level: 5, room: null, test }
  }
  throw new Error(`${file}: the house has no folder ${top}; give it a level in tools/layering/house.ts`)
}

function roomIn(segment: string): string | null {
  return segment === '' || segment.endsWith('.ts') ? null : segment
}

/** Workspace folder of a package name: `@weft/control-plane` -> `runtime-plane/control-plane`. */
export function workspaceOfPackage(name: string, workspaces: readonly string[]): string | undefined {
  const last = name.replace('@weft/', '')
  return workspaces.find((workspace) => workspace === last || workspace.endsWith(`/${last}`))
}

/** One step of an orchestration, done by the agents of its type. */
export interface Activity {
  readonly id: string
  readonly type: string
  /** Ids of the activities that must be done before. */
  readonly dependsOn: readonly string[]
  /** The kind of VPA that this activity builds; a VPA is there when all activities that name it are done. */
  readonly vpaType?: string
}

/** Why activities form no graph that could be run. `index` points at the activity. */
export type GraphFault =
  | { readonly kind: 'duplicate-id'; readonly index: number; readonly id: string }
  | { readonly kind: 'unknown-dependency'; readonly index: number; readonly dependency: string }
  | { readonly kind: 'cycle'; readonly path: readonly string[] }

/** Checks that ids are unique, dependencies exist and nothing waits for itself; undefined when all is well. */
export function graphFault(activities: readonly Activity[]): GraphFault | undefined {
  const ids = new Set<string>()
  for (const [index, { id }] of activities.entries()) {
    if (ids.has(id)) return { kind: 'duplicate-id', index, id }
    ids.add(id)
  }
  for (const [index, { dependsOn }] of activities.entries()) {
    const dependency = dependsOn.find((id) => !ids.has(id))
    if (dependency !== undefined) return { kind: 'unknown-dependency', index, dependency }
  }
  const stuck = levelsAndRest(activities).rest
  return stuck.length === 0 ? undefined : { kind: 'cycle', path: cycleAmong(stuck) }
}

/** Activities by their distance from the beginning: what clients are shown as steps. Running does not wait for levels. */
export function levels(activities: readonly Activity[]): readonly (readonly Activity[])[] {
  return levelsAndRest(activities).levels
}

function levelsAndRest(activities: readonly Activity[]): { levels: Activity[][]; rest: Activity[] } {
  const levels: Activity[][] = []
  const placed = new Set<string>()
  let rest = [...activities]
  for (;;) {
    const level = rest.filter((activity) => activity.dependsOn.every((id) => placed.has(id)))
    if (level.length === 0) return { levels, rest }
    levels.push(level)
    for (const { id } of level) placed.add(id)
    rest = rest.filter(({ id }) => !placed.has(id))
  }
}

/** Every activity of a rest waits for another one of it, so following the waits must come back to a place. */
function cycleAmong(rest: readonly Activity[]): string[] {
  const byId = new Map(rest.map((activity) => [activity.id, activity]))
  const path: string[] = []
  for (let at = rest[0]; at; ) {
    const seen = path.indexOf(at.id)
    if (seen >= 0) return [...path.slice(seen), at.id]
    path.push(at.id)
    at = at.dependsOn.map((id) => byId.get(id)).find((activity) => activity !== undefined)
  }
  return path
}

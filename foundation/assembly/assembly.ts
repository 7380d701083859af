import type { ModuleContext, ServiceKey, ServiceModule } from './module.ts'

/** A running set of modules: orders them by what they provide and require, and takes them up and down together. */
export class Assembly {
  readonly name: string
  readonly #modules: readonly ServiceModule[]
  readonly #services = new Map<ServiceKey<unknown>, unknown>()
  #started: ServiceModule[] = []

  /** @throws Error when a required service has no provider, two, or the modules form a cycle. */
  constructor(name: string, modules: readonly ServiceModule[]) {
    this.name = name
    this.#modules = inDependencyOrder(modules)
  }

  /** A service that a module provided; for those who stand outside, such as a test or the process's main. */
  service<T>(key: ServiceKey<T>): T {
    if (!this.#services.has(key)) throw new Error(`${this.name}: nobody provides ${key.name} yet`)
    return this.#services.get(key) as T
  }

  /** Runs init, prepare and start over all modules. When one fails, what was begun is taken down before the error is thrown. */
  async start(): Promise<void> {
    try {
      for (const module of this.#modules) {
        this.#started.push(module)
        await module.init?.(this.#contextOf(module))
      }
      for (const module of this.#modules) await module.prepare?.(this.#contextOf(module))
      for (const module of this.#modules) await module.start?.(this.#contextOf(module))
    } catch (error) {
      await this.stop().catch((second: unknown) => {
        throw new AggregateError([error, second], `${this.name}: start failed, and so did taking it down`)
      })
      throw error
    }
  }

  /** Runs finalize, then shutdown, in reverse order. Every module gets its turn even when another one fails. */
  async stop(): Promise<void> {
    const modules = this.#started.toReversed()
    this.#started = []
    const failures: unknown[] = []
    for (const phase of ['finalize', 'shutdown'] as const) {
      for (const module of modules) {
        try {
          await module[phase]?.()
        } catch (error) {
          failures.push(error)
        }
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${this.name}: stopping failed`)
  }

  #contextOf(module: ServiceModule): ModuleContext {
    return {
      provide: (key, service) => {
        if (!module.provides?.includes(key))
          throw new Error(`${module.name} does not declare that it provides ${key.name}`)
        this.#services.set(key, service)
      },
      require: (key) => {
        if (!module.requires?.includes(key))
          throw new Error(`${module.name} does not declare that it requires ${key.name}`)
        return this.service(key)
      },
    }
  }
}

function inDependencyOrder(modules: readonly ServiceModule[]): ServiceModule[] {
  const providers = new Map<ServiceKey<unknown>, ServiceModule>()
  for (const module of modules) {
    for (const key of module.provides ?? []) {
      const other = providers.get(key)
      if (other) throw new Error(`${key.name} is provided by ${other.name} and by ${module.name}`)
      providers.set(key, module)
    }
  }
  const ordered: ServiceModule[] = []
  const visiting = new Set<ServiceModule>()
  const visit = (module: ServiceModule): void => {
    if (ordered.includes(module)) return
    if (visiting.has(module)) {
      throw new Error(`modules require each other: ${[...visiting, module].map((m) => m.name).join(' -> ')}`)
    }
    visiting.add(module)
    for (const key of module.requires ?? []) {
      const provider = providers.get(key)
      if (!provider) throw new Error(`${module.name} requires ${key.name}, which nobody provides`)
      visit(provider)
    }
    visiting.delete(module)
    ordered.push(module)
  }
  for (const module of modules) visit(module)
  return ordered
}

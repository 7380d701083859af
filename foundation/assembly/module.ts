/** Names something that one module provides and others require, with its type. */
export interface ServiceKey<T> {
  readonly name: string
  /** Only carries the type; never set. */
  readonly type?: T
}

/** A key for what a module offers. Keys are compared by identity, names are for people. */
export function serviceKey<T>(name: string): ServiceKey<T> {
  return { name }
}

/** What a module sees of the assembly during its phases. */
export interface ModuleContext {
  /** Offers a service that this module declared in `provides`. */
  provide<T>(key: ServiceKey<T>, service: T): void
  /** Takes a service that this module declared in `requires`. */
  require<T>(key: ServiceKey<T>): T
}

/**
 * A part of a process. Phases run over all modules in dependency order, each phase ending before the next begins:
 * `init` (make and provide services), `prepare` (all services are known: register routes and handlers), `start` (open
 * ports, begin consuming). Stopping runs in reverse order: `finalize` (stop taking work), then `shutdown` (let go).
 */
export interface ServiceModule {
  readonly name: string
  readonly provides?: readonly ServiceKey<unknown>[]
  readonly requires?: readonly ServiceKey<unknown>[]
  init?(context: ModuleContext): Promise<void> | void
  prepare?(context: ModuleContext): Promise<void> | void
  start?(context: ModuleContext): Promise<void> | void
  finalize?(): Promise<void> | void
  shutdown?(): Promise<void> | void
}

export { Assembly } from './assembly.ts'
export { type ModuleContext, type ServiceKey, type ServiceModule, serviceKey } from './module.ts'

export { type AllInOne, type AllInOneOptions, platformAt, startAllInOne } from './all-in-one.ts'
export { type AssemblyName, assemblyNames, loopbackDeployment, portSpan } from './deployment.ts'
export { freeBasePort } from './free-ports.ts'

export { type AllInOne, type AllInOneOptions, platformAt, platformOf, startAllInOne } from './all-in-one.ts'
export { type AssemblyName, assemblyNames, loopbackDeployment, portSpan, serviceUrl } from './deployment.ts'
export { freeBasePort } from './free-ports.ts'
export { operators, workloads } from './workloads.ts'

export { errorBody, renderError } from './error-body.ts'
export {
  type Found,
  headersOf,
  listQuery,
  pageHeaders,
  pageOf,
  predicateOf,
  queryBody,
} from './paged-list.ts'
export type { Condition, Predicate } from './predicate.ts'

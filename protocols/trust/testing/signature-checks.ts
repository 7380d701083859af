/** The check of every signature, for tests of other rooms that count how often it is made. */
export { isSignatureOf } from '../jws.ts'

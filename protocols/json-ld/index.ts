export { dspContext, dspNamespace } from './contexts/dsp.ts'
export { edcDspContext, edcNamespace } from './contexts/edc.ts'
export { jsonLdErrors } from './errors.ts'
export { passesForDspTerm, toPlainForm } from './plain-form.ts'

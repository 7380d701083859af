import { errorCatalogue } from '@weft/foundation/errors'

/** Why a message cannot be brought into the plain form of its protocol. */
export const jsonLdErrors = errorCatalogue('json-ld', {
  'unknown-context': {
    status: 400,
    side: 'caller',
    title: "The message names a JSON-LD context that is not known here, and not the protocol's own.",
    remedy:
      'Name the context of the protocol in @context; other contexts may stand beside it, but none is ever loaded.',
  },
  'unsupported-context': {
    status: 400,
    side: 'caller',
    title: 'A context inside the message does more than name prefixes and terms.',
    remedy: 'Send the message in the compact form of the protocol, with the context of the protocol alone.',
  },
  'invalid-document': {
    status: 400,
    side: 'caller',
    title: 'The message is not valid JSON-LD.',
    remedy: 'Send the message in the compact form of the protocol, as its JSON schemas describe it.',
  },
  'not-one-message': {
    status: 400,
    side: 'caller',
    title: 'The document holds no message, or several.',
    remedy: 'Send one message in one request.',
  },
  'too-large': {
    status: 400,
    side: 'caller',
    title: 'The message is nested too deep, or holds too many values to be expanded.',
    remedy: 'Send the message in the compact form of the protocol, which is read without expansion.',
  },
})

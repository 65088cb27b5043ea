// Package web is what every answer of the publisher has in common: handlers
// that return errors and what readers are told of them, the middleware, the
// cache of rendered bytes, conditional requests (RFC 9110 section 13) and
// compression. What is answered, and at which address, is publisher's.
//
// Begin with NewCache for what can be held, and Errors.Handle for the rest.
package web

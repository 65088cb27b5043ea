package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

const (
	dialTimeout = 10 * time.Second // for each address of a host
	idleTimeout = 90 * time.Second // a connection is kept for the next feed of its host (P96)
	// An answer's head is as large as its longest line lets it be; real ones
	// have a few kilobytes. This also ends endless 1xx answers.
	maxHead = 512 << 10
	// A connection is kept for each host asked, and what goes over it is the head of a
	// request, which has some 400 bytes: net/http's own 4 KiB are mostly empty. The body
	// of a delivery, which is longer, is written past it.
	writeBuffer = 1 << 10
)

// NewTransport makes a transport that looks at the address really dialled, so
// that a name which resolves anew to a private one gains nothing (P93).
// Through a proxy, the proxy is the only address dialled; what it is asked for
// is looked at before.
func NewTransport(c Config, insecure bool) (*http.Transport, error) {
	d := &net.Dialer{Timeout: dialTimeout}
	t := &http.Transport{
		DialContext:            d.DialContext,
		DisableCompression:     true, // codings are ours: Accept-Encoding is constant (P07)
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    dialTimeout,
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: insecure},
		MaxIdleConns:           c.Workers,
		MaxIdleConnsPerHost:    1, // one request in flight each (P50)
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHead,
		WriteBufferSize:        writeBuffer,
	}
	if c.Proxy != "" {
		proxy, err := url.Parse(c.Proxy)
		if err != nil {
			return nil, errors.New("the proxy is not a valid address")
		}
		t.Proxy = http.ProxyURL(proxy)
		t.MaxIdleConns, t.MaxIdleConnsPerHost = c.Workers, c.Workers
		return t, nil
	}
	d.ControlContext = newGuard(c).control
	return t, nil
}

// dialFailure turns what the transport reports into an Error.
func dialFailure(ctx context.Context, err error) *Error {
	var dns *net.DNSError
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	switch cause := context.Cause(ctx); {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return &Error{Kind: Refused, Err: errPrivate}
	case errors.Is(err, errLinkLocal):
		return &Error{Kind: Refused, Err: errLinkLocal}
	case cause != nil && cause != context.Canceled && cause != context.DeadlineExceeded:
		return &Error{Kind: Temporary, Err: cause} // one of our own deadlines
	case errors.As(err, &cert):
		return fail(Temporary, "the TLS certificate is not good: %w", cert.Err)
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return fail(Network, "no such host: %s", dns.Name)
		}
		return fail(Network, "the name %s could not be resolved", dns.Name)
	case errors.As(err, &op) && op.Op == "dial":
		if errors.Is(err, syscall.ECONNREFUSED) { // the host is there
			return fail(Temporary, "no connection: %w", plain(op))
		}
		return fail(Network, "no connection: %w", plain(op))
	}
	return fail(Temporary, "no answer: %w", plain(err))
}

// plain takes the addresses out of an error: rows and logs have the source's
// already, it may hold a password, and our own is nobody's business.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	return err
}

package aggregator

import (
	"cmp"
	"fmt"

	"courant/aggregator/fetch"
)

// NewCaller returns what makes requests that are no polls, with the guards of those
// that are.
func NewCaller(c Config, o Options) (*fetch.Caller, error) {
	caller, err := fetch.NewCaller(fetch.Config{
		UserAgent: agentOf(c, o), AllowPrivate: c.AllowPrivateNetworks, Proxy: c.Proxy, Now: o.Now, Transport: o.Transport,
	})
	if err != nil {
		return nil, fmt.Errorf("make the client: %w", err)
	}
	return caller, nil
}

func newClient(c Config, o Options, allow func() error) (*fetch.Client, error) {
	client, err := fetch.New(fetch.Config{
		UserAgent: agentOf(c, o),
		Timeout:   c.Timeout.Duration, MaxBody: c.MaxBody.Bytes, Workers: c.Workers, AllowPrivate: c.AllowPrivateNetworks,
		Proxy: c.Proxy, HostGap: c.PerHostGap.Duration, DomainPause: c.DomainPause, Now: o.Now, Transport: o.Transport,
		Allow: allow,
	})
	if err != nil {
		return nil, fmt.Errorf("make the client: %w", err)
	}
	return client, nil
}

// agentOf is what we are called where c and o say how to reach us.
func agentOf(c Config, o Options) string { return userAgent(o.Version, cmp.Or(c.Contact, o.Contact)) }

// userAgent is what we are called everywhere (P03).
func userAgent(version, contact string) string {
	if version == "" {
		version = "devel"
	}
	if contact == "" {
		return "courant/" + version
	}
	return "courant/" + version + " (+" + contact + ")"
}

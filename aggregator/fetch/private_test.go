package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestLiteral(t *testing.T) {
	for host, want := range map[string]string{
		"127.0.0.1": "127.0.0.1", "127.1": "127.0.0.1", "127.0.1": "127.0.0.1", "0x7f000001": "127.0.0.1", "0X7F.1": "127.0.0.1",
		"2130706433": "127.0.0.1", "017700000001": "127.0.0.1", "0177.0.0.01": "127.0.0.1", "127.0.0.1.": "127.0.0.1", "0": "0.0.0.0",
		"0x": "0.0.0.0", "10.0xffff": "10.0.255.255", "::1": "::1", "::ffff:7f00:1": "127.0.0.1", "fe80::1%eth0": "fe80::1",
		"192.168.257": "192.168.1.1", "4294967295": "255.255.255.255",
		"4294967296": "", "127.256.1": "", "1.2.3.4.5": "", "127.0.0.0x": "127.0.0.0", "1..2": "", "": "", ".": "", "a.example": "", "08": "", "0xg": "",
		"127.0.0.1.example": "", "-1": "", "1e3": "",
	} {
		got, ok := literal(host)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("literal(%q) = %v, %v, want %q", host, got, ok, want)
		}
	}
}

// resolve knows some names.
func resolve(_ context.Context, host string) ([]netip.Addr, error) {
	to := map[string]string{
		"a.example": "203.0.113.7", "inside.example": "10.1.2.3", "six.example": "fd12::1", "mapped.example": "::ffff:192.168.1.1",
		"cloud.example": "169.254.169.254", "link.example": "fe80::1",
	}[host]
	if to == "" {
		return nil, errors.New("no such host")
	}
	return []netip.Addr{netip.MustParseAddr(to)}, nil
}

// What a proxy is asked for is looked at as what we dial is, as far as the name
// and our own resolver tell.
func TestBehindAProxy(t *testing.T) {
	for _, c := range []struct {
		proxy         string
		private       bool
		host          string
		named, refuse bool
	}{
		{"http://p.example", false, "a.example", true, false},
		{"http://p.example", false, "unknown.example", true, false}, // to us: the proxy may know it
		{"http://p.example", false, "93.184.216.34", true, false},
		{"http://p.example", false, "127.0.0.1", true, true},
		{"http://p.example", false, "127.1", true, true},
		{"http://p.example", false, "0x7f000001", true, true},
		{"http://p.example", false, "2130706433", true, true},
		{"http://p.example", false, "0177.1", true, true},
		{"http://p.example", false, "127.0.0.1.", true, true},
		{"http://p.example", false, "１２７.0.0.1", true, true},
		{"http://p.example", false, "0", true, true},
		{"http://p.example", false, "0x0a000001", true, true},
		{"http://p.example", false, "169.254.169.254", true, true},
		{"http://p.example", false, "[::1]", true, true},
		{"http://p.example", false, "[::ffff:127.0.0.1]", true, true},
		{"http://p.example", false, "[fe80::1]", true, true},
		{"http://p.example", false, "[fd00::1]", true, true},
		{"http://p.example", false, "[64:ff9b::7f00:1]", true, true},
		{"http://p.example", false, "localhost", true, true},
		{"http://p.example", false, "LocalHost.", true, true},
		{"http://p.example", false, "x.localhost", true, true},
		{"http://p.example", false, "router", true, true},
		{"http://p.example", false, "printer.local", true, true},
		{"http://p.example", false, "nas.home.arpa", true, true},
		{"http://p.example", false, "metadata.google.internal", true, true},
		{"http://p.example", false, "localhost.example", true, false}, // a name like others
		{"http://p.example", false, "inside.example", true, true},
		{"http://p.example", false, "six.example", true, true},
		{"http://p.example", false, "mapped.example", true, true},
		{"http://p.example", false, "cloud.example", true, true},
		{"socks5://p.example", false, "inside.example", true, true},
		{"socks5h://p.example", false, "inside.example", true, false}, // no name is looked up here
		{"socks5h://p.example", false, "localhost", true, true},
		{"socks5h://p.example", false, "127.1", true, true},

		{"http://p.example", true, "127.1", true, false},
		{"http://p.example", true, "localhost", true, false},
		{"http://p.example", true, "inside.example", true, false},
		{"http://p.example", true, "169.254.169.254", true, false},
		{"http://p.example", true, "169.254.169.254", false, true},
		{"http://p.example", true, "0xa9fea9fe", false, true},
		{"http://p.example", true, "cloud.example", true, true},
		{"http://p.example", true, "link.example", true, true},
		{"http://p.example", true, "metadata.google.internal", true, true},

		{"", true, "127.0.0.1", false, false},
		{"", true, "169.254.169.254", true, false},
		{"", true, "169.254.169.254", false, true},
		{"", true, "[fe80::1]", false, true},
		{"", true, "[::ffff:169.254.1.1]", false, true},
		{"", true, "[64:ff9b::a9fe:a9fe]", false, true},
		{"", true, "[fd00:ec2::254]", false, true},
		{"", true, "[fd00::1]", false, false},
	} {
		err := ask(t, Config{Proxy: c.proxy, AllowPrivate: c.private, Lookup: resolve}, Request{URL: "http://" + c.host + "/feed", Named: c.named}, "")
		if e, ok := errors.AsType[*Error](err); (err != nil) != c.refuse || err != nil && (!ok || e.Kind != Refused) {
			t.Errorf("%s by way of %q, private %v, named %v: %v", c.host, c.proxy, c.private, c.named, err)
		}
	}
}

// ask makes a request to a network where the first answer leads to the address
// to, if there is one, and every other is a document.
func ask(t *testing.T, c Config, r Request, to string) error {
	t.Helper()
	c.Timeout, c.MaxBody, c.Workers = time.Minute, 1<<20, 1
	c.Transport = transport(func(r *http.Request) (*http.Response, error) {
		res := &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<rss/>")), Request: r}
		if to != "" {
			res.StatusCode = 302
			res.Header.Set("Location", to)
			to = ""
		}
		return res, nil
	})
	k, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	a, err := k.Get(t.Context(), r)
	a.Release()
	return err
}

// A redirect leads to no link-local address but the one that the source's own
// url names.
func TestRedirectToLinkLocal(t *testing.T) {
	for _, c := range []struct {
		from, to string
		refuse   bool
	}{
		{"http://a.example/", "http://169.254.169.254/secrets", true},
		{"http://a.example/", "http://0xa9fea9fe/secrets", true},
		{"http://169.254.1.1/", "http://169.254.169.254/", true},
		{"http://169.254.1.1/", "http://169.254.1.1/feed", false},
		{"http://a.example/", "http://10.0.0.1/", false},
	} {
		if err := ask(t, Config{AllowPrivate: true}, Request{URL: c.from, Named: true}, c.to); (err != nil) != c.refuse {
			t.Errorf("from %s to %s: %v", c.from, c.to, err)
		}
	}
}

// The guard sees the address really dialled, whatever name led there.
func TestControl(t *testing.T) {
	named := netip.MustParseAddr("169.254.7.7")
	for _, c := range []struct {
		private bool
		address string
		refuse  bool
	}{
		{false, "127.0.0.1:80", true},
		{false, "[fe80::1%eth0]:80", true},
		{false, "203.0.113.7:80", false},
		{true, "127.0.0.1:80", false},
		{true, "169.254.169.254:80", true},
		{true, "[::ffff:169.254.169.254]:80", true},
		{true, "[fe80::1%eth0]:80", true},
		{true, "169.254.7.7:80", false},
	} {
		ctx := context.WithValue(t.Context(), namedKey{}, named)
		network := "tcp4"
		if c.address[0] == '[' {
			network = "tcp6"
		}
		if err := newGuard(Config{AllowPrivate: c.private}).control(ctx, network, c.address, nil); (err != nil) != c.refuse {
			t.Errorf("%s, private %v: %v", c.address, c.private, err)
		}
	}
	tr, err := NewTransport(Config{AllowPrivate: true, Workers: 1}, false)
	if err != nil {
		t.Fatal(err)
	}
	k, err := New(Config{AllowPrivate: true, Timeout: time.Minute, MaxBody: 1, Workers: 1, Transport: tr})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Get(t.Context(), Request{URL: "http://169.254.169.254/"}); err == nil || !errors.Is(err, errLinkLocal) {
		t.Errorf("the cloud's secrets were asked for: %v", err)
	}
}

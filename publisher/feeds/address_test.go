package feeds

import "testing"

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x?y=1&z=%20#f":   "https://a.example/x?y=1&z=%20#f",
		"https://a.example/a b<c>\"":        "https://a.example/a%20b%3Cc%3E%22",
		"https://a.example/100%":            "https://a.example/100%25",
		"https://a.example/%zz":             "https://a.example/%25zz",
		"https://a.example/é":               "https://a.example/%C3%A9",
		"https://bücher.example/ü":          "https://xn--bcher-kva.example/%C3%BC",
		"http://[::1]:80/a[1]":              "http://[::1]:80/a%5B1%5D",
		"https://a.example/#a#b":            "https://a.example/#a%23b",
		"https://a.example/\\back|pipe^{}`": "https://a.example/%5Cback%7Cpipe%5E%7B%7D%60",
		"":                                  "",
	} {
		if got := address(in); got != want {
			t.Errorf("address(%q) = %q, want %q", in, got, want)
		}
	}
}

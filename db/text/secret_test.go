package text_test

import (
	"testing"

	"courant/db/text"
)

// Parameters that let somebody in never leave; the others stay as they are.
func TestRedactParameters(t *testing.T) {
	const at = "https://a.example/feed"
	for query, want := range map[string]string{
		"?token=hush": "", "?n=5&token=hush": "?n=5", "?token=hush&n=5": "?n=5", "?a=%2F&TOKEN=hush&b=+": "?a=%2F&b=+", "?a=1;token=hush;b=2": "?a=1;b=2",
		"?key=hush": "", "?api_key=hush": "", "?apiKey=hush": "", "?apikey=hush": "", "?rss-key=hush": "", "?rsskey=hush": "", "?passkey=hush": "",
		"?auth=hush": "", "?authToken=hush": "", "?access_token=hush": "", "?accesstoken=hush": "", "?http_auth=hush": "", "?oauth=hush": "",
		"?sig=hush": "", "?signature=hush": "", "?X-Amz-Signature=hush&X-Amz-Date=20260102": "?X-Amz-Date=20260102", "?hmac=hush": "",
		"?password=hush": "", "?pass=hush": "", "?pwd=hush": "", "?user_password=hush": "", "?secret=hush": "", "?client_secret=hush": "", "?jwt=hush": "",
		"?PHPSESSID=hush": "", "?session=hush": "", "?private=hush": "", "?to%6ben=hush": "", "?feed[token]=hush": "",
		"?u=3f2a9c1e-77b0-4d2e-9a51-0c6f1d2e3b4a": "", "?x=9a7Bq2Zk0LmP4vXy8RtW3c": "", "?h=d41d8cd98f00b204e9800998ecf8427e": "", "?x=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0": "",
		"?url=https%3A%2F%2Fu%3Ahush%40b.example%2F": "", "?url=https://b.example/?token=hush": "", "#token=hush": "", "?n=5#access_token=hush&m=1": "?n=5#m=1",

		"?n=5": "?n=5", "?": "?", "?token=": "?token=", "?keyword=a&keywords=b": "?keyword=a&keywords=b", "?author=ann": "?author=ann", "?monkey=1": "?monkey=1",
		"?signal=1&design=2&compass=3&passage=4": "?signal=1&design=2&compass=3&passage=4", "?q=how-to-keep-10-secrets-in-2026-and-after": "?q=how-to-keep-10-secrets-in-2026-and-after",
		"?channel_id=UCBR8-60-B28hp2BmDPdntcQ": "?channel_id=UCBR8-60-B28hp2BmDPdntcQ", "?playlist_id=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf": "?playlist_id=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf",
		"?uuid=3f2a9c1e-77b0-4d2e-9a51-0c6f1d2e3b4a": "?uuid=3f2a9c1e-77b0-4d2e-9a51-0c6f1d2e3b4a", "?format=application%2Frss%2Bxml": "?format=application%2Frss%2Bxml",
		"?date=2026-01-02T03:04:05Z": "?date=2026-01-02T03:04:05Z", "?url=https%3A%2F%2Fb.example%2Ffeed%3Fn%3D5": "?url=https%3A%2F%2Fb.example%2Ffeed%3Fn%3D5",
		"?section=InternationalNewsAndPoliticsToday": "?section=InternationalNewsAndPoliticsToday", "?x=12345678901234567890123": "?x=12345678901234567890123", "#top": "#top", "?%zz=1": "?%zz=1",
	} {
		if got := text.Redact(at + query); got != at+want {
			t.Errorf("Redact(%q) = %q, want %q", at+query, got, at+want)
		}
		if got := text.Redact(at + want); got != at+want {
			t.Errorf("Redact(%q), which has no secret, = %q", at+want, got)
		}
	}
	if got := text.Redact("http://user:secret@[bad/"); got != "" {
		t.Errorf("of what cannot be read %q is left", got)
	}
}

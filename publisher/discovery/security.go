package discovery

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// securityMonths is for how many months a security.txt holds, the running one
// included: under the year beyond which it should not (RFC 9116 section 2.5.5).
const securityMonths = 6

// CheckSecurity says what is wrong with whom [site] security names, as the end
// of a sentence that begins with the key, or nil. It takes an e-mail address, or
// a URI as RFC 9116 section 2.5.3 has it: mailto, tel or https.
func CheckSecurity(contact string) error {
	u, err := url.Parse(contactURI(contact))
	fits := err == nil && !strings.ContainsFunc(contact, func(r rune) bool { return r <= ' ' || r > '~' })
	if fits {
		switch u.Scheme {
		case "https":
			fits = u.Host != ""
		case "mailto":
			name, host, found := strings.Cut(u.Opaque, "@")
			fits = found && name != "" && host != ""
		case "tel":
			fits = u.Opaque != ""
		default:
			fits = false
		}
	}
	if !fits {
		return errors.New("is neither an e-mail address nor one with https:, mailto: or tel: at its head")
	}
	return nil
}

// contactURI is contact as a URI: an e-mail address alone is one of mailto.
func contactURI(contact string) string {
	if strings.Contains(contact, "@") && !strings.Contains(contact, ":") {
		return "mailto:" + contact
	}
	return contact
}

// Security is the security.txt of the site (RFC 9116, F8), which says whom to
// tell of a hole in it: contact, as CheckSecurity takes it. It is made anew at
// until, so that Expires never comes near, and stays as it is up to then.
func (d *Discovery) Security(contact string, now time.Time) (body []byte, until time.Time) {
	site := d.channels.Site()
	month := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	text := fmt.Sprintf("Contact: %s\nExpires: %s\n", contactURI(contact), month.AddDate(0, securityMonths, 0).Format(time.RFC3339))
	if site.Language != "" {
		text += "Preferred-Languages: " + site.Language + "\n"
	}
	if strings.HasPrefix(site.Base, "https://") { // no other may be canonical (section 2.5.2)
		text += "Canonical: " + site.Base + SecurityPath + "\n"
	}
	return []byte(text), month.AddDate(0, 1, 0)
}

// SecurityPath is where programs look for it.
const SecurityPath = "/.well-known/security.txt"

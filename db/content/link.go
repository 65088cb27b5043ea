package content

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"courant/db/text"
)

// maxURL is the longest address that is followed: about what browsers and
// servers take.
const maxURL = 8 << 10

// Link makes ref absolute and plain: http or https, its host in lower-case
// ASCII, no user or password, no tracking parameters. It is "" for anything
// else. ref is read as browsers read it (WHATWG URL): white space and controls
// around it, and line breaks and tabs inside, are nothing, and a backslash is a
// slash. base may be nil.
func Link(base *url.URL, ref string) string {
	if _, plain := text.PlainAddress(ref); plain && len(ref) <= maxURL {
		return ref // as most are
	}
	u := parseURL(base, ref)
	if u == nil {
		return ""
	}
	untrack(u)
	return bounded(u.String())
}

// bounded is an address that is not too long, now that all of it is escaped.
func bounded(address string) string {
	if len(address) > maxURL {
		return ""
	}
	return address
}

// parseURL is Link but for the tracking parameters; nil where there is none.
func parseURL(base *url.URL, ref string) *url.URL {
	ref = text.PlainSlashes(base, text.PlainAmpersands(tidy(visible(ref))))
	if ref == "" || len(ref) > maxURL {
		return nil
	}
	u, err := url.Parse(ref)
	if err != nil {
		if u, err = url.Parse(text.EscapePercents(ref)); err != nil {
			return nil
		}
	}
	if !u.IsAbs() {
		if base == nil {
			return nil
		}
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" {
		return nil
	}
	host, ok := plainASCIIHost(u.Host)
	if !ok {
		return nil
	}
	u.Host, u.User = host, nil
	return u
}

// tidy is what browsers make of an address before they parse it.
func tidy(ref string) string {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\ufeff' })
	if strings.ContainsAny(ref, "\t\r\n") {
		ref = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(ref)
	}
	if strings.ContainsRune(ref, '\\') {
		head, query, found := strings.Cut(ref, "?")
		ref = strings.ReplaceAll(head, `\`, "/")
		if found {
			ref += "?" + query
		}
	}
	return ref
}

// plainASCIIHost is a host as it is sent: look-alikes of other alphabets show
// themselves in punycode.
func plainASCIIHost(host string) (string, bool) {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:i], host[i:]
	}
	for i := 1; i < len(port); i++ {
		if port[i] < '0' || port[i] > '9' {
			return "", false
		}
	}
	if !isASCIIHost(name) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil || !isASCIIHost(ascii) {
			return "", false
		}
		name = ascii
	}
	return strings.ToLower(name) + port, true
}

// isASCIIHost reports whether a host is a name or an address in ASCII.
func isASCIIHost(name string) bool {
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		_, err := netip.ParseAddr(name[1 : len(name)-1])
		return err == nil
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return false
		}
	}
	return name != ""
}

// trackers are parameters that tell who sent a reader and nothing of what is
// asked for, in lower case. Each is named by those who invented it: Google,
// Facebook, Microsoft, Twitter, Yandex, TikTok, Instagram, LinkedIn, Pinterest,
// Mailchimp, HubSpot, Marketo, Omeda, Vero, MailerLite, Matomo, AT Internet,
// Webtrends, Adobe, Yahoo, Drip, Klaviyo, Listrak, Branch, and publishers' own.
var trackers = map[string]bool{
	"fbclid": true, "fb_action_ids": true, "fb_action_types": true, "fb_source": true, "fb_ref": true,
	"gclid": true, "gclsrc": true, "dclid": true, "gbraid": true, "wbraid": true, "srsltid": true, "_ga": true, "_gl": true,
	"msclkid": true, "twclid": true, "yclid": true, "ysclid": true, "_openstat": true, "ttclid": true, "igshid": true, "igsh": true,
	"li_fat_id": true, "epik": true,
	"mc_cid": true, "mc_eid": true, "mc_tc": true,
	"_hsenc": true, "_hsmi": true, "__hssc": true, "__hstc": true, "__hsfp": true, "hsctatracking": true,
	"mkt_tok": true, "oly_anon_id": true, "oly_enc_id": true, "vero_id": true, "vero_conv": true,
	"ml_subscriber": true, "ml_subscriber_hash": true,
	"pk_campaign": true, "pk_kwd": true, "pk_source": true, "pk_medium": true, "pk_content": true, "pk_cid": true,
	"mtm_campaign": true, "mtm_keyword": true, "mtm_source": true, "mtm_medium": true, "mtm_content": true, "mtm_cid": true,
	"mtm_group": true, "mtm_placement": true,
	"piwik_campaign": true, "piwik_kwd": true,
	"xtor": true, "at_medium": true, "at_campaign": true, "at_custom1": true, "at_custom2": true, "at_custom3": true, "at_custom4": true,
	"at_link_id": true, "at_link_type": true, "at_link_origin": true, "at_format": true, "at_ptr_name": true, "at_bbc_team": true,
	"wt_mc": true, "wt.mc_id": true, "wt.mc_ev": true, "wt.rss_f": true, "wt.rss_a": true, "wt.rss_ev": true, "s_cid": true, "sc_cid": true,
	"guccounter": true, "guce_referrer": true, "guce_referrer_sig": true, "soc_src": true, "soc_trk": true,
	"__s": true, "_ke": true, "_kx": true, "trk_contact": true, "trk_msg": true, "trk_module": true, "trk_sid": true,
	"_branch_match_id": true, "_branch_referrer": true, "rb_clickid": true, "wickedid": true, "irclickid": true,
	"ns_campaign": true, "ns_mchannel": true, "ns_source": true, "ns_linkname": true, "ns_fee": true,
	"ref_src": true, "ref_url": true, "cmpid": true, "ocid": true, "icid": true, "ito": true, "nr_email_referer": true, "__twitter_impression": true,
}

// feedMarks are parameters that are trackers when they say that the reader came
// from a feed, as in partner=rss, and may mean something otherwise.
var feedMarks = map[string]bool{"partner": true, "emc": true, "source": true, "from": true, "ref": true, "feed": true, "src": true, "cmp": true}

// untrack takes the tracking parameters out of u. What stays is as it was.
func untrack(u *url.URL) {
	if f := strings.ToLower(u.Fragment); strings.HasPrefix(f, "utm_") || strings.HasPrefix(f, "xtor=") {
		u.Fragment, u.RawFragment = "", ""
	}
	if u.RawQuery == "" {
		return
	}
	kept := make([]string, 0, 8)
	all := strings.Split(u.RawQuery, "&")
	for _, p := range all {
		if !isTracker(p) {
			kept = append(kept, p)
		}
	}
	if len(kept) < len(all) {
		u.RawQuery = strings.Join(kept, "&")
		u.ForceQuery = false
	}
}

func isTracker(parameter string) bool {
	name, value, _ := strings.Cut(parameter, "=")
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "utm_") || trackers[name] {
		return true
	}
	return feedMarks[name] && strings.HasPrefix(strings.ToLower(value), "rss")
}

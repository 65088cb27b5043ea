package content

import (
	"net/url"
	"strings"
)

// readerCounters are the hosts of pictures that nobody is meant to see: they
// tell a company who reads what. A host stands for those under it too. Where
// one has other pictures, how the path begins tells them apart.
var readerCounters = map[string][]string{
	"feeds.feedburner.com": {"/~r/", "/~ff/"}, "feedproxy.google.com": {"/~r/", "/~ff/"}, "feedsportal.com": nil, "pheedo.com": nil,
	"feeds.wordpress.com": {"/1.0/"}, "pixel.wp.com": nil, "stats.wordpress.com": nil, "stats.wp.com": nil,
	"googleadservices.com": nil, "doubleclick.net": nil, "google-analytics.com": nil, "googletagmanager.com": nil,
	"facebook.com": {"/tr/"}, "medium.com": {"/_/stat"}, "analytics.twitter.com": nil, "t.co": {"/i/adsct"}, "px.ads.linkedin.com": nil,
	"bat.bing.com": nil, "ct.pinterest.com": nil, "rss.buysellads.com": nil, "api.follow.it": {"/track"}, "blogger.googleusercontent.com": {"/tracker/"},
	"blogspot.com": {"/tracker/"}, "ssl.feeds.bonnier.com": nil, "pixel.quantserve.com": nil, "scorecardresearch.com": nil, "imrworldwide.com": nil,
	"counter.yadro.ru": nil, "counter.rambler.ru": nil, "mc.yandex.ru": {"/watch/"}, "top-fwz1.mail.ru": nil, "statcounter.com": nil, "in.getclicky.com": nil,
	"tracking.feedpress.it": nil, "tracking.feedpress.com": nil,
}

// counterFiles are programs that publishers run on hosts of their own to count
// their readers, and nothing else.
var counterFiles = []string{"/piwik.php", "/matomo.php", "/rss-tracker.gif", "/rss-tracker.png", "/rss-tracker.php"}

// countsReaders reports whether the address of a picture is one of those. What
// merely speaks of them, in a file's name or as a parameter, is a picture.
func countsReaders(src string) bool {
	u, err := url.Parse(src)
	if err != nil {
		return false
	}
	for _, file := range counterFiles {
		if strings.HasSuffix(u.Path, file) {
			return true
		}
	}
	host := u.Hostname()
	if strings.HasPrefix(host, "feedads.") || strings.HasPrefix(host, "rss-tracker.") {
		return true
	}
	return within(host, u.Path, readerCounters)
}

// within reports whether an address is of one of some hosts, or under it, and
// its path begins as is named there.
func within(host, path string, hosts map[string][]string) bool {
	for {
		if paths, known := hosts[host]; known {
			return beginsWith(path+"/", paths)
		}
		_, parent, found := strings.Cut(host, ".")
		if !found {
			return false
		}
		host = parent
	}
}

// beginsWith reports whether a path begins with one of those; none are all.
func beginsWith(path string, beginnings []string) bool {
	for _, b := range beginnings {
		if strings.HasPrefix(path, b) {
			return true
		}
	}
	return len(beginnings) == 0
}

package state

// The states of a source: how its polling stands.
const (
	Active    = "active"
	Failing   = "failing"   // its last passes failed
	Throttled = "throttled" // its host asked for time
	Locked    = "locked"    // it wants credentials (P72)
	Missing   = "missing"   // 404 (P71)
	Dormant   = "dormant"   // failing for long: asked once a week (P75)
	Gone      = "gone"      // 410: asked no more until resumed (P70)
	Merged    = "merged"    // another source polls the same address (P67)
)

// What a source is besides, which its polling knows nothing of.
const (
	Paused  = "paused"  // by the configuration or by an editor
	Dropped = "dropped" // it has left the configuration
)
